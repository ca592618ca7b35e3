"""Indices without swapping anything: exact where the figure multiplies out into products of independent cells.

Elsewhere the cells in which it is affine get theirs from samples of the slopes. Where a figure is
f = c + Σ g_l · l(x) in what a cell x moves, with slopes g that do not depend on x,

    V(E[f|x]) = E[g]ᵀ C E[g],     E[V(f|others)] = E[gᵀ C g],     C the covariance of the l(x) by quadrature over x.

The moments of the slopes come from two small independent samples; their product makes the first one unbiased.
"""

from collections import defaultdict

import numpy as np
import pandas as pd

from usephase.engine.adjoint.graph import CELL, SEVERAL
from usephase.engine.adjoint.jobs import Job, make_jobs
from usephase.engine.adjoint.passes import evaluate, slopes_of
from usephase.engine.adjoint.rows import Row, Rows, Sampled, SecondSample
from usephase.engine.plan.values import Values
from usephase.errors import not_finite
from usephase.insight.sensitivity.estimators import LEAST, OutputSums
from usephase.insight.sensitivity.exact.products import Moments, moments, rows_at
from usephase.insight.sensitivity.factors import known_of
from usephase.insight.sensitivity.ranking import Ranking, cells_that_make, ranked
from usephase.insight.sensitivity.subject import Subject
from usephase.sampling.draws import quadrature, values_at

MOST_DRAWS = 1024
Slopes = dict[int, tuple[np.ndarray, np.ndarray]]


def closed_form(subject: Subject) -> Ranking:
    """Rank all cells exactly, or those in which the figure is affine with slopes from samples."""
    found = moments(subject)
    return _sampled(subject, found) if isinstance(found, str) else _exact(subject, found)


def _exact(subject: Subject, found: Moments) -> Ranking:
    if not np.isfinite([found.mean, found.variance]).all():
        raise not_finite("the variance has no finite value, so no index can be given")
    constant = found.variance <= LEAST * found.mean**2
    variance = np.nan if constant else found.variance
    cells = [next(iter(f.cells)) for f in subject.factors]
    s1, st = (np.array([part.get(cell, 0.0) for cell in cells]) / variance for part in (found.first, found.total))
    count = f"{found.products:,} products" if found.products > 1 else "a product"
    told = f"exact: the figure multiplies out into {count} of independent cells, and nothing is sampled"
    return _answer(subject, s1, st, constant, found.nodes, [told])


def _sampled(subject: Subject, reason: str) -> Ranking:
    sets = [f.cells for f in subject.factors]
    graph = subject.graph
    jobs = make_jobs(graph, subject.tapes, sets)
    draws = min(subject.draws, MOST_DRAWS)
    one, two = subject.make_design(), SecondSample(subject.make_design())
    pair = [Values(subject.plan.cells, design, 0, draws) for design in (one, two)]
    sampled = Sampled(one, subject.draws)

    def values_of(nodes: list[int]) -> dict[int, np.ndarray]:
        found = Rows(graph, [Row(node) for node in nodes], sampled).values(lambda: (pair[0], pair[1]), draws)
        return dict(zip(nodes, found.transpose(1, 0, 2), strict=True))

    common = values_of(sorted({i for job in jobs for i in job.tape.leaves if graph.owner[i] == SEVERAL}))
    outside = {i for i, f in enumerate(subject.factors) if f.joint}
    for job in jobs:
        owner = np.repeat(np.arange(len(job.factors)), np.diff(job.starts))
        partial = set(owner[~job.whole]) | set(np.flatnonzero(~job.affine))
        outside |= {int(job.factors[k]) for k in partial}
    figures = np.zeros((2, draws))
    first, total = np.zeros(len(sets)), np.zeros(len(sets))
    shared: dict[int, Slopes] = defaultdict(dict)
    count = np.bincount(np.concatenate([job.factors for job in jobs] or [np.zeros(0, int)]), minlength=len(sets))
    for job in jobs:
        own = values_of([i for i in job.tape.leaves if i not in common])
        leaves = np.array([common[i] if i in common else own[i] for i in job.tape.leaves])
        slopes = []
        for side in range(2):
            figure, slope = _slopes(job, leaves[:, side])
            figures[side] += figure
            slopes.append(slope)
        for k, number in enumerate(job.factors):
            f = int(number)
            if f in outside:
                continue
            mine: Slopes = shared[f] if count[f] > 1 else {}
            for leaf in job.leaf[job.starts[k] : job.starts[k + 1]]:
                node = job.tape.leaves[leaf]
                a, b = slopes[0][leaf], slopes[1][leaf]
                mine[node] = (mine[node][0] + a, mine[node][1] + b) if node in mine else (a, b)
            if count[f] == 1:
                first[f], total[f] = _variances(subject, next(iter(sets[f])), mine)
    for f, summed in shared.items():
        first[f], total[f] = _variances(subject, next(iter(sets[f])), summed)
    output = OutputSums(float(figures[0, 0]))
    output.add(figures[0], figures[1])
    variance = np.nan if output.constant else float(output.variance())
    first[list(outside)] = total[list(outside)] = np.nan
    notes = [
        f"the variance is sampled, from 2 · {draws:,} draws, so the indices have its error and may not sum to 1 where "
        f"they should; it cannot be exact, because {reason}"
    ]
    if outside:
        notes.append(
            f"{len(outside)} of {len(sets)} rows have no closed form: they are correlated, or act in a curve or "
            "together with another cell (lives, shares, scenarios); method sobol ranks them, and shares here leave "
            "them out"
        )
    return _answer(subject, first / variance, total / variance, output.constant, 4 * len(jobs) * draws, notes)


