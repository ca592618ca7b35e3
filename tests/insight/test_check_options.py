"""`usephase check` warns of options that `compare` refuses, at the row that `compare` names."""

import json
from pathlib import Path

import pytest

import usephase
from tests.insight.compare_catalogs import SETTINGS, option, tables
from tests.insight.test_rank_command import command
from tests.laws.catalogs import read
from tests.reference.folder import write_catalog
from usephase.catalog.resolve import resolve
from usephase.errors import CatalogError
from usephase.insight.comparison.choice import faulty_options
from usephase.serve.workbench import Workbench


def said_of(*options: dict[str, str]) -> dict[str, str]:
    catalog = read(SETTINGS, tables(options=[*options]))
    told = (*catalog.warnings, *faulty_options(resolve(catalog)))
    return {problem.where: f"{problem.what} → {problem.fix}" for problem in told if problem.where.startswith("options")}


STEPS = [
    ("*0,9", "`*0.9`"), ("*90%", "`*0.9`"), ("x0.9", "`*0.9`"), ("×0.9", "`*0.9`"), ("/2", "`*0.5`"),
    ("-10%", "`*0.9` for 10 % less"), ("+5 %", "`*1.05` for 5 % more"), ("90%", "`*0.9` for that part of the base"),
    ("-20", "`+-20` for a step down"), ("0,4 kW", "`0.4 kW`"), ("2 PS", "`1.4709975 kW` (1 PS = 0.73549875 kW)"),
    ("*(0.9)", "`*0.9`"),
]  # fmt: skip


def test_a_step_as_people_write_it_gets_the_step() -> None:
    """What is proposed is itself accepted, and not only changed in its letters."""
    made = [option(f"o{i}", "modes", "product=DRILL;mode=on", "rate", value) for i, (value, _) in enumerate(STEPS)]
    rows = tables(options=made)
    with pytest.raises(CatalogError) as refused:
        read(SETTINGS, rows)
    found = {problem.where: problem.fix for problem in refused.value.problems if problem.severity == "error"}
    assert found == {f"options.csv:{i}:value": f"write {fix}" for i, (_, fix) in enumerate(STEPS, 2)}
    for row, (_, fix) in zip(made, STEPS, strict=True):
        row["value"] = fix.split("`")[1]
    read(SETTINGS, tables(options=made))


@pytest.mark.parametrize("value", ["*1", "+0", "500 ± 20%", "0.5 kW ± 20%"])
def test_what_leaves_a_cell_as_it_is_is_said(value: str) -> None:
    said = said_of(option("o", "modes", "product=DRILL;mode=on", "rate", value))
    assert "changes nothing" in said["options.csv:2:value"]
    assert not said_of(option("o", "modes", "product=DRILL;mode=on", "rate", "*0.9"))


def test_a_number_of_an_option_is_held_against_the_same_bands() -> None:
    for value in ("*100000", "90000 kW"):
        said = said_of(option("o", "modes", "product=DRILL;mode=on", "rate", value))
        assert "with the option `o`:" in said["options.csv:2:value"]
        assert "the most that is believed" in said["options.csv:2:value"]
    life = option("long", "lifetimes", "lifetime=tool", "mean", "*100")
    rate = option("strong", "modes", "product=DRILL;mode=on", "rate", "*100000")
    said = said_of(life, rate)
    assert "with the option `long`" in said["options.csv:2:value"]
    assert "with the option `strong`" in said["options.csv:3:value"]


def test_an_option_for_what_is_not_sold_is_said_so() -> None:
    rows = tables()
    rows["products"].append({**rows["products"][0], "product": "SPARE"})
    rows["modes"].append({**rows["modes"][0], "product": "SPARE"})
    for column, value in (("rate", "*0.9"), ("carrier", "petrol")):
        rows["options"] = [option("o", "modes", f"product=SPARE;mode={rows['modes'][0]['mode']}", column, value)]
        [said] = faulty_options(resolve(read(SETTINGS, rows)))
        assert (said.where, said.severity) == ("options.csv:2:row", "warning")
        assert "no product that it changes is sold in 2024 (`SPARE`)" in said.what


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


def test_a_row_that_an_option_adds_is_held_against_the_bands() -> None:
    profile = option("turbo", "use_profiles", "use_profile=diy;mode=turbo", "+", "amount=5 h/year")
    for rate, slip in (("350 kW", True), ("350 W", False)):
        new = option("turbo", "modes", "product=DRILL;mode=turbo", "+", f"carrier=electricity; rate={rate}")
        rows = tables(options=[new, profile])
        rows["products"][0]["name"] = "Akkuschrauber"
        catalog = read(SETTINGS, rows)
        asked = [p for p in catalog.warnings if "with the option" in p.what]
        assert [p.where for p in asked] == ["options.csv:2:value"] * slip
        assert all("350 kW looks like W, written as kW: 350 W" in p.fix for p in asked)
