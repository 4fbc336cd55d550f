"""What all calls of a client share, and what is decided before anything is sent."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import threading

import attrs
import pytest

from kwork_etxt_sdk.client import Client, Topic
from kwork_etxt_sdk.effect import Effect
from kwork_etxt_sdk.errors import (
    ConfigurationError,
    DryRun,
    EffectNotAllowedError,
    OutcomeUnknown,
    ValidationError,
)
from kwork_etxt_sdk.options import UNSET, CallOptions, Limits, Retry, Rule, Timeouts
from kwork_etxt_sdk.redaction import Redactor, Secret
from kwork_etxt_sdk.transport.clock import SECOND, SystemClock
from kwork_etxt_sdk.transport.exchange import FilePart, Reply, Request, has_markers
from kwork_etxt_sdk.transport.session import Session
from tests.support.clock import FakeClock
from tests.support.fake_market import (
    BY_EFFECT,
    MONEY,
    READ,
    SECRETS,
    TOKEN,
    Caller,
    FakeMarket,
    endpoint,
)
from tests.support.faulty_server import FaultyServer, answer, refusing, silent


class Things(Topic):
    def list(self, *, options=CallOptions()):  # noqa: B008 - frozen
        return self._call(READ, options, text="hi")

    def buy(self, *, options=CallOptions()):  # noqa: B008 - frozen
        return self._call(ASKING, options, thing=7)


class FakeClient(Client):
    def __init__(self, url, **settings):
        self.clock = FakeClock()
        super().__init__(Session(FakeMarket(url), clock=self.clock, **settings))

    @property
    def things(self):
        return self._topic(Things)

    def __repr__(self):
        return "<FakeClient>"

    def _raw_endpoint(self, name, parameters, effect, result):
        raise AssertionError("not needed here")

    def _made_with(self):
        raise AssertionError("not needed here")

    @classmethod
    def _without_secrets(cls, settings):
        raise AssertionError("not needed here")


ASKING = attrs.evolve(MONEY, ask=lambda client, arguments: (client.things.list(), arguments))


# --------------------------------------------------------------------------------------------------- before sending


@pytest.mark.parametrize("allowed", Effect)
@pytest.mark.parametrize("effect", Effect)
def test_allow_lets_effects_up_to_the_one_named_pass(effect, allowed):
    with FaultyServer() as server, Caller(server.url) as call:
        if effect <= allowed:
            call(BY_EFFECT[effect], allow=allowed)
        else:
            error = call.failure(BY_EFFECT[effect], allow=allowed)
            assert type(error) is EffectNotAllowedError
            assert f"has the effect {effect.name}, but this client may only make calls up to {allowed.name}" in str(
                error
            )
        assert server.executed == (effect <= allowed)


def test_the_effect_that_counts_is_the_one_of_the_arguments():
    called = endpoint(
        Effect.MONEY, effect_of=lambda arguments: Effect.MONEY if arguments.get("public") else Effect.ONCE
    )
    with FaultyServer() as server, Caller(server.url) as call:
        call(called, {"public": 0}, allow=Effect.ONCE)
        assert type(call.failure(called, {"public": 1}, allow=Effect.ONCE)) is EffectNotAllowedError
        assert call.events[0].effect == "ONCE"
        assert server.executed == 1


def test_what_is_not_allowed_is_not_even_shown_by_a_dry_run():
    with refusing() as url, Caller(url) as call:
        assert type(call.failure(MONEY, allow=Effect.READ, dry_run=True)) is EffectNotAllowedError


def test_arguments_are_checked_before_anything_is_waited_for_or_sent():
    with FaultyServer() as server, Caller(server.url, limits=Limits(default=Rule.every(60))) as call:
        call(READ)
        for options in ({}, {"dry_run": True}):
            assert type(call.failure(READ, {"bad": 1}, **options)) is ValidationError
        assert (server.executed, call.clock.slept) == (1, 0)


def test_a_dry_run_shows_the_request_with_its_secrets_masked_and_sends_nothing():
    with refusing() as url, Caller(url, limits=Limits(default=Rule.every(60))) as call:
        for _ in range(2):  # takes no slot either
            error = call.failure(MONEY, {"id": 7, "text": f"hi {TOKEN}", "password": Secret("x")}, dry_run=True)
    assert type(error) is DryRun
    assert error.wire == (
        f"POST {url}/things.buy?token=***\nCookie: ***\n\n  id = 7\n  text = hi ***\n  password = ***"
    )
    assert error.request == {
        "method": "POST",
        "url": f"{url}/things.buy?token=***",
        "headers": {"Cookie": "***"},
        "body": [("id", "7"), ("text", "hi ***"), ("password", "***")],
        "effect": "MONEY",
    }
    assert error.call == "fake things.buy"
    assert not any(secret in repr(vars(error)) + str(error) for secret in SECRETS)
    assert (call.events, call.clock.slept) == ([], 0)


def test_a_dry_run_that_is_switched_off_sends():
    with FaultyServer() as server, Caller(server.url) as call:
        call(READ, dry_run=False)
        assert server.executed == 1


# -------------------------------------------------------------------------------------------------- requests, shown


def test_a_json_request_is_shown_with_its_secrets_masked():
    request = Request(url="https://x.invalid/a", json={"token": "abc", "b": [Secret("c"), "Чай"]})
    assert request.preview(Redactor())["body"] == {"token": "***", "b": ["***", "Чай"]}
    head, _, body = request.shown(Redactor()).partition("\n\n")
    assert head == "POST https://x.invalid/a"
    assert json.loads(body) == {"token": "***", "b": ["***", "Чай"]}
    assert "Чай" in body


def test_a_request_without_a_body_and_one_with_a_file():
    assert Request(url="https://x.invalid/a").shown(Redactor()) == "POST https://x.invalid/a"
    part = FilePart(field="file", name="a.txt", content=b"12345")
    request = Request(url="https://x.invalid/a", files=[part], headers={"Referer": "https://x.invalid/?token=1"})
    assert request.shown(Redactor()) == (
        "POST https://x.invalid/a\nReferer: https://x.invalid/?token=***\n\n  file = <file a.txt, 5 bytes>"
    )
    assert repr(part) == "FilePart(field='file', name='a.txt', content=<5 bytes>)"


def test_a_secret_name_hides_an_ordinary_text():
    request = Request(url="https://x.invalid/a", query=[("sign", "1"), ("id", "2")], form=[("api_pass", "3")])
    assert request.shown(Redactor()) == "POST https://x.invalid/a?sign=***&id=2\n\n  api_pass = ***"


def test_an_ordinary_name_does_not_show_a_secret():
    secret = Secret("x")
    request = Request(url="https://x.invalid/a", query=[("q", secret)], form=[("f", secret)], headers={"h": secret})
    assert request.shown(Redactor()) == "POST https://x.invalid/a?q=***\nh: ***\n\n  f = ***"


@pytest.mark.parametrize(
    ("body", "kind", "is_html"),
    [
        (b"<html>", "text/plain", True),
        (b" \r\n<!doctype html>", "", True),
        (b"sorry", "text/html; charset=utf-8", True),
        (b'{"a": "<b>"}', "application/json", False),
        (b"", "", False),
    ],
)
def test_pages_for_people_are_told_from_data(body, kind, is_html):
    reply = Reply(status=200, headers={"content-type": kind}, body=body)
    assert reply.is_html is is_html


def test_what_an_error_remembers_of_an_answer_is_short_scrubbed_and_harmless():
    body = f"{TOKEN} \xd0".encode() + b"\xff" + b"x " * 50_000
    headers = {"content-type": "text/plain", "server": TOKEN, "x-internal": "1"}
    reply = Reply(status=500, headers=headers, body=body, url="https://x.invalid/a", cookies={"a": Secret("b")})
    snapshot = reply.snapshot(Redactor([TOKEN]))
    assert (snapshot.status_code, snapshot.url) == (500, "https://x.invalid/a")
    assert snapshot.headers == {"content-type": "text/plain", "server": "***"}
    assert snapshot.text.startswith("*** Ð\N{REPLACEMENT CHARACTER}x x ")
    assert len(snapshot.text) == 4000
    assert TOKEN not in repr(reply)


@pytest.mark.parametrize(
    ("value", "found"), [({"id": 1}, True), ({"x": 1}, False), ({}, False), ([{"id": 1}], False), ("id", False)]
)
def test_records_are_known_by_their_markers(value, found):
    assert has_markers(value, ("id", "id_task")) is found


@pytest.mark.parametrize(
    ("name", "topic", "method"),
    [
        ("tasks.saveTask", "tasks", "save_task"),
        ("users.getBalance", "users", "get_balance"),
        ("users.import", "users", "import_"),
        ("tasks.setUserBW", "tasks", "set_user_bw"),
        ("login", "login", "login"),
    ],
)
def test_python_names_of_endpoints(name, topic, method):
    called = endpoint(name=name)
    assert (called.topic, called.method) == (topic, method)


@pytest.mark.parametrize(
    ("effect", "may_repeat"),
    [(Effect.READ, True), (Effect.REPEATABLE, True), (Effect.ONCE, False), (Effect.MONEY, False)],
)
def test_effects_grow_graver(effect, may_repeat):
    assert effect.may_repeat is may_repeat
    assert list(Effect) == sorted(Effect)


# ---------------------------------------------------------------------------------------------------------- closing


@pytest.mark.parametrize("called", BY_EFFECT.values(), ids=lambda called: called.effect.name)
def test_a_closed_client_says_so_at_once(caplog, called):
    with FaultyServer() as server, Caller(server.url, limits=Limits(default=Rule.every(60))) as call:
        call(READ)
        call.session.close()
        call.session.close()
        with pytest.raises(ConfigurationError, match="closed") as caught:
            call(called)
        assert (server.executed, call.clock.slept) == (1, 0)
    assert not hasattr(caught.value, "__notes__")
    assert caplog.records == []


def test_closing_while_a_call_waits_keeps_it_from_sending():
    with FaultyServer() as server, Caller(server.url, limits=Limits(default=Rule.every(60))) as call:
        call(READ)
        call.clock.after(SECOND, call.session.close)
        assert "closed" in str(call.failure(MONEY))
        assert server.executed == 1


def test_closing_closes_the_connections():
    with FaultyServer() as server, Caller(server.url) as call:
        call(READ)
        call.session.close()
        server.wait_until_closed()


def test_requests_is_imported_with_the_first_call_and_made_once():
    with FaultyServer() as server, Caller(server.url) as call:
        assert call.session._http is None
        threads = [threading.Thread(target=call, args=(READ,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert call.session.http is call.session._http
        assert server.executed == 4


# --------------------------------------------------------------------------------------------------------- settings


def test_servers_of_this_machine_are_not_limited_unless_asked():
    with refusing() as url:
        with Caller(url) as call:
            assert call.session.limits is Limits.off
        with Caller(url, limits=Limits(), groups={"messages": Rule.every(61)}) as call:
            assert set(call.session.limits.groups) == {"messages"}
        market = FakeMarket(url)
        market.is_local = False
        session = Session(market)
        assert session.limits == Limits()
        assert isinstance(session.clock, SystemClock)
        assert (session.retry, session.timeouts) == (Retry(), Timeouts())
        session.close()


@pytest.mark.parametrize(
    ("options", "timeouts", "attempts", "deadline", "page_deadline"),
    [
        ({}, Timeouts(connect=1, read=2, unsafe_read=3, total=4, page=5), 4, 4, 5),
        ({"timeout": 7}, Timeouts(connect=7, read=7, unsafe_read=7, total=4, page=5), 4, 4, 5),
        ({"timeout": Timeouts()}, Timeouts(), 4, 120, 300),
        ({"deadline": 9}, Timeouts(connect=1, read=2, unsafe_read=3, total=4, page=5), 4, 9, 9),
        ({"deadline": None}, Timeouts(connect=1, read=2, unsafe_read=3, total=4, page=5), 4, None, None),
        ({"retries": 0}, Timeouts(connect=1, read=2, unsafe_read=3, total=4, page=5), 1, 4, 5),
        ({"retries": 99}, Timeouts(connect=1, read=2, unsafe_read=3, total=4, page=5), 4, 4, 5),
        ({"retries": Retry(read=9)}, Timeouts(connect=1, read=2, unsafe_read=3, total=4, page=5), 9, 4, 5),
    ],
)
def test_options_of_a_call_go_before_the_client_s(options, timeouts, attempts, deadline, page_deadline):
    given = CallOptions(**options)
    own = Timeouts(connect=1, read=2, unsafe_read=3, total=4, page=5)
    with refusing() as url, Caller(url, timeouts=own) as call:
        session = call.session
        assert session.timeouts_for(given) == timeouts
        assert session.retry_for(given).read == attempts
        assert session.deadline_for(given, session.timeouts_for(given), is_page=False) == deadline
        assert session.deadline_for(given, session.timeouts_for(given), is_page=True) == page_deadline


def test_the_proxy_and_the_check_of_certificates_reach_the_http_side():
    with FaultyServer() as proxy, Caller("http://api.example.invalid", proxy=proxy.url) as call:
        call(MONEY)
        call(READ)
        assert [request.target.partition("?")[0] for request in proxy.requests] == [
            "http://api.example.invalid/things.buy",
            "http://api.example.invalid/things.list",
        ]
    with refusing() as url:
        session = Session(FakeMarket(url), verify="/somewhere/ca.pem")
        assert session.http._verify == "/somewhere/ca.pem"
        session.close()


# ----------------------------------------------------------------------------------------------------------- client


def test_with_options_knows_every_option_of_a_call():
    parameters = inspect.signature(Client.with_options).parameters
    fields = attrs.fields_dict(CallOptions)
    del fields["once_key"]  # a key is for one call
    assert list(parameters) == ["self", *fields]
    for name in fields:
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters[name].default is UNSET


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", 3.0),
        ("deadline", None),
        ("retries", 0),
        ("dry_run", True),
        ("allow", Effect.READ),
        ("bad_items", "skip"),
        ("on_event", print),
    ],
)
def test_with_options_passes_every_option_on(name, value):
    with refusing() as url, FakeClient(url) as client:
        other = client.with_options(**{name: value}).with_options()
        assert {field: getattr(other._options, field) for field in attrs.fields_dict(CallOptions)} == {
            **dict.fromkeys(attrs.fields_dict(CallOptions), UNSET),
            name: value,
        }


def test_clients_made_by_with_options_share_everything_but_the_options():
    with FaultyServer() as server, FakeClient(server.url) as client:
        careful = client.with_options(allow=Effect.READ).with_options(retries=0)
        assert type(careful) is FakeClient
        assert careful._session is client._session
        assert (careful.things is careful.things, careful.things is client.things) == (True, False)
        careful.things.list()
        client.things.list()
        assert [request.connection for request in server.requests] == [1, 1]
        with pytest.raises(EffectNotAllowedError):
            careful.things.buy()
        client.things.buy()
        assert server.executed == 3
        careful.close()
        with pytest.raises(ConfigurationError, match="closed"):
            client.things.list()


def test_options_of_a_call_go_before_those_of_with_options_and_the_rest_is_merged():
    with FaultyServer() as server, FakeClient(server.url) as client:
        server.default = answer("", 500)
        events = []
        other = client.with_options(retries=0, on_event=events.append)
        with pytest.raises(Exception, match="500") as caught:
            other.things.list(options=CallOptions(retries=1))
        assert caught.value.attempts == 2
        assert events
        other.with_options(on_event=None)


def test_leaving_a_client_s_block_closes_it():
    with FaultyServer() as server:
        with FakeClient(server.url) as client:
            client.things.list()
        with pytest.raises(ConfigurationError, match="closed"):
            client.things.list()


def test_an_unknown_outcome_can_be_asked_about_through_the_client():
    with FaultyServer(silent("close"), answer({"ok": "bought"})) as server, FakeClient(server.url) as client:
        with pytest.raises(OutcomeUnknown) as caught:
            client.things.buy()
        assert caught.value.ask() == ("bought", {"thing": 7})
        assert [request.path for request in server.requests] == ["/things.buy", "/things.list"]


def test_a_topic_says_whose_it_is():
    with refusing() as url, FakeClient(url) as client:
        assert repr(client.things) == "<Things of <FakeClient>>"


def test_importing_the_transport_brings_no_http_library():
    code = "import sys, kwork_etxt_sdk.transport.session; print('requests' in sys.modules, 'tenacity' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["False", "False"]
