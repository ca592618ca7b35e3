"""Reference tables as a stored run used them: today's, with the rows that its register lists in place of today's.

A run's register holds every reference value that a figure depended on. Putting those back makes a run independent of
what later versions of the package ship.
"""

from typing import Any

import pandas as pd

from usephase.catalog.reference.tables import MODEL_TABLES, made, rows_of, schema
from usephase.catalog.schema import DEFAULT
from usephase.catalog.table import Table

# Rows that answer together: of such a set only those that the run used are left.
_SETS = {"grid": ("zone", "scenario"), "end_of_life": ("zone", "material"), "treatments": ("material", "route")}
# Tables whose rows say more than their values (units, modes, distributions), which a register does not list.
_WORDED = frozenset({"carriers", "lifetimes", "use_profiles", "archetype_modes", "archetype_lives"})
_MARKS = ("source", "licence", "basis")

Key = tuple[str, ...]


def stored_tables(register: pd.DataFrame, gwp: str) -> dict[str, Table]:
    """Give the reference tables that a run used.

    Parameters
    ----------
    register : DataFrame
        The run's assumption register.
    gwp : str
        Its set of warming potentials.

    Returns
    -------
    dict of str to Table
        Of the tables of which it used rows.

    Notes
    -----
    A row of carriers, lifetimes or use profiles that the package no longer has is not put back: the register does not
    hold the words of such a row. The catalog that refers to it is then refused, with that name.
    """
    used = register[register["origin"] == "reference"]
    return {
        str(name): made(str(name), _as_used(str(name), rows_of(str(name), gwp), _written(str(name), held)))
        for name, held in used.groupby("table", sort=True)
        if name in MODEL_TABLES
    }


def _written(name: str, held: pd.DataFrame) -> dict[Key, dict[str, str]]:
    """Collect the texts of every row that a register lists, by the row's key; defaults are written nowhere."""
    held = held[~held["source"].astype(str).str.startswith(DEFAULT)]
    found: dict[Key, dict[str, str]] = {}
    for row, column, value, *marks in held[["row", "column", "value", *_MARKS]].itertuples(index=False):
        parts = dict(part.split("=", 1) for part in str(row).split(";"))
        key = tuple(parts.get(column, "") for column in schema(name).keys)
        found.setdefault(key, dict(zip(_MARKS, map(str, marks), strict=True)))[str(column)] = str(value)
    return found


def _as_used(name: str, now: pd.DataFrame, written: dict[Key, dict[str, str]]) -> pd.DataFrame:
    keys = schema(name).keys
    columns = schema(name).value_columns
    every = list(dict.fromkeys((*now.columns, *keys, *columns)))
    rows: dict[Key, dict[str, Any]] = {}
    for row in now.reindex(columns=every, fill_value="").to_dict("records"):
        rows[tuple(str(row[key]) for key in keys)] = {str(column): text for column, text in row.items()}
    used_from = _used_from(name, written)
    kept = {key: row for key, row in rows.items() if key in written or not _replaced(name, key, used_from)}
    for key, texts in written.items():
        if key in kept or name not in _WORDED:
            blank = kept.get(key, dict.fromkeys(every, "") | dict(zip(keys, key, strict=True)))
            kept[key] = {**blank, **dict.fromkeys(columns, ""), **texts}
    ordered = sorted(
        kept, key=lambda key: tuple(_sortable(column, text) for column, text in zip(keys, key, strict=True))
    )
    return pd.DataFrame([kept[key] for key in ordered], columns=every)


def _used_from(name: str, written: dict[Key, dict[str, str]]) -> dict[Key, int]:
    """Give each set of rows of which the run used some, with the year from which on they answer for it."""
    found: dict[Key, int] = {}
    for key in written if name in _SETS else ():
        year = int(key[-1]) if name == "grid" else 0
        of = _set_of(name, key)
        found[of] = min(year, found.get(of, year))
    return found


def _set_of(name: str, key: Key) -> Key:
    return tuple(key[schema(name).keys.index(column)] for column in _SETS[name])


def _replaced(name: str, key: Key, used_from: dict[Key, int]) -> bool:
    """Tell whether a row that the run did not use belongs to a set of which it used others."""
    if not used_from:
        return False
    first = used_from.get(_set_of(name, key))
    # History before the first sale answers for nothing: that it is not listed says nothing.
    return first is not None and (name != "grid" or int(key[-1]) >= first)


def _sortable(column: str, text: str) -> tuple[int, str]:
    return (int(text or -1), "") if column == "year" else (0, text)
