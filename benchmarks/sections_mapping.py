"""Reading answers: time and memory."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.harness import Case, Group
from benchmarks.rows import Row, Section, Site


class _Page(NamedTuple):
    name: str
    words: str
    dicts: float
    standard: float
    fast: float
    memory: float
    why_time: str
    why_memory: str


_NUMBERS = "23 numbers of an item come as text, and each is checked"
_TIMES = "two times of an item come as ISO text, and each is checked"
_PARSING = "json.loads, the same on both sides, is half of it"
_MODELS = "orjson leaves the models as the larger part: see the first row of this page"
_FIELDS = "half of the model's fields are not on this page, and each is looked for"
_TEXTS = "texts and lists, which both sides keep, are most of the page"

_PAGES = (
    _Page("kworks-app", "Kwork page", 0.75, 0.85, 0.55, 0.42, _FIELDS, _TEXTS),
    _Page("kworks-documented", "Kwork page, documented wire", 0.75, 0.85, 0.55, 0.42, _TIMES, _TEXTS),
    _Page("orders", "eTXT page", 1.0, 1.0, 0.8, 0.35, _NUMBERS, _TEXTS),
)


#: The same pages when every row has a field that no model knows. The SDK keeps it, and so do the peers then.
_NEWS = (("kworks-news", "Kwork page"), ("orders-news", "eTXT page"))


def sections(site: Site) -> list[Section]:
    """Return the sections of this module."""
    return [_time(site), _news(site), _memory(site)]


def _time(site: Site) -> Section:
    groups, rows = [], []
    for page in _PAGES:
        arguments = {"folder": str(site.folder), "page": page.name}

        def case(environment: str, name: str, arguments: dict[str, str] = arguments) -> Case:
            return Case(environment, name, arguments)

        groups.append(
            Group(
                f"{page.words}: reading",
                {
                    f"{page.name} sdk dicts": case("sdk", "sdk_mapping:from_dicts"),
                    f"{page.name} sdk bytes": case("sdk", "sdk_mapping:from_bytes"),
                    f"{page.name} sdk fast": case("fast", "sdk_mapping:from_bytes"),
                    f"{page.name} peers dicts": case("httpx", "pydantic_peer:from_dicts"),
                    f"{page.name} peers bytes": case("httpx", "pydantic_peer:from_bytes"),
                    f"{page.name} validate_python": case("httpx", "pydantic_peer:validate_python"),
                    f"{page.name} validate_json": case("httpx", "pydantic_peer:validate_json"),
                    f"{page.name} cattrs": case("sdk", "cattrs_stock:from_dicts"),
                    f"{page.name} msgspec dicts": case("fast", "msgspec_peer:from_dicts"),
                    f"{page.name} msgspec bytes": case("fast", "msgspec_peer:from_bytes"),
                },
                rounds=(11, 3),
            )
        )
        bytes_compared = {
            "pydantic's own reader": f"{page.name} validate_json",
            "msgspec": f"{page.name} msgspec bytes",
        }
        rows += [
            Row(
                f"{page.words}: dicts to models",
                f"{page.name} sdk dicts",
                f"{page.name} peers dicts",
                "pydantic Model(**o)",
                target=page.dicts,
                why=page.why_time,
                others={
                    "validate_python": f"{page.name} validate_python",
                    "stock cattrs": f"{page.name} cattrs",
                    "msgspec": f"{page.name} msgspec dicts",
                },
            ),
            Row(
                f"{page.words}: bytes to models, standard json",
                f"{page.name} sdk bytes",
                f"{page.name} peers bytes",
                "json.loads, Model(**o)",
                target=page.standard,
                why=_PARSING,
                others=bytes_compared,
            ),
            Row(
                f"{page.words}: bytes to models, extra fast",
                f"{page.name} sdk fast",
                f"{page.name} peers bytes",
                "json.loads, Model(**o)",
                target=page.fast,
                why=_MODELS,
            ),
        ]
    return Section("Reading answers (CPU)", ("files",), groups, rows)


def _news(site: Site) -> Section:
    groups, rows = [], []
    for page, words in _NEWS:
        arguments = {"folder": str(site.folder), "page": page}
        parts = {
            f"{page} sdk": Case("sdk", "sdk_mapping:from_dicts", arguments),
            f"{page} peers": Case("httpx", "pydantic_peer:from_dicts", arguments),
            f"{page} sdk kept": Case("sdk", "sdk_mapping:page_kept", arguments, times=1),
            f"{page} peers kept": Case("httpx", "pydantic_peer:page_kept", arguments, times=1),
        }
        groups.append(Group(f"{words}: a new field", parts, (9, 2)))
        rows += [
            Row(f"{words}: dicts to models, CPU", f"{page} sdk", f"{page} peers", "pydantic Model(**o), extra='allow'"),
            Row(f"{words}, kept", f"{page} sdk kept", f"{page} peers kept", "pydantic models, extra='allow'", "bytes"),
        ]
    return Section("A field that no model knows in every row", ("files",), groups, rows)


def _memory(site: Site) -> Section:
    groups, rows = [], []
    for page in _PAGES:
        arguments = {"folder": str(site.folder), "page": page.name}
        groups.append(
            Group(
                f"{page.words}: memory",
                {
                    f"{page.name} sdk kept": Case("sdk", "sdk_mapping:page_kept", arguments, times=1),
                    f"{page.name} peers kept": Case("httpx", "pydantic_peer:page_kept", arguments, times=1),
                    f"{page.name} dicts kept": Case("httpx", "pydantic_peer:dicts_kept", arguments, times=1),
                },
                rounds=(3, 1),
            )
        )
        rows.append(
            Row(
                f"{page.words}, kept",
                f"{page.name} sdk kept",
                f"{page.name} peers kept",
                "pydantic models",
                measure="bytes",
                target=page.memory,
                why=page.why_memory,
                others={"dicts": f"{page.name} dicts kept"},
            )
        )
    return Section("Memory of a page (bytes)", ("files",), groups, rows)
