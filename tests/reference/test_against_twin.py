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
from usephase.engine.estimate import cell_draws

DRAWS = 16
CHECKED = (0, 7, 15)
RELATIVE = 1e-8
# Where a life ends below 1e-9 of its mean, the package may book the rest a year earlier or later.
CALENDAR_SHARE = 1e-7
PHASES = ("direct", "indirect", "maintenance")
GROUPINGS = ("total", "product", "family", "region", "segment", "component", "coverage", "calendar_year")
OWN_GROUPINGS = {"category_11": ("mode",), "category_12": ("material",), "avoided": ("material",)}


def cells_of(draws: Mapping[tuple[str, str, str], np.ndarray], index: int) -> Cell:
    """Numbers of one draw."""
    return lambda table, row, column: float(draws[table, row, column][index])


def slow(figures: Mapping[Key, float], head: tuple[str | None, ...], by: str) -> dict[str, float]:
    """The twin's groups of one grouping."""
    return {key[5]: value for key, value in figures.items() if key[:4] == head and key[4] == by}


def same(fast: Mapping[str, float], expected: Mapping[str, float], by: str, what: object) -> None:
    """Compare the groups of one grouping; a group that one side does not list is nothing there."""
    scale = max((abs(value) for value in expected.values()), default=0.0)
    floor = CALENDAR_SHARE * scale if by == "calendar_year" else 1e-13 * scale
    for group in fast.keys() | expected.keys():
        ours = expected.get(group, 0.0)
        assert fast.get(group, 0.0) == pytest.approx(ours, rel=RELATIVE, abs=floor), (what, by, group)


def heads(headline: tuple[str, str]) -> list[tuple[tuple[str | None, ...], tuple[str, ...]]]:
    """Each ledger with basis, boundary and phase, and the groupings that it has there."""
    found: list[tuple[tuple[str | None, ...], tuple[str, ...]]] = []
    for basis in BASES:
        for boundary in BOUNDARIES:
            by = GROUPINGS if (basis, boundary) == headline else ("total", "component")
            found += [(("category_11", basis, boundary, phase), by) for phase in PHASES]
            found.append((("total", basis, boundary, None), tuple(name for name in by if name != "component")))
    found += [((ledger, None, None, None), GROUPINGS) for ledger in ("category_12", "avoided", "biogenic_co2")]
    return found


def fast_groups(frame: Any, index: int) -> dict[str, float]:
    """The package's groups of one draw."""
    return {str(group): float(frame.iloc[row, index]) for row, group in enumerate(frame.index)}


@pytest.mark.parametrize("seed", range(24))
def test_every_draw_is_the_twins(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed), extras=seed % 3 == 0)
    comment = "drawn at random" if seed % 2 else ""
    catalog = usephase.read_catalog(write_catalog(tmp_path / "catalog", settings, tables, comment))
    names = labels(tables)
    run = usephase.estimate(catalog, draws=DRAWS, by=names)
    numbers = cell_draws(catalog, draws=DRAWS)
    headline = (settings["method"]["grid_basis"], settings["method"]["boundary"])
    for index in CHECKED:
        scenario = str(numbers["settings", "grid", "scenario"][index])
        figures, _ = evaluate(settings, tables, cells_of(numbers, index), scenario)
        for head, groupings in heads(headline):
            ledger, basis, boundary, phase = head
            on_headline = (basis, boundary) in (headline, (None, None))
            for by in (*groupings, *(names if on_headline else ()), *_own(head, on_headline)):
                if by == "calendar_year" and phase in ("indirect", "maintenance"):
                    continue
                expected = slow(figures, head, by)
                if not expected or not any(expected.values()):
                    continue
                frame = run.draws(ledger, by=by, phase=phase, grid_basis=basis, boundary=boundary)
                same(fast_groups(frame, index), expected, by, (seed, index, head))


def _own(head: tuple[str | None, ...], on_headline: bool) -> tuple[str, ...]:
    ledger = head[0]
    return OWN_GROUPINGS.get(ledger, ()) if on_headline and ledger is not None else ()


@pytest.mark.parametrize("seed", range(100, 124))
def test_best_estimates_and_services_are_the_twins(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed))
    run = usephase.estimate(usephase.read_catalog(write_catalog(tmp_path / "catalog", settings, tables)), draws=4)
    figures, service = evaluate(settings, tables, best_cell(settings, tables), best_scenario(settings))
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
