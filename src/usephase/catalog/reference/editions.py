"""Earlier editions of the tables that runs read, each stored as a patch on the edition that came after it.

A patch is a folder ``editions/NAME``: ``edition.json`` has name, date, the edition it is put on (``before``) and of
each table its columns and the checksum of its rows as a CSV file; ``TABLE.csv`` has the rows that were others, by key
(``TABLE.csv.xz`` where they are many).
A row with the source ``-`` is one that the edition did not have. ``reasons.csv`` says why rows moved.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd

from usephase.catalog.reference import shipped
from usephase.catalog.schema import ARCHETYPES, TABLES

KEYS = {
    "grid": ("zone", "scenario"), "reference_grid": ("zone",), "zones": ("zone",), "carriers": ("carrier", "gwp_set"),
    "gases": ("gas", "gwp_set"), "treatments": ("material", "route"), "end_of_life": ("zone", "material", "route"),
    "lifetimes": ("lifetime",), "use_profiles": ("use_profile", "mode", "region"), "sources": ("code",),
    **{name: TABLES[name].keys for name in ARCHETYPES},
}  # fmt: skip
"""The tables that editions are kept of, and what names a row of a patch."""
GONE = "-"
EVERY = "*"
_FOLDER = "editions"


@cache
def patches() -> dict[str, dict[str, Any]]:
    """Tell of every earlier edition, newest first: ``name``, ``date``, ``before`` and ``tables``."""
    told = [shipped.document(_FOLDER, entry.name, "edition.json") for entry in shipped.folder(_FOLDER).iterdir()]
    return {str(about["name"]): about for about in sorted(told, key=lambda about: str(about["date"]), reverse=True)}


def put_on(name: str, edition: str, newer: pd.DataFrame) -> pd.DataFrame:
    """Make a table of an earlier edition from that of the edition after it.

    Parameters
    ----------
    name : str
        A key of `KEYS`.
    edition : str
        A key of `patches`.
    newer : DataFrame
        The table as the edition ``before`` has it, all cells text.
    """
    if name not in patches()[edition]["tables"]:
        return newer.iloc[:0]  # it had no such table yet
    columns = patches()[edition]["tables"][name]["columns"]
    file = f"{name}.csv"
    if not shipped.is_there(_FOLDER, edition, file):
        return newer[columns]
    patch = shipped.rows(_FOLDER, edition, file)
    keys = list(KEYS[name])
    kept = newer[~pd.MultiIndex.from_frame(newer[keys]).isin(pd.MultiIndex.from_frame(patch[keys]))]
    old = patch[patch["source"] != GONE] if "source" in patch else patch
    every = pd.concat([kept.reindex(columns=columns, fill_value=""), old[columns]])
    order = [*keys, *(column for column in ("year",) if column in columns)]
    return every.sort_values(order, key=_sortable).reset_index(drop=True)


def _sortable(column: "pd.Series[str]") -> "pd.Series[Any]":
    return column.astype(int) if column.name == "year" else column


def differs(name: str, edition_names: Iterable[str]) -> bool:
    """Tell whether any of the patches holds rows of a table."""
    return any(shipped.is_there(_FOLDER, edition, f"{name}.csv") for edition in edition_names)


def reasons(edition: str) -> pd.DataFrame:
    """Give why rows moved after an edition, in order: ``table``, ``rows`` and ``reason``.

    ``rows`` holds conditions, joined by ``;``: ``COLUMN=PATTERN`` of the key, of ``column``, ``change`` or ``source``.
    """
    later = [name for name, about in patches().items() if about["date"] >= patches()[edition]["date"]]
    return pd.concat([shipped.rows(_FOLDER, name, "reasons.csv") for name in later], ignore_index=True)
