"""Lines of an inventory: required, optional or separate, where the standard says so, and how much they hold."""

from typing import Any

import pandas as pd

from usephase.results.run import Run

COLUMNS = ("line", "requirement", "mean", "p2_5", "p97_5", "source", "evidence")
UNLISTED = "sales not listed, extrapolated"
_REQUIREMENT = {
    ("category_11", "direct"): ("required", "STD table 5.4, 5.8", "V"),
    ("category_11", "indirect"): ("optional", "STD table 5.4, 5.8; should if expected to be significant", "V"),
    ("category_11", "maintenance"): ("optional", "TG chapter 11", "V"),
    ("category_12", ""): ("required", "STD table 5.4", "V"),
    ("total", "direct"): ("required", "STD table 5.4", "V"),
    ("biogenic_co2", ""): ("separate", "STD 6.5, 11.1", "V"),
    ("avoided", ""): ("never included", "STD 9.5, box 9.4", "V"),
}


def requirement(ledger: str, phase: str | None) -> tuple[str, str, str]:
    """Tell whether a line is required, optional or separate; with the rule's place and how it is known."""
    return _REQUIREMENT[ledger, phase or ("direct" if ledger in ("category_11", "total") else "")]


def requirements(listed: pd.DataFrame) -> pd.DataFrame:
    """Add up the lines of both categories by what is asked of them.

    Parameters
    ----------
    listed : DataFrame
        Of `lines`.

    Returns
    -------
    DataFrame
        ``requirement`` (``required``, ``optional``, and ``required, not listed``: an estimate of sales that the catalog
        does not list), ``mean`` [t CO2e] and ``share`` of the three together.
    """
    counted = listed[listed["line"].str.startswith("category_")]
    outside = counted["line"].str.contains(UNLISTED, regex=False)
    kind = counted["requirement"].where(~outside, counted["requirement"] + ", not listed")
    means = counted["mean"].groupby(kind.to_numpy(), sort=False).sum()
    whole = float(means.sum())
    rows = [
        {"requirement": str(name), "mean": float(mean), "share": float(mean) / whole if whole else 0.0}
        for name, mean in means.items()
    ]
    return pd.DataFrame(rows, columns=["requirement", "mean", "share"])


def lines(run: Run) -> pd.DataFrame:
    """Give a row a reported line, with what the standard says of it."""
    rows: list[dict[str, Any]] = []
    for ledger, phase in _REQUIREMENT:
        found = run.select(ledger, phase=phase or None)
        for _, row in found.iterrows():
            rows.append(_line(row, ledger, phase))
    for ledger in ("category_11", "category_12"):
        found = run.select(ledger, "coverage")
        for _, row in found[found["group"] == "extrapolated"].iterrows():
            rows.append({**_line(row, ledger, row["phase"]), "line": f"{ledger}: {UNLISTED}"})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _line(row: pd.Series, ledger: str, phase: str | None) -> dict[str, Any]:
    flag, source, evidence = requirement(ledger, phase)
    name = f"{ledger}: {phase}" if phase and ledger == "category_11" else ledger
    numbers = {key: float(row[key]) for key in ("mean", "p2_5", "p97_5")}
    return {"line": name, "requirement": flag, **numbers, "source": source, "evidence": evidence}
