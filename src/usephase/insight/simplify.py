"""A simplified formula of one product: the cells that carry most of its variance, the rest at their means."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from usephase.catalog.table import Catalog
from usephase.engine.values import Values
from usephase.insight.factors import Factor
from usephase.insight.samples import evaluate, touching
from usephase.insight.sensitivity import rank, subject_of
from usephase.insight.subject import Subject

KEPT = 0.95


@dataclass(frozen=True, eq=False)
class Simplified:
    """A product's figure with a few cells left.

    Attributes
    ----------
    kept : DataFrame
        table, row, column, st and share of the cells kept; the others are fixed at the mean of their draws.
    fixed : int
        Number of cells with an effect that are fixed.
    lost_variance : float
        Share of the variance that the simplified figure does not explain: E[(f − f_simple)²] / V with a mean
        difference taken out.
    mean_shift : float
        Mean of the simplified figure less that of the full one, relative.
    exponents : Series
        The figure behaves as the product of the kept cells to these powers, from a fit of logarithms; nan where a cell
        or the figure is not positive.
    fit : float
        R² of that fit.
    """

    figure: str
    kept: pd.DataFrame
    fixed: int
    lost_variance: float
    mean_shift: float
    exponents: pd.Series
    fit: float
    constant: float

    @property
    def formula(self) -> str:
        """Write the fit: ``f ≈ 0.0123 · rate^1.00 · mean^0.97``, f in t CO2e, cells in canonical units."""
        if not np.isfinite(self.fit):
            return ""
        names = (
            f"[{table} {row} {column}]^{power:.2f}"
            for (table, row, column), power in zip(
                self.kept[["table", "row", "column"]].itertuples(index=False), self.exponents, strict=True
            )
        )
        return " · ".join([f"f ≈ {self.constant:.4g}", *names])


def simplify(
    catalog: Catalog, product: str, *, ledger: str = "total", part: float = KEPT, draws: int = 2048
) -> Simplified:
    """Keep the cells that carry a part of a product's total-order variance, fix the rest, and tell what is lost."""
    figure = f"{ledger}:product={product}"
    rows = rank(catalog, figure, draws=draws).rows
    count = int(np.searchsorted(rows["share_of_variance"].cumsum(), part - 1e-12) + 1)
    kept = rows.head(count)
    subject = replace(subject_of(catalog, figure, draws), draws=draws)
    of = {(f.table, f.row, f.column): f for f in subject.factors}
    chosen = [of[key] for key in zip(kept["table"], kept["row"], kept["column"], strict=True)]
    full, simple, x = _evaluate(subject, chosen)
    variance = float(full.var())
    error = full - simple
    exponents, fit, constant = _powers(x, simple)
    return Simplified(
        figure=figure, kept=kept[["table", "row", "column", "st", "share_of_variance"]].reset_index(drop=True),
        fixed=int((rows["st"] > 0).sum()) - count, lost_variance=float(error.var()) / variance if variance else 0.0,
        mean_shift=float(-error.mean() / full.mean()), exponents=pd.Series(exponents), fit=fit, constant=constant,
    )  # fmt: skip


class _Means(Values):
    """Draws of some cells, and the mean of the draws of the others."""

    def __init__(self, like: Values, kept: frozenset[int]) -> None:
        super().__init__(like.cells, like.design, like.start, like.stop)
        self.kept = kept

    def cell(self, cell: int) -> np.ndarray:
        """Give one cell. Shape (draw,)."""
        x = super().cell(cell)
        if cell in self.kept or cell == len(self.cells) - 1:
            return x
        return np.full(self.size, x.mean())


def _evaluate(subject: Subject, chosen: list[Factor]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    jobs, _ = touching(subject)
    values = Values(subject.plan.cells, subject.make_design(), 0, subject.draws)
    means = _Means(values, frozenset().union(*(f.cells for f in chosen)))
    x = np.array([values.cell(min(f.cells)) for f in chosen])
    return evaluate(subject, jobs, values), evaluate(subject, jobs, means), x


def _powers(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float, float]:
    if (y <= 0).any() or (x <= 0).any():
        return np.full(len(x), np.nan), float("nan"), float("nan")
    logs = np.column_stack([np.ones(y.size), np.log(x).T])
    target = np.log(y)
    slopes = np.linalg.lstsq(logs, target, rcond=None)[0]
    left = target - logs @ slopes
    spread = float(target.var())
    return slopes[1:], 1 - float(left.var()) / spread if spread else 1.0, float(np.exp(slopes[0]))
