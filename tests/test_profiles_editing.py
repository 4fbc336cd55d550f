"""The profile file: how it is changed."""

from __future__ import annotations

import stat
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kwork_etxt_sdk import ConfigurationError, Secret
from kwork_etxt_sdk.profiles import ProfileFile
from kwork_etxt_sdk.profiles.edit import _edited, _written, edit_profile
from kwork_etxt_sdk.profiles.file import parsed
from tests.support.shown import everything_shown

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such permissions")
#: Stands in every place of a file where a secret or a mistake may stand.
PLANTED = "planted-6f1e0c5b"


@pytest.fixture
def path(tmp_path, monkeypatch):
    path = tmp_path / "settings" / "profiles.toml"
    path.parent.mkdir()
    monkeypatch.setenv("KWORK_ETXT_CONFIG", str(path))
    return path


@pytest.fixture
def write(path):
    def write(text, mode=0o600):
        path.write_bytes(text.encode())
        path.chmod(mode)
        return ProfileFile()

    return write


class TestEditing:
    @pytest.mark.parametrize(
        ("before", "changes", "after"),
        [
            ("", {"token": "a"}, '[work.etxt]\ntoken = "a"\n'),
            ("# mine\n", {"token": "a"}, '# mine\n\n[work.etxt]\ntoken = "a"\n'),
            (
                "[work.etxt] # 1\ntoken_command = [\n  'a', # x\n  'b',\n]\n# e\n\n[other.etxt]\ntoken = 'x' # y\n",
                {"token": "n", "api_pass": 'p"\\\x7f'},
                '[work.etxt] # 1\ntoken = "n"\napi_pass = "p\\"\\\\\\u007f"\n# e\n\n[other.etxt]\ntoken = \'x\' # y\n',
            ),
            (
                "[work.kwork]\r\nlogin='a'\r\n",
                {"token": "n"},
                "[work.kwork]\r\nlogin='a'\r\n\r\n[work.etxt]\r\ntoken = \"n\"\r\n",
            ),
            ("[work]\netxt.token = 'a'\n", {"token": None}, "[work]\n"),
            ("[work.etxt]\ntimeout = 1\n[work.etxt.token]\na = 1", {"token": None}, "[work.etxt]\ntimeout = 1"),
            ("[work.etxt]\ntoken.a.b = 1\ntimeout = 5", {"token": None}, "[work.etxt]\ntimeout = 5"),
            (
                "[work.etxt]\ntoken = '''\n[work.etxt]\ntoken = 1'''\ntimeout = 5",
                {"token": None},
                "[work.etxt]\ntimeout = 5",
            ),
            (
                "[work.etxt]\ntoken = 'a'",
                {"token_command": ["pass", "a b"]},
                '[work.etxt]\ntoken_command = ["pass", "a b"]',
            ),
            ("[work.etxt]\ntoken = 'a'\n", {"base_url": None}, "[work.etxt]\ntoken = 'a'\n"),
        ],
    )
    def test_only_what_was_asked_for_changes(self, write, path, before, changes, after):
        assert edit_profile(write(before), "work", "etxt", changes).path == path
        assert path.read_bytes().decode() == after

    def test_a_profile_with_a_dot_in_its_name(self, write):
        assert edit_profile(write(""), "a.b", "etxt", {"token": "x"}).names == {"a.b": ("etxt",)}

    @on_posix
    def test_it_is_made_for_its_owner_alone(self, path):
        path.parent.rmdir()
        edit_profile(ProfileFile(), "work", "etxt", {"token": Secret("x")})
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    @on_posix
    def test_a_link_stays_a_link(self, write, path, tmp_path):
        write("")
        real = tmp_path / "dotfiles.toml"
        path.rename(real)
        path.symlink_to(real)
        edit_profile(ProfileFile(), "work", "etxt", {"token": "x"})
        assert path.is_symlink()
        assert 'token = "x"' in real.read_text()

    @pytest.mark.parametrize(
        "text",
        [
            f"work = {{ etxt = {{ token = '{PLANTED}', api_pass = 'b' }} }}",
            f"[work]\netxt = {{ token = '{PLANTED}', api_pass = 'b' }}",
        ],
    )
    def test_what_can_not_be_changed_safely_stays_as_it_is(self, write, path, text):
        file = write(text)
        with pytest.raises(
            ConfigurationError, match=r"can't be changed safely; it is as it was\. Put timeout"
        ) as caught:
            edit_profile(file, "work", "etxt", {"timeout": "5"})
        assert path.read_text() == text
        assert PLANTED not in everything_shown(caught.value)

    def test_a_text_inside_a_table_in_one_line_stays(self, write, path):
        text = f"[work]\netxt = {{ token = '{PLANTED}', api_pass = 'b' }}"
        with pytest.raises(ConfigurationError, match=r"can't be changed safely; it is as it was\. Put the change"):
            edit_profile(write(text), "work", "etxt", {"token": None})
        assert path.read_text() == text

    def test_a_name_that_is_none(self, path):
        with pytest.raises(ConfigurationError, match="a profile is named with up to 64 letters"):
            edit_profile(ProfileFile(), "../x", "etxt", {"token": "a"})
        assert not path.exists()

    TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    VALUES = st.one_of(
        st.integers(-5, 5).map(str),
        st.booleans().map(lambda value: str(value).lower()),
        TEXTS.filter(lambda text: "'" not in text and text.isprintable()).map("'{}'".format),
        st.sampled_from(['"""\n[work.etxt]\ntoken = 1\n"""', "[\n 1, # one\n\n 2 ]", "{ a = 1, b = { c = 2 } }"]),
    )
    KEYS = st.sampled_from(["token", "token_command", "api_pass", "timeout", '"token"', "limits.burst", "x.y"])
    LINES = st.one_of(
        st.tuples(KEYS, VALUES).map(" = ".join),
        st.sampled_from(
            [
                "[work.etxt]",
                "[work.kwork] # c",
                "[ work . 'etxt' ]",
                "[other.etxt]",
                "[work]",
                "",
                "# token = 1",
                "[[list]]",
            ]
        ),
    )

    @given(st.lists(LINES, max_size=8), st.dictionaries(st.sampled_from(["token", "api_pass"]), st.none() | TEXTS))
    def test_whatever_it_says_it_says_afterwards_but_for_the_changes(self, lines, changes):
        before = "\n".join(lines)
        old = parsed(Secret(before))
        if isinstance(old, str):
            return  # no TOML, so no profile file
        wanted = {key: None if value is None else _written(value) for key, value in changes.items()}
        text = _edited(Secret(before), ("work", "etxt"), wanted)
        if text is None:
            return
        new = parsed(text)
        mine = new.get("work", {}).get("etxt", {})
        assert {key: mine.get(key) for key in changes} == changes
        comments = [line for line in lines if line.startswith("#")]
        assert [line for line in text.reveal().split("\n") if line.startswith("#")][: len(comments)] == comments or any(
            "'''" in line or '"""' in line for line in lines
        )
        for data in (old, new):
            table = data.get("work", {}).get("etxt", {})
            for key in changes:
                table.pop(key, None)
            if not table and isinstance(data.get("work"), dict):
                data["work"].pop("etxt", None)
            if not data.get("work", True):
                data.pop("work")
        assert new == old
