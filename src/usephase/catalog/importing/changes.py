"""What a new table changes against the catalog of the year before: new products, vanished ones, jumps of units."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.importing.understand import Understood
from usephase.catalog.read.load import load
from usephase.catalog.rules.plausible.bands import anything
from usephase.catalog.values import cells
from usephase.errors import CatalogError


def compare_with(found: Understood, folder: Path) -> dict[str, Any]:
    """Compare a table with a catalog.

    Parameters
    ----------
    found : Understood
        What the table says.
    folder : Path
        The catalog.

    Returns
    -------
    dict
        ``year``, ``year_before`` (the latest one of the catalog that is earlier; else its latest), ``new`` and
        ``vanished`` products and places, and ``jumps``: products whose units changed by more than the band
        ``units_step`` of the reference, with the factor.

    Raises
    ------
    CatalogError
        If there is no catalog that can be read.
    """
    catalog, problems = load(folder)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise CatalogError(errors)
    table = catalog.tables["sales"]
    before = table.frame[["product", "region", "year"]].assign(units=cells.best_estimates(table.values["units"]))
    earlier = before["year"][before["year"] < found.reporting_year]
    year = int(earlier.max() if len(earlier) else before["year"].max())
    old = before[before["year"] == year]
    sales = found.tables["sales"]
    new = sales[sales["year"] == str(found.reporting_year)].assign(units=lambda rows: rows["units"].astype(float))
    out: dict[str, Any] = {"year": found.reporting_year, "year_before": year}
    for column, name in (("product", "products"), ("region", "places")):
        now, then = set(new[column]), set(old[column])
        out[f"new_{name}"], out[f"vanished_{name}"] = sorted(now - then), sorted(then - now)
    one, two = old.groupby("product")["units"].sum(), new.groupby("product")["units"].sum()
    both = pd.DataFrame({"before": one, "now": two}).dropna()
    with np.errstate(divide="ignore"):
        both["factor"] = both["now"] / both["before"]
    most = anything("units_step").high
    far = both[(both["factor"] > most) | (both["factor"] < 1 / most)]
    out["jumps"] = [
        {"product": str(name), "before": row["before"], "now": row["now"], "factor": row["factor"]}
        for name, row in far.iterrows()
    ]
    return out
