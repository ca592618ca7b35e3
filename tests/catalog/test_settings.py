import numpy as np
import pytest

from usephase.catalog.read.sources import RawTable
from usephase.catalog.settings import from_sheet, from_toml
from usephase.report.language import languages
from usephase.sampling import distributions as dist

HEAD = '[catalog]\nname = "T"\nreporting_year = 2024\n'


def toml(more=""):
    return from_toml((HEAD + more).encode())


def sheet(*rows, typed=None):
    cells = {
        "setting": np.array([row[0] for row in rows], dtype=object),
        "value": np.array([row[1] for row in rows], dtype=object),
    }
    letters = {"setting": "A", "value": "B"}
    line = np.arange(len(rows)) + 2
    return from_sheet(RawTable("catalog", cells, line, True, letters, {"value": typed or {}}))


def places(read):
    return [problem.where for problem in read.problems]


def test_defaults():
    read = toml()
    settings = read.settings(1999)
    assert read.problems == []
    assert settings.model_dump() == {
        "name": "T", "reporting_year": 2024, "company": "", "base_year": None, "grid_basis": "projected",
        "boundary": "minimum", "sales_timing": "mid_year", "gwp": "AR6", "set_on": None, "edition": None,
        "partner_data_11": None, "partner_data_12": None, "excluded": "", "language": "en", "draws": 8192, "seed": 1,
        "design": "quasi", "scenarios": {"trend_10y": 1.0}, "dependence": {},
    }  # fmt: skip
    values = read.table.values
    assert (values["level"].kind[0], values["level"].params[0, 0]) == (dist.FIXED, 1)
    assert (values["trend"].kind[0], values["trend"].params[0, 0]) == (dist.FIXED, 0)


def test_everything_can_be_set():
    read = toml(
        'company = "C"\nbase_year = 2021\n[method]\ngrid_basis = "frozen"\nboundary = "life_cycle"\n'
        'sales_timing = "start_of_year"\ngwp = "AR4"\n[monte_carlo]\ndraws = 7\nseed = 0\ndesign = "random"\n'
        '[grid]\nlevel = "1 */ 1.1"\ntrend = -0.01\n[grid.scenarios]\nb = 1\na = 3.0\nc = 0\n'
    )
    settings = read.settings(1999)
    assert read.problems == []
    assert (settings.company, settings.base_year, settings.grid_basis, settings.boundary) == (
        "C",
        2021,
        "frozen",
        "life_cycle",
    )
    assert (settings.sales_timing, settings.gwp, settings.draws, settings.seed) == ("start_of_year", "AR4", 7, 0)
    assert settings.design == "random"
    assert list(settings.scenarios.items()) == [("a", 0.75), ("b", 0.25)]
    assert read.table.values["level"].kind[0] == dist.LOGNORMAL
    assert read.table.values["trend"].params[0, 0] == -0.01


def test_common_errors_are_named_by_table_and_column():
    texts = ('"use_profiles.amount" = 0.2\n"a.b" = 0', "use_profiles.amount = 0.2\na.b = 0")
    for read in (*(toml(f"[dependence]\n{text}") for text in texts), sheet(
        ("name", "T"), ("reporting_year", "2024"), ("dependence.use_profiles.amount", "0.2"), ("dependence.a.b", "0"),
    )):  # fmt: skip
        assert read.problems == []
        assert read.settings(1999).dependence == {"use_profiles.amount": 0.2, "a.b": 0.0}
    places = read.table.letters
    assert (places["dependence.use_profiles.amount"], places["dependence.a.b"]) == ("catalog!B4", "catalog!B5")


def test_there_is_one_precision():
    (note,) = toml('[monte_carlo]\nprecision = "double"\n').problems
    assert (note.severity, note.where) == ("warning", "catalog.toml:monte_carlo.precision")
    assert "the only one" in note.what
    (refused,) = toml('[monte_carlo]\nprecision = "single"\n').problems
    assert refused.severity == "error"
    assert "it brought 1.68 times in one command and was slower elsewhere" in refused.what
    (typo,) = toml('[monte_carlo]\nprecision = "duble"\n').problems
    assert "not one of its words" in typo.what


