"""Blocks on disk: found again when they are of the same study and whole, and never otherwise."""

import errno
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import usephase
from tests.bench.workload import make
from usephase.catalog.table import Catalog
from usephase.engine.plan import parts, study
from usephase.engine.run import blocks, estimate
from usephase.engine.run import checkpoints as spool
from usephase.engine.run.blocks import cut
from usephase.engine.run.checkpoints import Spool
from usephase.results.run import Run

BLOCKS = 5


class StoppedError(Exception):
    """What stops a run in these tests."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, parts, study):
        monkeypatch.setattr(module, "TILE", 4)
    monkeypatch.setattr(estimate, "cut", lambda plan, draws: cut(plan, draws, 1))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return make(4 * BLOCKS - 1, regions=2).catalog()


@pytest.fixture(scope="module")
def whole(catalog: Catalog) -> Run:
    with pytest.MonkeyPatch.context() as patch:
        for module in (blocks, parts, study):
            patch.setattr(module, "TILE", 4)
        return usephase.estimate(catalog, draws=32)


def estimated(catalog: Catalog, kept: Spool, stop: int = BLOCKS, **options: object) -> tuple[Run | None, list[int]]:
    """Estimate with a spool, until so many blocks are there; give the run and the tiles that were computed."""
    tiles: list[int] = []
    plain = spool.Shelf.put

    def put(self: spool.Shelf, result: blocks.BlockResult) -> None:
        plain(self, result)
        tiles.append(result.first)
        if len(tiles) == stop < BLOCKS:
            raise StoppedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool.Shelf, "put", put)
        try:
            return usephase.estimate(catalog, spool=kept, **{"draws": 32, **options}), tiles
        except StoppedError:
            return None, tiles


def same(a: Run | None, b: Run) -> None:
    assert a is not None
    pd.testing.assert_frame_equal(a.figures, b.figures, check_exact=True)
    pd.testing.assert_frame_equal(a.service, b.service, check_exact=True)
    np.testing.assert_array_equal(a.samples, b.samples)


@pytest.mark.parametrize("store_draws", [True, False, None])
def test_what_is_kept_is_taken_up(catalog: Catalog, whole: Run, tmp_path: Path, store_draws: bool | None) -> None:
    first = Spool(tmp_path)
    assert estimated(catalog, first, 3, store_draws=store_draws) == (None, [0, 1, 2])
    assert "3 of 5 blocks are kept" in first.kept()
    second = Spool(tmp_path, resume=True)
    run, tiles = estimated(catalog, second, store_draws=store_draws)
    assert tiles == [3, 4]
    assert run is not None
    assert run.meta["blocks"] == {"count": 5, "tiles": 1, "taken_up": 3}
    if store_draws is not False:
        same(run, whole)
    pd.testing.assert_frame_equal(run.figures, whole.figures, check_exact=True)
    second.remove()
    assert list(tmp_path.iterdir()) == []
    assert second.kept() == ""


def test_without_resume_all_is_computed_and_what_is_there_is_said(catalog: Catalog, whole: Run, tmp_path: Path) -> None:
    estimated(catalog, Spool(tmp_path), 2)
    told: list[str] = []
    run, tiles = estimated(catalog, Spool(tmp_path, say=told.append))
    assert tiles == [0, 1, 2, 3, 4]
    (text,) = told
    assert "2 of 5 blocks of a run of this study that was stopped → --resume takes them up" in text
    same(run, whole)


def test_damaged_blocks_are_computed_again(catalog: Catalog, whole: Run, tmp_path: Path) -> None:
    estimated(catalog, Spool(tmp_path), 4)
    files = sorted(tmp_path.glob(".*.spool/block-*"))
    data = bytearray(files[0].read_bytes())
    data[len(data) // 2] ^= 1
    files[0].write_bytes(data)
    files[1].write_bytes(files[1].read_bytes()[:-1])
    files[2].write_bytes(b"")
    told: list[str] = []
    run, tiles = estimated(catalog, Spool(tmp_path, True, told.append))
    assert tiles == [0, 1, 2, 4]
    assert [text.split(": ")[1] for text in told] == ["damaged → the block is computed again"] * 3
    same(run, whole)


def test_every_flipped_bit_of_a_block_is_noticed(catalog: Catalog, tmp_path: Path) -> None:
    kept = Spool(tmp_path)
    estimated(catalog, kept, 1)
    (file,) = tmp_path.glob(".*.spool/block-*")
    good, rng = file.read_bytes(), np.random.default_rng(4)
    (shelf,) = kept._opened
    assert shelf.take(0) is not None
    for at in (*range(120), *rng.integers(120, len(good), 300)):
        data = bytearray(good)
        data[at] ^= 1 << int(rng.integers(8))
        file.write_bytes(data)
        assert shelf.take(0) is None, at
    file.write_bytes(good + b"\0")
    assert shelf.take(0) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": 5}, "seed 1 there, 5 here"),
        ({"draws": 40}, "draws 32 there, 40 here"),
        ({"store_draws": False}, "store draws true there, false here"),
        ({"by": ["brand"]}, 'by [] there, ["brand"] here'),
    ],
)
def test_blocks_of_another_study_are_left_alone(
    catalog: Catalog, tmp_path: Path, options: dict[str, object], said: str
) -> None:
    estimated(catalog, Spool(tmp_path), 2)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    told: list[str] = []
    _, tiles = estimated(catalog, Spool(tmp_path, True, told.append), **options)
    assert len(tiles) == BLOCKS
    (text,) = told
    assert "is of another study" in text
    assert said in text
    assert before.items() <= {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}.items()


def test_other_code_makes_another_study(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    estimated(catalog, Spool(tmp_path), 2)
    monkeypatch.setattr("usephase.engine.run.identity.sources", lambda: "0123456789abcdef")
    told: list[str] = []
    _, tiles = estimated(catalog, Spool(tmp_path, True, told.append))
    assert len(tiles) == BLOCKS
    assert "sources" in told[0]


def test_nothing_to_resume_is_said(catalog: Catalog, tmp_path: Path) -> None:
    told: list[str] = []
    estimated(catalog, Spool(tmp_path, True, told.append))
    assert told == [f"{tmp_path}: no blocks of a stopped run are there → all is computed"]


def test_a_disk_that_takes_no_more_ends_the_keeping_not_the_run(
    catalog: Catalog, whole: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: object, result: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spool, "_write", full)
    told: list[str] = []
    kept = Spool(tmp_path, say=told.append)
    run, _ = estimated(catalog, kept)
    same(run, whole)
    assert [text.split(": ")[1] for text in told] == [
        "finished blocks are no longer kept (No space left on device); the run goes on"
    ]
    assert kept.kept() == ""
    kept.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_one_block_keeps_none_and_says_that_there_is_nothing_to_resume(tmp_path: Path) -> None:
    told: list[str] = []
    for resume in (False, True):
        usephase.estimate(
            make(3, regions=2).catalog(), draws=32, spool=Spool(tmp_path / "results", resume, told.append)
        )
        assert not (tmp_path / "results").exists()
    assert told == [f"{spool.ONE_BLOCK} → all is computed"]
