"""The documented wire of Kwork: sign-in, catalogue, project feed."""

from __future__ import annotations

import pytest
import requests

from kwork_etxt_sdk.sandbox import Sandbox
from tests.sandbox.callers import START, TIMEOUT, KworkCaller

KWORK_FIELDS = {
    "id", "title", "description", "price", "currency", "category_id", "seller", "images", "rating", "reviews_count",
    "created_at", "updated_at",
}  # fmt: skip
PROJECT_FIELDS = {
    "id", "title", "description", "budget", "budget_type", "category_id", "customer", "status", "created_at",
    "updated_at", "bids_count", "skills",
}  # fmt: skip
MEMBER_FIELDS = {"id", "username", "avatar_url", "is_online", "rating"}


@pytest.fixture
def inside(kwork):
    kwork.enter()
    return kwork


@pytest.fixture(scope="module")
def reader():
    """A caller for tests that change nothing: they share one sandbox."""
    with Sandbox(speed=0, start_time=START) as box:
        caller = KworkCaller(box)
        caller.enter()
        yield caller
        caller.session.close()


def everything(kwork, path, name, **params):
    items, page, more = [], 1, True
    while more:
        answer = kwork(path, page=page, **params)
        items += answer[name]
        more = answer["pagination"]["has_next"]
        page += 1
    assert len(items) == answer["pagination"]["total_items"]
    return items


def test_signing_in_sets_cookies_and_is_exchanged_for_a_token(kwork):
    answer = kwork.sign_in()
    assert answer.json()["success"] is True
    assert answer.cookies["userId"] == "2001"
    token = kwork("getWebAuthToken")["web_auth_token"]
    assert kwork.send("catalogMainv2", {"page": 1}).status_code == 401
    kwork.session.cookies.set("web_auth_token", token)
    assert kwork.send("catalogMainv2", {"page": 1}).status_code == 200


@pytest.mark.parametrize("changed", [{"password": "wrong"}, {"login_or_email": "nobody"}])
def test_a_wrong_password_or_login_is_401_without_cookies(kwork, changed):
    answer = kwork.sign_in(**changed)
    assert answer.status_code == 401
    assert answer.json()["success"] is False
    assert answer.json()["errors"][0]["code"] == "INVALID_CREDENTIALS"
    assert not answer.cookies


def test_an_empty_field_of_the_sign_in_is_named(kwork):
    answer = kwork.sign_in(password="")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "password")


def test_the_e_mail_address_is_as_good_as_the_login(box, kwork):
    assert kwork.sign_in(login_or_email=f"{box.kwork_login}@example.invalid").status_code == 200


def test_signing_in_without_referer_is_forbidden(box):
    form = {"login_or_email": box.kwork_login, "password": box.kwork_password}
    answer = requests.post(f"{box.kwork_base_url}/signIn", data=form, timeout=TIMEOUT)
    assert answer.status_code == 403
    assert answer.json()["success"] is False


def test_no_token_without_a_session(kwork):
    assert kwork.send("getWebAuthToken", {}).status_code == 401


def test_a_token_expires(box, inside):
    box.advance(days=29)
    assert inside.send("projects", {}).status_code == 200
    box.advance(days=2)
    refused = inside.send("projects", {})
    assert refused.status_code == 401
    assert set(refused.json()) == {"success", "errors", "message"}
    inside.session.cookies.clear()
    inside.enter()
    assert inside.send("projects", {}).status_code == 200
    box.market.tokens.clear()
    assert inside.send("projects", {}).status_code == 401


def test_the_catalogue_has_pages_of_twenty(reader):
    page = reader("catalogMainv2", page=2, category_id=None, sort="recommend")
    assert page["pagination"] == {
        "current_page": 2,
        "total_pages": 200,
        "total_items": 4000,
        "items_per_page": 20,
        "has_next": True,
        "has_prev": True,
    }
    assert page["sort_options"] == ["recommend", "price_asc", "price_desc", "rating", "newest"]
    assert len(page["filters"]["categories"]) == 40
    assert set(page["filters"]["categories"][0]) == {"id", "name", "slug", "parent_id"}
    kwork = page["kworks"][0]
    assert set(kwork) == KWORK_FIELDS
    assert set(kwork["seller"]) == MEMBER_FIELDS
    assert isinstance(kwork["price"], float)
    assert kwork["created_at"].endswith("+03:00")


