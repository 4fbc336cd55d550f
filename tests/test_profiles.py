"""The profile file: who may read it, what may stand in it, how it is changed, and that nothing in it ever shows."""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from pathlib import Path

import keyring
import keyring.backend
import pytest

from kwork_etxt_sdk import ConfigurationError, Limits, RedisShare, Rule, Secret
from kwork_etxt_sdk.credentials import FromCommand, FromKeyring, Known
from kwork_etxt_sdk.errors import MissingExtraError
from kwork_etxt_sdk.profiles import ProfileFile, profile_file
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


class TestWhere:
    def test_in_the_users_folder_for_settings(self, monkeypatch, tmp_path):
        monkeypatch.delenv("KWORK_ETXT_CONFIG", raising=False)
        monkeypatch.setattr("platformdirs.user_config_path", lambda name, **_: tmp_path / name)
        assert profile_file() == tmp_path / "kwork_etxt_sdk" / "profiles.toml"

    def test_the_variable_names_another_and_needs_no_extra(self, path, monkeypatch):
        monkeypatch.setitem(sys.modules, "platformdirs", None)
        assert ProfileFile().path == path
        monkeypatch.setenv("KWORK_ETXT_CONFIG", "~/mine.toml")
        assert profile_file() == Path.home() / "mine.toml"

    def test_never_in_the_current_folder(self, path, monkeypatch):
        monkeypatch.chdir(path.parent)
        monkeypatch.setenv("KWORK_ETXT_CONFIG", "profiles.toml")
        with pytest.raises(ConfigurationError, match="must be a full path"):
            profile_file()

    def test_without_the_extra_it_says_which(self, monkeypatch):
        monkeypatch.delenv("KWORK_ETXT_CONFIG", raising=False)
        monkeypatch.setitem(sys.modules, "platformdirs", None)
        with pytest.raises(MissingExtraError, match=r"kwork-etxt-sdk\[cli\].* or name the file in KWORK_ETXT_CONFIG"):
            profile_file()

    def test_without_a_toml_reader_it_says_which_extra(self, write, monkeypatch):
        for name in ("tomllib", "tomli"):
            monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(MissingExtraError, match=r"kwork-etxt-sdk\[cli\]"):
            write("")


class TestWhoMayRead:
    @on_posix
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644, 0o666])
    def test_others_may_not(self, write, path, mode):
        with pytest.raises(ConfigurationError) as caught:
            write(f"[work.etxt]\ntoken = '{PLANTED}'", mode)
        assert f"Run: chmod 600 {path}" in str(caught.value)
        assert PLANTED not in everything_shown(caught.value)

    @on_posix
    @pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
    def test_the_owner_may(self, write, mode):
        assert list(write("[work.etxt]", mode).names) == ["work"]

    def test_windows_has_no_such_permissions(self, write, monkeypatch):
        monkeypatch.setattr(sys, "platform", "win32")
        assert write("[work.etxt]", 0o644).holds("work")

    def test_no_file_has_no_profiles(self, path):
        file = ProfileFile()
        assert (file.exists, file.names, file.path) == (False, {}, path)
        assert file.site("work", "etxt").secrets == {}

    def test_a_folder_is_no_file(self, path):
        path.mkdir(mode=0o700)
        with pytest.raises(ConfigurationError, match="can't be read: Is a directory"):
            ProfileFile()

    def test_what_is_no_ordinary_file(self, monkeypatch):
        monkeypatch.setattr(sys, "platform", "win32")  # where permissions are not looked at
        with pytest.raises(ConfigurationError, match="is no file"):
            ProfileFile(Path(os.devnull))

    def test_a_huge_one_is_refused(self, write):
        with pytest.raises(ConfigurationError, match="longer than"):
            write("#" * 1_000_001)

    def test_a_mark_of_byte_order_is_passed_over(self, write):
        assert write("\ufeff[work.etxt]\ntoken='a'").holds("work", "etxt")


GOOD = """
[work.etxt]
token = "etxt-token"
api_pass = "etxt-pass"
base_url = "https://www.etxt.biz/api/json/"
timeout = 7.5
max_spend = 500.50
proxy = "http://someone:password@proxy.example:3128"
verify = "ca.pem"
journal = "~/orders.journal"

[work.etxt.limits]
per_second = 0.5
burst = 2
share = "process"
adaptive = false
max_hold = 60
limits_key = "office"
state_dir = "limits"
groups = { messages = { every = 90 }, search = { per_second = 2, burst = 4 } }

[work.kwork]
login = "name"
password = "kwork-pass"
token = "kwork-token"
app_authorization = "Basic aW52"
phone_last = "1234"
wire = "app"
verify = false
limits = "off"

[other.etxt]
limits = { share = "redis://:secret@localhost/0" }
max_spend = 0
"""


