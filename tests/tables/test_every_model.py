"""Every model of both marketplaces shows itself, and fits into every kind of table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import import_module
from pkgutil import iter_modules

import attrs
import pytest

from kwork_etxt_sdk.mapping import Model, Records
from kwork_etxt_sdk.tables import to_csv, to_rows, to_sqlite
from kwork_etxt_sdk.tables.columns import columns_of

EVIL = "<img src=x onerror=alert(1)>"


def models():
    for site in ("etxt", "kwork"):
        package = import_module(f"kwork_etxt_sdk.{site}.models")
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            for value in vars(import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, Model) and value.__module__ == module.name:
                    yield value


def filled(cls):
    """An instance whose every field holds text that a page must not run."""
    return cls(**{field.alias: EVIL for field in attrs.fields(cls) if field.init and field.name != "extra"})


@pytest.mark.parametrize("cls", list(models()), ids=lambda cls: f"{cls.__module__.split('.')[1]}.{cls.__name__}")
def test_it_shows_itself_and_becomes_a_row(cls, tmp_path):
    item = filled(cls)

    assert repr(item).startswith(f"{cls.__name__}(")
    assert len(repr(item)) < 600
    for shown in (item._repr_html_(), Records([item])._repr_html_()):
        assert "<img" not in shown
        assert "&lt;img" in shown or "***" in shown
    assert set(next(iter(to_rows([item])))) == set(cls.field_names())
    assert to_csv([item], tmp_path / "a.csv") == 1
    assert to_sqlite([], tmp_path / "a.db", "t", model=cls) == 0
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(t)")]
    assert columns == [*columns_of([cls], None), "extra"]
