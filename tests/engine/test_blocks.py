"""Blocks are pure, and the figures do not depend on how they are cut, in which threads they run, or who runs them."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import usephase
from tests.bench.workload import make
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.engine.plan import parts, study
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.parts import is_product
from usephase.engine.plan.study import Study
from usephase.engine.run import blocks
from usephase.engine.run.blocks import Reducer, cut, evaluate_block, evaluate_blocks
from usephase.engine.run.local import tiles
from usephase.engine.run.statistics import describe
from usephase.results.run import Run

DRAWS = 40


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut small catalogs as large ones are: tiles of 3 products, leaves of 4 tiles."""
    for module in (blocks, parts, study):
        monkeypatch.setattr(module, "TILE", 3)
    monkeypatch.setattr(blocks, "LEAF", 4)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return make(40, regions=3).catalog()


def same(a: Run, b: Run) -> None:
    pd.testing.assert_frame_equal(a.figures, b.figures, check_exact=True)
    pd.testing.assert_frame_equal(a.service, b.service, check_exact=True)
    np.testing.assert_array_equal(a.samples, b.samples)
    np.testing.assert_array_equal(a.sample_rows, b.sample_rows)


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_no_cut_and_no_thread_changes_a_bit(catalog: Catalog, monkeypatch: pytest.MonkeyPatch, kernel: str) -> None:
    whole = usephase.estimate(catalog, draws=DRAWS, kernel=kernel)
    assert len(whole.select("total", "product")) == 40
    for size, workers in ((1, 1), (3, 2), (4, 1), (5, 2), (8, 2), (13, 1)):
        monkeypatch.setattr(blocks, "cut", lambda plan, draws, size=size: cut(plan, draws, size))
        monkeypatch.setattr("usephase.engine.run.estimate.cut", lambda plan, draws, size=size: cut(plan, draws, size))
        same(whole, usephase.estimate(catalog, draws=DRAWS, workers=workers, kernel=kernel))


def test_a_block_is_a_function_of_its_arguments(catalog: Catalog) -> None:
    plan, how = compile_plan(resolve(catalog)), Study("quasi", 1, DRAWS)
    together = list(evaluate_blocks(plan, how, cut(plan, DRAWS, 5), True, workers=2))
    sent = pickle.loads(pickle.dumps(plan))
    for block, first in reversed(list(zip(cut(plan, DRAWS, 5), together, strict=True))):
        again = evaluate_block(sent, how, block, True)
        assert (again.first, again.stop) == (block.start, block.stop)
        for one, other in zip(first.rows, again.rows, strict=True):
            np.testing.assert_array_equal(one, other)
        assert len(first.partials) == len(again.partials)
        for a, b in zip(first.partials, again.partials, strict=True):
            assert a[:2] == b[:2]
            assert a.best == b.best
            assert a.draws.keys() == b.draws.keys()
            for key in a.draws:
                np.testing.assert_array_equal(a.draws[key], b.draws[key])


def test_the_tree_is_the_one_described(catalog: Catalog) -> None:
    plan, how = compile_plan(resolve(catalog)), Study("random", 5, DRAWS)
    reducer = Reducer()
    for result in evaluate_blocks(plan, how, cut(plan, DRAWS, 3)):
        reducer.add(result)
    sums, best = reducer.whole()
    every = [tile.draws for tile in tiles(plan, how)]
    assert len(every) == 14
    for key in {key for tile in every for key in tile if not is_product(key)}:
        whole = None
        for first in range(0, len(every), 4):
            leaf = None
            for tile in every[first : first + 4]:
                if key in tile:
                    leaf = tile[key] if leaf is None else leaf + tile[key]
            if leaf is not None:
                whole = leaf if whole is None else whole + leaf
        np.testing.assert_array_equal(sums[key], whole)
    assert not any(is_product(key) for key in (*sums, *best))


def test_what_a_block_holds_does_not_grow_with_its_products(catalog: Catalog) -> None:
    plan, how = compile_plan(resolve(catalog)), Study("quasi", 1, DRAWS)
    few, many = (evaluate_block(plan, how, range(n)) for n in (4, 12))
    assert len(few.partials) == 1
    assert len(many.partials) == 3  # one a leaf
    assert few.rows.draws.size == many.rows.draws.size == 0
    kept = evaluate_block(plan, how, range(4), True).rows
    assert kept.draws.shape == (len(kept.labels), DRAWS)
    np.testing.assert_array_equal(describe(kept.draws, True), kept.numbers[:, 1:])


@pytest.mark.parametrize("seed", some(50, 54, 2))
def test_cuts_of_catalogs_with_everything(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed))
    catalog = usephase.read_catalog(write_catalog(tmp_path, settings, tables))
    for module in (blocks, parts, study):
        monkeypatch.setattr(module, "TILE", 1)
    whole = usephase.estimate(catalog, draws=DRAWS)
    monkeypatch.setattr("usephase.engine.run.estimate.cut", lambda plan, draws: cut(plan, draws, 1))
    same(whole, usephase.estimate(catalog, draws=DRAWS, workers=2))


def test_blocks_are_worth_a_task(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = compile_plan(resolve(catalog))
    monkeypatch.setattr(blocks, "WORTH", 1000)
    assert [len(block) for block in cut(plan, 8)] == [14]  # 12 products a leaf: 11 leaves are worth 1000
    assert [len(block) for block in cut(plan, 50)] == [8, 6]
    assert [len(block) for block in cut(plan, 10_000)] == [4, 4, 4, 2]
    assert sorted(t for block in cut(plan, 10_000) for t in block) == list(range(14))


def test_calendar_years_that_nothing_reaches_have_no_row(catalog: Catalog) -> None:
    years = usephase.estimate(catalog, draws=DRAWS, kernel="numba").select("category_11", "calendar_year")
    assert 20 < len(years) < 60
    assert (years["mean"] > 0).all()
