"""What-if answers against whole estimates and comparisons of the same edits, on random catalogs and by hand."""

import numpy as np
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog import read_files
from usephase.catalog.edit.apply import Edit, apply, as_option, judge
from usephase.errors import CatalogError, NumericError, StudyError
from usephase.insight.what_if.ask import WhatIf, sliders
from usephase.insight.what_if.sliders import range_of

DRAWS = 64
RUN_COLUMNS = {"best_estimate", "mean", "sd", "mcse", "p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5"}


def random_read(folder, seed):
    settings, tables = random_catalog(np.random.default_rng([seed, 4321]), "tiny")
    return usephase.read_catalog(write_catalog(folder, settings, tables))


def same(summary, row):
    scale = max(abs(row["mean"]), abs(row["best_estimate"]), 1e-12)
    for name in RUN_COLUMNS:
        assert getattr(summary, name) == pytest.approx(row[name], rel=1e-9, abs=1e-10 * scale), name


def run_row(run, product, ledger):
    found = run.figures
    found = found[(found["ledger"] == ledger) & (found["by"] == "product") & (found["group"] == product)]
    direct = found[found["phase"].isin([None, "direct"]) | found["phase"].isna()]
    # What a product does not have is no row of a run.
    return direct.iloc[0] if len(direct) else dict.fromkeys(RUN_COLUMNS, 0.0)


def products_sold(catalog):
    sales = catalog["sales"].frame
    return sorted(set(sales["product"][sales["year"] == catalog.settings.reporting_year]))


def movable(catalog, product, rng, count):
    """Pick edits that move uncertain cells of the catalog's own by a factor; of columns that no sum binds."""
    bound = ("segments", "use_profiles", "end_of_life")
    cells = [
        s for s in sliders(catalog, product)
        if s.uncertain and s.origin == "catalog" and s.value > 0 and s.table not in bound
    ]  # fmt: skip
    rng.shuffle(cells)
    return [cell.edit(cell.value * float(rng.uniform(0.93, 1.0))) for cell in cells[:count]]


@pytest.mark.parametrize("seed", some(0, 12, 1))
def test_the_base_is_the_estimate_whatever_the_toggles(tmp_path, seed):
    catalog = random_read(tmp_path, seed)
    run = usephase.estimate(catalog, draws=DRAWS)
    for product in products_sold(catalog):
        what_if = WhatIf(catalog, product, draws=DRAWS)
        for ledger in ("total", "category_11", "category_12"):
            answer = what_if.answer(of=ledger)
            same(answer.amounts["portfolio"].base, run_row(run, product, ledger))
            assert answer.amounts["portfolio"].edited == answer.amounts["portfolio"].base
            assert answer.amounts["portfolio"].difference.probability_lower is None
    product = products_sold(catalog)[0]
    what_if = WhatIf(catalog, product, draws=DRAWS)
    for basis in ("projected", "frozen"):
        for boundary in ("minimum", "life_cycle"):
            for scenario in (None, min(catalog.settings.scenarios)):
                update = {"grid_basis": basis, "boundary": boundary}
                update |= {} if scenario is None else {"scenarios": {scenario: 1.0}}
                toggled = usephase.estimate(replaced(catalog, update), draws=DRAWS)
                answer = what_if.answer(scenario=scenario, grid_basis=basis, boundary=boundary)
                assert (answer.scenario, answer.grid_basis, answer.boundary) == (scenario, basis, boundary)
                same(answer.amounts["portfolio"].base, run_row(toggled, product, "total"))


def replaced(catalog, update):
    from dataclasses import replace

    return replace(catalog, settings=catalog.settings.model_copy(update=update))


