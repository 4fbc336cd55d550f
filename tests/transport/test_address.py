"""Where requests may go."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.transport.address import check_base_url, is_loopback, without_query


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "api.localhost", "127.0.0.1", "127.8.9.10", "::1", "0:0:0:0:0:0:0:1"]
)
def test_this_machine_and_nothing_else_is_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "localhost.example.invalid",
        "notlocalhost",
        "10.0.0.1",
        "0.0.0.0",
        "169.254.1.1",
        "128.0.0.1",
        "127.0.0.1.example.invalid",
        "::2",
        "etxt.ru",
    ],
)
def test_everything_else_is_not(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://www.etxt.ru/api/json/", "https://www.etxt.ru/api/json"),
        ("https://api.kwork.ru", "https://api.kwork.ru"),
        ("  https://api.kwork.ru:8443/v1//  ", "https://api.kwork.ru:8443/v1"),
        ("HTTPS://api.kwork.ru", "https://api.kwork.ru"),
        ("http://127.0.0.1:8080/etxt", "http://127.0.0.1:8080/etxt"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:5000/", "http://[::1]:5000"),
    ],
)
def test_a_good_address_is_kept_without_its_last_slash(given_url, kept):
    assert check_base_url(given_url) == kept


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "must begin with https://"),
        ("www.etxt.ru/api/json/", "must begin with https://"),
        ("ftp://www.etxt.ru", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https:///api", "must begin with https://"),
        (b"https://www.etxt.ru", "must begin with https://"),
        ("https://[::1", "is not a URL"),
        ("https://www.etxt.ru:port/", "is not a URL"),
        ("https://www.etxt.ru:99999/", "is not a URL"),
        (None, "is not a URL"),
        (7, "is not a URL"),
        ("https://name@www.etxt.ru/", "must not hold a user name"),
        ("https://name:word@www.etxt.ru/", "must not hold a user name"),
        ("https://@www.etxt.ru/", "must not hold a user name"),
        ("https://www.etxt.ru/?token=1", "must not hold a user name"),
        ("https://www.etxt.ru/#part", "must not hold a user name"),
        ("http://www.etxt.ru/", "plain http"),
        ("http://127.0.0.1.example.invalid/", "plain http"),
        ("http://localhost@www.etxt.ru/", "must not hold a user name"),
    ],
)
def test_an_address_that_can_not_be_meant_is_refused_by_name(url, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        check_base_url(url, name="LOGIN_URL")
    assert str(caught.value).startswith("LOGIN_URL ")
    assert caught.value.__cause__ is None


@given(st.text(max_size=60) | st.text("htps:/@?#[]1.a", max_size=30).map("https://".__add__))
def test_whatever_passes_carries_no_credentials_in_the_open(url):
    try:
        kept = check_base_url(url)
    except ConfigurationError:
        return
    parts = urlsplit(kept)
    assert parts.scheme == "https" or is_loopback(parts.hostname)
    assert not set(parts.netloc) & set("@?#")
    assert not parts.query
    assert not parts.fragment
    assert check_base_url(kept) == kept


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.etxt.ru/api/json/?token=1&sign=2", "https://www.etxt.ru/api/json/"),
        ("https://name:word@files.example.invalid/a.txt#here", "https://files.example.invalid/a.txt"),
        ("https://a@b@files.example.invalid/a.txt", "https://files.example.invalid/a.txt"),
        ("plain words", "plain words"),
        ("https://[nonsense", ""),
    ],
)
def test_an_address_is_shown_without_what_could_be_secret(url, shown):
    assert without_query(url) == shown


@given(st.text(max_size=60) | st.text("htps:/@?#[]1.a", max_size=30).map("https://".__add__))
def test_no_address_is_too_odd_to_be_shown(url):
    assert not set(without_query(url)) & set("?#")
