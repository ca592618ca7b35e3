"""Disclosure forms: limits, evidence marks, blanks with reasons, years beside the reporting year."""

import csv
import dataclasses
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import usephase
from tests.insight.test_quality import SETTINGS, fans
from tests.reference.folder import write_catalog
from tests.results.make_run import make_run
from usephase import guide
from usephase.catalog.resolve import resolve
from usephase.engine.run.local import Study
from usephase.errors import StudyError
from usephase.insight.quality.durability import mean_lives
from usephase.report.disclosure.export import FORMS, export, fill
from usephase.report.disclosure.facts import Facts
from usephase.report.disclosure.form import BLANK, FILLED, NONE, Answer, Form, declared, editions, shorten
from usephase.report.disclosure.sheet import write_form

ELEVEN, TWELVE = "Category 11, use of sold products", "Category 12, end-of-life treatment"


def sold(product: str, year: int, units: str) -> dict[str, str]:
    return {"product": product, "region": "HERE", "year": str(year), "units": units}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """250 t in 2024 (M 187.5, G 62.5), 200 t in 2023, 400 t in 2021; nothing is uncertain but the rates."""
    settings = {**SETTINGS, "catalog": {**SETTINGS["catalog"], "base_year": 2021, "company": "Fans Ltd"}}
    settings["targets"] = {"set_on": "2026-11-29"}
    sales = [sold(p, y, n) for p in "MG" for y, n in ((2021, "1600"), (2023, "800"), (2024, "1000"))]
    modes = fans()["modes"]
    for row in modes:
        del row["pedigree"]
    folder = write_catalog(tmp_path_factory.mktemp("fans") / "c", settings, fans(sales=sales, modes=modes))
    return usephase.estimate(usephase.read_catalog(folder), draws=16)


@pytest.fixture(scope="module")
def facts(run: Any) -> Facts:
    return Facts(run, {2030: 0.42, 2025: 0.1})


@pytest.fixture(scope="module")
def made() -> Any:
    return make_run(products=2)


@pytest.fixture(scope="module")
def made_facts(made: Any) -> Facts:
    return Facts(made)


@pytest.mark.parametrize(("name", "edition"), [(name, one.name) for name in FORMS for one in editions(name)])
def test_every_field_has_a_source_and_says_how_it_is_known(name: str, edition: str, made_facts: Facts) -> None:
    form = declared(name, edition)
    assert {field.evidence for field in form.fields} <= {"V", "V2", "M", "C"}
    assert all(field.source for field in form.fields)
    document = fill(replace(made_facts, edition=edition), name).to_document()
    assert document["edition"]["name"] == edition
    assert {line["field"] for line in document["fields"]} == {field.label for field in form.fields}
    for line in document["fields"]:
        assert line["evidence_meaning"].startswith(("read", "recalled", "chosen"))
        assert (line["value"] is not None) == (line["status"] == FILLED)
        assert line["status"] == FILLED or line["note"]
    json.dumps(document, allow_nan=False)


def test_the_guide_compares_the_fields_that_the_forms_have() -> None:
    """In each table of the page label and mark are the field's; all fields of two forms are there."""
    parts = guide.page("forms").split("\n## ")[1:]
    told: dict[str, set[str]] = {}
    for part, (name, edition) in zip(
        parts, (("cdp", ""), ("esrs", "2026"), ("sbti", ""), ("ghg-protocol", "")), strict=True
    ):
        fields = {field.label: field.evidence for field in declared(name, edition).fields}
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.split("\n") if line.startswith("|")][
            2:
        ]
        for _, _, label, mark, done in rows:
            assert label in fields or (label == "—" and done.startswith("not done")), (name, label)
            assert label == "—" or fields[label] == mark, (name, label, fields[label])
            assert done.startswith(("filled", "blank", "not done"))
        told[name] = {label for _, _, label, _, _ in rows}
    assert {field.label for field in declared("cdp").fields} == told["cdp"]
    assert {field.label for field in declared("esrs", "2026").fields} == told["esrs"]