@pytest.mark.parametrize("seed", some(0, 24, 1))
def test_moved_cells_give_what_the_edited_catalog_and_the_option_give(tmp_path, seed):
    catalog = random_read(tmp_path, seed)
    rng = np.random.default_rng(seed)
    for product in products_sold(catalog)[:1]:
        edits = movable(catalog, product, rng, 3)
        answer = WhatIf(catalog, product, draws=DRAWS).answer(edits)
        one = answer.amounts["portfolio"]
        edited = apply(catalog, edits)
        bounded = any(
            catalog[e.table].values[e.column].high < np.inf or catalog[e.table].values[e.column].low > -np.inf
            for e in edits
        )
        # A factor acts on the draw, the edited text on the distribution: cut off at a bound they differ a little.
        row = run_row(usephase.estimate(edited, draws=DRAWS), product, "total")
        assert one.edited.mean == pytest.approx(row["mean"], rel=2e-3 if bounded else 1e-9)
        assert one.edited.best_estimate == pytest.approx(row["best_estimate"], rel=1e-9)
        try:
            optional = read_files({**catalog.files, **as_option(catalog, edits, "mine")})
        except CatalogError as refused:  # a factor may push the end of a tail out of its range: an option may not
            if "out of the possible range" not in str(refused):
                raise
            continue
        compared = usephase.compare(optional, ["base", "mine"], product=product, draws=DRAWS, whole=False)
        found = compared.difference("mine").numbers
        scale = abs(one.base.mean)
        for name in ("mean", "p2_5", "p50", "p97_5"):
            assert getattr(one.difference, name) == pytest.approx(found[name], rel=1e-8, abs=1e-10 * scale)
        if one.difference.probability_lower is not None:
            assert one.difference.probability_lower == pytest.approx(found["probability_lower"])


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 16) if seed != 10)]
)
def test_cells_written_anew_give_what_the_edited_catalog_and_the_option_give(tmp_path, seed):
    """An uncertain cell takes a lognormal of its own median: as many cells are drawn as before.

    The catalog of seed 10 has no such cell.
    """
    catalog = random_read(tmp_path, seed)
    checked = 0
    for product in products_sold(catalog):
        for cell in sliders(catalog, product):
            plain = cell.column in ("units", "mass", "mean", "charge", "gwp", "combustion")
            if not (plain and cell.origin == "catalog" and cell.uncertain and cell.value > 0):
                continue
            edits = [Edit(cell.table, cell.row, cell.column, f"{0.9 * cell.value:.6g} */ 1.2")]
            edited = apply(catalog, edits)
            one = WhatIf(catalog, product, draws=DRAWS).answer(edits).amounts["portfolio"]
            same(one.edited, run_row(usephase.estimate(edited, draws=DRAWS), product, "total"))
            optional = read_files({**catalog.files, **as_option(catalog, edits, "mine")})
            compared = usephase.compare(optional, ["base", "mine"], product=product, draws=DRAWS, whole=False)
            assert one.difference.mean == pytest.approx(compared.difference("mine").numbers["mean"], rel=1e-8)
            checked += 1
            if checked == 2:
                return
    assert checked


SETTINGS = {
    "catalog": {"name": "By hand", "reporting_year": 2024},
    "monte_carlo": {"draws": 64},
    "grid": {"scenarios": {"flat": 1.0}},
}
TABLES = {
    "products": [
        {"product": "DRILL", "use_profile": "home", "lifetime": "ten", "service_mode": "on"},
        {"product": "SAW", "use_profile": "home", "lifetime": "ten"},
        {"product": "OLD", "use_profile": "home", "lifetime": "ten"},
    ],
    "modes": [
        {"product": "DRILL", "mode": "on", "carrier": "electricity", "rate": "0.5 kW"},
        {"product": "SAW", "mode": "on", "carrier": "electricity", "rate": "1000", "rate_unit": "W"},
        {"product": "OLD", "mode": "on", "carrier": "electricity", "rate": "1000", "rate_unit": "W"},
    ],
    "use_profiles": [
        {"use_profile": "home", "mode": "on", "amount": "20", "amount_unit": "h/year"},
        {"use_profile": "much", "mode": "on", "amount": "60", "amount_unit": "h/year"},
    ],
    "lifetimes": [
        {"lifetime": "ten", "distribution": "fixed", "mean": "10"},
        {"lifetime": "five", "distribution": "fixed", "mean": "5"},
    ],
    "sales": [
        {"product": "DRILL", "region": "Z", "year": "2024", "units": "1000"},
        {"product": "SAW", "region": "Z", "year": "2024", "units": "10 ± 10%"},
        {"product": "OLD", "region": "Z", "year": "2023", "units": "10"},
    ],
    "zones": [{"zone": "Z", "loss": "0.1"}],
    "grid": [
        {"zone": "Z", "scenario": scenario, "year": "2020", "intensity": x}
        for scenario, x in (("flat", "0.4"), ("green", "0.1"))
    ],
}  # fmt: skip


