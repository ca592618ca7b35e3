"""A number explained: the tree multiplies out, adds up to the figure, and names the cells of the register."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import usephase
from tests.laws.catalogs import run_of
from tests.laws.everything import everything
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.cli import main
from usephase.errors import StoreError, StudyError
from usephase.faces.catalog import Catalog
from usephase.insight.quality.explain import Node, explain
from usephase.report.language import language
from usephase.report.tree import branch
from usephase.results.run import Run

DRILL = Path(__file__).parents[1] / "cases" / "drill"


def adds_up(node: Node) -> None:
    """Hold every node against its children, and every line against its factors."""
    if node.kind == "line":
        assert math.prod(term.value for term in node.terms) / 1000 == pytest.approx(node.t, rel=1e-9)
    elif node.children:
        size = sum(abs(child.t) for child in node.children)
        assert math.fsum(child.t for child in node.children) == pytest.approx(node.t, rel=1e-9, abs=1e-9 * size)
    for child in node.children:
        adds_up(child)


def tried(run: Run) -> None:
    for ledger in ("total", "category_11", "category_12"):
        for at in ("mean", "best_estimate"):
            if len(run.select(ledger)):
                node = explain(run, ledger, at=at, products=100)
                assert node.t == pytest.approx(float(run.figure(ledger)[at]), rel=1e-12)
                adds_up(node)
                # At best estimates everything multiplies out: nothing is left over.
                assert at == "mean" or not any(child.kind == "rest" for child in node.children)


def test_trees_add_up_where_everything_is_at_work() -> None:
    tried(run_of(*everything()))


@pytest.mark.parametrize("seed", some(2, 30))
def test_trees_of_random_catalogs_add_up(seed: int) -> None:
    tried(run_of(*random_catalog(np.random.default_rng(seed))))


@pytest.fixture(scope="module")
def run() -> Run:
    return usephase.estimate(usephase.read_catalog(DRILL), draws=64)


def test_a_line_is_the_one_of_the_catalog_s_cells(run: Run) -> None:
    node = explain(run, "category_11:product=DRILL", at="best_estimate")
    drilling = next(part for part in node.children[0].children if part.group == "drilling")
    line = next(one for one in drilling.children if (one.group, one.segment) == ("EU", "home"))
    terms = {term.name: term for term in line.terms}
    # 40,000 sold in the EU, 80 % of them to homes.
    assert terms["units"].value == 32000
    assert [cell.value for cell in terms["units"].cells] == ["40000", "0.8"]
    assert {cell.table for cell in terms["factor"].cells} == {"zones", "grid", "settings"}
    assert terms["factor"].cells[-1].column == "scenario"
    assert {cell.row for cell in terms["years"].cells} == {"lifetime=drill_home"}
    assert {cell.column for cell in terms["quantity"].cells} == {
        "rate", "load", "efficiency", "amount", "annual_use_change",
    }  # fmt: skip


def cells_of(node: Node) -> set[tuple[str, str, str]]:
    """Name the cells of a tree, but for the grid scenario."""
    mine = {(cell.table, cell.row, cell.column) for term in node.terms for cell in term.cells}
    return {
        cell for cell in mine.union(*map(cells_of, node.children)) if cell[0] != "settings" or cell[2] != "scenario"
    }


def written(folder: Path, method: dict[str, str]) -> Catalog:
    settings, tables = everything()
    settings["method"] |= method
    return usephase.read_catalog(write_catalog(folder, settings, tables))


BOUNDARIES = [{"boundary": "minimum", "grid_basis": "frozen"}, {"boundary": "life_cycle", "grid_basis": "projected"}]


@pytest.mark.parametrize("method", BOUNDARIES)
def test_cells_are_those_of_the_boundary_and_of_archetypes(tmp_path: Path, method: dict[str, str]) -> None:
    found = usephase.estimate(written(tmp_path, method), draws=2)
    node = explain(found, at="best_estimate", products=9)
    columns = {(table, column) for table, _, column in cells_of(node)}
    wide = method["boundary"] == "life_cycle"
    for cell in (("carriers", "upstream"), ("grid", "upstream"), ("zones", "loss")):
        assert (cell in columns) == wide
    assert ("zones", "trend") in columns if wide else ("zones", "trend") not in columns
    assert not columns & {("treatments", "avoided"), ("treatments", "biogenic"), ("carriers", "biogenic")}
    of_kinds = explain(found, "total:product=E", at="best_estimate")
    assert {table for table, _, _ in cells_of(of_kinds)} >= {
        "archetype_modes",
        "archetype_lives",
        "archetype_materials",
    }
    assert ("archetype_lives", "archetype=driller;user=home", "mean") in cells_of(of_kinds)
    # Means are of all grid scenarios, a best estimate of the likeliest: brisk, by its weight.
    for at, scenarios in (("mean", {"brisk", "calm"}), ("best_estimate", {"brisk"})):
        its = cells_of(explain(found, at=at, products=9))  # type: ignore[arg-type]
        assert {part for _, row, _ in its for part in ("brisk", "calm") if f"scenario={part};" in row} == scenarios


@pytest.mark.deep
@pytest.mark.parametrize("method", BOUNDARIES)
def test_a_cell_is_named_if_and_only_if_it_moves_the_figure(tmp_path: Path, method: dict[str, str]) -> None:
    """Each cell that can be changed alone, a twentieth more or 0.01 off."""
    catalog = written(tmp_path, method)
    found = usephase.estimate(catalog, draws=2)
    named, before = cells_of(explain(found, at="best_estimate", products=9)), found.figure("total")["best_estimate"]
    tried = set()
    for table, row, column, value in found.register[["table", "row", "column", "value"]].itertuples(index=False):
        for step in ("+0.01",) if value == "0" else ("*1.05", "*0.95"):
            try:
                moved = usephase.estimate(catalog.with_edits({f"{table}:{row}:{column}": step}), draws=2)
            except usephase.CatalogError:
                continue  # one of shares that add up, or of the reference
            tried.add((table, row, column))
            after = moved.figure("total")["best_estimate"]
            assert (abs(after - before) > 1e-13 * before) == ((table, row, column) in named), (table, row, column)
            break
    assert len(tried) > 0.8 * len(found.register)


def test_a_folder_that_is_no_run_is_told_what_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine" / "one").mkdir(parents=True)
    run.save(tmp_path / "mine" / "one" / "run.h5")
    for place in (tmp_path, tmp_path / "mine"):
        with pytest.raises(StoreError, match=r"1 run: name one, such as the newest, .*one"):
            usephase.open_run(place)
    with pytest.raises(StoreError, match="compute it with `usephase run"):
        usephase.open_run(DRILL)


def test_parts_of_a_sum_are_explained(run: Run) -> None:
    for figure in ("total:region=USA", "category_11:mode=drilling", "category_12:material=plastic", "total:segment=pro",
                   "total:family=Drills"):  # fmt: skip
        node = explain(run, figure, at="best_estimate")
        adds_up(node)
        assert not [child for child in node.children if child.kind in ("rest", "joint")], figure


@pytest.mark.parametrize(
    ("figure", "said"),
    [("total:component=generation", "no sum of lines"), ("avoided", "no sum of lines"),
     ("total:product=SAW", "use one of: DRILL"), ("total:product=Dril", "did you mean DRILL"),
     ("total:region=Mars", "use one of: EU, USA"), ("total:mode=drilling", "ask for category_11"),
     ("much", "no ledger")],
)  # fmt: skip
def test_what_cannot_be_explained_is_refused(run: Run, figure: str, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        explain(run, figure)


@pytest.mark.parametrize("code", ["en", "vi"])
def test_the_tree_has_words(run: Run, code: str) -> None:
    made = branch(explain(run), "mean", language(code))
    assert made.children
    assert " × " in made.children[0].children[0].children[0].formula


def test_the_command_prints_the_tree_and_gives_it_as_json(run: Run, tmp_path: Path) -> None:
    run.save(tmp_path / "run.h5")
    shown = CliRunner().invoke(main, ["explain", str(tmp_path), "total:product=DRILL"])
    assert shown.exit_code == 0, shown.output
    assert "12,000 units ×" in shown.output
    assert "60000 units: units sold: Brushed drill 18 V, United States, 20" in " ".join(
        shown.output.replace("│", " ").split()
    )
    whole = CliRunner().invoke(main, ["explain", str(tmp_path), "total:product=DRILL", "--full"])
    assert len(shown.output.splitlines()) < 50 < len(whole.output.splitlines())
    assert "units sold: Brushed drill 18 V, United States, 2024 = 60000" in " ".join(
        whole.output.replace("│", " ").split()
    )
    found = json.loads(CliRunner().invoke(main, ["explain", str(tmp_path), "--json"]).output)
    assert found["tree"]["t"] == float(run.figure("total")["mean"])
