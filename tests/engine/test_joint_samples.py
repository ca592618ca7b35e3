"""Joint samples: cells that name one take the same row in a draw, whatever reads, changes or ranks them."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.twin import evaluate
from usephase.catalog.table import Catalog
from usephase.engine.run.estimate import cell_draws
from usephase.engine.run.reproduce import reproduce
from usephase.errors import CatalogError
from usephase.insight.quality.guesses import weigh
from usephase.sampling.design import make_design
from usephase.sampling.distributions.sample import sample_stream

ROWS = [("mean", "shape", "kw"), ("12", "2", "0.3"), ("8", "3", "0.1"), ("10", "2.5", "0.4"), ("8", "1.5", "0.2")]
# Sorted by all columns in the order of their names: kw, then mean, then shape.
SORTED = [(8.0, 3.0, 0.1), (8.0, 1.5, 0.2), (12.0, 2.0, 0.3), (10.0, 2.5, 0.4)]
LIFE = ("lifetimes", "lifetime=life", "mean"), ("lifetimes", "lifetime=life", "shape")
RATE = ("modes", "product=P;mode=on", "rate")
SETTINGS: dict[str, Any] = {
    "catalog": {"name": "Joint", "reporting_year": 2024},
    "method": {"grid_basis": "projected", "boundary": "minimum"},
    "grid": {"scenarios": {"flat": 1.0}},
}


def tables_of(**changes: Any) -> dict[str, list[dict[str, str]]]:
    return {
        "products": [{"product": p, "use_profile": "use", "lifetime": "life"} for p in "PQ"],
        "modes": [
            {"product": "P", "mode": "on", "carrier": "electricity", "rate": "sample(fit, kw) kW"},
            {"product": "Q", "mode": "on", "carrier": "electricity", "rate": "100 */ 1.5 W"},
        ],
        "use_profiles": [{"use_profile": "use", "mode": "on", "amount": "100 h/year"}],
        "lifetimes": [{"lifetime": "life", "mean": "sample(fit, mean)", "shape": "sample(fit, shape)"}],
        "sales": [{"product": p, "region": "Here", "year": "2024", "units": "1000"} for p in "PQ"],
        "zones": [{"zone": "Here", "loss": "0"}],
        "grid": [{"zone": "Here", "scenario": "flat", "year": "2000", "intensity": "0.5"}],
        **changes,
    }


def folder_of(
    folder: Path, rows: list[tuple[str, ...]] = ROWS, settings: dict[str, Any] = SETTINGS, **changes: Any
) -> Path:
    write_catalog(folder, settings, tables_of(**changes))
    (folder / "samples").mkdir()
    (folder / "samples" / "fit.csv").write_text("".join(",".join(row) + "\n" for row in rows))
    return folder


def catalog_of(folder: Path, *arguments: Any, **changes: Any) -> Catalog:
    return usephase.read_catalog(folder_of(folder, *arguments, **changes))


def refused(folder: Path, *arguments: Any, **changes: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(CatalogError) as caught:
        catalog_of(folder, *arguments, **changes)
    return [(p.where, p.what, p.fix) for p in caught.value.problems if p.severity == "error"]


def test_all_cells_of_a_sample_take_one_row(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path / "c", settings=SETTINGS | {"dependence": {"modes.rate": 0.5, "lifetimes.mean": 0.4}})
    held = cell_draws(catalog, draws=256)
    u = make_design("quasi", 1, 256).uniforms(sample_stream("fit"), 0, 0, 256)
    expected = np.array(SORTED)[np.floor(4 * u).astype(int)]
    for column, address in enumerate((*LIFE, RATE)):
        np.testing.assert_allclose(held[address], expected[:, column] * (1000 if address == RATE else 1), rtol=1e-15)
    assert {tuple(row) for row in expected} == set(SORTED)
    assert ("dependence", "lifetimes.mean", "") not in held or len(catalog["lifetimes"]) == 1
    listed = usephase.estimate(catalog, draws=2).register.set_index(["table", "row", "column"])
    assert (listed.loc[RATE, "value"], listed.loc[RATE, "best_estimate"]) == ("sample(fit, kw) kW", 250.0)
    # The medians of the columns, and percentiles between ordered values.
    assert [listed.loc[address, "best_estimate"] for address in LIFE] == [9.0, 2.25]
    assert listed.loc[LIFE[0], "high"] == pytest.approx(np.quantile([8, 8, 10, 12], 0.975))


def test_a_joint_sample_keeps_its_correlation(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    kw, mean = np.exp(rng.multivariate_normal([-1, 2], [[0.04, -0.03], [-0.03, 0.09]], 2000)).T
    rows = [("kw", "mean", "shape"), *((repr(float(a)), repr(float(b)), "2") for a, b in zip(kw, mean, strict=True))]
    held = cell_draws(catalog_of(tmp_path / "c", rows), draws=8192)
    found = np.corrcoef(held[RATE], held[LIFE[0]])[0, 1]
    assert found == pytest.approx(np.corrcoef(kw, mean)[0, 1], abs=0.01)


def test_the_twin_draws_the_same_and_a_run_reproduces(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path / "c")
    run = usephase.estimate(catalog, draws=16)
    numbers = cell_draws(catalog, draws=16)
    for index in range(4):
        figures, _ = evaluate(SETTINGS, tables_of(), lambda *a, i=index: float(numbers[a][i]), "flat")
        ours = run.draws("total").iloc[0, index]
        assert ours == pytest.approx(figures["total", "projected", "minimum", None, "total", "total"], rel=1e-8)
    run.save(tmp_path / "run.h5")
    again = usephase.open_run(tmp_path / "run.h5")
    assert "samples/fit.csv" in again.files
    assert reproduce(again).identical
    assert usephase.estimate(catalog, draws=16, kernel="numba").figures.equals(run.figures.assign())
    assert weigh(usephase.estimate(catalog, draws=2048), catalog).common_errors["group"].tolist()


def test_parquet_and_workbook_say_the_same(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "c")
    expected = usephase.estimate(usephase.read_catalog(folder), draws=16).figures
    (folder / "samples" / "fit.csv").unlink()
    frame = pd.DataFrame(ROWS[1:], columns=list(ROWS[0])).astype(float)
    frame.sample(frac=1, random_state=1)[["shape", "kw", "mean"]].to_parquet(
        folder / "samples" / "fit.parquet", index=False
    )
    assert usephase.estimate(usephase.read_catalog(folder), draws=16).figures.equals(expected)
    book, data = openpyxl.Workbook(), io.BytesIO()
    sheets: dict[str, list[list[Any]]] = {
        name: [list(columns := dict.fromkeys(key for row in rows for key in row)),
               *([row.get(column, "") for column in columns] for row in rows)]
        for name, rows in tables_of().items()
    }  # fmt: skip
    sheets["catalog"] = [["setting", "value"], ["catalog.name", "Joint"], ["catalog.reporting_year", 2024],
                         ["grid.scenarios.flat", 1]]  # fmt: skip
    sheets["samples_fit"] = [list(ROWS[0]), *(list(map(float, row)) for row in ROWS[1:])]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(data)
    (tmp_path / "book.xlsx").write_bytes(data.getvalue())
    made = usephase.read_catalog(tmp_path / "book.xlsx")
    assert usephase.estimate(made, draws=16).figures.equals(expected)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("sample(fot, mean)", ["no joint sample `fot`", "`sample(fit, mean)`"]),
        ("sample(fit, men)", ["no column `men`", "`sample(fit, mean)`"]),
        ("sample(other, mean)", ["no joint sample `other`", "samples/other.csv"]),
        ("sample(fit)", ["named by two names", "sample(NAME, column)"]),
    ],
)
def test_a_sample_that_is_not_there_is_refused_by_place(cell: str, says: list[str], tmp_path: Path) -> None:
    life = [{"lifetime": "life", "mean": cell}]
    [(where, what, fix)] = refused(tmp_path / "c", lifetimes=life)
    assert where == "lifetimes.csv:2:mean"
    assert says[0] in f"{what} {fix}"
    assert says[1] in fix


def test_what_is_no_number_in_a_sample_is_refused_by_place_and_once(tmp_path: Path) -> None:
    rows = [ROWS[0], ("12", "n/a", "0.3"), ("", "2", "0.2"), ROWS[3]]
    found = refused(tmp_path / "c", rows)
    assert [(where, what) for where, what, _ in found] == [
        ("samples/fit.csv:3:mean", "the cell is empty"), ("samples/fit.csv:2:shape", "`n/a` is not a number"),
    ]  # fmt: skip


def test_a_folder_of_samples_that_leads_elsewhere_is_not_read(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "c")
    (folder / "samples").rename(tmp_path / "elsewhere")
    (folder / "samples").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CatalogError, match="leads out of the catalog's folder"):
        usephase.read_catalog(folder)


def test_the_range_holds_for_a_sample(tmp_path: Path) -> None:
    rows = [ROWS[0], *(("10", "2", "0.3") for _ in range(199)), ("-1", "2", "0.3")]
    catalog = catalog_of(tmp_path / "c", rows)
    assert any("0.5 % of the distribution lies outside" in str(warning) for warning in catalog.warnings)
    assert set(cell_draws(catalog, draws=512)[LIFE[0]]) == {10.0}
    [(where, what, _)] = refused(tmp_path / "d", [*rows[:20], *rows[-1:]])
    assert (where, "5 % of the distribution" in what) == ("lifetimes.csv:2:mean", True)


def test_a_ranking_takes_a_sample_for_one_unknown(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path / "c")
    ranking = usephase.rank(catalog, draws=256)
    rows = {(r.table, r.row): r for r in ranking.rows.itertuples()}
    assert rows.keys() == {("samples", "sample=fit"), ("modes", "product=Q;mode=on")}
    assert rows["samples", "sample=fit"].cells == 3
    assert any("3 cells of the joint sample 'fit' are ranked as one" in note for note in ranking.notes)
    # T = life · (kW P + kW Q): the row alone, and Q's rate alone, from the four states and the moments of a lognormal.
    life, _, kw = np.array(SORTED).T
    m, v = 0.1 * np.exp(s2 := (np.log(1.5) / 1.959964) ** 2 / 2), 0.01 * np.expm1(2 * s2) * np.exp(2 * s2)
    alone, rest = np.var(life * (kw + m)), np.mean(life**2) * v
    assert rows["samples", "sample=fit"].s1 == pytest.approx(alone / (alone + rest), abs=0.03)


def test_an_option_may_name_a_sample(tmp_path: Path) -> None:
    row = {"table": "modes", "row": "product=Q;mode=on", "column": "rate"}
    options = [{"option": "new", **row, "value": "sample(fit, kw) kW"}, {"option": "half", "table": "modes",
               "row": "product=P;mode=on", "column": "rate", "value": "*0.5"}]  # fmt: skip
    catalog, of = catalog_of(tmp_path / "c", options=options), ("category_11", "product")
    found = usephase.compare(catalog, ["base", "new", "half"], draws=64).to_document()
    means = {(f["option"], f["group"]): f["mean"] for f in found["figures"] if (f["ledger"], f["by"]) == of}
    assert means["new", "Q"] == pytest.approx(means["base", "P"], rel=1e-12)
    assert means["half", "P"] == pytest.approx(means["base", "P"] / 2, rel=1e-12)


def test_the_grids_own_cells_and_the_settings_may_name_a_sample(tmp_path: Path) -> None:
    """The level of all grids, and the intensities of a path's two years: rows 0.1, 0.2, 0.3, 0.4 of kW as drawn."""
    grid = [{"zone": "Here", "scenario": "flat", "year": year, "intensity": "sample(fit, kw)"} for year in
            ("2000", "2030")]  # fmt: skip
    settings = SETTINGS | {"grid": {**SETTINGS["grid"], "level": "sample(fit, kw)"}}
    catalog = catalog_of(tmp_path / "c", ROWS, settings, grid=grid)
    held = cell_draws(catalog, draws=64)
    level = held["settings", "grid", "level"]
    assert set(level) == {0.1, 0.2, 0.3, 0.4}
    for year in ("2000", "2030"):
        np.testing.assert_array_equal(held["grid", f"zone=Here;scenario=flat;year={year}", "intensity"], level)
    run = usephase.estimate(catalog, draws=64)
    # P: units · life · hours · kW · intensity · level, all of one row but for Q's rate.
    [ours] = run.draws("category_11", by="product").loc[["P"]].to_numpy()
    np.testing.assert_allclose(ours, 1000 * held[LIFE[0]] * 100 * held[RATE] / 1000 * level**2 / 1000, rtol=1e-9)
    with pytest.raises(CatalogError, match="no joint sample `fot`"):
        catalog_of(tmp_path / "d", ROWS, settings | {"grid": {**SETTINGS["grid"], "trend": "sample(fot, kw)"}})


def test_a_sample_that_no_cell_names_is_said(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "c")
    (folder / "samples" / "spare.csv").write_text("mean,shape\n1,2\n")
    (folder / "samples" / "loose.csv").write_text("x\n1\n")
    options = 'option,table,row,column,value\nnew,modes,product=Q;mode=on,rate,"sample(loose, x)"\n'
    (folder / "options.csv").write_text(options)
    said = [(p.where, p.what) for p in usephase.read_catalog(folder).warnings if "joint sample" in p.what]
    assert said == [("samples/spare.csv", "no cell names the joint sample `spare`")]