def test_marks_are_those_of_the_sources_read() -> None:
    marks = {(name, field.key): field.evidence for name in FORMS for field in declared(name).fields}
    assert marks["cdp", "emissions"] == marks["cdp", "explain"] == marks["cdp", "supplier_share"] == "V"
    assert marks["cdp", "methodology"] == marks["cdp", "achieved"] == "M"
    assert marks["cdp", "status"] == marks["cdp", "base_covered"] == "V2"
    assert marks["esrs", "gross"] == marks["ifrs", "gross"] == "V2"
    assert marks["ifrs", "verified"] == marks["ifrs", "sensitivity"] == "M"
    assert marks["ghg-protocol", "biogenic"] == "V"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("emissions", 1234.56789, 1234.568),
        ("emissions", 999_999_999_999.0, 999_999_999_999.0),
        ("emissions", 0.0, 0.0),
        ("supplier_share", 12.345678, 12.35),
        ("explain", "a" * 2400, "a" * 2400),
        ("methodology", ("Average data method",), ("Average data method",)),
    ],
)
def test_cdp_takes_what_is_within_its_limits(key: str, value: Any, expected: Any) -> None:
    assert declared("cdp").line(key, "Use of sold products", Answer(value)).answer.value == expected


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("emissions", 1e12, "out of the field's range"),
        ("emissions", -0.01, "out of the field's range"),
        ("emissions", float("nan"), "not a finite number"),
        ("supplier_share", 100.1, "out of the field's range"),
        ("status", "Relevant", "not among the field's options"),
        ("methodology", ("Average data method", "My own"), "`My own` is not among"),
    ],
)
def test_cdp_refuses_the_rest_with_place_and_remedy(key: str, value: Any, what: str) -> None:
    with pytest.raises(StudyError) as refused:
        declared("cdp").line(key, "Use of sold products", Answer(value))
    problem = refused.value.problems[0]
    assert what in problem.what
    assert problem.where.startswith("cdp / Use of sold products / ")
    assert "CDP" in problem.fix or "cdp" in problem.fix


def test_text_is_cut_at_a_sentence_and_says_so() -> None:
    text = "One. Two is longer. Three is the last one."
    assert shorten(text, 32) == "One. Two is longer. [shortened]"
    assert shorten(text, len(text)) == text
    long = declared("cdp").line("explain", "Use of sold products", Answer("Word. " * 1000)).answer.value
    assert isinstance(long, str)
    assert len(long) <= 2400
    assert long.endswith(". [shortened]")


def test_cdp_has_both_rows_and_leaves_the_partners_share_blank(made: Any, made_facts: Facts) -> None:
    form = fill(made_facts, "cdp")
    for row, ledger in (("Use of sold products", "category_11"), (form.declared.rows[1], "category_12")):
        emissions = form.find("emissions", row).answer.value
        assert emissions == round(float(made.figure(ledger)["mean"]), 3)
        assert form.find("supplier_share", row).answer.status == BLANK
        assert len(str(form.find("explain", row).answer.value)) <= 2400


def test_cdp_has_base_year_past_years_and_targets_by_category(facts: Facts) -> None:
    form = fill(facts, "cdp")
    eleven, twelve, covered = *form.declared.rows, "Categories covered"

    def value(key: str, row: str = eleven, column: str = "") -> Any:
        return form.find(key, row, column).answer.value

    assert (value("base_end"), value("base_emissions")) == ("2021-12-31", pytest.approx(400))
    assert value("past_count", "") == "2"
    assert [value("past_emissions", eleven, f"Past year ({year})") for year in (2023, 2021)] == pytest.approx(
        [200, 400]
    )
    assert value("past_emissions", twelve, "Past year (2023)") == 0
    # 400 t in 2021, 250 t in 2024: 150 t of the 42 % = 168 t to 2030, and of the 10 % = 40 t to 2025.
    by_hand = {
        "target_end": ("2030-12-31", "2025-12-31"), "target_reduction": (42, 10), "base_covered": (400, 400),
        "now_covered": (250, 250), "end_emissions": (232, 360), "achieved": (100 * 150 / 168, 100 * 150 / 40),
    }  # fmt: skip
    for key, wanted in by_hand.items():
        found = [value(key, covered, f"Target ({year})") for year in (2030, 2025)]
        assert found == (list(wanted) if key == "target_end" else pytest.approx(wanted)), key
    assert value("base_covered", eleven, "Target (2030)") == pytest.approx(400)
    assert value("now_covered", twelve, "Target (2030)") == 0
    none = fill(replace(facts, targets={}), "cdp").find("achieved").answer
    assert none.status == BLANK
    assert none.note.startswith("No target is set")


