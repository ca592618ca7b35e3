import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from tests.results.make_run import make_run
from usephase.errors import StudyError
from usephase.results.content import FIGURE_COLUMNS, STATISTICS


@pytest.fixture(scope="module")
def run():
    return make_run()


def test_figure_takes_the_headline_when_nothing_is_said(run):
    row = run.figure("category_11")
    assert (row["grid_basis"], row["boundary"], row["phase"]) == ("projected", "minimum", "direct")
    frozen = run.figure("category_11", grid_basis="frozen")
    assert frozen["mean"] == pytest.approx(1.3 * row["mean"], rel=1e-12)


def test_labels_that_make_no_difference_match_whatever_is_asked(run):
    plain = run.figure("category_12")
    asked = run.figure("category_12", grid_basis="frozen", boundary="life_cycle")
    assert plain["mean"] == asked["mean"]


def test_optional_phases_are_found_apart(run):
    direct, indirect = run.figure("category_11"), run.figure("category_11", phase="indirect")
    assert indirect["mean"] == pytest.approx(0.05 * direct["mean"], rel=1e-12)


def test_an_unknown_group_is_refused_with_those_there_are(run):
    with pytest.raises(StudyError, match="Saws, Vacuums, Mowers"):
        run.figure("category_11", "family", "Trucks")


def test_an_unknown_grouping_is_refused_with_those_there_are(run):
    with pytest.raises(StudyError, match="category_11 by product"):
        run.draws("category_11", by="colour")


def test_draws_are_labelled_and_reproduce_the_figures(run):
    draws = run.draws("total")
    assert list(draws.index) == ["total"]
    assert draws.index.name == "group"
    assert draws.columns.name == "draw"
    assert draws.loc["total"].mean() == pytest.approx(run.figure("total")["mean"], rel=1e-12)
    assert np.quantile(draws.loc["total"], 0.975) == run.figure("total")["p97_5"]


def test_draws_of_other_bases_are_those_figures_draws(run):
    draws = run.draws("category_11", grid_basis="frozen", boundary="life_cycle")
    figure = run.figure("category_11", grid_basis="frozen", boundary="life_cycle")
    assert draws.loc["total"].mean() == pytest.approx(figure["mean"], rel=1e-12)


def test_draws_are_found_whatever_the_index_of_the_figures(run):
    figures = run.figures.set_axis([f"row {i}" for i in range(len(run.figures))])
    relabelled = dataclasses.replace(run, figures=figures)
    pd.testing.assert_frame_equal(relabelled.draws("total"), run.draws("total"))


def test_draws_that_were_not_stored_say_how_to_store_them(run):
    with pytest.raises(StudyError, match="--store-draws"):
        run.draws("category_11", by="family")


def test_document_has_the_keys_of_the_interface(run):
    document = run.to_document("results/tools/20250304-050607-abcdef")
    assert list(document) == [
        "schema", "catalog", "reporting_year", "draws", "seed", "design", "unit", "headline", "scenarios",
            "scenario_share", "run", "figures",
        "service", "common_errors", "inputs",
    ]  # fmt: skip
    assert document["schema"] == "usephase.run/1"
    assert document["catalog"] == {"name": "Tools and vacuums", "sha256": "ab" * 32}
    assert document["unit"] == "t CO2e"
    assert document["headline"] == {"grid_basis": "projected", "boundary": "minimum"}
    assert document["run"] == "results/tools/20250304-050607-abcdef"
    assert len(document["figures"]) == len(run.figures)
    assert tuple(document["figures"][0]) == FIGURE_COLUMNS
    assert run.to_document()["run"] is None


def test_document_survives_json_bit_for_bit(run):
    document = run.to_document()
    again = json.loads(json.dumps(document, allow_nan=False))
    assert again == document
    for i, figure in enumerate(again["figures"]):
        for name in STATISTICS:
            assert figure[name] == run.figures[name].iloc[i]


def test_document_writes_null_where_a_label_makes_no_difference(run):
    waste = next(f for f in run.to_document()["figures"] if f["ledger"] == "category_12")
    assert waste["grid_basis"] is None
    assert waste["boundary"] is None
    assert waste["phase"] is None


def test_the_spread_of_a_single_draw_is_null_not_a_number():
    document = make_run(draws=1).to_document()
    assert {figure["sd"] for figure in document["figures"]} == {None}


def test_draws_of_other_groupings_are_dropped_on_demand(run):
    family = run.select("total", "family").index
    rows = np.append(run.sample_rows, [run.figures.index.get_loc(label) for label in family])
    samples = np.vstack([run.samples, np.ones((len(family), run.samples.shape[1]))])
    more = dataclasses.replace(run, samples=samples, sample_rows=rows)
    assert more.draws("total", by="family").shape == (3, 256)
    less = more.with_draws_of_totals()
    np.testing.assert_array_equal(less.sample_rows, run.sample_rows)
    np.testing.assert_array_equal(less.samples, run.samples)
