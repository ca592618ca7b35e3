"""Defaults of flags from the environment and from the project: the command line goes first, a slip is named."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.insight.compare_catalogs import SETTINGS, tables
from tests.reference.folder import write_catalog
from usephase.cli import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_catalog(tmp_path / "product_catalog", SETTINGS, tables())
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    return tmp_path / "pyproject.toml"


def told(*words: str, **variables: str) -> str:
    return " ".join(CliRunner().invoke(main, [*words], env=variables).output.split())


def test_command_line_before_environment_before_project(project: Path) -> None:
    """Told by values that are refused, which computes nothing."""
    project.write_text("[tool.usephase.run]\ndraws = 1\nstore-draws = true\n", encoding="utf-8")
    assert "1 is not in the range x>=2. It comes from pyproject.toml." in told("run", "x")
    answer = told("run", "x", USEPHASE_RUN_DRAWS="0")
    assert "0 is not in the range x>=2. It comes from the variable USEPHASE_RUN_DRAWS." in answer
    answer = told("run", "x", "--draws", "-1", USEPHASE_RUN_DRAWS="0")
    assert answer.endswith("-1 is not in the range x>=2.")


def test_a_flag_that_is_required_or_repeated_may_stand_in_the_project(project: Path) -> None:
    project.write_text(
        '[tool.usephase.compare]\noptions = "base"\ndraws = 64\nbudget = ["total per unit <= 1 g"]\n', encoding="utf-8"
    )
    first, again = (CliRunner().invoke(main, ["compare", "../product_catalog", "--json"]) for _ in range(2))
    assert first.exit_code == 7, first.output
    one, two = (json.loads(done.stdout) for done in (first, again))
    assert one["draws"] == 64
    # Equal studies give equal answers, but for what is set apart.
    assert set(one.pop("meta")) == set(two.pop("meta")) == {"created"}
    assert one == two


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[tool.usephase.run]\ndrawz = 48", "[tool.usephase.run] names no flag: `drawz`; did you mean `draws`?"),
        ("[tool.usephase.runs]\ndraws = 48", "[tool.usephase] names no command: `runs`; did you mean `run`?"),
        ("[tool.usephase]\nrun = 48", "`run` is no section; write [tool.usephase.run]"),
        ("[tool.usephase.run]\njson = true", "[tool.usephase.run] names no flag: `json`"),
        ('[tool.usephase.run]\ndraws = "many"', "'many' is not a valid integer range. It comes from pyproject.toml."),
        ("[tool.usephase.run]\ndraws = ", "is no TOML"),
    ],
)
def test_a_slip_in_the_project_is_refused_with_its_place(project: Path, text: str, wanted: str) -> None:
    project.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["run", "../product_catalog", "--dry-run"])
    assert done.exit_code == 2
    assert wanted in " ".join(done.output.split())


def test_a_slip_in_a_variable_is_refused_with_its_name() -> None:
    assert "It comes from the variable USEPHASE_FIT_LIFETIME_UNIT." in told(
        "fit", "lifetime", "x", USEPHASE_FIT_LIFETIME_UNIT="?"
    )
