"""Tracking small catalogs: by hand, against the run of each year, and parts that sum on random catalogs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.errors import StudyError
from usephase.insight.track import Track, track

Rows = list[dict[str, str]]
SETTINGS: dict[str, Any] = {
    "catalog": {"name": "Fans", "reporting_year": 2024, "base_year": 2021},
    "method": {"sales_timing": "start_of_year"},
    "grid": {"scenarios": {"flat": 1.0}},
}


def fans(sales: Rows, **changes: Rows) -> dict[str, Rows]:
    """Fans of 100 W, 1,000 h a year: 100 kWh a year; OLD lasts 5 years, NEW draws half and lasts 10."""
    tables: dict[str, Rows] = {
        "products": [
            {"product": "OLD", "family": "Fans", "use_profile": "home", "lifetime": "five"},
            {"product": "NEW", "family": "Fans", "use_profile": "home", "lifetime": "ten"},
            {"product": "LAMP", "family": "Lamps", "use_profile": "home", "lifetime": "five"},
        ],
        "modes": [
            {"product": "OLD", "mode": "on", "carrier": "electricity", "rate": "100", "rate_unit": "W"},
            {"product": "NEW", "mode": "on", "carrier": "electricity", "rate": "50", "rate_unit": "W"},
            {"product": "LAMP", "mode": "on", "carrier": "electricity", "rate": "10", "rate_unit": "W"},
        ],
        "use_profiles": [{"use_profile": "home", "mode": "on", "amount": "1000", "amount_unit": "h/year"}],
        "lifetimes": [
            {"lifetime": "five", "distribution": "fixed", "mean": "5"},
            {"lifetime": "ten", "distribution": "fixed", "mean": "10"},
        ],
        "sales": sales,
        "grid": [{"zone": "HERE", "scenario": "flat", "year": "2021", "intensity": "0.5"}],
    }
    return {**tables, **changes}


def sold(product: str, year: int, units: str, region: str = "HERE") -> dict[str, str]:
    return {"product": product, "region": region, "year": str(year), "units": units}


def tracked(folder: Path, tables: dict[str, Rows], settings: dict[str, Any] = SETTINGS, **options: Any) -> Track:
    catalog = usephase.read_catalog(write_catalog(folder / "catalog", settings, tables))
    return track(catalog, draws=options.pop("draws", 16), **options)


def effects(done: Track) -> dict[str, float]:
    return {name: float(x.mean()) for name, x in done.effects.items() if abs(x).max() > 1e-9}


def test_units_alone_are_volume(tmp_path: Path) -> None:
    # 1,000 units · 100 kWh · 5 years · 0.5 kg = 250 t; 1,200 units: 300 t.
    done = tracked(tmp_path, fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "1200")]))
    assert done.years["mean"].tolist() == pytest.approx([250, 300])
    assert effects(done) == pytest.approx({"volume": 50})


def test_a_new_model_in_a_family(tmp_path: Path) -> None:
    # Both: 250 t. Half the power takes as much as twice the life adds: L ln 2 with L = 250.
    tables = fans([sold("OLD", 2021, "1000"), sold("NEW", 2024, "1000")])
    done = tracked(tmp_path / "family", tables)
    assert effects(done) == pytest.approx({"energy_per_year": -250 * np.log(2), "lifetime": 250 * np.log(2)})
    apart = tracked(tmp_path / "product", tables, by_product=True)
    # Product by product one vanishes and one appears: −250 and +250, all of it mix.
    assert effects(apart) == {}
    rows = apart.change_by.set_index(["by", "group", "effect"])["mean"]
    assert rows["family", "OLD", "mix"] == pytest.approx(-250)
    assert rows["family", "NEW", "mix"] == pytest.approx(250)


def test_mix_between_families_and_a_cleaner_grid(tmp_path: Path) -> None:
    # Half the fans become lamps: 1,000 fans 250 t to 500 fans 125 t and 500 lamps of 10 kWh 12.5 t.
    shifted = [sold("OLD", 2021, "1000"), sold("OLD", 2024, "500"), sold("LAMP", 2024, "500")]
    assert effects(tracked(tmp_path / "mix", fans(shifted))) == pytest.approx({"mix": 137.5 - 250})
    grid = [
        {"zone": "HERE", "scenario": "flat", "year": str(year), "intensity": intensity}
        for year, intensity in (("2023", "0.5"), ("2024", "0.4"))
    ]
    grid.insert(0, {"zone": "HERE", "scenario": "flat", "year": "2021", "intensity": "0.5"})
    same = [sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000")]
    done = tracked(tmp_path / "grid", fans(same, grid=grid))
    # Sold in 2021 three years meet 0.5 and two 0.4: 230 t; sold in 2024 all five meet 0.4: 200 t.
    assert done.years["mean"].tolist() == pytest.approx([230, 200])
    assert effects(done) == pytest.approx({"grid": -30})
    company = done.change.set_index("effect")["company"]
    assert not company["grid"]
    assert company.drop("grid").all()


def test_use_and_energy_are_told_apart(tmp_path: Path) -> None:
    # A family whose new model is used 2,000 h with the same power: all of it use.
    tables = fans([sold("OLD", 2021, "1000"), sold("LAMP", 2024, "1000")])
    tables["products"][2] |= {"family": "Fans", "use_profile": "long"}
    tables["modes"][2]["rate"] = "100"
    tables["use_profiles"].append({"use_profile": "long", "mode": "on", "amount": "2000", "amount_unit": "h/year"})
    assert effects(tracked(tmp_path, tables)) == pytest.approx({"use": 250})


def test_levels_are_the_runs(tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(3), "tiny")
    settings["catalog"] |= {"base_year": min(int(row["year"]) for row in tables["sales"])}
    catalog = usephase.read_catalog(write_catalog(tmp_path / "catalog", settings, tables))
    done = track(catalog, draws=64, rules="ghg_protocol")
    for year, draws in done.draws.items():
        if year <= max(int(row["year"]) for row in tables["sales"]):
            run = usephase.estimate(catalog, draws=64, year=year)
            assert draws == pytest.approx(run.draws("total").to_numpy()[0], rel=1e-12)
    run = usephase.estimate(catalog, draws=64)
    view = done.tables["calendar"]
    ours = view[view["view"] == "installed base"].set_index("year")["mean"]
    theirs = run.select("total", "calendar_year").set_index("group")["mean"]
    for year, mean in theirs.items():
        assert ours[int(year)] == pytest.approx(mean, rel=1e-9, abs=1e-9 * theirs.max())


@pytest.mark.parametrize("seed", some(0, 16, 1))
def test_parts_sum_to_the_change_on_random_catalogs(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(1000 + seed)
    settings, tables = random_catalog(rng)
    # Products that appear and vanish: every product loses one sale year if it has two.
    for name in sorted({row["product"] for row in tables["sales"]}):
        years = sorted({row["year"] for row in tables["sales"] if row["product"] == name})
        if len(years) > 1 and rng.random() < 0.6:
            gone = str(rng.choice(years))
            tables["sales"] = [r for r in tables["sales"] if (r["product"], r["year"]) != (name, gone)]
    years = sorted({int(row["year"]) for row in tables["sales"]})
    settings["catalog"] |= {"base_year": years[0], "reporting_year": years[-1]}
    catalog = usephase.read_catalog(write_catalog(tmp_path / "catalog", settings, tables))
    for by_product in (False, True):
        done = track(catalog, draws=16, by_product=by_product, rules="ghg_protocol")
        before, after = done.draws[years[0]], done.draws[years[-1]]
        parts = sum(done.effects.values())
        level = np.maximum(before, after)
        assert (np.abs(parts - (after - before)) <= 1e-9 * level).all()
        for by in ("ledger", "family", "region"):
            rows = done.change_by[done.change_by["by"] == by]
            assert rows["mean"].sum() == pytest.approx(float((after - before).mean()), abs=1e-9 * level.mean())


def test_threads_and_blocks_change_no_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, tables = random_catalog(np.random.default_rng(5), "tiny")
    settings["catalog"] |= {"base_year": min(int(row["year"]) for row in tables["sales"])}
    catalog = usephase.read_catalog(write_catalog(tmp_path / "catalog", settings, tables))
    one = track(catalog, draws=64, rules="ghg_protocol")
    monkeypatch.setattr("usephase.insight.reasons.BLOCK", 24)
    two = track(catalog, draws=64, workers=3, rules="ghg_protocol")
    for name, x in one.effects.items():
        assert two.effects[name] == pytest.approx(x, rel=1e-13, abs=1e-13 * np.abs(x).max())


def test_target_path_and_document(tmp_path: Path) -> None:
    sales = [sold("OLD", 2021, "1000 +/- 10%"), sold("OLD", 2022, "900"), sold("OLD", 2024, "800 +/- 10%")]
    done = tracked(tmp_path, fans(sales), draws=256, ambition="1.5c", target_year=2030)
    document = done.to_document()
    assert document["base_year"] == 2021
    assert [row["year"] for row in document["years"]] == [2021, 2022, 2024]
    # 42 % over nine years: 14 % gone after three.
    assert document["years"][2]["target"] == pytest.approx(0.86 * document["years"][0]["mean"], rel=1e-12)
    expected = np.mean(done.draws[2024] <= 0.86 * done.draws[2021])
    assert 0 < expected < 1
    assert document["years"][2]["probability_met"] == expected
    assert [row["year"] for row in document["outlook"]] == [2025, 2026, 2027, 2028, 2029, 2030]
    assert document["outlook"][-1]["mean"] == pytest.approx(document["years"][2]["mean"], rel=1e-12)
    assert document["rules"]["reduction"] == pytest.approx(0.42)
    assert {"effect", "mean", "p2_5", "p97_5"} <= set(document["change"][0])
    assert sum(row["mean"] for row in document["change"]) == pytest.approx(document["change_total"]["mean"])
    regions = document["regions"]
    whole = document["rules"]["target"]
    for way in ("target_year_same_percentage", "target_year_by_outlook"):
        assert sum(row[way] for row in regions) == pytest.approx(whole, rel=1e-12)


def test_growth_carries_units_on(tmp_path: Path) -> None:
    done = tracked(tmp_path, fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000")]), growth=0.1, target_year=2026)
    assert done.tables["outlook"]["mean"].tolist() == pytest.approx([275, 302.5])


def test_occurred_and_expected(tmp_path: Path) -> None:
    done = tracked(tmp_path, fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000")]))
    rows = done.tables["occurred"].set_index(["year", "emissions"])["mean"]
    # 50 t a year from the start of 2021 and of 2024: four years and one have occurred by the end of 2024.
    expected = {(2021, "occurred"): 200, (2021, "expected"): 50, (2024, "occurred"): 50, (2024, "expected"): 200}
    assert rows.to_dict() == pytest.approx(expected)
    view = done.tables["calendar"]
    base = view[view["view"] == "installed base"].set_index("year")
    assert base["mean"].to_dict() == pytest.approx(
        {2021: 50, 2022: 50, 2023: 50, 2024: 100, 2025: 100, 2026: 50, 2027: 50, 2028: 50}
    )
    assert base["in_service"].to_dict() == pytest.approx(
        {2021: 1000, 2022: 1000, 2023: 1000, 2024: 2000, 2025: 2000, 2026: 1000, 2027: 1000, 2028: 1000}
    )


def test_intensities(tmp_path: Path) -> None:
    tables = fans([sold("OLD", 2021, "1000"), sold("NEW", 2024, "2000")])
    for row in tables["products"]:
        row["service_mode"] = "on"
    done = tracked(tmp_path, tables, revenue={2021: 1e6, 2024: 1e6})
    rows = done.tables["intensities"].set_index(["per", "year"])
    assert rows.loc[("unit", 2021), "mean"] == pytest.approx(250)
    assert rows.loc[("unit", 2024), "mean"] == pytest.approx(250)
    # 0.1 kW and 0.05 kW at 0.5 kg/kWh.
    assert rows.loc[("service", 2021), "mean"] == pytest.approx(0.05)
    assert rows.loc[("service", 2024), "mean"] == pytest.approx(0.025)
    assert rows.loc[("revenue", 2024), "mean"] == pytest.approx(0.5)
    assert rows.loc[("unit", 2024), "target"] == pytest.approx(250 * 0.93**3)
    assert rows.loc[("service", 2024), "probability_met"] == 1.0


def test_coverage_counts_what_is_not_listed(tmp_path: Path) -> None:
    tables = fans([sold("OLD", 2021, "1000"), sold("LAMP", 2021, "1000"), sold("OLD", 2024, "1000")])
    tables["coverage"] = [{"family": "Fans", "covered": "0.8"}]
    done = tracked(tmp_path, tables, of=["total:family=Fans"], other_scope_3=62.5)
    row = done.tables["coverage"].iloc[0]
    # 250 of 250 + 25 listed, 62.5 not listed, 62.5 besides.
    assert row["mean"] == pytest.approx(250 / 400)
    assert row["probability_met"] == 0.0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"base_year": 2020}, "no sales of that year"),
        ({"of": ["total:family=Saws"]}, "no such figure"),
        ({"of": ["avoided"]}, "not part of any target"),
        ({"rules": "nothing"}, "no such rule pack"),
    ],
)
def test_refusals(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=words):
        tracked(tmp_path, fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "1200")]), **options)


def test_rules_hold_in_the_year_in_which_the_target_is_set(tmp_path: Path) -> None:
    tables = fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000")])
    done = tracked(tmp_path / "in", tables, set_in=2027)
    assert done.rules["set_in"] == 2027
    assert all(row["in_force"] for row in done.rules["rows"])
    assert any("5 to 10 years after it is set: 2030 is 3 years after 2027" in note for note in done.notes)
    with pytest.raises(StudyError, match="not in 2028"):
        tracked(tmp_path / "out", tables, set_in=2028)
    early = tracked(tmp_path / "early", tables, rules="ghg_protocol", set_in=2010, rate=0.02)
    assert any("recalculation_threshold (from 2011-10-04)" in note for note in early.notes)


def test_without_a_base_year_the_first_is_taken_and_said(tmp_path: Path) -> None:
    settings = {**SETTINGS, "catalog": {"name": "Fans", "reporting_year": 2024}}
    done = tracked(tmp_path, fans([sold("OLD", 2022, "1"), sold("OLD", 2024, "1")]), settings)
    assert done.meta["base_year"] == 2022
    assert any("no base year" in note for note in done.notes)
