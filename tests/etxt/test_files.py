"""Files: saved whole or not at all, without credentials, decoded, and asked for anew when their address has expired."""

from __future__ import annotations

import pytest

from kwork_etxt_sdk.errors import NotFoundError, UnexpectedResponseError, ValidationError
from kwork_etxt_sdk.etxt.errors import EtxtAccessError
from kwork_etxt_sdk.etxt.models.archive import ArchivedResult
from kwork_etxt_sdk.etxt.models.articles import ArticleZip
from kwork_etxt_sdk.etxt.models.tasks import ResultFile, TaskResult

TEXT = "Обзор чайников\N{NO-BREAK SPACE}— «быстрый»"
CP1251 = "Обзор чайников&nbsp;&mdash; &laquo;быстрый&raquo;".encode("cp1251")
ZIP = b"PK\x03\x04" + bytes(range(256))


def result(path, **told):
    return TaskResult(result_id=5001, task_id=7, files={"text": ResultFile(path=path)}, **told)


def archived(path, seconds="1893700000"):
    return {"id_task": "7", "id_user": "42", "date": seconds, "files": {"file": {"path": path}}}


# --- what can be downloaded -------------------------------------------------------------------------------------------


def sources(address):
    return {
        "result": result(address),
        "result with the address at the top": TaskResult(result_id=1, path=address),
        "one of its files": ResultFile(path=address),
        "archived result": ArchivedResult(task_id=7, files={"file": ResultFile(path=address)}),
        "zip": ArticleZip(path=address),
        "address": address,
    }


@pytest.mark.parametrize("kind", list(sources("")))
def test_everything_with_an_address_can_be_read(server, client, kind):
    source = sources(server.file("/a.zip", ZIP))[kind]
    assert client.files.read(source) == ZIP
    request = server.only()
    assert (request.verb, request.path) == ("GET", "/a.zip")


def test_no_credentials_go_along(server, client):
    client.files.read(server.file("/a.zip", ZIP))
    request = server.only()
    assert request.query == []
    sent = {name.lower() for name, _ in request.headers}
    assert not sent & {"authorization", "cookie", "referer"}


def test_an_address_may_be_relative_to_the_api(server, client):
    server.file("/r/1.txt", b"text")
    assert client.files.read("/r/1.txt") == b"text"


@pytest.mark.parametrize(
    "source",
    [
        TaskResult(result_id=1),
        ArchivedResult(task_id=7),
        ArchivedResult(task_id=7, files={"file": ResultFile()}),
        ResultFile(),
        ArticleZip(),
        "",
    ],
)
def test_what_has_no_file_is_refused(server, client, source):
    with pytest.raises(ValidationError, match="no file") as caught:
        client.files.read(source)
    assert caught.value.sent is False
    assert server.requests == []


@pytest.mark.parametrize("address", ["http://files.example.invalid/a.zip", "file:///etc/hostname", "ftp://127.0.0.1/a"])
def test_nothing_but_https_is_fetched_from_elsewhere(server, client, address):
    with pytest.raises(ValidationError, match="https"):
        client.files.read(result(address))
    assert server.requests == []


# --- saving -----------------------------------------------------------------------------------------------------------


def test_a_file_is_saved_under_the_name_given_or_that_of_its_address(server, client, tmp_path):
    address = server.file("/zip/demo%20(1).zip", ZIP)
    assert client.files.save(address, tmp_path / "mine.zip") == tmp_path / "mine.zip"
    saved = client.files.save(ArticleZip(path=address), tmp_path)
    assert saved == tmp_path / "demo (1).zip"
    assert saved.read_bytes() == (tmp_path / "mine.zip").read_bytes() == ZIP


def test_a_file_that_breaks_off_leaves_the_old_one_alone(server, client, tmp_path):
    path = tmp_path / "mine.zip"
    path.write_bytes(b"old")
    with pytest.raises(UnexpectedResponseError, match="larger"):
        client.files.save(server.file("/a.zip", ZIP), path, max_bytes=len(ZIP) - 1)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    client.files.save(server.file("/a.zip", ZIP), path, max_bytes=len(ZIP))
    assert path.read_bytes() == ZIP


