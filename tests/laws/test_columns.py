"""Every column of every table, and every setting, changes some output: a column that does nothing is a defect."""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import usephase
from tests.laws.catalogs import Tables, read
from tests.laws.everything import everything
from usephase.catalog.schema import EVERYWHERE, SCHEMAS, TABLES, Settings
from usephase.insight.sensitivity.rank import subject_of, swept
from usephase.results.content import STATISTICS
from usephase.results.run import Run

DRAWS = 16
Change = tuple[int, str] | Callable[[Tables], None]


def rename(old: str, new: str, **places: tuple[str, ...]) -> Callable[[Tables], None]:
    """Rename a key wherever it is referred to."""

    def change(tables: Tables) -> None:
        for table, columns in places.items():
            for row in tables[table]:
                row |= {column: new for column in columns if row.get(column) == old}

    return change


def rewrite(rows: list[dict[str, str]], column: str, *texts: str) -> None:
    """Write a text a row."""
    for row, text in zip(rows, texts, strict=True):
        row[column] = text


def dated(tables: Tables) -> list[dict[str, str]]:
    """Give the rows of the life that holds from a year on, and of its curve."""
    return [tables["lifetimes"][3], *tables["survival"]]


# What to write into one column: (row, text), or what to do to the tables. Keys are renamed or point elsewhere.
CHANGES: dict[tuple[str, str], Change] = {
    ("products", "product"): rename("C", "D", products=("product",), refrigerants=("product",), sales=("product",)),
    ("products", "name"): (0, "Chain saw"),
    ("products", "family"): (1, "Saws"),
    ("products", "brand"): (0, "Green"),
    ("products", "sold_as"): (0, "lease"),
    ("products", "archetype"): (4, "driller"),
    ("products", "user"): (4, "professional"),
    ("products", "rated_power"): (3, "500 ± 5%"),
    ("products", "energy_per_year"): (4, ""),
    ("products", "mass"): (3, "2.1"),
    ("products", "use_profile"): (1, "trade2"),
    ("products", "lifetime"): (2, "ages"),
    ("products", "service_mode"): (1, "heat"),
    ("products", "annual_use_change"): (0, "0.03"),
    ("products", "allocation"): (0, "0.8"),
    ("segments", "product"): lambda t: t["segments"].clear(),
    ("segments", "segment"): (0, "house"),
    ("segments", "share"): lambda t: rewrite(t["segments"], "share", "0.4", "0.6"),
    ("segments", "use_profile"): (1, "home"),
    ("segments", "lifetime"): (1, "ages"),
    ("modes", "product"): lambda t: t["modes"].pop(),
    ("modes", "mode"): rename("heat", "warm", modes=("mode",), use_profiles=("mode",)),
    ("modes", "carrier"): (3, "electricity"),
    ("modes", "rate"): (0, "600 ± 10%"),
    ("modes", "rate_unit"): (3, "kW"),
    ("modes", "load"): (1, "0.5"),
    ("modes", "efficiency"): (0, "0.7"),
    ("modes", "phase"): (1, "indirect"),
    ("use_profiles", "use_profile"): lambda t: t["use_profiles"].pop(),
    ("use_profiles", "mode"): rename("heat", "warm", use_profiles=("mode",), modes=("mode",)),
    ("use_profiles", "region"): (1, "R1"),
    ("use_profiles", "amount"): (5, "26"),
    ("use_profiles", "amount_unit"): (6, "h/life"),
    ("lifetimes", "lifetime"): rename("ages", "plain", products=("lifetime",)),
    ("lifetimes", "distribution"): (2, "lognormal"),
    ("lifetimes", "mean"): (0, "210"),
    ("lifetimes", "unit"): (0, "full_load_hour"),
    ("lifetimes", "mode"): (0, "idle"),
    ("lifetimes", "max_years"): (0, "9"),
    ("lifetimes", "shape"): (0, "4"),
    ("lifetimes", "t50"): (1, "7"),
    ("lifetimes", "t90"): (1, "16"),
    ("lifetimes", "scale"): lambda t: t["lifetimes"][2].update(mean="", scale="11 */ 1.2"),
    ("lifetimes", "median"): lambda t: t["lifetimes"][2].update(mean="", median="8 */ 1.2"),
    ("lifetimes", "from_year"): lambda t: [row.update(from_year="2022") for row in dated(t)],
    ("survival", "lifetime"): lambda t: (
        [row.update(lifetime="plain", from_year="") for row in t["survival"]],
        t["lifetimes"][2].update(distribution="table", shape=""), t["lifetimes"].pop(),
    ),
    ("survival", "from_year"): lambda t: [row.update(from_year="2024") for row in dated(t)],
    ("survival", "age"): (1, "5"),
    ("survival", "share"): (1, "0.8"),
    ("sales", "product"): (3, "C2"),
    ("sales", "region"): (3, "R2"),
    ("sales", "year"): (1, "2023"),
    ("sales", "units"): (0, "1100 ± 5%"),
    ("regions", "region"): (1, "R2"),
    ("regions", "zone"): (2, "Z1"),
    ("regions", "weight"): (0, "5"),
    ("zones", "zone"): lambda t: t["zones"].pop(),
    ("zones", "level"): (1, "1.2"),
    ("zones", "trend"): (0, "0.02"),
    ("zones", "loss"): (2, "0.09"),
    ("zones", "grid"): (1, "Z3"),
    ("zones", "end_of_life"): (1, ""),
    ("grid", "zone"): lambda t: [row.update(zone={"Z1": "Z3", "Z3": "Z1"}[row["zone"]]) for row in t["grid"]],
    ("grid", "scenario"): (3, "calm"),
    ("grid", "year"): (3, "2045"),
    ("grid", "intensity"): (3, "0.12"),
    ("grid", "upstream"): (3, "0.05"),
    ("carriers", "carrier"): rename(
        "fuel", "juice", carriers=("carrier",), modes=("carrier",), archetype_modes=("carrier",)
    ),
    ("carriers", "unit"): (0, "kg"),
    ("carriers", "combustion"): (0, "2.4 ± 3%"),
    ("carriers", "upstream"): (0, "0.7"),
    ("carriers", "biogenic"): (0, "0.2"),
    ("carriers", "density"): (0, "0.8"),
    ("carriers", "heating_value"): (0, "40"),
    ("refrigerants", "product"): (1, "A"),
    ("refrigerants", "gas"): (1, "r134a"),
    ("refrigerants", "charge"): (0, "0.4 ± 5%"),
    ("refrigerants", "annual_leak"): (0, "0.05"),
    ("refrigerants", "service"): (0, "hermetic"),
    ("refrigerants", "end_of_life_loss"): (0, "0.7"),
    ("gases", "gas"): rename("cold", "cool", gases=("gas",), refrigerants=("gas",)),
    ("gases", "gwp"): (0, "800 ± 10%"),
    ("materials", "product"): (2, "C"),
    ("materials", "part"): (2, "packaging"),
    ("materials", "material"): (2, "m3"),
    ("materials", "mass"): (2, "26"),
    ("end_of_life", "zone"): rename("Z1", "Z3", end_of_life=("zone",), zones=("end_of_life",)),
    ("end_of_life", "material"): lambda t: [row.update(material="m1") for row in t["end_of_life"][4:]],
    ("end_of_life", "route"): lambda t: [row.update(route={"burn": "bury", "bury": "burn"}[row["route"]])
                                         for row in t["end_of_life"][4:]],
    ("end_of_life", "year"): lambda t: [row.update(year="2044") for row in t["end_of_life"][2:4]],
    ("end_of_life", "share"): lambda t: rewrite(t["end_of_life"][4:], "share", "0.8", "0.2"),
    ("treatments", "material"): (3, "m1"),
    ("treatments", "route"): (3, "bury"),
    ("treatments", "year"): (2, "2034"),
    ("treatments", "factor"): (3, "0.8"),
    ("treatments", "avoided"): (3, "0.2"),
    ("treatments", "biogenic"): (3, "0.2"),
    ("options", "option"): (0, "light"),
    ("options", "table"): lambda t: t["options"][0].update(
        table="sales", row="product=A;region=R1;year=2024", column="units"
    ),
    ("options", "row"): (0, "product=A;mode=idle"),
    ("options", "column"): (0, "load"),
    ("options", "value"): (0, "*0.7"),
    ("correlations", "group"): (1, "h"),
    ("correlations", "table"): lambda t: t["correlations"][1].update(table="materials", column="mass"),
    ("correlations", "row"): (1, "product=B;mode=run"),
    ("correlations", "column"): (1, "load"),
    ("correlations", "correlation"): lambda t: [row.update(correlation="0.8") for row in t["correlations"]],
    ("coverage", "family"): (0, "Cool"),
    ("coverage", "covered"): (0, "0.8 ± 2%"),
    ("archetypes", "archetype"): lambda t: [t["archetypes"][1].update(archetype="light"),
                                            t["products"][4].update(archetype="light", lifetime="plain"),
                                            *(row.update(archetype="light") for row in t["archetype_modes"][5:])],
    ("archetype_modes", "archetype"): lambda t: t["archetype_modes"][4].update(archetype="lamp"),
    ("archetype_modes", "mode"): rename("wait", "rest", archetype_modes=("mode",)),
    ("archetype_modes", "user"): lambda t: rewrite(t["archetype_modes"][1:3], "user", "professional", "home"),
    ("archetype_modes", "region"): (3, "R2"),
    ("archetype_modes", "carrier"): lambda t: t["archetype_modes"][4].update(carrier="fuel"),
    ("archetype_modes", "rate"): (4, "3"),
    ("archetype_modes", "rate_unit"): (4, "kW"),
    ("archetype_modes", "load"): (0, "0.6"),
    ("archetype_modes", "efficiency"): (0, "0.7"),
    ("archetype_modes", "phase"): (0, "indirect"),
    ("archetype_modes", "rated"): (0, "no"),
    ("archetype_modes", "amount"): (3, "12"),
    ("archetype_modes", "amount_unit"): (4, "h/life"),
    ("archetype_modes", "guess"): (2, "other"),
    ("archetype_lives", "archetype"): lambda t: t["archetype_lives"].pop(1),
    ("archetype_lives", "user"): lambda t: rewrite(t["archetype_lives"][2:], "user", "professional", "home"),
    ("archetype_lives", "share"): lambda t: rewrite(t["archetype_lives"][:2], "share", "0.5", "0.5"),
    ("archetype_lives", "mean"): (0, "8"),
    ("archetype_lives", "unit"): (1, "year"),
    ("archetype_lives", "mode"): (1, "wait"),
    ("archetype_lives", "max_years"): (1, "2"),
    ("archetype_lives", "shape"): (0, "4"),
    ("archetype_lives", "guess"): (1, "other"),
    ("archetype_materials", "archetype"): (1, "lamp"),
    ("archetype_materials", "part"): (2, "battery"),
    ("archetype_materials", "material"): (2, "m1"),
    ("archetype_materials", "mass"): (2, "0.4"),
    ("targets", "target"): (0, "tools"),
    ("targets", "region"): (0, "R2"),
    ("targets", "scope"): (0, "category_11"),
    ("targets", "base_year"): (0, "2024"),
    ("targets", "year"): (0, "2031"),
    ("targets", "reduction"): (0, "0.3"),
    ("targets", "kind"): (0, "per_unit"),
    ("targets", "owner"): (0, "Ana"),
    ("targets", "status"): (0, "set"),
    ("scope3", "year"): (0, "2024"),
    ("scope3", "category"): (0, "2"),
    ("scope3", "emissions"): (0, "6"),
}  # fmt: skip
# Rows and columns that need company for a change to be allowed.
ALONGSIDE: dict[tuple[str, str], Callable[[Tables], None]] = {
    ("products", "use_profile"): lambda t: t["use_profiles"].extend(
        {"use_profile": "trade2", "mode": mode, "amount": "90", "amount_unit": "h/year"} for mode in ("run", "heat")
    ),
    ("sales", "product"): lambda t: t["products"].append(t["products"][2] | {"product": "C2", "lifetime": "plain"}),
    ("modes", "product"): lambda t: t["use_profiles"].pop(),
    ("correlations", "row"): lambda t: t["modes"][2].update(rate="1.1 ± 5%"),
    ("correlations", "column"): lambda t: t["modes"][0].update(load="0.6 ± 5%"),
    ("use_profiles", "use_profile"): lambda t: t["modes"].pop(),
    ("archetype_lives", "archetype"): lambda t: t["archetype_modes"].pop(2),
}
# Columns that change a run and not its levels over the years: names that track groups nothing by, ledgers that are in
# no category, and what other commands look at.
UNTRACKED = {
    ("products", "name"), ("products", "brand"), ("products", "sold_as"), ("segments", "segment"), ("modes", "mode"),
    ("use_profiles", "mode"), ("carriers", "carrier"), ("carriers", "biogenic"), ("gases", "gas"),
    ("treatments", "avoided"), ("treatments", "biogenic"), ("archetype_modes", "mode"),
    *(key for key in CHANGES if key[0] == "options"),
}  # fmt: skip
# What an archetype is found by; see tests/catalog/test_archetypes.py.
WORDS = {("archetypes", name) for name in ("name", "family")}
# What changes the register alone; see tests/catalog/test_reviews.py.
REVIEWS = {("reviews", column.name) for column in TABLES["reviews"].columns}
# What only a track looks at.
ONLY_TRACKED = {key for key in CHANGES if key[0] in ("targets", "scope3")}
# A track shows no materials: one of other factors, then, where a run is given one of another name.
TRACKED = {("materials", "material"): (2, "m2")}
# A row with plain numbers whose scores make them uncertain.
SCORED = {"products": 0, "segments": 1, "modes": 1, "use_profiles": 5, "lifetimes": 0, "sales": 1, "zones": 1,
          "grid": 1, "carriers": 0, "refrigerants": 0, "gases": 0, "materials": 1, "end_of_life": 1, "treatments": 3,
          "coverage": 0, "archetype_modes": 4, "archetype_lives": 2, "archetype_materials": 2}  # fmt: skip