class TestWhatMayStandInIt:
    def test_everything(self, write, path):
        file = write(GOOD)
        assert file.names == {"work": ("etxt", "kwork"), "other": ("etxt",)}
        etxt, kwork = file.site("work", "etxt"), file.site("work", "kwork")
        assert etxt.values == {
            "base_url": "https://www.etxt.biz/api/json",
            "timeout": 7.5,
            "max_spend": Decimal("500.50"),
            "verify": str(path.parent / "ca.pem"),
            "journal": Path.home() / "orders.journal",
            "limits": Limits(
                default=Rule.per_second(0.5, burst=2),
                share="process",
                adaptive=False,
                max_hold=60,
                limits_key="office",
                state_dir=path.parent / "limits",
                groups={"messages": Rule.every(90), "search": Rule.per_second(2, burst=4)},
            ),
        }
        assert type(etxt.values["timeout"]) is float
        assert {name: source.fetch().reveal() for name, source in etxt.secrets.items()} == {
            "token": "etxt-token",
            "api_pass": "etxt-pass",
            "proxy": "http://someone:password@proxy.example:3128",
        }
        assert kwork.values == {"login": "name", "wire": "app", "verify": False, "limits": Limits.off}
        assert [source.fetch().reveal() for source in kwork.secrets.values()] == [
            "kwork-pass",
            "kwork-token",
            "Basic aW52",
            "1234",
        ]
        assert kwork.secrets["token"].label == f"token in [work.kwork] of {path}"
        other = file.site("other", "etxt").values
        assert other == {
            "limits": Limits(share=RedisShare("redis://:secret@localhost/0")),
            "max_spend": Decimal(0),
        }

    def test_nothing_shows_a_secret(self, write):
        file = write(GOOD)
        text = repr((file, vars(file), file.site("work", "etxt"), file.site("work", "kwork")))
        for secret in ("etxt-token", "etxt-pass", "someone", "kwork-pass", "kwork-token", "aW52", "1234"):
            assert secret not in text

    def test_a_rate_without_burst_keeps_the_usual_burst_and_the_other_way_round(self, write):
        file = write("[a.etxt]\nlimits = {per_second = 2}\n[b.etxt]\nlimits = {burst = 1}")
        assert file.site("a", "etxt").values["limits"].default == Rule.per_second(2, burst=3)
        assert file.site("b", "etxt").values["limits"].default == Rule.per_second(1, burst=1)

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("tokn = '{}'", "unknown key etxt.'tokn' (do you mean 'token'?)"),
            ("login = '{}'", "unknown key etxt.'login'"),
            ("token = 1234567890", "etxt.token must be a text"),
            ("token = '  '", "etxt.token must be a text"),
            ("token = ['{}']", "etxt.token must be a text"),
            ("token_command = '{}'", "etxt.token_command must be a list of texts"),
            ("token_command = []", "etxt.token_command must be a list of texts"),
            ("token_command = ['{}', 1]", "etxt.token_command must be a list of texts"),
            ("token_keyring = '{}'", 'etxt.token_keyring must be a text such as "service/username"'),
            ("token_keyring = '{}/'", "etxt.token_keyring must be a text such as"),
            ("token_keyring = 5", "etxt.token_keyring must be a text"),
            ("token = '{}'\ntoken_command = ['a']", "etxt.token is there twice"),
            ("base_url = 'http://{}.example'", "etxt.base_url is plain http"),
            ("base_url = 'https://{}@a.example'", "etxt.base_url must not hold a user name"),
            ("timeout = '{}'", "etxt.timeout must be a number"),
            ("timeout = 0", "etxt.timeout must be a positive number of seconds"),
            ("timeout = true", "etxt.timeout must be a number"),
            ("timeout = inf", "etxt.timeout must be a number"),
            ("max_spend = '{}'", "etxt.max_spend must be a number"),
            ("max_spend = nan", "etxt.max_spend must be a number"),
            ("max_spend = -1", "etxt.max_spend must be a number of roubles, 0 or more"),
            ("verify = 1", "etxt.verify must be a text"),
            ("journal = true", "etxt.journal must be a text"),
            ("limits = '{}'", 'etxt.limits must be "off" or a table'),
            ("limits = {{ per_secnd = 1 }}", "etxt.limits has the unknown key 'per_secnd' (do you mean 'per_second'?)"),
            ("limits = {{ per_second = 0 }}", "etxt.limits has a rule whose numbers are not positive"),
            ("limits = {{ per_second = '{}' }}", "etxt.limits must be a number"),
            ("limits = {{ burst = 1.5 }}", "etxt.limits has a rule whose numbers are not positive"),
            ("limits = {{ share = '{}' }}", "etxt.limits has a share that is neither"),
            ("limits = {{ adaptive = '{}' }}", "etxt.limits has an adaptive that is neither"),
            ("limits = {{ groups = '{}' }}", "etxt.limits has groups that are no table"),
            ("limits = {{ groups = {{ a = '{}' }} }}", "etxt.limits has a rule that is neither"),
            ("limits = {{ groups = {{ a = {{}} }} }}", "etxt.limits has a rule that is neither"),
            ("limits = {{ groups = {{ a = {{ every = 5, burst = 2 }} }} }}", "etxt.limits has a rule that is neither"),
        ],
    )
    def test_a_mistake_names_file_profile_and_key_and_no_value(self, write, path, line, words):
        file = write(f"[work.etxt]\n{line.format(PLANTED)}\napi_pass = '{PLANTED}'")
        with pytest.raises(ConfigurationError) as caught:
            file.site("work", "etxt")
        assert str(caught.value).startswith(f"the profile file {path}, profile 'work': {words}")
        shown = everything_shown(caught.value)
        assert PLANTED not in shown
        assert "1234567890" not in shown

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (f"token = '{PLANTED}'", "has the key 'token' outside of a profile"),
            (f"['my shop'.etxt]\ntoken = '{PLANTED}'", "names a profile 'my shop'"),
            (f"[work.etxt]\ntoken = '{PLANTED}", "is no TOML: look at end of document"),
            (f"[work.etxt]\ntoken = '{PLANTED}'\ntoken = 'b'", "is no TOML: look at"),
            (f"[work.etxt]\ntoken = {'[' * 5000}'{PLANTED}'", "is n"),
            (f"{'k' * 60} = 1", f"has the key '{'k' * 40}...' outside"),
        ],
    )
    def test_what_is_no_profile_file(self, write, path, text, words):
        with pytest.raises(ConfigurationError) as caught:
            write(text)
        assert str(caught.value).startswith(f"the profile file {path} {words}")
        assert PLANTED not in everything_shown(caught.value)

    def test_bytes_that_are_no_text(self, path):
        path.write_bytes(b"[work.etxt]\ntoken = '\xff\xfe'")
        path.chmod(0o600)
        with pytest.raises(ConfigurationError, match="is no UTF-8 text"):
            ProfileFile()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (f"[work.etx]\ntoken = '{PLANTED}'", "unknown key 'etx' (do you mean 'etxt'?)"),
            (f"[work]\ntoken = '{PLANTED}'", "unknown key 'token'; keys stand below [work.etxt] or [work.kwork]"),
            (f"[work]\netxt = '{PLANTED}'", "etxt must be a table: write [work.etxt] above its keys"),
        ],
    )
    def test_what_is_no_site(self, write, text, words):
        file = write(text)
        with pytest.raises(ConfigurationError) as caught:
            file.site("work", "etxt")
        assert words in str(caught.value)
        assert PLANTED not in everything_shown(caught.value)

    def test_a_wire_that_is_none(self, write):
        with pytest.raises(ConfigurationError, match=r"kwork\.wire must be 'app' or 'documented'"):
            write(f"[work.kwork]\nwire = '{PLANTED}'").site("work", "kwork")

    def test_another_profile_may_be_wrong(self, write):
        file = write("[bad.etxt]\nnonsense = 1\n[good.etxt]\ntoken = 'a'")
        assert file.site("good", "etxt").secrets["token"].fetch() == Secret("a")