@pytest.mark.parametrize("code", ["vi", "VI", "en"])
def test_the_report_has_a_language(code):
    read = toml(f'[report]\nlanguage = "{code}"\n')
    assert (read.problems, read.settings(1999).language) == ([], code.lower())
    refused = toml('[report]\nlanguage = "xx"\n')
    [problem] = refused.problems
    assert (problem.where, problem.what) == ("catalog.toml:report.language", "`xx` is not one of its words")
    assert problem.fix == f"write one of {', '.join(languages())}"


@pytest.mark.parametrize("text", ["2026-11-29", "'2026-11-29'", "'20261129'"])
def test_the_day_of_a_target_is_a_date_or_text(text):
    assert toml(f"[targets]\nset_on = {text}").settings(2024).set_on == "2026-11-29"


def test_places_of_the_shared_grid_cells():
    table = toml().table
    assert table.place(0, "level") == "catalog.toml:grid.level"
    assert table.key(0) == "grid"
    assert list(table.frame.columns) == ["source", "pedigree", "data_type", "verification"]


@pytest.mark.parametrize(
    ("more", "where", "fix"),
    [
        ("compny = 1", "catalog.compny", "did you mean `company`"),
        ("company = 5", "catalog.company", "text in double quotes"),
        ("base_year = 2021.5", "catalog.base_year", "whole number"),
        ("base_year = true", "catalog.base_year", "whole number"),
        ("base_year = 21", "catalog.base_year", "at least 1900"),
        ("[methods]", "methods", "did you mean `method`"),
        ("[method]\nboundary = 'minimal'", "method.boundary", "did you mean `minimum`"),
        ("[method]\ngwp = 6", "method.gwp", "AR4, AR5, AR6"),
        ("[monte_carlo]\ndraws = 0", "monte_carlo.draws", "at least 1"),
        ("[monte_carlo]\ndraws = '8192'", "monte_carlo.draws", "without quotes"),
        ("[monte_carlo]\ndraws = 1e3", "monte_carlo.draws", "whole number"),
        ("[monte_carlo]\nseed = 2024-01-01", "monte_carlo.seed", "whole number"),
        ("[targets]\nset_on = '29 Nov 2026'", "targets.set_on", "2026-11-29"),
        ("[targets]\nset_on = 2026", "targets.set_on", "2026-11-29"),
        ("[targets]\nset_on = 2026-11-29T10:00:00", "targets.set_on", "2026-11-29"),
        ("[grid]\nlevel = '1,1'", "grid.level", "`1.1`"),
        ("[grid]\nlevel = 0", "grid.level", "above 0"),
        ("[grid]\nlevel = true", "grid.level", "uncertain value"),
        ("[grid]\nlevel = inf", "grid.level", "number"),
        ("[grid]\ntrend = 'normal(-1, 1)'", "grid.trend", "triangular("),
        ("[grid]\nscenarios = 3", "grid.scenarios", "name = weight"),
        ("[grid.scenarios]\na = -1", "grid.scenarios.a", "at least 0"),
        ("[grid.scenarios]\na = 'x'", "grid.scenarios.a", "finite number"),
        ("[grid.scenarios]\na = nan", "grid.scenarios.a", "number"),
        ("[grid.scenarios]\na = 0", "grid.scenarios", "above 0"),
        ("[dependence]\n'modes.rate' = 1", "dependence.modes.rate", "below 1"),
        ("[dependence]\nmodes.rate = -0.1", "dependence.modes.rate", "at least 0"),
        ("[dependence]\nmodes.rate = 'x'", "dependence.modes.rate", "finite number"),
        ("[grid.scenarios]\n'*' = 1", "grid.scenarios.*", "name a scenario"),
    ],
)
def test_refusals(more, where, fix):
    read = toml(more)
    assert places(read) == [f"catalog.toml:{where}"]
    assert fix in read.problems[0].fix


def test_every_problem_at_once():
    read = from_toml(
        b"[catalog]\nreporting_year = '2024'\nwhat = 1\n[monte_carlo]\ndraws = 0\nseed = 'x'\n"
        b"[grid.scenarios]\na = -1\nb = 'x'\n"
    )
    assert sorted(places(read)) == [
        "catalog.toml:catalog.reporting_year", "catalog.toml:catalog.what", "catalog.toml:grid.scenarios.a",
        "catalog.toml:grid.scenarios.b", "catalog.toml:monte_carlo.draws", "catalog.toml:monte_carlo.seed",
    ]  # fmt: skip
    [unknown] = [problem.what for problem in read.problems if problem.where.endswith("what")]
    assert "the required `name` is missing" in unknown


