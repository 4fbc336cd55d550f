"""Every script can be tried in the way its first lines describe."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap

import pytest

from tests.examples.conftest import EXAMPLES


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.py")), ids=lambda script: script.stem)
def test_what_it_says_about_trying_it_works(script, tmp_path):
    (tmp_path / "examples").symlink_to(EXAMPLES)
    described = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))
    trial = textwrap.dedent(described.partition("To try it without an account")[2].partition("\n\n")[2])
    names = {name: value for name, value in os.environ.items() if not name.startswith(("KWORK", "ETXT"))}

    done = subprocess.run(
        [sys.executable, "-c", trial],
        cwd=tmp_path,
        env={**names, "KWORK_ETXT_STATE_DIR": str(tmp_path), "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
