"""Plain text out of HTML, without touching what the service sent."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk.text import plain_text


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("Нужен бот.<br>Подробности &mdash; в чате", "Нужен бот.\nПодробности — в чате"),
        ("a<br/>b<BR />c", "a\nb\nc"),
        ("&quot;да&quot; &amp; &#39;нет&#39;", "\"да\" & 'нет'"),
        ("&amp;lt;br&amp;gt;", "&lt;br&gt;"),
        ("&lt;br&gt; остаётся", "<br> остаётся"),
        ("<p>раз</p><p>два</p>", "раз\nдва"),
        ("<ul><li>а</li><li>б</li></ul>в", "а\nб\nв"),
        ("2 < 3 и 5 > 4", "2 < 3 и 5 > 4"),
        ("<b>жирно</b> и <a href='x'>ссылка</a>", "жирно и ссылка"),
        ("до<script>alert('&lt;')</script><style>p{}</style></script>после", "допосле"),
        ("a\r\n&nbsp;b", "a\n\xa0b"),
        ("просто текст\n", "просто текст\n"),
        ("", ""),
    ],
)
def test_as_a_person_would_read_it(raw, plain):
    assert plain_text(raw) == plain


def test_nothing_stays_nothing():
    assert plain_text(None) is None


@given(st.text())
def test_what_was_escaped_comes_back_whole(text):
    text = text.replace("\r", "").strip("\n")
    assert plain_text(html.escape(text)) == text.replace("\x00", "\ufffd") or "\x00" in text


@given(st.text(alphabet="<>&;!-/abr p\"'#x1"))
def test_nothing_at_all_breaks_it(text):
    assert isinstance(plain_text(text), str)
