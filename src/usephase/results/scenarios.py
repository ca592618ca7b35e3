"""Grid scenarios of a run: their weights, and how much of a figure's spread comes from which of them comes true."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd


class Figures(Protocol):
    """Hold what is asked of a run here."""

    @property
    def meta(self) -> Mapping[str, Any]:
        """What is known of the run."""

    def select(self, ledger: str, by: str) -> pd.DataFrame:
        """Give the rows of a ledger by a grouping."""


def shares(given: Mapping[str, float]) -> dict[str, float]:
    """Give the weights of grid scenarios as shares of 1; those without weight are left out."""
    whole = sum(given.values())
    return {name: float(weight) / whole for name, weight in given.items() if weight > 0}


def weights(run: Figures) -> dict[str, float]:
    """Give the weight of each grid scenario; they sum to 1."""
    return shares(run.meta.get("scenarios", {}))


def scenario_share(run: Figures, ledger: str = "total") -> float | None:
    """Give the share of a headline figure's variance that comes from which grid scenario comes true.

    Parameters
    ----------
    run : Run, or what answers as one
    ledger : str
        ``total``, ``category_11`` (phase ``direct``) or ``category_12``.

    Returns
    -------
    float or None
        From 0 to 1; the rest comes from all other inputs. None where there is one scenario, no spread, or no figure
        by scenario, as in runs of earlier versions.

    Notes
    -----
    Law of total variance, with weights w: Σ w (m − Σ w m)² ÷ (Σ w (m − Σ w m)² + Σ w sd²), where m and sd are the mean
    and the standard deviation under each scenario.
    """
    rows = run.select(ledger, "scenario").set_index("group")
    known = weights(run)
    if len(known) < 2 or set(known) != set(rows.index):
        return None
    rows = rows.loc[list(known)]
    w, mean, sd = np.array(list(known.values())), rows["mean"].to_numpy(), rows["sd"].to_numpy()
    between, within = float(w @ (mean - w @ mean) ** 2), float(w @ sd**2)
    return between / (between + within) if between + within > 0 else None