@pytest.fixture(name="catalog")
def catalog_by_hand(tmp_path):
    return usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, TABLES))


def test_a_hand_example(catalog):
    """0.5 kW · 20 h · 10 years · 0.4 kg/kWh = 40 kg a unit, 40 t of a thousand, 0.2 kg an hour."""
    answer = WhatIf(catalog, "DRILL", draws=16).answer(
        [Edit("modes", "product=DRILL;mode=on", "rate", "*0.75"), Edit("lifetimes", "lifetime=ten", "mean", "8")]
    )
    found = {per: (one.base.mean, one.edited.mean, one.difference.mean) for per, one in answer.amounts.items()}
    assert found["unit"] == pytest.approx((40, 24, -16))
    assert found["portfolio"] == pytest.approx((40, 24, -16))
    assert found["service"] == pytest.approx((0.2, 0.15, -0.05))
    assert found["year"] == pytest.approx((4, 3, -1))
    assert answer.amounts["service"].unit == "kg CO2e/h"
    unit = answer.amounts["unit"]
    assert unit.difference.probability_lower == 1
    assert unit.difference.relative_mean == pytest.approx(-0.4)
    assert (unit.base.sd, unit.edited.sd) == (0, 0)
    assert sum(unit.histogram.base) == pytest.approx(1)
    assert unit.histogram.edges[0] == pytest.approx(24)
    assert unit.histogram.edges[-1] == pytest.approx(40)
    by = {(p.ledger, p.by, p.group): (p.base.mean, p.edited.mean) for p in answer.parts}
    assert by["category_11", "mode", "on"] == pytest.approx((40, 24))
    assert by["category_11", "component", "generation"] == pytest.approx((40, 24))


def test_texts_units_and_settings_change_the_answer(catalog):
    what_if = WhatIf(catalog, "DRILL", draws=16)

    def unit(*edits, **toggles):
        return what_if.answer(edits, **toggles).amounts["unit"].edited.mean

    assert unit(Edit("products", "product=DRILL", "use_profile", "much")) == pytest.approx(120)
    assert unit(Edit("products", "product=DRILL", "lifetime", "five")) == pytest.approx(20)
    assert unit(
        Edit("products", "product=DRILL", "use_profile", "much"), Edit("modes", "product=DRILL;mode=on", "rate", "1 kW")
    ) == pytest.approx(240)
    assert unit(Edit("modes", "product=SAW;mode=on", "rate", "1")) == pytest.approx(40)
    assert unit(Edit("settings", "grid", "level", "2")) == pytest.approx(80)
    assert unit(scenario="green") == pytest.approx(10)
    # Lost on the way: 1/(1 − 0.1) − 1 for each kWh delivered.
    assert unit(boundary="life_cycle") == pytest.approx(40 / 0.9)
    assert unit(Edit("modes", "product=DRILL;mode=on", "load", "0.5")) == pytest.approx(20)


def test_scenarios_are_told_apart_as_a_catalog_of_each_alone_has_them(catalog, tmp_path):
    """40 kg a unit under 0.4 kg/kWh, 10 under 0.1; three quarters of either; the mixture by 3 to 1 lies between."""
    edit = Edit("modes", "product=DRILL;mode=on", "rate", "*0.75")
    assert WhatIf(catalog, "DRILL", draws=16).by_scenario([edit]) == ()
    settings = SETTINGS | {"grid": {"scenarios": {"flat": 3.0, "green": 1.0}}}
    both = WhatIf(usephase.read_catalog(write_catalog(tmp_path / "both", settings, TABLES)), "DRILL", draws=64)
    found = {one.scenario: one for one in both.by_scenario([edit], per="unit")}
    assert {name: one.weight for name, one in found.items()} == {"flat": 0.75, "green": 0.25}
    for name, kilograms in (("flat", 40), ("green", 10)):
        one = found[name]
        assert (one.base_mean, one.edited_mean) == pytest.approx((kilograms, 0.75 * kilograms))
        assert one.difference.mean == pytest.approx(-0.25 * kilograms)
        assert one.difference.probability_lower == 1
        alone = both.answer([edit], scenario=name).amounts["unit"]
        assert (one.base_mean, one.difference) == (alone.base.mean, alone.difference)
    with pytest.raises(StudyError):
        both.by_scenario([edit], per="century")


