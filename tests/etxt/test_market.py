"""Every kind of answer that eTXT is known to give, and what the client makes of it."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk import (
    AuthError,
    ConfigurationError,
    DryRun,
    EtxtClient,
    NotFoundError,
    RefusedError,
    Retry,
    Secret,
    ValidationError,
)
from kwork_etxt_sdk.etxt import errors
from kwork_etxt_sdk.etxt.endpoint import Endpoint, Shape
from kwork_etxt_sdk.etxt.market import BASE_URL, EtxtMarket
from kwork_etxt_sdk.mapping import MappingError, Model, default_converter, model, wire
from kwork_etxt_sdk.params import Text, Upload
from kwork_etxt_sdk.transport import endpoint as base
from kwork_etxt_sdk.transport.endpoint import Effect
from kwork_etxt_sdk.transport.exchange import Answered, Cause, Refused, Reply, Unreadable
from tests.support.clock import FakeClock
from tests.support.etxt_server import API_PASS, TOKEN

WRONG_SIGNATURE = "Подпись не верна"
WRONG_SETTINGS = "Настройки пользователя для работы с API не верны"
PAGE = "<!DOCTYPE html><html><body>Технические работы, подпись администрации</body></html>"


@model
class Thing(Model):
    thing_id: int = wire("id")
    price: Decimal | None = wire(default=None)


ONE = Endpoint("things.get", effect=Effect.READ, result=Thing)
MANY = Endpoint("things.list", effect=Effect.READ, result=Thing, shape=Shape.RECORDS)
NAMES = Endpoint("things.names", effect=Effect.READ, result=dict[int, str], shape=Shape.MAPPING)
RAW = Endpoint("things.raw", effect=Effect.READ, result=object)


ROWS = [{"id": "1", "price": "5"}, {"id": 2}]
THINGS = [Thing(thing_id=1, price=Decimal(5)), Thing(thing_id=2)]


@pytest.fixture
def market():
    return EtxtMarket(Secret(TOKEN), Secret(API_PASS), base_url=BASE_URL, clock=FakeClock())


def reply(body, status=200, content_type="text/html; charset=utf-8"):
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Reply(status=status, headers={"content-type": content_type}, body=content)


class TestAccount:
    @pytest.mark.parametrize(("token", "api_pass", "name"), [("", API_PASS, "token"), (TOKEN, "", "api_pass")])
    def test_empty_credentials_are_refused_by_name(self, token, api_pass, name):
        with pytest.raises(ConfigurationError, match=f"^{name} is empty"):
            EtxtClient(token, api_pass)

    @pytest.mark.parametrize(
        "url", ["http://www.etxt.ru/api/json/", "www.etxt.ru", "https://u:p@www.etxt.ru/", "", "ftp://x"]
    )
    def test_credentials_go_nowhere_in_the_open(self, url):
        with pytest.raises(ConfigurationError, match="base_url") as caught:
            EtxtClient(TOKEN, API_PASS, base_url=url)
        assert TOKEN not in str(caught.value)

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            (BASE_URL, BASE_URL),
            ("https://www.etxt.biz/api/json", "https://www.etxt.biz/api/json/"),
            ("http://127.0.0.1:8000/etxt/api/json/", "http://127.0.0.1:8000/etxt/api/json/"),
        ],
    )
    def test_addresses_get_their_slash(self, url, expected):
        market = EtxtMarket(Secret(TOKEN), Secret(API_PASS), base_url=url, clock=FakeClock())
        assert market.base_url == expected
        assert market.is_local == url.startswith("http:")

    def test_accounts_and_hosts_are_limited_apart_and_their_scope_tells_nothing(self, market):
        others = [
            EtxtMarket(Secret("f" * 32), Secret(API_PASS), base_url=BASE_URL, clock=FakeClock()),
            EtxtMarket(Secret(TOKEN), Secret(API_PASS), base_url="https://www.etxt.biz/api/json/", clock=FakeClock()),
        ]
        same = EtxtMarket(Secret(TOKEN), Secret("other"), base_url=BASE_URL, clock=FakeClock())
        assert len({market.scope, *(other.scope for other in others)}) == 3
        assert market.scope == same.scope
        assert TOKEN not in market.scope
        assert market.renew() is False
        assert market.groups["messages"].period == 61
        assert market.groups["messages"].count_from == "response"

    def test_the_client_shows_its_address_only(self, client):
        assert repr(client) == f"<EtxtClient {client._base_url}>"
        assert repr(client.users) == f"<Users of {client!r}>"
        assert TOKEN not in repr(vars(client._session.market))

    def test_credentials_come_from_the_environment_only_if_asked(self, server, monkeypatch):
        monkeypatch.setenv("ETXT_TOKEN", f" {TOKEN}\n")
        monkeypatch.setenv("ETXT_BASE_URL", server.base_url)
        monkeypatch.delenv("ETXT_API_PASS", raising=False)
        with pytest.raises(ConfigurationError, match="set ETXT_API_PASS in the environment"):
            EtxtClient.from_env()
        monkeypatch.setenv("ETXT_API_PASS", API_PASS)
        server.answer("users.getBalance", {"id": 1, "balance": "5"})
        with EtxtClient.from_env(retry=Retry.none) as client:
            assert client.users.get_balance().balance == 5
        monkeypatch.delenv("ETXT_TOKEN")
        monkeypatch.setenv("ETXT_API_PASS", " ")
        with pytest.raises(ConfigurationError, match="set ETXT_TOKEN and ETXT_API_PASS in the environment"):
            EtxtClient.from_env()

    def test_every_meaning_has_a_class_of_etxt(self, market):
        for meaning, cls in errors.BY_MEANING.items():
            assert market.error(meaning) is cls
            assert issubclass(cls, meaning)
            assert issubclass(cls, errors.EtxtError)


class TestRequest:
    def test_only_method_token_and_signature_stand_in_the_url(self, server, client):
        server.answer("tasks.viewNotes", [])
        assert client.tasks.view_notes([5, 6]) == []
        request = server.only()
        assert server.sent("tasks.viewNotes") == [("id[]", "5"), ("id[]", "6")]
        assert dict(request.query)["token"] == TOKEN
        assert request.header("Cookie") is None
        assert request.header("Authorization") is None
        assert API_PASS.encode() not in request.raw

    def test_bad_arguments_are_told_together_and_nothing_is_sent(self, server, client):
        with pytest.raises(errors.EtxtValidationError) as caught:
            client.tasks.save_task("", price="a", category_id=0)
        assert set(caught.value.fields) == {"title", "price", "category_id", "size"}
        assert caught.value.sent is False
        assert str(caught.value).startswith("etxt tasks.saveTask: title must have 1 to 512 characters, this has 0; ")
        assert "Nothing was sent." in str(caught.value)
        assert server.requests == []

    def test_a_file_makes_the_body_multipart(self, market):
        upload = Endpoint(
            "things.put", effect=Effect.ONCE, result=Thing, params=(Text("title"), Upload("source", wire="file"))
        )
        request = market.authorize(market.build(upload, {"title": "Обзор", "source": ("a.txt", b"12345")}))
        assert request.form == [("title", "Обзор")]
        assert [(part.field, part.name, part.content) for part in request.files] == [("file", "a.txt", b"12345")]
        assert [name for name, _ in request.query] == ["method", "token", "sign"]

    def test_another_marketplaces_record_is_refused(self, market):
        with pytest.raises(ConfigurationError, match=r"users\.get is no eTXT method"):
            market.build(base.Endpoint("users.get", effect=Effect.READ, result=object), {})

    def test_a_dry_run_shows_no_credentials_and_sends_nothing(self, server, client):
        with pytest.raises(DryRun) as caught:
            client.with_options(dry_run=True).tasks.view_notes([5])
        shown = str(caught.value) + repr(caught.value.request) + repr(pickle.dumps(caught.value))
        assert "method=tasks.viewNotes&token=***&sign=***" in caught.value.wire
        assert "id[] = 5" in caught.value.wire
        assert TOKEN not in shown
        assert API_PASS not in shown
        assert server.requests == []


class TestReading:
    @pytest.mark.parametrize("data", [{}, [], {"id": 1}, [1], {"error": ""}, {"error": None}, {"error": 0, "id": 1}])
    def test_a_bare_result_is_the_answer(self, market, data):
        assert market.read(ONE, reply(data)) == Answered(data=data)
        assert market.read(ONE, reply(b"\xef\xbb\xbf \n" + json.dumps(data).encode())) == Answered(data=data)

    @pytest.mark.parametrize(("code", "expected"), errors.BY_CODE.items())
    def test_each_documented_code_has_its_class(self, market, code, expected):
        reading = market.read(ONE, reply({"error": code}))
        assert isinstance(reading, Refused)
        assert type(reading.error) is expected[0]
        assert isinstance(reading.error, (RefusedError, ValidationError, NotFoundError, AuthError))
        assert reading.cause is Cause.REFUSED
        assert reading.error.code == code
        assert reading.error.message == f"eTXT refused: {code}."
        assert reading.error.hint == expected[1]
        assert code in type(reading.error).__doc__

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            ("brand_new", "brand_new"),
            (118, "118"),
            ({"code": 5}, '{"code": 5}'),
            ([1], "[1]"),
            (True, "true"),
            ("x" * 900, "x" * 500),
        ],
    )
    def test_a_code_that_nobody_knows_is_kept_as_text(self, market, sent, code):
        reading = market.read(MANY, reply({"error": sent, "more": 1}))
        assert type(reading.error) is errors.EtxtRefusedError
        assert isinstance(reading.error, RefusedError)
        assert reading.error.code == code
        assert reading.error.hint is None

    def test_no_object_is_an_empty_list_where_a_list_was_asked_for(self, market):
        assert market.read(MANY, reply({"error": "no_object"})) == Answered(data=[])
        for endpoint in (ONE, NAMES):
            reading = market.read(endpoint, reply({"error": "no_object"}))
            assert isinstance(reading.error, NotFoundError)

    @pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "text/plain", "application/json", ""])
    @pytest.mark.parametrize(
        ("sentence", "hint"),
        [
            (WRONG_SIGNATURE, "Check api_pass."),
            (f" \n{WRONG_SIGNATURE.upper()}!\n", "Check api_pass."),
            ("Wrong signature", "Check api_pass."),
            (WRONG_SETTINGS, "Check the token"),
            ("User settings for API are wrong", "Check the token"),
        ],
    )
    @pytest.mark.parametrize("status", [200, 401, 403])
    def test_credentials_are_refused_in_a_bare_sentence(self, market, sentence, hint, content_type, status):
        reading = market.read(ONE, reply(sentence, status, content_type))
        assert type(reading.error) is errors.EtxtAuthError
        assert isinstance(reading.error, AuthError)
        assert reading.error.message == f"eTXT says: {' '.join(sentence.split())}"
        assert reading.error.hint.startswith(hint)

    def test_a_sentence_is_shown_without_secrets(self, market):
        reading = market.read(ONE, reply(f"{WRONG_SIGNATURE}: token={TOKEN} pass {API_PASS}"))
        assert reading.error.message == f"eTXT says: {WRONG_SIGNATURE}: token=*** pass ***"

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ("", "the body is empty"),
            (" \r\n\t", "the body is empty"),
            ("null", "the answer is NoneType, neither object nor list"),
            ("7", "the answer is int, neither object nor list"),
            ('"подпись"', "the answer is str, neither object nor list"),
            ("false", "the answer is bool, neither object nor list"),
            (PAGE, "the answer is a page for people (maintenance or anti-bot), no JSON"),
            ("  <html>", "the answer is a page for people (maintenance or anti-bot), no JSON"),
            ("Сервис недоступен", "the answer is no JSON: 'Сервис недоступен'"),
            ('{"id": 1, "text": "подпись', 'the answer is no JSON: \'{"id": 1, "text": "подпись\''),
            ('["подпись', "the answer is no JSON: '[\"подпись'"),
            (WRONG_SIGNATURE + "." * 600, f"the answer is no JSON: '{WRONG_SIGNATURE}{'.' * 104}'"),
            ("[" * 200_000, f"the answer is no JSON: '{'[' * 120}'"),
            (b"\xcf\xee\xe4", "the answer is no JSON: '\ufffd\ufffd\ufffd'"),
        ],
    )
    def test_what_says_neither_yes_nor_no(self, market, body, reason):
        assert market.read(ONE, reply(body)) == Unreadable(reason=reason)

    def test_a_truncated_answer_is_shown_without_secrets(self, market):
        reading = market.read(ONE, reply(f'{{"a": "{"x" * 95}", "token": "{TOKEN}'))
        assert isinstance(reading, Unreadable)
        assert TOKEN[:6] not in reading.reason
        # A secret that the end of the excerpt would cut in two is no less a secret.
        cut = market.read(ONE, reply(f"{'y' * 100} {TOKEN}"))
        assert "y" * 100 in cut.reason
        assert TOKEN[:6] not in cut.reason

    @pytest.mark.parametrize("body", ["", PAGE, "Forbidden"])
    def test_the_front_end_may_turn_a_request_away(self, market, body):
        reading = market.read(ONE, reply(body, 403))
        assert type(reading.error) is errors.EtxtBlockedError
        assert reading.cause is Cause.BLOCKED
        assert "Wait some minutes" in reading.error.hint

    @pytest.mark.parametrize("status", [400, 401, 403, 404])
    @pytest.mark.parametrize("data", [[], {"message": "forbidden"}])
    def test_an_error_status_makes_no_success_of_json(self, market, status, data):
        assert market.read(MANY, reply(data, status)) == Unreadable(reason="the answer is JSON without an error")

    def test_an_error_object_counts_whatever_the_status(self, market):
        assert market.read(ONE, reply({"error": "no_access"}, 403)).error.code == "no_access"

    @given(body=st.binary(max_size=60), status=st.sampled_from([200, 400, 403, 404]))
    def test_nothing_at_all_breaks_it(self, body, status):
        market = EtxtMarket(Secret(TOKEN), Secret(API_PASS), base_url=BASE_URL, clock=FakeClock())
        reading = market.read(MANY, reply(body, status))
        assert isinstance(reading, (Answered, Refused, Unreadable))
        assert status == 200 or not isinstance(reading, Answered) or reading.data == []


class TestShapes:
    """The service sends one and the same list in several shapes."""

    def convert(self, market, endpoint, data, bad_items="raise"):
        return market.convert(endpoint, data, default_converter(), bad_items)

    @pytest.mark.parametrize(
        "data",
        [
            ROWS,
            {"1": ROWS[0], "2": ROWS[1]},
            {"7": ROWS},
            {"7": [ROWS[0]], "8": {"2": ROWS[1]}},
            {"things": {"1": ROWS[0], "2": ROWS[1]}},
            [[ROWS[0]], [[ROWS[1]]], [], {}],
        ],
    )
    def test_a_list_may_be_bare_keyed_wrapped_or_grouped(self, market, data):
        assert self.convert(market, MANY, data) == THINGS

    @pytest.mark.parametrize("data", [[], {}, {"things": []}, {"7": {}, "8": []}, [[]]])
    def test_an_empty_list_has_many_shapes_too(self, market, data):
        assert self.convert(market, MANY, data) == []

    def test_a_single_record_is_a_list_of_one(self, market):
        assert self.convert(market, MANY, ROWS[0]) == THINGS[:1]

    @pytest.mark.parametrize("data", [ROWS[0], [ROWS[0]], {"1": ROWS[0]}, {"user": {"1": ROWS[0]}}])
    def test_a_single_object_may_be_wrapped(self, market, data):
        assert self.convert(market, ONE, data) == THINGS[0]

    @pytest.mark.parametrize(("data", "count"), [([], 0), ({}, 0), (ROWS, 2), ({"1": ROWS[0], "2": ROWS[1]}, 2)])
    def test_one_object_is_one(self, market, data, count):
        with pytest.raises(MappingError, match=rf"expected one object, got {count} @ \$"):
            self.convert(market, ONE, data)

    @pytest.mark.parametrize(
        ("data", "expected"),
        [({"1": "русский", "2": "английский"}, {1: "русский", 2: "английский"}), ([], {}), ({}, {})],
    )
    def test_a_mapping_has_data_for_keys(self, market, data, expected):
        assert self.convert(market, NAMES, data) == expected

    def test_a_raw_answer_stays_as_it_came(self, market):
        foreign = base.Endpoint("x.y", effect=Effect.READ, result=Thing)
        data = {"error": "", "anything": [1]}
        assert self.convert(market, RAW, data) is data
        assert self.convert(market, foreign, data) is data

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            ([{"id": 1}, {"id": "x"}], r"expected int, got 'x' \(str\) @ \$\[1\]\.id"),
            ({"5": {"id": 1, "price": []}}, r"expected Decimal, got \[\] \(list\) @ \$\.5\.price"),
            ([None], r"got null @ \$\[0\]"),
            (["object"], r"got 'object' \(str\) @ \$\[0\]"),
            ({"a": 1}, r"missing field 'id' of Thing @ \$"),
            ({"total": 5, "things": []}, r"missing field 'id' of Thing @ \$"),
            ({"7": [{"id": 1}, {"a": 1}]}, r"missing field 'id' of Thing @ \$\.7\[1\]"),
        ],
    )
    def test_what_does_not_fit_is_told_with_its_path(self, market, data, problem):
        with pytest.raises(MappingError, match=problem):
            self.convert(market, MANY, data)

    def test_bad_items_are_skipped_or_kept_on_request(self, market):
        data = {"1": {"id": 1}, "2": {"id": "x"}, "3": 7, "4": {"id": 4}}
        data = {"things": [*data.values()]}
        for how, raw in (("skip", [None, None]), ("keep", [{"id": "x"}, 7])):
            found = self.convert(market, MANY, data, how)
            assert [thing.thing_id for thing in found] == [1, 4]
            assert [bad.path for bad in found.bad_items] == ["$.things[1]", "$.things[2]"]
            assert [bad.raw for bad in found.bad_items] == raw
            assert [bad.index for bad in found.bad_items] == [1, 2]

    def test_an_answer_nested_beyond_reason_is_a_problem_of_the_answer(self, market):
        data = []
        for _ in range(5000):
            data = [data]
        with pytest.raises(MappingError, match="nested too deeply"):
            self.convert(market, MANY, data)
