"""Files of answers: saved where ``--out`` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kwork_etxt_sdk.etxt.models.articles import ArticleZip
from kwork_etxt_sdk.transport.download import safe_name


def save_files(client: Any, answer: Any, out: Path) -> list[dict[str, Any]]:
    """Download the files of an answer.

    Args:
        client: The client that got the answer.
        answer: A ZIP file of articles, or results of orders.
        out: For a ZIP file a file or an existing folder, for results a folder, which is made if it is missing.

    Returns:
        What was saved, and where it is now.
    """
    out = out.expanduser()
    try:
        if isinstance(answer, ArticleZip):
            return [{"articles": answer.asked, "file": str(client.files.save(answer, out))}]
        out.mkdir(parents=True, exist_ok=True)
        return [row for result in answer if (row := _save_result(client, result, out)) is not None]
    except OSError as failure:
        problem = f"{out} can't be written: {failure.strerror or failure}"
    raise click.ClickException(problem)


def _save_result(client: Any, result: Any, folder: Path) -> dict[str, Any] | None:
    if result.file is None or not result.file.path:
        click.echo(f"order {result.task_id}: the result has no file", err=True)
        return None
    # Results in the archive have no id: an author delivers one at a time.
    number = getattr(result, "result_id", None) or (f"{result.date:%Y%m%d%H%M}" if result.date else "result")
    path = folder / f"{result.task_id}-{number}-{safe_name(result.file.path)}"
    return {"task_id": result.task_id, "file": str(client.files.save(result, path))}
