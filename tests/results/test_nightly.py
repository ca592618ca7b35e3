"""Unattended runs: conditions on what moved, a log of JSON lines, a file of metrics."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.bench.workload import make
from usephase.cli import main
from usephase.errors import StudyError
from usephase.insight.changes.condition import read_condition

DRAWS = ["--draws", "16", "--kernel", "numpy", "--quiet"]


def run(catalog: Path, *given: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["run", str(catalog), *DRAWS, *map(str, given)])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("text", "figure", "percent", "same"),
    [
        ("total changes by more than 10 %", "total", 10.0, False),
        ("category_11:family=Big saws  changes by more than 0.5%  for unchanged sales",
         "category_11:family=Big saws", 0.5, True),
    ],
)  # fmt: skip
def test_conditions_are_read(text: str, figure: str, percent: float, same: bool) -> None:
    found = read_condition(text)
    assert (str(found.figure), found.percent, found.same_sales) == (figure, percent, same)


@pytest.mark.parametrize(
    "text",
    ["total", "total changes by more than -1 %", "total changes by more than 10", "nil changes by more than 1 %"],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(StudyError, match="1 problem"):
        read_condition(text)


@pytest.mark.slow
def test_a_figure_that_moves_ends_the_run_with_7(tmp_path: Path) -> None:
    catalog, results, log = make(6, regions=2).write(tmp_path / "c"), tmp_path / "r", tmp_path / "log.jsonl"
    plain, held = (f"total changes by more than 1 %{more}" for more in ("", " for unchanged sales"))
    where = ("--results", results, "--log", log, "--metrics", tmp_path / "m")
    code, told = run(catalog, *where, "--fail-if", held)
    assert code == 0
    ends = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in ends if line["event"] != "stage"] == ["begin", "written", "note", "end"]
    stages = [line["stage"] for line in ends if line["event"] == "stage"]
    assert stages == ["read", "plan", "store", "blocks", "statistics", "register", "quality", "files"]
    assert "no earlier run of 2024" in ends[-2]["text"]
    # Sales alone: seen without the words, and only then. A product more is sales too.
    sales = catalog / "sales.csv"
    head, *rows = sales.read_text().splitlines()
    doubled = [f"{row.rpartition(',')[0]},{2 * float(row.rpartition(',')[2])!r}" for row in rows]
    assert doubled[0].split(",")[:2] == rows[0].split(",")[:2]
    sales.write_text("\n".join([head, *doubled[2:]]) + "\n")
    code, told = run(catalog, *where, "--fail-if", held, "--fail-if", plain)
    assert code == 7
    assert told.count("fail-if: ") == 1
    assert "more than 1 %" in told
    end = json.loads(log.read_text().splitlines()[-1])
    assert (end["event"], end["exit_code"]) == ("end", 7)
    metrics = dict(line.rsplit(" ", 1) for line in (tmp_path / "m").read_text().splitlines() if line[0] != "#")
    assert float(metrics["usephase_exit_code"]) == 7
    assert float(metrics["usephase_products"]) == 5
    # Power alone: seen with the words.
    modes = catalog / "modes.csv"
    modes.write_text(modes.read_text().replace(",W,", ",kW,"))
    code, told = run(catalog, *where, "--fail-if", held)
    assert code == 7
    assert "for unchanged sales" in told
    code, _ = run(tmp_path / "none", "--log", log, "--metrics", tmp_path / "m")
    end = json.loads(log.read_text().splitlines()[-1])
    assert code == end["exit_code"] != 0
    assert "usephase_exit_code" in (tmp_path / "m").read_text()