class TestCommands:
    def source(self, *command, **more):
        return FromCommand("token_command in [work.etxt]", command, Path("/"), **more)

    def test_the_first_line_without_its_end(self):
        assert self.source("printf", r"se cret \r\nlogin: x\n").fetch().reveal() == "se cret "

    def test_no_shell_reads_it(self, tmp_path):
        assert self.source("echo", f"$HOME; touch {tmp_path}/x `id`").fetch().reveal().startswith("$HOME; touch")
        assert list(tmp_path.iterdir()) == []

    def test_it_is_run_where_the_profile_is_and_not_where_the_user_is(self, write, path, monkeypatch, tmp_path):
        (tmp_path / "pass").write_text("#!/bin/sh\necho wrong\n")
        (tmp_path / "pass").chmod(0o700)
        (path.parent / "pass").write_text("#!/bin/sh\necho right\n")
        (path.parent / "pass").chmod(0o700)
        monkeypatch.chdir(tmp_path)
        secret = write("[work.etxt]\ntoken_command = ['./pass']").site("work", "etxt").secrets["token"]
        assert secret.fetch().reveal() == "right"
        assert secret.kind == "command"

    def test_before_the_folder_of_the_profile_is_made_it_is_run_above_it(self, tmp_path):
        source = FromCommand("--token-command", ("pwd",), tmp_path / "config" / "kwork_etxt_sdk")
        assert source.fetch().reveal() == str(tmp_path)

    def test_it_gets_no_input(self):
        reading, writing = os.pipe()
        before = os.dup(0)
        os.write(writing, b"meant for the program itself\n")
        os.close(writing)
        os.dup2(reading, 0)
        try:
            assert self.source("sh", "-c", "read x || echo nothing").fetch().reveal() == "nothing"
            assert os.read(0, 100) == b"meant for the program itself\n"
        finally:
            os.dup2(before, 0)
            os.close(before)
            os.close(reading)

    @pytest.mark.parametrize(
        ("command", "words"),
        [
            (("sh", "-c", f"echo {PLANTED}; echo {PLANTED} >&2; exit 3"), "'sh' ended with status 3."),
            (("no-such-program-here", PLANTED), "'no-such-program-here' can't be run: No such file or directory."),
            (("printf", rf"\n{PLANTED}"), "'printf' printed nothing in its first line."),
            (("printf", rf"\377{PLANTED}"), "'printf' printed something that is no UTF-8 text."),
            (("echo", f"{PLANTED}\0"), "'echo' can't be run: it holds a character that no command can."),
        ],
    )
    def test_what_goes_wrong_is_told_without_what_was_printed(self, command, words, capfd):
        source = self.source(*command)
        with pytest.raises(ConfigurationError) as caught:
            source.fetch()
        assert str(caught.value).startswith(f"token_command in [work.etxt]: {words} Run it by hand")
        assert PLANTED not in everything_shown(caught.value)
        assert PLANTED not in repr(source)
        assert capfd.readouterr() == ("", "")

    def test_it_does_not_wait_for_ever(self):
        source = self.source("sh", "-c", f"echo {PLANTED}; exec sleep 30", patience=0.05)
        with pytest.raises(ConfigurationError, match=r"'sh' was not done after 0\.05 s") as caught:
            source.fetch()
        assert PLANTED not in everything_shown(caught.value)


