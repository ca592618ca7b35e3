"""`check` says which boundary a single factor of electricity most likely has, and which paths there are."""

import pytest

from tests.laws.catalogs import read

SETTINGS = {"catalog": {"name": "Own factor", "reporting_year": 2024}}
TABLES = {
    "products": [{"product": "P", "lifetime": "life_drill_diy"}],
    "modes": [{"product": "P", "mode": "on", "carrier": "electricity", "rate": "10 kWh/year"}],
    "sales": [{"product": "P", "region": "CHN", "year": "2023", "units": "1"}],
}


def said(intensity: str, upstream: str = "") -> list[str]:
    row = {"zone": "CHN", "scenario": "trend_10y", "year": "2023", "intensity": intensity, "upstream": upstream}
    tables = {**TABLES, "grid": [row]}
    settings = {"catalog": {"name": "Own factor", "reporting_year": 2023}}
    return [str(warning) for warning in read(settings, tables).warnings if "most likely" in str(warning)]


# China, 2023: 0.5306 at the stacks (MEE), about 0.068 of supply, 5.9 % lost.
@pytest.mark.parametrize(
    ("intensity", "kind"),
    [
        ("0.53", "most likely direct"),
        ("0.60 ± 5%", "most likely with fuel supply and plants"),
        ("0.64", "most likely with fuel supply and losses"),
    ],
)
def test_a_single_factor_is_told_its_most_likely_boundary(intensity: str, kind: str) -> None:
    [warning] = said(intensity)
    assert kind in warning
    assert "0.531 at the stacks" in warning
    assert "in upstream, such as 0.068" in warning


def test_a_split_factor_and_one_of_another_kind_are_left_alone() -> None:
    assert said("0.53", "0.07") == []
    assert said("0.2") == []
    # what the warning proposes is itself accepted without one
    assert said("0.531", "0.068") == []
