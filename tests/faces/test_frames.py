"""Catalogs from frames and back, edits, sweeps and pictures, as a notebook uses them."""

import doctest
import pickle
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import usephase
from tests.laws.everything import everything
from tests.reference.folder import write_catalog
from usephase.catalog.memory.frames import Uncertain
from usephase.faces import catalog as face

SETTINGS = {"name": "Fans", "reporting_year": 2024, "grid.scenarios": {"flat": 1.0}}


def fans(**changes: Any) -> dict[str, pd.DataFrame]:
    """1,000 fans that draw 20 kWh a year for 5 years at 0.5 kg/kWh: 50 t."""
    frames = {
        "products": pd.DataFrame({"product": ["FAN"], "lifetime": ["five"]}),
        "modes": pd.DataFrame({
            "product": ["FAN"], "mode": ["on"], "carrier": ["electricity"], "rate": ["20 ± 10%"],
            "rate_unit": ["kWh/year"],
        }),
        "lifetimes": pd.DataFrame({"lifetime": ["five"], "distribution": ["fixed"], "mean": [5]}),
        "sales": pd.DataFrame({"product": ["FAN"], "region": ["HERE"], "year": [2024], "units": [1000]}),
        "grid": pd.DataFrame({"zone": ["HERE"], "scenario": ["flat"], "year": [2024], "intensity": [0.5]}),
    }  # fmt: skip
    return {**frames, **changes}


@pytest.fixture(scope="module")
def catalog() -> usephase.Catalog:
    return usephase.Catalog.from_frames(fans(), SETTINGS)


def test_a_catalog_of_frames_is_computed(catalog: usephase.Catalog) -> None:
    assert usephase.estimate(catalog, draws=64).figure()["best_estimate"] == pytest.approx(50)
    assert repr(catalog) == "<Catalog Fans: 1 product, 1 row of sales, reporting year 2024>"
    assert isinstance(catalog, usephase.Catalog)
    assert usephase.reproduce(usephase.estimate(catalog, draws=16)).identical


def test_frames_go_out_and_come_back_with_every_figure(tmp_path: Any) -> None:
    settings, tables = everything()
    read = usephase.read_catalog(write_catalog(tmp_path / "c", settings, tables))
    again = usephase.Catalog.from_frames(read.to_frames(), settings)
    ours, theirs = (usephase.estimate(c, draws=32, by=["brand"]).figures for c in (read, again))
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    objects = usephase.Catalog.from_frames(read.to_frames(distributions=True), settings)
    pd.testing.assert_frame_equal(usephase.estimate(objects, draws=32, by=["brand"]).figures, ours, check_exact=True)


def test_uncertain_columns_are_objects_too(catalog: usephase.Catalog) -> None:
    rate = catalog.to_frames(distributions=True)["modes"]["rate"][0]
    assert isinstance(rate, Uncertain)
    assert (str(rate), rate.distribution, rate.best_estimate, rate.mean) == ("20 ± 10%", "normal", 20, 20)
    np.testing.assert_allclose(rate.quantile([0.025, 0.5, 0.975]), [18, 20, 22], rtol=1e-6)


@pytest.mark.parametrize("units", [1234.5, "1234.5", 1234])
def test_numbers_among_texts_mean_what_they_are(units: object) -> None:
    sales = pd.DataFrame({"product": ["FAN", "FAN"], "region": ["HERE", "HERE"], "year": [2024, 2023]})
    sales["units"] = pd.Series([units, "1000 ± 5%"], dtype=object)
    grid = fans()["grid"].assign(year=2023)
    made = usephase.Catalog.from_frames(fans(sales=sales, grid=grid), SETTINGS)
    assert usephase.estimate(made, draws=16).figure()["best_estimate"] == pytest.approx(50 * float(units) / 1000)  # type: ignore[arg-type]


def test_places_are_those_of_the_frame() -> None:
    sales = pd.DataFrame({"product": ["FAN"], "region": ["HERE"], "year": [2024], "units": [-3]}, index=["may"])
    with pytest.raises(usephase.CatalogError) as refused:
        usephase.Catalog.from_frames(fans(sales=sales), SETTINGS)
    errors = [problem for problem in refused.value.problems if problem.severity == "error"]
    assert [problem.where for problem in errors] == ["sales:may:units"]
    with pytest.raises(usephase.CatalogError) as refused:
        usephase.Catalog.from_frames(fans(salse=sales), SETTINGS)
    assert refused.value.problems[0].where == "salse"


