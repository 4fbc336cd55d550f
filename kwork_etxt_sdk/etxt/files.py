"""``client.files``: download of what authors deliver, and of articles."""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin

from kwork_etxt_sdk.errors import ValidationError
from kwork_etxt_sdk.etxt.models.archive import ArchivedResult
from kwork_etxt_sdk.etxt.models.articles import ArticleZip
from kwork_etxt_sdk.etxt.models.tasks import ResultFile, TaskResult
from kwork_etxt_sdk.etxt.topic import EtxtTopic
from kwork_etxt_sdk.options import DEFAULT, CallOptions
from kwork_etxt_sdk.transport.download import (
    MAX_FILE_BYTES,
    Download,
    Fetched,
    LinkExpired,
    decode_text,
    safe_name,
)

T = TypeVar("T")
#: What can be downloaded: a result, one of its files, a ZIP file of articles, or an address.
Source = TaskResult | ArchivedResult | ResultFile | ArticleZip | str


class Files(EtxtTopic):
    """Files of results, and ZIP files of articles. No credentials are ever sent to a file's address."""

    def save(
        self,
        source: Source,
        to: str | Path,
        *,
        max_bytes: int = MAX_FILE_BYTES,
        options: CallOptions = DEFAULT,
    ) -> Path:
        """Download a file, whole or not at all.

        Effect: READ.

        Args:
            source: A result (of an order in the archive too), one of its files, a ZIP file of articles, or an address.
                Given a result or a ZIP file, an expired address is asked for anew.
            to: A file, or an existing folder: the name then comes from the address, made safe.
            max_bytes: Largest size accepted.
            options: How it is fetched.

        Returns:
            Where it is now.

        Raises:
            ValidationError: The address is not https, or the result has no file.
            NotFoundError: The address is no longer valid.
            NetworkError: It could not be fetched.

        Example:
            >>> client.files.save(result, "texts/")  # doctest: +SKIP
            PosixPath('texts/text.txt')

        Source: eTXT API manual, section tasks.getResults (field ``path``).
        """

        def write(download: Download, url: str) -> Path:
            path = Path(to)
            if path.is_dir():
                path = path / safe_name(url)
            download.to_file(path)
            return path

        return self._with_url(source, options, max_bytes, write)

    def read(self, source: Source, *, max_bytes: int = MAX_FILE_BYTES, options: CallOptions = DEFAULT) -> bytes:
        """Download a file into memory; arguments, effect and errors as for :meth:`save`.

        Example:
            >>> len(client.files.read(result))  # doctest: +SKIP
            3120

        Source: eTXT API manual, section tasks.getResults (field ``path``).
        """
        return self._fetch(source, options, max_bytes)[0]

    def text(
        self,
        source: Source,
        *,
        unescape: bool = True,
        max_bytes: int = MAX_FILE_BYTES,
        options: CallOptions = DEFAULT,
    ) -> str:
        """Download a text file and decode it: by its declared charset, else UTF-8, else windows-1251.

        Arguments, effect and errors as for :meth:`save`.

        Args:
            source: A result, one of its files, or an address.
            unescape: Turn HTML entities, which the service puts into texts, back into characters.
            max_bytes: Largest size accepted.
            options: How it is fetched.

        Example:
            >>> client.files.text(result)[:12]  # doctest: +SKIP
            'Обзор чайник'

        Source: eTXT API manual, section tasks.getResults (field ``path``).
        """
        content, fetched = self._fetch(source, options, max_bytes)
        text = decode_text(content, fetched.charset)
        return html.unescape(text) if unescape else text

    def _fetch(self, source: Source, options: CallOptions, max_bytes: int) -> tuple[bytes, Fetched]:
        def write(download: Download, _url: str) -> tuple[bytes, Fetched]:
            sink = io.BytesIO()
            fetched = download.to_stream(sink)
            return sink.getvalue(), fetched

        return self._with_url(source, options, max_bytes, write)

    def _with_url(self, source: Source, options: CallOptions, max_bytes: int, write: Callable[[Download, str], T]) -> T:
        merged = options.over(self._client._options)
        url = self._url_of(source)
        expired: LinkExpired
        try:
            return write(Download(self._client._session, url, merged, max_bytes=max_bytes), url)
        except LinkExpired as signal:
            expired = signal
        fresh = self._ask_again(source, options)
        if fresh is None:
            expired.error.hint = "Addresses are valid for about a day: ask for it again."
            raise expired.error
        url = self._url_of(fresh)
        try:
            return write(Download(self._client._session, url, merged, max_bytes=max_bytes), url)
        except LinkExpired as signal:
            expired = signal
        raise expired.error

    def _ask_again(self, source: Source, options: CallOptions) -> Source | None:
        if isinstance(source, ArticleZip):
            return self._zip_again(source, options)
        if not isinstance(source, (TaskResult, ArchivedResult)) or source.task_id is None:
            return None
        topic = self._client.tasks if isinstance(source, TaskResult) else self._client.tasks_archive
        results = topic.get_results(source.task_id, options=options)
        return next((result for result in results if _identity(result) == _identity(source)), None)

    def _zip_again(self, source: ArticleZip, options: CallOptions) -> ArticleZip | None:
        if not source.asked:
            return None
        topic = self._client.articles_archive if source.is_archive else self._client.articles
        fresh: ArticleZip = topic.download(source.asked, options=options)
        return fresh

    def _url_of(self, source: Source) -> str:
        file = source.file if isinstance(source, (TaskResult, ArchivedResult)) else source
        url = file.path if isinstance(file, (ResultFile, ArticleZip)) else file
        if not url:
            raise ValidationError("there is no file to download", {"source": ["has no file"]}, sent=False)
        base: str = self._client._base_url
        return urljoin(base, url)


def _identity(result: TaskResult | ArchivedResult) -> object:
    # Results in the archive have no id: an author delivers one at a time.
    return result.result_id if isinstance(result, TaskResult) else (result.user_id, result.date)
