"""Make the pictures of the documentation: what the command shows on a terminal, and what notebooks show.

    make screenshots

Everything comes from the sandbox on this machine: the command runs on a terminal of its own, the notebook is executed
by nbclient, and a headless Chromium (on Debian the package chromium) takes the pictures. They are written to
docs/_static/screenshots. Needs the extras of the development environment; without Chromium it says so and ends well.
"""

from __future__ import annotations

import argparse
import html
import io
import os
import pty
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kwork_etxt_sdk.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "_static" / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: 5 January 2030, a Saturday noon in Moscow: the pictures of two runs show the same times.
START = 1_893_834_000
#: Bytes that a picture may have.
LARGEST = 150_000
COLUMNS = 100
LIGHT, DARK = "background:#fff;color:#222", "background:#111418;color:#d8dde3"
COMMAND = ["kwork", "projects", "iter-list", "--limit", "8", "--fields", "id,title,budget,bids_count,created_at"]


def main() -> int:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description="Make the pictures of the documentation.")
    parser.add_argument(
        "--to", type=Path, default=PICTURES, metavar="FOLDER", help="default: those of the documentation"
    )
    folder = parser.parse_args().to
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        print(f"no pictures were made: none of {', '.join(NAMES)} is installed (on Debian: apt-get install chromium)")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    with Sandbox(seed=1, speed=0, start_time=START) as box, tempfile.TemporaryDirectory() as scratch:
        os.environ.update(box.environment(), KWORK_ETXT_STATE_DIR=scratch, no_proxy="127.0.0.1")
        pages = {"terminal-table": terminal_page(COMMAND), **notebook_pages(Path(scratch))}
    for name, page in pages.items():
        size = picture(browser, page, folder / f"{name}.png")
        print(f"{name}.png: {size} bytes")
        if size > LARGEST:
            print(f"that is more than {LARGEST}", file=sys.stderr)
            return 1
    return 0


def terminal_page(arguments: list[str]) -> str:
    """Run the command on a terminal, and return what it shows as a page."""
    from rich.console import Console
    from rich.terminal_theme import MONOKAI
    from rich.text import Text

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "bold green"), " ".join(["kwork-etxt", *arguments])), soft_wrap=True)
    console.print(Text.from_ansi(on_terminal([sys.executable, "-m", "kwork_etxt_sdk.cli", *arguments])))
    code = (
        '<body style="margin:0;background:{background};color:{foreground}">'
        "<pre style=\"margin:0;padding:14px;font:14px/1.35 'DejaVu Sans Mono',monospace\">{code}</pre>"
    )
    return console.export_html(theme=MONOKAI, inline_styles=True, code_format=code)


def on_terminal(command: list[str]) -> str:
    """Return what a command writes to a terminal, escape sequences included."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "LINES": "40", "TERM": "xterm-256color"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env=environment) as program:
        os.close(theirs)
        shown = b"".join(_read(ours))
    os.close(ours)
    if program.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {program.returncode}: {shown.decode()}")
    return shown.decode().replace("\r\n", "\n").rstrip("\n")


def _read(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # how Linux tells that the other side is closed
            return
        if not piece:
            return
        yield piece


def notebook_pages(folder: Path) -> dict[str, str]:
    """Execute the notebook on the project feed, and return pages with its table and its picture."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(ROOT / "examples" / "notebooks" / "project_feed.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    shown = {
        kind: (cell.source, output.data[kind])
        for cell in reversed(notebook.cells)
        if cell.cell_type == "code"
        for output in cell.outputs
        for kind in ("text/html", "image/png")
        if kind in output.get("data", {}) and (kind != "text/html" or "kwork-etxt" in output.data[kind])
    }
    source, plot = shown["image/png"]
    plot = f'<img src="data:image/png;base64,{plot}">'
    table = table_of_projects()
    return {
        "notebook-table": cell_page("kwork.projects.iter_list().limit(6).to_list()", table, LIGHT),
        "notebook-table-dark": cell_page("kwork.projects.iter_list().limit(6).to_list()", table, DARK),
        "notebook-plot": cell_page(source, plot, LIGHT),
    }


def table_of_projects() -> str:
    """Return the table that a notebook shows for a few projects."""
    from kwork_etxt_sdk import KworkClient

    with KworkClient.from_env() as kwork:
        return kwork.projects.iter_list().limit(6).to_list()._repr_html_()


def cell_page(source: str, output: str, colours: str) -> str:
    """Return a page that looks like a cell of a notebook and its output."""
    return (
        '<!DOCTYPE html><meta charset="utf-8">'
        f"<body style=\"margin:0;padding:14px;font:13px 'DejaVu Sans',sans-serif;{colours}\">"
        '<pre style="margin:0 0 10px;padding:8px 10px;border:1px solid rgba(128,128,128,.4);border-radius:3px;'
        f"background:rgba(128,128,128,.08);font:12px 'DejaVu Sans Mono',monospace\">{html.escape(source)}</pre>{output}"
    )


def picture(browser: str, page: str, path: Path) -> int:
    """Take a picture of a page, cut off what is empty below, and return how many bytes it has."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        source, taken = Path(folder) / "page.html", Path(folder) / "taken.png"
        source.write_text(page, encoding="utf-8")
        flags = ["--headless", "--disable-gpu", "--hide-scrollbars", "--window-size=980,1400"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium refuses to run as root with its own
        command = [browser, *flags, f"--user-data-dir={folder}/profile", f"--screenshot={taken}", source.as_uri()]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        image = Image.open(taken).convert("RGB")
    image.crop((0, 0, image.width, last_row(image) + 14)).quantize(128).save(path, optimize=True)
    return path.stat().st_size


def last_row(image: Any) -> int:
    """Return the number of the last row that is not empty."""
    from PIL import Image, ImageChops

    empty = Image.new("RGB", image.size, image.getpixel((0, image.height - 1)))
    found = ImageChops.difference(image, empty).getbbox()
    return image.height if found is None else found[3]


if __name__ == "__main__":
    sys.exit(main())
