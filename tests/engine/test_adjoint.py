"""What a figure is made of: its tapes against the engine's sums, and swapped cells against runs with other cells."""

from pathlib import Path

import numpy as np
import pytest

from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog import read_catalog
from usephase.catalog.resolve import resolve
from usephase.engine.adjoint.graph import CELL, Graph
from usephase.engine.adjoint.passes import evaluate
from usephase.engine.adjoint.rows import Row, Rows, Sampled, SecondSample, Swapped
from usephase.engine.adjoint.tape import Tape, list_tapes
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.records import Plan
from usephase.engine.plan.values import Values
from usephase.engine.program.group import local_cells, sums_of, write_tile
from usephase.engine.run.figures import group_rows, total_rows
from usephase.insight.figure import GROUPINGS, Figure
from usephase.insight.figure import sums_of as sums_of_figure
from usephase.insight.sensitivity.factors import list_factors
from usephase.insight.sensitivity.subject import graph_of
from usephase.sampling.design import make_design

DRAWS = 140
TOTAL = Figure()


def planned(seed: int, folder: Path) -> Plan:
    settings, tables = random_catalog(np.random.default_rng(seed), "tiny", extras=True)
    return compile_plan(resolve(read_catalog(write_catalog(folder, settings, tables))), by=("brand",), calendar=False)


def pair(plan: Plan) -> tuple[Values, Values]:
    designs = make_design("quasi", 3, DRAWS), SecondSample(make_design("quasi", 3, DRAWS))
    return Values(plan.cells, designs[0], 0, DRAWS), Values(plan.cells, designs[1], 0, DRAWS)


def values_of(graph: Graph, rows: list[Row]) -> np.ndarray:
    found = Rows(graph, rows, Sampled(make_design("quasi", 3, DRAWS), DRAWS))
    return found.values(lambda: pair(graph.plan), DRAWS)


def figure_of(tape: Tape, leaves: np.ndarray) -> np.ndarray:
    values = np.empty((len(leaves) + tape.code.size, DRAWS))
    values[: len(leaves)] = leaves
    code, left, right = (x.astype(np.int32) for x in (tape.code, tape.left, tape.right))
    evaluate(0, code.size, len(leaves), code, left, right, tape.a, tape.b, values, DRAWS)
    found: np.ndarray = values[tape.root] * tape.scale
    return found


@pytest.mark.parametrize("seed", some(0, 4, 2))
def test_every_figure_is_the_engines(seed: int, tmp_path: Path) -> None:
    plan = planned(seed, tmp_path / "c")
    program = write_tile(plan, range(len(plan.products)), None, DRAWS, local_cells(plan))
    sums = sums_of(program, pair(plan)[0])
    wanted = [g for g in (*GROUPINGS, "brand") if g != "total"]
    compared = 0
    for row in [*total_rows(plan, sums), *group_rows(plan, sums, wanted)]:
        headline = row.grid_basis in (None, plan.grid_basis) and row.boundary in (None, plan.boundary)
        if not headline or row.phase not in (None, "direct", ""):
            continue
        graph = graph_of(plan, Figure(row.ledger, row.by, row.group))
        got = np.zeros(DRAWS)
        for whole in (False, True) if row.by == "product" else (False,):
            got[:] = 0.0
            for _, tape in list_tapes(graph, out_to_cells=whole):
                got += figure_of(tape, values_of(graph, [Row(node) for node in tape.leaves])[0])
            scale = np.abs(np.asarray(row.sample)).max() or 1.0
            np.testing.assert_allclose(
                got, np.broadcast_to(row.sample, DRAWS), rtol=1e-12, atol=1e-14 * scale, err_msg=str(row[:6])
            )
        compared += 1
    assert compared > 10


@pytest.mark.parametrize("seed", some(1, 5, 2))
def test_swapped_cells_give_what_the_engine_gives_with_other_cells(seed: int, tmp_path: Path) -> None:
    plan = planned(seed, tmp_path / "c")
    graph = graph_of(plan, TOTAL)
    program = write_tile(plan, range(len(plan.products)), None, DRAWS, local_cells(plan))
    a, b = pair(plan)
    single = [f.cells for f in list_factors(plan.cells)]
    sets = [*single[seed % 3 :: 3], single[0] | single[-1], frozenset.union(*single[::2]), frozenset[int]()]
    roots = [root for root in graph.roots if root >= 0]
    below = frozenset.union(*(graph.below(root) for root in roots))
    rows = [Row(root, cells) for cells in sets for root in roots]
    found = values_of(graph, rows).reshape(2, len(sets), len(roots), DRAWS).sum(axis=2)
    for cells, ours in zip(sets, found.transpose(1, 0, 2), strict=True):
        for side, (here, other) in enumerate(((a, b), (b, a))):
            sums = sums_of(program, Swapped(here, other, cells))
            theirs = sum(sums[key] for key in sums_of_figure(TOTAL, plan) if key in sums)
            np.testing.assert_allclose(ours[side], theirs, rtol=1e-12, err_msg=str([plan.cells.name[c] for c in cells]))
            if not cells & below:
                np.testing.assert_array_equal(ours[side], found[side, -1])
    assert len(below) > 3


def test_cells_are_drawn_as_the_design_draws_them(tmp_path: Path) -> None:
    graph = graph_of(planned(2, tmp_path / "c"), TOTAL)
    cells = [i for i, node in enumerate(graph.nodes) if node.code == CELL]
    found = values_of(graph, [Row(node) for node in cells])
    for k, node in enumerate(cells):
        cell = int(graph.program.cells.cell[graph.nodes[node].fixed[0]])
        for side, values in enumerate(pair(graph.plan)):
            np.testing.assert_allclose(found[side, k], values.cell(cell), rtol=1e-10, atol=1e-12)
