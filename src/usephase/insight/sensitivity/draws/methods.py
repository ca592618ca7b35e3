"""Rankings by other methods: from plain samples, and SALib's Morris and PAWN on the leading cells.

SALib turns a single not-a-number into indices of 0 and takes seed 0 for no seed: outputs are checked before it sees
them, and its seed is never 0.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

from usephase.engine.plan.values import Values
from usephase.errors import NumericError
from usephase.insight.sensitivity.draws.delta import borgonovo, noise
from usephase.insight.sensitivity.draws.given_data import rank_first_order, refuse_boundless, regression
from usephase.insight.sensitivity.draws.samples import Given, Sample, draw_sample, evaluate, touching
from usephase.insight.sensitivity.factors import Factor, known_of, tied
from usephase.insight.sensitivity.ranking import ORDERED_BY, Ranking, ranked
from usephase.insight.sensitivity.screen import leading
from usephase.insight.sensitivity.subject import Subject
from usephase.results.run import Run

LEADING = {"morris": 50, "delta": 1000, "pawn": 100}
"""Cells that these methods are given, the first of a screening by total-order indices: they take milliseconds a cell,
and Morris evaluates the whole figure 32 times a cell."""
PER_CELL, MOST = 4, 512
"""A regression is given as many cells as leave it so many draws each, and no more than can be solved at once."""
TRAJECTORIES, LEVELS = 32, 8
_CHUNK = 512


def by_method(subject: Subject, method: str, run: Run | None) -> Ranking:
    """Rank by one of the methods that need no swapped cells."""
    jobs, chosen = touching(subject)
    most = limit(method, subject.draws)
    limited = most is not None and len(chosen) > most
    if limited:
        chosen = leading(subject, most or 0)
    if method == "morris":
        return _answer(subject, method, *_morris(subject, [f for f in chosen if len(f.cells) == 1]), chosen, limited)
    sample = (
        draw_sample(subject, chosen, run) if method != "given_data" else Sample([], np.zeros((0, 0)), np.zeros(0), [])
    )
    if method == "given_data":
        frame = _given(subject, chosen, run)
        return _answer(subject, method, frame, 0 if run else len(jobs) * subject.draws, chosen, limited)
    refuse_boundless(sample.y)
    frame = {"delta": _delta, "pawn": _pawn, "regression": _regression}[method](subject, sample)
    return _answer(subject, method, frame, 0 if run else len(jobs) * subject.draws, chosen, limited)


def limit(method: str, draws: int) -> int | None:
    """Give the most cells that a method is given; None if all."""
    if method == "given_data":
        return None
    return min(draws // PER_CELL, MOST) if method == "regression" else LEADING[method]


def _answer(
    subject: Subject, method: str, frame: pd.DataFrame, evaluations: int, chosen: list[Factor], limited: bool
) -> Ranking:
    single = [f for f in chosen if len(f.cells) == 1]
    head = pd.DataFrame(
        {
            "table": [f.table for f in single], "row": [f.row for f in single], "column": [f.column for f in single],
        }
    )  # fmt: skip
    origin = pd.DataFrame(known_of(single))
    rows = ranked(pd.concat([head, frame, origin], axis=1), method)
    notes = [
        f"{len(f.cells)} cells {tied(f)} are left out: {method} ranks single independent cells; method sobol ranks the "
        "group as one"
        for f in chosen
        if len(f.cells) > 1
    ]
    if limited:
        every = sum(len(f.cells) for f in subject.factors)
        notes.append(
            f"{method} was given the first {len(single)} of {every} uncertain cells by a screening of "
            "total-order indices; method sobol ranks all"
        )
    if "noise" in frame.attrs:
        notes.append(
            f"a cell without effect may have a delta of {frame.attrs['noise']:.3f} by chance: take no smaller one for "
            "an effect; more draws make it less"
        )
    if len(rows) and rows[ORDERED_BY[method]].isna().all():
        notes.append(f"{subject.figure} is the same in all draws: there is nothing to rank")
    else:
        notes.append(
            f"{method} does not divide the variance between the cells, so no shares of it are given; sobol does"
        )
    return Ranking(
        figure=str(subject.figure), method=method, rows=rows, groups=pd.DataFrame(), summary={},
        evaluations=evaluations, draws=subject.draws, seed=subject.seed, notes=tuple(notes),
    )  # fmt: skip


def _given(subject: Subject, chosen: list[Factor], run: Run | None) -> pd.DataFrame:
    single = [f for f in chosen if len(f.cells) == 1]
    y: np.ndarray | None = None
    found = []
    for first in range(0, max(len(single), 1), _CHUNK):
        sample = draw_sample(subject, single[first : first + _CHUNK], run, y)
        y = sample.y
        found.append(rank_first_order(sample.x, y))
    return pd.DataFrame({"s1": np.concatenate(found)})


def _regression(subject: Subject, sample: Sample) -> pd.DataFrame:
    varies = (sample.x.min(axis=1) < sample.x.max(axis=1)) if len(sample.x) else np.zeros(0, dtype=bool)
    columns = ("src", "srrc", "prcc", "r2", "r2_ranks")
    frame = pd.DataFrame(np.nan, index=range(len(sample.x)), columns=list(columns))
    if varies.any() and np.ptp(sample.y) > 0:
        for name, found in regression(sample.x[varies], sample.y).items():
            frame.loc[varies, name] = found if found.size > 1 else found[0]
    return frame


def _delta(subject: Subject, sample: Sample) -> pd.DataFrame:
    frame = pd.DataFrame(np.nan, index=range(len(sample.x)), columns=["delta", "delta_conf", "s1"])
    if len(sample.x) and np.ptp(sample.y) > 0:
        frame["delta"], frame["delta_conf"] = borgonovo(sample.x, sample.y, subject.seed, subject.workers)
        frame.attrs["noise"] = noise(sample.y, subject.seed, subject.workers)
        frame["s1"] = rank_first_order(sample.x, sample.y)
    return frame


def _pawn(subject: Subject, sample: Sample) -> pd.DataFrame:
    from SALib.analyze import pawn

    columns = ("minimum", "mean", "median", "maximum")
    return _salib(subject, sample, columns, lambda p, x, y, seed: pawn.analyze(p, x, y, S=10, seed=seed))


def _salib(subject: Subject, sample: Sample, columns: tuple[str, ...], analyze: Any) -> pd.DataFrame:
    names = [name.lower() for name in columns]
    if not len(sample.x) or np.ptp(sample.y) == 0:
        return pd.DataFrame(np.nan, index=range(len(sample.x)), columns=names)
    problem = _problem(len(sample.x), [[float(x.min()), float(x.max())] for x in sample.x])
    with _quiet():
        found = analyze(problem, sample.x.T.copy(), sample.y, salib_seed(subject.seed))
    return pd.DataFrame(
        {name: np.asarray(found[column], dtype=float) for name, column in zip(names, columns, strict=True)}
    )


def _morris(subject: Subject, factors: list[Factor]) -> tuple[pd.DataFrame, int]:
    from SALib.analyze import morris as analyze
    from SALib.sample import morris as sampler

    if not factors:
        return pd.DataFrame(columns=["mu", "mu_star", "mu_star_conf", "sigma"], dtype=float), 0
    seed = salib_seed(subject.seed)
    # Away from 0 and 1, where a tail has no end.
    problem = _problem(len(factors), [[0.005, 0.995]] * len(factors))
    with _quiet():
        u = sampler.sample(problem, TRAJECTORIES, num_levels=LEVELS, seed=seed)
        jobs, _ = touching(subject)
        like = Values(subject.plan.cells, None, 0, 1)
        cells = [next(iter(f.cells)) for f in factors]
        y = evaluate(subject, Given(like, {cell: u[:, i].copy() for i, cell in enumerate(cells)}))
        if not np.isfinite(y).all():
            raise NumericError("an output is not finite, so nothing can be ranked → narrow the distribution behind it")
        found = analyze.analyze(problem, u, y, num_levels=LEVELS, seed=seed)
    frame = pd.DataFrame(
        {
            "mu": np.asarray(found["mu"], dtype=float), "mu_star": np.asarray(found["mu_star"], dtype=float),
            "mu_star_conf": np.asarray(found["mu_star_conf"], dtype=float),
            "sigma": np.asarray(found["sigma"], dtype=float),
        }
    )  # fmt: skip
    return frame, len(u) * len(jobs)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep SALib from printing, from changing how warnings look, and from moving numpy's global stream."""
    shape, state = warnings.formatwarning, np.random.get_state()  # noqa: NPY002  it is what must be put back
    try:
        with warnings.catch_warnings(record=True), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            yield
    finally:
        warnings.formatwarning = shape
        np.random.set_state(state)  # noqa: NPY002


def _problem(count: int, bounds: list[list[float]]) -> dict[str, Any]:
    return {"num_vars": count, "names": [f"x{i}" for i in range(count)], "bounds": bounds}


def salib_seed(seed: int) -> int:
    """Give SALib a seed that it does not take for none."""
    return (abs(seed) + 1) % 2**32
