"""The texts beside the database."""

from __future__ import annotations

import pytest

from kwork_etxt_sdk import ConfigurationError
from kwork_etxt_sdk.sync import files
from kwork_etxt_sdk.sync.files import TextFolder, ending


@pytest.fixture
def folder(tmp_path):
    return TextFolder(tmp_path / "mirror.db")


def test_what_a_killed_run_has_begun_is_removed(folder):
    folder.write("orders/1/a.txt", "текст")
    for name in ("orders/1/.a.txt.0123.part", "articles/.b.html.0123.part"):
        (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.path / name).touch()

    folder.tidy()

    assert [file.name for file in folder.path.rglob("*") if file.is_file()] == ["a.txt"]


def test_sizes(folder):
    assert folder.write("orders/1/a.txt", "ы\ud83d") == folder.size("orders/1/a.txt") == 2 + 6
    assert folder.write("a", b"\x00\xff") == 2
    assert folder.size("b") is None


def test_another_run_that_tidies_up_does_no_harm(folder, monkeypatch):
    real, times = files.whole_file, []

    def disturbed(path, **settings):
        times.append(path)
        if len(times) == 1:
            raise FileNotFoundError
        return real(path, **settings)

    monkeypatch.setattr(files, "whole_file", disturbed)

    assert folder.write("a.txt", "текст") == 10
    assert (folder.path / "a.txt").read_text(encoding="utf-8") == "текст"


def test_a_file_that_cannot_be_written_is_named(folder):
    folder.path.touch()

    with pytest.raises(ConfigurationError, match=r"mirror\.files/a\.txt can't be written: "):
        folder.write("a.txt", "текст")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("txt", "txt"),
        ("DOCX", "docx"),
        ("file.rtf", "rtf"),
        (None, "txt"),
        ("", "txt"),
        ("../x", "txt"),
        ("a/b", "txt"),
    ],
)
def test_endings(told, expected):
    assert ending(told) == expected
