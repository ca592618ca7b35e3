"""Indices of cells in which the figure is affine, without swapping anything: a cross-check, and a fast path.

Where a figure is f = c + Σ g_l · l(x) in what a cell x moves, with slopes g that do not depend on x,

    V(E[f|x]) = E[g]ᵀ C E[g],     E[V(f|others)] = E[gᵀ C g],     C the covariance of the l(x) by quadrature over x.

The moments of the slopes come from two small independent samples; their product makes the first one unbiased.
"""

from collections import defaultdict
from functools import cache

import numpy as np
import pandas as pd

from usephase.engine.values import Values
from usephase.insight.dependence import Dependence
from usephase.insight.estimators import OutputSums
from usephase.insight.factors import CORRELATIONS
from usephase.insight.jobs import Job, make_jobs
from usephase.insight.kernel import backward, forward
from usephase.insight.leaves import World
from usephase.insight.quick import quick
from usephase.insight.ranking import Ranking, cells_that_make, ranked
from usephase.insight.samples import Given
from usephase.insight.samples_ab import SecondSample
from usephase.insight.subject import Subject
from usephase.insight.tape import Key
from usephase.sampling.distributions import BETA, DISCRETE, PERT, TRIANGULAR, UNIFORM
from usephase.sampling.draws import Cells, values_at

NODES = 48
MOST_DRAWS = 1024
_BOUNDED = (UNIFORM, TRIANGULAR, PERT, BETA)
Slopes = dict[Key, tuple[np.ndarray, np.ndarray]]


def quadrature(cells: Cells, cell: int) -> tuple[np.ndarray, np.ndarray]:
    """Give probabilities at which to evaluate a cell, and their weights."""
    kind = int(cells.kind[cell])
    if kind == DISCRETE:
        weights = cells.points[cell][1]
        return np.cumsum(weights) - weights / 2, weights
    return _bounded_nodes() if kind in _BOUNDED else _normal_nodes()


@cache
def _bounded_nodes() -> tuple[np.ndarray, np.ndarray]:
    x, w = np.polynomial.legendre.leggauss(NODES)
    return (x + 1) / 2, w / 2


@cache
def _normal_nodes() -> tuple[np.ndarray, np.ndarray]:
    from scipy import special

    z, w = special.roots_hermitenorm(NODES)
    # Beyond these a quantile is infinite; what they weigh is below rounding.
    return np.clip(special.ndtr(z), 1e-16, 1 - 2e-16), w / w.sum()


def closed_form(subject: Subject) -> Ranking:
    """Rank the independent cells in which the figure is affine; the others have no index here."""
    sets = [f.cells for f in subject.factors]
    jobs = make_jobs(subject.plan, subject.tapes, sets)
    dependence = Dependence(subject.plan)
    draws = min(subject.draws, MOST_DRAWS)
    one, two = quick(subject.make_design()), SecondSample(quick(subject.make_design()))
    worlds = [World(subject.plan, Values(subject.plan.cells, d, 0, draws), dependence) for d in (one, two)]
    outside = {i for i, f in enumerate(subject.factors) if f.table == CORRELATIONS}
    for job in jobs:
        owner = np.repeat(np.arange(len(job.factors)), np.diff(job.starts))
        partial = set(owner[~job.whole]) | set(np.flatnonzero(~job.affine))
        outside |= {int(job.factors[k]) for k in partial}
    figures = np.zeros((2, draws))
    first, total = np.zeros(len(sets)), np.zeros(len(sets))
    shared: dict[int, Slopes] = defaultdict(dict)
    count = np.bincount(np.concatenate([job.factors for job in jobs] or [np.zeros(0, int)]), minlength=len(sets))
    for job in jobs:
        slopes = []
        for side, world in enumerate(worlds):
            figure, slope = _slopes(job, world)
            figures[side] += figure
            slopes.append(slope)
            world.forget()
        for k, number in enumerate(job.factors):
            f = int(number)
            if f in outside:
                continue
            mine: Slopes = shared[f] if count[f] > 1 else {}
            for leaf in job.leaf[job.starts[k] : job.starts[k + 1]]:
                key = job.tape.keys[leaf]
                a, b = slopes[0][leaf], slopes[1][leaf]
                mine[key] = (mine[key][0] + a, mine[key][1] + b) if key in mine else (a, b)
            if count[f] == 1:
                first[f], total[f] = _variances(subject, dependence, next(iter(sets[f])), mine)
    for f, slopes_of in shared.items():
        first[f], total[f] = _variances(subject, dependence, next(iter(sets[f])), slopes_of)
    output = OutputSums(float(figures[0, 0]))
    output.add(figures[0], figures[1])
    variance = np.nan if output.constant else float(output.variance())
    first[list(outside)] = total[list(outside)] = np.nan
    return _answer(subject, first / variance, total / variance, len(outside), output, 4 * len(jobs) * draws)


