"""Inputs in words."""

import pytest

from usephase.catalog.schema import SCHEMAS
from usephase.report.language import language, languages
from usephase.report.language.inputs import input_name


@pytest.mark.parametrize("code", languages())
def test_every_uncertain_column_has_words(code: str) -> None:
    columns = {f"input.{schema.name}.{column}" for schema in SCHEMAS for column in schema.value_columns}
    assert columns <= set(language(code).messages)


@pytest.mark.parametrize(
    ("table", "row", "column", "said"),
    [
        ("use_profiles", "use_profile=fan_heater_home;mode=heating", "amount",
         "hours or cycles of use: fan heater home, heating"),
        ("modes", "product=DRILL_18;mode=drilling", "load", "load: DRILL_18, drilling"),
        ("reference_grid", "zone=USA", "level", "error of grid factors: United States"),
        ("settings", "grid", "scenario", "which grid scenario comes true"),
        ("correlations", "group=propane_hours", "", "what cells of a group share: propane_hours"),
        ("correlations", "group=guess:archetype_materials:mass:drill_cordless:battery", "",
         "shared guess: mass of material, drill cordless, battery"),
        ("dependence", "lifetimes.mean", "", "common error of judgements: mean life"),
        ("dependence", "own.column", "", "common error of judgements: own.column"),
    ],
)  # fmt: skip
def test_a_cell_is_said_in_words(table: str, row: str, column: str, said: str) -> None:
    assert input_name(table, row, column, language()) == said
