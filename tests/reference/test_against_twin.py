"""The package against the slow twin, draw by draw, on random catalogs that hold every table and form."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import usephase
from tests.reference.beliefs import best_cell, best_scenario
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.reference.twin import BASES, BOUNDARIES, Key, evaluate
from tests.reference.twin_cells import Cell, labels
from tests.seeds import some
from usephase.engine.run.estimate import cell_draws

DRAWS = 16
CHECKED = (0, 7, 15)
RELATIVE = 1e-8
# Where a life ends below 1e-9 of its mean, the package may book the rest a year earlier or later.
CALENDAR_SHARE = 1e-7
PAIRS = [(basis, boundary) for basis in BASES for boundary in BOUNDARIES]
Head = tuple[str, str | None, str | None, str | None]
PHASES = ("direct", "indirect", "maintenance")
GROUPINGS = ("total", "product", "family", "region", "segment")
# What each ledger can be grouped by on the headline, besides GROUPINGS and labels.
MORE_GROUPINGS = {
    "category_11": ("component", "mode", "calendar_year", "coverage"),
    "category_12": ("component", "material", "calendar_year", "coverage"),
    "total": ("calendar_year", "coverage"),
    "avoided": ("component", "material"),
    "biogenic_co2": ("material",),
}


def cells_of(draws: Mapping[tuple[str, str, str], np.ndarray], index: int) -> Cell:
    """Numbers of one draw."""
    return lambda table, row, column: float(draws[table, row, column][index])


def slow(figures: Mapping[Key, float], head: Head, by: str) -> dict[str, float]:
    """The twin's groups of one grouping."""
    return {key[5]: value for key, value in figures.items() if key[:4] == head and key[4] == by}


def same(fast: Mapping[str, float], expected: Mapping[str, float], by: str, what: object) -> None:
    """Compare the groups of one grouping; a group that one side does not list is nothing there."""
    scale = max((abs(value) for value in expected.values()), default=0.0)
    floor = CALENDAR_SHARE * scale if by == "calendar_year" else 1e-13 * scale
    for group in fast.keys() | expected.keys():
        ours = expected.get(group, 0.0)
        assert fast.get(group, 0.0) == pytest.approx(ours, rel=RELATIVE, abs=floor), (what, by, group)


def heads(settings: Mapping[str, Any], names: list[str], covered: bool) -> list[tuple[Head, list[str]]]:
    """Each ledger with basis, boundary and phase, and what it is grouped by there."""
    headline = (settings["method"]["grid_basis"], settings["method"]["boundary"])
    uses: list[Head] = [("category_11", basis, boundary, phase) for basis, boundary in PAIRS for phase in PHASES]
    totals: list[Head] = [("total", basis, boundary, None) for basis, boundary in PAIRS]
    wastes: list[Head] = [(ledger, None, None, None) for ledger in ("category_12", "avoided", "biogenic_co2")]
    found = []
    for head in (*uses, *totals, *wastes):
        ledger, basis, boundary, phase = head
        if (basis, boundary) in (headline, (None, None)):
            by = [*GROUPINGS, *names, *MORE_GROUPINGS[ledger]]
            if phase in ("indirect", "maintenance"):
                by = [name for name in by if name not in ("calendar_year", "coverage")]
        else:
            by = ["total", "component"] if ledger == "category_11" else ["total"]
        found.append((head, [name for name in by if covered or name != "coverage"]))
    return found


def fast_groups(frame: Any, index: int) -> dict[str, float]:
    """The package's groups of one draw."""
    return {str(group): float(frame.iloc[row, index]) for row, group in enumerate(frame.index)}


@pytest.mark.parametrize("seed", some(0, 24, 2))
def test_every_draw_is_the_twins(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed), extras=seed % 3 == 0, archetypes=seed % 2 == 0)
    comment = "drawn at random" if seed % 2 else ""
    catalog = usephase.read_catalog(write_catalog(tmp_path / "catalog", settings, tables, comment))
    names = labels(tables)
    run = usephase.estimate(catalog, draws=DRAWS, by=names)
    numbers = cell_draws(catalog, draws=DRAWS)
    compared = 0
    for index in CHECKED:
        scenario = str(numbers["settings", "grid", "scenario"][index])
        figures, _ = evaluate(settings, tables, cells_of(numbers, index), scenario)
        for head, groupings in heads(settings, names, bool(tables["coverage"])):
            ledger, basis, boundary, phase = head
            for by in groupings:
                expected = slow(figures, head, by)
                if any(expected.values()):
                    frame = run.draws(ledger, by=by, phase=phase, grid_basis=basis, boundary=boundary)
                    same(fast_groups(frame, index), expected, by, (seed, index, head))
                    compared += 1
    assert compared > 20


@pytest.mark.parametrize("seed", some(100, 124, 2))
def test_best_estimates_and_services_are_the_twins(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed), archetypes=seed % 2 == 0)
    run = usephase.estimate(usephase.read_catalog(write_catalog(tmp_path / "catalog", settings, tables)), draws=4)
    figures, service = evaluate(settings, tables, best_cell(settings, tables), best_scenario(settings))
    for name in settings["grid"]["scenarios"]:
        apart, _ = evaluate(settings, tables, best_cell(settings, tables), name)
        figures |= {(*key[:4], "scenario", name): value for key, value in apart.items() if key[4] == "total"}
    columns = ["ledger", "grid_basis", "boundary", "phase", "by", "group"]
    checked = 0
    for *texts, fast in run.figures[[*columns, "best_estimate"]].itertuples(index=False):
        key = tuple(None if text is None or text != text else str(text) for text in texts)
        if key not in figures:
            assert fast == pytest.approx(0.0, abs=1e-9), key
            continue
        total = abs(figures.get((*key[:4], "total", "total"), 0.0))
        floor = CALENDAR_SHARE * total if key[4] == "calendar_year" else 1e-13 * total
        assert fast == pytest.approx(figures[key], rel=RELATIVE, abs=floor), key
        checked += 1
    assert checked > 10
    headline = (settings["method"]["grid_basis"], settings["method"]["boundary"])
    for row in run.service.itertuples(index=False):
        expected = service[row.product, row.ledger, *headline]
        assert row.best_estimate == pytest.approx(expected, rel=RELATIVE, abs=1e-13), row
    assert {row.product for row in run.service.itertuples(index=False)} == {key[0] for key in service}
