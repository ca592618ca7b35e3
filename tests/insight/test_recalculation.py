"""When a base year is to be recalculated, and what two catalogs differ in; levels by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import usephase
from tests.insight.test_track import SETTINGS, Rows, fans, sold
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog.table import Catalog
from usephase.cli.track import command
from usephase.engine.run.local import Study
from usephase.errors import StudyError
from usephase.insight.changes.diff import diff
from usephase.insight.changes.difference import between, cell_rows, units
from usephase.insight.changes.recalculation import Walk, recalculation, walk
from usephase.insight.figure import Figure
from usephase.insight.rules import read_pack

BASE, NOW = 2021, 2024
STUDY = Study("quasi", 1, 16)


def catalog(folder: Path, tables: dict[str, Rows], settings: dict[str, Any] = SETTINGS) -> Catalog:
    return usephase.read_catalog(write_catalog(folder, settings, tables))


def plain(**changes: Rows) -> dict[str, Rows]:
    return fans([sold("OLD", BASE, "1000"), sold("OLD", NOW, "1000")], **changes)


def living(years: str) -> dict[str, Rows]:
    lives = [{"lifetime": "five", "distribution": "fixed", "mean": years}]
    return plain(lifetimes=[*lives, {"lifetime": "ten", "distribution": "fixed", "mean": "10"}])


def way(folder: Path, before: dict[str, Rows], after: dict[str, Rows], **settings: Any) -> Walk:
    second = {**SETTINGS, **settings}
    first = catalog(folder / "first", before)
    return walk(first, catalog(folder / "second", after, second), BASE, STUDY, [Figure()])


@pytest.mark.parametrize(
    ("years", "share", "sbti", "ghg_protocol"),
    [("5.23", 0.046, False, False), ("5.26", 0.052, True, False), ("4.74", -0.052, True, False),
     ("5.25", 0.05, True, False), ("5.5", 0.1, True, True), ("4.4", -0.12, True, True)],
)  # fmt: skip
def test_thresholds_both_ways(years: str, share: float, sbti: bool, ghg_protocol: bool, tmp_path: Path) -> None:
    found = way(tmp_path, living("5"), living(years))
    for pack, needed in (("sbti_near_term_v1", sbti), ("ghg_protocol", ghg_protocol)):
        told = recalculation(found, read_pack(pack), None, True)
        assert told["relative_change"] == pytest.approx(share, rel=1e-9)
        assert told["needed"] is needed
        assert told["probability_beyond"] == float(needed) or abs(share) == 0.05
    # Both levels are kept: 250 t as published, and as computed now.
    assert told["published"]["mean"] == pytest.approx(250)
    assert told["recomputed"]["mean"] == pytest.approx(250 * (1 + share))
    assert "assumptions" in told["reason"]


def test_organic_change_does_not_trigger(tmp_path: Path) -> None:
    grown = fans([sold("OLD", BASE, "1000"), sold("OLD", NOW, "9000"), sold("NEW", NOW, "500")])
    told = recalculation(way(tmp_path, plain(), grown), read_pack("sbti_near_term_v1"), None, True)
    assert not told["needed"]
    assert told["relative_change"] == 0
    assert "organic change only" in told["reason"]


def test_a_cleaner_grid_later_does_not_trigger_but_is_told(tmp_path: Path) -> None:
    rows = [
        {"zone": "HERE", "scenario": "flat", "year": y, "intensity": g} for y, g in (("2021", "0.5"), ("2023", "0.5"))
    ]
    cleaner = [*rows, {"zone": "HERE", "scenario": "flat", "year": "2024", "intensity": "0.25"}]
    told = recalculation(
        way(tmp_path / "later", plain(grid=rows), plain(grid=cleaner)), read_pack("sbti_near_term_v1"), None, True
    )
    # Years 2024 and 2025 of units sold in 2021 meet half of it: 50 t less of 250.
    parts = {row["kind"]: row["mean"] for row in told["parts"]}
    assert parts["grid_observed"] == pytest.approx(-50)
    assert parts["outlook"] == 0
    assert not told["needed"]
    assert told["recomputed"]["mean"] == pytest.approx(200)
    # A factor of the base year itself that is corrected is a factor set of another kind.
    corrected = [{**rows[0], "intensity": "0.6"}, rows[1]]
    told = recalculation(
        way(tmp_path / "base", plain(grid=rows), plain(grid=corrected)), read_pack("sbti_near_term_v1"), None, True
    )
    # 2021 0.6 and 2022 0.55: 30 t more... 1,000 units · 100 kWh · (0.1 + 0.05) kg = 15 t.
    assert {row["kind"]: row["mean"] for row in told["parts"]}["factors"] == pytest.approx(15)
    assert told["needed"]


def test_a_changed_method_is_the_first_step(tmp_path: Path) -> None:
    rows = [
        {"zone": "HERE", "scenario": "flat", "year": y, "intensity": g} for y, g in (("2021", "0.5"), ("2022", "0.4"))
    ]
    settings = {"method": {"sales_timing": "start_of_year", "grid_basis": "frozen"}}
    found = way(tmp_path, plain(grid=rows), living("6") | {"grid": rows}, **settings)
    # Projected: 50 + 4·40 = 210 t; frozen: 250 t; with six years 300 t.
    assert [(s.kind, s.table, s.row) for s in found.steps] == [
        ("method", "settings", "grid_basis"), ("assumptions", "lifetimes", "lifetime=five"),
    ]  # fmt: skip
    assert [float(s.effect.mean()) for s in found.steps] == pytest.approx([40, 50])


@pytest.mark.slow
@pytest.mark.parametrize("seed", some(0, 6, 2))
def test_from_any_catalog_to_any_other_the_steps_sum(seed: int, tmp_path: Path) -> None:
    """Two catalogs that have nothing to do with each other but a sale year: the hardest way there is."""
    made = []
    for i in (0, 1):
        settings, tables = random_catalog(np.random.default_rng(50 + 2 * seed + i), "tiny")
        settings["monte_carlo"]["seed"] = 1
        made.append(catalog(tmp_path / str(i), tables, settings))
    study = Study("quasi", 1, 8)
    found = walk(made[0], made[1], 2024, study, [Figure()])
    total = sum(step.effect for step in found.steps)
    level = np.maximum(found.before, found.after)
    assert (np.abs(total - (found.after - found.before)) <= 1e-9 * level).all()
    changed = units(made[0], made[1], 2024)
    assert not units(made[1], between(made[0], made[1], changed), 2024)
    assert cell_rows(made[0], made[1], changed)


def test_a_new_model_and_its_kin_go_in_and_out(tmp_path: Path) -> None:
    first, second = plain(), fans([sold("NEW", BASE, "1000"), sold("NEW", NOW, "1000")])
    for name, column, product in (
        ("products", "product", "OLD"),
        ("modes", "product", "OLD"),
        ("lifetimes", "lifetime", "five"),
    ):
        second[name] = [row for row in second[name] if row[column] != product and row.get("product") != "LAMP"]
        first[name] = [row for row in first[name] if row.get("product") not in ("NEW", "LAMP")]
    found = way(tmp_path, first, second)
    assert float(found.before.mean()) == pytest.approx(250)
    assert float(sum(s.effect for s in found.steps).mean()) == pytest.approx(0, abs=1e-9)
    effects = {(s.table, s.row): float(s.effect.mean()) for s in found.steps if s.effect.any()}
    assert effects == pytest.approx({("sales", "product=NEW"): 250, ("sales", "product=OLD"): -250})


def test_diff_of_runs(tmp_path: Path) -> None:
    first = usephase.estimate(catalog(tmp_path / "first", plain()), draws=16)
    later = {**SETTINGS, "catalog": {**SETTINGS["catalog"], "reporting_year": 2025}}
    tables = living("6")
    tables["sales"].append(sold("OLD", 2025, "1500"))
    second = usephase.estimate(catalog(tmp_path / "second", tables, later), draws=32, seed=9)
    done = diff(first, second)
    document = done.to_document()
    inputs = {(row["table"], row["row"], row["column"]): (row["before"], row["after"]) for row in document["inputs"]}
    assert inputs["lifetimes", "lifetime=five", "mean"] == ("5", "6")
    assert inputs["sales", "product=OLD;region=HERE;year=2025", "units"] == ("", "1500")
    # 250 t; a year more of life 50 t; half more units 150 t.
    assert [(row["kind"], pytest.approx(row["mean"])) for row in document["steps"]] == [
        ("assumptions", 50), ("organic", 150),
    ]  # fmt: skip
    assert document["steps"][1]["effect"] == "volume"
    assert document["difference"]["mean"] == pytest.approx(200)
    assert document["settings"] == {"draws": [16, 32], "seed": [1, 9]}


def test_equal_catalogs_differ_in_nothing(tmp_path: Path) -> None:
    run = usephase.estimate(catalog(tmp_path / "one", plain()), draws=16)
    done = diff(run, run)
    assert done.inputs.empty
    assert done.steps.empty
    assert done.totals["difference"]["mean"] == 0


def test_years_must_be_shared(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no sales of 2021"):
        way(tmp_path, plain(), fans([sold("OLD", NOW, "1")]), catalog={"name": "Fans", "reporting_year": NOW})


def test_track_against_keeps_both_series_and_logs_why(tmp_path: Path) -> None:
    write_catalog(tmp_path / "then", SETTINGS, living("5"))
    write_catalog(tmp_path / "now", SETTINGS, living("5.26"))
    log = tmp_path / "log.txt"
    options = ["--against", str(tmp_path / "then"), "--log", str(log), "--draws", "8", "--json"]
    answer = CliRunner().invoke(command, [str(tmp_path / "now"), *options])
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    found = document["recalculation"]
    assert found["needed"]
    assert [row["mean"] for row in found["published_years"]] == pytest.approx([250, 250])
    assert [row["mean"] for row in document["years"]] == pytest.approx([263, 263])
    assert found["threshold_rule"]["evidence"] == "V"
    assert "is to be recalculated" in log.read_text(encoding="utf-8")
