from __future__ import annotations

import copy
import enum
import gc
import html
import io
import json
import logging
import pickle
import pkgutil
import re
import string
import traceback
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import attrs
import pytest
import requests
import urllib3
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kwork_etxt_sdk import ConfigurationError, EtxtClient, KworkClient
from kwork_etxt_sdk.redaction import (
    MASK,
    SECRET_NAMES,
    RedactingFilter,
    Redactor,
    Secret,
    protect_logs,
    reveal,
    scrub,
)
from tests.support.kwork_server import RecordingServer, answer

VALUE = "hunter2-hunter2"

names = st.sampled_from(sorted(SECRET_NAMES)).flatmap(lambda name: st.sampled_from([name, name.upper(), name.title()]))
#: Anything that UTF-8 can hold, with what quoting and escaping trips over drawn often.
values = st.text(
    st.one_of(st.sampled_from("\"'\\/&=%+;,:<> \n\tЯж{}[]@*"), st.characters(exclude_categories=["Cs"])), min_size=1
)
headers = values.map(lambda text: "".join(text.split("\n")).replace("\r", "").strip()).filter(bool)
#: What may stand in a cookie or a URL as it is.
tokens = st.text(string.ascii_letters + string.digits + "-._~!$*+/:@()", min_size=1)


class TestSecret:
    def test_it_never_shows(self):
        secret = Secret(VALUE)
        shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", "%s %r" % (secret, [secret])]  # noqa: UP031
        assert VALUE not in " ".join(shown)
        assert repr(secret) == "Secret('***')"
        assert f"{secret:>5}" == "  ***"
        with pytest.raises(TypeError):
            vars(secret)
        with pytest.raises(TypeError):
            json.dumps(secret)

    def test_it_does_not_show_where_objects_are_walked(self):
        @attrs.define
        class Holder:
            secret: Secret

        holder = Holder(Secret(VALUE))
        assert VALUE not in repr(holder)
        assert VALUE not in repr(attrs.asdict(holder))
        slots = [getattr(holder.secret, name) for name in Secret.__slots__]
        assert VALUE not in repr(slots)

    def test_it_does_not_show_among_the_locals_of_a_traceback(self):
        def fail(secret):
            raise LookupError(f"no {secret}")

        try:
            fail(Secret(VALUE))
        except LookupError as error:
            text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        assert "secret = Secret('***')" in text
        assert VALUE not in text

    def test_it_reveals_itself_only_when_asked(self):
        assert Secret(VALUE).reveal() == reveal(Secret(VALUE)) == reveal(VALUE) == VALUE

    def test_it_equals_and_hashes_by_value_but_is_no_text(self):
        assert Secret(VALUE) == Secret(VALUE)
        assert Secret(VALUE) != Secret("other")
        assert Secret(VALUE) != VALUE
        assert len({Secret(VALUE), Secret(VALUE)}) == 1
        assert hash(Secret(VALUE)) != hash(VALUE)

    def test_an_empty_one_is_false(self):
        assert not Secret("")
        assert Secret(" ")

    def test_of_wraps_once(self):
        secret = Secret(VALUE)
        assert Secret.of(secret) is secret
        assert Secret.of(VALUE) == secret

    @pytest.mark.parametrize("value", [None, 7, b"bytes-secret", ["list-secret"]])
    def test_only_text_can_be_one_and_the_refusal_does_not_show_it(self, value):
        with pytest.raises(TypeError) as caught:
            Secret(value)
        assert str(caught.value) == f"a secret is a text, not {type(value).__name__}"

    def test_copies_keep_the_value_and_pickles_drop_it(self):
        secret = Secret(VALUE)
        assert copy.copy(secret) == copy.deepcopy({"a": [secret]})["a"][0] == secret
        data = pickle.dumps({"a": [secret]})
        assert VALUE.encode() not in data
        assert pickle.loads(data)["a"][0] == Secret("")


