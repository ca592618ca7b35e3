"""The page's register, quality, method, languages and answers of other commands."""

import dataclasses
import json
import re
import string

import pandas as pd
import pytest

from tests.report.html_reader import read, rows, table
from tests.results.make_run import make_run
from usephase.errors import StudyError
from usephase.insight.quality.assess import quality
from usephase.report.html.documents import documents, read_documents
from usephase.report.html.method import DISCLOSURES
from usephase.report.html.page import render_page
from usephase.report.language import language, languages

RANK = {
    "schema": "usephase.rank/1", "figure": "total", "method": "sobol", "evaluations": 4096, "rows": [
        {"rank": 1, "table": "zones", "row": "zone=USA", "column": "level", "s1": 0.41, "st": 0.52, "st_low": 0.47,
         "st_high": 0.57, "share_of_variance": 0.45},
        {"rank": 2, "table": "modes", "row": "product=<b>;mode=working", "column": "rate", "s1": 0.2, "st": 0.25,
         "st_low": 0.2, "st_high": 0.3, "share_of_variance": 0.21},
    ],
}  # fmt: skip
COMPARE = {"draws": 512, "options": ["base", "light"], "differences": [
    {"option": "light", "against": "base", "per": "unit", "product": "DRILL", "unit": "kg CO2e/unit", "mean": -5.0,
     "p2_5": -8.0, "p97_5": -2.0, "probability_lower": 0.995, "relative_mean": -0.34},
    {"option": "light", "against": "base", "per": "portfolio", "product": None, "mean": -1900.0, "p2_5": -3200.0,
     "p97_5": -1000.0, "probability_lower": 0.62, "relative_mean": -0.05},
]}  # fmt: skip
TRACK = {"draws": 512, "base_year": 2021, "reporting_year": 2024, "years": [
    {"year": 2021, "mean": 1000.0, "p2_5": 900.0, "p97_5": 1100.0, "target": 1000.0, "probability_met": 1.0},
    {"year": 2024, "mean": 950.0, "p2_5": 850.0, "p97_5": 1050.0, "target": 923.0, "probability_met": 0.31},
], "change": [
    {"effect": "volume", "mean": 50.0, "p2_5": 30.0, "p97_5": 70.0},
    {"effect": "fuels", "mean": 1e-14, "p2_5": -1e-13, "p97_5": 1e-13},
    {"effect": "grid", "mean": -100.0, "p2_5": -150.0, "p97_5": -60.0},
], "rules": {"pack": "sbti_near_term_v1", "ambition": "1.5c", "set_on": "2026-11-29", "target_year": 2031,
             "reduction": 0.252, "probability_met": 0.0, "sales": "held"},
    "coverage": {"share": 0.66999, "reason": None, "years": [
        {"year": 2021, "category": "", "mean": 0.66999, "required": 0.67, "probability_met": 0.25}]}}  # fmt: skip


def plain(found):
    return [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in found]


def in_section(root, name):
    return root.one(id=name).text().replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def run():
    return make_run(products=9)


def test_marked_assumptions_come_first_with_their_mark_and_sources_are_written_once(run):
    root = read(render_page(run))
    register = root.one(id="register")
    summaries = [e.text() for e in register.all("summary")]
    assert summaries == [
        "grid: 1 rows, 1 guesses verified by nobody", "modes: 9 rows, 0 guesses verified by nobody",
        "reference_grid: 1 rows, 1 guesses verified by nobody", "treatments: 1 rows, 1 guesses verified by nobody",
        "Sources (4)",
    ]  # fmt: skip
    marked = [row for t in register.all("table") for row in rows(t) if any("⚠" in cell for cell in row)]
    assert [row[0] for row in marked] == [
        "zone=DEU;scenario=*;year=2024",
        "zone=DEU",
        "material=plastic;route=landfill",
    ]
    sources = table(register, "Sources")
    assert sources[1:] == [
        ["[1]", "Ember, yearly electricity data", "CC BY 4.0", "1"], ["[2]", "usephase default", "", "1"],
        ["[3]", "EPA Emission Factors Hub", "public domain", "1"], ["[4]", "data sheet", "", "9"],
    ]  # fmt: skip
    assert register.text().count("data sheet") == 1


def test_the_order_of_a_long_register_keeps_the_marked_rows_and_counts_the_rest():
    run = make_run(products=200)
    register = run.register.copy()
    last = register.index[-1]
    register.loc[last, ["data_type", "verification"]] = "estimate", "none"
    root = read(render_page(dataclasses.replace(run, register=register))).one(id="register")
    (found,) = [t for t in root.all("table") if next(t.all("caption")).text().startswith("modes")]
    assert len(rows(found)) == 151
    assert rows(found)[1][0] == register.loc[last, "row"]
    assert "50 more rows are not shown here; figures.csv has all figures, run.h5 the whole register." in root.text()


