"""Paths and rule packs, against numbers worked out by hand from the standards."""

from pathlib import Path

import numpy as np
import pytest

from usephase.errors import StudyError
from usephase.insight.rules import COLUMNS, EVIDENCE, packs, read_pack
from usephase.insight.targets import Compounding, Contraction, make_target, probability_met, rules_in_force, window

NEAR = read_pack("sbti_near_term_v1")


@pytest.mark.parametrize(
    ("ambition", "base", "year", "reduction"),
    [
        ("well_below_2c", 2021, 2030, 0.25),
        ("1.5c", 2021, 2030, 0.42),
        # Before 2020 the base year itself counts: 12 years.
        ("well_below_2c", 2018, 2030, 0.30),
        ("1.5c", 2020, 2030, 0.42),
        ("1.5c", 2023, 2030, 0.42),
    ],
)
def test_required_reduction(ambition: str, base: int, year: int, reduction: float) -> None:
    target = make_target(NEAR, ambition, base, year)
    assert target is not None
    assert target.path.reduction == pytest.approx(reduction, rel=1e-12)
    assert target.path.left(base) == 1.0
    assert target.path.left(year) == pytest.approx(1 - reduction, rel=1e-12)


def test_the_path_is_a_straight_line_that_ends() -> None:
    path = Contraction(2021, 2030, 0.45)
    assert [path.left(year) for year in (2020, 2021, 2024, 2030, 2035)] == pytest.approx([1, 1, 0.85, 0.55, 0.55])


def test_intensity_compounds() -> None:
    path = Compounding(2021, 0.07)
    assert [path.left(year) for year in (2021, 2022, 2024)] == pytest.approx([1, 0.93, 0.804357])


def test_long_term_pack() -> None:
    pack = read_pack("sbti_long_term_v1")
    target = make_target(pack, None, 2021, None)
    assert target is not None
    assert (target.target_year, target.path.reduction) == (2050, 0.9)
    assert pack.value("coverage") == 0.9


def test_thresholds_of_the_packs() -> None:
    assert NEAR.value("coverage") == 0.67
    assert NEAR.value("recalculation_threshold") == 0.05
    assert read_pack("ghg_protocol").value("recalculation_threshold") == 0.1


def test_a_pack_without_rates_gives_no_path_but_takes_one() -> None:
    pack = read_pack("sbti_v2")
    assert make_target(pack, None, 2024, None) is None
    own = make_target(pack, None, 2024, 2029, rate=0.05)
    # Rates count from 2020: 9 years of 5 %.
    assert own is not None
    assert own.path.reduction == pytest.approx(0.45)


def test_every_row_says_how_it_is_known() -> None:
    assert set(packs()) == {"ghg_protocol", "sbti_long_term_v1", "sbti_near_term_v1", "sbti_v2"}
    for name in packs():
        for row in read_pack(name).rows:
            assert row.evidence in EVIDENCE
            assert row.source
    # What standards.md tags as recalled is so marked.
    for rule in ("economic_intensity_rate", "physical_intensity_rate", "recalculation_threshold", "exclusions_limit"):
        row = NEAR.find(rule)
        assert row is not None
        assert row.evidence == "M"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ambition": "2c"}, "no such ambition"),
        ({"target_year": 2021}, "not after the base year"),
        ({"target_year": 2090}, "reduction of 175%"),
    ],
)
def test_refusals(options: dict[str, object], words: str) -> None:
    given = {"ambition": None, "target_year": None, **options}
    with pytest.raises(StudyError, match=words):
        make_target(NEAR, base_year=2021, **given)  # type: ignore[arg-type]


def test_a_pack_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    lines = [",".join(COLUMNS), "absolute_rate,ours,0.03,1/year,,,board decision,C,"]
    path.write_text("\n".join(lines), encoding="utf-8")
    target = make_target(read_pack(str(path)), None, 2021, 2031)
    assert target is not None
    assert target.path.reduction == pytest.approx(0.3)
    path.write_text("\n".join([lines[0], "absolute_rate,ours,3 %,1/year,,,board,C,"]), encoding="utf-8")
    with pytest.raises(StudyError, match=r"ours\.csv:2:value"):
        read_pack(str(path))
    with pytest.raises(StudyError, match="no such rule pack"):
        read_pack("sbti")


@pytest.mark.parametrize(
    ("name", "year", "rate", "refused"),
    [
        ("sbti_near_term_v1", 2021, None, ""),
        # V1 can be used to the end of 2027.
        ("sbti_near_term_v1", 2027, None, ""),
        ("sbti_near_term_v1", 2028, None, "absolute_rate 1.5c is in force to 2027-12-31, not in 2028"),
        ("sbti_long_term_v1", 2028, None, "absolute_reduction net_zero is in force to 2027-12-31"),
        # V2.0 holds from 1 February 2027; without a rate of one's own nothing rests on it.
        ("sbti_v2", 2026, None, ""),
        ("sbti_v2", 2026, 0.05, "counts_from is in force from 2027-02-01, not in 2026"),
        ("sbti_v2", 2027, 0.05, ""),
        ("ghg_protocol", 2010, 0.05, ""),
    ],
)
def test_a_rule_holds_in_its_years(name: str, year: int, rate: float | None, refused: str) -> None:
    if refused:
        with pytest.raises(StudyError, match=refused):
            rules_in_force(read_pack(name), year, rate)
    else:
        held, gone = rules_in_force(read_pack(name), year, rate)
        assert len(held.rows) + len(gone) == len(read_pack(name).rows)


def test_rules_that_are_not_in_force_are_left_out_and_named() -> None:
    held, gone = rules_in_force(read_pack("ghg_protocol"), 2010, 0.05)
    assert held.value("recalculation_threshold") is None
    assert {row.dates() for row in gone} == {"from 2011-10-04"}


def test_a_row_with_a_successor_is_replaced_by_it(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    rows = [
        "absolute_rate,ours,0.02,1/year,,2024-12-31,board,C,",
        "absolute_rate,ours,0.03,1/year,2025-01-01,,board,C,",
    ]
    path.write_text("\n".join([",".join(COLUMNS), *rows]), encoding="utf-8")
    rates = [rules_in_force(read_pack(str(path)), year)[0].value("absolute_rate", "ours") for year in (2024, 2025)]
    assert rates == [0.02, 0.03]
    path.write_text("\n".join([",".join(COLUMNS), rows[0].replace("2024-12-31", "end of 2024")]), encoding="utf-8")
    with pytest.raises(StudyError, match=r"ours\.csv:2:valid_to"):
        read_pack(str(path))


def test_the_window_counts_from_the_year_in_which_the_target_is_set() -> None:
    assert window(NEAR, 2022, 2030) == ""
    assert window(NEAR, 2020, 2030) == ""
    assert "5 to 10 years" in window(NEAR, 2027, 2030)
    assert "2031 is 11 years after 2020" in window(NEAR, 2020, 2031)


def test_rows_of_v2_are_unverified() -> None:
    rows = read_pack("sbti_v2").rows
    assert rows
    assert not any(row.verified for row in rows)
    # No rate, coverage or reduction of V2.0 was read anywhere: none is claimed.
    assert not {"absolute_rate", "absolute_reduction", "coverage"} & {row.rule for row in rows}


def test_probability_is_of_paired_draws() -> None:
    base = np.array([100.0, 200.0, 300.0, 400.0])
    # Each draw loses 20 %: against a path to 75 % none is met, though levels overlap; to 80 % all are.
    assert probability_met(base * 0.8, base, 0.75) == 0.0
    assert probability_met(base * 0.8, base, 0.8) == 1.0
