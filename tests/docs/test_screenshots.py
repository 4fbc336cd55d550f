"""The pictures of the documentation: there, small, used, and made anew by one command."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT

FOLDER = DOCS / "_static" / "screenshots"
TOOL = ROOT / "tools" / "screenshots.py"
LARGEST = 150_000


def size_of(picture):
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def test_every_picture_is_shown_described_and_small():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    shown = re.findall(r"(?m)^\.\. image:: \.\./_static/screenshots/(\S+)\n   :alt: \S+", text)
    pictures = {picture.name: picture for picture in FOLDER.iterdir()}
    assert set(shown) == set(pictures)
    for picture in pictures.values():
        assert picture.stat().st_size < LARGEST
        assert min(size_of(picture)) > 100


def test_without_a_browser_it_says_so_and_ends_well(tmp_path):
    done = subprocess.run(
        [sys.executable, TOOL, "--to", tmp_path / "new"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "apt-get install chromium" in done.stdout
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium (on Debian: apt-get install chromium)")
def test_they_are_made_anew(tmp_path):
    done = subprocess.run(
        [sys.executable, TOOL, "--to", tmp_path], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    # Heights depend on the fonts of the machine.
    made = {picture.name: size_of(picture)[0] for picture in tmp_path.iterdir()}
    assert made == {picture.name: size_of(picture)[0] for picture in FOLDER.iterdir()}
