"""Quasi against random draws: how many fewer draws give the same error, and whether anything is biased.

Run: ``python -m tests.bench.bench_quasi`` (``--quick``, ``--write`` as in `bench_engine`), or
``pytest -m bench -s tests/bench/bench_quasi.py``. Prints "pass" or "short" beside each figure; never fails.

The error of a statistic is its spread over seeds: the ratio of the variances is the ratio of the draws needed, since
the variance of random draws falls as one over their number.
"""

import argparse
from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

import usephase
from tests.bench.measure import Line, at_least, machine, table, write_into_guide
from tests.bench.workload import IN_OTHER_ROWS, make
from usephase.catalog.table import Catalog
from usephase.sampling.design import REPLICATES, DesignName

STATISTICS = ("mean", "sd", "mcse", "p2_5", "p50", "p95", "p97_5")


class Sizes(NamedTuple):
    """How large the case is."""

    products: int = 24
    regions: int = 20
    draws: int = 8192
    seeds: int = 24


QUICK = Sizes(4, 3, 1024, 12)


class Repeated(NamedTuple):
    """A design's statistics (seed, product, statistic) and draws (seed, product, draw); of the portfolio apart."""

    products: dict[str, np.ndarray]
    total: dict[str, np.ndarray]
    draws: np.ndarray


def repeated(catalog: Catalog, design: DesignName, size: Sizes) -> Repeated:
    """Estimate with one seed after the other."""
    products: dict[str, list[np.ndarray]] = {name: [] for name in STATISTICS}
    total: dict[str, list[np.ndarray]] = {name: [] for name in STATISTICS}
    draws = []
    for seed in range(1, size.seeds + 1):
        run = usephase.estimate(catalog, draws=size.draws, seed=seed, design=design, store_draws=True)
        for by, into in (("product", products), ("total", total)):
            rows = run.select("total", by)
            for name in STATISTICS:
                into[name].append(rows[name].to_numpy(dtype=float))
        draws.append(run.draws("total", by="product").to_numpy())
    return Repeated(
        {name: np.stack(x) for name, x in products.items()},
        {name: np.stack(x) for name, x in total.items()},
        np.stack(draws),
    )


def fewer_draws(random: np.ndarray, quasi: np.ndarray) -> float:
    """Give the ratio of the variances over seeds, as the geometric mean over products."""
    ratio = random.var(axis=0, ddof=1) / quasi.var(axis=0, ddof=1)
    return float(np.exp(np.log(ratio).mean()))


def bias_of_sd(random: np.ndarray, quasi: np.ndarray) -> tuple[float, float]:
    """Give quasi's mean standard deviation over random's less 1, over products, and the standard error of that. [%]"""
    logs = [np.log(x).mean(axis=1) for x in (quasi, random)]  # over products first: they share cells
    error = np.sqrt(sum(x.var(ddof=1) / len(x) for x in logs))
    return 100 * float(logs[0].mean() - logs[1].mean()), 100 * float(error)


def interval_coverage(of: Repeated, reference: Repeated) -> np.ndarray:
    """Give the share of the reference's draws between P2.5 and P97.5, over products, for each seed. [%]

    Draws of the same seed are not used: they would know the interval.
    """
    out = np.zeros(len(of.draws))
    for s in range(len(of.draws)):
        others = np.delete(reference.draws, s, axis=0)
        low, high = of.products["p2_5"][s][:, None], of.products["p97_5"][s][:, None]
        out[s] = 100 * np.mean((others >= low) & (others <= high))
    return out


def error_coverage(of: Repeated) -> float:
    """Give how often mean ± t · Monte Carlo error holds the mean over all seeds. [%]"""
    t = stats.t.ppf(0.975, REPLICATES - 1)
    x = of.products
    return 100 * float(np.mean(np.abs(x["mean"] - x["mean"].mean(axis=0)) <= t * x["mcse"]))


def case(catalog: Catalog, size: Sizes, what: str) -> str:
    """Measure one catalog and give its table as text."""
    random, quasi = (repeated(catalog, design, size) for design in ("random", "quasi"))
    ratios = {name: fewer_draws(random.products[name], quasi.products[name]) for name in STATISTICS}
    whole = {name: fewer_draws(random.total[name], quasi.total[name]) for name in STATISTICS}
    bias, error = bias_of_sd(random.products["sd"], quasi.products["sd"])
    inside = interval_coverage(quasi, random)
    inside_error = inside.std(ddof=1) / np.sqrt(len(inside))
    wide = max(0.05, 3 * inside_error)
    lines = [
        at_least("fewer draws for a product's mean", ratios["mean"], 100),
        at_least("for its median", ratios["p50"], 3),
        at_least("for its P95", ratios["p95"], 2),
        Line("for its P2.5, its P97.5, its standard deviation", _times(ratios, "p2_5", "p97_5", "sd")),
        Line("for the portfolio's mean, its median, its P95", _times(whole, "mean", "p50", "p95")),
        Line(
            "bias of the standard deviation against random draws", f"{bias:+.2f} ± {error:.2f} %", "≤ 3 errors",
            abs(bias) <= 3 * error,
        ),
        Line(
            "random draws between quasi's P2.5 and P97.5", f"{inside.mean():.2f} %", f"95 ± {wide:.2f} %",
            abs(inside.mean() - 95) <= wide,
        ),
        at_least("means within their stated Monte Carlo error (95 %)", error_coverage(quasi), 90, "%"),
    ]  # fmt: skip
    return table(what, lines)


def _times(ratios: dict[str, float], *names: str) -> str:
    return ", ".join(f"{ratios[name]:,.1f}" for name in names) + " ×"


def bench(size: Sizes) -> str:
    """Measure both cases and give their tables as one text."""
    cases = {
        "All that a product does not share is in its own rows": make(size.products, size.regions, fixed=IN_OTHER_ROWS),
        "Its hours and its life are uncertain rows of their own": make(size.products, size.regions),
    }
    sizes = f"{size.products} products, {size.regions} regions, {size.draws:,} draws, {size.seeds} seeds"
    texts = [case(w.catalog(), size, what) for what, w in cases.items()]
    return "\n\n".join([f"{machine()}\n{sizes}", *texts])


@pytest.mark.bench
def test_quasi(capsys: pytest.CaptureFixture[str]) -> None:
    text = bench(QUICK)
    with capsys.disabled():
        print(f"\n{text}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Quasi against random draws.")
    parser.add_argument("--quick", action="store_true", help="a small case, to see that all runs")
    parser.add_argument("--write", action="store_true", help="put the table into the guide")
    chosen = parser.parse_args()
    text = bench(QUICK if chosen.quick else Sizes())
    print(text)
    if chosen.write:
        write_into_guide("quasi", text)


if __name__ == "__main__":
    main()