class TestNames:
    """What stands behind a secret name goes, though nobody has told the value."""

    @given(names, values)
    def test_in_forms_and_urls(self, name, value):
        pairs = [("id", "1"), (name, value), ("x", "2")]
        masked = urlencode([("id", "1"), (name, MASK), ("x", "2")], safe="*")
        assert scrub(urlencode(pairs)) == masked
        assert scrub(f"POST https://a.example.invalid/p?{urlencode(pairs)} HTTP/1.1") == (
            f"POST https://a.example.invalid/p?{masked} HTTP/1.1"
        )

    @given(names, values, st.booleans())
    @example("token", '"', True)
    @example("token", "\\", True)
    def test_in_json(self, name, value, ascii_only):
        text = json.dumps({"a": 1, name: value, "b": ["x"]}, ensure_ascii=ascii_only)
        assert scrub(text) == json.dumps({"a": 1, name: MASK, "b": ["x"]})

    @given(names, values)
    @example("token", 'a"b')
    @example("token", 'a\\"b\\')
    @example("token", '\\\\"b')
    def test_in_json_inside_json(self, name, value):
        text = json.dumps({"body": json.dumps({"a": 1, name: value, "b": ["x"]})})
        assert scrub(text) == json.dumps({"body": json.dumps({"a": 1, name: MASK, "b": ["x"]})})

    @given(names, values)
    def test_in_json_that_was_cut(self, name, value):
        text = json.dumps({"a": 1, name: value})
        begin = text.rindex(json.dumps(value))
        shown = {scrub(text[:end]) for end in range(begin + 1, len(text))}
        assert shown == {f'{{"a": 1, "{name}": "{MASK}"'}

    @pytest.mark.parametrize("value", [7, -1.5, 10**20, ["a=b", "c"], []])
    def test_in_json_that_is_no_text(self, value):
        text = json.dumps({"a": 1, "phone_last": value, "b": 2})
        assert scrub(text) == json.dumps({"a": 1, "phone_last": MASK, "b": 2})

    @pytest.mark.parametrize("text", ['{"token": null}', '{"token": true}', "{'token': None}", '{"token": ""}'])
    def test_what_is_no_value_stays(self, text):
        assert scrub(text) in {text, text.replace('""', f'"{MASK}"')}

    @given(names, values)
    def test_in_reprs(self, name, value):
        expected = repr({"a": 1, name: MASK, "b": "x"})
        assert scrub(repr({"a": 1, name: value, "b": "x"})).replace('"***"', "'***'") == expected
        pairs = repr([("a", "1"), (name, MASK), ("b", "x")])
        assert scrub(repr([("a", "1"), (name, value), ("b", "x")])).replace('"***"', "'***'") == pairs
        assert (
            scrub(f"Client(a=1, {name}={value!r}, b=2)").replace('"***"', "'***'") == f"Client(a=1, {name}='***', b=2)"
        )

    @given(names, headers)
    def test_in_headers(self, name, value):
        assert scrub(f"Accept: */*\r\n{name}: {value}\r\nHost: a") == f"Accept: */*\r\n{name}: {MASK}\r\nHost: a"

    @given(st.sampled_from(["token", "web_auth_token", "RORSSQIHEK", "slrememberme"]), tokens)
    def test_in_cookies(self, name, value):
        assert scrub(f"lang=ru; {name}={value}; x=1") == f"lang=ru; {name}={MASK}; x=1"
        assert scrub(f"Set-Cookie: {name}={value}; Path=/") == f"Set-Cookie: {MASK}"
        assert scrub(f"send: b'GET / HTTP/1.1\\r\\nCookie: {name}={value}'") == (
            f"send: b'GET / HTTP/1.1\\r\\nCookie: {MASK}'"
        )

    @given(values, values)
    def test_in_addresses_with_a_user(self, user, value):
        for part in (f"{quote(user, '')}:{quote(value, '')}", f":{quote(value, '')}", quote(value, "")):
            assert scrub(f"via http://{part}@proxy.invalid:8080/ now") == f"via http://{MASK}@proxy.invalid:8080/ now"

    @pytest.mark.parametrize(
        "text",
        [
            "https://a.example.invalid/p?id=1&q=tokens",
            "mytoken=5 is_token=6 assign=7",
            '{"design": "x", "my-token": "y", "errors": [{"field": "token", "message": "Неверный"}]}',
            "write to me@example.invalid about https://a.example.invalid/@name",
            "",
        ],
    )
    def test_other_names_stay(self, text):
        assert scrub(text) == text

    @given(st.text())
    def test_once_is_enough(self, text):
        assert scrub(scrub(text)) == scrub(text)


