"""Figures under each grid scenario: those of a catalog that has no other, and the mixture picks from them."""

from dataclasses import replace

import numpy as np
import pytest

import usephase
from tests.laws.catalogs import read
from tests.laws.everything import everything
from usephase.catalog.table import Catalog
from usephase.results.content import STATISTICS
from usephase.results.run import Run

LABELS = ["ledger", "grid_basis", "boundary", "phase"]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read(*everything())


def ran(catalog: Catalog, **settings: object) -> Run:
    return usephase.estimate(replace(catalog, settings=catalog.settings.model_copy(update=settings)), kernel="numpy")


@pytest.mark.parametrize(
    ("basis", "boundary"), [("projected", "minimum"), ("projected", "life_cycle"), ("frozen", "life_cycle")]
)
def test_figures_are_bitwise_those_of_the_scenario_alone(catalog: Catalog, basis: str, boundary: str) -> None:
    how = {"grid_basis": basis, "boundary": boundary}
    run = ran(catalog, **how)
    rows = run.figures[run.figures["by"] == "scenario"]
    for scenario in ("calm", "brisk"):
        figures = ran(catalog, **how, scenarios={scenario: 1.0}).figures
        mine = rows[rows["group"] == scenario].set_index(LABELS)[list(STATISTICS)]
        assert {"total", "category_11", "category_12"} == set(mine.index.get_level_values("ledger"))
        for by in ("total", "scenario"):
            wanted = figures[figures["by"] == by].set_index(LABELS)[list(STATISTICS)]
            assert (mine == wanted.loc[mine.index]).all(axis=None)
    for ledger in ("total", "category_11"):
        under, mixed = run.draws(ledger, by="scenario").to_numpy(), run.draws(ledger).to_numpy()[0]
        # The one that each draw is in, to rounding: beside a path with nodes a plain one is written by nodes too.
        assert np.isclose(under, mixed, rtol=1e-13).any(axis=0).all()
        assert (under[0] != under[1]).any()
