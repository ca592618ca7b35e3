"""What decides a comparison: which cells move the difference, and which of them could change the choice.

Both are read from the draws that the comparison made anyway: draws are put into bins of a cell's values, and the means
of the bins are compared.

References
----------
F. Pianosi and T. Wagener, "A simple and efficient method for global sensitivity analysis based on cumulative
distribution functions", Environ. Model. Softw. 67 (2015): given-data estimates.
M. Strong, J. E. Oakley and A. Brennan, "Estimating multiparameter partial expected value of perfect information from a
probabilistic sensitivity analysis sample", Med. Decis. Making 34 (2014).
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from usephase.catalog.options.records import Address
from usephase.engine.plan.cells import Ref
from usephase.insight.comparison.draws import ALL
from usephase.insight.comparison.switching import Draws
from usephase.insight.comparison.ties import gap
from usephase.sampling.draws import Cells

if TYPE_CHECKING:
    from usephase.insight.comparison.paired import Paired

COLUMNS = ("table", "row", "column", "s1", "s1_error", "evppi")
TOP = 15
_BINS = 32
_LEAST = 16
"""Draws a bin at least."""


def deciding_cells(paired: "Paired", option: str, per: str = "portfolio", top: int = TOP) -> pd.DataFrame:
    """Rank uncertain cells by what they explain of a difference and by what knowing them would be worth.

    Parameters
    ----------
    paired : Paired
    option : str
        Held against what all options are compared with.
    per : {"unit", "service", "year", "portfolio"}
    top : int
        Rows to give.

    Returns
    -------
    DataFrame
        ``s1``: the share of the variance of the difference that the cell explains alone; ``s1_error``: what chance
        alone makes of it, and half the gap between the estimates from the even and the odd draws; ``evppi``: how much
        less would be emitted, on average, if the option were chosen knowing the cell, in the unit of `per`.

    Notes
    -----
    The share is the analysis of variance's unbiased estimate over bins of equally many draws. The choice of each bin is
    made on one half of its draws and valued on the other half, so that chance alone is worth nothing.
    """
    against = paired.chosen[0].name
    sides = np.stack([paired.quantity(name, ALL).per(per) for name in (against, option)])
    apart = gap(sides[1], sides[0])
    if np.isnan(apart).any() or apart.min() == apart.max():
        return pd.DataFrame(columns=list(COLUMNS))
    rows = []
    for address, x in _cells(paired, option).items():
        rows.append((*address, *explained_by(apart, x), _worth(sides, bins_of(x))))
    rows.sort(key=lambda row: -row[3])
    return pd.DataFrame(rows[:top], columns=list(COLUMNS))


def _cells(paired: "Paired", option: str) -> dict[Address, np.ndarray]:
    """Give the draws of every uncertain cell of both sides."""
    out: dict[Address, np.ndarray] = {}
    for name in (paired.chosen[0].name, option):
        model = paired.models[name]
        if not model.scope:
            continue
        plan, number = model.plan(model.structure(range(len(model.parts))), calendar=True)
        draws = Draws(plan.cells, paired.study.make(), 0, paired.study.draws, number)
        edits = {e.address: e for part in model.parts for e in part.edits if e.operation == "set"}
        used = used_cells(plan)
        for address, cell in number.items():
            if cell not in used:
                continue
            if address in edits:
                out[address] = draws.changed(address, [edits[address]])
            else:
                out.setdefault(address, draws.base(cell))
        for row in (row for part in model.parts for row in part.rows):
            for edit in row.edits:
                if edit.uncertain_step and number.get(edit.address, -1) in used:
                    out["options", row.key, "value"] = draws.step(edit)
    return {address: x for address, x in out.items() if x.min() < x.max()}


def used_cells(part: object) -> set[int]:
    """Find the cells that a plan, or a part of one, refers to."""
    if isinstance(part, Ref):
        return {part.cell} if part.cell >= 0 else set()
    if isinstance(part, Cells):
        return set()
    if is_dataclass(part):
        return set().union(*(used_cells(getattr(part, field.name)) for field in fields(part)))
    if isinstance(part, Mapping):
        return set().union(*(used_cells(each) for each in part.values()))
    if isinstance(part, tuple | list):
        return set().union(*(used_cells(each) for each in part))
    return set()


def bins_of(x: np.ndarray) -> np.ndarray:
    """Put draws into bins of equally many; values that are the same stay together where they are few."""
    values, code = np.unique(x, return_inverse=True)
    if len(values) <= _BINS:
        return np.asarray(code)
    count = max(2, min(_BINS, len(x) // _LEAST))
    rank = np.empty(len(x), dtype=np.int64)
    rank[np.argsort(x, kind="stable")] = np.arange(len(x))
    return rank * count // len(x)


def explained_by(y: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """Estimate the share of the variance of `y` that `x` explains alone, and its standard error.

    The error is what chance alone makes, and half the gap between the estimates from the even and the odd draws.
    """
    bins = bins_of(x)
    halves = [_between(y[i::2], bins_of(x[i::2])) for i in (0, 1)]
    groups = int(bins.max()) + 1
    chance = np.sqrt(2 * (groups - 1)) / max(len(y) - groups, 1)
    return _between(y, bins), float(np.hypot(chance, (halves[0] - halves[1]) / 2))


def _between(y: np.ndarray, bins: np.ndarray) -> float:
    """Estimate the share of variance between bins, without the bias of chance; what that puts below 0 reads 0."""
    count = np.bincount(bins)
    used = count > 0
    means = np.bincount(bins, y)[used] / count[used]
    groups, n = int(used.sum()), len(y)
    total = float(((y - y.mean()) ** 2).sum())
    between = float((count[used] * (means - y.mean()) ** 2).sum())
    if groups < 2 or n <= groups or total == 0:
        return 0.0
    within = (total - between) / (n - groups)
    return max(float((between - (groups - 1) * within) / (total + within)), 0.0)


def _worth(sides: np.ndarray, bins: np.ndarray) -> float:
    """Estimate how much less is emitted if the choice may depend on the bin."""
    first = int(np.argmin(sides.mean(axis=1)))
    order = np.lexsort((np.arange(len(bins)), bins))
    half = np.empty(len(bins), dtype=np.int64)
    half[order] = np.arange(len(bins)) % 2
    gain = 0.0
    for mine in (0, 1):
        learn, value = half == mine, half != mine
        groups = int(bins.max()) + 1
        means = np.stack([np.bincount(bins[learn], side[learn], groups) for side in sides])
        seen = np.bincount(bins[learn], minlength=groups) > 0
        choice = np.where(seen, means.argmin(axis=0), first)
        picked = sides[choice[bins[value]], np.flatnonzero(value)]
        gain += float((sides[first, value] - picked).mean()) / 2
    return max(gain, 0.0)