class TestRedactor:
    @given(values.filter(lambda value: len(value) >= Redactor.MIN_LENGTH))
    def test_a_known_value_survives_in_no_shape(self, value):
        redactor = Redactor([value])
        shapes = {
            "as it is": value,
            "URL": quote(value, safe=""),
            "path": quote(value),
            "form": urlencode({"note": value}),
            "lower-case escapes": re.sub("%..", lambda found: found[0].lower(), quote_plus(value)),
            "JSON": json.dumps({"note": value}),
            "Unicode JSON": json.dumps({"note": value}, ensure_ascii=False),
            "PHP's JSON": json.dumps({"note": value}).replace("/", r"\/"),
            "repr": repr({"note": value}),
            "HTML": html.escape(value),
            "header": f"X-Note: {value}",
        }
        for name, shape in shapes.items():
            shown = redactor(f"\n{shape}\n")
            assert shape not in shown or shape in f"\n{MASK}\n", name
            assume(value not in "\n\"'note=X-N: {}***")
            assert value not in shown, name

    def test_all_secrets_go_the_longer_first(self):
        redactor = Redactor(["secret-1", Secret("secret-1-longer"), ""])
        redactor.add("third-one", None, Secret(""))
        assert redactor("secret-1-longer, secret-1 and third-one") == "***, *** and ***"

    def test_short_values_go_only_behind_their_names(self):
        redactor = Redactor(["12345"])
        assert redactor("12345 words, password=12345") == "12345 words, password=***"
        assert Redactor(["123456"])("123456 words") == "*** words"

    def test_half_a_character_is_no_obstacle(self):
        assert Redactor(["half \ud83d half"])("half \ud83d half") == MASK

    def test_it_shows_and_pickles_no_value(self):
        redactor = Redactor([VALUE])
        assert VALUE not in repr(vars(redactor))
        data = pickle.dumps(redactor)
        assert VALUE.encode() not in data
        assert pickle.loads(data)(VALUE) == VALUE

    def test_a_tree_is_scrubbed_through_and_through(self):
        redactor = Redactor([VALUE])
        tree = {
            "Password": "short",
            "token": {"nested": 1},
            "list": [VALUE, (f"a {VALUE}", {VALUE}), frozenset(["x"])],
            "secret": Secret(VALUE),
            "path": Path("/tmp") / VALUE,
            7: {"text": "token=abc"},
        }
        assert redactor.tree(tree) == {
            "Password": MASK,
            "token": MASK,
            "list": [MASK, [f"a {MASK}", [MASK]], ["x"]],
            "secret": MASK,
            "path": f"/tmp/{MASK}",
            7: {"text": f"token={MASK}"},
        }

    def test_a_tree_keeps_what_is_no_text(self):
        class Status(enum.IntEnum):
            DONE = 4

        moment = datetime(2030, 1, 1, tzinfo=timezone.utc)
        plain = [None, True, 0, 1.5, Decimal("1.50"), moment, date(2030, 1, 1), timedelta(1), Status.DONE]
        assert Redactor().tree(plain) == plain

    def test_what_can_not_be_kept_is_told_by_size_or_type(self):
        stream = io.BytesIO(b"abc")
        tree = Redactor().tree({"file": ("a.txt", b"12345"), "open": stream, "ids": (number for number in [1])})
        assert tree == {"file": ["a.txt", "<5 bytes>"], "open": "<BytesIO>", "ids": "<generator>"}
        assert pickle.loads(pickle.dumps(tree)) == tree


@pytest.fixture
def log():
    """A logger with a filter of its own, what it wrote, and a function that makes the filter hide values."""

    class Log:
        def __init__(self):
            self.stream = io.StringIO()
            self.records = []
            self.filter = RedactingFilter()
            self.logger = logging.getLogger("tests.redaction")
            self.logger.handlers, self.logger.filters = [], []
            self.logger.setLevel(logging.DEBUG)
            self.logger.addFilter(self.filter)
            handler = logging.StreamHandler(self.stream)
            handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
            handler.addFilter(lambda record: self.records.append(record) or True)
            self.logger.addHandler(handler)
            self.kept = []

        def hide(self, *values):
            self.kept.append(Redactor(values))
            self.filter.add(self.kept[-1])

        @property
        def text(self):
            return self.stream.getvalue()

    return Log()


