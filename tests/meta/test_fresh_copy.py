"""What a person who has never seen the project does first."""

import os
import subprocess

import pytest

from tools.check_dist import copy_tree

#: Seconds for the installation without a cache, and for the demo.
PATIENCE = 600


@pytest.mark.slow
def test_demo_runs_in_a_fresh_copy_and_brings_no_development_tools(tmp_path):
    copy = tmp_path / "copy of the project"
    copy_tree(copy)
    own = ("MAKE", "MFLAGS", "COV", "PYTHON", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    environment["PIP_NO_CACHE_DIR"] = "1"
    done = subprocess.run(
        ["make", "demo"], cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    commands = {path.name for path in (copy / ".venv" / "bin").iterdir()}
    assert "kwork-etxt" in commands
    assert not commands & {"ruff", "mypy", "pytest", "sphinx-build"}