def _slopes(job: Job, world: World) -> tuple[np.ndarray, np.ndarray]:
    tape, size = job.tape, world.values.size
    values = np.empty((len(tape.keys) + len(tape.code), size))
    for i, key in enumerate(tape.keys):
        values[i] = world(key)
    forward(tape.code, tape.left, tape.right, tape.a, tape.b, values, len(tape.keys))
    slopes = np.empty_like(values)
    backward(tape.code, tape.left, tape.right, tape.a, tape.b, values, len(tape.keys), tape.root, tape.scale, slopes)
    return values[tape.root] * tape.scale, slopes[: len(tape.keys)].copy()


def _variances(subject: Subject, dependence: Dependence, cell: int, slopes: Slopes) -> tuple[float, float]:
    u, weights = quadrature(subject.plan.cells, cell)
    if set(slopes) == {("cell", cell)}:
        ((a, b),) = slopes.values()
        x = values_at(subject.plan.cells, cell, u)
        variance = float(weights @ (x - weights @ x) ** 2)
        return float(a.mean() * b.mean()) * variance, float(a @ a + b @ b) / (2 * a.size) * variance
    world = World(subject.plan, Given(Values(subject.plan.cells, None, 0, 1), {cell: u}), dependence)
    leaves = np.array([np.broadcast_to(world(key), u.shape) for key in slopes])
    centered = leaves - (leaves @ weights)[:, None]
    covariance = (centered * weights) @ centered.T
    a, b = (np.array([pair[side] for pair in slopes.values()]) for side in (0, 1))
    first = a.mean(axis=1) @ covariance @ b.mean(axis=1)
    total = sum(float(np.einsum("id,ij,jd->", g, covariance, g)) / g.shape[1] for g in (a, b)) / 2
    return float(first), total


def _answer(
    subject: Subject, s1: np.ndarray, st: np.ndarray, outside: int, output: OutputSums, evaluations: int
) -> Ranking:
    factors = subject.factors
    empty = np.full(len(factors), np.nan)
    rows = ranked(
        pd.DataFrame(
            {
                "table": [f.table for f in factors], "row": [f.row for f in factors],
                "column": [f.column for f in factors], "s1": s1, "s1_low": empty, "s1_high": empty, "st": st,
                "st_low": empty, "st_high": empty, "source": [f.source for f in factors],
                "basis": [f.basis for f in factors],
            }
        ),
        "st",
    )  # fmt: skip
    notes = []
    if outside:
        notes.append(
            f"{outside} of {len(factors)} rows have no closed form: they are correlated, or act in a curve or together "
            "with another cell (lives, shares, scenarios); method sobol ranks them, and shares here leave them out"
        )
    if output.constant:
        notes.append(f"{subject.figure} is the same in all draws: it has no variance to divide, so no index is given")
    summary = {
        "sum_s1": None if output.constant else float(np.nansum(s1)),
        "cells_for_80_percent": cells_that_make(rows["share_of_variance"].to_numpy()),
        "interaction_share": None,
    }
    return Ranking(
        figure=str(subject.figure), method="closed_form", rows=rows, groups=pd.DataFrame(), summary=summary,
        evaluations=evaluations, draws=subject.draws, seed=subject.seed, notes=tuple(notes),
    )  # fmt: skip