class TestRedactingFilter:
    def test_values_of_all_clients_go_from_text_and_arguments(self, log):
        log.hide(VALUE)
        log.hide("another-secret")
        log.logger.info("%s met %s", VALUE, ["another-secret"])
        log.logger.info(f"{VALUE} %d%%", 5)  # noqa: G004
        log.logger.info("%(who)s", {"who": VALUE})
        assert log.text == "INFO *** met ['***']\nINFO *** 5%\nINFO ***\n"

    def test_a_name_in_the_text_hides_a_value_among_the_arguments(self, log):
        log.logger.warning("GET /p?token=%s&id=%d", "abc", 7)
        log.logger.warning("%s%s%s", "Coo", "kie: ", "a=b")
        assert log.text == "WARNING GET /p?token=***&id=7\nWARNING Cookie: ***\n"

    def test_a_message_may_be_any_object(self, log):
        log.hide(VALUE)
        log.logger.error(LookupError(f"no {VALUE}"))
        log.logger.error(7)
        assert log.text == "ERROR no ***\nERROR 7\n"

    def test_what_holds_no_secret_is_not_touched(self, log):
        log.hide(VALUE)
        items = [1, 2]
        log.logger.info("%s of %s%%", items, 50.5)
        (record,) = log.records
        assert (record.msg, record.args) == ("%s of %s%%", (items, 50.5))
        assert record.args[0] is items

    def test_an_argument_that_the_text_does_not_show_is_hidden_too(self, log):
        log.hide(VALUE)
        log.logger.info("%.3s and %s", VALUE, None)
        (record,) = log.records
        assert VALUE not in repr(vars(record))

    def test_arguments_that_do_not_fit_the_text_do_not_spill(self, log, capsys):
        log.hide(VALUE)
        log.logger.info("%d %d", VALUE)  # noqa: PLE1206
        assert capsys.readouterr().err == ""
        assert log.text == "INFO %d %d ('***',)\n"

    def test_exceptions_are_told_without_secrets(self, log):
        log.hide(VALUE)
        try:
            try:
                raise ValueError(f"token=abc {VALUE}")  # noqa: TRY301
            except ValueError as error:
                raise LookupError(VALUE) from error
        except LookupError:
            log.logger.exception("failed")
        assert "ValueError: token=*** ***" in log.text
        assert "LookupError: ***" in log.text
        assert VALUE not in log.text
        assert VALUE not in repr(vars(log.records[0]))

    def test_an_exception_that_was_written_already_is_scrubbed_as_well(self, log):
        log.hide(VALUE)
        record = log.logger.makeRecord("x", logging.ERROR, "f", 1, "failed", (), None)
        record.exc_text = f"ValueError: {VALUE}"
        assert log.filter.filter(record)
        assert record.exc_text == "ValueError: ***"

    def test_no_exception_is_no_exception(self, log):
        log.logger.error("failed", exc_info=True)  # noqa: LOG014
        assert log.text == "ERROR failed\nNoneType: None\n"

    def test_it_holds_redactors_weakly(self, log):
        log.hide(VALUE)
        log.hide("another-secret")
        log.kept.pop(0)
        gc.collect()
        log.logger.info("%s another-secret", VALUE)
        log.hide("third-secret")
        log.logger.info("%s another-secret third-secret", VALUE)
        assert log.text == f"INFO {VALUE} ***\nINFO {VALUE} *** ***\n"
        assert len(log.filter._redactors) == 2


class TestProtectedLogs:
    def test_urllib3_logs_no_secret_of_a_client(self, caplog):
        redactor = Redactor([VALUE])
        protect_logs(redactor)
        caplog.set_level(logging.DEBUG)
        with RecordingServer() as server, requests.Session() as session:
            server.on("/p", answer({}))
            query = {"method": "users.getBalance", "token": "abcdef", "note": VALUE}
            assert session.post(f"{server.url}/p", params=query, timeout=5).status_code == 200
            assert VALUE in server.only("/p").target
        lines = [record.getMessage() for record in caplog.records if record.name == "urllib3.connectionpool"]
        assert any("POST /p?method=users.getBalance&token=***&note=***" in line for line in lines)
        assert VALUE not in caplog.text
        assert "abcdef" not in caplog.text

    def test_every_logger_of_urllib3_and_requests_is_protected_once(self):
        protect_logs(Redactor())
        protect_logs(Redactor())
        for package in (urllib3, urllib3.util, requests):
            for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
                if module.name.rpartition(".")[2] not in {"contrib", "http2", "packages", "__main__"}:
                    import_module(module.name)
        known = logging.root.manager.loggerDict.items()
        loggers = [
            logger
            for name, logger in known
            if isinstance(logger, logging.Logger) and name.split(".")[0] in {"urllib3", "requests", "kwork_etxt_sdk"}
        ]
        # Those that merely group others, or write nothing, need none; nor does the sandbox, which knows no real secret.
        quiet = {"urllib3", "requests", "kwork_etxt_sdk.sandbox"}
        for logger in loggers:
            filters = [item for item in logger.filters if isinstance(item, RedactingFilter)]
            assert len(filters) == 1 or logger.name in quiet, logger.name


@pytest.mark.parametrize(
    "make",
    [
        lambda: EtxtClient("planted\ud800", "word"),
        lambda: EtxtClient("token", "planted\ud800"),
        lambda: KworkClient("planted\ud800"),
        lambda: KworkClient(cookies={"userId": "planted\ud800"}, token="t"),
    ],
)
def test_credentials_with_half_a_character_are_refused_without_being_shown(make):
    with pytest.raises(ConfigurationError, match="half a character") as caught:
        make()
    assert "planted" not in repr((caught.value, caught.value.args, vars(caught.value)))
    assert caught.value.__context__ is None