def test_of_several_edits_of_a_cell_the_last_holds(catalog):
    first, last = (Edit("modes", row, "rate", text) for row, text in (
        ("product=DRILL;mode=on", "2 kW"), ("mode=on;product=DRILL", "1 kW")))  # fmt: skip
    answer = WhatIf(catalog, "DRILL", draws=16).answer([first, last])
    assert answer.amounts["unit"].edited.mean == pytest.approx(80)


def test_a_figure_can_be_asked_for_by_name(catalog):
    what_if = WhatIf(catalog, "DRILL", draws=16)
    edits = [Edit("modes", "product=DRILL;mode=on", "rate", "*0.5")]
    for of in ("category_11", "category_11:mode=on", "category_11:component=generation", "total:region=Z"):
        assert of in what_if.figures
        assert what_if.answer(edits, of=of).amounts["unit"].edited.mean == pytest.approx(20)
    assert what_if.answer(edits, of="category_12").amounts["unit"].edited.mean == 0


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit("modes", "product=DRILL;mode=on", "rate", "-1 kW"), "outside the possible range"),
        (Edit("modes", "product=DRILL;mode=on", "rate", "12,5 kW"), "decimal comma"),
        (Edit("modes", "product=DRILL;mode=on", "rate", "3"), "unit is missing"),
        (Edit("modes", "product=DRILL;mode=on", "load", "*1.5"), "outside the possible range"),
        (Edit("modes", "product=DRIL;mode=on", "rate", "3"), "no row of modes"),
        (Edit("modes", "product=DRILL;mode=on", "rat", "3"), "not a column"),
        (Edit("mode", "product=DRILL;mode=on", "rate", "3"), "no table"),
        (Edit("products", "product=DRILL", "lifetime", "six"), "not known"),
        (Edit("products", "product=DRILL", "product", "X"), "key"),
        (Edit("lifetimes", "lifetime=ten", "shape", "*2"), "empty"),
    ],
)
def test_what_a_cell_cannot_hold_is_refused_with_its_place(catalog, edit, said):
    with pytest.raises(CatalogError) as refused:
        WhatIf(catalog, "DRILL", draws=16).answer([edit])
    assert said in str(refused.value)
    assert all(problem.where and problem.fix for problem in refused.value.problems)


def test_unknown_products_figures_and_toggles_are_refused(catalog):
    for product in ("DRIL", "OLD"):
        with pytest.raises(StudyError):
            WhatIf(catalog, product)
    with pytest.raises(StudyError):
        WhatIf(catalog, "DRILL", draws=1)
    what_if = WhatIf(catalog, "DRILL", draws=16)
    for asked in (
        {"of": "category_13"}, {"of": "total:mode=on"}, {"of": "category_11:mode=of"}, {"of": "total:product=SAW"},
        {"scenario": "nowhere"}, {"scenario": "trend_10y"}, {"grid_basis": "x"}, {"boundary": "x"},
    ):  # fmt: skip
        with pytest.raises(StudyError):
            what_if.answer(**asked)


@pytest.fixture(name="shares")
def catalog_with_shares(tmp_path):
    """Three segments at 40, 120 and 40 kg a unit, a plastic that goes two ways, and a mode in kW of its own unit."""
    tables = dict(TABLES)
    tables["segments"] = [
        {"product": "DRILL", "segment": "home", "share": "0.5"},
        {"product": "DRILL", "segment": "trade", "share": "0.3", "use_profile": "much"},
        {"product": "DRILL", "segment": "loan", "share": "pert(0.1, 0.2, 0.3)"},
    ]
    tables["materials"] = [{"product": "DRILL", "part": "case", "material": "plastic", "mass": "2"}]
    tables["end_of_life"] = [
        {"zone": "Z", "material": "plastic", "route": route, "share": share}
        for route, share in (("landfill", "0.75"), ("incineration", "0.25"))
    ]
    return usephase.read_catalog(write_catalog(tmp_path / "shares", SETTINGS, tables))


def share(segment, text):
    return Edit("segments", f"product=DRILL;segment={segment}", "share", text)


