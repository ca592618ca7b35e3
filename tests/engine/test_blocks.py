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
from usephase.engine.plan import study
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.parts import is_product
from usephase.engine.plan.study import Study, cut_blocks, tiles_of
from usephase.engine.run import blocks
from usephase.engine.run.blocks import Branch, evaluate_block, evaluate_blocks, tree
from usephase.engine.run.local import tiles
from usephase.engine.run.statistics import describe
from usephase.results.run import Run

DRAWS = 40


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut small catalogs as large ones are: tiles of 3 products, branches of at most 3 parts."""
    monkeypatch.setattr(study, "TILE", 3)
    monkeypatch.setattr(blocks, "NEAR", 1)
    monkeypatch.setattr(blocks, "MOST", 3)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return make(40, regions=3).catalog()


def same(a: Run, b: Run) -> None:
    pd.testing.assert_frame_equal(a.figures, b.figures, check_exact=True)
    pd.testing.assert_frame_equal(a.service, b.service, check_exact=True)
    np.testing.assert_array_equal(a.samples, b.samples)
    np.testing.assert_array_equal(a.sample_rows, b.sample_rows)


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_no_thread_changes_a_bit(catalog: Catalog, kernel: str) -> None:
    whole = usephase.estimate(catalog, draws=DRAWS, kernel=kernel)
    assert len(whole.select("total", "product")) == 40
    same(whole, usephase.estimate(catalog, draws=DRAWS, workers=2, kernel=kernel))


def test_a_block_is_a_function_of_its_arguments(catalog: Catalog) -> None:
    plan, how = compile_plan(resolve(catalog)), Study("quasi", 1, DRAWS)
    cut = cut_blocks(plan)
    assert len(cut) > 3
    assert [i for block in cut for i in block] == list(range(40))
    together = list(evaluate_blocks(plan, how, cut, True, workers=2))
    sent = pickle.loads(pickle.dumps(plan))
    for block, first in reversed(list(zip(cut, together, strict=True))):
        again = evaluate_block(sent, how, block, True)
        assert isinstance(first, blocks.BlockResult)
        assert again.products == first.products == block
        assert again.name == first.name
        for one, other in zip(first.rows, again.rows, strict=True):
            np.testing.assert_array_equal(one, other)
        assert first.sums.best == again.sums.best
        assert first.sums.draws.keys() == again.sums.draws.keys()
        for key in first.sums.draws:
            np.testing.assert_array_equal(first.sums.draws[key], again.sums.draws[key])


def test_the_tree_is_the_one_described(catalog: Catalog) -> None:
    plan, how = compile_plan(resolve(catalog)), Study("random", 5, DRAWS)
    every = {span: tile.draws for span, tile in zip(study.spans(plan), tiles(plan, how), strict=True)}
    cut = cut_blocks(plan)
    root = tree(plan, cut)
    assert (root.first, root.stop) == (0, len(cut))
    assert any(part.parts for part in root.parts)

    def added(parts: list[np.ndarray | None]) -> np.ndarray | None:
        out = None
        for part in parts:
            if part is not None:
                out = part if out is None else out + part
        return out

    def of(branch: Branch, key: tuple[str, ...]) -> np.ndarray | None:
        if branch.parts:
            assert [part.first for part in branch.parts[1:]] == [part.stop for part in branch.parts[:-1]]
            return added([of(part, key) for part in branch.parts])
        return added([every[span].get(key) for span in tiles_of(cut[branch.first])])

    results = [evaluate_block(plan, how, block) for block in cut]
    sums = blocks.added(root, lambda i: results[i].sums, lambda branch: None, lambda branch, its: None)
    for key in {key for tile in every.values() for key in tile if not is_product(key)}:
        np.testing.assert_array_equal(sums.draws[key], of(root, key))
    assert not any(is_product(key) for key in (*sums.draws, *sums.best))


def test_what_a_block_holds_does_not_grow_with_its_products(catalog: Catalog) -> None:
    plan, how = compile_plan(resolve(catalog)), Study("quasi", 1, DRAWS)
    few, many = (evaluate_block(plan, how, range(n)) for n in (12, 36))
    small, large = ({key for key in its.sums.draws if "family" not in key} for its in (few, many))
    assert small == large
    assert few.rows.draws.size == many.rows.draws.size == 0
    kept = evaluate_block(plan, how, range(12), True).rows
    assert kept.draws.shape == (len(kept.labels), DRAWS)
    np.testing.assert_array_equal(describe(kept.draws, True), kept.numbers[:, 1:])


@pytest.mark.parametrize("seed", some(50, 54, 2))
def test_threads_with_catalogs_with_everything(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed))
    catalog = usephase.read_catalog(write_catalog(tmp_path, settings, tables))
    monkeypatch.setattr(study, "TILE", 1)
    same(usephase.estimate(catalog, draws=DRAWS), usephase.estimate(catalog, draws=DRAWS, workers=2))


@pytest.mark.parametrize("count", [0, 1, 3, 4, 7, 40, 500])
def test_every_product_is_in_one_block(count: int) -> None:
    names = [f"P{i}" for i in range(count)]
    if count:
        parts = study.cut_by(study.hashes(names), 3, 9)
        assert [i for part in parts for i in part] == list(range(count))
        assert max(map(len, parts)) <= 9


def test_calendar_years_that_nothing_reaches_have_no_row(catalog: Catalog) -> None:
    years = usephase.estimate(catalog, draws=DRAWS, kernel="numba").select("category_11", "calendar_year")
    assert 20 < len(years) < 60
    assert (years["mean"] > 0).all()