def test_esrs_has_base_previous_and_reporting_year(facts: Facts) -> None:
    form = fill(facts, "esrs")

    def value(key: str, column: str, row: str = ELEVEN) -> Any:
        return form.find(key, row, column).answer.value

    assert value("gross", "Base year (2021)") == pytest.approx(400)
    assert value("gross", "N-1 (2023)") == pytest.approx(200)
    assert value("gross", "N (2024)") == pytest.approx(250)
    assert value("change", "% N / N-1") == pytest.approx(25)
    assert "95 % interval 25 %" in form.find("change", ELEVEN, "% N / N-1").answer.note
    both = "Categories 11 and 12"
    assert value("target", "Target (2030)", both) == pytest.approx(400 * 0.58)
    assert value("target", "Target (2025)", both) == pytest.approx(360)
    assert {line.row for line in form.lines if "target" in line.field.key} == {both}  # nobody set one for a category
    # 42 % over the nine years from 2021 to 2030.
    assert value("annual_target", "Annual % target / base year", both) == pytest.approx(42 / 9)
    assert value("gross", "N (2024)", "Categories 11 and 12") == pytest.approx(250)
    done = fill(replace(facts, targets={2021: 0.1}), "esrs").find("annual_target", both, "Annual % target / base year")
    assert done.answer.value is None
    assert "not before the target year" in done.answer.note


def test_esrs_of_2026_has_two_years_and_targets_apart(facts: Facts) -> None:
    form = fill(replace(facts, edition="2026", _years=facts._years), "esrs")
    columns = {line.column for line in form.lines if line.field.section == "Emissions" and line.column}
    assert columns == {"Comparative year (2023)", "Current year (2024)", "% change"}

    def value(key: str, row: str, column: str) -> Any:
        return form.find(key, row, column).answer.value

    assert value("gross", ELEVEN, "Comparative year (2023)") == pytest.approx(200)
    assert value("gross", ELEVEN, "Current year (2024)") == pytest.approx(250)
    assert value("change", ELEVEN, "% change") == pytest.approx(25)
    assert value("restated", ELEVEN, "Comparative year (2023)") == pytest.approx(200)
    both = "Categories 11 and 12"
    assert value("target", both, "Base year (2021)") == pytest.approx(400)
    assert value("target", both, "Target (2030)") == pytest.approx(232)
    # 90 % gone from 2024 to 2050: 6/26 of it by 2030, from 250 t. The rule's floor of 4.2 % a year, 37.8 %, is less.
    reference = value("reference", f"{both}, by sbti_near_term_v1", "1.5 °C (2030)")
    assert reference == pytest.approx(250 * (1 - 0.9 * 6 / 26))
    later = form.find("reference", f"{both}, by sbti_v2", "1.5 °C (2030)").answer
    assert later == (None, "not in force on 2026-11-29", NONE)
    blanks = ("significant_total", "screening", "criteria", "changes", "restated_reason", "coverage", "levers")
    assert {line.answer.status for line in form.lines if line.field.key in blanks} == {BLANK}
    assert "for 2024 this is a comparison, not to be filed" in form.notes[0]


