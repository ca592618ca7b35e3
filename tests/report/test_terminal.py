from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from rich.console import Console

from tests.results.make_run import make_run
from usephase.cli import main
from usephase.errors import Problem
from usephase.report.language import speaking
from usephase.report.terminal import printing as terminal
from usephase.report.terminal.kept import Kept

EXAMPLE = Path(__file__).parents[2] / "product_catalog"
ERROR = Problem(where="modes.csv:14:rate", what="n/a is no number", fix="write a number")
WARNING = Problem(where="zones!C3", what="[red]odd[/red] \x1b[2J", fix="look at it", severity="warning")


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")


def test_the_summary_goes_to_the_answer(capsys):
    terminal.print_summary(make_run(), "results/tools/20250304-050607-abcdef")
    out, err = capsys.readouterr()
    assert "Category 11 + 12" in out
    assert "Notes and warnings: 1" in out
    assert "results/tools/20250304-050607-abcdef" in out
    assert err == ""


def test_a_quiet_summary_has_no_notes(capsys):
    terminal.print_summary(make_run(), "x", None)
    assert "Notes" not in capsys.readouterr().out


def test_problems_go_to_the_error_stream_errors_first(capsys):
    terminal.print_problems([WARNING, ERROR])
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "1 error, 1 warning",
        "  modes.csv:14:rate  n/a is no number",
        "      write a number",
        "  zones!C3  [red]odd[/red] \ufffd[2J",
        "      look at it",
    ]


class Settings:
    name = "Tools"


class Catalog:
    settings = Settings()
    warnings = (WARNING,)


VERDICT = "No errors, 1 warning: Tools can be computed (usephase run tools)"


def test_a_check_shows_warnings_and_ends_with_its_verdict(capsys):
    terminal.print_check(Catalog(), make_run().register, "tools", listed=False, quiet=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("  zones!C3")
    assert lines[2].startswith("It rests on 12 values:")
    assert lines[3:] == [VERDICT]


def test_a_check_lists_the_register_when_it_is_asked_to(capsys):
    terminal.print_check(Catalog(), make_run().register, "tools", listed=True, quiet=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("Assumption register: 12 rows")
    assert lines[4].split()[:3] == ["grid", "zone=DEU;scenario=*;year=2024", "intensity"]
    assert len(lines) == 4 + 12 + 1
    assert lines[-1] == VERDICT


def test_a_check_lists_all_of_a_long_register(capsys):
    register = pd.concat([make_run().register] * 20, ignore_index=True)
    terminal.print_check(Catalog(), register, "tools", listed=True, quiet=False)
    out = capsys.readouterr().out
    assert (
        out.count("zone=DEU;scenario=*;year=2024")
        == 20 * (make_run().register["row"] == "zone=DEU;scenario=*;year=2024").sum()
    )
    assert "rows more" not in out


def test_a_check_of_a_catalog_fits_a_screen():
    done = CliRunner().invoke(main, ["check", str(EXAMPLE)])
    assert done.exit_code == 0
    assert len(done.output.splitlines()) < 24


def test_a_quiet_check_shows_what_is_wrong_only(capsys):
    terminal.print_check(Catalog(), make_run().register, "tools", listed=False, quiet=True)
    assert capsys.readouterr().out.splitlines()[2:] == [VERDICT]


def test_a_long_table_is_cut_and_says_so(capsys):
    terminal.print_table(pd.DataFrame({"a": range(1234), "b": [None] * 1234}), "title")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("title")
    assert len(lines) == 2 + 200 + 1
    assert lines[-1].startswith("... and 1,034 rows more")


def test_a_page_of_the_guide_is_laid_out(capsys):
    terminal.print_markdown("# Head\n\nSome *text*.\n\n- one\n")
    out = capsys.readouterr().out
    assert "Some text." in out
    assert "#" not in out


@pytest.mark.parametrize("width", range(20, 60, 7))
def test_a_number_stays_on_one_line_with_its_unit(width):
    text = Kept("In all, remind_ssp2_base 20 %, trend_10y 50 % of 11,690 t CO2e, 8,200 to 16,100 t CO2e and 3 kg.")
    lines = list(text.wrap(Console(width=width), width))
    assert " ".join(str(line).strip() for line in lines) == str(text)
    assert not any(str(line).lstrip().startswith(("%", "t CO2e", "CO2e", "kg")) for line in lines)


def test_a_long_headline_hangs_below_itself(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    with speaking("de"):
        terminal.print_summary(make_run(), "x", None)
    lines = capsys.readouterr().out.splitlines()
    at = next(i for i, line in enumerate(lines) if "Mittelwert;" in line)
    assert lines[at + 1].startswith(" " * 10)
