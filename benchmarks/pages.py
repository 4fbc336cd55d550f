"""The answers that everybody reads: invented data in the services' shapes, the same in every run."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Rows of a page, as the services send them.
KWORKS, PROJECTS, ORDERS = 50, 50, 100
#: Pages of the long lists.
PAGES = 200
MIDNIGHT = 1_764_547_200
_WORDS = [
    "обзор",
    "статья",
    "перевод",
    "логотип",
    "баннер",
    "вёрстка",
    "скрипт",
    "магазин",
    "каталог",
    "текст",
    "описание",
    "товар",
    "сайт",
    "страница",
    "реклама",
    "отзыв",
    "рассылка",
    "письмо",
    "сценарий",
    "ролик",
    "озвучка",
    "монтаж",
    "таблица",
    "отчёт",
    "анализ",
    "аудит",
    "настройка",
    "сервер",
    "бот",
    "канал",
    "пост",
]

Row = dict[str, Any]


def _text(draw: random.Random, words: int) -> str:
    return " ".join(draw.choices(_WORDS, k=words)).capitalize()


def _seller(draw: random.Random) -> Row:
    number = draw.randrange(10_000)
    votes = draw.randrange(400)
    return {
        "id": 2_000_000 + number,
        "username": f"worker_{number}",
        "fullname": _text(draw, 2),
        "profilepicture": f"/files/avatar/big/{number}.jpg",
        "rating": round(draw.uniform(3.5, 5), 1),
        "reviews_count": votes,
        "rating_count": votes + 3,
        "is_online": draw.choice((True, False, False)),
        "level_description": draw.choice(("Новичок", "Продвинутый", "Профессионал")),
    }


def _kwork_on_app(draw: random.Random, number: int) -> Row:
    picture = f"/pics/t3/{draw.randrange(100):02}/kwork-{number}-1.jpg"
    is_best = draw.choice((True, False, False, False, False))
    badge = {"name": "Выбор покупателей", "backgroundColor": "#fff3d6", "textColor": "#7a5200"}
    return {
        "id": 7_000_000 + number,
        "category_id": 41,
        "classifier_id": 3587,
        "title": _text(draw, 9),
        "image_url": picture,
        "cover": {"phone": picture, "tablet": picture},
        "url": f"/web-development/{number}/kwork",
        "price": draw.choice((500, 1000, 1500, 5000)),
        "is_price_from": True,
        "is_best": is_best,
        "is_hidden": False,
        "is_favorite": False,
        "is_viewed": None,
        "isSubscription": False,
        "lang": "ru",
        "worker": _seller(draw),
        "badges": [badge] if is_best else [],
        "not_available_for_company": False,
    }


def _kwork_as_documented(draw: random.Random, number: int) -> Row:
    seller = _seller(draw)
    return {
        "id": 7_000_000 + number,
        "title": _text(draw, 9),
        "description": _text(draw, 60),
        "price": draw.choice((500.0, 1000.0, 1499.5, 5000.0)),
        "currency": "RUB",
        "category_id": 41,
        "seller": {
            "id": seller["id"],
            "username": seller["username"],
            "avatar_url": f"https://cdn.example.invalid{seller['profilepicture']}",
            "is_online": seller["is_online"],
            "rating": seller["rating"],
        },
        "images": [f"https://cdn.example.invalid/pics/t3/{number}-{index}.jpg" for index in range(3)],
        "rating": round(draw.uniform(3.5, 5), 1),
        "reviews_count": draw.randrange(400),
        "created_at": f"2025-0{draw.randrange(1, 10)}-1{draw.randrange(10)}T0{draw.randrange(10)}:15:30+03:00",
        "updated_at": f"2025-1{draw.randrange(3)}-2{draw.randrange(9)}T1{draw.randrange(10)}:45:00+03:00",
    }


def _project(draw: random.Random, number: int) -> Row:
    return {
        "id": 9_000_000 + number,
        "status": "active",
        "user_id": 2_000_000 + draw.randrange(10_000),
        "username": f"payer_{number}",
        "profile_picture": f"/files/avatar/big/{number}.jpg",
        "price": 5000,
        "possible_price_limit": 15000,
        "allow_higher_price": True,
        "title": _text(draw, 8),
        "description": _text(draw, 60),
        "offers": draw.randrange(30),
        "time_left": 172_800,
        "parent_category_id": 11,
        "category_id": 41,
        "date_confirm": MIDNIGHT + number,
        "category_base_price": 500,
        "user_projects_count": draw.randrange(30),
        "user_active_projects_count": 1,
        "user_hired_percent": draw.randrange(101),
        "achievements_list": [
            {"id": 5, "name": "Опытный", "description": "", "image_url": "https://cdn.example.invalid/badge/15s.png"}
        ],
        "is_viewed": False,
        "already_work": 0,
        "user_need_portfolio": 0,
        "user_need_kwork": 0,
        "has_offer": False,
    }


def _order(draw: random.Random, number: int) -> Row:
    return {
        "id": str(1_000_000 + number),
        "id_user": str(700_000 + draw.randrange(900)),
        "id_folder": str(draw.randrange(9)),
        "id_category": "1911",
        "date": str(MIDNIGHT + number),
        "end_date": "0",
        "title": _text(draw, 5),
        "description": _text(draw, 24),
        "id_type": str(draw.randrange(1, 5)),
        "id_subtype": str(draw.randrange(7)),
        "id_level": str(draw.randrange(4)),
        "deadline": str(MIDNIGHT + 432_000 + number),
        "status": str(draw.randrange(1, 6)),
        "public": "1",
        "price": f"{draw.randrange(30, 900)}.50",
        "price_type": str(draw.randrange(1, 3)),
        "size": str(draw.randrange(1, 20) * 500),
        "whitespaces": "0",
        "checksize": "1",
        "text": "",
        "quick": str(draw.randrange(2)),
        "uniq": "95",
        "target": "1",
        "keywords": "",
        "multitask": "0",
        "multicount": "0",
        "client_comment": _text(draw, 3),
    }


def with_news(rows: list[Row]) -> list[Row]:
    """Return the rows as they will be when the service has added a field that nobody knows yet."""
    return [{**row, "queue_length": index % 9} for index, row in enumerate(rows)]


def _rows(row: Callable[[random.Random, int], Row], count: int, page: int) -> list[Row]:
    draw = random.Random(page)
    return [row(draw, (page - 1) * count + index) for index in range(count)]


def _paging(page: int, size: int) -> Row:
    return {"page": page, "total": PAGES * size, "limit": size, "pages": PAGES}


def kworks_on_app(page: int = 1) -> Row:
    """A page of the catalogue, as the live service sends it."""
    return {
        "success": True,
        "response": {
            "kworks_count": PAGES * KWORKS,
            "kworks": _rows(_kwork_on_app, KWORKS, page),
            "classifiers": [{"id": 3587, "name": "Чат-боты", "kworks_count": PAGES * KWORKS, "visibility": 1}],
            "paging": _paging(page, KWORKS),
        },
    }


def kworks_as_documented(page: int = 1) -> Row:
    """A page of the catalogue, in the shape of the documented client."""
    return {
        "kworks": _rows(_kwork_as_documented, KWORKS, page),
        "pagination": {
            "current_page": page,
            "total_pages": PAGES,
            "total_items": PAGES * KWORKS,
            "items_per_page": KWORKS,
            "has_next": page < PAGES,
            "has_prev": page > 1,
        },
        "filters": {},
        "sort_options": ["recommend", "price_asc"],
    }


def projects(page: int = 1) -> Row:
    """A page of the exchange of projects, as the live service sends it."""
    return {
        "success": True,
        "response": _rows(_project, PROJECTS, page),
        "connects": {"all_connects": 30, "active_connects": 28, "update_time": -1},
        "paging": _paging(page, PROJECTS),
    }


def orders(page: int = 1) -> list[Row]:
    """A page of your orders at eTXT: every number is a text."""
    return _rows(_order, ORDERS, page)


#: The answer to a small call at eTXT, and at Kwork.
BALANCE: Row = {"id": "700001", "balance": "1250.50", "date": "1764547200"}
OFFLINE: Row = {"success": True}


def encode(data: object) -> bytes:
    """Write an answer as the services do, with letters as they are."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _catalogue_with_news() -> Row:
    page = kworks_on_app()
    page["response"]["kworks"] = with_news(page["response"]["kworks"])
    return page


def write_all(folder: Path, big_file_bytes: int) -> None:
    """Write everything that the servers serve from files."""
    for name, data in (
        ("kworks-app.json", kworks_on_app()),
        ("kworks-documented.json", kworks_as_documented()),
        ("projects.json", projects()),
        ("orders.json", orders()),
        ("kworks-news.json", _catalogue_with_news()),
        ("orders-news.json", with_news(orders())),
        ("balance.json", BALANCE),
        ("offline.json", OFFLINE),
    ):
        (folder / name).write_bytes(encode(data))
    (folder / "pages").mkdir()
    for page in range(1, PAGES + 1):
        (folder / "pages" / f"{page}.json").write_bytes(encode(kworks_on_app(page)))
    piece = random.Random(0).randbytes(1 << 20)
    with (folder / "big.bin").open("wb") as sink:
        for _ in range(big_file_bytes >> 20):
            sink.write(piece)
    (folder / "small.bin").write_bytes(piece)