def test_walking_the_catalogue_meets_every_kwork_once(reader):
    ids = [kwork["id"] for kwork in everything(reader, "catalogMainv2", "kworks")]
    assert len(set(ids)) == 4000
    past_the_end = reader("catalogMainv2", page=201)
    assert past_the_end["kworks"] == []
    assert past_the_end["pagination"]["has_next"] is False


@pytest.mark.parametrize(
    ("sort", "key", "falling"),
    [
        ("price_asc", "price", False),
        ("price_desc", "price", True),
        ("rating", "rating", True),
        ("newest", "created_at", True),
        ("recommend", "reviews_count", True),
    ],
)
def test_sorting(reader, sort, key, falling):
    values = [kwork[key] or 0 for kwork in everything(reader, "catalogMainv2", "kworks", sort=sort, category_id=11)]
    assert len(values) > 100
    assert values == sorted(values, reverse=falling)


def test_a_category_includes_those_below_it(reader):
    below = {kwork["category_id"] for kwork in everything(reader, "catalogMainv2", "kworks", category_id=11)}
    assert below == {41, 421, 422, 43, 44, 451, 452}  # kworks are in the finest divisions only
    nothing = reader("catalogMainv2", page=1, category_id=99)
    assert (nothing["kworks"], nothing["filters"]["price"]) == ([], {"min": None, "max": None})


def test_the_project_feed_moves(box, inside):
    first = inside("projects", page=1, category_id=None)
    assert set(first["projects"][0]) == PROJECT_FIELDS
    assert first["pagination"]["items_per_page"] == len(first["projects"]) == 12
    ids = [project["id"] for project in everything(inside, "projects", "projects")]
    assert ids == sorted(ids, reverse=True)
    box.advance(minutes=30)
    newest = inside("projects")["projects"][0]
    assert newest["id"] > ids[0]
    assert newest["created_at"] > first["projects"][0]["created_at"]


def test_projects_close_so_that_the_feed_does_not_grow_for_ever(box, inside):
    for _ in range(3):
        box.advance(days=9)
        assert 90 < inside("projects")["pagination"]["total_items"] < 300


def test_projects_of_a_category(reader):
    assert {project["category_id"] for project in everything(reader, "projects", "projects", category_id=25)} == {25}


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("projects", {"page": 0}, "page"),
        ("projects", {"page": "2"}, "page"),
        ("projects", {"category_id": "11"}, "category_id"),
        ("catalogMainv2", {"sort": "cheapest"}, "sort"),
    ],
)
def test_bad_parameters_are_named(reader, path, params, field):
    answer = reader.send(path, params)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_bodies_that_are_no_json_object_are_refused(reader):
    assert reader.send("projects", [1]).status_code == 400
    assert reader.session.post(f"{reader.box.kwork_base_url}/projects", data="{", timeout=TIMEOUT).status_code == 400
    assert reader.session.post(f"{reader.box.kwork_base_url}/projects", timeout=TIMEOUT).status_code == 200


def test_other_verbs_and_unknown_methods(reader):
    assert reader.session.get(f"{reader.box.kwork_base_url}/projects", timeout=TIMEOUT).status_code == 405
    assert reader.send("moon", {}).status_code == 404


def test_pictures_can_be_looked_at(reader):
    kwork = next(item for item in everything(reader, "catalogMainv2", "kworks") if item["images"])
    answer = requests.get(kwork["images"][0], timeout=TIMEOUT)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


def test_calls_are_recorded(box, inside):
    inside("projects", page=3)
    call = box.calls[-1]
    assert (call.service, call.method, call.params, call.credentials) == ("kwork", "projects", {"page": 3}, ("Cookie",))
    inside.sign_in(password="wrong")
    assert box.calls[-1].refusal == "INVALID_CREDENTIALS"
