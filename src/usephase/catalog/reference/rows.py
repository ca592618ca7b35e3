"""The rows of the reference tables as text, with their sources in full."""

import csv
import json
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd


def names() -> list[str]:
    """List every reference table, the ones to look things up in included."""
    here = files("usephase.catalog.reference").iterdir()
    return sorted(entry.name.removesuffix(".csv") for entry in here if entry.name.endswith(".csv"))


@cache
def edition() -> dict[str, Any]:
    """Tell which edition of the reference data the package ships.

    Returns
    -------
    dict
        ``name``, ``date`` and ``files``: of each file that the tables were built from its name, sha256, the address
        at which it (or its copy) was read, and the day.
    """
    text = files("usephase.catalog.reference").joinpath("edition.json").read_text(encoding="utf-8")
    told: dict[str, Any] = json.loads(text)
    return told


def frame(name: str) -> pd.DataFrame:
    """Read the rows of a table as text.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    DataFrame
        All cells str, "" where empty; with the columns ``source``, ``licence`` and ``basis`` last.

    Raises
    ------
    KeyError
        If there is no table of that name.
    """
    rows = _read(name).copy()
    if name == "sources":
        return rows.rename(columns={"text": "source"})
    about = _read("sources").set_index("code")
    code = rows.pop("source")
    basis = rows.pop("basis") if "basis" in rows else code.map(about["basis"])
    return rows.assign(source=code.map(about["text"]), licence=code.map(about["licence"]), basis=basis)


def codes(name: str) -> "pd.Series[str]":
    """Give the code in ``sources`` of every row of a table."""
    return _read(name)["source"]


@cache
def _gwp_sets() -> dict[str, dict[str, str]]:
    about = _read("sources")
    parts = [[part.split(": ") for part in text.split("; ") if part] for text in about["gwp_set"]]
    return {text: dict(pairs) for text, pairs in zip(about["text"], parts, strict=True)}


def gwp_set(source: str, column: str) -> str | None:
    """Name the set of global warming potentials inside the numbers of a source's column.

    Parameters
    ----------
    source : str
        As a register has it, with or without a note.
    column : str

    Returns
    -------
    str or None
        ``setting`` for the catalog's own choice; "" where the source tells nothing of the column; None where the
        reference has no such source (any more).
    """
    known = _gwp_sets()
    text = next((text for text in known if source == text or source.startswith(f"{text}: ")), None)
    return None if text is None else known[text].get(column, "")


@cache
def _read(name: str) -> pd.DataFrame:
    if name not in names():
        raise KeyError(f"no reference table {name!r}; there are {', '.join(names())}")
    # Not with pandas, whose reader says of Ctrl-C that the file is damaged.
    with files("usephase.catalog.reference").joinpath(f"{name}.csv").open(encoding="utf-8") as stream:
        head, *rows = csv.reader(stream)
    return pd.DataFrame(rows, columns=head, dtype=str)
