"""Cold starts: whole processes."""

from __future__ import annotations

from benchmarks.environments import ROOT
from benchmarks.harness import Group, Program
from benchmarks.rows import Row, Section, Site

_SCRIPTS = ROOT / "benchmarks" / "scripts"
_OWN_MODULES = (
    "attrs alone takes 0.13 of a bare requests script; then come the classes made with it (options, records, models) "
    "and the modules that a first call needs"
)
#: What the installed command does.
_COMMAND = "import sys; from kwork_etxt_sdk.cli import main; sys.exit(main(sys.argv[1:]))"


def sections(site: Site) -> list[Section]:
    """Return the sections of this module."""
    return [_imports(), _one_page(site)]


def _imports() -> Section:
    parts = {
        "nothing": Program("sdk", ("-c", "pass")),
        "import requests": Program("sdk", ("-c", "import requests")),
        "import sdk": Program("sdk", ("-c", "import kwork_etxt_sdk")),
        "--help": Program("sdk", ("-c", _COMMAND, "--help")),
        "--version": Program("sdk", ("-c", _COMMAND, "--version")),
        "import httpx": Program("httpx", ("-c", "import httpx, pydantic; pydantic.BaseModel")),
        "import aiohttp": Program("aiohttp", ("-c", "import aiohttp, pydantic; pydantic.BaseModel")),
    }
    others = {
        "Python alone": "nothing",
        "httpx and pydantic": "import httpx",
        "aiohttp and pydantic": "import aiohttp",
    }
    rows = [
        Row(
            "import kwork_etxt_sdk",
            "import sdk",
            "import requests",
            "import requests",
            target=0.12,
            others=others,
            why="modules of the standard library that it needs for its types",
        ),
        Row(
            "kwork-etxt --help",
            "--help",
            "import requests",
            "import requests",
            target=1.0,
            others={"kwork-etxt --version": "--version"},
        ),
    ]
    return Section("Cold starts (CPU of the process)", ("files",), [Group("imports", parts, (21, 7))], rows)


def _one_page(site: Site) -> Section:
    where = (site.url("https"), site.servers.bundle)
    parts = {
        "page sdk": Program("sdk", (str(_SCRIPTS / "sdk_page.py"), *where)),
        "page requests": Program("sdk", (str(_SCRIPTS / "requests_page.py"), *where)),
        "page httpx": Program("httpx", (str(_SCRIPTS / "httpx_page.py"), *where)),
        "page aiohttp": Program("aiohttp", (str(_SCRIPTS / "aiohttp_page.py"), *where)),
    }
    work = "import, client, one page over TLS, exit"
    others = {"aiohttp and pydantic": "page aiohttp"}
    rows = [
        Row(work, "page sdk", "page requests", "bare requests, no models", target=1.35, why=_OWN_MODULES),
        Row(work, "page sdk", "page httpx", "httpx and pydantic", target=0.65, others=others, why=_OWN_MODULES),
        Row(f"{work}: peak memory", "page sdk", "page httpx", "httpx and pydantic", "peak", others=others),
    ]
    title = "Cold start with one page (CPU of the process)"
    return Section(title, ("https",), [Group("one page from cold", parts, (15, 4))], rows)
