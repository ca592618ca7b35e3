"""Answers under each grid scenario are those of a catalog that has no other, on the same draws."""

from dataclasses import replace
from typing import Any

import pytest

import usephase
from tests.laws.catalogs import read
from tests.laws.everything import everything
from usephase.catalog.table import Catalog

SCENARIOS = {"calm": 1 / 3, "brisk": 2 / 3}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    settings, tables = everything()
    settings["method"]["boundary"] = "minimum"
    return read(settings, tables)


def alone(catalog: Catalog, scenario: str) -> Catalog:
    return replace(catalog, settings=catalog.settings.model_copy(update={"scenarios": {scenario: 1.0}}))


@pytest.mark.parametrize("of", [("total",), ("category_11:mode=run", "total:family=Cool")])
def test_track(catalog: Catalog, of: tuple[str, ...]) -> None:
    def years(catalog: Catalog) -> list[dict[str, Any]]:
        document = usephase.track(catalog, base_year=2022, target_year=2027, rate=0.01, of=of).to_document()
        return [*document["years"], *document["outlook"]]

    mixed = years(catalog)
    assert {row["scenario"]: row["weight"] for row in mixed[0]["by_scenario"]} == pytest.approx(SCENARIOS)
    for scenario in SCENARIOS:
        for row, wanted in zip(mixed, years(alone(catalog, scenario)), strict=True):
            (its,) = (part for part in row["by_scenario"] if part["scenario"] == scenario)
            for name in ("mean", "sd", "p2_5", "p97_5", "probability_met"):
                assert its[name] == wanted[name], (row["year"], name)
    assert {part["probability_met"] for row in mixed for part in row["by_scenario"]} > {1.0}
