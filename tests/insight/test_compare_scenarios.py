"""Differences under each grid scenario: those of a catalog that has no other."""

from typing import Any

import numpy as np
import pytest

import usephase
from tests.laws.catalogs import read
from tests.laws.everything import everything


def compared(**scenarios: float) -> dict[str, Any]:
    settings, tables = everything()
    settings["grid"]["scenarios"] = scenarios
    return usephase.compare(read(settings, tables), ["base", "lean"], draws=64).to_document()


@pytest.fixture(scope="module")
def both() -> dict[str, Any]:
    return compared(calm=1.0, brisk=3.0)


@pytest.mark.parametrize("scenario", ["calm", "brisk"])
def test_a_difference_under_a_scenario_is_that_of_the_scenario_alone(both: dict[str, Any], scenario: str) -> None:
    alone = compared(**{scenario: 1.0})
    assert len(both["differences"]) == len(alone["differences"])
    for ours, theirs in zip(both["differences"], alone["differences"], strict=True):
        row = next(row for row in ours["by_scenario"] if row["scenario"] == scenario)
        assert theirs["by_scenario"] == []
        names = ("mean", "p2_5", "p50", "p97_5", "probability_lower", "relative_mean")
        np.testing.assert_allclose([row[name] for name in names], [theirs[name] for name in names], rtol=1e-9)
        assert row["weight"] == {"calm": 0.25, "brisk": 0.75}[scenario]
    figures = [
        {
            (row["option"], row["ledger"], row["group"]): row["mean"]
            for row in made["figures"]
            if row["by"] == "scenario"
        }
        for made in (both, alone)
    ]
    assert len(figures[1]) == 2 * 3
    for key, mean in figures[1].items():
        assert figures[0][key] == pytest.approx(mean, rel=1e-9)
