"""Both wires against the embedded sandbox, which shares no code with the client, over real sockets."""

from __future__ import annotations

import inspect

import pytest

from kwork_etxt_sdk import CallOptions, Effect, KworkClient
from kwork_etxt_sdk.kwork import (
    DataResponse,
    KworkAppAuthError,
    KworkAuthError,
    KworkCaptchaError,
    KworkPhoneError,
    KworkUnsupportedError,
    Order,
)
from kwork_etxt_sdk.kwork.endpoint import NotOnApp
from kwork_etxt_sdk.mapping import DRIFT
from kwork_etxt_sdk.registry import endpoints
from kwork_etxt_sdk.sandbox import Sandbox

WIRES = ("documented", "app")
ALL = {registered.endpoint.name: registered for registered in endpoints("kwork")}


@pytest.fixture(scope="module")
def crowded():
    """One sandbox for the tests that change nothing."""
    with Sandbox(speed=0) as box:
        yield box


@pytest.fixture
def own():
    with Sandbox(speed=0) as box:
        yield box


def settings(box, wire):
    app = {"app_authorization": box.kwork_app_authorization} if wire == "app" else {}
    return {"base_url": box.kwork_base_url, **app}


def login(box, wire, **more):
    return KworkClient.login(box.kwork_login, box.kwork_password, **settings(box, wire), **more)


@pytest.fixture(scope="module", params=WIRES)
def client(request, crowded):
    with login(crowded, request.param) as client:
        yield client


def arguments(endpoint, market, wire):
    if endpoint.name == "other.get_in_app_notification" and wire == "app":
        return {"device_id": "A" * 40, "os_type": "android", "os_version": "14", "app_version": "5.1"}
    known = {
        "kwork_id": next(iter(market.kworks)),
        "user_id": 1001,
        "text": "Текст без ошибок",
        "settings": {"language": "ru"} if wire == "documented" else {"fullname": "Демо"},
    }
    needed = inspect.signature(ALL[endpoint.name].method).parameters.values()
    return {one.name: known[one.name] for one in needed if one.default is one.empty and one.name != "self"}


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_method_does_on_its_wires_what_it_says(crowded, client, name):
    endpoint = ALL[name].endpoint
    with crowded.lock:
        given = arguments(endpoint, crowded.market, client.wire)
    method = getattr(getattr(client, endpoint.topic), endpoint.method)
    is_there = endpoint.path is not None if client.wire == "documented" else not isinstance(endpoint.app, NotOnApp)
    DRIFT.clear()
    if not is_there:
        with pytest.raises(KworkUnsupportedError):
            method(**given)
        return
    assert method(**given) is not None
    assert not DRIFT.snapshot()


def test_both_wires_tell_the_same_of_the_same(crowded):
    with login(crowded, "documented") as documented, login(crowded, "app") as app:
        for orders in ("get_payer_orders", "get_worker_orders"):
            told = {order.id: order for order in getattr(documented.projects, orders)()}
            live = {order.id: order for order in getattr(app.projects, orders)()}
            assert told.keys() == live.keys() != set()
            assert all(isinstance(order, Order) for order in (*told.values(), *live.values()))
            assert {number: order.budget for number, order in told.items()} == {
                number: order.budget for number, order in live.items()
            }
        assert {project.id for project in documented.projects.iter_list()} == {
            project.id for project in app.projects.iter_list()
        }
        assert [kwork.id for kwork in documented.user.get_favorite_kworks()] == [
            kwork.id for kwork in app.user.get_favorite_kworks()
        ]
        assert set(documented.other.get_favorite_categories()) == set(app.other.get_favorite_categories())
        assert {dialog.participant.id for dialog in documented.notifications.get_dialogs()} == {
            dialog.participant.id for dialog in app.notifications.iter_dialogs()
        }
        assert {city.id for city in documented.reference.get_cities()} == {
            city.id for city in app.reference.get_cities()
        }
        assert len(documented.user.iter_reviews().to_list()) == len(app.user.iter_reviews().to_list()) > 30


def test_what_is_refused_on_the_app_wire_can_be_called_by_name(crowded):
    with login(crowded, "app") as app:
        for name in ("getAvailableFeatures", "getPublicFeatures", "getBadgesInfo"):
            assert app.call(name, effect=Effect.READ, result=DataResponse).success is True


@pytest.mark.parametrize("wire", WIRES)
def test_sign_ins_are_restored_from_a_file(own, wire, tmp_path):
    with login(own, wire) as client:
        path = client.save_session(tmp_path / "session.json")
        expires_at = client.expires_at
    own.clear_calls()
    more = {"app_authorization": own.kwork_app_authorization} if wire == "app" else {}
    with KworkClient.from_session(path, **more) as again:
        assert again.other.get_actor()["username"] == own.kwork_login
        assert (again.wire, again.expires_at) == (wire, expires_at)
    assert [call.method for call in own.calls] == ["actor"]


@pytest.mark.parametrize("wire", WIRES)
def test_an_expired_sign_in_is_told_or_renewed_once(own, wire):
    with login(own, wire) as strict, login(own, wire, keep_password=True) as lenient:
        old = lenient.token
        own.advance(days=400)
        own.clear_calls()
        with pytest.raises(KworkAuthError):
            strict.other.get_actor()
        assert [call.method for call in own.calls] == ["actor"]
        own.clear_calls()
        assert lenient.other.get_actor()["username"] == own.kwork_login
        steps = ["signIn"] if wire == "app" else ["signIn", "getWebAuthToken"]
        assert [call.method for call in own.calls] == ["actor", *steps, "actor"]
        assert lenient.token != old


def test_a_person_answers_what_the_service_asks(own):
    for what, error in (("phone", KworkPhoneError), ("captcha", KworkCaptchaError)):
        right = own.kwork_demand(what)
        with pytest.raises(error):
            login(own, "app")
        asked = []
        with login(own, "app", on_challenge=lambda one, right=right, asked=asked: asked.append(one.kind) or right):
            assert asked == [what]


def test_another_app_is_not_let_in(own):
    with KworkClient.login(own.kwork_login, own.kwork_password, **settings(own, "app")) as client:
        token = client.token
    wrong = KworkClient(token, base_url=own.kwork_base_url, app_authorization="Basic d3Jvbmc=")
    with wrong, pytest.raises(KworkAppAuthError):
        wrong.other.get_actor()


def test_a_listener_hears_of_both_steps(own):
    events = []
    with login(own, "documented", options=CallOptions(on_event=events.append)):
        assert len([event for event in events if type(event).__name__ == "Sent"]) == 2
