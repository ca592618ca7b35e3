"""Indices of all cells of large catalogs beside a plain run, SALib's loop over products, and brute force.

Ours: tapes, sweep and bootstrap: S1 and ST with intervals of every uncertain cell on the catalog's total.
SALib's loop: for each product, sampling (`SALib.sample.sobol`, N (D + 2) rows), one vectorized evaluation of the
product (its program, quantiles by scipy), and `SALib.analyze.sobol` with its 100 resamples; timed on some products
and extrapolated. It gives the indices on each product's own figure, not on the total: brute force, which
would, is a plain run times (cells + 2). Two readings of the loop: with all cells that a product depends on, which it
needs for indices of every cell that we give one, and with its own cells only, which leaves the shared ones out. The
target is for the first; the second is printed beside it. A loop's time is the smaller of wall and processor time (its
linear algebra keeps idle threads spinning), and so is ours on one thread.

Prints what the targets make of it; judges no time. Run: ``pytest -n 0 -m bench -s tests/bench/bench_rank.py``.
"""

import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import usephase
from tests.bench.bench_catalog import make_catalog
from usephase.engine.adjoint.jobs import make_jobs
from usephase.engine.plan.values import Values
from usephase.insight.figure import Figure
from usephase.insight.sensitivity.draws.samples import Given, evaluate
from usephase.insight.sensitivity.estimators import Indices, indices, resampling
from usephase.insight.sensitivity.intervals import intervals
from usephase.insight.sensitivity.rank import rank, subject_of, swept
from usephase.insight.sensitivity.subject import Subject
from usephase.insight.sensitivity.sweep import Sweep

SALIB_PRODUCTS = 5
SECONDS, TIMES, BOOTSTRAP_TIMES = 60, 200, 10
"""Targets: 10,000 products in these seconds, SALib's loop this many times as long, its bootstrap this many."""


def timed(work: Callable[[], object]) -> tuple[float, float, object]:
    """Give wall seconds, processor seconds, and the answer."""
    wall, processor = time.perf_counter(), time.process_time()
    answer = work()
    return time.perf_counter() - wall, time.process_time() - processor, answer


def verdict(good: bool) -> str:
    return "pass" if good else "SHORT"


