"""Sale years evaluated together are what a run of each of them gives, on the same draws."""

from pathlib import Path

import numpy as np
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog.resolve import resolve
from usephase.engine.plan.study import Study
from usephase.insight.figure import Figure
from usephase.insight.tracking.cohorts import LEDGERS, Cohort, cohort, cohorts, sale_years
from usephase.results.run import Run

BY = ("product", "family", "region", "segment", "mode", "material", "component")


def same(ours: Cohort, run: Run, labels: tuple[str, ...]) -> None:
    rows = run.figures.assign(draws=list(run.samples[np.argsort(run.sample_rows)]))
    headline = run.meta["grid_basis"], run.meta["boundary"]
    expected = {}
    for row in rows.itertuples():
        if row.phase not in (None, "direct") or row.ledger not in (*LEDGERS, "total"):
            continue
        if row.ledger == "total" and row.by == "total":
            assert ours.choices[row.grid_basis, row.boundary] == pytest.approx(row.draws, rel=1e-12)
        # Of the components of Category 11 the program has no groups: they are the choices of method.
        counted = row.by in ("total", *BY, *labels) and (row.ledger, row.by) != ("category_11", "component")
        counted &= row.ledger == "category_12" or (row.grid_basis, row.boundary) == headline
        if counted and row.ledger != "total":
            expected[row.ledger, row.by, row.group] = (row.draws, row.best_estimate)
    assert {key for key, x in ours.groups.items() if x.any()} == {key for key, (x, _) in expected.items() if x.any()}
    for key, (draws, best) in expected.items():
        if draws.any():
            floor = 1e-14 * np.abs(draws).max()
            assert ours.groups[key] == pytest.approx(draws, rel=1e-12, abs=floor), (ours.year, key)
            assert ours.best.get(key, 0.0) == pytest.approx(best, rel=1e-12), (ours.year, key)


@pytest.mark.parametrize("seed", some(0, 10, 1))
def test_years_together_are_runs_of_each(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(500 + seed), extras=seed % 2 == 0)
    catalog = usephase.read_catalog(write_catalog(tmp_path / "catalog", settings, tables))
    resolved, draws = resolve(catalog), 80
    labels = tuple(resolved.catalog.labels)
    known = sale_years(resolved)
    study = Study("quasi", seed, draws)
    figures = [Figure("total", label, "") for label in labels]
    ours = cohorts(resolved, study, until=known[-1] + 2, growth=0.03, figures=figures, by=BY, workers=2)
    runs = {
        year: usephase.estimate(catalog, year=year, draws=draws, seed=seed, design="quasi", by=labels, store_draws=True)
        for year in known
    }
    for its in ours.years:
        if its.year in runs:
            same(its, runs[its.year], labels)
    calendar: dict[str, np.ndarray] = {}
    for its in ours.years:
        for (ledger, year), x in its.calendar.items():
            key = f"{ledger} {year}"
            calendar[key] = calendar.get(key, 0.0) + x
    whole = runs[known[-1]]
    rows = whole.figures.assign(draws=list(whole.samples[np.argsort(whole.sample_rows)]))
    rows = rows[(rows["by"] == "calendar_year") & (rows["ledger"] != "total")]
    for ledger, mine in rows.groupby("ledger"):
        largest = max(np.abs(x).max() for x in mine["draws"])
        for row in mine.itertuples():
            x = calendar.get(f"{ledger} {row.group}", np.zeros(draws))
            assert x == pytest.approx(row.draws, rel=1e-11, abs=1e-13 * largest), row.group


def test_what_is_carried_on_is_last_years_range_on_later_grids(tmp_path: Path) -> None:
    """Twice the catalog: the second has the held year's sales written out."""
    settings, tables = random_catalog(np.random.default_rng(503), extras=True)
    last = max(int(row["year"]) for row in tables["sales"])
    sales = [row for row in tables["sales"] if int(row["year"]) == last]
    written = {**tables, "sales": [*tables["sales"], *({**row, "year": str(last + 1)} for row in sales)]}
    first, second = (
        resolve(usephase.read_catalog(write_catalog(tmp_path / name, settings, its)))
        for name, its in (("a", tables), ("b", written))
    )
    study = Study("quasi", 1, 40)
    held = cohorts(first, study, until=last + 1, growth=0.5).years[-1]
    sold = cohort(second, last + 1, study)
    fixed = all(row["units"].replace(".", "").isdigit() for row in sales)
    assert held.sales == "held"
    if fixed:
        assert held.draws(Figure()) == pytest.approx(sold.draws(Figure()) * 1.5, rel=1e-12)
    else:  # the written units are unknowns of their own: their best estimates are the same
        assert held.best_estimate(Figure()) == pytest.approx(sold.best_estimate(Figure()) * 1.5, rel=1e-12)
