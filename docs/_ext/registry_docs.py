"""Sphinx directives that write the reference from the code.

``.. registry:: etxt`` lists all methods of a marketplace, ``.. market-errors:: etxt`` its errors, and
``.. etxt-codes::`` the error codes of eTXT.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).parent))

from error_tables import error_lines, etxt_code_lines
from reference_text import site_lines


class RegistryDirective(SphinxDirective):
    """The reference of a marketplace."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        _depends_on_package(self)
        text = "\n".join(site_lines(self.arguments[0]))
        return self.parse_text_to_nodes(text, allow_section_headings=True)


class MarketErrorsDirective(SphinxDirective):
    """The errors of a marketplace as a table."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        _depends_on_package(self)
        return self.parse_text_to_nodes("\n".join(error_lines(self.arguments[0])))


class EtxtCodesDirective(SphinxDirective):
    """The error codes of eTXT as a table."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        _depends_on_package(self)
        return self.parse_text_to_nodes("\n".join(etxt_code_lines()))


def _depends_on_package(directive: SphinxDirective) -> None:
    # The page is written from the code: it has to be written anew whenever a module changes.
    package = Path(__file__).parents[2] / "kwork_etxt_sdk"
    for path in sorted(package.rglob("*.py")):
        directive.env.note_dependency(str(path))


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx of the directives."""
    app.add_directive("registry", RegistryDirective)
    app.add_directive("market-errors", MarketErrorsDirective)
    app.add_directive("etxt-codes", EtxtCodesDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
