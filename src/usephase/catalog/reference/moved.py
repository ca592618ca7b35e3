"""What moved between an earlier edition and the one that ships: which rows, by how much and why."""

from fnmatch import fnmatchcase
from typing import cast

import numpy as np
import pandas as pd

from usephase.catalog.reference import editions
from usephase.catalog.reference.rows import codes, editions_known, frame
from usephase.catalog.reference.tables import MODEL_TABLES, made, schema
from usephase.catalog.values import cells

CHANGED, NEW, GONE = "changed", "new", "gone"


def tables_moved(edition: str) -> list[str]:
    """Name the tables that differ between an earlier edition and the newest."""
    older = editions_known()
    return [name for name in MODEL_TABLES if editions.differs(name, older[1 : older.index(edition) + 1])]


def moved(name: str, edition: str) -> pd.DataFrame:
    """List the values of a table that differ between an earlier edition and the newest.

    Parameters
    ----------
    name : str
        One of the tables that runs read.
    edition : str
        An earlier edition.

    Returns
    -------
    DataFrame
        A row a value: the key's columns, ``column``, ``change`` (changed, new or gone), ``then`` and ``now`` as
        written, ``then_best``, ``now_best`` and their widths (``then_width``, ``now_width``: 97.5 % point ÷ best
        estimate), ``why``. Paths of `grid` are compared at the years that the edition lists.
    """
    keys = [key for key in (*editions.KEYS[name], "year") if key in frame(name)]
    written = {*frame(name), *frame(name, edition)}
    columns = [column for column in schema(name).value_columns if column in written]
    then, now = (_long(name, one, keys, columns) for one in (edition, None))
    if name == "grid":
        now = _at_the_years_of(then, now)
    both = then.merge(now, on=[*keys, "column"], how="outer", suffixes=("_then", "_now"), indicator=True)
    both["change"] = both["_merge"].map({"both": CHANGED, "left_only": GONE, "right_only": NEW}).astype(str)
    both["source"] = both["source_now"].fillna(both["source_then"])
    same = (both["change"] == CHANGED) & (
        np.isclose(both["best_then"], both["best_now"], rtol=1e-9, atol=0)
        & np.isclose(both["width_then"], both["width_now"], rtol=1e-9, atol=0)
    )
    both = both[~same].reset_index(drop=True)
    names = {f"{what}_{side}": f"{side}_{what}" for what in ("best", "width") for side in ("then", "now")}
    both = both.rename(columns={"text_then": "then", "text_now": "now", **names})
    both[["then", "now"]] = both[["then", "now"]].fillna("")
    return both.assign(why=_why(name, edition, both))[
        [*keys, "column", "change", "then", "now", *names.values(), "why"]
    ]


def summary(edition: str) -> pd.DataFrame:
    """Tell per table which rows moved between an earlier edition and the newest, by how much and why.

    Returns
    -------
    DataFrame
        A row a group of values: ``table``, ``column``, ``change``, ``values`` (how many), the medians ``then`` and
        ``now`` (of a multiplier: of its width), ``ratio`` (now ÷ then, median) with ``least`` and ``most``, ``why``.
    """
    groups = []
    for name in tables_moved(edition):
        rows = moved(name, edition)
        for (why, column, change), part in rows.groupby(["why", "column", "change"], sort=False):
            # What says how well the others are known moves by its width.
            what = "width" if name == "reference_grid" else "best"
            then, now = part[f"then_{what}"], part[f"now_{what}"]
            ratio = (now / then.where(then > 0)).dropna()
            groups.append(
                {
                    "table": name, "column": column, "change": change, "values": len(part), "then": then.median(),
                    "now": now.median(), "ratio": ratio.median(), "least": ratio.min(), "most": ratio.max(), "why": why,
                }
            )  # fmt: skip
    return pd.DataFrame(groups)


def _long(name: str, edition: str | None, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Give a row a value of a table: key, column, text, best estimate, width, code of its source."""
    rows = frame(name, edition)
    table = made(name, rows)
    source = codes(name, edition).to_numpy()
    parts = []
    for column in columns:
        values = table.values[column]
        best = cells.best_estimates(values)
        with np.errstate(divide="ignore", invalid="ignore"):
            width = np.where(best > 0, cells.quantiles(values, 0.975) / best, 1.0)
        told = rows[keys].assign(column=column, text=values.text, best=best, width=width, source=source)
        parts.append(told[~np.isnan(best)])
    return pd.concat(parts, ignore_index=True)


def _at_the_years_of(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Read the paths of now at the years of then; paths that are new keep their own years."""
    names = ["zone", "scenario", "column"]
    old, new = (rows.groupby(names).indices for rows in (then, now))
    asked, year, best = then["year"].astype(int).to_numpy(), now["year"].astype(int).to_numpy(), now["best"].to_numpy()
    taken, years, values = [], [], []
    for key, path in new.items():
        if key not in old:
            taken.append(path)
            years.append(year[path])
            values.append(best[path])
            continue
        # History belongs to every scenario: between it and a path values are interpolated.
        zone, _, column = cast("tuple[str, str, str]", key)
        past = new.get((zone, editions.EVERY, column), path)
        whole = np.concatenate([past[~np.isin(year[past], year[path])], path])
        whole = whole[np.argsort(year[whole], kind="stable")]
        at = asked[old[key]]
        at = at[at >= year[whole[0]]]
        taken.append(path[np.clip(np.searchsorted(year[path], at, side="right"), 1, None) - 1])
        years.append(at)
        values.append(np.interp(at, year[whole], best[whole]))
    answered = np.concatenate(values)
    return now.iloc[np.concatenate(taken)].assign(
        year=np.concatenate(years).astype(str), best=answered, text=[f"{value:.5g}" for value in answered]
    )


def _why(name: str, edition: str, rows: pd.DataFrame) -> list[str]:
    """Find the reason of every value: the first of the edition's whose conditions all hold."""
    rules = [
        (dict(part.split("=", 1) for part in where.split(";") if part), why)
        for table, where, why in editions.reasons(edition)[["table", "rows", "reason"]].itertuples(index=False)
        if table == name
    ]
    asked = sorted({column for where, _ in rules for column in where})
    known: dict[tuple[str, ...], str] = {}
    out = []
    for texts in rows[asked].itertuples(index=False) if asked else ((),) * len(rows):
        if texts not in known:
            row = dict(zip(asked, texts, strict=True))
            fits = (why for where, why in rules if all(fnmatchcase(str(row[c]), glob) for c, glob in where.items()))
            known[texts] = next(fits, "")
        out.append(known[texts])
    return out