def test_quality_counts_the_register(run):
    root = read(render_page(run))
    found = plain(table(root, "Assumptions by table"))
    # 12 rows: 3 of the reference, of type default; 9 of the catalog, primary, limited; grid and treatments fixed.
    assert found[-1] == ["All", "12", "9", "3", "10", "9", "12", "0", "3", "3"]
    by_basis = plain(table(root, "Assumptions by origin and basis"))[1:]
    assert ["Catalog", "the company's own, see its source", "9", "75.0 %"] in by_basis
    assert ["Reference", "assumption", "1", "8.3 %"] in by_basis
    scores = plain(table(root, "Pedigree scores (1 best, 5 worst)"))[1:]
    assert [row[2:] for row in scores] == [["2.0", "2"], ["1.0", "1"], ["1.0", "1"], ["2.0", "2"], ["1.0", "1"]]


def test_types_of_data_and_requirements_have_their_shares(run):
    found = quality(run)
    root = read(render_page(run))
    by_type = plain(table(root, "Share of the emissions by type of data"))[1:]
    assert [row[0][:11] for row in by_type] == ["Category 11", "Category 12", "Category 11"]
    shares = [float(cell.removesuffix(" %").removeprefix("< ")) for cell in by_type[2][1:4]]
    wanted = [100 * found.share("total", name) for name in ("primary", "secondary", "default")]
    assert shares == pytest.approx(wanted, abs=0.6)
    asked = plain(table(root, "Share of the emissions by what is asked of them"))[1:]
    assert [row[0] for row in asked][:2] == ["Required", "Optional"]
    lines = plain(table(root, "Lines, and what the standard says of each"))[1:]
    assert ["Avoided emissions", "Never included", "STD 9.5, box 9.4", "V"] in [row[:4] for row in lines]


def test_the_method_statement_answers_every_disclosure_and_marks_what_is_recalled(run):
    found = plain(table(read(render_page(run)), "Disclosures"))[1:]
    assert len(found) == len(DISCLOSURES)
    assert all(all(row) for row in found)
    assert [row[3] for row in found if "recalled" in row[3]] == [
        "ISO 14067:2018 (recalled, not checked against the text)"
    ]
    text = " ".join(row[1] for row in found)
    assert "a set that is not recorded in grid factors, waste factors." in text  # of sources that no edition has
    assert "Monte Carlo, 256 draws" in text
    assert "9 values are from the company's catalog and 3 from reference data. 12 values are in" in text
    assert "0 are somebody's judgement, 3 are generic or of no stated type, and 3 were verified by nobody" in text


def test_how_to_reproduce_names_catalog_seed_and_versions(run):
    text = in_section(read(render_page(run)), "reproduce")
    for expected in ("usephase reproduce RUN", "ab" * 32, "numpy 2.4.6", "2025-03-04T05:06:07Z"):
        assert expected in text


def test_coverage_says_when_nothing_was_extrapolated(run):
    none = dataclasses.replace(run, figures=run.figures[run.figures["by"] != "coverage"].reset_index(drop=True))
    assert "nothing was extrapolated" in in_section(read(render_page(none)), "coverage")
    assert "Sales not listed, extrapolated" in in_section(read(render_page(run)), "coverage")


def test_a_run_of_an_empty_register_is_written(run):
    none = dataclasses.replace(run, register=run.register.head(0), service=run.service.head(0), notes=())
    names = [e.attributes["id"] for e in read(render_page(none)).all("section")]
    assert {"service", "notes", "quality"}.isdisjoint(names)


def test_answers_of_other_commands_have_sections_of_their_own(run):
    root = read(render_page(run, documents=documents([RANK, COMPARE, TRACK])))
    names = [e.attributes["id"] for e in root.all("section")]
    assert names[names.index("products") + 1 :][:3] == ["ranking", "comparison", "track"]
    ranking = plain(table(root, "What makes total uncertain"))
    assert ranking[1] == ["zones", "zone=USA", "level", "0.520", "0.470 to 0.570", "0.410", "45 %"]
    assert ranking[2][1] == "product=<b>;mode=working"
    differences = plain(table(root, "Differences between options"))[1:]
    assert differences == [
        ["light", "base", "DRILL", "unit sold", "-5.0 kg CO2e/unit", "-8.0 to -2.0 kg CO2e/unit", "99.5 %", "-34.0 %"],
        ["light", "base", "all", "portfolio", "-1,900 t CO2e", "-3,200 to -1,000 t CO2e", "62.0 %", "-5.0 %"],
    ]
    years = plain(table(root, "Emissions by sale year, and the target"))[1:]
    assert years == [
        ["2021", "1,000", "900 to 1,100", "1,000", "in all 512 draws"],
        ["2024", "950", "850 to 1,050", "920", "31.0 %"],
    ]
    change = plain(table(root, "Change from 2021 to 2024, by reason"))[1:]
    assert [row[:2] for row in change] == [["Units sold", "50"], ["Grid, not credited", "-100"]]