def test_valid_settings_survive_beside_refused_ones():
    settings = toml("[monte_carlo]\ndraws = 0\nseed = 5\n").settings(1999)
    assert (settings.name, settings.seed, settings.draws) == ("T", 5, 8192)
    assert from_toml(b"[catalog]\nname = 'T'").settings(2019).reporting_year == 2019


def test_a_section_that_is_a_value():
    read = from_toml(b"method = 3\n" + HEAD.encode())
    assert places(read) == ["catalog.toml:method"]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"[catalog]\nname = T\n", "catalog.toml:2"),
        (b"[catalog]\n\nname = '\xff'\n", "catalog.toml:3"),
        (b"x" * 9, "catalog.toml"),
    ],
)
def test_an_unreadable_file_is_one_problem(data, where):
    read = from_toml(data)
    assert len(read.problems) == 1
    assert read.problems[0].where.startswith(where)


def test_byte_order_mark_and_windows_line_ends():
    read = from_toml(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert read.problems == []


def test_a_sheet_gives_the_same():
    read = sheet(
        ("catalog.name", "T"), ("reporting_year", "2024"), ("monte_carlo.draws", "16"), ("seed", "-3"),
        ("grid.level", "1 */ 1.1"), ("trend", "0.01"), ("grid.scenarios.a.b", "1"), ("scenarios.c", "3"),
        ("company", ""),
    )  # fmt: skip
    settings = read.settings(1999)
    assert read.problems == []
    assert (settings.name, settings.reporting_year, settings.draws, settings.seed) == ("T", 2024, 16, -3)
    assert settings.scenarios == {"a.b": 0.25, "c": 0.75}
    assert read.table.values["level"].kind[0] == dist.LOGNORMAL
    assert read.table.place(0, "level") == "catalog!B6"
    assert read.table.place(0, "trend") == "catalog!B7"


def test_a_sheet_names_the_cell():
    read = sheet(
        ("name", "T"), ("reporting_year", "2024,0"), ("catalog.name", "U"), ("monte_carlo.drws", "3"),
        ("grid.level", "x"), ("gwp", "2024-01-01"), ("", "5"), typed={5: "a date"},
    )  # fmt: skip
    assert sorted(places(read)) == ["catalog!A8", "catalog!B3", "catalog!B4", "catalog!B5", "catalog!B6", "catalog!B7"]


def test_a_sheet_needs_its_two_columns():
    cells = {"settings": np.array(["name"], dtype=object), "value": np.array(["T"], dtype=object)}
    read = from_sheet(RawTable("catalog", cells, np.array([2]), True, {"settings": "A", "value": "B"}))
    assert "the column `setting` is missing" in [problem.what for problem in read.problems]


@pytest.mark.parametrize(("text", "wanted"), [("0", 0.0), ("0.12", 0.12), ("1", 1.0)])
def test_the_share_of_partners_is_read_from_both_forms_alike(text, wanted):
    assert toml(f"[disclosure]\npartner_data_11 = {text}\n").settings(2024).partner_data_11 == wanted
    read = sheet(("catalog.name", "T"), ("catalog.reporting_year", "2024"), ("disclosure.partner_data_11", text))
    assert read.problems == []
    assert read.settings(2024).partner_data_11 == wanted


@pytest.mark.parametrize(("text", "fix"), [("12", "at most 1"), ("-0.1", "at least 0"), ('"12 %"', "a finite number")])
def test_a_share_of_partners_outside_0_to_1_is_refused(text, fix):
    (problem,) = toml(f"[disclosure]\npartner_data_12 = {text}\n").problems
    assert problem.where == "catalog.toml:disclosure.partner_data_12"
    assert fix in problem.fix
    assert "write 0.12 for 12 %" in problem.fix


def test_the_case_of_a_sheets_settings_never_matters():
    read = sheet(("Name", "Tools"), ("Catalog.Reporting_Year", "2024"), ("Grid.Scenarios.Mine", "1"))
    assert read.problems == []
    assert read.given["reporting_year"] == 2024
    assert read.given["scenarios"] == {"Mine": 1.0}  # a scenario's name is the user's own
