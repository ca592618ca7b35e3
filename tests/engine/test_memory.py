"""The budget: read from the system, kept to, refused when it cannot be; what a dry run says; draws that go by file."""

import json
import pickle
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow
import pytest
from click.testing import CliRunner, Result

import usephase
from tests.bench.workload import make
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.cli import main
from usephase.door import inner
from usephase.engine.plan import study
from usephase.engine.plan.cells import SCENARIO, Addresses, CellBook, Ref
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.records import Units
from usephase.engine.plan.study import Study
from usephase.engine.run import memory
from usephase.errors import StudyError
from usephase.heap import arrow_on_the_heap
from usephase.results.run import open_run
from usephase.results.stream import RowFile, in_file, pieces

GB, MB = 2**30, 2**20


def command(*arguments: object) -> Result:
    line = [str(one) for one in arguments]
    with patch.object(sys, "argv", ["usephase", *line]):  # by which a refusal knows its form
        return CliRunner().invoke(main, line)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return make(20, regions=3).catalog()


@pytest.mark.parametrize(
    ("text", "size"),
    [("2GB", 2 * GB), ("1.5 gib", 3 * GB // 2), ("500M", 500 * MB), ("4096", 4096), (77, 77), ("8kB", 8192)],
)
def test_sizes(text: str | int, size: int) -> None:
    assert memory.parsed(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1GB", "2 XB", "1e9"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(StudyError, match="is no size → write"):
        memory.parsed(text)


def system(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


MEMINFO = "MemTotal:       8000000 kB\nMemFree:  1000000 kB\nMemAvailable:    6000000 kB\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"proc/meminfo": MEMINFO}, 6_000_000 * 1024),
        ({"proc/meminfo": MEMINFO, "sys/fs/cgroup/memory.max": "max\n", "sys/fs/cgroup/memory.current": "5\n"},
         6_000_000 * 1024),
        ({"proc/meminfo": MEMINFO, "sys/fs/cgroup/memory.max": "1000\n", "sys/fs/cgroup/memory.current": "700\n",
          "sys/fs/cgroup/memory.stat": "anon 400\ninactive_file 250\n"}, 550),
        ({"proc/meminfo": MEMINFO, "sys/fs/cgroup/memory/memory.limit_in_bytes": "900\n",
          "sys/fs/cgroup/memory/memory.usage_in_bytes": "1000\n"}, 0),
        ({"proc/meminfo": MEMINFO, "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
          "sys/fs/cgroup/memory/memory.usage_in_bytes": "1000\n"}, 6_000_000 * 1024),
        ({}, memory.UNKNOWN_BYTES),
    ],
)  # fmt: skip
def test_what_is_available(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    assert memory.available(system(tmp_path, files)) == expected


def test_this_machine_has_memory() -> None:
    assert 10 * MB < memory.available() < 2**50


def test_the_need_grows_with_draws_and_hardly_with_products() -> None:
    few, many = (compile_plan(resolve(make(n, regions=3).catalog())) for n in (64, 640))
    how = Study("quasi", 1, 8192, kernel="numba")
    assert memory.needed(many, how, False) < 1.3 * memory.needed(few, how, False)
    assert memory.needed(few, how._replace(draws=65536), False) > 2 * memory.needed(few, how, False)
    assert memory.needed(few, how, False, 4) > memory.needed(few, how, False, 1)
    assert memory.needed(many, how, True) - memory.needed(many, how, False) > 640 * 8192 * 8


def test_a_budget_takes_threads_or_refuses_and_says_what_fits(catalog: Catalog) -> None:
    plan, how = compile_plan(resolve(catalog)), Study("quasi", 1, 8192)
    one, four = (memory.needed(plan, how, True, n) for n in (1, 4))
    assert memory.within(plan, how, True, 4, four) == (4, four)
    assert memory.within(plan, how, True, 4, four - 1)[0] == 3
    assert memory.within(plan, how, True, 4, one)[0] == 1
    with pytest.raises(StudyError, match=r"does not hold 20 products with 8192 draws → give at least .*MB, or ask for"):
        memory.within(plan, how, True, 4, one - 1)
    with pytest.raises(StudyError, match=r"→ give at least \d+ MB$"):
        usephase.estimate(catalog, memory="1MB")


def test_what_is_available_bounds_a_run_without_a_budget(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, how = compile_plan(resolve(catalog)), Study("quasi", 1, 256)
    one = memory.needed(plan, how, True, 1)
    for there, allowed in ((4 * one, 2 * one), (3 * one // 2, 3 * one // 2)):
        monkeypatch.setattr(memory, "available", lambda there=there: there)
        assert memory.within(plan, how, True, 1, None) == (1, allowed)
    monkeypatch.setattr(memory, "available", lambda: one - 1)
    with pytest.raises(StudyError, match="does not hold"):
        memory.within(plan, how, True, 1, None)


def test_a_run_notes_its_budget(catalog: Catalog) -> None:
    meta = usephase.estimate(catalog, draws=64, workers=2, memory="3GB").meta
    assert meta["memory"]["budget"] == 3 * GB
    assert 100 * MB < meta["memory"]["estimate"] <= 3 * GB
    assert meta["workers"] == 2


@pytest.mark.parametrize("save_totals", [False, True])
def test_draws_beyond_the_memory_go_through_a_file(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save_totals: bool
) -> None:
    monkeypatch.setattr(study, "TILE", 3)
    plain = usephase.estimate(catalog, draws=64, store_draws=True)
    monkeypatch.setattr(memory, "KEPT_BYTES", 0)
    monkeypatch.setattr("usephase.results.stream.PIECE_BYTES", 4000)
    run = usephase.estimate(catalog, draws=64, store_draws=True)
    assert in_file(inner(run).samples)
    assert not in_file(inner(plain).samples)
    pd.testing.assert_frame_equal(run.figures, plain.figures, check_exact=True)
    stored = run.with_draws_of_totals() if save_totals else run
    stored.save(tmp_path / "run.h5")
    back = open_run(tmp_path / "run.h5")
    for by in ("total",) if save_totals else ("total", "product", "family", "calendar_year"):
        pd.testing.assert_frame_equal(back.draws("category_11", by), plain.draws("category_11", by))
    assert usephase.estimate(catalog, draws=64).samples.shape[0] < len(run.samples)  # not asked for: not kept


def test_a_row_file_is_gone_with_its_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usephase.results.stream.PIECE_BYTES", 100)
    rows = np.random.default_rng(1).random((17, 8))
    file = RowFile(8, tmp_path)
    file.add(rows[:5])
    file.add(rows[5:])
    array = file.finished()
    del file
    assert len(list(tmp_path.iterdir())) == 1
    parts_read = list(pieces(array))
    assert [len(piece) for piece in parts_read] == [1] * 17
    np.testing.assert_array_equal(np.concatenate(parts_read), rows)
    del array
    assert list(tmp_path.iterdir()) == []
    given_up = RowFile(8, tmp_path)
    del given_up
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_says_what_a_run_would_take_and_writes_nothing(tmp_path: Path) -> None:
    catalog = make(70, regions=2).write(tmp_path / "catalog")
    results = tmp_path / "results"
    options = ["--draws", 1024, "--results", results, "--workers", 2, "--kernel", "numpy", "--dry-run"]
    done = command("run", catalog, *options, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["schema"] == "usephase.dry_run/1"
    assert (found["products"], found["tiles"], found["blocks"], found["draws"]) == (70, 2, 1, 1024)
    run = usephase.estimate(usephase.read_catalog(catalog), draws=16)
    assert found["uncertain_cells"] == run.meta["uncertain_cells"]
    assert found["kernel"] == "numpy"
    assert 0 < found["memory_bytes"] <= found["budget_bytes"]
    assert 0 < found["seconds"] < 600
    told = command("run", catalog, *options)
    assert told.exit_code == 0, told.output
    assert "products         70 in 1 blocks" in told.stdout
    assert not results.exists()
    refused = command("run", catalog, *options, "--memory", "1MB", "--json")
    assert refused.exit_code == 3
    assert "does not hold 70 products" in json.loads(refused.stdout)["problems"][0]["what"]


def test_addresses_are_made_when_they_are_asked_for(catalog: Catalog) -> None:
    names = CellBook(resolve(catalog)).cells.name
    assert isinstance(names, Addresses)
    every = list(names)
    assert every[-1] == names[-1] == SCENARIO
    assert [names[i] for i in range(len(names))] == every
    assert names[3:7] == tuple(every[3:7])
    assert names[:-1] == tuple(every[:-1])
    assert len(set(every)) == len(names)
    assert ("modes", "product=P000000;mode=on", "rate") in names
    assert list(pickle.loads(pickle.dumps(names))) == every
    with pytest.raises(IndexError):
        names[len(names)]


def test_units_are_a_mapping_by_region() -> None:
    regions, refs = (1, 4, 6), (Ref(-1, 3.0), Ref(2, 0.0), Ref(-1, 5.0))
    units = Units(regions, refs)
    assert dict(units) == dict(units.items()) == dict(zip(regions, refs, strict=True))
    assert [region in units for region in range(8)] == [False, True, False, False, True, False, True, False]
    assert units.get(5) is None
    assert units == pickle.loads(pickle.dumps(units))
    with pytest.raises(KeyError):
        units[7]


def test_arrow_has_its_own_pool_again_afterwards(catalog: Catalog) -> None:
    before = pyarrow.default_memory_pool().backend_name
    with arrow_on_the_heap():
        assert pyarrow.default_memory_pool().backend_name == "system"
    usephase.estimate(catalog, draws=4)
    assert pyarrow.default_memory_pool().backend_name == before
    with pytest.raises(StudyError, match="at least 2 draws"):
        usephase.estimate(catalog, draws=1)
    assert pyarrow.default_memory_pool().backend_name == before
