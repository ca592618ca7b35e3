"""What guesses add to the variance, by hand; and that the sentence is true of each catalog."""

import json
import math
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from scipy import special

import usephase
from tests.insight.test_rank_sobol import small
from usephase.catalog.table import Catalog
from usephase.cli import main
from usephase.insight.quality.guesses import KINDS, SORTS, weigh
from usephase.report.language import language, languages
from usephase.report.rests import inputs, lead
from usephase.results.run import Run

W_RATE, W_LIFE = (math.expm1((math.log(factor) / special.ndtri(0.975)) ** 2) for factor in (2.0, 1.5))
BOTH = (1 + W_RATE) * (1 + W_LIFE) - 1
RATE, LIFE = (W_RATE + W_RATE * W_LIFE / 2) / BOTH, (W_LIFE + W_RATE * W_LIFE / 2) / BOTH
"""Shapley effects of a rate known to a factor 2 and a life known to a factor 1.5 on their product: 0.75 and 0.25."""


def catalog_of(tmp_path: Path, rate: dict[str, str], life: dict[str, str], **more: Any) -> Catalog:
    """Make a product of a rate and a life whose rows say what they are."""
    mode = {"product": "P", "mode": "on", "carrier": "electricity", "rate": "50 */ 2", "rate_unit": "W"}
    lives = {"lifetime": "life", "distribution": "fixed", "mean": "10 */ 1.5"}
    return small(
        tmp_path, [{"product": "P", "rate": ""}], modes=[{**mode, **rate}], lifetimes=[{**lives, **life}], **more
    )


def weighed(catalog: Catalog, draws: int = 8192) -> Run:
    return weigh(usephase.estimate(catalog, draws=draws), catalog)


def shares(run: Run) -> dict[tuple[str, str], float]:
    return {(part["kind"], part["sort"]): part["share"] for part in run.meta["variance"]["shares"]}


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_shares_are_the_shapley_effects(tmp_path: Path) -> None:
    run = weighed(catalog_of(tmp_path, {"data_type": "estimate"}, {}))
    found = shares(run)
    assert found == pytest.approx({("energy", "estimate"): RATE, ("lives", "unstated"): LIFE}, abs=0.03)
    assert sum(found.values()) == pytest.approx(1)
    assert [(part["table"], part["column"]) for part in run.meta["variance"]["inputs"]] == [
        ("modes", "rate"), ("lifetimes", "mean"),
    ]  # fmt: skip
    assert [part["share"] for part in run.meta["variance"]["inputs"]] == pytest.approx([RATE, LIFE], abs=0.03)
    assert [name for name, _ in inputs(run)] == ["power or energy of a mode: P, on", "mean life: life"]
    told = plain(lead(run))
    assert told.startswith("About 100 % of the variance of the total comes from guesses: power, load and efficiency 7")
    assert "Whose guesses: somebody's judgement (data_type estimate) 7" in told


def test_what_is_measured_or_published_is_no_guess_whatever_its_source_says(tmp_path: Path) -> None:
    source = {"source": "assumption; expert guess"}
    run = weighed(catalog_of(tmp_path, {"data_type": "primary", **source}, {"data_type": "secondary", **source}))
    assert {sort for _, sort in shares(run)} == {"known"}
    assert plain(lead(run)).startswith("Less than 1 % of the variance of the total comes from guesses")
    half = weighed(catalog_of(tmp_path / "half", {"data_type": "primary"}, {"source": "measured by us"}))
    about = round(100 * shares(half)["lives", "unstated"])
    assert abs(about - 100 * LIFE) < 3
    expected = f"About {about} % of the variance of the total comes from the catalog's values of no stated data_type"
    assert plain(lead(half)) == f"{expected}: lives {about} %."


def test_built_in_guesses_are_called_so(tmp_path: Path) -> None:
    users = {"product": "P", "segment": "all", "share": "1", "lifetime": "unu_0204"}
    run = weighed(catalog_of(tmp_path, {"data_type": "primary"}, {}, segments=[users]))
    assert {key for key, share in shares(run).items() if share > 0.01} == {("energy", "known"), ("lives", "built_in")}
    assert "of the variance of the total comes from built-in guesses: lives" in plain(lead(run))


def test_correlated_values_count_as_what_the_least_known_of_them_is(tmp_path: Path) -> None:
    rows = [
        {"group": "g", "table": table, "row": row, "column": column, "correlation": "0.5"}
        for table, row, column in (("modes", "product=P;mode=on", "rate"), ("lifetimes", "lifetime=life", "mean"))
    ]
    run = weighed(catalog_of(tmp_path, {"data_type": "primary"}, {"data_type": "estimate"}, correlations=rows))
    assert shares(run) == {("joint", "estimate"): 1}


def test_without_a_spread_there_is_nothing_to_share_out(tmp_path: Path) -> None:
    run = weighed(small(tmp_path, [{"product": "P", "rate": "50"}]))
    assert run.meta["variance"]["shares"] == []
    assert "has no width and says nothing of how well it is known" in lead(run)


def test_a_run_of_few_draws_says_which_command_tells(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path, {}, {})
    run = usephase.estimate(catalog, draws=64)
    assert "variance" not in weigh(run, catalog).meta
    assert "usephase rank RUN" in lead(run)


def test_every_kind_and_sort_has_its_words(tmp_path: Path) -> None:
    run = usephase.estimate(catalog_of(tmp_path, {}, {}), draws=16)
    kinds = [*set(KINDS.values()), "joint"]
    parts = [{"kind": kind, "sort": sort, "share": 1 / 99} for kind in kinds for sort in SORTS[:3]]
    for code in languages():
        words = language(code)
        told = plain(lead(replace(run, meta={**run.meta, "variance": {"shares": parts}}), words))
        assert all(words(f"rests.kind.{kind}") in told for kind in kinds)
    # What is named adds up to what is said of all: 33 of 99 parts.
    told = plain(lead(replace(run, meta={**run.meta, "variance": {"shares": parts}})))
    listed = told.split(": ", 1)[1].split(".")[0].split("; ")
    assert sum(int(text.split()[-2]) for text in listed) == int(told.split()[1]) == 33


@pytest.mark.slow
def test_a_run_leads_with_it_everywhere(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    catalog_of(tmp_path, {"data_type": "primary"}, {})
    answer = CliRunner().invoke(
        main, ["run", str(tmp_path / "small"), "--results", str(tmp_path / "r"), "--draws", "2048"]
    )
    assert answer.exit_code == 0, answer.output
    (folder,) = (tmp_path / "r/small").iterdir()
    run = usephase.open_run(folder)
    sentence = plain(lead(run))
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["quality"]["variance"] == run.meta["variance"]
    assert sentence in plain(" ".join(answer.output.split()))
    page = plain(unescape((folder / "report.html").read_text(encoding="utf-8")))
    assert page.index(sentence) < page.index("The interval holds the uncertainty")
    book = load_workbook(folder / "inventory.xlsx")
    assert plain(book["Summary"]["A3"].value) == sentence
