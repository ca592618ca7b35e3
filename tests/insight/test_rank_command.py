"""`usephase rank`: a catalog, a run's folder, a product in a formula."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import openpyxl
import pandas as pd
import pytest

import usephase
from tests.insight.test_rank_sobol import small
from tests.laws import catalogs
from tests.report.html_reader import read
from usephase.cli import main
from usephase.insight.sensitivity.exact.simplify import simplify
from usephase.report.folders.run import write_run
from usephase.report.terminal.ranking import print_ranking

PRODUCTS = [
    {"product": "+P", "rate": "50 */ 2", "units": "100 */ 1.02", "family": "Fans"},
    {"product": "Q", "rate": "20 */ 1.3", "family": "Fans"},
]


def command(*arguments: object) -> Any:
    line = list(map(str, arguments))
    with patch.object(sys, "argv", ["usephase", *line]), pytest.raises(SystemExit) as stopped:
        main(line)
    return stopped.value.code


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("written")
    run = usephase.estimate(small(made, PRODUCTS, level="1 */ 1.5"), draws=256, seed=5)
    return write_run(run, made / "results", code="vi")


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A run's folder of one's own."""
    return Path(shutil.copytree(written, tmp_path / "results" / "small" / written.name))


def test_a_run_gets_its_ranking(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "run.h5").read_bytes()
    assert command("rank", folder, "--draws", 256, "--json", "--top", 2) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["seed"] == 5
    assert len(answer["rows"]) == 2
    assert (folder / "run.h5").read_bytes() == before
    stored = json.loads((folder / "ranking.json").read_text())
    assert stored["rows"][:2] == answer["rows"]
    assert len(stored["rows"]) == 4
    rows = pd.read_csv(folder / "ranking.csv")
    np.testing.assert_allclose(rows["st"], [row["st"] for row in stored["rows"]])
    for name in ("ranking", "tornado", "cumulative"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert b"<svg" in (folder / f"{name}.svg").read_bytes()[:1000]


def test_its_page_and_workbook_show_the_ranking(folder: Path) -> None:
    assert command("rank", folder, "--draws", 256, "--quiet") == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert '<html lang="vi">' in page
    root = read(page)
    assert "product=+P;mode=on" in root.one(id="ranking").text()
    assert root.one(id="measure")
    book = openpyxl.load_workbook(folder / "inventory.xlsx")
    header = [cell.value for cell in book["Ranking"][4]]
    first = dict(zip(header, (cell.value for cell in book["Ranking"][5]), strict=True))
    stored = json.loads((folder / "ranking.json").read_text())
    lead = stored["rows"][0]
    assert (first["Table"], first["Row"], first["Column"]) == (lead["table"], lead["row"], lead["column"])
    assert first["ST"] == pytest.approx(lead["st"])
    assert first["Cumulative share"] == pytest.approx(lead["share_of_variance"])
    last = book["Measure next"].max_row
    assert [c.value for c in book["Measure next"][last]][:2] == ["source", None]


def test_a_page_written_again_keeps_the_ranking(folder: Path) -> None:
    assert command("rank", folder, "--draws", 256, "--quiet") == 0
    assert command("report", folder, "--language", "en", "--quiet") == 0
    assert read((folder / "report.html").read_text(encoding="utf-8")).one(id="ranking")


def test_a_run_without_a_ranking_has_none(folder: Path) -> None:
    assert "Ranking" not in openpyxl.load_workbook(folder / "inventory.xlsx").sheetnames
    assert 'id="ranking"' not in (folder / "report.html").read_text(encoding="utf-8")


def test_a_catalogs_ranking_goes_where_it_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small(tmp_path, PRODUCTS)
    out = tmp_path / "out"
    assert command("rank", tmp_path / "small", "--draws", 128, "--method", "given_data", "--out", out) == 0
    told = capsys.readouterr()
    assert "alone (S1)" in told.out
    assert "ranking.json" in told.err
    # Without total-order indices there is no picture of them, nor of shares of the variance.
    assert {path.name for path in out.iterdir()} == {"ranking.json", "ranking.csv"}


def test_an_exact_ranking_shows_no_intervals_and_a_sampled_one_its_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small(tmp_path, PRODUCTS, level="1 */ 1.5")
    out = tmp_path / "out"
    assert command("rank", tmp_path / "small", "--method", "closed_form", "--out", out, "--quiet") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "95 %" not in told
    assert "exact: the figure multiplies out into 2 products of independent cells" in told
    assert (out / "ranking.svg").exists()
    assert command("rank", tmp_path / "small", "--quiet") == 0
    assert re.search(r"2,048 draws \([\d,]+ for the first 4 cells\), seed", " ".join(capsys.readouterr().out.split()))


def test_one_product_in_a_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small(tmp_path, PRODUCTS, level="1 */ 1.5")
    assert command("rank", tmp_path / "small", "--simplify", "+P", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["figure"] == "total:product=+P"
    assert [row["column"] for row in answer["kept"]] == ["rate", "level"]
    assert answer["fixed"] == 1
    # 10 years · 1000 h · 0.5 kg/kWh · 100 units: 0.5 t a watt, both to the first power.
    assert answer["constant"] == pytest.approx(0.5, rel=0.01)
    assert [row["exponent"] for row in answer["exponents"]] == pytest.approx([1, 1])
    assert 0 < answer["lost_variance"] < 0.01
    assert command("rank", tmp_path / "small", "--simplify", "+P") == 0
    told = capsys.readouterr().out
    assert "f ≈ 0.5" in told
    assert "1 more cells with an effect are fixed" in told


def test_a_figure_without_variance_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small(tmp_path, PRODUCTS)
    assert command("rank", tmp_path / "small", "--of", "category_12", "--draws", "64", "--quiet") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "category_12 is the same in all draws: it has no variance to divide" in told
    assert "n/a" not in told


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--simplify", "NONE"), 3), (("--simplify", "Q", "--of", "category_12"), 3),
        (("--simplify", "Q", "--of", "total:family=Fans"), 2),
    ],
)  # fmt: skip
def test_what_cannot_be_simplified_is_refused(
    arguments: tuple[str, ...], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small(tmp_path, PRODUCTS)
    assert command("rank", tmp_path / "small", *arguments, "--json") == code
    assert json.loads(capsys.readouterr().out)["problems"]


def test_correlated_cells_are_in_the_formula_one_by_one(tmp_path: Path) -> None:
    tied = [
        {"group": "pair", "table": "modes", "row": "product=P;mode=on", "column": "rate", "correlation": "0.7"},
        {"group": "pair", "table": "sales", "row": "product=P;region=Here;year=2024", "column": "units",
         "correlation": "0.7"},
    ]  # fmt: skip
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 2", "units": "100 */ 1.5"}], correlations=tied)
    found = simplify(catalog, "P", draws=256)
    assert found.kept["row"].tolist() == ["group=pair"]
    assert found.lost_variance == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose([term.values[0] for term in found.terms], [1, 1], atol=1e-9)
    assert "product=P;mode=on rate]^1.00" in found.formula


def test_a_shared_guess_among_the_first_rows_names_its_cells_and_what_takes_their_place(capsys: Any) -> None:
    tables = {
        "products": [{"product": name, "archetype": name} for name in ("drill_cordless", "chainsaw_battery")],
        "sales": [{"product": name, "region": "DEU", "year": "2024", "units": "1000"}
                  for name in ("drill_cordless", "chainsaw_battery")],
    }  # fmt: skip
    settings = {"catalog": {"name": "Own", "reporting_year": 2024}}
    ranking = usephase.rank(catalogs.read(settings, tables), draws=128)
    first = ranking.rows["row"].iloc[0]
    assert first == "group=guess:archetype_modes:amount:outdoor, professional"
    [note] = [note for note in ranking.notes if note.startswith(f"`{first.removeprefix('group=')}`")]
    assert "archetype=chainsaw_battery;mode=sawing_professional;user=professional" in note
    assert "rows of a product's own in use_profiles do" in note
    print_ranking(ranking)
    shown = " ".join(capsys.readouterr().out.split())
    assert "shared guess: hours or cycles of use" in shown
    assert "correlations guess" not in shown
