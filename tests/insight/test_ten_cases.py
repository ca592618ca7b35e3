"""The ten cases of the guide's page on targets, from a catalog to the answer of `track`, against numbers by hand.

A fan emits 250 kg (100 kWh a year, 5 years, 0.5 kg/kWh); all is fixed unless a case says otherwise.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.insight.test_aims import aim
from tests.insight.test_track import SETTINGS, fans, sold, tracked
from usephase.errors import StudyError
from usephase.guide import page
from usephase.insight.tracking.track import Track


def followed(folder: Path, units: dict[int, str], reporting: int, base: int = 2021, **options: Any) -> Track:
    """Track fans sold in some years."""
    settings = {**SETTINGS, "catalog": {"name": "Fans", "reporting_year": reporting, "base_year": base}}
    changes = options.pop("changes", {})
    return tracked(folder, fans([sold("OLD", year, n) for year, n in units.items()], **changes), settings, **options)


def end(done: Track) -> tuple[float, float]:
    """Give the reduction asked for, and the level of the target year that it leaves."""
    return done.rules["reduction"], done.rules["target"]


def test_case_1_the_method_of_v1_until_april_2026(tmp_path: Path) -> None:
    # 4.2 % a year from 2020: 42 % in 2030. After three of nine years a third of it: 215 t of 250 t.
    done = followed(tmp_path, {2021: "1000", 2024: "900"}, 2024, ambition="1.5c", target_year=2030, set_on="2022-06-01")
    assert end(done) == pytest.approx((0.42, 145))
    at = done.years.set_index("year").loc[2024]
    assert (at["mean"], at["target"], at["probability_met"]) == pytest.approx((225, 215, 0))


def test_case_2_the_method_of_v1_since_april_2026(tmp_path: Path) -> None:
    # m = 2025 at 90 %: A = 0.75 · 6/25 = 18 %, 90 % · 82 % = 73.8 %: 26.2 %, above the floor of 2.5 % · 10.
    done = followed(tmp_path, {2021: "1000", 2025: "900"}, 2025, ambition="well_below_2c", target_year=2031,
                    set_on="2026-06-01")  # fmt: skip
    assert end(done) == pytest.approx((0.262, 250 * 0.738))


def test_case_3_its_floor(tmp_path: Path) -> None:
    # The level rose to 120 %: 1.2 · 82 % = 98.4 % asks for 1.6 % in ten years; the floor is 25 %.
    done = followed(tmp_path, {2021: "1000", 2025: "1200"}, 2025, ambition="well_below_2c", target_year=2031,
                    set_on="2026-06-01")  # fmt: skip
    assert end(done) == pytest.approx((0.25, 187.5))


def test_case_4_v2(tmp_path: Path) -> None:
    # 90 % by 2050 in a line from 2025: 3.6 % a year, 18 % by 2030, whatever came after.
    done = followed(tmp_path, {2025: "1000", 2026: "500"}, 2026, 2025, target_year=2030, set_on="2027-03-01")
    assert end(done) == pytest.approx((0.18, 205))


def test_case_5_a_rate_of_ones_own(tmp_path: Path) -> None:
    # Five years of 3.6 %; no rule of 2020 and no newest year.
    done = followed(
        tmp_path, {2024: "1000", 2025: "700"}, 2025, 2024, rate=0.036, target_year=2029, set_on="2026-06-01"
    )
    assert end(done) == pytest.approx((0.18, 205))


def test_case_6_a_window_that_is_invalid(tmp_path: Path) -> None:
    # V1 takes 5 to 10 calendar years after the day, or 2030.
    with pytest.raises(StudyError) as refused:
        followed(tmp_path, {2021: "1000", 2025: "900"}, 2025, ambition="1.5c", target_year=2029, set_on="2026-06-01")
    assert "from 2031 to 2036, or 2030" in refused.value.problems[0].fix + refused.value.problems[0].what


@pytest.mark.parametrize(("rest", "share", "met"), [("300", 250 / 550, 0), ("100", 250 / 350, 1)])
def test_cases_7_and_8_coverage_that_fails_and_that_suffices(
    tmp_path: Path, rest: str, share: float, met: float
) -> None:
    # 67 % of scope 3: 250 t are 45 % of it beside 300 t of all else, 71 % beside 100 t.
    lines = [{"year": "2021", "category": str(n), "emissions": rest if n == 1 else "0"}
             for n in (*range(1, 11), 13, 14, 15)]  # fmt: skip
    done = followed(tmp_path, {2021: "1000", 2024: "900"}, 2024, ambition="1.5c", target_year=2030,
                    set_on="2022-06-01", changes={"scope3": lines})  # fmt: skip
    (row,) = [row for row in done.extras["coverage"]["years"] if row["year"] == 2021]
    assert (row["mean"], row["required"], row["probability_met"]) == pytest.approx((share, 0.67, met))


def test_case_9_an_intensity_met_while_the_emissions_rise(tmp_path: Path) -> None:
    # From 1,000 fans of 250 kg to 5,000 lamps of 25 kg and 1,000 fans: 375 t, 62.5 kg a unit, where 225 are allowed.
    sales = [sold("OLD", 2021, "1000"), sold("OLD", 2024, "1000"), sold("LAMP", 2024, "5000")]
    aims = [aim("each", 2024, "0.1", kind="per_unit", status="set"), aim("all", 2024, "0", status="set")]
    frame = tracked(tmp_path, fans(sales, targets=aims)).tables["targets"]
    rows = frame[frame["year"] == 2024].set_index("target")
    assert (rows.loc["each", "mean"], rows.loc["each", "path"]) == pytest.approx((62.5, 225))
    assert (rows.loc["all", "mean"], rows.loc["all", "path"]) == pytest.approx((375, 250))
    assert (rows.loc["each", "probability_met"], rows.loc["all", "probability_met"]) == (1, 0)


def test_case_10_a_probability(tmp_path: Path) -> None:
    # Between 800 and 1,000 fans are sold, all equally likely; the path allows 860: 30 %.
    done = followed(tmp_path, {2021: "1000", 2024: "uniform(800, 1000)"}, 2024, ambition="1.5c", target_year=2030,
                    set_on="2022-06-01", draws=4096)  # fmt: skip
    assert done.years.set_index("year").loc[2024, "probability_met"] == pytest.approx(0.3, abs=0.01)


def test_the_guide_has_these_ten() -> None:
    section = page("targets").partition("## Ten cases by hand")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (\d+) \|", section, re.MULTILINE) == [str(n) for n in range(1, 11)]
    for number in ("145", "26.2 %", "25 %", "18 %", "45 %", "71 %", "62.5", "375", "30 %"):
        assert number in section, number
