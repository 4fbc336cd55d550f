"""News from the exchange and letters between users."""

from __future__ import annotations

from kwork_etxt_sdk.sandbox.etxt.life import tell
from tests.sandbox.callers import START

AUTHOR, WORDY, SILENT = "700021", "700024", "700027"


def test_news_is_read_once(box, etxt):
    rows = etxt.rows("messages.getList")
    assert [set(row) for row in rows] == [{"id", "date", "text"}] * 2
    assert "<b>" in rows[0]["text"]
    assert "[url=" in rows[0]["text"]
    assert etxt("messages.setRead", ids=[rows[0]["id"], "1"]) == {"ids": [rows[0]["id"]]}
    assert etxt("messages.setDelete", ids=[rows[1]["id"]]) == {"ids": [rows[1]["id"]]}
    assert etxt.rows("messages.getList") == []
    assert etxt("messages.setRead", ids=[rows[0]["id"]]) == {"error": "no_object"}
    assert etxt("messages.setDelete") == {"error": "no_params"}
    assert box.executed == {"messages.setRead": 1, "messages.setDelete": 1}


def test_orders_make_news(etxt):
    etxt.deliver()
    texts = [row["text"] for row in etxt.rows("messages.getList", **{"from": START})]
    assert any("Новая заявка" in text for text in texts)
    assert any("сдан на проверку" in text for text in texts)


def test_at_most_a_hundred_news_are_shown_and_a_thousand_kept(box, etxt):
    with box.lock:
        for number in range(1_100):
            tell(box.exchange, f"Новость {number}")
    assert len(etxt.rows("messages.getList")) == 100
    assert len(box.exchange.system) == 1_000


def test_letters_are_shown_newest_first(reader):
    rows = reader.rows("messages.readPrivate", id_user=AUTHOR)
    assert [row["reads"] for row in rows] == ["0", "0", "1"]
    assert [row["id_author"] for row in rows] == [AUTHOR, AUTHOR, "500001"]
    assert {row["id_user"] for row in rows} == {AUTHOR}
    dates = [int(row["date"]) for row in rows]
    assert dates == sorted(dates, reverse=True)
    assert reader.rows("messages.readPrivate", id_user=AUTHOR, count=1, **{"from": 1}) == rows[1:2]
    assert reader.rows("messages.readPrivate", id_user=AUTHOR, date_from=dates[1], date_to=dates[1]) == rows[1:2]
    assert reader.rows("messages.readPrivate", id_user=SILENT) == []
    assert reader("messages.readPrivate", id_user=1) == {"error": "no_object"}
    assert reader("messages.readPrivate") == {"error": "no_params"}


def test_asking_for_unread_letters_marks_them_read(box, etxt):
    assert etxt("messages.getCountUnread") == {
        "count": "3",
        "users": [{"id_author": AUTHOR, "count": "2"}, {"id_author": WORDY, "count": "1"}],
    }
    assert len(etxt.rows("messages.readPrivate", id_user=AUTHOR)) == 3
    assert box.executed["messages.readPrivate"] == 0
    assert len(etxt.rows("messages.readPrivate", id_user=AUTHOR, unread=1, count=1)) == 1
    assert len(etxt.rows("messages.readPrivate", id_user=AUTHOR, unread=1)) == 1
    assert etxt.rows("messages.readPrivate", id_user=AUTHOR, unread=1) == []
    assert box.executed["messages.readPrivate"] == 2
    assert etxt("messages.getCountUnread")["count"] == "1"


def test_a_letter_is_answered(box, etxt):
    assert etxt("messages.writePrivate", id_user=WORDY, text="Здравствуйте") == {
        "id_user": WORDY,
        "text": "Здравствуйте",
        "time": START,
    }
    box.advance(minutes=45)
    newest, mine, *_ = etxt.rows("messages.readPrivate", id_user=WORDY)
    assert (newest["id_author"], mine["id_author"]) == (WORDY, "500001")


def test_somebody_never_answers(box, etxt):
    etxt("messages.writePrivate", id_user=SILENT, text="Здравствуйте")
    box.advance(days=1)
    assert len(etxt.rows("messages.readPrivate", id_user=SILENT)) == 1


def test_one_letter_a_minute(box, etxt):
    etxt("messages.writePrivate", id_user=AUTHOR, text="Раз")
    box.advance(seconds=59)
    assert etxt("messages.writePrivate", id_user=WORDY, text="Два") == {"error": "max_limit"}
    box.advance(seconds=1)
    assert etxt("messages.writePrivate", id_user=WORDY, text="Два")["id_user"] == WORDY
    assert box.executed["messages.writePrivate"] == 2


def test_who_may_write_what_to_whom(box, etxt):
    assert etxt("messages.writePrivate", id_user=500_001, text="Себе") == {"error": "no_access"}
    assert etxt("messages.writePrivate", id_user=1, text="Никому") == {"error": "no_object"}
    assert etxt("messages.writePrivate", id_user=AUTHOR, text="") == {"error": "no_params"}
    assert etxt("messages.writePrivate", id_user=AUTHOR, text="x" * 10_001) == {"error": "no_params"}
    assert etxt("messages.writePrivate", id_user=AUTHOR, text="a@b.example") == {"error": "is_private_data"}
    box.exchange.customer.rate = 10_000
    assert etxt("messages.writePrivate", id_user=AUTHOR, text="Здравствуйте") == {"error": "no_access"}
    assert not box.executed


def test_extra_pay_is_thanked_for(box, etxt):
    id_task = etxt.deliver()
    etxt("tasks.extraPaid", id=id_task, count=10)
    box.advance(hours=1)
    assert len(etxt.rows("messages.readPrivate", id_user=etxt.order(id_task)["id_user"])) == 1
