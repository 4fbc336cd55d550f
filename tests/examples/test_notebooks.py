"""The notebooks run from top to bottom, and show tables and pictures."""

from __future__ import annotations

import json
import warnings

import pytest

from kwork_etxt_sdk import KworkClient
from tests.examples.conftest import EXAMPLES

NOTEBOOKS = sorted((EXAMPLES / "notebooks").glob("*.ipynb"))
#: How many pictures each shows.
PICTURES = {"market_prices": 2, "my_orders": 3, "project_feed": 1}


def executed(name, folder):
    """Return the outputs of a notebook's cells, each as ``{kind: content}``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages that run it
        nbformat = pytest.importorskip("nbformat", reason="nbclient is not installed")
        nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
        notebook = nbformat.read(EXAMPLES / "notebooks" / f"{name}.ipynb", as_version=4)
        nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    told = [output.text for output in outputs if output.get("name") == "stderr"]  # progress bars, and nothing else
    assert [text for text in told if text.strip() and "items" not in text] == []
    return [output.get("data", {"text/plain": output.get("text")}) for output in outputs]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_kept_is_the_text_only(path):
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [cell for cell in cells if cell["outputs"] or cell["execution_count"]] == []


def test_all_are_tested():
    assert {path.stem for path in NOTEBOOKS} == set(PICTURES)


def test_the_feed_is_that_of_the_account_in_the_environment(box, tmp_path):
    with KworkClient.from_env() as client:
        newest = client.projects.iter_list().first()
    box.clear_calls()

    outputs = executed("project_feed", tmp_path)

    shown = [output["text/html"] for output in outputs if "text/html" in output]
    assert f"<td class=number>{newest.id}</td>" in shown[0] + shown[1]
    assert sum("image/png" in output for output in outputs) == PICTURES["project_feed"]
    assert "No account" not in str(outputs)
    assert {call.method for call in box.calls} == {"signIn", "getWebAuthToken", "projects"}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PICTURES))
def test_without_an_account_it_shows_the_sandbox(name, tmp_path, monkeypatch):
    for variable in ("KWORK_TOKEN", "KWORK_LOGIN", "ETXT_TOKEN", "KWORK_ETXT_PROFILE"):
        monkeypatch.delenv(variable, raising=False)

    outputs = executed(name, tmp_path)

    assert outputs[0]["text/plain"].startswith("No account is named in the environment")
    assert sum("image/png" in output for output in outputs) == PICTURES[name]
    assert any("text/html" in output for output in outputs)
