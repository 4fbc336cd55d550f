"""Results and their texts, and the texts of articles: fetched once each.

A file is written before the row that says so. If the program dies in between, the next run finds the whole file under
the name that the same version would get, and takes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

from kwork_etxt_sdk.errors import NotFoundError, ValidationError
from kwork_etxt_sdk.etxt.client import EtxtClient
from kwork_etxt_sdk.etxt.models.archive import ArchivedResult
from kwork_etxt_sdk.etxt.models.articles import ArticleText
from kwork_etxt_sdk.etxt.models.tasks import ResultFile, TaskResult
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.sync import etxt_tables as t
from kwork_etxt_sdk.sync.files import ending
from kwork_etxt_sdk.sync.run import Run
from kwork_etxt_sdk.sync.shape import Row, moment

#: Orders whose results are asked for in one call. Fewer than could be: after an interruption these are asked for again.
ORDERS_PER_CALL: Final = 50
ARTICLES_PER_CALL: Final = 50
#: How long after an order was accepted the service's own check of the text is waited for.
CHECKED_WITHIN: Final = timedelta(days=2)
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9]")
_WAITING: Final = "SELECT task_id FROM etxt_files WHERE task_id IS NOT NULL AND file IS NULL AND problem IS NULL"
_LIST: Final = "etxt results"


def results(run: Run[EtxtClient]) -> None:
    """Mirror the results of all orders, and their texts if these were chosen."""
    texts = "texts" in run.what
    waiting = f"OR task_id IN ({_WAITING})" if texts else ""
    active = run.mirror.query(
        "SELECT task_id FROM etxt_orders WHERE gone_at IS NULL AND date_archive IS NULL AND user_id > 0 AND"
        f" (status IN (2, 3, 5) OR results_final IS NOT 1 {waiting}) ORDER BY task_id"
    )
    ids = [task_id for (task_id,) in active]
    for start in range(0, len(ids), ORDERS_PER_CALL):
        _results_of(run, ids[start : start + ORDERS_PER_CALL], texts=texts)
    stored = run.mirror.query(
        "SELECT task_id FROM etxt_orders WHERE date_archive IS NOT NULL AND user_id > 0 AND"
        f" (results_final IS NOT 1 {waiting}) ORDER BY task_id"
    )
    for (task_id,) in stored:
        _archived_results_of(run, task_id, texts=texts)


def _results_of(run: Run[EtxtClient], ids: list[int], *, texts: bool) -> None:
    run.check()
    found = run.client.tasks.get_results(ids)
    with run.mirror.transaction():
        run.put_bad(_LIST, found.bad_items)
        for result in found:
            run.put(t.RESULTS, t.result_row(result), of=_LIST)
            _expect_files(run, result, str(result.result_id))
        _settle(run, ids, found)
    if texts:
        for result in found:
            for kind, file in _files(result):
                _fetch(run, str(result.result_id), kind, file)


def _settle(run: Run[EtxtClient], ids: list[int], found: Records[Any]) -> None:
    """Note for which orders no other result will come."""
    if found.bad_items:
        return
    marks = ", ".join("?" * len(ids))
    run.mirror.change(
        f"UPDATE etxt_orders SET results_final = 1 WHERE task_id IN ({marks}) AND results_final IS NOT 1"
        " AND (date_archive IS NOT NULL OR status = 4 AND (end_date IS NULL OR end_date < ? OR NOT EXISTS"
        ' (SELECT 1 FROM etxt_results r WHERE r.task_id = etxt_orders.task_id AND r."check" = 0)))',
        (*ids, moment(run.now - CHECKED_WITHIN)),
    )


def _archived_results_of(run: Run[EtxtClient], task_id: int, *, texts: bool) -> None:
    run.check()
    found = run.client.tasks_archive.get_results(task_id)
    keys = _keys(run, task_id, found)
    contents = {key: result.content for key, result in zip(keys, found, strict=True) if not _has_text(run, key)}
    if texts:  # the texts came along: they are there before anything says so
        for key, content in contents.items():
            if content is not None:
                run.folder.write(_name(task_id, key, "content", "html"), content)
    with run.mirror.transaction():
        run.put_bad(_LIST, found.bad_items)
        for key, result in zip(keys, found, strict=True):
            run.put(t.RESULTS, t.archived_result_row(result, key), of=_LIST)
            _expect_files(run, result, key)
        for key, content in contents.items():
            if content is not None:
                _keep_content(run, task_id, key, content, is_written=texts)
        _settle(run, [task_id], found)
    if texts:
        for key, result in zip(keys, found, strict=True):
            for kind, file in _files(result):
                _fetch(run, key, kind, file)


def _keys(run: Run[EtxtClient], task_id: int, found: Records[ArchivedResult]) -> list[str]:
    """Return the keys of results that came without an id: those known from before the archive, or their number."""
    keys: list[str] = []
    ordered = sorted(found, key=lambda result: (result.date is not None, result.date))
    for result in found:
        row = t.archived_result_row(result, "")
        known = run.mirror.value(
            "SELECT result_key FROM etxt_results WHERE task_id = ? AND user_id IS ? AND date IS ?",
            (task_id, row["user_id"], row["date"]),
        )
        keys.append(known or f"{task_id}-{ordered.index(result) + 1}")
    return keys


def _has_text(run: Run[EtxtClient], key: str) -> bool:
    """Tell whether the text was fetched before the order went to the archive."""
    return bool(
        run.mirror.value(
            "SELECT 1 FROM etxt_files WHERE result_key = ? AND kind != 'content' AND file IS NOT NULL", (key,)
        )
    )


def _keep_content(run: Run[EtxtClient], task_id: int, key: str, content: str, *, is_written: bool) -> None:
    name = _name(task_id, key, "content", "html")
    size = run.folder.size(name) if is_written else None
    row: Row = {"file_key": f"result {key} content", "task_id": task_id, "result_key": key, "kind": "content"}
    row |= {"told_type": "html", "told_size": len(content)}
    run.mirror.put(t.FILES, {**row, "file": name, "bytes": size} if is_written else row)
    run.summary.files += is_written


def _files(result: TaskResult | ArchivedResult) -> Iterator[tuple[str, ResultFile]]:
    """Yield the files of a result with their kinds, which become parts of file names."""
    if result.files:
        yield from ((_UNSAFE.sub("_", kind)[:20], file) for kind, file in result.files.items())
    elif result.file is not None:
        yield "file", result.file


def _expect_files(run: Run[EtxtClient], result: TaskResult | ArchivedResult, key: str) -> None:
    """Note which files a result has; one that is another one than before is to be fetched again."""
    for kind, file in _files(result):
        row: Row = {
            "file_key": f"result {key} {kind}",
            "task_id": result.task_id,
            "result_key": key,
            "kind": kind,
            "told_type": file.name,
            "told_size": file.size,
        }
        told = run.mirror.query("SELECT told_type, told_size FROM etxt_files WHERE file_key = ?", (row["file_key"],))
        if told and told[0] != (file.name, file.size):
            row |= {"file": None, "bytes": None, "problem": None}
        run.mirror.put(t.FILES, row)


def _fetch(run: Run[EtxtClient], key: str, kind: str, file: ResultFile) -> None:
    file_key = f"result {key} {kind}"
    rows = run.mirror.query(
        "SELECT task_id, told_type, told_size FROM etxt_files WHERE file_key = ? AND file IS NULL AND problem IS NULL",
        (file_key,),
    )
    for task_id, told_type, told_size in rows:
        name = _name(task_id, f"{key}-{told_size or 0}", kind, ending(told_type))
        size = run.folder.size(name)
        problem = None
        if size is None:
            run.check()
            run.add_call()
            try:
                size = run.folder.write(name, _content(run, kind, file))
            except (NotFoundError, ValidationError) as failure:
                problem = failure.message
            else:
                run.summary.files += 1
        with run.mirror.transaction():
            saved = {"file": name, "bytes": size} if problem is None else {"problem": problem}
            run.mirror.put(t.FILES, {"file_key": file_key, **saved})


def _content(run: Run[EtxtClient], kind: str, file: ResultFile) -> bytes | str:
    """Return a file as it is, or, if it was typed in, its text as UTF-8."""
    if kind == "text" or ending(file.name) == "txt":
        return run.client.files.text(file)
    return run.client.files.read(file)


def _name(task_id: int | None, key: str, kind: str, last: str) -> str:
    return f"orders/{task_id or 0}/{key}-{kind}.{last}"


def articles_texts(run: Run[EtxtClient]) -> None:
    """Mirror the texts of all articles that have none yet."""
    calls: tuple[tuple[int, Callable[[Iterable[int]], Records[ArticleText]]], ...] = (
        (0, run.client.articles.get_text),
        (1, run.client.articles_archive.get_text),
    )
    for is_archived, get_text in calls:
        rows = run.mirror.query(
            "SELECT article_id FROM etxt_articles WHERE gone_at IS NULL AND is_archived = ? AND article_id NOT IN"
            " (SELECT article_id FROM etxt_files WHERE article_id IS NOT NULL) ORDER BY article_id",
            (is_archived,),
        )
        ids = [article_id for (article_id,) in rows]
        for start in range(0, len(ids), ARTICLES_PER_CALL):
            chunk = ids[start : start + ARTICLES_PER_CALL]
            run.check()
            _keep_articles(run, get_text(chunk))


def _keep_articles(run: Run[EtxtClient], found: Records[ArticleText]) -> None:
    with run.mirror.transaction():
        run.put_bad("etxt article texts", found.bad_items)
    for article in found:
        name = f"articles/{article.article_id}.html"
        size = run.folder.write(name, article.text or "")
        run.summary.files += 1
        with run.mirror.transaction():
            row: Row = {"file_key": f"article {article.article_id}", "article_id": article.article_id, "kind": "text"}
            row |= {"told_type": "html", "told_size": len(article.text or "")}
            run.mirror.put(t.FILES, {**row, "file": name, "bytes": size})
