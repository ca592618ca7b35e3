"""Tracking small catalogs: by hand, against the run of each year, and parts that sum on random catalogs."""

import re
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.errors import StudyError
from usephase.insight.tracking.track import Track, track
from usephase.report.terminal.track import Screen

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


def test_changes_are_of_the_base_of_both_categories_whatever_is_tracked(tmp_path: Path) -> None:
    # All is fixed and no target is set: a table without any width or target is shown too. The lamps emit 2.5 t in the
    # base year, all 52.5 t, of which the 50 t more are 95 %.
    sales = [sold("OLD", 2021, "200"), sold("LAMP", 2021, "100"), sold("OLD", 2024, "400"), sold("LAMP", 2024, "100")]
    done = tracked(tmp_path, fans(sales), of=["total:family=Lamps"])
    assert done.extras["change_base"] == pytest.approx(52.5)
    screen = StringIO()
    Console(file=screen, width=100).print(Screen(done))
    assert re.search(r"Change in all\s+\+50\S*\s+50\S*\s+95 %", screen.getvalue()), screen.getvalue()


def test_a_base_year_that_is_the_reporting_year_has_no_change(tmp_path: Path) -> None:
    settings = {**SETTINGS, "catalog": {"name": "Fans", "reporting_year": 2024}}
    screen = StringIO()
    Console(file=screen, width=100).print(Screen(tracked(tmp_path, fans([sold("OLD", 2024, "1")]), settings)))
    assert "The base year is the reporting year: there is no change to explain." in screen.getvalue()
    assert "Change" not in screen.getvalue()


def test_an_outlook_says_how_it_grows(tmp_path: Path) -> None:
    tables = fans([sold("OLD", 2021, "1"), sold("OLD", 2024, "1")])
    done = tracked(tmp_path, tables, rate=0.02, target_year=2030, set_on="2025-06-01", growth=0.05)
    assert "2025 to 2030 are an outlook: the units of 2024, carried on with +5.0% a year" in done.notes


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
    monkeypatch.setattr("usephase.insight.tracking.reasons.BLOCK", 24)
    two = track(catalog, draws=64, workers=3, rules="ghg_protocol")
    for name, x in one.effects.items():
        assert two.effects[name] == pytest.approx(x, rel=1e-13, abs=1e-13 * np.abs(x).max())


def test_target_path_and_document(tmp_path: Path) -> None:
    sales = [sold("OLD", 2021, "1000 +/- 10%"), sold("OLD", 2022, "900"), sold("OLD", 2024, "800 +/- 10%")]
    done = tracked(tmp_path, fans(sales), draws=256, ambition="1.5c", target_year=2030, set_on="2022-01-31")
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
    tables = fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000")])
    done = tracked(tmp_path, tables, growth=0.1, target_year=2026, rate=0.1)
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
    done = tracked(tmp_path, tables, revenue={2021: 1e6, 2024: 1e6}, intensities=["unit", "service"],
                   set_on="2026-11-29")  # fmt: skip
    rows = done.tables["intensities"].set_index(["per", "year"])
    assert rows.loc[("unit", 2021), "mean"] == pytest.approx(250)
    assert rows.loc[("unit", 2024), "mean"] == pytest.approx(250)
    # 0.1 kW and 0.05 kW at 0.5 kg/kWh.
    assert rows.loc[("service", 2021), "mean"] == pytest.approx(0.05)
    assert rows.loc[("service", 2024), "mean"] == pytest.approx(0.025)
    assert rows.loc[("revenue", 2024), "mean"] == pytest.approx(0.5)
    assert rows.loc[("unit", 2024), "target"] == pytest.approx(250 * 0.93**3)
    assert rows.loc[("service", 2024), "probability_met"] == 1.0
    # Nobody set one for this.
    assert rows.loc[("revenue", 2024), ["target", "probability_met"]].tolist() == [None, None]
    assert [row["rule"] for row in done.rules["used"]] == ["physical_intensity_rate"]
    for options, words in (
        ({"intensities": ["revenue"]}, "the revenue is not known"),
        ({"intensities": ["unit"], "set_on": "2027-03-01"}, "sbti_v2 has no rate for it"),
        ({"intensities": ["head"]}, "no such intensity"),
    ):
        with pytest.raises(StudyError, match=words):
            tracked(tmp_path / "no", tables, **options)


def test_coverage_counts_what_is_not_listed(tmp_path: Path) -> None:
    tables = fans([sold("OLD", 2021, "1000"), sold("LAMP", 2021, "1000"), sold("OLD", 2024, "1000")])
    tables["coverage"] = [{"family": "Fans", "covered": "0.8"}]
    done = tracked(tmp_path, tables, of=["total:family=Fans"], other_scope_3=62.5, rate=0.03)
    row = done.extras["coverage"]["years"][0]
    # 250 of 250 + 25 listed, 62.5 not listed, 62.5 besides.
    assert row["mean"] == done.extras["coverage"]["share"] == pytest.approx(250 / 400)
    assert row["probability_met"] == 0.0


