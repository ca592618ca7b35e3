"""The lean figure of a product against the engine's sums."""

from pathlib import Path

import numpy as np
import pytest

from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog import read_catalog
from usephase.catalog.resolve import resolve
from usephase.engine.block import evaluate
from usephase.engine.compile import compile_plan
from usephase.engine.figures import group_rows, total_rows
from usephase.engine.plan import Plan
from usephase.engine.shared import Shared
from usephase.engine.values import Values
from usephase.insight.dependence import Dependence
from usephase.insight.figure import GROUPINGS, Figure
from usephase.insight.kernel import forward
from usephase.insight.lean import Writer
from usephase.insight.leaves import World
from usephase.sampling.design import make_design

DRAWS = 16


def lean(plan: Plan, values: Values, figure: Figure) -> np.ndarray:
    """Add up a figure product by product."""
    world = World(plan, values, Dependence(plan))
    total, write = np.zeros(DRAWS), Writer(plan, figure)
    for product in plan.products:
        tape = write(product)
        if tape is None:
            continue
        nodes = np.empty((len(tape.keys) + len(tape.code), DRAWS))
        for i, key in enumerate(tape.keys):
            nodes[i] = world(key)
        forward(tape.code, tape.left, tape.right, tape.a, tape.b, nodes, len(tape.keys))
        total += tape.scale * nodes[tape.root]
        world.forget()
    return total


@pytest.mark.parametrize("seed", some(0, 4, 2))
def test_every_figure_is_the_engines(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed))
    catalog = read_catalog(write_catalog(tmp_path / "c", settings, tables))
    plan = compile_plan(resolve(catalog), by=("brand",), calendar=False)
    design = make_design("quasi", 3, DRAWS)
    sums = dict(evaluate(plan, Shared(plan, Values(plan.cells, design, 0, DRAWS)), range(len(plan.products))).items())
    wanted = [g for g in (*GROUPINGS, "brand") if g != "total"]
    rows = [*total_rows(plan, sums), *group_rows(plan, sums, wanted)]
    compared = 0
    for row in rows:
        headline = (row.grid_basis in (None, plan.grid_basis)) and (row.boundary in (None, plan.boundary))
        if not headline or row.phase not in (None, "direct", "") or (row.by == "mode" and row.ledger != "category_11"):
            continue
        if row.by == "component" and row.ledger == "category_11" and not np.any(row.sample):
            continue
        if row.by == "total" and row.ledger == "total" and row.phase is not None:
            continue
        values = Values(plan.cells, design, 0, DRAWS)
        got = lean(plan, values, Figure(row.ledger, row.by, row.group))
        scale = np.abs(np.asarray(row.sample)).max() or 1.0
        np.testing.assert_allclose(
            got, np.broadcast_to(row.sample, DRAWS), rtol=1e-12, atol=1e-14 * scale, err_msg=str(row[:6])
        )
        compared += 1
    assert compared > 10
