"""Targets and the other lines of the inventory, as tables of a catalog: against numbers worked by hand.

Lamps of 10 W, 1,000 h a year for 5 years at 0.5 kg/kWh: 25 kg each. In 2021 HERE sells 1,000 (25 t)
and THERE 3,000 (75 t).
"""

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import usephase
from tests.insight.test_track import SETTINGS, fans, sold, tracked
from tests.reference.folder import write_catalog
from usephase.errors import CatalogError
from usephase.insight.tracking.track import Track
from usephase.report.terminal.track import Screen

ALL_OTHERS = [*range(1, 11), 13, 14, 15]
SALES = [
    sold("LAMP", 2021, "1000"), sold("LAMP", 2021, "3000", "THERE"),
    sold("LAMP", 2024, "1200"), sold("LAMP", 2024, "2000", "THERE"),
]  # fmt: skip
REGIONS = [{"region": region, "zone": "HERE"} for region in ("HERE", "THERE")]


def aim(target: str, year: int, reduction: str, **more: str) -> dict[str, str]:
    return {"target": target, "year": str(year), "reduction": reduction, **more}


def made(folder: Path, *targets: dict[str, str], scope3: Any = (), **options: Any) -> Track:
    tables = fans(SALES, regions=REGIONS, targets=list(targets), scope3=list(scope3))
    return tracked(folder, tables, **options)


def at(done: Track, target: str, year: int) -> dict[str, Any]:
    found = done.tables["targets"]
    return found[(found["target"] == target) & (found["year"] == year)].to_dict("records")[0]


def test_a_region_s_target_is_held_against_its_own_path(tmp_path: Path) -> None:
    done = made(tmp_path, aim("south", 2031, "40%", region="THERE", owner="Ana"))
    row = at(done, "south", 2024)  # 75 t less 40 % · 3/10 = 66 t; 2,000 lamps are 50 t
    assert (row["mean"], row["path"], row["gap"]) == pytest.approx((50, 66, -16))
    assert (row["probability_met"], row["owner"], row["status"]) == (1, "Ana", "proposed")
    assert at(done, "south", 2031)["path"] == pytest.approx(45)
    assert done.rules["target_year"] is None  # nobody has set one


def test_what_the_group_has_set_is_what_track_follows(tmp_path: Path) -> None:
    rows = aim("far", 2040, "0.9", status="set"), aim("near", 2031, "0.3", status="validated"), aim("p", 2025, "0.1")
    done = made(tmp_path, *rows)
    assert (done.rules["target_year"], done.rules["reduction"], done.rules["ambition"]) == pytest.approx(
        (2031, 0.3, "near")
    )
    by_year = {row["year"]: row for row in done.years.to_dict("records")}
    assert by_year[2024]["target"] == pytest.approx(100 * (1 - 0.3 * 3 / 10))
    assert by_year[2024]["probability_met"] == 1  # 3,200 lamps are 80 t, 91 t are allowed
    asked = made(tmp_path / "flag", *rows, ambition="1.5c", target_year=2032)
    assert (asked.rules["target_year"], asked.rules["own_rate"]) == (2032, None)  # a flag comes first


def test_intensities_are_targets_of_their_own(tmp_path: Path) -> None:
    done = made(tmp_path, aim("each", 2031, "0.5", kind="per_unit"), aim("far", 2031, "0.5", kind="per_unit",
                region="THERE"), aim("hours", 2031, "0.5", kind="per_service"),
                aim("money", 2031, "0.5", kind="per_revenue"))  # fmt: skip
    row = at(done, "each", 2024)  # every lamp emits 25 kg, the path asks for 25 · (1 − 0.5 · 3/10) = 21.25
    assert (row["mean"], row["path"], row["probability_met"]) == pytest.approx((25, 21.25, 0))
    assert row["unit"] == "kg CO2e/unit"
    assert at(done, "far", 2024)["mean"] == pytest.approx(25)
    assert "service_mode" in at(done, "hours", 2024)["reason"]
    assert "--revenue 2021" in at(done, "money", 2024)["reason"]


def test_an_intensity_may_be_met_while_the_emissions_rise(tmp_path: Path) -> None:
    tables = fans(
        [sold("OLD", 2021, "100"), sold("NEW", 2024, "400")],
        targets=[aim("each", 2024, "0.2", kind="per_unit", status="set"), aim("all", 2024, "0", status="set")],
        lifetimes=[{"lifetime": name, "distribution": "fixed", "mean": "5"} for name in ("five", "ten")],
    )
    done = tracked(tmp_path, tables)
    assert (at(done, "each", 2024)["probability_met"], at(done, "all", 2024)["probability_met"]) == (1, 0)