@pytest.mark.parametrize(("other", "enough"), [(250 * 33 / 67, 1.0), (123.14, 0.0), (123.13, 1.0)])
def test_what_is_asked_for_is_enough_and_nothing_is_rounded_up(other: float, enough: float, tmp_path: Path) -> None:
    # 250/(250 + 123.14) is 66.999 %, 250/(250 + 123.13) 67.001 %.
    done = tracked(tmp_path, fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000")]), ambition="1.5c",
                   set_on="2026-11-29", other_scope_3=other)  # fmt: skip
    assert done.extras["coverage"]["years"][0]["probability_met"] == enough


def test_v2_covers_every_significant_category(tmp_path: Path) -> None:
    tables = fans([sold("OLD", 2021, "1000"), sold("LAMP", 2021, "1000"), sold("OLD", 2024, "1000")])
    tables["coverage"] = [{"family": "Fans", "covered": "0.8"}]

    def first(name: str, **options: Any) -> list[dict[str, Any]]:
        done = tracked(tmp_path / name, tables, ambition="net_zero", set_on="2027-03-01", **options)
        return [row for row in done.extras["coverage"]["years"] if row["year"] == 2021]

    everything, use = first("part", of=["total:family=Fans"], other_scope_3=1012.5)
    # Category 11: 250 + 25 + 62.5 not listed, a quarter of 1,350 t; no exclusion is allowed, and 250 are covered.
    assert (everything["category"], everything["required"]) == ("", None)
    assert everything["mean"] == pytest.approx(250 / 1350)
    assert (use["category"], use["of_scope_3"], use["required"]) == ("category_11", pytest.approx(0.25), 1.0)
    assert use["mean"] == pytest.approx(250 / 337.5)
    assert use["probability_met"] == 0.0
    # 337.5 t are more than 5 % of 6,749 t and less than that of 6,751 t: nothing is asked for then.
    assert first("just", other_scope_3=6749 - 337.5)[1]["required"] == 1.0
    assert first("not", other_scope_3=6751 - 337.5)[1]["required"] is None
    tables["coverage"] = []
    assert first("all", other_scope_3=1.0)[1]["probability_met"] == 1.0


def test_coverage_is_open_until_the_rest_is_known_and_hides_no_probability(tmp_path: Path) -> None:
    sales = [sold("OLD", 2021, "1000 +/- 10%"), sold("OLD", 2024, "900 +/- 10%")]
    done = tracked(tmp_path / "open", fans(sales), draws=64, target_year=2031, set_on="2026-11-29")
    document = done.to_document()
    assert document["coverage"]["share"] is None
    assert "cannot be assessed until the rest of scope 3 is given" in document["coverage"]["reason"]
    for row in (*document["years"], *document["outlook"], document["rules"]):
        assert row["probability_met"] is not None
    assert document["years"][1]["coverage"] == {"share": None, "reason": document["coverage"]["reason"]}
    known = tracked(tmp_path / "known", fans(sales), draws=64, target_year=2031, set_on="2026-11-29", other_scope_3=0.0)
    assert known.to_document()["years"][1]["coverage"] == {"share": 1.0, "reason": None}


def test_no_target_is_judged_that_nobody_set(tmp_path: Path) -> None:
    half = {"option": "half", "table": "modes", "row": "product=OLD;mode=on", "column": "rate", "value": "*0.5"}
    sales = [sold("OLD", year, "1000 +/- 10%") for year in (2021, 2024, 2025)]
    tables = fans(sales, options=[half])
    # Neither a pack, nor a day, nor the rest of scope 3 sets one.
    given: dict[str, Any] = {"rules": "sbti_near_term_v1", "set_on": "2026-11-29", "other_scope_3": 9.0}
    for i, options in enumerate(({}, given)):
        done = tracked(tmp_path / str(i), tables, levers=["half:2025"] * i, **options)
        document = done.to_document()
        judged = [*document["years"], *document["intensities"], *document.get("with_levers", [])]
        assert {(row["target"], row["probability_met"]) for row in judged} == {(None, None)}
        assert {document["rules"][name] for name in ("target_year", "reduction", "probability_met")} == {None}
        assert document["coverage"] == {"share": None, "reason": "no target is set", "years": []}
        assert document["regions"] == document["outlook"] == []
        assert any("none is judged" in note for note in document["notes"])
    # What has no path on that day refuses nobody who asks for none.
    tracked(tmp_path / "late", tables, rules="sbti_near_term_v1", set_on="2030-01-01")


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


