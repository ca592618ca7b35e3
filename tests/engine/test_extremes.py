"""Absurd numbers are refused where they stand, and figures that no ledger can have are never told."""

import math
import re
from collections.abc import Callable

import numpy as np
import pytest

import usephase
from tests.insight.compare_catalogs import SETTINGS, option, tables
from tests.laws.catalogs import Settings, Tables, read
from tests.laws.everything import everything
from usephase.catalog.schema import SCHEMAS
from usephase.catalog.table import Catalog
from usephase.catalog.values import ranges
from usephase.engine.plan.parts import stacked
from usephase.engine.run.estimate import estimate
from usephase.engine.run.figures import Row
from usephase.errors import CatalogError, NumericError
from usephase.results.content import STATISTICS

COLUMNS = [(s.name, c) for s in SCHEMAS for c in s.value_columns if s.name not in ("settings", "options")]

NUMBERS = [
    (s.name, c.name) for s in SCHEMAS for c in s.columns if c.kind in ("value", "number") and s.name != "settings"
]


@pytest.mark.parametrize("text", ["1e300", "1e300 ± 10%", "uniform(1, 1e40)"])
def test_a_number_beyond_meaning_is_refused_in_every_column(text: str) -> None:
    settings, tables = everything()
    for table, column in COLUMNS:
        tables[table][0][column] = text
    with pytest.raises(CatalogError) as refused:
        read(settings, tables)
    found = {problem.where for problem in refused.value.problems if problem.severity == "error"}
    assert {f"{table}.csv:2:{column}" for table, column in COLUMNS} <= found


@pytest.mark.parametrize(
    ("table", "column"),
    [pytest.param(*at, marks=pytest.mark.deep if i % 2 else pytest.mark.slow) for i, at in enumerate(NUMBERS)],
    ids=lambda part: str(part),
)
def test_a_number_at_the_edge_gives_no_absurd_figure(table: str, column: str) -> None:
    """Whatever is not refused at reading gives figures that are finite and not negative, or none."""
    for text in ("-1", "0", "1e-300", "1e40", "1e9", "1e30", "-1e9"):
        settings, tables = everything()
        tables[table][0][column] = text
        assert_honest(settings, tables, column)


@pytest.mark.parametrize("text", ["1e9", "11", "uniform(9, 12)", "0.2"])
def test_growth_beyond_meaning_is_refused_at_reading(text: str) -> None:
    settings, tables = everything()
    tables["products"][0]["annual_use_change"] = tables["zones"][0]["trend"] = settings["grid"]["trend"] = text
    if text == "0.2":
        read(settings, tables)
        return
    with pytest.raises(CatalogError) as refused:
        read(settings, tables)
    errors = [problem for problem in refused.value.problems if problem.severity == "error"]
    columns = sorted(problem.where.rpartition(":")[2] for problem in errors)
    assert columns == ["annual_use_change", "grid.trend", "trend"]
    assert all("0.03" in problem.fix for problem in errors)


@pytest.mark.parametrize("column", ["level", "trend"])
@pytest.mark.parametrize("text", ["-1", "0", "1e-300", "1e40", "1e300"])
def test_an_edge_in_the_settings_gives_no_absurd_figure(column: str, text: str) -> None:
    settings, tables = everything()
    settings["grid"][column] = text
    assert_honest(settings, tables, column)


def test_a_tiny_amount_of_service_is_refused_and_named() -> None:
    """What is divided by it, a figure per hour of service, has no end where the totals have."""
    settings, tables = everything()
    for row in tables["use_profiles"]:
        if row["amount_unit"] != "rest":
            row["amount"] = "1e-300"
    with pytest.raises(
        NumericError, match=r"hour or cycle of service has a draw of [^ ]*e.300, more than can"
    ) as refused:
        estimate(read(settings, tables), draws=4)
    [note] = refused.value.__notes__
    assert re.fullmatch(r"the number furthest from 1 is use_profiles\.csv:\d:amount \(1e-300\)", note)


@pytest.mark.parametrize("ask", [
    lambda c: estimate(c, draws=4),
    lambda c: usephase.compare(c, ["heavy"], draws=4),
    lambda c: usephase.rank(c, method="given_data", draws=64),
    lambda c: usephase.WhatIf(c, "DRILL", draws=4).answer(),
], ids=["estimate", "compare", "rank", "what_if"])  # fmt: skip
def test_every_answer_without_an_end_names_the_number_furthest_from_1(
    ask: Callable[[Catalog], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "LARGEST", math.inf)
    rows = tables(options=[option("heavy", "modes", "product=DRILL;mode=on", "rate", "*1.2")])
    rows["modes"][0]["efficiency"] = "1e-305"
    catalog = read(SETTINGS, rows)
    with pytest.raises(NumericError) as refused:
        ask(catalog)
    assert refused.value.__notes__ == ["the number furthest from 1 is modes.csv:2:efficiency (1e-305)"]


def assert_honest(settings: Settings, tables: Tables, column: str) -> None:
    try:
        run = estimate(read(settings, tables), draws=4)
    except CatalogError:
        return
    except NumericError as refused:
        if not any(column in note for note in refused.__notes__):
            pytest.fail(f"{refused} does not name {column}")
        return
    for frame in (run.figures[~run.figures["ledger"].isin(["avoided", "biogenic_co2"])], run.service):
        numbers = frame[list(STATISTICS)].to_numpy(dtype=float)
        assert np.isfinite(numbers).all()
        assert (numbers >= 0).all()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, -1.0, 1e200])
def test_a_draw_that_no_ledger_can_have_is_refused(wrong: float) -> None:
    draws = np.array([1.0, 2.0, wrong, 3.0])
    row = Row("category_11", "projected", "minimum", "direct", "total", "total", draws)
    with pytest.raises(NumericError, match="category_11:total=total has a draw"):
        stacked([row], 1, 4)


def test_rounding_in_the_tail_is_no_negative_figure() -> None:
    row = Row("category_11", "projected", "minimum", "direct", "calendar_year", "2090", np.array([0.0, 1.0, -1e-12]))
    assert np.array_equal(stacked([row], 1, 3)[0], [0.0, 1.0, -1e-12])
