"""Addresses, names and texts of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kwork_etxt_sdk.errors import (
    ValidationError,
)
from kwork_etxt_sdk.transport.download import (
    check_file_url,
    decode_text,
    safe_name,
)

# ---------------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "url", ["https://files.example.invalid/a", "HTTPS://x.invalid", "http://127.0.0.1:8000/a", "http://localhost/a"]
)
def test_an_address_of_a_file(url):
    assert check_file_url(url, is_local=True) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "files.example.invalid/a",
        "http://files.example.invalid/a",
        "ftp://files.example.invalid/a",
        "file:///etc/passwd",
        "https://",
        "https:///a",
        "https://[nonsense",
        "//files.example.invalid/a",
        "http://localhost.example.invalid/a",
    ],
)
def test_an_address_files_are_not_fetched_from(url):
    with pytest.raises(ValidationError, match="https only") as caught:
        check_file_url(url, is_local=True)
    assert (caught.value.fields, caught.value.sent) == ({"url": ["must be https"]}, False)


def test_a_refused_address_is_shown_without_its_query():
    with pytest.raises(ValidationError) as caught:
        check_file_url("http://name:word@files.example.invalid/a?key=secret#x", is_local=True)
    assert "'http://files.example.invalid/a'" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "word" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x.invalid/r/5001/text.docx?key=1#p", "text.docx"),
        ("https://x.invalid/%D0%A2%D0%B5%D0%BA%D1%81%D1%82%20%E2%84%96%205.txt", "Текст _ 5.txt"),
        ("https://x.invalid/..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("https://x.invalid/a%5C..%5Cboot.ini", "boot.ini"),
        ("https://x.invalid/..", "file"),
        ("https://x.invalid/", "file"),
        ("https://x.invalid", "file"),
        ("https://x.invalid/.htaccess", "htaccess"),
        ("https://x.invalid/-rf", "rf"),
        ("https://x.invalid/a%00b%0A.txt", "a_b_.txt"),
        ("https://x.invalid/$(rm)`x`;&|<>*?.txt", "_(rm)_x_"),
        ("https://x.invalid/name. . ", "name"),
        ("https://x.invalid/CON", "_CON"),
        ("https://x.invalid/nul.txt", "_nul.txt"),
        ("https://x.invalid/com1.tar.gz", "_com1.tar.gz"),
        ("https://x.invalid/console.txt", "console.txt"),
        ("https://x.invalid/" + "a" * 300 + ".docx", "a" * 194 + ".docx"),
        ("https://x.invalid/a." + "b" * 300, "a." + "b" * 196),
    ],
)
def test_the_name_of_a_file_from_its_address(url, name):
    assert safe_name(url) == name


def test_the_name_of_a_file_that_has_none():
    assert safe_name("https://x.invalid/", fallback="result-5.txt") == "result-5.txt"


@given(st.text() | st.text("./\\%20%2e%2F-CONnulcom1 \x00~ёЖ\ud83d", max_size=300))
@example("con" + " " * 300 + "x")
@example("ж" * 300 + ". " * 5)
def test_no_address_makes_a_name_that_leads_out_of_the_folder(path):
    name = safe_name("https://x.invalid/" + path.replace("?", "").replace("#", ""))
    assert name.isprintable()
    assert 0 < len(name.encode()) <= 200
    assert not set(name) & set('/\\:*?"<>|$`~;&')
    assert name[0] not in ".- "
    assert name[-1] not in ". "
    assert name.partition(".")[0].casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}
    assert (Path("/folder") / name).resolve().parent == Path("/folder")


def test_a_name_of_any_length_takes_no_time():
    assert len(safe_name("https://x.invalid/" + "a" * 5_000_000)) == 198


# -------------------------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("Чайник".encode(), None, "Чайник"),
        ("Чайник".encode("utf-8-sig"), None, "Чайник"),
        ("Чайник".encode("utf-8-sig"), "UTF-8", "Чайник"),
        ("Чайник".encode("cp1251"), None, "Чайник"),
        ("Чайник".encode("cp1251"), "utf-8", "Чайник"),
        ("Чайник".encode("koi8-r"), "KOI8-R", "Чайник"),
        ("Чайник".encode("utf-16"), "utf-16", "Чайник"),
        ("Чайник".encode(), "windows-1999", "Чайник"),
        ("Чайник".encode(), "hex", "Чайник"),
        ("Чайник".encode(), "undefined", "Чайник"),
        ("Чайник".encode(), "utf\x00", "Чайник"),
        ("Чайник".encode(), "idna", "Чайник"),
        (b"\x98\xff", None, "\N{REPLACEMENT CHARACTER}я"),
        (b"", None, ""),
    ],
)
def test_texts_are_decoded_by_charset_then_utf_8_then_windows_1251(content, charset, text):
    assert decode_text(content, charset) == text


@given(st.binary(max_size=50), st.none() | st.sampled_from(["utf-8", "cp1251", "punycode", "utf-7"]) | st.text())
def test_any_file_is_some_text(content, charset):
    assert isinstance(decode_text(content, charset), str)


def test_a_service_elsewhere_sends_nobody_to_servers_of_this_machine():
    for url in ("http://127.0.0.1:8000/a", "https://localhost/a"):
        with pytest.raises(ValidationError, match="one of this machine"):
            check_file_url(url, is_local=False)
    assert check_file_url("https://files.example.invalid/a", is_local=False)


@pytest.mark.parametrize("charset", ["punycode", "Unicode-Escape", "undefined", "idna"])
def test_codecs_of_python_that_are_no_charsets_are_not_used(charset):
    assert decode_text("план: \\u0041".encode(), charset) == "план: \\u0041"