def test_proposals_add_up_and_are_held_against_the_group_s_path(tmp_path: Path) -> None:
    done = made(tmp_path, aim("south", 2031, "0.4", region="THERE"), aim("group", 2031, "0.3", status="set"))
    frame = done.tables["roll_up"]
    end = frame[(frame["year"] == 2031) & (frame["region"] == "")].to_dict("records")[0]
    # HERE is heading for 1,200 lamps, 30 t; THERE proposes 45 t: 75 t, where 70 t are allowed.
    assert (end["mean"], end["path"], end["gap"]) == pytest.approx((75, 70, 5))
    assert end["probability_enough"] == 0
    regions = done.tables["regions"].set_index("region")
    for name, here in (("target_year_same_percentage", 17.5), ("target_year_by_outlook", 70 * 30 / 80),
                       ("target_year_per_unit", 70 * 12 / 32)):  # fmt: skip
        assert regions.loc["HERE", name] == pytest.approx(here)
        assert regions[name].sum() == pytest.approx(70)


@pytest.mark.parametrize(
    ("group", "south", "leads_to", "path"),
    [
        # A lamp emits 25 kg in use and 5 kg at its end: 100 and 20 t in 2021. HERE is heading for 30 and 6 t, THERE for
        # 50 and 10 t, and proposes 40 % less of 75, 15 or 90 t.
        ("category_11", "category_11", 30 + 45, 70),
        ("category_11", "category_11+12", 30 + 54 * 25 / 30, 70),
        ("category_11", "category_12", 30 + 50, 70),  # says nothing of use
        ("category_12", "category_12", 6 + 9, 14),
        ("category_12", "category_11+12", 6 + 54 * 5 / 30, 14),
        ("category_11+12", "category_11", 36 + 45 + 10, 84),
        ("category_11+12", "category_11+12", 36 + 54, 84),
    ],
)
def test_the_roll_up_is_of_what_the_group_s_target_covers(
    tmp_path: Path, group: str, south: str, leads_to: float, path: float
) -> None:
    aims = aim("south", 2031, "0.4", region="THERE", scope=south), aim("g", 2031, "0.3", scope=group, status="set")
    tables = fans(
        SALES, regions=REGIONS, targets=list(aims),
        materials=[{"product": "LAMP", "part": "product", "material": "plastic", "mass": "1"}],
        end_of_life=[{"zone": "*", "material": "*", "route": "landfill", "share": "1"}],
        treatments=[{"material": "*", "route": "landfill", "factor": "5"}],
    )  # fmt: skip
    frame = tracked(tmp_path, tables).tables["roll_up"]
    end = frame[(frame["year"] == 2031) & (frame["region"] == "")].to_dict("records")[0]
    assert (end["mean"], end["path"], end["gap"]) == pytest.approx((leads_to, path, leads_to - path))
    assert end["scope"] == group.replace("category_11+12", "total")


def test_a_target_on_a_family_has_no_path_for_the_regions_sum(tmp_path: Path) -> None:
    done = made(tmp_path, aim("south", 2031, "0.4", region="THERE"), of=["total:family=Lamps"], rate=0.03,
                target_year=2031)  # fmt: skip
    assert set(done.tables["roll_up"]["path"]) == {None}


def test_an_intensity_of_a_region_enters_the_sum_with_what_it_sells_then(tmp_path: Path) -> None:
    done = made(tmp_path, aim("south", 2031, "0.4", region="THERE", kind="per_unit"))
    frame = done.tables["roll_up"]
    end = frame[(frame["year"] == 2031) & (frame["region"] == "THERE")].to_dict("records")[0]
    assert end["mean"] == pytest.approx(2000 * 15 / 1000)  # 15 kg a lamp
    assert end["heading"] == pytest.approx(50)


def test_packs_say_what_they_ask_for_in_the_place_of_the_group_s(tmp_path: Path) -> None:
    old = made(tmp_path / "old", aim("group", 2030, "0.3", status="set"), set_on="2022-04-01")
    asked = {(row["pack"], row["ambition"]): row for row in old.extras["asked_for"]}
    # 2.5 % and 4.2 % a year from 2020 on: 25 % and 42 %
    assert asked["sbti_near_term_v1", "well_below_2c"]["reduction"] == pytest.approx(0.25)
    assert asked["sbti_near_term_v1", "well_below_2c"]["enough"]
    assert asked["sbti_near_term_v1", "1.5c"]["reduction"] == pytest.approx(0.42)
    assert not asked["sbti_near_term_v1", "1.5c"]["enough"]
    assert "not in force" in asked["sbti_v2", "net_zero"]["reason"]
    late = made(tmp_path / "late", aim("group", 2040, "0.3", status="set"), set_on="2026-11-30")
    assert "2031 to 2036" in next(r for r in late.extras["asked_for"] if r["ambition"] == "1.5c")["reason"]


