"""Two options of a drill: only what differs contributes, and a life that nobody has contributes nothing."""

from pathlib import Path

import pytest
from click.testing import CliRunner

import usephase
from usephase.cli import main

RIGHT = {
    "brushless,brushless+long_life": {"lifetime=drill_pro": 0.99, "lifetime=drill_home": 0.87},
    "heavy,heavy+new": {"lifetime=drill_pro": 5.01, "product=DRILL;mode=drilling": -4.77, "lifetime=drill_home": 0.0},
}
"""kg CO2e a unit, from a Monte Carlo of 60,000 draws written for this case alone."""


@pytest.mark.parametrize("options", RIGHT)
def test_contributions_are_those_of_an_independent_computation(options: str) -> None:
    catalog = usephase.read_catalog(Path(__file__).with_name("drill"))
    against, option = options.split(",")
    found = usephase.compare(catalog, [against, option], draws=1024).difference(option, "unit", "DRILL")
    rows = found.contributions[found.contributions["column"] != "efficiency"].set_index("row")["mean"]
    for row, value in RIGHT[options].items():
        assert rows[row] == pytest.approx(value, abs=0.03)
        assert value != 0 or rows[row] == 0
    if option == "brushless+long_life":
        assert set(rows.index) == set(RIGHT[options])  # the motor is the same in both


def test_a_difference_is_split_by_who_uses_where_and_under_which_scenario() -> None:
    folder = Path(__file__).with_name("drill")
    found = usephase.compare(usephase.read_catalog(folder), ["base", "brushless"], draws=64).difference("brushless")
    for by, groups in (("segment", {"home", "pro"}), ("region", {"EU", "USA"})):
        rows = found.parts[found.parts["by"] == by]
        assert set(rows["group"]) == groups
        # In each draw the motor takes 15 % of the drilling off, whoever drills: every part is lower in all of them.
        assert rows["probability_lower"].tolist() == [1.0, 1.0]
    split = ["--by", "segment", "--by", "region", "--by", "scenario"]
    args = ["compare", str(folder), "--options", "base,brushless", "--draws", "64", "--quick", *split]
    shown = CliRunner().invoke(main, args)
    assert shown.exit_code == 0, shown.output
    for head, line in (("By segment", "home"), ("By region", "United States"), ("By scenario", "flat, weight 40 %")):
        assert line in shown.output.split(head)[1]
