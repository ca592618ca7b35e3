"""Sweep one cell over values: what a catalog emits with each of them, on the same draws."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from usephase.catalog.edit.apply import apply
from usephase.catalog.edit.records import Edit
from usephase.catalog.table import Catalog
from usephase.engine.run.estimate import estimate
from usephase.insight.comparison.ties import gap
from usephase.insight.decision.cell_names import parts

LEDGERS = ("total", "category_11", "category_12")


def sweep(
    catalog: Catalog, cell: str, values: Iterable[object], *, draws: int | None = None, seed: int | None = None,
    workers: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Compute a catalog with each of some values in a cell.

    Parameters
    ----------
    catalog : Catalog
    cell : str
        ``TABLE:ROW:COLUMN``, the row as in options: ``lifetimes:lifetime=tool_home:mean``.
    values : iterable
        Numbers or texts, distributions and steps such as ``*0.9`` included.
    draws, seed : int, optional
        Instead of the catalog's settings.
    workers : int
        Threads; changes no figure.

    Returns
    -------
    DataFrame
        A row a value and ledger: ``mean``, ``p2_5``, ``p50``, ``p97_5`` [t CO2e]; of the difference from the catalog as
        it is, draw by draw, ``difference``, ``difference_p2_5``, ``difference_p97_5``, and in which share of the draws
        the value is lower: ``probability_lower``.

    Raises
    ------
    CatalogError
        For a cell that there is not, or a value that it does not take.
    """
    address = parts(cell)

    def total(made: Catalog, ledger: str, known: dict[str, np.ndarray]) -> np.ndarray:
        if not known:
            run = estimate(made, draws=draws, seed=seed, store_draws=False, workers=workers)
            known |= {name: run.draws(name).to_numpy()[0] for name in LEDGERS}
        return known[ledger]

    base: dict[str, np.ndarray] = {}
    rows = []
    for value in values:
        made, mine = apply(catalog, [Edit(*address, str(value))]), dict[str, np.ndarray]()
        for ledger in LEDGERS:
            level, start = total(made, ledger, mine), total(catalog, ledger, base)
            change = gap(level, start)
            low, middle, high = np.quantile(level, (0.025, 0.5, 0.975))
            least, most = np.quantile(change, (0.025, 0.975))
            rows.append({
                "value": value, "ledger": ledger, "mean": level.mean(), "p2_5": low, "p50": middle, "p97_5": high,
                "difference": change.mean(), "difference_p2_5": least, "difference_p97_5": most,
                "probability_lower": float(np.mean(change < 0)),
            })  # fmt: skip
    return pd.DataFrame(rows)