def test_the_total_of_significant_categories_takes_the_lines_of_scope3(tmp_path: Path) -> None:
    given = [{"year": "2024", "category": str(n), "emissions": "20"} for n in range(1, 16) if n not in (11, 12)]
    settings = {**SETTINGS, "catalog": {**SETTINGS["catalog"], "reporting_year": 2024}}
    modes = [{name: x for name, x in row.items() if name != "pedigree"} for row in fans()["modes"]]
    sales = [sold(p, 2024, "1000") for p in "MG"]
    catalog = usephase.read_catalog(
        write_catalog(tmp_path / "c", settings, fans(sales=sales, modes=modes, scope3=given))
    )
    form = fill(Facts(usephase.estimate(catalog, draws=16), edition="2026"), "esrs")
    # 250 t and 13 lines of 20 t.
    assert form.find(
        "significant_total", "Significant categories", "Current year (2024)"
    ).answer.value == pytest.approx(510)
    said = "Category 11, use of sold products 49 %; Category 12, end-of-life treatment 0 %."
    assert str(form.find("screening").answer.value).endswith(said)


@pytest.mark.parametrize(
    ("year", "edition", "name", "told"),
    [
        (2024, "", "2023", ""),
        (2026, "", "2023", ""),
        (2027, "", "2026", ""),
        (2023, "", "2023", "2023 this is a comparison"),
        (2026, "2026", "2026", "2026 may use it: state that it does"),
        (2025, "2026", "2026", "from 2026 on: for 2025 this is a comparison"),
        (2027, "2023", "2023", "up to 2026: for 2027 this is a comparison"),
    ],
)
def test_the_reporting_year_chooses_the_edition(year: int, edition: str, name: str, told: str) -> None:
    found = declared("esrs", edition, year).edition
    assert found.name == name
    assert told in found.told(year)
    assert ("comparison" in found.told(year) or "state that" in found.told(year)) == bool(told)


def test_esrs_leaves_empty_what_it_cannot_know(run: Any, facts: Facts) -> None:
    def with_base(year: int | None) -> Form:
        changed = dataclasses.replace(run, meta={**run.meta, "base_year": year})
        return fill(Facts(changed, _years=facts._years), "esrs")

    form = with_base(2019)
    base = form.find("gross", ELEVEN, "Base year (2019)").answer
    assert base == (None, "the catalog has no sales of 2019", NONE)
    assert form.find("target", "Categories 11 and 12", "Target").answer.status == BLANK
    no_base = with_base(None)
    assert no_base.find("gross", ELEVEN, "Base year").answer.note == "the catalog names no base_year"
    assert no_base.find("gross", ELEVEN, "N-1 (2023)").answer.value == pytest.approx(200)


def test_a_stored_catalog_that_is_refused_is_a_reason_not_a_crash(made_facts: Facts) -> None:
    answer = fill(made_facts, "esrs").find("gross", ELEVEN, "N-1 (2023)").answer
    assert answer.value is None
    assert "cannot be read any more" in answer.note


def test_ghg_protocol_keeps_ledgers_apart(made: Any, made_facts: Facts) -> None:
    form = fill(made_facts, "ghg-protocol")
    for row, ledger in ((ELEVEN, "category_11"), (TWELVE, "category_12")):
        assert form.find("emissions", row).answer.value == float(made.figure(ledger)["mean"])
    assert form.find("biogenic").answer.value == float(made.figure("biogenic_co2")["mean"])
    assert form.find("avoided").answer.value == float(made.figure("avoided")["mean"])
    assert form.find("indirect").answer.value == float(made.figure("category_11", phase="indirect")["mean"])
    blanks = ("assurance", "recalculation", "avoided_statement", "excluded_products")
    assert {form.find(key).answer.status for key in blanks} == {BLANK}
    stated = ("method", "profiles", "lifetimes", "waste", "time", "allocation", "gwp", "data", "exclusions")
    assert all(form.find(key).answer.value and form.find(key).field.force == "shall" for key in stated)


def test_ghg_protocol_tells_lives_annual_and_future_emissions(facts: Facts, made_facts: Facts) -> None:
    form = fill(facts, "ghg-protocol")
    # 2,000 fans of five years emit 50 t a year from the first day of 2024 on: 50 t occurred, 200 t to come; 2024 is
    # the first whole year of use, where sales in the middle of the year have 2025.
    by_hand = {("annual", ""): 50, ("occurred", ""): 50, ("future", ""): 200,
               ("lifetime", "All families"): 5, ("lifetime", "Fans"): 5}  # fmt: skip
    for (key, row), value in by_hand.items():
        assert form.find(key, row).answer.value == pytest.approx(value), key
    assert "in 2024: the first whole calendar year after the sale" in form.find("annual").answer.note
    assert "95 % interval" in form.find("future").answer.note
    # A run whose catalog cannot be read says why the fields are empty.
    lost = fill(made_facts, "ghg-protocol").find("lifetime").answer
    assert lost.value is None
    assert "cannot be read any more" in lost.note


