"""Badges of the workbench: the row's data_type and where it is written decide; the words of a source do not."""

import pytest

from tests.insight.compare_catalogs import catalog, tables
from usephase.catalog.resolve import resolve
from usephase.insight.what_if.sliders import sliders
from usephase.report.language import language
from usephase.serve.pages.catalog import badge_of, cell_badge
from usephase.serve.pages.product import Question, fields

WORDS = ("measured, verified by JSmith email", "assumption", "guess from memory", "")


@pytest.mark.parametrize("source", [WORDS[0], *(pytest.param(word, marks=pytest.mark.slow) for word in WORDS[1:])])
@pytest.mark.parametrize(
    ("data_type", "kind", "text"),
    [
        ("", "catalog", "catalog"),
        ("default", "catalog", "catalog"),
        ("primary", "catalog", "catalog, primary"),
        ("secondary", "catalog", "catalog, secondary"),
        ("estimate", "assumption", "catalog, estimate"),
    ],
)
def test_the_data_type_of_a_row_makes_its_badge(tmp_path, source, data_type, kind, text):
    modes = [{**row, "source": source, "data_type": data_type} for row in tables()["modes"]]
    read = catalog(tmp_path, modes=modes)
    resolved = resolve(read)
    badge = cell_badge(resolved, "modes", "product=DRILL;mode=on", "rate", "catalog")
    assert (badge.kind, badge.text) == (kind, text)
    listed = sliders(read, "DRILL")
    cells = fields(listed, Question("DRILL"), resolved, language())
    (mine,) = [cell for cell in cells if cell["name"] == "modes:product=DRILL;mode=on:rate"]
    assert (mine["badge"].kind, mine["badge"].text) == (kind, text)
    (load,) = [cell for cell in cells if cell["name"] == "modes:product=DRILL;mode=on:load"]
    assert load["badge"].text == "default"


@pytest.mark.parametrize("basis", ["assumption", "memory_unverified", "read_in_source", ""])
def test_reference_rows_have_one_badge_whatever_they_rest_on(basis):
    badge = badge_of("reference", "", basis)
    assert (badge.kind, badge.text) == ("reference", "reference")
    assert "of data_type default" in badge.told
