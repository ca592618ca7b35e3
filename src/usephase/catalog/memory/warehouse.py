"""A catalog from a database: tables and views by their names, the settings from one called `catalog`."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from usephase.catalog.read.headers import known_name
from usephase.catalog.schema import TABLES
from usephase.catalog.settings import SHEET, from_texts
from usephase.errors import CatalogError, Problem

_LISTED = {
    "duckdb": "SELECT table_name FROM information_schema.tables ORDER BY table_name",
    "sqlite": "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name",
}


def tables_in(kind: str, path: str) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Read the tables and settings of a catalog from a database, which is opened to be read only.

    Parameters
    ----------
    kind : str
        ``duckdb`` or ``sqlite``.
    path : str
        The database's file.

    Returns
    -------
    dict of str to DataFrame
        By table, rows in the order that the database gives.
    dict of str to Any
        Settings by section.

    Raises
    ------
    CatalogError
        If the file is not such a database, or has no settings.
    """
    if not Path(path).is_file():
        raise _refused(path, "there is no such file", "name the file of the database")
    with _opened(kind, path) as ask:
        named = {name: known_name(name, (*TABLES, SHEET)) for (name,) in ask(_LISTED[kind]).itertuples(index=False)}
        frames = {known: ask(f'SELECT * FROM "{name}"') for name, known in named.items() if known}  # noqa: S608  a name of ours
    rows = frames.pop(SHEET, None)
    if rows is None or not {"setting", "value"} <= {*rows.columns}:
        what = f"the settings are missing: there is no table `{SHEET}` with the columns `setting` and `value`"
        raise _refused(path, what, f"make it, with a row such as ('{SHEET}.reporting_year', '2024') for each setting")
    given = [
        (str(name), str(text)) for name, text in zip(rows["setting"], rows["value"], strict=True) if pd.notna(text)
    ]
    return frames, from_texts(given)


@contextmanager
def _opened(kind: str, path: str) -> Iterator[Any]:
    """Open a database; gives what asks it a query and answers a frame."""
    try:
        if kind == "sqlite":
            with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)) as base:
                yield lambda query: pd.read_sql_query(query, base)
        else:
            import duckdb

            with duckdb.connect(path, read_only=True) as base:
                yield lambda query: base.execute(query).df()
    except ModuleNotFoundError as error:
        if error.name != "duckdb":
            raise
        fix = "pip install 'usephase[warehouse]' brings what reads it"
        raise _refused(path, "the package `duckdb` is not installed", fix) from error
    except (sqlite3.Error, pd.errors.DatabaseError) as error:
        raise _refused(path, f"not readable as SQLite ({error})", "name a database, or its kind") from error
    except Exception as error:
        if not type(error).__module__.startswith(("duckdb", "_duckdb")):
            raise
        raise _refused(path, f"not readable as DuckDB ({error})", "name a database, or its kind") from error


def _refused(path: str, what: str, fix: str) -> CatalogError:
    return CatalogError([Problem(where=path, what=what, fix=fix)])