def all_indices(subject: Subject, workers: int) -> tuple[Sweep, Indices]:
    fresh = replace(subject, workers=workers)  # with its tapes to be written anew
    done = swept(fresh, [f.cells for f in fresh.factors])
    return done, indices(done.output, done.joint, done.squared, resampling(1), workers)


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compile before the clock starts."""
    rank(make_catalog(tmp_path_factory.mktemp("warm") / "c", 3), draws=64)
    usephase.estimate(make_catalog(tmp_path_factory.mktemp("warm") / "c", 3), draws=64)


@pytest.mark.bench
@pytest.mark.parametrize("products", [1000, 10000])
@pytest.mark.parametrize("draws", [1024, 4096])
def test_structured_sobol(products: int, draws: int, tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path / "c", products)
    subject = subject_of(catalog, "total", draws)
    cells = len(subject.factors)
    found = {workers: timed(lambda w=workers: all_indices(subject, w)) for workers in (1, 2)}  # type: ignore[misc]
    (done, one), (_, two) = (found[workers][2] for workers in (1, 2))  # type: ignore[misc]
    for name in ("s1", "st", "s1_low", "st_high"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    run_s, run_processor, _ = timed(lambda: usephase.estimate(catalog, draws=draws, workers=2))
    ours = min(found[1][:2])
    loops = {
        "all their cells": salib_loop(subject, own_only=False),
        "own cells only": salib_loop(subject, own_only=True),
    }
    print(f"\n{products:,} products, {cells:,} uncertain cells, N = {draws:,}")
    for workers in (1, 2):
        wall, processor, _ = found[workers]
        print(f"  S1, ST and intervals, {workers} thread(s)   {wall:8.1f} s wall, {processor:.1f} s processor")
    if products == 10000:
        print(f"  target {SECONDS} s on two cores               {verdict(found[2][0] <= SECONDS)}")
    print(f"  product evaluations                    {done.evaluations:,}; most memory {memory:.2f} GB")
    print(f"  plain run of the same draws            {run_s:8.1f} s wall, {run_processor:.1f} s processor")
    for what, (seconds, processor, dimensions) in loops.items():
        times = min(seconds, processor) * products / ours
        print(
            f"  SALib, products with {what:15s}   {seconds * products:8,.0f} s wall, {processor * products:,.0f} s "
            f"processor (D = {dimensions:.0f}): {times:,.0f} times ours on one thread, "
            f"{seconds * products / found[2][0]:,.0f} by wall on two, target {TIMES}: {verdict(times >= TIMES)}"
        )
    print(f"  brute force, (cells + 2) plain runs    {(cells + 2) * run_s / 86400:8.1f} days")
    assert np.isfinite(one.st).all()


def salib_loop(subject: Subject, *, own_only: bool) -> tuple[float, float, float]:
    """Time SALib on some products; give wall seconds, processor seconds and the number of cells of one."""
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sampler

    cells = subject.plan.cells
    jobs = make_jobs(subject.graph, subject.tapes[:SALIB_PRODUCTS], [f.cells for f in subject.factors])
    like, dimensions = Values(cells, None, 0, 1), 0
    wall, processor = time.perf_counter(), time.process_time()
    for job in jobs:
        touching = sorted({cell for f in job.factors for cell in subject.factors[f].cells})
        mine = [c for c in touching if not own_only or cells.group[c].startswith("product:")]
        dimensions += len(mine)
        problem = {"num_vars": len(mine), "names": [str(c) for c in mine], "bounds": [[0, 1]] * len(mine)}
        u = np.clip(sampler.sample(problem, subject.draws, calc_second_order=False, seed=1), 1e-9, 1 - 1e-9)
        one = replace(subject, figure=Figure("total", "product", job.name))
        y = evaluate(one, Given(like, {c: u[:, i].copy() for i, c in enumerate(mine)}))
        analyze.analyze(problem, y, calc_second_order=False, seed=1)
    spent = time.perf_counter() - wall, time.process_time() - processor
    return spent[0] / len(jobs), spent[1] / len(jobs), dimensions / len(jobs)


@pytest.mark.bench
def test_vectorized_bootstrap_beside_salibs() -> None:
    from SALib.analyze.sobol import first_order, total_order

    rng = np.random.default_rng(1)
    factors, draws, resamples = 100, 1024, 100
    a, b = rng.random((2, factors, draws))
    slopes = np.linspace(0.1, 2, factors)
    f_a, f_b = slopes @ a, slopes @ b
    f_ab = f_a + slopes[:, None] * (b - a)
    r = rng.integers(draws, size=(draws, resamples))

    def salibs() -> np.ndarray:
        # As SALib.analyze.sobol does it: every factor's outputs are gathered anew for each resample.
        return np.array([
            [f(f_a[r], x[r], f_b[r]) for f in (first_order, total_order)] for x in f_ab
        ])  # fmt: skip

    def ours() -> np.ndarray:
        # The same resamples as numbers of times that each draw is taken.
        weights = np.array([np.bincount(r[:, k], minlength=draws) for k in range(resamples)], dtype=float)
        both = np.stack([f_a, f_b])
        mean, square = (weights @ both.T).sum(axis=1) / (2 * draws), (weights @ both.T**2).sum(axis=1) / (2 * draws)
        scales = 1 / (draws * (square - mean**2))
        sums = (f_b * (f_ab - f_a), (f_ab - f_a) ** 2 / 2)
        return np.array([intervals(x, weights, scales, 0.95)[:2] for x in sums])

    ours()
    ours_s, _, mine = timed(ours)
    theirs_s, _, theirs = timed(salibs)
    expected = np.quantile(np.asarray(theirs), [0.025, 0.975], axis=2)
    np.testing.assert_allclose(np.asarray(mine), np.moveaxis(expected, -1, 0), rtol=1e-9, atol=1e-12)
    times = theirs_s / ours_s
    print(
        f"\nbootstrap of {factors} factors, N = {draws}, {resamples} resamples, same indices, same intervals: SALib's"
        f"  takes {times:.0f} times as long ({theirs_s:.2f} s, {ours_s:.4f} s), target {BOOTSTRAP_TIMES}: "
        f"{verdict(times >= BOOTSTRAP_TIMES)}"
    )


@pytest.mark.bench
@pytest.mark.parametrize("products", [1000, 10000])
def test_rank_in_all(products: int, tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path / "c", products)
    wall, processor, _ = timed(lambda: rank(catalog, draws=1024, workers=2))
    print(
        f"\nrank of {products:,} products, N = 1,024: compiling the catalog, groups, tornado and what to measure next "
        f"included: {wall:.1f} s wall, {processor:.1f} s processor"
    )
