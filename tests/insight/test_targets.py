"""Paths and rule packs, against numbers worked out by hand from the standards."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from usephase.errors import StudyError
from usephase.insight.rules import COLUMNS, EVIDENCE, pack_of, packs, read_pack
from usephase.insight.tracking.targets import (
    Compounding,
    Contraction,
    Target,
    make_target,
    probability_met,
    rules_in_force,
)

OLD = date(2026, 4, 13)
NEW = date(2026, 4, 14)
IN_V2 = date(2027, 2, 1)


def made(
    day: date, ambition: str | None, base: int, year: int | None, newest: int, level: float = 1.0,
    rules: str | None = None, rate: float | None = None,
) -> Target:  # fmt: skip
    pack, _ = rules_in_force(pack_of(rules, day), day, rate is not None)
    target = make_target(pack, ambition, base, year, rate, set_on=day, newest_year=newest)
    assert target is not None
    return target.at(level)


@pytest.mark.parametrize(
    ("day", "ambition", "base", "year", "newest", "level", "reduction"),
    [
        # To 13 April 2026: 2.5 % or 4.2 % a year from 2020, or from an earlier base year: 10, 10, 12, 10 and 10 years.
        (date(2022, 6, 1), "well_below_2c", 2021, 2030, 2021, 1.0, 0.25),
        (date(2022, 6, 1), "1.5c", 2021, 2030, 2021, 1.0, 0.42),
        (date(2022, 6, 1), "well_below_2c", 2018, 2030, 2021, 1.0, 0.30),
        (date(2022, 6, 1), "1.5c", 2020, 2030, 2021, 1.0, 0.42),
        (OLD, "1.5c", 2023, 2031, 2025, 0.5, 0.462),
        # From 14 April 2026, by hand: A0 = NZA (T - m)/(2050 - m), then the floor of 2.5 % or 4.2 % a year.
        (NEW, "well_below_2c", 2021, 2030, 2025, 1.0, 0.225),  # 15 % gone: 1.67 % a year, below the floor
        (NEW, "1.5c", 2021, 2030, 2025, 1.0, 0.378),
        (NEW, "well_below_2c", 2021, 2031, 2025, 0.9, 0.262),  # 0.9 (1 - 0.18) = 0.738
        (NEW, "1.5c", 2021, 2031, 2025, 0.9, 0.42),  # 0.9 (1 - 0.216) = 0.7056: below the floor
        (NEW, "well_below_2c", 2021, 2031, 2025, 0.8, 0.344),  # 0.8 · 0.82 = 0.656
        (NEW, "1.5c", 2021, 2031, 2025, 0.8, 0.42),
        (NEW, "well_below_2c", 2025, 2031, 2025, 1.0, 0.18),
        (NEW, "1.5c", 2025, 2031, 2025, 1.0, 0.252),
        (NEW, "well_below_2c", 2025, 2035, 2025, 1.0, 0.30),
        (NEW, "1.5c", 2025, 2035, 2025, 1.0, 0.42),
        # A level that rose: 1.2 (1 - 0.18) = 0.984, 1.6 % in ten years: the floor.
        (NEW, "well_below_2c", 2021, 2031, 2025, 1.2, 0.25),
        # V2.0: 0.9/(2050 - b) a year from the base year: 3.6 % of 2025, 3.75 % of 2026; no later level changes it.
        (IN_V2, "net_zero", 2025, 2030, 2025, 1.0, 0.18),
        (IN_V2, "net_zero", 2025, 2030, 2026, 0.5, 0.18),
        (IN_V2, None, 2026, 2032, 2026, 1.0, 0.225),
    ],
)
def test_required_reduction(
    day: date, ambition: str | None, base: int, year: int, newest: int, level: float, reduction: float
) -> None:
    target = made(day, ambition, base, year, newest, level)
    assert target.reduction == pytest.approx(reduction, rel=1e-12)
    assert target.path.left(base) == 1.0
    assert target.path.left(year) == pytest.approx(1 - reduction, rel=1e-12)


@pytest.mark.parametrize("rules", [None, "sbti_v2", "sbti_near_term_v1", "ghg_protocol"])
def test_a_rate_of_ones_own_counts_from_the_base_year(rules: str | None) -> None:
    # Five years of 3.6 %, whatever the pack says of 2020 or of the newest year.
    for day in (OLD, NEW, IN_V2):
        target = made(day, None, 2024, 2029, 2025, 0.7, rules, rate=0.036)
        assert target.reduction == pytest.approx(0.18, rel=1e-12)
        assert target.rules == ()


@pytest.mark.parametrize(
    ("day", "name"),
    [(date(2021, 1, 1), "sbti_near_term_v1"), (NEW, "sbti_near_term_v1"), (date(2027, 1, 31), "sbti_near_term_v1"),
     (IN_V2, "sbti_v2"), (date(2040, 1, 1), "sbti_v2")],
)  # fmt: skip
def test_the_day_chooses_the_pack(day: date, name: str) -> None:
    assert pack_of(None, day).name == name
    assert pack_of("ghg_protocol", day).name == "ghg_protocol"


def test_the_path_is_a_straight_line_that_ends() -> None:
    path = Contraction(2021, 2030, 0.45)
    assert [path.left(year) for year in (2020, 2021, 2024, 2030, 2035)] == pytest.approx([1, 1, 0.85, 0.55, 0.55])


def test_intensity_compounds() -> None:
    path = Compounding(2021, 0.07)
    assert [path.left(year) for year in (2021, 2022, 2024)] == pytest.approx([1, 0.93, 0.804357])


def test_long_term_pack() -> None:
    target = made(NEW, None, 2021, None, 2024, rules="sbti_long_term_v1")
    assert (target.target_year, target.reduction) == (2050, 0.9)
    assert read_pack("sbti_long_term_v1").value("coverage") == 0.9


def test_thresholds_of_the_packs() -> None:
    near = read_pack("sbti_near_term_v1")
    assert near.value("coverage") == 0.67
    assert near.value("recalculation_threshold") == 0.05
    assert read_pack("ghg_protocol").value("recalculation_threshold") == 0.1
    v2 = read_pack("sbti_v2")
    assert v2.value("significant_category") == 0.05
    assert v2.value("exclusions_limit") == 0.0
    # Neither a share of all scope 3 nor the 7 % of intensities is in V2.0.
    assert not {"coverage", "physical_intensity_rate", "economic_intensity_rate"} & {row.rule for row in v2.rows}


def test_a_pack_without_rates_gives_no_path() -> None:
    assert make_target(read_pack("ghg_protocol"), None, 2024, 2029, set_on=NEW) is None


def test_every_row_says_how_it_is_known() -> None:
    assert set(packs()) == {"ghg_protocol", "sbti_long_term_v1", "sbti_near_term_v1", "sbti_v2"}
    for name in packs():
        for row in read_pack(name).rows:
            assert row.evidence in EVIDENCE
            assert row.source
    # The Method Appendix of V1.3.1 was not found: its rules are known from others who coded it.
    near = [row for row in read_pack("sbti_near_term_v1").rows if "Method Appendix" in row.source]
    assert {row.rule for row in near} == {"net_zero_ambition", "rate_floor", "net_zero_year", "from_newest_year"}
    assert not any(row.verified for row in near)
    # The text of V2.0 was read.
    assert all(row.verified for row in read_pack("sbti_v2").rows)


@pytest.mark.parametrize(
    ("day", "rules", "options", "words"),
    [
        (OLD, None, {"ambition": "2c"}, "no such ambition"),
        (IN_V2, None, {"ambition": "1.5c"}, "use one of: net_zero"),
        (OLD, None, {"year": 2021}, "not after the base year"),
        # The window is in calendar years after the day the target is set.
        (date(2026, 3, 1), None, {"year": 2030}, "takes target years from 2031 to 2036 for a target set on 2026-03-01"),
        (NEW, None, {"year": 2029}, "takes target years from 2031 to 2036, or 2030 for a target set on 2026-04-14"),
        (NEW, None, {"year": 2037}, "from 2031 to 2036, or 2030"),
        (date(2020, 5, 1), None, {"year": 2031}, "from 2025 to 2030"),
        (IN_V2, None, {"year": 2033}, "takes target years up to 2032"),
        (NEW, "sbti_long_term_v1", {"year": 2051}, "up to 2050"),
        (NEW, None, {"rate": 0.12, "year": 2030}, "reduction of 108%"),
    ],
)
def test_refusals(day: date, rules: str | None, options: dict[str, Any], words: str) -> None:
    given = {"ambition": None, "year": None, **options}
    with pytest.raises(StudyError, match=words):
        made(day, base=2021, newest=2024, rules=rules, **given)


def test_case_alone_refuses_no_ambition() -> None:
    assert made(OLD, "1.5C", 2021, None, 2024).ambition == "1.5c"


def test_a_target_year_is_after_the_newest_inventory_where_the_way_starts_there() -> None:
    with pytest.raises(StudyError, match="not after the newest inventory year"):
        made(NEW, None, 2021, 2030, 2030)


def test_the_year_that_is_taken_without_one_is_inside_the_window() -> None:
    assert made(NEW, None, 2021, None, 2024).target_year == 2030  # exempt
    assert made(date(2022, 1, 1), None, 2021, None, 2021).target_year == 2030
    assert made(date(2026, 2, 1), None, 2021, None, 2024).target_year == 2031  # 2030 is four years off
    assert made(IN_V2, None, 2025, None, 2025).target_year == 2032
    assert made(NEW, None, 2021, None, 2024, rules="ghg_protocol", rate=0.01).target_year == 2036


def test_a_pack_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    lines = [",".join(COLUMNS), "absolute_rate,ours,0.03,1/year,,,board decision,C,"]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert made(NEW, None, 2021, 2031, 2024, rules=str(path)).reduction == pytest.approx(0.3)
    path.write_text("\n".join([lines[0], "absolute_rate,ours,3 %,1/year,,,board,C,"]), encoding="utf-8")
    with pytest.raises(StudyError, match=r"ours\.csv:2:value"):
        read_pack(str(path))
    with pytest.raises(StudyError, match="no such rule pack"):
        read_pack("sbti")


@pytest.mark.parametrize(
    ("name", "day", "own", "refused"),
    [
        ("sbti_near_term_v1", date(2021, 1, 1), False, ""),
        ("sbti_near_term_v1", date(2028, 1, 31), False, ""),
        ("sbti_near_term_v1", date(2028, 2, 1), False, "and from 2026-04-14 to 2028-01-31 it makes paths"),
        ("sbti_near_term_v1", date(2028, 2, 1), True, ""),
        ("sbti_long_term_v1", date(2028, 2, 1), False, "to 2028-01-31 it makes paths, not on 2028-02-01"),
        ("sbti_v2", date(2027, 1, 31), False, "from 2027-02-01 it makes paths, not on 2027-01-31"),
        ("sbti_v2", date(2027, 1, 31), True, ""),
        ("sbti_v2", IN_V2, False, ""),
        ("ghg_protocol", date(2010, 1, 1), False, ""),
    ],
)
def test_a_rule_holds_from_its_first_to_its_last_day(name: str, day: date, own: bool, refused: str) -> None:
    if refused:
        with pytest.raises(StudyError, match=refused):
            rules_in_force(read_pack(name), day, own)
    else:
        held, _ = rules_in_force(read_pack(name), day, own)
        assert set(held.rows) == {row for row in read_pack(name).rows if row.in_force(day)}


def test_rules_that_are_not_in_force_are_left_out_and_named() -> None:
    held, gone = rules_in_force(read_pack("ghg_protocol"), date(2010, 1, 1))
    assert held.value("recalculation_threshold") is None
    assert {row.dates() for row in gone} == {"from 2011-10-04"}
    # Those of an edition that was replaced need not be named.
    assert rules_in_force(read_pack("sbti_near_term_v1"), NEW)[1] == ()


def test_a_row_with_a_successor_is_replaced_by_it(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    rows = [
        "absolute_rate,ours,0.02,1/year,,2024-12-30,board,C,",
        "absolute_rate,ours,0.03,1/year,2024-12-31,,board,C,",
    ]
    path.write_text("\n".join([",".join(COLUMNS), *rows]), encoding="utf-8")
    pack = read_pack(str(path))
    days = (date(2024, 12, 30), date(2024, 12, 31))
    assert [rules_in_force(pack, day)[0].value("absolute_rate", "ours") for day in days] == [0.02, 0.03]
    path.write_text("\n".join([",".join(COLUMNS), rows[0].replace("2024-12-30", "end of 2024")]), encoding="utf-8")
    with pytest.raises(StudyError, match=r"ours\.csv:2:valid_to"):
        read_pack(str(path))


def test_probability_is_of_paired_draws() -> None:
    base = np.array([100.0, 200.0, 300.0, 400.0])
    # Each draw loses 20 %: against a path to 75 % none is met, though levels overlap; to 80 % all are.
    assert probability_met(base * 0.8, base, 0.75) == 0.0
    assert probability_met(base * 0.8, base, 0.8) == 1.0
