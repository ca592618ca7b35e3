"""A sliced program gives its sums the bits of the whole one, and does nothing else."""

from pathlib import Path

import numpy as np
import pytest

from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog import read_catalog
from usephase.catalog.resolve import resolve
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.study import Kernel
from usephase.engine.plan.sums import Wanted
from usephase.engine.plan.values import Values
from usephase.engine.program.code import LANES
from usephase.engine.program.group import Program, local_cells, run, write_tile
from usephase.engine.program.slice import sliced
from usephase.sampling.design import make_design

DRAWS = 140


def computed(program: Program, kernel: Kernel) -> dict[tuple[str, ...], np.ndarray]:
    values = Values(program.plan.cells, make_design("quasi", 3, DRAWS), 0, DRAWS)
    sums = np.empty((len(program.keys), -(-DRAWS // LANES) * LANES))
    touched = np.zeros(len(program.keys), dtype=bool)
    run(program, values, sums, touched, kernel)
    return {key: sums[i, :DRAWS] for i, key in enumerate(program.keys) if touched[i]}


def written(seed: int, folder: Path) -> Program:
    settings, tables = random_catalog(np.random.default_rng(seed), extras=True)
    plan = compile_plan(resolve(read_catalog(write_catalog(folder, settings, tables))), by=("brand",))
    design = make_design("quasi", 3, DRAWS)
    return write_tile(plan, range(len(plan.products)), design, DRAWS, local_cells(plan), Wanted(counts=True))


@pytest.mark.parametrize("seed", some(0, 6, 2))
def test_every_sum_alone_has_the_bits_of_all(seed: int, tmp_path: Path) -> None:
    program = written(seed, tmp_path / "c")
    whole = computed(program, "numpy")
    for i, key in enumerate(list(whole)[seed % 8 :: 8]):
        part = sliced(program, [key])
        found = computed(part, "numba" if i % 7 == 0 else "numpy")
        np.testing.assert_array_equal(found[key], whole[key], err_msg=str(key))
        others = {other for other in found if other[:2] != key[:2] or key[0] != "calendar"}
        assert others == ({key} if key[0] != "calendar" else set())
        assert len(part.operations) < len(program.operations)


def test_some_sums_together_and_all(tmp_path: Path) -> None:
    program = written(4, tmp_path / "c")
    whole = computed(program, "numba")
    keys = list(whole)[::3]
    found = computed(sliced(program, [*keys, ("no", "such sum")]), "numba")
    for key in keys:
        np.testing.assert_array_equal(found[key], whole[key])
    everything = sliced(program, program.keys)
    assert set(computed(everything, "numba")) == set(whole)
    # Slicing again takes nothing more.
    twice = sliced(everything, program.keys)
    np.testing.assert_array_equal(twice.operations, everything.operations)
    np.testing.assert_array_equal(twice.lists, everything.lists)


def test_nothing_asked_is_nothing_done(tmp_path: Path) -> None:
    part = sliced(written(4, tmp_path / "c"), [])
    assert not part.keys
    assert not len(part.operations)