def test_the_rules_of_the_day_hold(tmp_path: Path) -> None:
    tables = fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "900")])
    old = tracked(tmp_path / "old", tables, target_year=2031, set_on="2026-04-13").rules
    assert (old["set_on"], old["pack"], old["reduction"]) == ("2026-04-13", "sbti_near_term_v1", pytest.approx(0.275))
    new = tracked(tmp_path / "new", tables, target_year=2031, set_on=date(2026, 4, 14)).rules
    # 250 t to 225 t; from there 0.75 · 7/26 is gone by 2031: 1 - 0.9 (1 - 0.201923) = 28.17 %, 2.817 % a year.
    assert new["reduction"] == pytest.approx(1 - 0.9 * (1 - 0.75 * 7 / 26), rel=1e-12)
    assert new["rate"] == pytest.approx(0.0281731, rel=1e-5)
    assert (new["newest_year"], new["newest_of_base"]) == (2024, pytest.approx(0.9))
    assert {row["rule"] for row in new["used"]} >= {"net_zero_ambition", "rate_floor", "net_zero_year"}
    v2 = tracked(tmp_path / "v2", tables, ambition="net_zero", set_on="2027-03-01")
    # 0.9/29 a year from 2021 to 2032, and the base year is too old for it.
    assert (v2.rules["pack"], v2.rules["reduction"]) == ("sbti_v2", pytest.approx(0.9 / 29 * 11))
    assert any("base years from 2025 on" in note for note in v2.notes)
    with pytest.raises(StudyError, match="is not a day"):
        tracked(tmp_path / "no", tables, set_on="1 March 2027")


def test_the_day_is_todays_or_the_catalogs(tmp_path: Path) -> None:
    tables = fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000")])
    before = date.today().isoformat()
    today = tracked(tmp_path / "today", tables).rules["set_on"]
    assert before <= today <= date.today().isoformat()
    settings = {**SETTINGS, "targets": {"set_on": "2022-05-01"}}
    assert tracked(tmp_path / "own", tables, settings).rules["set_on"] == "2022-05-01"
    assert tracked(tmp_path / "said", tables, settings, set_on="2023-01-31").rules["set_on"] == "2023-01-31"


def test_a_rate_of_ones_own_is_noted_outside_the_window(tmp_path: Path) -> None:
    tables = fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000")])
    done = tracked(tmp_path, tables, rules="sbti_v2", set_on="2027-03-01", rate=0.036, target_year=2040)
    assert done.rules["reduction"] == pytest.approx(0.036 * 19)
    assert done.rules["used"] == []
    assert any("rate of your own; sbti_v2 takes target years up to 2032" in note for note in done.notes)
    early = tracked(tmp_path / "early", tables, rules="ghg_protocol", set_on="2010-01-01", rate=0.02)
    assert any("recalculation_threshold (from 2011-10-04)" in note for note in early.notes)


def test_a_later_inventory_does_not_move_the_path(tmp_path: Path) -> None:
    sales = [sold("OLD", 2021, "1000"), sold("OLD", 2025, "900"), sold("OLD", 2026, "100"), sold("OLD", 2027, "50")]
    for year in (2025, 2026, 2027):
        settings = {**SETTINGS, "catalog": {"name": "Fans", "reporting_year": year, "base_year": 2021}}
        done = tracked(tmp_path / str(year), fans(sales), settings, target_year=2031, set_on="2026-11-29", draws=4)
        assert done.rules["newest_year"] == 2025
        # 0.9 (1 - 0.75 · 6/25) = 0.738
        assert done.rules["reduction"] == pytest.approx(0.262, rel=1e-12)


def test_one_path_for_all_draws_from_the_means(tmp_path: Path) -> None:
    sales = [sold("OLD", 2021, "1000 +/- 10%"), sold("OLD", 2024, "1500 +/- 20%")]
    done = tracked(tmp_path, fans(sales), draws=64, set_on="2026-11-29", target_year=2031)
    ratio = done.draws[2024].mean() / done.draws[2021].mean()
    assert done.rules["reduction"] == pytest.approx(max(0.25, 1 - ratio * (1 - 0.75 * 7 / 26)), rel=1e-12)
    left = 1 - done.rules["reduction"]
    assert done.rules["probability_met"] == np.mean(done.draws[2031] <= left * done.draws[2021])


def test_without_a_base_year_the_first_is_taken_and_said(tmp_path: Path) -> None:
    settings = {**SETTINGS, "catalog": {"name": "Fans", "reporting_year": 2024}}
    done = tracked(tmp_path, fans([sold("OLD", 2022, "1"), sold("OLD", 2024, "1")]), settings)
    assert done.meta["base_year"] == 2022
    assert any("no base year" in note for note in done.notes)