def test_an_edit_gives_a_new_catalog_on_the_same_draws(catalog: usephase.Catalog) -> None:
    lighter = catalog.with_edits({"modes:product=FAN;mode=on:rate": "*0.9"})
    ours, theirs = (usephase.estimate(c, draws=64).draws("total").to_numpy() for c in (lighter, catalog))
    np.testing.assert_allclose(ours, 0.9 * theirs, rtol=1e-12)
    assert catalog.to_frames()["modes"]["rate"].tolist() == ["20 ± 10%"]
    with pytest.raises(usephase.CatalogError):
        catalog.with_edits({"modes:product=NO;mode=on:rate": "1"})
    with pytest.raises(usephase.StudyError):
        catalog.with_edits({"rate": "1"})


def test_a_sweep_is_paired_with_the_catalog(catalog: usephase.Catalog) -> None:
    found = usephase.sweep(catalog, "lifetimes:lifetime=five:mean", [4, 5, 10], draws=64)
    total = found[found["ledger"] == "total"].set_index("value")
    np.testing.assert_allclose(total["mean"] / total.loc[5, "mean"], [0.8, 1, 2], rtol=1e-12)
    assert total["probability_lower"].tolist() == [1, 0, 0]
    assert total.loc[5, ["difference", "difference_p2_5", "difference_p97_5"]].tolist() == [0, 0, 0]


def test_draws_are_labelled_arrays(catalog: usephase.Catalog) -> None:
    run = usephase.estimate(catalog, draws=32)
    data = run.to_xarray()
    np.testing.assert_array_equal(data["total"], run.draws("total").to_numpy()[0])
    assert data["category_11_by_region"].sel(region="HERE").shape == (32,)
    assert data["total"].attrs["units"] == "t CO2e"


def test_a_notebook_shows_pictures(catalog: usephase.Catalog, tmp_path: Any) -> None:
    run = usephase.estimate(catalog, draws=32)
    plot = run.plot.distribution()
    assert plot.svg.startswith("<svg")
    plot.save(tmp_path / "d.png")
    assert (tmp_path / "d.png").read_bytes().startswith(b"\x89PNG")
    assert "distribution" in dir(run.plot)
    with pytest.raises(AttributeError, match="distribution"):
        run.plot.nothing  # noqa: B018
    for shown in (run, catalog):
        assert len(repr(shown)) < 200
        assert "<" in shown._repr_html_()
    assert repr(pickle.loads(pickle.dumps(run))) == repr(run)


def test_answers_are_short_in_a_line_and_whole_in_a_notebook(catalog: usephase.Catalog) -> None:
    lighter = {"options": pd.DataFrame({"option": ["<b>"], "table": ["modes"], "row": ["product=FAN;mode=on"],
                                        "column": ["rate"], "value": ["*0.9"]})}  # fmt: skip
    compared = usephase.compare(usephase.Catalog.from_frames(fans(**lighter), SETTINGS), ["base", "<b>"], draws=64)
    for made in (usephase.rank(catalog, method="given_data", draws=64), usephase.track(catalog, draws=16), compared):
        assert len(repr(made)) < 100
        assert re.search("<svg|<table", made._repr_html_())
        assert "<b>" not in made._repr_html_().replace("<p><b>", "")  # a name stays text


def test_problems_are_a_table_in_a_notebook(catalog: usephase.Catalog) -> None:
    with pytest.raises(usephase.CatalogError) as refused:
        usephase.Catalog.from_frames(
            {**fans(), "lifetimes": pd.DataFrame({"lifetime": ["five"], "mean": [-5]})}, SETTINGS
        )
    assert repr(refused.value.problems).startswith("<1 problem")
    assert "<td>lifetimes:0:mean</td>" in refused.value.problems._repr_html_()
    assert isinstance(catalog.warnings, tuple)


def test_examples_in_docstrings_are_so() -> None:
    assert doctest.testmod(face).failed == 0
