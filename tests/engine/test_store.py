"""The store: what a run takes from it is what it would compute, bit by bit, after whatever was changed meanwhile."""

import copy
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import usephase
from tests.bench.workload import make
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.engine.plan import study
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.study import Study, cut_blocks, cut_by, hashes, tiles_of
from usephase.engine.program.group import local_cells, write_tile
from usephase.engine.run import blocks, gather
from usephase.engine.run import store as module
from usephase.engine.run.identity import fingerprint, row_names
from usephase.engine.run.store import Store
from usephase.errors import UsephaseError
from usephase.results.run import Run

DRAWS = 16
PRODUCTS = 19


class StoppedError(Exception):
    """What stops a run in these tests."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "TILE", 2)
    monkeypatch.setattr(blocks, "NEAR", 1)
    monkeypatch.setattr(blocks, "MOST", 2)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return make(PRODUCTS, regions=2).catalog()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[range]:
    """Blocks that were computed."""
    found: list[range] = []
    plain = gather.evaluate_blocks

    def noted(*given: object, **options: object) -> Iterator[object]:
        for result in plain(*given, **options):
            if isinstance(result, blocks.BlockResult):
                found.append(result.products)
            yield result

    monkeypatch.setattr(gather, "evaluate_blocks", noted)
    return found


def same(a: Run, b: Run) -> None:
    pd.testing.assert_frame_equal(a.figures, b.figures, check_exact=True)
    pd.testing.assert_frame_equal(a.service, b.service, check_exact=True)
    np.testing.assert_array_equal(a.samples, b.samples)
    np.testing.assert_array_equal(a.sample_rows, b.sample_rows)


# Any edit.


def edited(rng: np.random.Generator, settings: dict, tables: dict) -> tuple[dict, dict, str]:
    """Change one cell, one row, one setting or the order of one table."""
    settings, tables = copy.deepcopy(settings), copy.deepcopy(tables)
    name = str(rng.choice(sorted(name for name, rows in tables.items() if rows)))
    rows = tables[name]
    at, kind = int(rng.integers(len(rows))), int(rng.integers(8))
    if kind == 0:
        del rows[at]
    elif kind == 1:
        tables[name] = [rows[i] for i in rng.permutation(len(rows))]
    elif kind == 2:
        row = dict(rows[int(rng.integers(len(rows)))])
        key = next(iter(row))
        rows.append({**row, key: f"{row[key]}x"})
    elif kind == 3:
        name = _edit_settings(rng, settings)
    else:
        column = str(rng.choice(sorted(rows[at])))
        others = [row[column] for row in rows if row.get(column) not in (None, rows[at][column])]
        text = rows[at][column]
        try:
            rows[at][column] = repr(float(text) * 1.1)
        except (TypeError, ValueError):
            rows[at][column] = others[int(rng.integers(len(others)))] if others else ""
        name = f"{name}.{column}"
    return settings, tables, f"{kind} {name}"


def _edit_settings(rng: np.random.Generator, settings: dict) -> str:
    section = settings[str(rng.choice(sorted(name for name, x in settings.items() if isinstance(x, dict) and x)))]
    name = str(rng.choice(sorted(section)))
    value = section[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        section[name] = (
            {"life_cycle": "minimum", "minimum": "life_cycle"}.get(value, value) if isinstance(value, str) else value
        )
    else:
        section[name] = value + 1 if isinstance(value, int) else value * 0.9
    return name


EDITS = 6


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(s, marks=pytest.mark.slow) for s in range(1, 34)),
             *(pytest.param(s, marks=pytest.mark.deep) for s in range(34, 600))],
)  # fmt: skip
def test_after_any_edit_a_run_with_a_store_is_the_full_run(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "TILE", 1)
    rng = np.random.default_rng(seed)
    settings, tables = random_catalog(rng, "small" if seed else "tiny", extras=seed % 2 == 0, archetypes=seed % 3 == 1)
    by_rows: dict[str, str] = {}
    done = 0
    edits = EDITS if seed else 2
    for attempt in range(4 * edits):
        changed = (settings, tables, "nothing") if attempt == 0 else edited(rng, settings, tables)
        try:
            catalog = usephase.read_catalog(write_catalog(tmp_path / str(attempt), *changed[:2]))
            full = usephase.estimate(catalog, draws=DRAWS, kernel="numpy")
        except UsephaseError:
            assert attempt, "the catalog itself"
            continue
        names_agree(catalog, by_rows)
        same(usephase.estimate(catalog, draws=DRAWS, kernel="numpy", store=Store(tmp_path / "store")), full)
        done += 1
        if rng.random() < 0.5:  # edits on edits, and back
            settings, tables = changed[:2]
        if done > edits:
            break
    assert done > edits // 2


def names_agree(catalog: Catalog, known: dict[str, str]) -> None:
    """Hold that blocks with the same rows have the same programs."""
    resolved = resolve(catalog)
    plan, settings = compile_plan(resolved), catalog.settings
    how, local = Study(settings.design, settings.seed, DRAWS), local_cells(plan)
    cut = cut_blocks(plan)
    for block, of_rows in zip(cut, row_names(resolved, plan, how, True, cut), strict=True):
        programs = [write_tile(plan, span, how.make(), DRAWS, local) for span in tiles_of(block)]
        assert known.setdefault(of_rows, fingerprint(plan, how, block, True, programs)) == known[of_rows]


# Which products share a block.


def test_an_added_product_touches_one_block() -> None:
    names = [f"P{i:05d}" for i in range(0, 6000, 2)]
    before = {tuple(names[part.start : part.stop]) for part in cut_by(hashes(names), 64, 192)}
    assert max(map(len, before)) <= 192
    assert sorted(name for part in before for name in part) == names
    touched = []
    for i in np.random.default_rng(0).integers(3000, size=60):
        more = sorted([*names, f"P{2 * i + 1:05d}"])
        touched.append(len({tuple(more[p.start : p.stop]) for p in cut_by(hashes(more), 64, 192)} - before))
    assert sorted(touched)[-4] == 1  # now and then it ends a block itself
    assert max(touched) <= 3


def test_only_the_block_of_a_changed_product_is_computed(
    catalog: Catalog, computed: list[range], tmp_path: Path
) -> None:
    told: list[str] = []
    folder = make(PRODUCTS, regions=2).write(tmp_path / "catalog")
    usephase.estimate(usephase.read_catalog(folder), draws=DRAWS, store=Store(tmp_path / "store", say=told.append))
    assert len(computed) > 4
    assert told == []
    for table, old, new in (
        ("modes.csv", 'P000007,standby,electricity,"', 'P000007,standby,electricity,"1'),
        ("lifetimes.csv", 'P000007,"', 'P000007,"1'),  # a row that is shared, and that only one product has
        ("products.csv", "P000007,", "P000007,"),
    ):
        computed.clear()
        text = (folder / table).read_text()
        assert old in text
        (folder / table).write_text(text.replace(old, new))
        run = usephase.estimate(
            usephase.read_catalog(folder), draws=DRAWS, store=Store(tmp_path / "store", say=told.append)
        )
        assert len(computed) == (old != new)
        assert all(7 in block for block in computed)
        unchanged = PRODUCTS - sum(map(len, computed))
        assert told.pop() == f"{unchanged} of {PRODUCTS} products unchanged: taken from {tmp_path / 'store'}"
        assert run.meta["blocks"]["unchanged"] == unchanged
        same(run, usephase.estimate(usephase.read_catalog(folder), draws=DRAWS))


def test_the_order_of_rows_and_what_no_figure_depends_on_change_no_block(
    catalog: Catalog, computed: list[range], tmp_path: Path
) -> None:
    folder = make(PRODUCTS, regions=2).write(tmp_path / "catalog")
    usephase.estimate(usephase.read_catalog(folder), draws=DRAWS, store=Store(tmp_path / "store"))
    computed.clear()
    head, *rows = (folder / "modes.csv").read_text().splitlines()
    (folder / "modes.csv").write_text("\n".join([f"{head},source", *(f"{row},mine" for row in reversed(rows))]) + "\n")
    settings = (folder / "catalog.toml").read_text()
    (folder / "catalog.toml").write_text(settings.replace("[catalog]", '[catalog]\ncompany = "Another"'))
    usephase.estimate(usephase.read_catalog(folder), draws=DRAWS, store=Store(tmp_path / "store"))
    assert computed == []


def test_names_are_the_same_in_another_process(catalog: Catalog, tmp_path: Path) -> None:
    code = (
        "import sys, usephase\n"
        "from usephase.engine.run.store import Store\n"
        "catalog = usephase.read_catalog(sys.argv[1])\n"
        "usephase.estimate(catalog, draws=16, kernel='numpy', store=Store(sys.argv[2]))"
    )
    folder = write_catalog(tmp_path / "catalog", *random_catalog(np.random.default_rng(3)))
    for hashing in ("1", "2"):
        words = [sys.executable, "-c", code, str(folder), str(tmp_path / "store")]
        subprocess.run(words, check=True, env={**os.environ, "PYTHONHASHSEED": hashing})
        files = {path.name for path in (tmp_path / "store").iterdir()}
        if hashing == "1":
            first = files
    assert files == first


# What is not whole, and who stops when.


def damages(good: bytes) -> Iterator[bytes]:
    data = bytearray(good)
    data[len(data) // 2] ^= 1
    yield bytes(data)
    yield good[:-1]
    yield b""
    yield good + b"\0"


def test_what_is_damaged_truncated_or_of_another_name_is_computed_again(catalog: Catalog, tmp_path: Path) -> None:
    folder, told = tmp_path / "store", list[str]()
    whole = usephase.estimate(catalog, draws=DRAWS, store=Store(folder))
    files = sorted(folder.iterdir())
    assert {path.suffix for path in files} == {".rows", ".sums", ".name"}
    good = {path: path.read_bytes() for path in files}
    for i in range(4):
        for path, data in good.items():
            path.write_bytes(list(damages(data))[i])
        same(usephase.estimate(catalog, draws=DRAWS, store=Store(folder, say=told.append)), whole)
        assert any("damaged → it is computed again" in text for text in told)
    assert {path: path.read_bytes() for path in files} == good
    for kind in (".rows", ".sums", ".name"):
        mine = [path for path in files if path.suffix == kind]
        for path, other in zip(mine, mine[1:] + mine[:1], strict=True):
            path.write_bytes(good[other])
        same(usephase.estimate(catalog, draws=DRAWS, store=Store(folder)), whole)
        assert {path: path.read_bytes() for path in files} == good


def test_every_flipped_bit_is_noticed(catalog: Catalog, tmp_path: Path) -> None:
    usephase.estimate(catalog, draws=DRAWS, store=Store(tmp_path))
    rng = np.random.default_rng(4)
    resolved = resolve(catalog)
    plan, settings = compile_plan(resolved), catalog.settings
    cut, how = cut_blocks(plan), Study(settings.design, settings.seed, DRAWS)
    for kind in ("name", "rows", "sums"):
        shelf = Store(tmp_path).open(resolved, plan, how, True, cut)
        file = tmp_path / f"{(shelf._by_rows if kind == 'name' else shelf._names)[0]}.{kind}"
        good = file.read_bytes()
        for at in (*range(min(120, len(good))), *rng.integers(len(good), size=100)):
            data = bytearray(good)
            data[at] ^= 1 << int(rng.integers(8))
            file.write_bytes(data)
            if kind == "name":
                assert shelf._name(shelf._by_rows[0]) is None, at
            else:
                assert (shelf.rows(0) if kind == "rows" else shelf.sums(blocks.Branch(0, 1))) is None, at
        file.write_bytes(good)


def test_a_run_that_was_stopped_is_taken_up(catalog: Catalog, computed: list[range], tmp_path: Path) -> None:
    whole = usephase.estimate(catalog, draws=DRAWS)
    computed.clear()
    plain = module.Shelf.put

    def put(self: module.Shelf, result: blocks.BlockResult) -> None:
        plain(self, result)
        if len(computed) == 2:
            raise StoppedError

    first, told = Store(tmp_path, say=print), list[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.Shelf, "put", put)
        with pytest.raises(StoppedError):
            usephase.estimate(catalog, draws=DRAWS, store=first)
    kept = list(computed)
    count = len(cut_blocks(compile_plan(resolve(catalog))))
    assert (
        first.kept() == f"{len(kept)} of {count} blocks are kept in {tmp_path} → the next run takes them up (--resume)"
    )
    computed.clear()
    same(usephase.estimate(catalog, draws=DRAWS, store=Store(tmp_path, resume=True, say=told.append)), whole)
    assert len(computed) == count - len(kept)
    assert told == [f"{sum(map(len, kept))} of {PRODUCTS} products unchanged: taken from {tmp_path}"]


def test_nothing_to_resume_is_said_once(catalog: Catalog, tmp_path: Path) -> None:
    told: list[str] = []
    usephase.estimate(catalog, draws=DRAWS, store=Store(tmp_path, resume=True, say=told.append))
    assert told == [f"{tmp_path}: nothing of this study is there → all is computed"]


def test_other_code_makes_other_blocks(
    catalog: Catalog, computed: list[range], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usephase.estimate(catalog, draws=DRAWS, store=Store(tmp_path))
    count = len(computed)
    monkeypatch.setattr("usephase.engine.run.identity.sources", lambda: "0123456789abcdef")
    usephase.estimate(catalog, draws=DRAWS, store=Store(tmp_path))
    assert len(computed) == 2 * count


def test_a_full_store_loses_what_was_asked_for_longest_ago(catalog: Catalog, tmp_path: Path) -> None:
    def size() -> int:
        return sum(path.stat().st_size for path in tmp_path.iterdir())

    usephase.estimate(catalog, draws=DRAWS, store=Store(tmp_path))
    first, one = {path.name for path in tmp_path.iterdir()}, size()
    (tmp_path / "notes.txt").write_text("mine")
    whole = usephase.estimate(catalog, draws=DRAWS, seed=9, store=Store(tmp_path, int(1.2 * one)))
    assert size() <= 1.2 * one
    told: list[str] = []
    same(usephase.estimate(catalog, draws=DRAWS, seed=9, store=Store(tmp_path, say=told.append)), whole)
    assert told == [f"{PRODUCTS} of {PRODUCTS} products unchanged: taken from {tmp_path}"]
    assert len(first & {path.name for path in tmp_path.iterdir()}) < len(first)
    same(usephase.estimate(catalog, draws=DRAWS, seed=9, store=Store(tmp_path, 1)), whole)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_disk_that_takes_no_more_ends_the_keeping_not_the_run(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, write: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_write", full)
    told: list[str] = []
    kept = Store(tmp_path / "store", say=told.append)
    same(usephase.estimate(catalog, draws=DRAWS, store=kept), usephase.estimate(catalog, draws=DRAWS))
    assert [text.split(": ")[1] for text in told] == [
        "finished blocks are no longer kept (No space left on device); the run goes on"
    ]
    assert kept.kept() == ""
