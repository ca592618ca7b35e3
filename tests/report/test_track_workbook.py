"""track.xlsx: the track's figures cell by cell, charts that are charts, text that stays text."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

import usephase
from tests.insight.test_track import SETTINGS, Rows, fans, sold
from tests.reference.folder import write_catalog
from usephase.cli.track import command
from usephase.insight.tracking.track import Track, track
from usephase.report.excel.track import write_track_workbook
from usephase.report.language import language

HOSTILE = "=HYPERLINK(1)"


def catalog(folder: Path, family: str = HOSTILE, life: str = "5") -> Path:
    """Fans whose family looks like a formula; the new one draws half."""
    tables: dict[str, Rows] = fans(
        [sold("OLD", 2021, "1000"), sold("OLD", 2024, "400"), sold("NEW", 2024, "700")],
        lifetimes=[
            {"lifetime": "five", "distribution": "fixed", "mean": life},
            {"lifetime": "ten", "distribution": "fixed", "mean": "10"},
        ],
        options=[{"option": "+thrifty", "table": "modes", "row": "product=NEW;mode=on", "column": "rate",
                  "value": "*0.5"}],
    )  # fmt: skip
    tables["products"] = [{**row, "family": family} for row in tables["products"]]
    return write_catalog(folder, SETTINGS, tables)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Track:
    folder = tmp_path_factory.mktemp("track")
    published = usephase.read_catalog(catalog(folder / "then", life="5.5"))
    read = usephase.read_catalog(catalog(folder / "now"))
    return track(
        read,
        draws=16,
        against=published,
        levers=["+thrifty:2026:2028"],
        target_year=2030,
        set_on="2022-01-31",
        other_scope_3=750.0,
    )


@pytest.fixture(scope="module")
def path(done: Track, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("book") / "track.xlsx"
    write_track_workbook(done, target)
    return target


@pytest.fixture(scope="module")
def book(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def table(book: Any, sheet: str) -> list[dict[str, Any]]:
    """Read a sheet's table by its headers, which stand in the fourth row."""
    heads = [cell.value for cell in book[sheet][4]]
    rows = book[sheet].iter_rows(min_row=5, values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_levels_are_the_tracks(book: Any, done: Track) -> None:
    rows = table(book, "Levels")
    every = pd.concat([done.years, done.tables["outlook"]], ignore_index=True)
    assert [row["Sale year"] for row in rows] == every["year"].tolist()
    for head, name in {"Mean [t CO2e]": "mean", "Low, 2.5 % [t CO2e]": "p2_5", "Target [t CO2e]": "target",
                       "Gap, mean [t CO2e]": "gap", "P(target met)": "probability_met"}.items():  # fmt: skip
        assert [row[head] for row in rows] == [pytest.approx(x, rel=1e-14, abs=1e-300) for x in every[name]]


def test_change_has_every_effect_and_sums_to_its_last_row(book: Any, done: Track) -> None:
    rows = table(book, "Change")
    assert [row["Effect"] for row in rows[:-1]] == [language()(f"effect.{name}") for name in done.change["effect"]]
    means = [row["Mean [t CO2e]"] for row in rows]
    # 1,000 units · 0.05 t a year: 275 t as published with 5.5 years, 250 t with five.
    assert rows[0]["Stage"] == "recalculation"
    assert means[[row["Effect"] for row in rows].index("Assumptions, recalculated")] == pytest.approx(-25)
    assert sum(means[:-1]) == pytest.approx(means[-1], rel=1e-9)
    assert {row["Credited to the company"] for row in rows if row["Effect"].startswith("Grid")} == {"no"}


def test_targets_repeat_how_each_rule_is_known(book: Any, done: Track) -> None:
    listed = table(book, "Targets")
    assert len(listed) == len(done.rules["rows"])
    # Of an earlier edition; the window of the later one has the same names.
    assert [row["Rule"] for row in listed if row["Used for the path"] == "yes"] == ["absolute_rate", "counts_from"]
    [used] = [row for row in listed if (row["Rule"], row["Ambition"]) == ("absolute_rate", "well_below_2c")]
    assert (used["Value"], used["Used for the path"], used["Evidence"]) == (0.025, "yes", "V2")
    assert used["Evidence means"] == "read in a secondary source"


def test_coverage_and_levers_are_the_tracks(book: Any, done: Track) -> None:
    # 250 t in 2021, and 750 t of other scope 3; in 2024 100 t and 175 t.
    assert [row["Share, mean"] for row in table(book, "Coverage")] == pytest.approx([0.25, 275 / 1025])
    assert {row["Of"] for row in table(book, "Coverage")} == {"scope 3"}
    assert {row["P(share reached)"] for row in table(book, "Coverage")} == {0}
    levers = table(book, "Levers")
    assert [row["mean"] for row in levers] == pytest.approx([row["mean"] for row in done.extras["levers"]])
    assert {row["lever"] for row in levers} == {"+thrifty"}


def test_a_target_that_nobody_set_is_in_no_sheet(tmp_path: Path) -> None:
    done = track(usephase.read_catalog(catalog(tmp_path / "c")), draws=8)
    write_track_workbook(done, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    heads = [str(cell.value) for name in ("Levels", "Intensities") for cell in book[name][4]]
    assert not [head for head in heads if "arget" in head or "Gap" in head]
    cells = [str(cell.value) for name in ("Targets", "Coverage") for row in book[name].iter_rows() for cell in row]
    assert cells.count("No target is set, and none is judged.") == 2
    with zipfile.ZipFile(tmp_path / "t.xlsx") as parts:
        assert "target" not in parts.read("xl/charts/chart1.xml").decode()


def test_values_are_values_and_text_is_text(book: Any) -> None:
    groups = [row["group"] for row in table(book, "Change by group")]
    assert HOSTILE in groups
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)


def test_numbers_have_formats_and_headers_stay_in_sight(book: Any) -> None:
    levels = book["Levels"]
    formats = {cell.value: levels.cell(5, cell.column).number_format for cell in levels[4]}
    assert formats["Mean [t CO2e]"] == "#,##0.000"
    assert formats["Of base year"] == "0.0%"
    assert formats["P(target met)"].startswith('[=1]"in all ')
    assert formats["Sale year"] == "0"
    assert levels.freeze_panes == "B5"


def test_charts_are_charts_that_point_at_the_cells(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        charts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 4
    said = " ".join(charts)
    for reference in ("Levels!$C$5:$C$", "Change!$B$5:$B$", "Calendar!$C$5:$C$"):
        assert reference in said
    assert "<c:errBars>" in said


def test_what_is_ahead_is_drawn_by_scenario(tmp_path: Path) -> None:
    tables = fans([sold("OLD", 2021, "1000"), sold("OLD", 2024, "400")])
    grid = [
        {"zone": "HERE", "scenario": name, "year": year, "intensity": x}
        for name, xs in {"flat": ("0.5", "0.5"), "clean": ("0.5", "0.1")}.items()
        for year, x in zip(("2021", "2035"), xs, strict=True)
    ]
    settings = SETTINGS | {"grid": {"scenarios": {"flat": 1.0, "clean": 3.0}}}
    read = usephase.read_catalog(write_catalog(tmp_path / "c", settings, {**tables, "grid": grid}))
    write_track_workbook(track(read, draws=16, target_year=2030, set_on="2022-01-31"), tmp_path / "track.xlsx")
    with zipfile.ZipFile(tmp_path / "track.xlsx") as archive:
        charts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/chart")]
    [fan] = [chart for chart in charts if "clean, weight 75" in chart]
    assert fan.count("<c:ser>") == 6
    # It begins with the reporting year: the second row of the table.
    assert "Levels!$A$6:$A$" in fan


def test_the_same_track_gives_the_same_bytes(done: Track, path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    write_track_workbook(done, again)
    assert again.read_bytes() == path.read_bytes()


def test_the_command_writes_a_folder_or_one_file(tmp_path: Path) -> None:
    given = str(catalog(tmp_path / "c"))
    options = ["--draws", "8", "--quiet", "--json"]
    answer = CliRunner().invoke(command, [given, *options, "--out", str(tmp_path / "kept")])
    assert answer.exit_code == 0, answer.output
    names = {file.name for file in (tmp_path / "kept").iterdir()}
    assert names == {"track.xlsx", "track.json", "track_path.svg", "track_change.svg", "track_calendar.svg"}
    assert json.loads((tmp_path / "kept" / "track.json").read_text())["years"] == json.loads(answer.stdout)["years"]
    one = tmp_path / "one.xlsx"
    assert CliRunner().invoke(command, [given, *options, "--out", str(one)]).exit_code == 0
    assert openpyxl.load_workbook(one).sheetnames[:3] == ["Levels", "Change", "Charts"]


def test_another_ending_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    refused = CliRunner().invoke(command, [str(tmp_path / "none"), "--out", str(tmp_path / "track.pdf")])
    assert refused.exit_code != 0
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_libreoffice_reads_the_same_numbers(done: Track, path: Path, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    assert program, "the slow tests need LibreOffice Calc (Debian: libreoffice-calc)"
    how = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command_line = [program, profile, "--headless", "--convert-to", how, "--outdir", str(tmp_path), str(path)]
    subprocess.run(command_line, check=True, capture_output=True, timeout=180)
    change = pd.read_csv(tmp_path / "track-Change.csv", skiprows=3)
    wanted = [*done.change["mean"], done.extras["change_total"]["mean"]]
    assert change["Mean [t CO2e]"].to_numpy() == pytest.approx(wanted, rel=1e-12, abs=1e-12)
    groups = pd.read_csv(tmp_path / "track-Change by group.csv", skiprows=3)
    assert HOSTILE in set(groups["group"])
