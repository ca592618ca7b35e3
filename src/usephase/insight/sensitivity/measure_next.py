"""What to measure next: how much narrower the interval would be if a cell, or all cells of a source, were known.

Two samples A and B, each with a factor from the other, are all that is needed. In each draw the figure is a line in a
cell of which it is affine; the line goes through the two values that the draw has seen. Along these lines every draw
is moved to one value of the cell, and the percentiles of the moved draws are the interval that would be left if the
cell had that value. Its mean over the cell's distribution is the interval to be expected.

Cells that are known together (a source's, a group of correlated ones) leave no line. Draw f(A), and f(B) with their
values from A: two draws that agree in them and in nothing else. The mean distance of such a pair against that of two
independent draws says how much of the spread is left (Gini's mean difference).
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from usephase.engine.adjoint.rows import SecondSample
from usephase.engine.plan.cells import SCENARIO
from usephase.engine.plan.values import Values
from usephase.insight.sensitivity.factors import Factor, Group, known_of
from usephase.insight.sensitivity.subject import Subject
from usephase.insight.sensitivity.sweep import Sweep
from usephase.sampling.design import REPLICATES
from usephase.sampling.distributions import RECORDS
from usephase.sampling.draws import quadrature, values_at

COLUMNS = (
    "what", "table", "row", "column", "shrinkage", "shrinkage_low", "shrinkage_high", "data", "data_count",
    "shrinkage_data", "source", "data_type", "verification", "weak",
)  # fmt: skip


class Data(NamedTuple):
    """Data that one could get: what is counted, how many, and the relative error of the mean that they would leave."""

    kind: str
    number: int
    error: float


_A_LIFE = Data("failures", 20, math.sqrt(1.109 / 20) / 2)
"""Weibull of shape 2: the logarithm of its scale has the variance 1.109/(shape² · failures) (Cramér-Rao)."""
_A_TEST = Data("measured", 10, math.hypot(0.05 / math.sqrt(10), 0.01))
"""Specimens that differ by 5 %, an instrument good to 1 %."""
DATA: Mapping[tuple[str, str], Data] = {
    **{("lifetimes", name): _A_LIFE for name in ("mean", "t50", "t90", "scale", "median")},
    ("use_profiles", "amount"): Data("tools", 50, 0.6 / math.sqrt(50)),
    **{("modes", name): _A_TEST for name in ("rate", "load", "efficiency")},
    ("materials", "mass"): Data("weighed", 3, 0.01),
    ("segments", "share"): Data("asked", 200, math.sqrt(4 / 200)),
    ("sales", "units"): Data("ledger", 1, 0.0),
}
"""What would be collected, by table and column: half a year's hours of tools differ by 60 % between users; a share of
one user in five is asked for. Of the reference's grids, fuels and waste nobody who sells products can get any data."""
TOP, WEAK = 20, 10
"""Cells and sources that are looked at, the first by S1; and cells of weak origin beyond those."""
ENDS = (0.025, 0.975)


def worth_knowing(
    factors: Sequence[Factor], groups: Sequence[Group], s1: np.ndarray, st: np.ndarray, group_s1: np.ndarray
) -> tuple[list[Factor], list[Group]]:
    """Give the cells and sources that are looked at.

    Parameters
    ----------
    s1, st : ndarray (factor,)
        Indices, or anything in proportion to them.
    group_s1 : ndarray (group,)
    """
    order = [factors[i] for i in np.argsort(-s1, kind="stable") if st[i] > 0]
    cells = list(dict.fromkeys([*order[:TOP], *[f for f in order if f.weak][:WEAK]]))
    return cells, [groups[i] for i in np.argsort(-group_s1, kind="stable") if groups[i].by == "source"][:TOP]


def measure_next(subject: Subject, done: Sweep, cells: Sequence[Factor], sources: Sequence[Group]) -> pd.DataFrame:
    """Tell what knowing a cell, or all cells of a source, would take off the 95 % interval.

    Parameters
    ----------
    subject : Subject
    done : Sweep
        Changes by each of the cells and then of the sources, kept.
    cells : sequence of Factor
    sources : sequence of Group

    Returns
    -------
    DataFrame, columns `COLUMNS`; ``what`` is ``cell``, ``scenario`` or ``source``; ``shrinkage`` is a share of the
    interval's width, its interval from the design's replicates; ``weak`` marks guesses that nobody has verified:
    cells, and sources of nothing else. ``data`` and ``data_count`` name data that could be got of a cell (kinds of
    `DATA`), ``shrinkage_data`` what they are expected to take off. The most useful first, cells before sources.
    """
    known: list[Factor | None] = [*cells, *(None for _ in sources)]
    found = np.array([narrowing(subject, done, k, f) for k, f in enumerate(known)]).reshape(-1, 3)
    empty = [""] * len(sources)
    frame = pd.DataFrame(
        {
            "what": ["cell"] * len(cells) + ["source"] * len(sources),
            "table": [f.table for f in cells] + empty, "row": [f.row for f in cells] + empty,
            "column": [f.column for f in cells] + empty,
            "shrinkage": found[:, 0], "shrinkage_low": found[:, 1], "shrinkage_high": found[:, 2],
            **{name: texts + empty for name, texts in known_of(cells).items()},
            "weak": [f.weak for f in cells] + [all(subject.factors[i].weak for i in g.members) for g in sources],
        }
    )  # fmt: skip
    frame.loc[len(cells) :, "source"] = [g.name for g in sources]
    got = [DATA.get((f.table, f.column)) if f is not None and len(f.cells) == 1 else None for f in known]
    frame["data"] = [one.kind if one else "" for one in got]
    frame["data_count"] = [one.number if one else 0 for one in got]
    frame["shrinkage_data"] = [
        min(narrowing(subject, done, k, f, one.error)[0], found[k, 0]) if one else math.nan
        for k, (f, one) in enumerate(zip(known, got, strict=True))
    ]
    # Nobody can measure which scenario comes true: it stands apart.
    frame.loc[[(f.table, f.row, f.column) == SCENARIO if f else False for f in known], "what"] = "scenario"
    keys = ["what", "shrinkage", "table", "row", "column", "source"]
    ascending = [True, False, True, True, True, True]
    return frame.sort_values(keys, ascending=ascending, ignore_index=True, kind="stable")[list(COLUMNS)]


