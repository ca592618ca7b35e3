"""What the engine is timed against computes the same figures."""

from functools import cache

import numpy as np
import pytest

import usephase
from tests.bench.plain import LEDGERS, Answer, draws_of_engine, draws_of_numpy, plain
from tests.bench.scalar import one_draw
from tests.bench.workload import OWN, YEAR, Workload, make
from usephase.catalog.table import Catalog
from usephase.engine.run.estimate import cell_draws
from usephase.results.run import Run

DRAWS = 512
STATISTICS = ["mean", "sd", "p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5"]


@cache
def case() -> tuple[Workload, Catalog, Run]:
    w = make(3, 4)
    catalog = w.catalog()
    return w, catalog, usephase.estimate(catalog, draws=DRAWS)


def figures(run: Run, ledger: str, by: str, columns: list[str]) -> np.ndarray:
    f = run.figures
    f = f[(f["ledger"] == ledger) & (f["by"] == by)]
    if ledger != "category_12" and by != "calendar_year":
        f = f[(f["grid_basis"] == "projected") & (f["boundary"] == "life_cycle")]
    f = f.assign(order=f["group"].astype(str)).sort_values("order")
    return f[columns].to_numpy(dtype=float)


def means(x: np.ndarray) -> np.ndarray:
    return np.atleast_2d(x).mean(axis=1)[:, None]


def test_the_catalog_has_fifteen_uncertain_cells_a_product_and_no_warnings() -> None:
    w, catalog, run = case()
    assert run.meta["uncertain_cells"] == len(w.units) * len(OWN) + len(w.shared())
    assert not catalog.warnings


def test_a_catalog_reads_the_same_from_a_folder(tmp_path: object) -> None:
    w, catalog, _ = case()
    assert usephase.read_catalog(w.write(tmp_path)).sha256 == catalog.sha256  # type: ignore[arg-type]


def test_plain_numpy_gives_the_engines_figures_on_the_engines_draws() -> None:
    w, catalog, run = case()
    answer = plain(w, *draws_of_engine(w, cell_draws(catalog, draws=DRAWS)))
    for ledger in LEDGERS:
        np.testing.assert_allclose(figures(run, ledger, "product", STATISTICS), answer.products[ledger], rtol=1e-9)
        total = answer.total[ledger]
        expected = [total.mean(), total.std(ddof=1), *np.percentile(total, [2.5, 5, 25, 50, 75, 95, 97.5])]
        np.testing.assert_allclose(figures(run, ledger, "total", STATISTICS)[0], expected, rtol=1e-9)
        np.testing.assert_allclose(figures(run, ledger, "region", ["mean"]), means(answer.regions[ledger]), rtol=1e-9)
    materials = np.stack([answer.materials[m] for m in sorted(answer.materials)])
    np.testing.assert_allclose(figures(run, "category_12", "material", ["mean"]), means(materials), rtol=1e-9)
    for ledger in LEDGERS[:2]:
        ours = figures(run, ledger, "calendar_year", ["mean"])
        theirs = means(answer.years[ledger])
        np.testing.assert_allclose(ours, theirs[: len(ours)], rtol=1e-9, atol=1e-9 * theirs.sum())


def within_error(run: Run, answer: Answer, draws: int) -> np.ndarray:
    """Distances of product means and medians in Monte Carlo errors of both."""
    out = []
    for ledger in LEDGERS:
        ours = figures(run, ledger, "product", ["mean", "sd", "p50"])
        error = ours[:, 1] * np.sqrt(2 / draws)
        out += [(ours[:, 0] - answer.products[ledger][:, 0]) / error]
        out += [(ours[:, 2] - answer.products[ledger][:, 5]) / (1.2533 * error)]  # median: sqrt(pi/2) of the mean's
    return np.concatenate(out)


def test_plain_numpy_gives_the_engines_figures_on_its_own_draws_within_their_error() -> None:
    w, catalog, _ = case()
    run = usephase.estimate(catalog, draws=4096)
    z = within_error(run, plain(w, *draws_of_numpy(w, 4096)), 4096)
    assert np.abs(z).max() < 4.5
    assert z.std() < 1.5


def test_the_scalar_loop_gives_the_engines_draws() -> None:
    w, catalog, run = case()
    own, shared = draws_of_engine(w, cell_draws(catalog, draws=DRAWS))
    ledgers = [run.draws(ledger, by="product").to_numpy() for ledger in LEDGERS[:2]]
    for p in range(len(w.units)):
        mine = own(p)
        for i in range(4):
            found = one_draw(
                w, p, {k: float(x[i]) for k, x in mine.items()}, {k: float(x[i]) for k, x in shared.items()}
            )
            assert found == pytest.approx([x[p, i] for x in ledgers], rel=1e-9)


def test_the_workload_is_the_same_again_and_counts_what_it_says() -> None:
    a, b = make(5, 7), make(5, 7)
    assert a.files() == b.files()
    assert a.files()["sales.csv"].count(b"\n") == 1 + 5 * 7
    assert a.files()["grid.csv"].count(b"\n") == 1 + 7 * 30
    assert f",{YEAR}," in a.files()["sales.csv"].decode()