def route(name, text):
    return Edit("end_of_life", f"zone=Z;material=plastic;route={name}", "share", text)


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([share("home", "1")], "sum to 1.5"),
        ([share("home", "*0.5")], "sum to 0.75"),
        ([route("landfill", "0.5")], "sum to 0.75"),
        ([Edit("use_profiles", "use_profile=home;mode=on", "amount", "9000")], "9,000 hours"),
    ],
)
def test_what_breaks_a_rule_between_cells_is_refused_and_has_no_answer(shares, edits, said):
    with pytest.raises(CatalogError) as refused:
        WhatIf(shares, "DRILL", draws=16).answer(edits)
    assert said in str(refused.value)


def test_moved_shares_have_an_answer_when_they_sum_to_one(shares):
    what_if = WhatIf(shares, "DRILL", draws=16)
    # 0.8 · 40 + 0.0 · 120 + 0.2 · 40 kg of the drill in use.
    answer = what_if.answer([share("home", "0.8"), share("trade", "0")], of="category_11")
    assert answer.amounts["unit"].edited.mean == pytest.approx(40)
    assert what_if.answer([share("home", "0.5 ± 1%")]).problems == ()


@pytest.mark.parametrize(
    ("edits", "added"),
    [
        # What is left for the two others is 0.25 of 0.5 before: half of each.
        ([share("home", "0.75")], [share("loan", "*0.5"), share("trade", "0.15")]),
        ([share("home", "*1.5")], [share("loan", "*0.5"), share("trade", "0.15")]),
        # What is named stays: 1 - 0.6 - 0.15 is left for one.
        ([share("home", "0.6"), share("loan", "0.15")], [share("trade", "0.25")]),
        ([share("home", "1")], [share("loan", "0"), share("trade", "0")]),
        ([share("home", "0.5 ± 1%")], []),
        ([route("landfill", "0.9")], [route("incineration", "0.1")]),
        ([Edit("modes", "product=DRILL;mode=on", "rate", "1 kW")], []),
    ],
)
def test_the_other_shares_are_rebalanced_in_proportion(shares, edits, added):
    what_if = WhatIf(shares, "DRILL", draws=16)
    assert sorted(what_if.rebalanced(edits)) == sorted(added)
    answer = what_if.answer(edits, rebalance=True)
    assert answer.edits[: len(edits)] == tuple(edits)
    assert sorted(answer.edits[len(edits) :]) == sorted(added)
    assert answer.amounts == what_if.answer([*edits, *added]).amounts
    apply(shares, answer.edits)


def test_shares_that_leave_nothing_cannot_be_rebalanced(shares):
    what_if = WhatIf(shares, "DRILL", draws=16)
    for edits in ([share("home", "0.8"), share("loan", "0.7")],
                  [share("home", "0.8"), share("loan", "0.7"), share("trade", "0.1")]):  # fmt: skip
        assert what_if.rebalanced(edits) == ()
        with pytest.raises(CatalogError):
            what_if.answer(edits, rebalance=True)


def test_shares_of_nothing_share_equally_what_is_left(shares):
    what_if = WhatIf(shares, "DRILL", draws=16)
    gone = [share("trade", "0"), share("loan", "0"), share("home", "1")]
    edited = usephase.read_catalog(write_catalog_of(shares, gone))
    assert what_if.answer(gone, of="category_11").amounts["unit"].edited.mean == pytest.approx(40)
    assert sorted(WhatIf(edited, "DRILL", draws=16).rebalanced([share("home", "0.8")])) == [
        share("loan", "0.1"), share("trade", "0.1"),
    ]  # fmt: skip


def write_catalog_of(catalog, edits):
    from pathlib import Path

    from usephase.catalog.edit.apply import in_place, write

    write(catalog, in_place(catalog, edits))
    return Path(catalog.path)


def test_the_shares_of_the_reference_sum_to_one_too(tmp_path):
    tables = {
        **{name: [row for row in rows if row.get("product", "DRILL") == "DRILL"] for name, rows in TABLES.items()},
        "materials": [{"product": "DRILL", "part": "case", "material": "plastic", "mass": "2"}],
        "sales": [{"product": "DRILL", "region": "USA", "year": "2024", "units": "1000"}],
        "grid": [{**row, "zone": "USA"} for row in TABLES["grid"]],
        "zones": [{"zone": "USA", "loss": "0.1"}],
    }
    catalog = usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, tables))
    what_if = WhatIf(catalog, "DRILL", draws=16)
    cell = next(s for s in what_if.sliders() if s.table == "end_of_life" and s.value > 0.2)
    edit = Edit(cell.table, cell.row, cell.column, f"{0.9 * cell.value:.4f}")
    with pytest.raises(CatalogError, match=r"sum to 0\.\d+, not 1"):
        what_if.answer([edit])
    answer = what_if.answer([edit], rebalance=True)
    assert len(answer.edits) > 1
    assert {e.table for e in answer.edits} == {"end_of_life"}