def test_the_other_lines_tell_coverage_and_whether_a_target_is_asked_for(tmp_path: Path) -> None:
    lines = [{"year": "2021", "category": str(n), "emissions": "0"} for n in ALL_OTHERS[1:]]
    lines += [{"year": "2021", "category": "1", "emissions": "60"}, {"year": "2021", "category": "SCOPE1",
              "emissions": "200"}, {"year": "2021", "category": "scope2", "emissions": "40"}]  # fmt: skip
    done = made(tmp_path / "all", aim("group", 2031, "0.3", status="set"), scope3=lines)
    assert done.extras["coverage"]["share"] == pytest.approx(100 / 160)
    assert done.extras["trigger"]["share"] == pytest.approx(160 / 400)
    assert done.extras["trigger"]["probability_asked_for"] == 1  # exactly 40 %
    shares = done.tables["footprint"].set_index(["year", "category"])["share"]
    assert (shares[2021, "11"], shares[2021, "scope1"]) == pytest.approx((0.25, 0.5))
    lacking = made(tmp_path / "lacking", aim("group", 2031, "0.3", status="set"), scope3=lines[2:])
    assert lacking.extras["coverage"]["share"] is None
    assert "2, 3 of 2021" in lacking.extras["coverage"]["reason"]


@pytest.mark.parametrize(
    ("table", "row", "where", "said"),
    [
        ("targets", aim("a", 2031, "0.3", region="HER"), "targets.csv:2:region", "did you mean `HERE`"),
        ("targets", aim("a", 2031, "0.3", base_year="2019"), "targets.csv:2:base_year", "2021, 2024"),
        ("targets", aim("a", 2021, "0.3"), "targets.csv:2:year", "after 2021"),
        ("targets", aim("a", 2031, "30"), "targets.csv:2:reduction", ""),
        ("targets", aim("a", 2031, "0.3", kind="relative"), "targets.csv:2:kind", "per_unit"),
        ("scope3", {"year": "2021", "category": "16", "emissions": "1"}, "scope3.csv:2:category", "scope1"),
        ("scope3", {"year": "2021", "category": "1", "emissions": "-1"}, "scope3.csv:2:emissions", ""),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(
    tmp_path: Path, table: str, row: dict[str, str], where: str, said: str
) -> None:
    tables = fans(SALES, regions=REGIONS, **{table: [row]})
    with pytest.raises(CatalogError) as refused:
        usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, tables))
    problem = next(p for p in refused.value.problems if p.severity == "error")
    assert problem.where == where
    assert said in problem.fix


def test_a_number_for_what_is_computed_is_said_not_to_be_used(tmp_path: Path) -> None:
    tables = fans(SALES, regions=REGIONS, scope3=[{"year": "2021", "category": "11", "emissions": "9"}])
    catalog = usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, tables))
    assert "scope3.csv:2:category" in [problem.where for problem in catalog.warnings]


def test_the_screen_says_what_the_proposals_lack(tmp_path: Path) -> None:
    done = made(tmp_path, aim("south", 2031, "0.4", region="THERE"), aim("group", 2031, "0.3", status="set"))
    console = Console(width=100, record=True, file=None, quiet=False)
    with console.capture() as shown:
        console.print(Screen(done))
    text = " ".join(shown.get().split())
    assert "In 2031 they lead to 75 t CO2e; the group's path allows 70 t CO2e: 5 t CO2e too much" in text
    assert "the target group of the catalog" in text


def test_words_of_a_list_may_be_written_apart(tmp_path: Path) -> None:
    lines = [{"year": "2021", "category": text, "emissions": "5"} for text in ("Scope 1", "1.0", "2")]
    tables = fans(SALES, regions=REGIONS, scope3=lines, targets=[aim("a", 2031, "0.3", kind="Per unit")])
    catalog = usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, tables))
    assert sorted(catalog["scope3"].frame["category"]) == ["1", "2", "scope1"]
    assert list(catalog["targets"].frame["kind"]) == ["per_unit"]