class MemoryKeyring(keyring.backend.KeyringBackend):
    priority = 1

    def __init__(self):
        super().__init__()
        self.held = {}
        self.fails = False

    def _check(self):
        if self.fails:
            raise RuntimeError(f"locked: {PLANTED}")

    def get_password(self, service, username):
        self._check()
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        self._check()
        self.held[service, username] = password

    def delete_password(self, service, username):
        self._check()
        del self.held[service, username]


class TestKeyring:
    @pytest.fixture
    def ring(self):
        before = keyring.get_keyring()
        ring = MemoryKeyring()
        keyring.set_keyring(ring)
        yield ring
        keyring.set_keyring(before)

    def test_the_last_part_is_the_user(self, ring, write):
        ring.held["my/etxt", "me"] = "from-ring"
        source = write("[work.etxt]\ntoken_keyring = 'my/etxt/me'").site("work", "etxt").secrets["token"]
        assert source.fetch() == Secret("from-ring")
        assert source.kind == "keyring"

    def test_stored_and_deleted(self, ring):
        source = FromKeyring("here", "s", "u")
        source.store(Secret("x"))
        assert ring.held == {("s", "u"): "x"}
        source.delete()
        source.delete()
        assert ring.held == {}

    def test_nothing_there(self, ring):
        with pytest.raises(ConfigurationError, match="here: the keyring has nothing for 'u' of 's'"):
            FromKeyring("here", "s", "u").fetch()

    @pytest.mark.parametrize(
        "action", [FromKeyring.fetch, FromKeyring.delete, lambda source: source.store(Secret(PLANTED))]
    )
    def test_what_it_refuses_is_told_without_its_words(self, ring, action):
        ring.fails = True
        with pytest.raises(ConfigurationError, match=r"here: the keyring refused \(RuntimeError\)") as caught:
            action(FromKeyring("here", "s", "u"))
        assert PLANTED not in everything_shown(caught.value)

    def test_without_the_package_it_says_which_extra(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "keyring", None)
        with pytest.raises(MissingExtraError, match=r"kwork-etxt-sdk\[keyring\]"):
            FromKeyring("here", "s", "u").fetch()


def test_known_secrets_keep_their_kind():
    assert Known("here", Secret("x"), "environment").kind == "environment"
