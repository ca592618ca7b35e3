"""Indices of all cells of large catalogs beside a plain run, SALib's loop over products, and brute force.

Prints ratios; judges none. Run: ``pytest -m bench -s tests/bench/bench_rank.py``.
"""

import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.bench.bench_catalog import LOCAL_CELLS, make_catalog
from usephase.catalog.resolve import resolve
from usephase.engine.block import evaluate
from usephase.engine.compile import compile_plan
from usephase.engine.shared import Shared
from usephase.engine.values import Values
from usephase.insight.estimators import indices, resampling
from usephase.insight.sensitivity import rank, subject_of, swept
from usephase.sampling.design import make_design

SALIB_PRODUCTS = 5
WORKERS = 2


def timed(work: Callable[[], object]) -> tuple[float, object]:
    started = time.perf_counter()
    answer = work()
    return time.perf_counter() - started, answer


@pytest.mark.bench
@pytest.mark.parametrize("products", [1000, 10000])
@pytest.mark.parametrize("draws", [1024, 4096])
def test_structured_sobol(products: int, draws: int, tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path / "c", products)
    plan = compile_plan(resolve(catalog), calendar=False)
    cells = len(plan.cells) - 1
    subject = subject_of(catalog, "total", draws)
    sets = [f.cells for f in subject.factors]

    def plain() -> object:
        shared = Shared(plan, Values(plan.cells, make_design("quasi", 1, draws), 0, draws))
        return evaluate(plan, shared, range(len(plan.products)))

    run_s, _ = timed(plain)
    sweep_s, done = timed(lambda: swept(subject, sets))
    boot_s, found = timed(lambda: indices(done.output, done.joint, done.squared, resampling(1)))  # type: ignore[attr-defined]
    salib_s = salib_loop(plan, draws) / SALIB_PRODUCTS * products
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"\n{products:,} products, {cells:,} cells, N = {draws:,}: S1 and ST in {sweep_s + boot_s:.1f} s "
        f"(of it the bootstrap {boot_s:.1f} s), {done.evaluations:,} product evaluations, {memory:.1f} GB; "  # type: ignore[attr-defined]
        f"{(sweep_s + boot_s) / run_s:.1f} plain runs of {run_s:.1f} s; SALib product by product "
        f"{salib_s / (sweep_s + boot_s):,.0f} times as long; brute force {(cells + 2) * run_s / 86400:,.1f} days"
    )
    assert np.isfinite(found.st).all()  # type: ignore[attr-defined]


def salib_loop(plan: object, draws: int) -> float:
    """Time SALib's sampling and analysis of some products with the engine as the model. [s]"""
    from dataclasses import replace

    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sampler

    from usephase.insight.dependence import cells_in
    from usephase.insight.samples import Given

    started = time.perf_counter()
    for product in plan.products[:SALIB_PRODUCTS]:  # type: ignore[attr-defined]
        mine = sorted(c for c in cells_in(product) if plan.cells.group[c] == f"product:{product.name}")[:LOCAL_CELLS]  # type: ignore[attr-defined]
        problem = {"num_vars": len(mine), "names": [str(c) for c in mine], "bounds": [[0, 1]] * len(mine)}
        u = np.clip(sampler.sample(problem, draws, calc_second_order=False, seed=1), 1e-9, 1 - 1e-9)
        alone = replace(plan, products=(product,))  # type: ignore[type-var]
        values = Given(Values(alone.cells, None, 0, 1), {c: u[:, i].copy() for i, c in enumerate(mine)})  # type: ignore[attr-defined]
        sums = evaluate(alone, Shared(alone, values), range(1))  # type: ignore[arg-type]
        y = np.asarray(sums.get(("group", "category_11", "direct", "total", "total")))
        analyze.analyze(problem, y, calc_second_order=False, seed=1)
    return time.perf_counter() - started


@pytest.mark.bench
def test_vectorized_bootstrap_beside_salibs() -> None:
    from SALib.analyze import sobol as analyze

    from usephase.insight.estimators import from_outputs

    rng = np.random.default_rng(1)
    factors, draws = 100, 1024
    a, b = rng.random((2, factors, draws))
    slopes = np.linspace(0.1, 2, factors)
    f_a, f_b = slopes @ a, slopes @ b
    f_ab, f_ba = f_a + slopes[:, None] * (b - a), f_b + slopes[:, None] * (a - b)
    ours, _ = timed(lambda: from_outputs(f_a, f_b, f_ab, f_ba, resamples=100))
    y = np.column_stack([f_a, f_ab.T, f_b]).ravel()
    problem = {"num_vars": factors, "names": [str(i) for i in range(factors)], "bounds": [[0, 1]] * factors}
    theirs, _ = timed(lambda: analyze.analyze(problem, y, calc_second_order=False, num_resamples=100, seed=1))
    print(
        f"\nbootstrap of {factors} factors, N = {draws}: SALib's takes {theirs / ours:.0f} times as long ({ours:.3f} s)"
    )


@pytest.mark.bench
def test_rank_in_all(tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path / "c", 1000)
    seconds, _ = timed(lambda: rank(catalog, draws=1024, workers=WORKERS))
    print(f"\nrank of 1,000 products, groups and tornado included: {seconds:.1f} s")
