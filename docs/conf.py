"""Settings of the documentation. Nothing is fetched while it is built."""

import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

from kwork_etxt_sdk import __version__  # noqa: E402 - found through the line above

project = "kwork-etxt-sdk"
author = "kwork-etxt-sdk contributors"
copyright = author
release = version = __version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "registry_docs"]
exclude_patterns = ["_build"]
default_role = "code"
# Blocks that do not say what they are: mostly commands.
highlight_language = "text"

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries = False


def keep_colons(_app: Sphinx, what: str, _name: str, _value: object, _options: object, lines: list[str]) -> None:
    """Keep napoleon from taking what stands before a colon, in the text below an attribute, for its type."""
    if what == "attribute":
        lines.insert(0, "")


def setup(app: Sphinx) -> None:
    # Before napoleon, which has the usual priority of 500.
    app.connect("autodoc-process-docstring", keep_colons, priority=400)


html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_css_files = ["reference.css"]
html_copy_source = False
html_show_sphinx = False
