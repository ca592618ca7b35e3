"""Two options of a drill: only what differs contributes, and a life that nobody has contributes nothing."""

from pathlib import Path

import pytest

import usephase

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