def test_the_mean_life_is_weighted_by_units_users_and_regions(tmp_path: Path) -> None:
    products = [
        {"product": p, "family": f, "use_profile": "home", "lifetime": life}
        for p, f, life in (("M", "Fans", "five"), ("G", "Fans", "ten"), ("L", "", "five"))
    ]
    segments = [
        {"product": "G", "segment": "home", "share": "0.75"},
        {"product": "G", "segment": "trade", "share": "0.25", "lifetime": "five"},
    ]
    lives = [{"lifetime": n, "distribution": "fixed", "mean": m} for n, m in (("five", "5"), ("ten", "10"))]
    modes = [{**fans()["modes"][0], "product": p, "pedigree": ""} for p in "MGL"]
    sales = [sold("M", 2024, "1000"), sold("G", 2024, "3000"), sold("L", 2024, "500"), sold("L", 2021, "9")]
    tables = fans(products=products, segments=segments, lifetimes=lives, modes=modes, sales=sales)
    resolved = resolve(usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, tables)))
    found = {name: float(x.mean()) for name, x in mean_lives(resolved, 2024, Study("quasi", 1, 8)).items()}
    # G: 0.75 · 10 + 0.25 · 5 = 8.75 years.
    fans_mean = (1000 * 5 + 3000 * 8.75) / 4000
    assert found == pytest.approx({"Fans": fans_mean, "L": 5.0, "": (4000 * fans_mean + 500 * 5) / 4500})


def test_ifrs_shows_the_other_choices(made: Any, made_facts: Facts) -> None:
    form = fill(made_facts, "ifrs")
    for basis, boundary, column in (
        ("frozen", "minimum", "Frozen grid, minimum boundary"),
        ("projected", "life_cycle", "Projected grid, life-cycle boundary"),
        ("frozen", "life_cycle", "Frozen grid, life-cycle boundary"),
    ):
        wanted = float(made.figure("total", grid_basis=basis, boundary=boundary)["mean"])
        assert form.find("sensitivity", "Categories 11 and 12", column).answer.value == wanted
    assert form.find("low", ELEVEN).answer.value == float(made.figure("category_11")["p2_5"])
    verified = form.find("verified", ELEVEN).answer
    assert verified.status == BLANK
    assert verified.note.startswith("Of 5 values, 2 are verified by somebody independent")
    assert "and 3 are not" in verified.note


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".json"])
def test_a_form_holds_the_same_in_every_file(suffix: str, facts: Facts, tmp_path: Path) -> None:
    path = tmp_path / f"esrs{suffix}"
    form = fill(facts, "esrs")
    write_form(form, path, suffix)
    lines = [line.to_document() for line in form.lines]
    if suffix == ".json":
        assert json.loads(path.read_text(encoding="ascii"))["fields"] == lines
        return
    if suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            found = [(row["row"], row["column"], row["value"], row["evidence"]) for row in csv.DictReader(file)]
        numbers = [float(value) for _, _, value, _ in found[:20] if value]
    else:
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["Table", "Form", "Notes"]
        cells = [[cell.value for cell in row] for row in book["Form"].iter_rows(min_row=5, max_row=4 + len(lines))]
        found = [(row[1] or "", row[2] or "", row[4], row[11]) for row in cells]
        numbers = [value for _, _, value, _ in found[:20] if value is not None]
        table = [[cell.value for cell in row] for row in book["Table"].iter_rows(min_row=4)]
        assert table[0][1:5] == ["Base year (2021)", "N-1 (2023)", "N (2024)", "% N / N-1"]
        assert table[1][1:5] == pytest.approx([400, 200, 250, 25])
    assert [(row, column, mark) for row, column, _, mark in found] == [
        (line["row"], line["column"], line["evidence"]) for line in lines
    ]
    assert numbers == pytest.approx([line["value"] for line in lines[:20] if line["value"] is not None], abs=0.005)


