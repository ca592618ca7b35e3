"""The rows of the reference tables as text, with their sources in full."""

from functools import cache
from typing import Any

import pandas as pd

from usephase.catalog.reference import editions, shipped


def names() -> list[str]:
    """List every reference table, the ones to look things up in included."""
    here = shipped.folder().iterdir()
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
    return shipped.document("edition.json")


def edition_of(pinned: str | None) -> str:
    """Name the edition that a catalog is computed with, which may pin one."""
    return pinned or str(edition()["name"])


def editions_known() -> tuple[str, ...]:
    """Name the editions that can be computed with, the newest, which the package ships, first."""
    return (str(edition()["name"]), *editions.patches())


def frame(name: str, edition: str | None = None) -> pd.DataFrame:
    """Read the rows of a table as text.

    Parameters
    ----------
    name : str
        One of `names`.
    edition : str, optional
        One of `editions_known`; the newest if it is not given.

    Returns
    -------
    DataFrame
        All cells str, "" where empty; with the columns ``source``, ``licence`` and ``basis`` last.

    Raises
    ------
    KeyError
        If there is no table of that name, or none that runs read in an earlier edition.
    """
    rows = _read(name, edition).copy()
    if name == "sources":
        return rows.rename(columns={"text": "source"})
    about = _read("sources", edition).set_index("code")
    code = rows.pop("source")
    basis = rows.pop("basis") if "basis" in rows else code.map(about["basis"])
    return rows.assign(source=code.map(about["text"]), licence=code.map(about["licence"]), basis=basis)


def codes(name: str, edition: str | None = None) -> "pd.Series[str]":
    """Give the code in ``sources`` of every row of a table."""
    return _read(name, edition)["source"]


@cache
def _gwp_sets() -> dict[str, dict[str, str]]:
    about = pd.concat([_read("sources", edition) for edition in reversed(editions_known())])
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
def _read(name: str, edition: str | None = None) -> pd.DataFrame:
    patch = editions.patches().get(edition or "")
    if patch is not None:
        if name not in editions.KEYS:
            raise KeyError(f"no table {name!r} of an earlier edition; there are {', '.join(editions.KEYS)}")
        before = str(patch["before"])
        return editions.put_on(name, str(edition), _read(name, before if before in editions.patches() else None))
    if name not in names():
        raise KeyError(f"no reference table {name!r}; there are {', '.join(names())}")
    return shipped.rows(f"{name}.csv")
