"""The rows of the reference tables as text, with their sources in full."""

import csv
from functools import cache
from importlib.resources import files

import pandas as pd


def names() -> list[str]:
    """List every reference table, the ones to look things up in included."""
    here = files("usephase.catalog.reference").iterdir()
    return sorted(entry.name.removesuffix(".csv") for entry in here if entry.name.endswith(".csv"))


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


@cache
def _read(name: str) -> pd.DataFrame:
    if name not in names():
        raise KeyError(f"no reference table {name!r}; there are {', '.join(names())}")
    # Not with pandas, whose reader says of Ctrl-C that the file is damaged.
    with files("usephase.catalog.reference").joinpath(f"{name}.csv").open(encoding="utf-8") as stream:
        head, *rows = csv.reader(stream)
    return pd.DataFrame(rows, columns=head, dtype=str)
