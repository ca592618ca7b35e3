"""A simplified formula of one product: the cells that carry most of its variance, the rest at their means."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.table import Catalog
from usephase.engine.plan.values import Values
from usephase.errors import Problem, StudyError
from usephase.insight.sensitivity.draws.samples import evaluate
from usephase.insight.sensitivity.exact.formula import Term, fit
from usephase.insight.sensitivity.factors import Factor
from usephase.insight.sensitivity.rank import rank, subject_of
from usephase.insight.sensitivity.subject import Subject
from usephase.results.run import UNIT, Run, records
from usephase.sampling.draws import own_uniforms, uniforms_given, values_at

SCHEMA = "usephase.simplify/1"
KEPT = 0.95
Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Simplified:
    """A product's figure with a few cells left.

    Attributes
    ----------
    figure : str
    part : float
        The share of the total-order indices that was to be kept.
    kept : DataFrame
        table, row, column, st and share of the rows kept; the others are fixed at the mean of their draws.
    fixed : int
        Number of rows with an effect that are fixed.
    lost_variance : float
        Share of the variance that the simplified figure does not explain: E[(f − f_simple)²] / V with a mean
        difference taken out.
    mean_shift : float
        Mean of the simplified figure less that of the full one, relative; nan where that is 0.
    interval, simplified_interval : (float, float)
        95 % interval with all cells and with the kept ones. [t CO2e]
    terms : list of Term
        The figure behaves as their product, from a fit of logarithms; none where the figure is not positive.
    fit : float
        R² of that fit.
    constant : float
        What stands before the powers. [t CO2e]
    """

    figure: str
    part: float
    kept: pd.DataFrame
    fixed: int
    lost_variance: float
    mean_shift: float
    interval: Interval
    simplified_interval: Interval
    terms: list[Term]
    fit: float
    constant: float

    @property
    def formula(self) -> str:
        """Write the fit: ``f ≈ 0.0123 · [modes … rate]^1.00 · …``, f in t CO2e, cells in canonical units."""
        if not np.isfinite(self.fit):
            return ""
        return " · ".join([f"f ≈ {self.constant:.4g}", *map(str, self.terms)])

    def to_document(self) -> dict[str, Any]:
        """Give the answer of ``usephase rank --simplify PRODUCT --json``."""
        terms = [
            {
                **dict(zip(("table", "row", "column"), term.cell, strict=True)), "form": term.form,
                "exponent": term.values[0] if term.form == "power" else None,
                "values": list(term.values), "options": list(term.options),
            }
            for term in self.terms
        ]  # fmt: skip
        return {
            "schema": SCHEMA, "figure": self.figure, "unit": UNIT, "part": self.part, "kept": records(self.kept),
            "fixed": self.fixed, "lost_variance": self.lost_variance, "mean_shift": or_none(self.mean_shift),
            "interval": list(self.interval), "simplified_interval": list(self.simplified_interval),
            "formula": self.formula or None, "constant": or_none(self.constant), "exponents": terms,
            "fit": or_none(self.fit),
        }  # fmt: skip


def or_none(x: float) -> float | None:
    """Give what JSON knows: nan is null."""
    return x if np.isfinite(x) else None


def simplify(
    study: Run | Catalog,
    product: str,
    *,
    ledger: str = "total",
    part: float = KEPT,
    draws: int | None = None,
    seed: int | None = None,
    workers: int = 1,
) -> Simplified:
    """Keep the cells that carry a part of a product's total-order variance, fix the rest, and tell what is lost.

    Parameters
    ----------
    study : Run or Catalog
    product : str
    ledger : str
    part : float
        Of the sum of the total-order indices, above 0, at most 1.
    draws, seed, workers
        As in `usephase.insight.sensitivity.rank`.

    Raises
    ------
    StudyError
        If there is no such product or ledger, or its figure has no variance to keep.
    """
    figure = f"{ledger}:product={product}"
    rows = rank(study, figure, draws=draws, seed=seed, workers=workers).rows
    shares = rows["share_of_variance"].to_numpy(dtype=float)
    if not np.isfinite(shares).all() or not shares.size:
        fix = "choose a product and ledger with uncertain cells"
        raise StudyError([Problem(where=figure, what="is the same in all draws: nothing to simplify", fix=fix)])
    count = int(np.searchsorted(shares.cumsum(), part - 1e-12) + 1)
    kept = rows.head(count)
    subject = subject_of(study, figure, draws, seed)
    of = {(f.table, f.row, f.column): f for f in subject.factors}
    chosen = [of[key] for key in zip(kept["table"], kept["row"], kept["column"], strict=True)]
    full, simple, x = _evaluate(subject, chosen)
    variance, error = float(full.var()), full - simple
    plan, cells = subject.plan, _cells(chosen)
    options = [plan.scenarios if cell == plan.scenario.cell else () for cell in cells]
    terms, explained, constant = fit([plan.cells.name[cell] for cell in cells], x, simple, options)
    return Simplified(
        figure=figure, part=part,
        kept=kept[["table", "row", "column", "st", "share_of_variance"]].reset_index(drop=True),
        fixed=int((rows["st"] > 0).sum()) - count, lost_variance=float(error.var()) / variance,
        mean_shift=float(-error.mean() / full.mean()) if full.mean() else float("nan"), interval=_interval(full),
        simplified_interval=_interval(simple),
        terms=terms, fit=explained, constant=constant,
    )  # fmt: skip


def _interval(y: np.ndarray) -> Interval:
    low, high = np.quantile(y, [0.025, 0.975])
    return float(low), float(high)


def _cells(chosen: list[Factor]) -> list[int]:
    return [cell for factor in chosen for cell in sorted(factor.cells)]


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
        shared = self.cells.unknowns(cell) & self.kept
        u = uniforms_given(self.cells, cell, {each: self._uniforms(each) for each in shared})
        return np.full(self.size, x.mean()) if u is None else values_at(self.cells, cell, u)

    def _uniforms(self, cell: int) -> np.ndarray:
        assert self.design is not None
        return own_uniforms(self.cells, self.design, cell, self.start, self.stop)


def _evaluate(subject: Subject, chosen: list[Factor]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values = Values(subject.plan.cells, subject.make_design(), 0, subject.draws)
    means = _Means(values, frozenset().union(*(f.cells for f in chosen)))
    x = np.array([values.cell(cell) for cell in _cells(chosen)])
    return evaluate(subject, values), evaluate(subject, means), x