def narrowing(
    subject: Subject, done: Sweep, k: int, factor: Factor | None, error: float = 0.0
) -> tuple[float, float, float]:
    """Give the share of the interval's width that knowing a factor takes off, and a 95 % interval of it.

    With an `error`, what is got to know of a single cell is its value with that relative error: of its variance v the
    share v/(v + error²) goes (the posterior of a normal belief and a normal datum).
    """
    f_a, f_b, there, back = done.f_a, done.f_b, done.there[k], done.back[k]
    single = factor is not None and len(factor.cells) == 1
    cell = next(iter(factor.cells)) if factor is not None else -1
    if single and not RECORDS[int(subject.plan.cells.kind[cell])].atoms:
        design = subject.make_design()
        x_a, x_b = (Values(subject.plan.cells, d, 0, subject.draws).cell(cell) for d in (design, SecondSample(design)))
        nodes, weights = quadrature(subject.plan.cells, cell)
        at = values_at(subject.plan.cells, cell, nodes)
        # A draw of B is on a line as well: both samples together are twice as many.
        f, change = np.stack([f_a, f_b]), np.stack([there, back])
        x, other = np.stack([x_a, x_b]), np.stack([x_b, x_a])

        def estimate(mine: np.ndarray) -> float:
            both = [part[:, mine].ravel() for part in (f, change, x, other)]
            mean = float(np.abs(both[2].mean()))
            spread = float(both[2].var()) / mean**2 if mean else 0.0
            gain = spread / (spread + error**2) if spread else 0.0
            return 1 - width_left(both[0], both[1], both[2], both[3], at, weights, gain)
    else:

        def estimate(mine: np.ndarray) -> float:
            return 1 - distance_left(f_a[mine], f_b[mine], there[mine], back[mine])

    draws = np.arange(f_a.size)
    whole = estimate(draws)
    parts = [estimate(draws[draws % REPLICATES == r]) for r in range(REPLICATES)]
    half = 1.96 * float(np.std(parts, ddof=1)) / np.sqrt(REPLICATES)
    return tuple(float(np.clip(x, 0.0, 1.0)) for x in (whole, whole - half, whole + half))  # type: ignore[return-value]


def width_left(
    f: np.ndarray, change: np.ndarray, x: np.ndarray, other: np.ndarray, at: np.ndarray, weights: np.ndarray,
    gain: float = 1.0,
) -> float:  # fmt: skip
    """Give the width of the 95 % interval that is left on average if a cell is known, as a share of the whole.

    Parameters
    ----------
    f : ndarray (draw,)
        The figure.
    change : ndarray (draw,)
        What it changes if the cell goes from `x` to `other`.
    x, other : ndarray (draw,)
        The cell.
    at, weights : ndarray (node,)
        Values of the cell and their probabilities.
    gain : float
        Share of the cell's variance that goes: each draw keeps what is left of its distance from the mean.
    """
    mean, known, left = x.mean(), math.sqrt(gain), math.sqrt(1 - gain)
    apart = np.where(other == x, 1.0, other - x)
    slope = np.where(other == x, 0.0, change / apart)
    ends = ((mean + known * (value - mean) + left * (x - mean)) if left else value for value in at)
    widths = [np.ptp(np.quantile(f + slope * (end - x), ENDS)) for end in ends]
    return float(weights @ np.array(widths) / weights.sum() / np.ptp(np.quantile(f, ENDS)))


def distance_left(f_a: np.ndarray, f_b: np.ndarray, there: np.ndarray, back: np.ndarray) -> float:
    """Give the mean distance of draws that agree in a factor, as a share of that of independent draws."""
    agree = np.abs(f_a - f_b - back).mean() + np.abs(f_b - f_a - there).mean()
    # The same draws, paired with their neighbours as well, for a firmer mean.
    apart = np.mean([np.abs(f_a - np.roll(f_b, shift)).mean() for shift in range(16)])
    return float(agree / (2 * apart))
