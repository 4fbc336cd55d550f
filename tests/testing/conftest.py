"""The fixtures come from the plugin, which pytest finds by its entry point, as with everybody who installs it."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session", autouse=True)
def _plugin_is_installed():
    names = [point.name for point in importlib.metadata.entry_points(group="pytest11")]
    assert "kwork_etxt" in names, "install the project (pip install -e .): pytest has to find its plugin"


@pytest.fixture
def run_pytest(tmp_path):
    """Run pytest in an empty directory over a file with this text."""

    def run(text, *arguments, code=""):
        (tmp_path / "test_mine.py").write_text(text, encoding="utf-8")
        command = [sys.executable, "-c", f"{code}\nimport pytest; raise SystemExit(pytest.main())", "-q", *arguments]
        environment = {**os.environ, "PYTEST_ADDOPTS": ""}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    return run