def test_edits_that_only_together_make_sense_are_answered(catalog):
    """A year has 8,760 hours: 20 h a day fit where 20 becomes 8; and 800 is in the unit that is written beside it."""
    what_if = WhatIf(catalog, "DRILL", draws=16)
    amount = Edit("use_profiles", "use_profile=home;mode=on", "amount", "8")
    daily = Edit("use_profiles", "use_profile=home;mode=on", "amount_unit", "h/day")
    # 0.5 kW · 8 · 365 h · 10 years · 0.4 kg/kWh.
    assert what_if.answer([amount, daily]).amounts["unit"].edited.mean == pytest.approx(5840)
    assert what_if.answer([daily, amount]).amounts["unit"].edited.mean == pytest.approx(5840)
    with pytest.raises(CatalogError, match="hours a year"):
        what_if.answer([daily, amount._replace(text="25")])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_what_the_catalog_would_refuse_has_no_answer(tmp_path, seed):
    """Some cells with a slider, at numbers that may be refused: there is an answer if and only if the edit can be."""
    catalog = random_read(tmp_path, seed)
    product = products_sold(catalog)[0]
    what_if = WhatIf(catalog, product, draws=2)
    cells = [cell for cell in sliders(catalog, product) if cell.origin != "reference"]  # those only options change
    np.random.default_rng(seed).shuffle(cells)
    cells.sort(key=lambda cell: cell.column not in ("share", "amount", "mean", "t50", "t90", "trend"))
    refused = 0
    for cell in cells[:8]:
        for text in ("0.2", "*3.0", "*1e4"):
            edit, said = Edit(cell.table, cell.row, cell.column, text), ""
            try:
                what_if.answer([edit])
            except NumericError:
                continue
            except CatalogError as error:
                said = str(error)
            assert judge(catalog, edit).accepted == (not said), (edit, said)
            refused += bool(said)
    assert refused


def test_sliders_cover_the_products_cells(catalog):
    found = {(s.table, s.row, s.column): s for s in sliders(catalog, "DRILL")}
    rate = found["modes", "product=DRILL;mode=on", "rate"]
    assert (rate.value, rate.low, rate.high, rate.unit, rate.text) == (500, 125, 1000, "W", "0.5 kW")
    assert (rate.uncertain, rate.origin, rate.shared) == (False, "catalog", False)
    load = found["modes", "product=DRILL;mode=on", "load"]
    assert (load.value, load.low, load.high, load.origin) == (1, 0.25, 1, "default")
    assert found["use_profiles", "use_profile=home;mode=on", "amount"].shared
    assert ("settings", "grid", "level") in found
    assert not any("SAW" in row or "OLD" in row for _, row, _ in found)
    units = {(s.table, s.row, s.column): s for s in sliders(catalog, "SAW")}[
        "sales", "product=SAW;region=Z;year=2024", "units"
    ]
    assert (units.low, units.high) == pytest.approx((2.5, 20))
    moved = WhatIf(catalog, "DRILL", draws=16).answer([rate.edit(250)])
    assert moved.amounts["unit"].edited.mean == pytest.approx(20)


def test_ranges_stay_within_what_is_possible():
    from usephase.catalog.schema import TABLES as DECLARED

    column = DECLARED["modes"].column
    assert range_of(column("rate"), 10.0, None) == (2.5, 20)
    assert range_of(column("rate"), 10.0, (8.0, 33.0)) == (2.5, 33)
    assert range_of(column("load"), 0.8, None) == (0.2, 1)
    assert range_of(column("load"), 0.0, None) == (0, 1)
    low, high = range_of(column("efficiency"), 0.0015, (0.0, 0.002))
    assert 0 < low < 0.0015
    assert high == 1
    assert range_of(DECLARED["zones"].column("trend"), 0.0, None) == (-0.05, 0.05)
    assert range_of(DECLARED["products"].column("annual_use_change"), -0.04, None) == pytest.approx((-0.08, 0.08))
