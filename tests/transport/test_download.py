"""Fetching files: streamed, capped, whole or not at all, and without our credentials."""

from __future__ import annotations

import io
import os
import stat
import threading

import pytest
import requests
import responses

from kwork_etxt_sdk.errors import (
    ConfigurationError,
    DeadlineError,
    NetworkError,
    NotFoundError,
    UnexpectedResponseError,
)
from kwork_etxt_sdk.etxt.errors import BY_MEANING as ETXT
from kwork_etxt_sdk.etxt.errors import EtxtError
from kwork_etxt_sdk.kwork.errors import BY_MEANING as KWORK
from kwork_etxt_sdk.kwork.errors import KworkError
from kwork_etxt_sdk.options import CallOptions, Limits, Retry, Rule, Timeouts
from kwork_etxt_sdk.transport import http as http_module
from kwork_etxt_sdk.transport.clock import SECOND
from kwork_etxt_sdk.transport.download import (
    Download,
    Fetched,
    LinkExpired,
)
from kwork_etxt_sdk.transport.events import Downloaded
from tests.support.fake_market import MONEY, READ, SECRETS, Caller, timeouts_for
from tests.support.faulty_server import (
    FaultyServer,
    answer,
    at_accept,
    broken_gzip,
    cut_body,
    garbage,
    head,
    raw,
    refusing,
    silent,
)

FILE = b"0123456789" * 1000


def download(call, url, *, max_bytes=10**9, **options):
    return Download(call.session, url, CallOptions(**options), max_bytes=max_bytes)


def fetch(call, url, **options):
    sink = io.BytesIO()
    return download(call, url, **options).to_stream(sink), sink.getvalue()


# ------------------------------------------------------------------------------------------------------------ success


def test_a_file_is_streamed_to_disk_and_replaces_an_older_one(tmp_path):
    path = tmp_path / "текст.txt"
    path.write_bytes(b"old")
    with FaultyServer(answer(FILE, Content_Type="text/plain; charset=windows-1251")) as server:
        with Caller(server.url) as call:
            assert download(call, f"{server.url}/r/1?key=2").to_file(path) == Fetched(
                size=10_000, charset="windows-1251"
            )
        request = server.requests[0]
    assert path.read_bytes() == FILE
    assert list(tmp_path.iterdir()) == [path]
    assert (request.verb, request.target, request.body) == ("GET", "/r/1?key=2", b"")


