"""Earlier editions of the reference: the rows as they were, pinned by a catalog, and what moved since."""

import hashlib

import numpy as np
import pytest

from tests.laws.catalogs import read
from usephase.catalog import reference
from usephase.catalog.reference import editions, rows
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.catalog.values import cells
from usephase.errors import CatalogError
from usephase.insight.changes.reference_change import changed_cells

OLD = "2026-11-28"


def pinned(edition: str) -> Catalog:
    settings = {"catalog": {"name": "Germany", "reporting_year": 2024}, "reference": {"edition": edition}}
    tables = {
        "products": [{"product": "P", "lifetime": "life_drill_diy"}],
        "modes": [{"product": "P", "mode": "on", "carrier": "electricity", "rate": "10 kWh/year"}],
        "sales": [{"product": "P", "region": "DEU", "year": "2024", "units": "1"}],
    }
    return read(settings, tables)


def test_the_patches_give_every_table_as_it_was() -> None:
    """The checksums are those of the files of the version that shipped the edition."""
    for edition, about in editions.patches().items():
        for name, told in about["tables"].items():
            if "sha256" in told:
                text = rows._read(name, edition).to_csv(index=False, lineterminator="\n")
                assert hashlib.sha256(text.encode()).hexdigest() == told["sha256"], (edition, name)
            known = set(rows._read("sources", edition)["code"])
            assert set(rows._read(name, edition).get("source", ())) <= known


def test_a_catalog_that_pins_an_edition_is_computed_with_its_rows() -> None:
    resolved = resolve(pinned(OLD))
    grid = resolved.tables["grid"]
    at = resolved.paths["DEU", "trend_10y"]
    path = dict(zip(grid.frame["year"].iloc[at], cells.best_estimates(grid.values["intensity"])[at], strict=True))
    # grid.csv, zones.csv and reference_grid.csv of that day: 0.33836 in 2024, 0.2667 in 2030; loss 0.0547
    assert (path[2024], path[2030]) == (0.33836, 0.2667)
    assert resolved.tables["zones"].values["loss"].text[resolved.zone_row["DEU"]] == "0.0547 */ 1.25"
    assert list(resolved.tables["reference_grid"].values["level"].text) == ["1 */ 1.1"]
    newest = pinned("2026.11")
    assert {cell["table"] for cell in changed_cells(pinned(OLD), newest)} == {"grid", "reference_grid", "zones"}
    assert changed_cells(newest, newest) == []


def test_an_edition_that_nobody_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(CatalogError) as refused:
        pinned("1999.1")
    assert "`2026.11` or `2026-11-28`" in refused.value.problems[0].fix


def test_the_difference_says_what_moved_by_how_much_and_why() -> None:
    told = reference.summary(OLD)
    assert (told["why"] != "").all()
    count = told.groupby(["table", "column", "change"])["values"].sum()
    # counted in the files of both days
    assert count["gases", "gwp", "new"] == 51
    assert count["carriers", "upstream", "changed"] == 6
    assert count["zones", "loss", "new"] == 136
    dropped = told[(told["change"] == "gone") & told["why"].str.contains("27 g/kWh")]
    assert set(dropped["values"]) == {1683}
    germany = reference.moved("zones", OLD).query("zone == 'DEU'").iloc[0]
    assert (germany["then"], germany["then_best"]) == ("0.0547 */ 1.25", 0.0547)
    assert germany["now_width"] == pytest.approx(1.25, rel=0.01)


def test_paths_are_compared_at_the_years_that_the_edition_lists() -> None:
    told = reference.moved("grid", OLD).query("zone == 'DEU' and scenario == 'frozen' and column == 'intensity'")
    assert list(told["year"]) == [str(year) for year in range(2030, 2065, 5)]
    last = rows._read("grid").query("zone == 'DEU' and scenario == '*'")["intensity"].astype(float).iloc[-1]
    assert np.allclose(told["now_best"], last)
    assert np.allclose(told["then_best"], 0.3316)