SETTING: dict[str, tuple[str, Any]] = {
    "name": ("catalog", "Another name"),
    "company": ("catalog", "Another Ltd"),
    "reporting_year": ("catalog", 2022),
    "base_year": ("catalog", 2024),
    "grid_basis": ("method", "frozen"),
    "boundary": ("method", "minimum"),
    "sales_timing": ("method", "start_of_year"),
    "gwp": ("method", "AR4"),
    "set_on": ("targets", "2022-05-01"),
    "edition": ("reference", "2026-11-28"),
    "partner_data_11": ("disclosure", 0.12),
    "partner_data_12": ("disclosure", 0.34),
    "language": ("report", "vi"),
    "excluded": ("disclosure", "Gift cards, which use no energy"),
    "draws": ("monte_carlo", 32),
    "seed": ("monte_carlo", 0),
    "design": ("monte_carlo", "random"),
    "scenarios": ("grid", {"calm": 2.0, "brisk": 1.0}),
    "dependence": ("", {"materials.mass": 0.5}),
    "level": ("grid", "1.2 */ 1.1"),
    "trend": ("grid", "0.01 ± 0.004"),
}


def texts(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return [tuple("" if x is None or x != x else x for x in row) for row in frame.itertuples(index=False)]


def run_of(settings: dict[str, Any], tables: Tables) -> Run:
    return usephase.estimate(read(settings, tables), by=("brand", "name"))


@cache
def base() -> Run:
    return run_of(*everything())


def differs(run: Run, part: str) -> bool:
    return texts(getattr(run, part)) != texts(getattr(base(), part))


def some(found: Any, first: int = 1) -> list[Any]:
    """Every twentieth case each time, more in the slow suite, all of them on demand (``-m deep``)."""
    marks = {first: (), **dict.fromkeys(((first + step) % 20 for step in (3, 7, 10, 13, 17)), pytest.mark.slow)}
    return [pytest.param(*_parts(case), marks=marks.get(i % 20, pytest.mark.deep)) for i, case in enumerate(found)]


def _parts(case: Any) -> tuple[Any, ...]:
    return case if isinstance(case, tuple) else (case,)


def put(tables: Tables, table: str, column: str) -> None:
    """Write into a column what the list of changes says."""
    change = CHANGES[table, column]
    if callable(change):
        change(tables)
    else:
        tables[table][change[0]][column] = change[1]


@pytest.mark.parametrize(("table", "column"), some(CHANGES, 11))
def test_a_ranking_is_of_what_a_run_says(table: str, column: str) -> None:
    """So what changes a run changes its ranking: both have the same draws of the total, whatever is written."""
    settings, tables = everything()
    ALONGSIDE.get((table, column), lambda _: None)(tables)
    put(tables, table, column)
    catalog = read(settings, tables)
    run = usephase.estimate(catalog, draws=64)
    subject = subject_of(catalog, "total", 64)
    done = swept(subject, [factor.cells for factor in subject.factors])
    np.testing.assert_allclose(done.f_a, run.draws("total", "total").loc["total"], rtol=1e-12)


@pytest.mark.parametrize(("table", "column"), some(key for key in CHANGES if key not in ONLY_TRACKED))
def test_a_column_changes_an_output(table: str, column: str) -> None:
    """Figures for all columns but those of options, whose figures are the comparison's, and `sold_as`: its warnings."""
    settings, tables = everything()
    before = base()
    if (table, column) in ALONGSIDE:
        ALONGSIDE[table, column](tables)
        if table in ("sales", "correlations"):
            before = run_of(settings, tables)
    put(tables, table, column)
    if (table, column) == ("products", "sold_as"):
        assert [str(p) for p in read(settings, tables).warnings] != [str(p) for p in read(*everything()).warnings]
        return
    if table == "options":
        option = tables["options"][0]["option"]
        ours = usephase.compare(read(settings, tables), ["base", option], draws=DRAWS).to_document()
        theirs = usephase.compare(read(*everything()), ["base", "lean"], draws=DRAWS).to_document()
        assert ours["differences"] != theirs["differences"]
        return
    run = run_of(settings, tables)
    moved = [name for name in ("figures", "service") if texts(getattr(run, name)) != texts(getattr(before, name))]
    assert moved, "no figure changed"


@cache
def base_track() -> dict[str, Any]:
    return tracked(*everything())


def tracked(settings: dict[str, Any], tables: Tables) -> dict[str, Any]:
    """Track a catalog, with a target; without what tells one computation from another."""
    catalog = read(settings, tables)
    options = {"target_year": 2030, "set_on": "2024-06-01", "other_scope_3": 1e4}
    done = usephase.track(catalog, draws=DRAWS, **options).to_document()  # type: ignore[arg-type]
    return {key: value for key, value in done.items() if key not in ("catalog", "versions", "meta")}


@pytest.mark.parametrize(("table", "column"), some((key for key in CHANGES if key not in UNTRACKED), 5))
def test_a_column_changes_track(table: str, column: str) -> None:
    """What changes a run changes how it is tracked: no column is forgotten where sale years are evaluated together."""
    settings, tables = everything()
    before = base_track
    if (table, column) in ALONGSIDE:
        ALONGSIDE[table, column](tables)
        held = copy.deepcopy(tables)
        if table in ("sales", "correlations"):
            before = lambda: tracked(settings, held)  # noqa: E731
    change = TRACKED.get((table, column), CHANGES[table, column])
    if callable(change):
        change(tables)
    else:
        tables[table][change[0]][column] = change[1]
    assert tracked(settings, tables) != before()


@pytest.mark.parametrize("table", some(SCORED))
def test_scores_and_sources_change_outputs(table: str) -> None:
    """Scores widen figures and stand in the register; a source stands in the register."""
    settings, tables = everything()
    row = tables[table][SCORED[table]]
    row |= {column: text.split(" ±")[0] for column, text in row.items()}
    plain = run_of(settings, tables)
    row |= {"pedigree": "3,4,3,4,3", "source": "measured in the cellar", "data_type": "primary"}
    row["verification"] = "limited"
    run = run_of(settings, tables)
    spread = [name for name in STATISTICS if name != "best_estimate"]
    assert texts(run.figures[spread]) != texts(plain.figures[spread])
    assert "3,4,3,4,3" in set(run.register["pedigree"])
    mine = run.register[run.register["source"] == "measured in the cellar"]
    assert set(mine["data_type"]) == {"primary"}
    assert set(mine["verification"]) == {"limited"}
    assert set(run.register["data_type"].drop(mine.index)) == {"default"}


@pytest.mark.parametrize("name", some(SETTING))
def test_a_setting_changes_an_output(name: str) -> None:
    settings, tables = everything()
    section, value = SETTING[name]
    if name == "edition":  # that one has no such gas yet
        tables["refrigerants"][0]["gas"] = "r1233zd"
        read(settings, tables)
    (settings.setdefault(section, {}) if section else settings)[name] = value
    if name == "edition":
        with pytest.raises(usephase.CatalogError, match="r1233zd"):
            read(settings, tables)
        return
    catalog = read(settings, tables)
    run = usephase.estimate(catalog, by=("brand", "name"))
    if name == "name":
        assert run.to_document()["catalog"]["name"] == value
    elif name == "company":
        from usephase.report.html.page import render_page

        assert value in render_page(run)
        assert value not in render_page(base())
    elif name == "base_year":
        ours, theirs = (usephase.track(c, draws=DRAWS).to_document() for c in (catalog, read(*everything())))
        assert (ours["base_year"], theirs["base_year"]) == (value, 2022)
    elif name.startswith("partner_data"):
        from usephase.report.rests import partners

        assert run.meta["partner_data"] == {name.replace("partner_data", "category"): value}
        assert f"{value:.0%}".rstrip("%") in partners(run)
        assert partners(run) != partners(base())
    elif name == "excluded":
        from usephase.report.rests import coverage

        assert value in coverage(run)
        assert value not in coverage(base())
    elif name == "language":
        assert (run.meta["language"], base().meta["language"]) == (value, "en")
    elif name == "set_on":
        assert usephase.track(catalog, draws=DRAWS).rules["set_on"] == value
    else:
        assert differs(run, "figures")


def test_every_column_and_setting_is_tried() -> None:
    columns = {
        (schema.name, column.name)
        for schema in SCHEMAS
        for column in schema.columns
        if schema.name != "settings" and column not in EVERYWHERE
    }
    assert set(CHANGES) == columns - WORDS - REVIEWS
    assert set(SETTING) == {*Settings.model_fields, "level", "trend"}
    without_values = {schema.name for schema in SCHEMAS if not schema.value_columns}
    assert set(SCORED) == {schema.name for schema in SCHEMAS} - without_values - {"settings"}
