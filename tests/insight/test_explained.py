"""The change from a base year as published: method, observed grid and revised forecast as rows; levels by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.insight.test_recalculation import BASE, NOW, catalog, plain
from tests.insight.test_track import SETTINGS, Rows, fans, sold
from tests.reference.random_catalogs import random_catalog
from usephase.insight.tracking.track import Track, track


def grid(*rows: tuple[str, str]) -> Rows:
    return [{"zone": "HERE", "scenario": "flat", "year": year, "intensity": g} for year, g in rows]


def against(folder: Path, before: dict[str, Rows], after: dict[str, Rows], then: Any = None, **options: Any) -> Track:
    published = catalog(folder / "then", before, {**SETTINGS, **(then or {})})
    return track(catalog(folder / "now", after), against=published, draws=16, **options)


def means(done: Track) -> dict[str, float]:
    return {row["effect"]: row["mean"] for row in done.change.to_dict("records") if abs(row["mean"]) > 1e-9}


def test_the_grid_is_split_into_observed_revised_and_moved_along(tmp_path: Path) -> None:
    then = grid(("2021", "0.5"), ("2023", "0.5"))
    now = grid(("2021", "0.5"), ("2023", "0.5"), ("2024", "0.4"), ("2025", "0.2"))
    done = against(tmp_path, plain(grid=then), plain(grid=now))
    # 1,000 units · 100 kWh · 0.1 kg/kWh are 10 t a year. Published 250 t. 2024 and 2025 at 0.4: 20 t less;
    # 2025 at 0.2: 20 t less. Units of 2024 meet 0.4 and four times 0.2: 120 t.
    assert means(done) == pytest.approx({"grid_observed": -20, "grid_forecast_revision": -20, "grid": -90})
    assert done.extras["change_total"]["mean"] == pytest.approx(120 - 250)
    assert done.extras["change_from"] == "published"
    stages = dict(zip(done.change["effect"], done.change["stage"], strict=True))
    assert [name for name, stage in stages.items() if stage == "recalculation"] == [
        "method", "grid_observed", "grid_forecast_revision",
    ]  # fmt: skip
    assert not done.change.set_index("effect").loc["grid_forecast_revision", "company"]
    assert not done.extras["recalculation"]["needed"]


def test_a_method_is_a_row_of_its_own(tmp_path: Path) -> None:
    rows = grid(("2021", "0.5"), ("2022", "0.4"))
    frozen = {"method": {"sales_timing": "start_of_year", "grid_basis": "frozen"}}
    grown = fans([sold("OLD", BASE, "1000"), sold("OLD", NOW, "1100")], grid=rows)
    done = against(tmp_path, plain(grid=rows), grown, frozen)
    # Frozen 250 t; projected 50 + 4 · 40 = 210 t; 1,100 units at 0.4: 220 t. L = (220 - 210)/ln(220/210).
    mean = 10 / np.log(220 / 210)
    by_hand = {"method": -40, "volume": mean * np.log(1.1), "grid": mean * np.log(200 / 210)}
    assert means(done) == pytest.approx(by_hand)
    assert not done.change.set_index("effect").loc["method", "company"]


def test_without_a_catalog_to_compare_with_nothing_is_recalculated(tmp_path: Path) -> None:
    done = track(catalog(tmp_path / "now", plain()), draws=16)
    assert done.extras["change_from"] == "computed now"
    assert set(done.change["stage"]) == {"change"}


def test_of_a_part_the_split_begins_at_the_present_catalog(tmp_path: Path) -> None:
    done = against(tmp_path, plain(), plain(), of=["category_11"])
    assert done.extras["change_from"] == "computed now"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_parts_sum_from_the_published_base_year_on_random_catalogs(seed: int, tmp_path: Path) -> None:
    """The published catalog has nothing to do with the present one but the base year."""
    rng, made = np.random.default_rng(300 + seed), []
    for later in (False, True):
        settings, tables = random_catalog(rng, "tiny")
        settings["monte_carlo"]["seed"] = 1
        rows = [row for row in tables["sales"] if row["year"] == "2024"]
        if later:
            # Every product but the first is sold in 2025, all but the last in 2024: one appears, one vanishes.
            names = sorted({row["product"] for row in rows})
            moved = [{**row, "year": "2025"} for row in rows if row["product"] != names[0] or len(names) == 1]
            rows = [row for row in rows if row["product"] != names[-1] or len(names) == 1] + moved
            settings["catalog"]["reporting_year"] = 2025
        settings["catalog"]["base_year"] = 2024
        made.append(catalog(tmp_path / str(later), {**tables, "sales": rows}, settings))
    done = track(made[1], against=made[0], draws=8, design="quasi", rules="ghg_protocol")
    before = track(made[0], draws=8, design="quasi", rules="ghg_protocol").draws[2024]
    parts = sum(done.effects.values())
    level = np.maximum.reduce([before, done.draws[2024], done.draws[2025]])
    assert (np.abs(parts - (done.draws[2025] - before)) <= 1e-9 * level).all()