def test_none_of_our_credentials_go_to_the_address_of_a_file(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with requests.Session() as session, FaultyServer() as server:
        session.headers["Authorization"] = session.headers["X-Own"] = "own"
        session.cookies.set("own", "cookie")
        session.auth = ("somebody", "else")
        session.params = {"own": "1"}
        for settings in ({}, {"http_session": session}):
            with Caller(server.url, **settings) as call:
                fetch(call, f"http://name:word@127.0.0.1:{server.port}/a")
        for request in server.requests:
            assert not any(secret in repr(request) for secret in SECRETS)
            assert request.target == "/a"
            assert {name.lower() for name, _ in request.headers} == {
                "host",
                "user-agent",
                "accept-encoding",
                "accept",
                "connection",
            }
        assert server.executed == 2


def test_progress_is_told_and_a_listener_that_fails_changes_nothing(monkeypatch):
    monkeypatch.setattr(http_module, "_CHUNK", 4000)
    events = []

    def listener(event):
        events.append(event)
        raise OSError("the disk of the log is full")

    with FaultyServer(answer(FILE)) as server, Caller(server.url) as call:
        fetched, content = fetch(call, server.url, on_event=listener)
    assert (fetched, content) == (Fetched(size=10_000, charset=None), FILE)
    assert events == [
        Downloaded(call="fake download", attempt=1, received=received, total=10_000)
        for received in (4000, 8000, 10_000)
    ]


@pytest.mark.parametrize(
    ("headers", "total"),
    [
        ({"Content-Length": "10000"}, 10_000),
        ({"Transfer-Encoding": "chunked"}, None),
        ({}, None),
        ({"Content-Length": "many"}, None),
        ({"Content-Length": "9" * 5000}, None),
        ({"Content-Length": "10000", "Content-Encoding": "identity"}, None),
    ],
)
def test_the_size_announced_is_told_if_it_is_one(headers, total):
    data = b"2710\r\n" + FILE + b"\r\n0\r\n\r\n" if "Transfer-Encoding" in headers else FILE
    events = []
    with FaultyServer(raw(head(200, headers) + data)) as server, Caller(server.url) as call:
        assert fetch(call, server.url, on_event=events.append, retries=0)[1] == FILE
    assert events[-1].total == total


def test_an_empty_file_is_a_file():
    with FaultyServer(answer(b"")) as server, Caller(server.url) as call:
        assert fetch(call, server.url) == (Fetched(size=0, charset=None), b"")


def test_the_responses_library_intercepts_downloads():
    with responses.RequestsMock() as stand_in, Caller("https://api.example.invalid") as call:
        stand_in.get("https://files.example.invalid/a", body=b"file")
        assert fetch(call, "https://files.example.invalid/a")[1] == b"file"


@pytest.mark.parametrize(
    ("kind", "charset"),
    [
        ("text/plain", None),
        ("text/plain; charset=utf-8", "utf-8"),
        ('text/plain; x=1; Charset="KOI8-R"', "KOI8-R"),
        ("text/plain; charset = 'cp1251'", "cp1251"),
        ("text/plain; charset=", None),
        ("text/plain; note=charset", None),
    ],
)
def test_the_charset_declared(kind, charset):
    with FaultyServer(answer(FILE, Content_Type=kind)) as server, Caller(server.url) as call:
        assert fetch(call, server.url)[0].charset == charset


# ------------------------------------------------------------------------------------------------------------ failure


@pytest.mark.parametrize(
    "act",
    [
        cut_body(),
        cut_body("reset"),
        cut_body("hang"),
        broken_gzip(),
        silent("close"),
        silent("hang"),
        at_accept("reset"),
        garbage(),
        answer("", 500),
        answer("", 503, Retry_After="3"),
        answer("", 429),
    ],
)
def test_after_a_failure_it_starts_anew_and_what_came_before_is_gone(act, tmp_path):
    path = tmp_path / "a.txt"
    with FaultyServer(act, act, answer(FILE)) as server, Caller(server.url, timeouts=timeouts_for(act)) as call:
        assert download(call, server.url).to_file(path).size == 10_000
    assert path.read_bytes() == FILE
    assert call.clock.slept > 0


def test_a_shorter_file_leaves_nothing_of_a_longer_attempt(monkeypatch):
    monkeypatch.setattr(http_module, "_CHUNK", 100)
    longer = raw(head(200, {"Content-Length": "9999"}) + FILE[:5000])
    with FaultyServer(longer, answer(b"short")) as server, Caller(server.url) as call:
        assert fetch(call, server.url)[1] == b"short"


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (cut_body(), NetworkError, "fake download: the answer was cut off: "),
        (cut_body("hang"), NetworkError, "fake download: "),
        (silent("close"), NetworkError, "fake download: RemoteDisconnected: "),
        (answer("", 500), UnexpectedResponseError, "fake download: the file was not sent (HTTP status 500)."),
    ],
)
@pytest.mark.parametrize("retry", [Retry(read=2, base=0), Retry.none])
def test_in_the_end_it_says_what_was_wrong_and_leaves_nothing_behind(act, kind, words, retry, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with FaultyServer() as server, Caller(server.url, timeouts=timeouts_for(act)) as call:
        server.default = act
        with pytest.raises(kind) as caught:
            download(call, server.url, retries=retry).to_file(path)
        assert server.wait_for(retry.read) == retry.read
    assert str(caught.value).startswith(words)
    assert caught.value.attempts == retry.read
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("status", [204, 206, 301, 302, 307, 400, 405])
def test_other_answers_are_no_file_and_final(status):
    with FaultyServer() as elsewhere, FaultyServer() as server, Caller(server.url) as call:
        server.default = answer("" if status == 204 else "x", status, Location=elsewhere.url)
        with pytest.raises(UnexpectedResponseError, match=f"HTTP status {status}") as caught:
            fetch(call, server.url)
        assert (server.executed, elsewhere.connections) == (1, 0)
    assert caught.value.status_code == status


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_address_that_is_no_longer_valid_is_told_apart(status, tmp_path):
    with FaultyServer(answer("gone", status)) as server, Caller(server.url) as call:
        mine = download(call, f"{server.url}/a?key=secret")
        with pytest.raises(LinkExpired) as caught:
            mine.to_file(tmp_path / "a")
    error = caught.value.error
    assert type(error) is NotFoundError
    assert (error.call, error.status_code, error.attempts) == ("fake download", status, 1)
    assert "secret" not in str(error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("meanings", "root"), [(ETXT, EtxtError), (KWORK, KworkError)], ids=["etxt", "kwork"])
@pytest.mark.parametrize(
    ("act", "options"),
    [
        (silent("close"), {}),
        (answer("x", 500), {}),
        (answer(FILE), {"max_bytes": 10}),
        (answer(FILE), {"deadline": 1}),
    ],
)
def test_each_marketplace_raises_its_own(meanings, root, act, options):
    limits = Limits(default=Rule.every(60))
    with FaultyServer() as server, Caller(server.url, meanings=meanings, limits=limits) as call:
        if "deadline" in options:
            call(READ)  # takes the slot
        server.plan(act)
        with pytest.raises(root) as caught:
            fetch(call, server.url, retries=0, **options)
    assert caught.value.call == "fake download"


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_that_is_too_large_is_not_fetched_to_its_end(announced, tmp_path, monkeypatch):
    monkeypatch.setattr(http_module, "_CHUNK", 100)
    headers = {"Content-Length": "1000000"} if announced else {}
    with FaultyServer(raw(head(200, headers) + b"x" * 5000, then="hang")) as server, Caller(server.url) as call:
        with pytest.raises(UnexpectedResponseError, match="larger than the 4999 bytes allowed") as caught:
            download(call, server.url, max_bytes=4999).to_file(tmp_path / "a")
        assert server.executed == 1
    assert caught.value.hint == "Allow more with max_bytes."
    assert (caught.value.call, caught.value.attempts) == ("fake download", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_file_announced_as_too_large_is_not_even_begun():
    with FaultyServer(raw(head(200, {"Content-Length": "11"}), then="hang")) as server, Caller(server.url) as call:
        mine = download(call, server.url, max_bytes=10)
        with pytest.raises(UnexpectedResponseError, match="larger than the 10 bytes allowed"):
            mine.to_stream(io.BytesIO())


def test_a_file_of_exactly_the_largest_size_is_taken():
    with FaultyServer(answer(FILE)) as server, Caller(server.url) as call:
        assert fetch(call, server.url, max_bytes=10_000)[1] == FILE


@pytest.mark.parametrize("max_bytes", [0, -1, True, 1.5, "9", None])
def test_a_largest_size_that_is_none_is_refused(max_bytes):
    with refusing() as url, Caller(url) as call, pytest.raises(ConfigurationError, match="max_bytes"):
        download(call, url, max_bytes=max_bytes)


class _FullDisk(io.BytesIO):
    def write(self, data):
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_no_failure_of_the_network():
    with FaultyServer() as server, Caller(server.url) as call:
        server.default = answer(FILE)
        with pytest.raises(OSError, match="No space left") as caught:
            download(call, server.url).to_stream(_FullDisk())
        assert server.executed == 1
        assert call.session.limiter.wait_time() == 0
    assert caught.value.errno == 28


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_leaves_no_part_of_a_file_behind(tmp_path, end):
    def listener(event):
        raise interrupt

    interrupt = end()
    with FaultyServer(answer(FILE)) as server, Caller(server.url) as call, pytest.raises(end) as caught:
        download(call, server.url, on_event=listener).to_file(tmp_path / "a")
    assert caught.value is interrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_told_before_anything_is_fetched(tmp_path):
    with FaultyServer() as server, Caller(server.url) as call:
        with pytest.raises(FileNotFoundError):
            download(call, server.url).to_file(tmp_path / "nowhere" / "a")
        assert server.connections == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
@pytest.mark.parametrize(("umask", "allowed"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_file_is_hidden_while_it_arrives_and_never_open_to_more_than_the_umask_lets(tmp_path, umask, allowed):
    seen = []
    path = tmp_path / ("ж" * 100)

    def listener(event):
        seen.extend((found.name, stat.S_IMODE(found.stat().st_mode)) for found in tmp_path.iterdir())

    before = os.umask(umask)
    try:
        with FaultyServer(answer(FILE)) as server, Caller(server.url) as call:
            download(call, server.url, on_event=listener).to_file(path)
    finally:
        os.umask(before)
    ((name, mode),) = seen
    assert (name.startswith(".ж"), name.endswith(".part"), mode) == (True, True, allowed)
    assert stat.S_IMODE(path.stat().st_mode) == allowed


# ----------------------------------------------------------------------------------------------- limits and deadline


def test_downloads_take_slots_and_meet_holds_like_calls():
    limits = Limits(default=Rule.every(60))
    with FaultyServer() as server, Caller(server.url, limits=limits) as call:
        fetch(call, server.url)
        call(READ)
        assert call.clock.slept == 60 * SECOND
        fetch(call, server.url)
        assert call.clock.slept == 120 * SECOND
        with pytest.raises(DeadlineError, match="no free slot before the deadline") as caught:
            fetch(call, server.url, deadline=59)
        assert (caught.value.retry_in, caught.value.attempts) == (60.0, 0)
        assert server.executed == 3


def test_a_rule_from_the_response_counts_from_the_end_of_a_download():
    limits = Limits(default=Rule.every(60, count_from="response"))
    with FaultyServer() as server, Caller(server.url, limits=limits) as call:
        server.plan(answer(FILE, before=lambda: call.clock.advance(10 * SECOND)))
        fetch(call, server.url)
        call(READ)
        assert call.clock.slept == 60 * SECOND


@pytest.mark.parametrize("status", [429, 503])
def test_a_file_server_that_says_when_is_left_alone_until_then(status):
    with FaultyServer(answer("", status, Retry_After="7"), answer(FILE)) as server, Caller(server.url) as call:
        fetch(call, server.url)
    assert call.clock.slept == 7 * SECOND


def test_a_file_server_that_says_far_too_late_is_not_waited_for():
    with FaultyServer(answer("", 503, Retry_After="9999")) as server, Caller(server.url) as call:
        with pytest.raises(UnexpectedResponseError):
            fetch(call, server.url, deadline=None)
        assert (server.executed, call.clock.slept) == (1, 0)
        assert call.session.limiter.wait_time() == 300


def test_a_pause_beyond_the_deadline_is_not_begun():
    with FaultyServer() as server, Caller(server.url, retry=Retry(base=20)) as call:
        server.default = answer("", 500)
        with pytest.raises(UnexpectedResponseError):
            fetch(call, server.url, deadline=40)
        assert (server.executed, call.clock.slept) == (2, 15 * SECOND)


def test_the_deadline_is_that_of_a_page_and_holds_while_the_file_arrives(tmp_path, monkeypatch):
    monkeypatch.setattr(http_module, "_CHUNK", 100)
    timeouts = Timeouts(connect=1, read=0.2, unsafe_read=1, total=1, page=30)
    with FaultyServer() as server, Caller(server.url, timeouts=timeouts) as call:
        server.default = answer(FILE)

        def slowly(event):
            call.clock.advance(SECOND)

        with pytest.raises(DeadlineError, match="before the whole file was there") as caught:
            download(call, server.url, on_event=slowly).to_file(tmp_path / "a")
        assert server.executed == 1
        assert download(call, server.url, on_event=slowly, deadline=None).to_file(tmp_path / "a").size == 10_000
    assert (caught.value.call, caught.value.attempts) == ("fake download", 1)


def test_timeouts_are_cut_to_what_is_left():
    timeouts = Timeouts(connect=5, read=5, unsafe_read=5)
    with FaultyServer(silent("hang")) as server, Caller(server.url, timeouts=timeouts) as call:
        mine = download(call, server.url, deadline=0.1, retries=0)
        with pytest.raises(NetworkError, match=r"no answer within 0\.1 s|not over at the deadline"):
            mine.to_stream(io.BytesIO())


def test_an_answer_ends_an_outage_for_calls_too():
    with FaultyServer(answer("", 502), answer(FILE), answer("", 502)) as server, Caller(server.url) as call:
        call.failure(READ, retries=0)
        fetch(call, server.url)
        call.failure(MONEY)
        assert call.session.limiter.wait_time() == 0.375


def test_a_closed_client_fetches_nothing():
    with FaultyServer() as server, Caller(server.url) as call:
        mine = download(call, server.url)
        call.session.close()
        with pytest.raises(ConfigurationError, match="closed"):
            mine.to_stream(io.BytesIO())
        assert server.connections == 0


def test_an_address_that_can_not_be_written_is_no_failure_of_the_network():
    with Caller("http://127.0.0.1:1") as call, pytest.raises(ConfigurationError, match="can't be written"):
        fetch(call, "http://127.0.0.1:99999999/a")


def test_threads_fetch_at_the_same_time():
    with FaultyServer() as server, Caller(server.url) as call:
        together = threading.Barrier(3)
        server.default = answer(FILE, before=together.wait)
        sizes = []
        threads = [threading.Thread(target=lambda: sizes.append(len(fetch(call, server.url)[1]))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sizes == [10_000] * 3