def test_what_is_asked_wrongly_is_refused_at_once(made: Any, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as refused:
        export(made, "ifrs", tmp_path / "x.pdf", targets={2030: 1.5})
    assert [problem.where for problem in refused.value.problems] == ["--out x.pdf", "--target", "--target 2030"]
    with pytest.raises(StudyError, match="ifrs has no such edition"):
        export(made, "ifrs", tmp_path / "x.csv", edition="1999")
    with pytest.raises(StudyError, match="csv is no form"):
        export(made, "csv", tmp_path / "x.csv", edition="2026")
    with pytest.raises(StudyError, match="there is no such export"):
        export(made, "xbrl", tmp_path / "x.xml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stored", [False, True])
def test_extrapolated_sales_are_inside_the_category_of_every_form(stored: bool, tmp_path: Path) -> None:
    settings = {**SETTINGS, "catalog": {**SETTINGS["catalog"], "base_year": 2021}}
    sales = [sold(p, y, n) for p in "MG" for y, n in ((2021, "1600"), (2023, "800"), (2024, "1000"))]
    modes = [{name: x for name, x in row.items() if name != "pedigree"} for row in fans()["modes"]]
    tables = fans(sales=sales, modes=modes, coverage=[{"family": "Fans", "covered": "0.8"}])
    run = usephase.estimate(usephase.read_catalog(write_catalog(tmp_path / "c", settings, tables)), draws=16)
    facts = Facts(run.with_draws_of_totals() if stored else run, {2030: 0.42})
    forms = {name: fill(facts, name) for name in ("cdp", "esrs", "ghg-protocol", "ifrs")}
    # 250 t are 80 % of the sales: 62.5 t more, 312.5 t in all; 2021 500 t, 2023 250 t.
    cells = [
        forms["cdp"].find("emissions", "Use of sold products"), forms["ifrs"].find("gross", ELEVEN),
        forms["ifrs"].find("low", ELEVEN), forms["ifrs"].find("high", ELEVEN),
        forms["esrs"].find("gross", ELEVEN, "N (2024)"), forms["ghg-protocol"].find("emissions", ELEVEN),
    ]  # fmt: skip
    assert [cell.answer.value for cell in cells] == pytest.approx([312.5] * 6)
    parts = (
        "Of it 250 t CO2e are of the sales that the catalog lists and 62.5 t CO2e, 20 %, extrapolated for the others."
    )
    assert all(parts in cell.answer.note for cell in cells)
    assert forms["esrs"].find("gross", ELEVEN, "Base year (2021)").answer.value == pytest.approx(500)
    assert forms["ghg-protocol"].find("base_emissions", ELEVEN).answer.value == pytest.approx(500)
    assert forms["ghg-protocol"].find("extrapolated", ELEVEN).answer.value == pytest.approx(62.5)
    assert forms["ghg-protocol"].find("future").answer.note.endswith("Of the sales that the catalog lists.")
    both = "Categories 11 and 12"
    assert forms["esrs"].find("change", both, "% N / N-1").answer.value == pytest.approx(25)
    assert forms["esrs"].find("target", both, "Target (2030)").answer.value == pytest.approx(500 * 0.58)


def test_what_is_left_out_for_good_is_said_in_every_form(run: Any) -> None:
    said = "12 products with 3,400 units (2 % of all units) use no energy"
    told = Facts(dataclasses.replace(run, meta={**run.meta, "excluded": said}))
    for name in FORMS:
        assert said in json.dumps(fill(told, name).to_document(), ensure_ascii=False), name
        assert said not in json.dumps(fill(Facts(run), name).to_document(), ensure_ascii=False), name
    assert fill(told, "sbti").find("excluded").answer.value == said


def test_the_tiers_of_the_draft_add_up_to_the_category(facts: Facts) -> None:
    form = fill(facts, "ghg-protocol")
    for row, ledger in ((ELEVEN, "category_11"), (TWELVE, "category_12")):
        tiers = [line for line in form.lines if line.field.key == "tier" and line.row == row]
        assert [line.column for line in tiers] == ["Specific", "Other", "Spend-based", "Unclassified"]
        if tiers[0].answer.value is not None:
            level = facts.level(ledger)
            assert sum(line.answer.value for line in tiers) == pytest.approx(level.mean)  # type: ignore[misc, union-attr]
    assert form.find("required_95").answer.value == 100
    left_out = Facts(dataclasses.replace(facts.run, meta={**facts.run.meta, "excluded": "spare parts"}))
    assert fill(left_out, "ghg-protocol").find("required_95").answer.value is None


def test_sbti_has_the_target_record_on_the_run_s_own_draws(facts: Facts) -> None:
    form = fill(facts, "sbti")
    values = {line.row: line.answer.value for line in form.lines if line.field.key == "amount"}
    assert values == pytest.approx({"Base year (2021)": 400, "Target (2030)": 232, "Projected (2030)": 250}, rel=0.02)
    base = values["Base year (2021)"]
    assert form.find("progress", "2024").answer.value == pytest.approx(100 * (1 - 250 / 400) / 0.42, rel=0.02)
    assert form.find("rate").answer.value == pytest.approx(42 / 9, abs=0.005)
    assert "Fans Ltd commits to reduce absolute scope 3 GHG emissions" in str(form.find("wording").answer.value)
    assert "42% by 2030 from a 2021 base year" in str(form.find("wording").answer.value)
    lines = {(line.row, line.column): line for line in form.lines if line.field.key == "line"}
    eleven = lines["Category 11, use of sold products", "Base year (2021)"].answer.value
    assert eleven == pytest.approx(base, rel=1e-12)
    assert lines["Category 1", "Base year (2021)"].answer.status == BLANK
    assert form.find("coverage").answer.status == BLANK
    # asked for on the day: only what the packs of that day take
    assert "sbti_near_term_v1 1.5c" in str(form.find("rules").answer.value)


def test_sbti_takes_the_group_s_target_and_the_other_lines_of_the_catalog(tmp_path: Path) -> None:
    settings = {**SETTINGS, "catalog": {**SETTINGS["catalog"], "base_year": 2021, "company": "Fans Ltd"}}
    sales = [sold(p, y, n) for p in "MG" for y, n in ((2021, "1600"), (2024, "1000"))]
    given = [{"year": year, "category": str(n), "emissions": "10"} for year in ("2021", "2024") for n in range(1, 11)]
    given += [{"year": year, "category": n, "emissions": "0"} for year in ("2021", "2024") for n in ("13", "14", "15")]
    targets = [{"target": "Group", "year": "2031", "reduction": "0.3", "status": "set"}]
    coverage = [{"family": family, "covered": "0.5"} for family in {p["family"] for p in fans()["products"]}]
    tables = fans(sales=sales, scope3=given, targets=targets, coverage=coverage)
    catalog = usephase.read_catalog(write_catalog(tmp_path / "c", settings, tables))
    facts = Facts(usephase.estimate(catalog, draws=16))
    aimed = fill(facts, "esrs").find("target", "Categories 11 and 12", "Target (2031)").answer
    form = fill(facts, "sbti")
    shares = {line.row: line for line in form.lines if line.field.key == "share" and line.column.startswith("Base")}
    base = next(line for line in form.lines if line.field.key == "amount").answer.value
    assert shares["Category 1"].answer.value == pytest.approx(100 * 10 / (100 + base), abs=0.005)
    assert "not significant" in shares["Category 1"].answer.note
    assert shares["Category 1"].answer.note.endswith("probability that it is: in none of 16 draws")
    assert form.find("earlier").answer.value is None  # 2021 is the first
    assert shares["Category 11, use of sold products"].answer.note.startswith("significant")
    assert form.find("coverage").answer.value == pytest.approx(
        100 * (base / 2) / (100 + base), rel=0.01
    )  # a mean of ratios
    assert "not taken as covered" in form.find("coverage").answer.note
    assert "Covers: use of sold products" in str(form.find("record").answer.value)
    assert aimed.value == pytest.approx(0.7 * base, abs=0.005)
    assert base == pytest.approx(2 * 400, rel=0.05)  # half of the sales are listed


def test_sbti_holds_the_same_target_against_an_earlier_year(tmp_path: Path) -> None:
    sales = [sold(p, y, n) for p in "MG" for y, n in ((2021, "1600"), (2024, "1000"))]
    targets = [{"target": "Group", "base_year": "2024", "year": "2031", "reduction": "0.3", "status": "set"}]
    catalog = usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, fans(sales=sales, targets=targets)))
    found = fill(Facts(usephase.estimate(catalog, draws=16)), "sbti").find("earlier", "2021").answer
    assert found.value == pytest.approx(100 * (1 - 0.7 * 1000 / 1600), abs=0.01)  # units alone differ


