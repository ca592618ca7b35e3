"""A catalog without any spread whose mean and best estimate differ in the last place: every file is written."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from usephase.cli import main

CATALOG = Path(__file__).with_name("one_ulp")


def test_it_runs_to_the_end(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["run", str(CATALOG), "--results", str(tmp_path), "--draws", "64", "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    total = next(row for row in answer["figures"] if row["by"] == "total" and row["ledger"] == "total")
    # Units, power, hours, life and factor are all fixed: their product.
    assert total["mean"] == pytest.approx(19571.8936168448, rel=1e-12)
    assert total["sd"] == 0.0
    assert {path.name for path in Path(answer["run"]).iterdir()} == {
        "run.h5", "summary.json", "figures.csv", "inventory.xlsx", "report.html", "run.log",
    }  # fmt: skip
