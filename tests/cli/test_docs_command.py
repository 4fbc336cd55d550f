"""``kwork-etxt docs`` and ``kwork-etxt completion``."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from kwork_etxt_sdk.cli.methods import methods
from kwork_etxt_sdk.registry import TOPICS


def test_without_words_all_methods_are_listed(kwork_etxt):
    ended = kwork_etxt("docs")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert len(rows) == sum(len(group) for site in TOPICS for group in methods(site).values())
    assert {"method": "etxt users get-balance", "effect": "READ"}.items() <= next(
        row.items() for row in rows if row["method"] == "etxt users get-balance"
    )
    assert json.loads(kwork_etxt("docs", "--json").out) == rows


@pytest.mark.parametrize(
    "words",
    [
        ("etxt", "tasks", "save-comment"),
        ("tasks.saveComment",),
        ("tasks.save_comment",),
        ("client.tasks.save_comment",),
        ("etxt", "tasks.saveComment"),
        ("save-comment",),
    ],
)
def test_a_method_goes_by_all_its_names(kwork_etxt, words):
    ended = kwork_etxt("docs", *words, width=80)
    assert ended.status == 0
    assert ended.out.startswith("kwork-etxt etxt tasks save-comment\nclient.tasks.save_comment()  ONCE  documented\n")
    assert max(map(len, ended.out.splitlines())) <= 80
    assert "(on the wire: id)" in ended.out
    assert "Fields: task_id, comment_id, comments" in ended.out
    assert ">>> client.tasks.save_comment(" in ended.out
    assert "EtxtPrivateDataError" in ended.out
    assert "Source: eTXT API manual, section tasks.saveComment." in ended.out


def test_the_documentation_of_every_method_can_be_printed(kwork_etxt):
    for site in TOPICS:
        for group in methods(site).values():
            for method in group.values():
                ended = kwork_etxt("docs", site, method.topic, method.name)
                assert ended.out.startswith(f"kwork-etxt {site} "), ended.err
                assert method.doc.summary.split()[0] in ended.out


def test_no_line_ends_in_blanks(kwork_etxt):
    for line in kwork_etxt("docs", "etxt tasks save-task").out.splitlines():
        assert line == line.rstrip()


def test_words_find_methods_by_what_they_say(kwork_etxt):
    found = [json.loads(line)["method"] for line in kwork_etxt("docs", "uniqueness").out.splitlines()]
    assert "etxt tasks save-task" in found
    several = [json.loads(line)["method"] for line in kwork_etxt("docs", "get-list").out.splitlines()]
    assert {"kwork catalog get-list", "etxt articles get-list"} <= set(several)
    table = kwork_etxt("docs", "uniqueness", terminal=True, width=80)
    assert table.out.split()[:2] == ["method", "effect"]


def test_a_typing_mistake_is_answered_with_what_was_meant(kwork_etxt):
    ended = kwork_etxt("docs", "tasks.saveComent")
    assert ended.status == 2
    assert "Did you mean 'etxt tasks save-comment'?" in ended.err
    assert kwork_etxt("docs", "zzzzzzzzzz").err.startswith("Error: nothing is known of 'zzzzzzzzzz'. (see")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_what_makes_it_complete(kwork_etxt, shell, monkeypatch):
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("click asks bash for its version")
    ended = kwork_etxt("completion", shell)
    assert ended.status == 0
    assert "_KWORK_ETXT_COMPLETE" in ended.out
    monkeypatch.setenv("SHELL", f"/bin/{shell}")
    assert kwork_etxt("completion").out == ended.out


def test_an_unknown_shell_is_misuse(kwork_etxt, monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/ksh")
    ended = kwork_etxt("completion")
    assert ended.status == 2
    assert "say which shell: bash, zsh, fish" in ended.err


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kwork-etxt e", {"etxt"}),
        ("kwork-etxt etxt tasks-", {"tasks-archive"}),
        ("kwork-etxt etxt tasks save_c", {"save-comment"}),
        ("kwork-etxt etxt tasks list-tasks --status in", {"in-work", "in-review"}),
        ("kwork-etxt etxt tasks list-tasks --stat", {"--status"}),
        ("kwork-etxt etxt tasks save-task x --file orders", {"orders"}),
    ],
)
def test_names_and_codes_are_completed(monkeypatch, capsys, line, expected):
    from kwork_etxt_sdk.cli import main

    words = line.split()
    monkeypatch.setenv("_KWORK_ETXT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    with pytest.raises(SystemExit):
        main([])
    assert {entry.partition(",")[2] for entry in capsys.readouterr().out.split()} == expected


@pytest.mark.skipif(shutil.which("bash") is None, reason="completes in a real bash")
def test_bash_takes_the_script(kwork_etxt):
    script = kwork_etxt("completion", "bash").out
    done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