# --- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (CP1251, "text/plain"),
        (CP1251, "text/plain; charset=windows-1251"),
        (TEXT.encode(), "text/plain"),
        (TEXT.encode("utf-8-sig"), "text/plain"),
        (TEXT.encode("koi8-r", "xmlcharrefreplace"), "text/plain; charset=koi8-r"),
        (CP1251, "text/plain; charset=unheard-of"),
    ],
)
def test_a_text_is_decoded_whatever_it_is_written_in(server, client, content, kind):
    address = server.file("/text.txt", content, headers={"Content-Type": kind})
    assert client.files.text(result(address)) == TEXT


def test_entities_may_be_left_as_they_are(server, client):
    address = server.file("/text.txt", b"a &lt;b&gt;", headers={"Content-Type": "text/plain"})
    assert client.files.text(address) == "a <b>"
    assert client.files.text(address, unescape=False) == "a &lt;b&gt;"


# --- addresses that have expired --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [403, 404, 410])
def test_the_same_result_is_asked_for_anew(server, client, status):
    server.file("/old.txt", b"gone", status=status)
    new = server.file("/new.txt", b"text")
    server.answer(
        "tasks.getResults",
        [
            {"id": "5000", "id_task": "7", "files": {"text": {"path": server.file("/other.txt", b"other")}}},
            {"id": "5001", "id_task": "7", "files": {"text": {"path": new}}},
        ],
    )
    assert client.files.read(result(server.origin + "/old.txt")) == b"text"
    assert [request.method or request.path for request in server.requests] == [
        "/old.txt",
        "tasks.getResults",
        "/new.txt",
    ]
    assert server.requests[1].body == [("id[]", "7")]


def test_the_same_archived_result_is_asked_for_anew(server, client):
    new = server.file("/new.txt", b"text")
    answer = [archived(server.file("/rework.txt", b"rework"), seconds="1893600000"), archived(new)]
    server.answer("tasks_archive.getResults", [archived(server.origin + "/old.txt")])
    (old,) = client.tasks_archive.get_results(7)
    server.answer("tasks_archive.getResults", answer)
    assert client.files.read(old) == b"text"
    assert server.last.path == "/new.txt"


@pytest.mark.parametrize("section", ["articles", "articles_archive"])
def test_the_same_zip_is_made_anew(server, client, tmp_path, section):
    new = server.file("/new.zip", ZIP)
    for path in (server.origin + "/old.zip", new):
        server.answer(f"{section}.download", {"path": path})
    old = getattr(client, section).download([600001, 600002])
    assert client.files.save(old, tmp_path).name == "new.zip"
    first, _, again, _ = server.requests
    assert again.method == f"{section}.download"
    assert again.body == first.body == [("id[]", "600001"), ("id[]", "600002")]


def test_a_zip_that_can_not_be_made_anew_is_that_refusal(server, client):
    server.answer("articles.download", {"error": "no_access"})
    with pytest.raises(EtxtAccessError):
        client.files.read(ArticleZip(path=server.origin + "/old.zip", asked=[600001]))


@pytest.mark.parametrize(
    "make",
    [
        lambda address: address,
        lambda address: ResultFile(path=address),
        lambda address: ArticleZip(path=address),
        lambda address: TaskResult(result_id=1, path=address),
        lambda address: ArchivedResult(files={"file": ResultFile(path=address)}),
    ],
)
def test_what_does_not_say_what_it_belongs_to_has_to_be_asked_for_by_hand(server, client, make):
    with pytest.raises(NotFoundError, match="ask for it again") as caught:
        client.files.read(make(server.origin + "/old.zip"))
    assert caught.value.status_code == 404
    assert len(server.requests) == 1


def test_a_result_that_is_gone_has_no_new_address(server, client):
    server.answer("tasks.getResults", {"error": "no_object"})
    with pytest.raises(NotFoundError, match="ask for it again"):
        client.files.read(result(server.origin + "/old.txt"))


def test_a_new_address_that_has_expired_too_is_not_asked_for_for_ever(server, client):
    server.answer("articles.download", {"path": server.origin + "/dead.zip"})
    with pytest.raises(NotFoundError):
        client.files.read(ArticleZip(path=server.origin + "/old.zip", asked=[1]))
    assert len(server.requests) == 3