def test_sbti_without_a_target_leaves_it_to_the_company(made_facts: Facts) -> None:
    form = fill(made_facts, "sbti")
    assert form.find("wording").answer.value is None


def test_sbti_takes_what_the_company_declares_of_its_products_and_no_benchmark(tmp_path: Path) -> None:
    sales = [sold("M", 2021, "1000"), sold("G", 2021, "3000"), sold("M", 2024, "1000"), sold("G", 2024, "1000")]

    def shares(name: str, year: str, **columns: tuple[str, str]) -> dict[str, Answer]:
        products = fans()["products"]
        for column, texts in columns.items():
            for row in products:
                row[column] = texts["MG".index(row["product"])] if row["product"] in "MG" else ""
        folder = write_catalog(tmp_path / name, SETTINGS, fans(sales=sales, products=products))
        form = fill(Facts(usephase.estimate(usephase.read_catalog(folder), draws=16)), "sbti")
        assert form.find("benchmark").answer.status == BLANK
        return {line.row: line.answer for line in form.lines if line.field.key == "aligned" and year in line.column}

    for year, units, revenue in (("2021", 25.0, 100 * 1000 * 90 / (1000 * 90 + 3000 * 10)), ("2024", 50.0, 90.0)):
        found = shares(year, year, aligned=("Yes", "no"), price=("90", "10"))
        assert {name: answer.value for name, answer in found.items()} == pytest.approx(
            {"By units": units, "By revenue": revenue}
        )
    alone = shares("alone", "2024", aligned=("yes", ""))
    assert alone["By units"].value == pytest.approx(50)
    assert "1 of 2 products state nothing" in alone["By units"].note
    assert alone["By revenue"].value is None
    assert "`price`" in alone["By revenue"].note
    nothing = shares("nothing", "2024")
    assert "`aligned`" in nothing["By units"].note
    assert shares("odd", "2024", aligned=("perhaps", "no"))["By units"].value is None
    assert shares("costly", "2024", aligned=("yes", "no"), price=("90", "dear"))["By revenue"].value is None


def test_every_form_tells_the_categories_under_each_grid_scenario(tmp_path: Path) -> None:
    """Emissions of 250 t at 0.5 kg/kWh are 125 t at 0.25; CDP has them in the row of its category."""
    grid = [{"zone": "HERE", "scenario": name, "year": "2021", "intensity": x} for name, x in
            (("flat", "0.5"), ("clean", "0.25"))]  # fmt: skip
    settings = SETTINGS | {"grid": {"scenarios": {"flat": 1.0, "clean": 3.0}}}
    modes = [{k: v for k, v in row.items() if k != "pedigree"} for row in fans()["modes"]]
    folder = write_catalog(tmp_path / "c", settings, fans(grid=grid, modes=modes))
    facts = Facts(usephase.estimate(usephase.read_catalog(folder), draws=16))
    for name in FORMS:
        told = json.dumps(fill(facts, name).to_document(), ensure_ascii=False).replace("\N{NO-BREAK SPACE}", " ")
        assert "clean, weight 75 %: 125 t CO2e" in told, name
        assert "flat, weight 25 %: 250 t CO2e" in told, name