def test_a_target_is_told_with_its_day_its_probability_and_what_it_covers(run):
    said = in_section(read(render_page(run, documents=documents([TRACK]))), "track").replace("\N{NO-BREAK SPACE}", " ")
    assert "Target 2031: 25.2 % below 2021 (sbti_near_term_v1, 1.5c, set on 2026-11-29)" in said
    assert "probability that it is met: in none of 512 draws on the outlook." in said
    # 66.999 % is not rounded up to the 67 % that are asked for.
    assert "It covers 66.9 % of scope 3 in 2021; 67.0 % are asked for (probability that it is enough: 25.0 %)." in said
    open_ = in_section(read(render_page(run, documents=documents([{**TRACK, "coverage": {"years": []}}]))), "track")
    assert "cannot be assessed until the rest of scope 3 of 2021 is given" in open_
    assert "in none of" in open_
    vietnamese = in_section(read(render_page(run, "vi", documents=documents([TRACK]))), "track")
    assert "đặt ngày 2026-11-29" in vietnamese
    assert "66,9" in vietnamese


def test_a_target_that_nobody_set_is_in_no_picture_and_no_table(run):
    years = [{**row, "target": None, "probability_met": None} for row in TRACK["years"]]
    alone = {**TRACK, "years": years, "rules": {"pack": "sbti_near_term_v1"}}
    root = read(render_page(run, documents=documents([alone])))
    assert "No target is set, and none is judged." in in_section(root, "track")
    assert plain(table(root, "Emissions by sale year")) == [
        ["Sale year", "Mean [t CO2e]", "95 % interval [t CO2e]"],
        ["2021", "1,000", "900 to 1,100"], ["2024", "950", "850 to 1,050"],
    ]  # fmt: skip


def test_answers_of_another_form_are_refused_with_their_place(tmp_path):
    broken = {**RANK, "rows": [{"table": "zones", "row": "zone=USA", "column": "level", "st": "much"}]}
    with pytest.raises(StudyError) as caught:
        documents([{"x": 1}, broken], ["a.json", "b.json"])
    assert [p.where for p in caught.value.problems] == ["a.json", "b.json: rows.0.st"]
    (tmp_path / "c.json").write_text("{")
    with pytest.raises(StudyError, match="cannot be used"):
        read_documents([tmp_path / "c.json"])
    with pytest.raises(StudyError, match="cannot be used"):
        read_documents([tmp_path / "missing.json"])
    (tmp_path / "d.json").write_text(json.dumps(TRACK))
    assert read_documents([tmp_path / "d.json"]).tracked.years[1].probability_met == 0.31


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("code", [code for code in languages() if code != "en"])
def test_a_language_has_every_message_with_the_same_values_in_it(code):
    english, other = language("en").messages, language(code).messages
    assert set(other) == set(english)
    assert {key: fields(other[key]) for key in other} == {key: fields(english[key]) for key in english}
    assert all(text.strip() for text in other.values())


def test_vietnamese_is_written_with_its_marks_and_is_not_english():
    english, vietnamese = language("en").messages, language("vi").messages
    same = {
        key
        for key in vietnamese
        if vietnamese[key] == english[key] and re.search("[a-z]{4}", re.sub("{.*?}", "", english[key]))
    }
    assert same <= {
        "reproduce.command", "distribution_kind.beta", "distribution_kind.gamma", "distribution_kind.weibull",
        "chart.service_row", "headline.share", "register.mark", "fit_family.gamma", "fit_family.loglogistic",
        "fit_family.weibull", "index.delta",
    }  # fmt: skip
    long = [text for text in vietnamese.values() if len(text) > 40]
    assert all(
        re.search("[ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", text) for text in long
    )


def test_every_word_of_a_vietnamese_page_is_from_its_catalog(run):
    root = read(render_page(run, "vi"))
    assert next(root.all("html")).attributes["lang"] == "vi"
    english = {text for text in language("en").messages.values() if len(text) > 12 and "{" not in text}
    shown = {e.text() for e in root.all() if e.name in ("p", "dt", "th", "caption", "summary", "h2", "figcaption", "a")}
    own = set(language("vi").messages.values())
    assert not (shown & english) - own


def test_an_unknown_language_is_refused(run):
    for code in ("xx", "../en", ""):
        with pytest.raises(StudyError, match="no language"):
            render_page(run, code)


def test_labels_that_a_run_was_grouped_by_are_shown(run):
    saws = run.figures[(run.figures["by"] == "family") & (run.figures["ledger"] == "total")].assign(by="brand")
    figures = pd.concat([run.figures, saws], ignore_index=True)
    labelled = dataclasses.replace(run, figures=figures, meta={**run.meta, "by": ["brand"]})
    found = table(read(render_page(labelled)), "Category 11 + 12: by brand")
    assert len(found) == 4
