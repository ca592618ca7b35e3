"""`usephase check` warns of options that `compare` refuses, at the row that `compare` names."""

import json
from pathlib import Path

import pytest

import usephase
from tests.insight.compare_catalogs import SETTINGS, option, tables
from tests.insight.test_rank_command import command
from tests.reference.folder import write_catalog
from usephase.serve.workbench import Workbench


def test_an_option_that_moves_one_share_alone_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ends = [{"zone": "*", "material": "stuff", "route": route, "share": "0.5"} for route in ("pit", "dump")]
    treated = [{"material": "stuff", "route": route, "factor": "1.5"} for route in ("pit", "dump")]
    options = [
        option("fine", "modes", "product=DRILL;mode=on", "rate", "*0.9"),
        option("alone", "end_of_life", "zone=*;material=stuff;route=pit", "share", "*0.05"),
    ]
    rows = tables(options=options, end_of_life=ends, treatments=treated)
    for name in ("lifetimes", "use_profiles"):
        rows[name] = [row for row in rows[name] if row.get("lifetime") != "long" and row.get("use_profile") != "heavy"]
    write_catalog(tmp_path / "c", SETTINGS, rows)
    assert command("check", tmp_path / "c", "--json") == 0
    problems = json.loads(capsys.readouterr().out)["problems"]
    [told] = [problem for problem in problems if "with the option" in problem["what"]]
    with pytest.raises(usephase.StudyError) as refused:
        usephase.compare(usephase.read_catalog(tmp_path / "c"), ["alone"], draws=16)
    [problem] = refused.value.problems
    assert (told["where"], told["what"], told["severity"]) == (problem.where, problem.what, "warning")
    assert "sum to 0.525" in told["what"]
    assert problem.where in {p.where for p in Workbench(tmp_path / "c", tmp_path / "results").warnings}