def _slopes(job: Job, leaves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the figure of a product and its derivatives by the leaves. Shapes (draw,), (leaf, draw)."""
    tape, (count, size) = job.tape, leaves.shape
    values, slopes = np.empty((2, count + tape.code.size, size))
    values[:count] = leaves
    code, left, right = (x.astype(np.int32) for x in (tape.code, tape.left, tape.right))
    evaluate(0, tape.code.size, count, code, left, right, tape.a, tape.b, values, size)
    met = np.zeros(len(values), dtype=bool)
    slopes_of(
        0, tape.code.size, count, code, left, right, tape.a, tape.b, tape.root, tape.scale, values, slopes, met, size,
    )  # fmt: skip
    return values[tape.root] * tape.scale, slopes[:count].copy()


def _variances(subject: Subject, cell: int, slopes: Slopes) -> tuple[float, float]:
    u, weights = quadrature(subject.plan.cells, cell)
    if [subject.graph.nodes[node].code for node in slopes] == [CELL]:
        ((a, b),) = slopes.values()
        x = values_at(subject.plan.cells, cell, u)
        variance = float(weights @ (x - weights @ x) ** 2)
        return float(a.mean() * b.mean()) * variance, float(a @ a + b @ b) / (2 * a.size) * variance
    leaves = rows_at(subject, list(slopes), {cell: u})
    centered = leaves - (leaves @ weights)[:, None]
    covariance = (centered * weights) @ centered.T
    a, b = (np.array([pair[side] for pair in slopes.values()]) for side in (0, 1))
    first = a.mean(axis=1) @ covariance @ b.mean(axis=1)
    total = sum(float(np.einsum("id,ij,jd->", g, covariance, g)) / g.shape[1] for g in (a, b)) / 2
    return float(first), total


def _answer(
    subject: Subject, s1: np.ndarray, st: np.ndarray, constant: bool, evaluations: int, notes: list[str]
) -> Ranking:
    factors = subject.factors
    s1, st = np.maximum(s1, 0.0), np.maximum(st, 0.0)  # where slopes are sampled, chance may put them below
    empty = np.full(len(factors), np.nan)
    rows = ranked(
        pd.DataFrame(
            {
                "table": [f.table for f in factors], "row": [f.row for f in factors],
                "column": [f.column for f in factors], "s1": s1, "s1_low": empty, "s1_high": empty, "st": st,
                "st_low": empty, "st_high": empty, **known_of(factors),
            }
        ),
        "closed_form",
    )  # fmt: skip
    if constant:
        notes = [f"{subject.figure} is the same in all draws: it has no variance to divide, so no index is given"]
    whole = bool(np.isfinite(s1).all()) and not constant
    summary = {
        "sum_s1": None if constant else float(np.nansum(s1)),
        "cells_for_80_percent": cells_that_make(rows["share_of_variance"].to_numpy()),
        "interaction_share": 1 - float(s1.sum()) if whole else None,
    }
    return Ranking(
        figure=str(subject.figure), method="closed_form", rows=rows, groups=pd.DataFrame(), summary=summary,
        evaluations=evaluations, draws=subject.draws, seed=subject.seed, notes=tuple(notes),
    )  # fmt: skip
