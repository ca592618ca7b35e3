"""What a comparison gives: figures of every option, paired differences, and what makes them up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from usephase.results.provenance import apart
from usephase.results.run import records

SCHEMA = "usephase.compare/1"
CONTRIBUTION_COLUMNS = ("table", "row", "column", "mean", "mcse", "sampling_error", "p2_5", "p97_5")
PART_COLUMNS = ("by", "group", "mean", "p2_5", "p97_5", "probability_lower")


BINS = 48
_CUT = 0.002
"""Share of the draws at either end that the outermost bins take up."""


class Columns(NamedTuple):
    """Count the draws of a difference: `edges` is one longer than the shares, which sum to 1."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


def columns(apart: np.ndarray) -> Columns:
    """Count the draws of a difference; what lies far out is counted in the outermost bins."""
    edges, (shares,) = counted(apart[None])
    return Columns(edges, shares)


def counted(rows: np.ndarray) -> tuple[tuple[float, ...], list[tuple[float, ...]]]:
    """Count rows of draws in common bins; shape (row, draw)."""
    ends = np.quantile(rows, (_CUT, 1 - _CUT), axis=1)
    low, high = float(ends[0].min()), float(ends[1].max())
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        centre = (low + high) / 2
        half = 0.05 * abs(centre) or 1.0
        low, high = centre - half, centre + half
    edges = np.linspace(low, high, BINS + 1)
    shares = [np.histogram(np.clip(x, low, high), edges)[0] / len(x) for x in rows]
    return tuple(map(float, edges)), [tuple(map(float, x)) for x in shares]


@dataclass(frozen=True, eq=False)
class Difference:
    """Hold one paired difference, option − against.

    Attributes
    ----------
    option, against : str
    product : str or None
        None: everything that the options touch, taken together.
    per : {"unit", "service", "year", "portfolio"}
    unit : str
    draws : ndarray (draw,)
        Of the difference.
    option_draws, against_draws : ndarray (draw,)
        Of both sides.
    numbers : mapping of str to float
        Mean, spread, percentiles, probabilities, regret, each with its Monte Carlo error.
    contributions : DataFrame
        `CONTRIBUTION_COLUMNS`; the means sum to the difference's. `sampling_error` is 0 where every subset of the
        changes was evaluated.
    parts : DataFrame
        `PART_COLUMNS`: by ledger, component, mode, segment, region and calendar year; the means of each grouping sum
        to the difference.
    by_scenario : tuple of mapping
        Under each grid scenario, of all draws: ``scenario``, ``weight``, ``mean``, ``p2_5``, ``p50``, ``p97_5``,
        ``probability_lower`` and ``relative_mean``.
    """

    option: str
    against: str
    product: str | None
    per: str
    unit: str
    draws: np.ndarray
    option_draws: np.ndarray
    against_draws: np.ndarray
    numbers: Mapping[str, float]
    contributions: pd.DataFrame
    parts: pd.DataFrame
    by_scenario: tuple[Mapping[str, Any], ...] = ()

    def to_document(self) -> dict[str, Any]:
        """Give the row of ``usephase compare --json``."""
        return {
            "option": self.option, "against": self.against, "product": self.product, "per": self.per,
            "unit": self.unit, **{name: _plain(float(x)) for name, x in self.numbers.items()},
            "contributions": records(self.contributions), "parts": records(self.parts),
            "by_scenario": [dict(row) for row in self.by_scenario],
            "histogram": columns(self.draws)._asdict(),
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Comparison:
    """Hold a comparison of design options.

    Attributes
    ----------
    meta : mapping
        Settings and provenance; JSON-able.
    options : tuple of str
        The first is what the others are compared with.
    figures : DataFrame
        The figures of `usephase.results.run` with a first column ``option``. [t CO2e]
    differences : tuple of Difference
    ranking : DataFrame
        Every option: its mean, probability of being the best, expected regret, cost.
    decision : mapping
        Expected value of perfect information, in all and by cell.
    further : mapping
        Break-evens, maps and budgets that were asked for.
    notes : tuple of str
    """

    meta: Mapping[str, Any]
    options: tuple[str, ...]
    figures: pd.DataFrame
    differences: tuple[Difference, ...]
    ranking: pd.DataFrame
    decision: Mapping[str, Any]
    further: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def difference(self, option: str, per: str = "portfolio", product: str | None = None) -> Difference:
        """Find a difference; KeyError if there is none."""
        for found in self.differences:
            if (found.option, found.per, found.product) == (option, per, product):
                return found
        raise KeyError((option, per, product))

    def to_document(self) -> dict[str, Any]:
        """Give the answer of ``usephase compare --json``."""
        return {
            "schema": SCHEMA,
            **apart(self.meta),
            "options": list(self.options),
            "per": ["unit", "service", "year", "portfolio"],
            "figures": records(self.figures),
            "differences": [found.to_document() for found in self.differences],
            "ranking": records(self.ranking),
            "decision": _plain(self.decision),
            **{name: _plain(value) for name, value in self.further.items()},
            "notes": list(self.notes),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return records(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "to_document"):
        return value.to_document()
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
