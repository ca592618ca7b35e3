"""Inputs in words."""

from pathlib import Path

import pytest

from usephase import estimate, open_run, read_catalog
from usephase.catalog.schema import SCHEMAS
from usephase.report.html.page import render_page
from usephase.report.language import calling, language, languages
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


def test_products_are_called_by_their_names_with_the_key_where_two_share_one(tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_text('[catalog]\nname = "Names"\nreporting_year = 2024\n')
    rows = ("A1,Kettle", "A2,Fan", "A3,Fan", "A4,", "A5,A4", "A6,A6")
    (tmp_path / "products.csv").write_text(
        "product,name,archetype\n" + "".join(f"{row},kettle\n" for row in rows), encoding="utf-8"
    )
    (tmp_path / "sales.csv").write_text(
        "product,region,year,units\n" + "".join(f"{row[:2]},DEU,2024,9\n" for row in rows), encoding="utf-8"
    )
    catalog = read_catalog(tmp_path)
    assert catalog.called == {"A1": "Kettle", "A2": "Fan (A2)", "A3": "Fan (A3)", "A5": "A4 (A5)"}
    with calling(catalog.called):
        shown = [language().group("product", key) for key in ("A1", "A4", "A9")]
        cell = input_name("modes", "product=A1;mode=boiling", "load", language())
    assert (shown, cell) == (["Kettle", "A4", "A9"], "load: Kettle, boiling")
    assert language().group("product", "A1") == "A1"
    # A stored run calls them so wherever it is opened, in report and workbook.
    run = estimate(catalog, draws=16)
    run.save(tmp_path / "run.h5")
    again = open_run(tmp_path / "run.h5")
    assert "Fan (A2)" in render_page(again)
    assert "A2" in set(again.select("total", "product")["group"])
