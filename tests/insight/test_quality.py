"""Data quality by hand: types from data_type alone, weights from emissions, scores over what is scored."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import usephase
from tests.reference.folder import write_catalog
from usephase.insight.quality.assess import Counts, counts, data_types, quality
from usephase.insight.quality.lines import requirement
from usephase.insight.rules import read_pack
from usephase.report.disclosure.cdp import cdp
from usephase.report.disclosure.esrs import esrs
from usephase.report.disclosure.facts import Facts
from usephase.report.disclosure.form import BLANK
from usephase.report.disclosure.ghg_protocol import ghg_protocol
from usephase.results.run import Run

Rows = list[dict[str, str]]
SETTINGS: dict[str, Any] = {
    "catalog": {"name": "Fans", "reporting_year": 2024},
    "method": {"sales_timing": "start_of_year"},
    "grid": {"scenarios": {"flat": 1.0}},
}


def fans(**changes: Rows) -> dict[str, Rows]:
    """A measured fan of 75 W and a guessed one of 25 W, 1,000 units each, 1,000 h in each of 5 years, 0.5 kg/kWh."""
    tables: dict[str, Rows] = {
        "products": [
            {"product": "M", "family": "Fans", "use_profile": "home", "lifetime": "five"},
            {"product": "G", "family": "Fans", "use_profile": "home", "lifetime": "five"},
        ],
        "modes": [
            {"product": "M", "mode": "on", "carrier": "electricity", "rate": "75", "rate_unit": "W",
             "source": "test report 17", "data_type": "primary", "pedigree": "1,1,2,1,1"},
            {"product": "G", "mode": "on", "carrier": "electricity", "rate": "25", "rate_unit": "W",
             "source": "order of magnitude", "pedigree": "4,2,3,1,5"},
        ],
        "use_profiles": [
            {"use_profile": "home", "mode": "on", "amount": "1000", "amount_unit": "h/year", "source": "panel of users",
             "data_type": "primary"}
        ],
        "lifetimes": [{"lifetime": "five", "distribution": "fixed", "mean": "5"}],
        "sales": [
            {"product": p, "region": "HERE", "year": "2024", "units": "1000", "source": "sales ledger",
             "data_type": "primary"} for p in "MG"
        ],
        "grid": [
            {"zone": "HERE", "scenario": "flat", "year": "2021", "intensity": "0.5", "source": "statistics office",
             "data_type": "secondary"}
        ],
    }  # fmt: skip
    return {**tables, **changes}


def estimated(folder: Path, tables: dict[str, Rows], draws: int = 16) -> Run:
    return usephase.estimate(usephase.read_catalog(write_catalog(folder / "c", SETTINGS, tables)), draws=draws)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return estimated(tmp_path_factory.mktemp("scored"), fans(), draws=256)


@pytest.fixture(scope="module")
def unscored(tmp_path_factory: pytest.TempPathFactory) -> Run:
    modes = [{name: cell for name, cell in row.items() if name != "pedigree"} for row in fans()["modes"]]
    return estimated(tmp_path_factory.mktemp("unscored"), fans(modes=modes))


@pytest.mark.parametrize("source", ["", "JSmith email", "meter readings 2024", "Expert guess", "audited by KPMG"])
@pytest.mark.parametrize("kind", ["primary", "secondary", "default", "estimate"])
def test_the_words_of_a_source_decide_nothing(source: str, kind: str) -> None:
    row = {"table": "modes", "origin": "catalog", "basis": "", "source": source, "pedigree": "1,1,1,1,1"}
    assert data_types(pd.DataFrame([{**row, "data_type": kind}])).tolist() == [kind]


def test_values_without_a_type_are_default_and_without_a_verifier_unverified(unscored: Run) -> None:
    assert data_types(pd.DataFrame({"data_type": ["", "primary"]})).tolist() == ["default", "primary"]
    kinds = ["primary", "primary", "default", "estimate", "secondary"]
    given = pd.DataFrame({"data_type": kinds, "verification": ["none", "limited", "none", "reasonable", "none"]})
    given["distribution"] = "fixed"
    assert counts(given) == Counts(values=5, estimate=1, generic=1, unverified=3)


def test_shares_are_weighted_by_emissions(unscored: Run) -> None:
    found = quality(unscored)
    kinds = found.kinds.set_index("kind")
    # 1,000 units · 5 years · 1,000 h · 0.1 kW · 0.5 kg/kWh = 250 t rest on every kind.
    assert kinds["emissions"].to_dict() == pytest.approx(dict.fromkeys(kinds.index, 250.0))
    assert kinds.loc["modes", ["primary", "secondary", "default"]].tolist() == pytest.approx([0.75, 0, 0.25])
    assert kinds.loc["sales", "primary"] == 1
    assert kinds.loc["use_profiles", "primary"] == 1
    assert kinds.loc["lifetimes", "default"] == 1
    assert kinds.loc["grid", "secondary"] == 1
    # Activity: sales, modes, use, lives, equally heavy; all: the grid as a fifth.
    assert found.share("category_11", "primary", "activity") == pytest.approx((1 + 0.75 + 1 + 0) / 4)
    assert found.share("category_11", "primary") == pytest.approx((1 + 0.75 + 1 + 0 + 0) / 5)
    assert found.share("category_11", "secondary") == pytest.approx(1 / 5)
    assert found.share("category_12", "primary") is None


def test_types_add_up_to_one_on_every_line(scored: Run) -> None:
    found = quality(scored)
    for frame in (found.kinds, found.categories):
        assert len(frame)
        assert frame[["primary", "secondary", "default"]].sum(axis=1).tolist() == pytest.approx([1.0] * len(frame))


def test_scores_are_weighted_by_emissions_over_what_is_scored(scored: Run) -> None:
    found = quality(scored)
    scores = found.scores[found.scores["ledger"] == "category_11"]
    by = scores.set_index("indicator")["score"]
    means = scored.select("category_11", "product").set_index("group")["mean"]
    heavy = means["M"] / (means["M"] + means["G"])
    assert by["reliability"] == pytest.approx(heavy * 1 + (1 - heavy) * 4)
    assert by["technological"] == pytest.approx(heavy * 1 + (1 - heavy) * 5)
    assert by["geographical"] == pytest.approx(1)
    # Rates are one kind of five that the emissions rest on.
    assert scores["scored_share"].tolist() == pytest.approx([0.2] * 5)
    mean, scored = found.score("category_11") or (0.0, 0.0)
    assert (mean, scored) == pytest.approx((by.mean(), 0.2))


def test_nothing_scored_gives_no_score(unscored: Run) -> None:
    assert quality(unscored).score("category_11") is None


def test_forms_give_no_score_that_rests_on_a_fifth_of_a_category(scored: Run) -> None:
    assert Facts(scored).scores("category_11").startswith("No score for the category: 20 %")


@pytest.mark.parametrize("given", [{}, {"partner_data_11": 0.125}, {"partner_data_11": 0.0, "partner_data_12": 1.0}])
def test_forms_take_the_share_of_data_from_partners_from_the_settings_alone(
    tmp_path: Path, given: dict[str, float]
) -> None:
    folder = write_catalog(tmp_path / "c", {**SETTINGS, "disclosure": given}, fans())
    run = usephase.estimate(usephase.read_catalog(folder), draws=16)
    run.save(tmp_path / "run.h5")
    facts = Facts(usephase.open_run(tmp_path / "run.h5"))
    wanted = [given.get(name) for name in ("partner_data_11", "partner_data_12")]
    forms = ((esrs, "primary_share"), (cdp, "supplier_share"), (ghg_protocol, "partners"))
    for form, key in forms:
        lines = [line.answer for line in form(facts).lines if line.field.key == key]
        assert [answer.value for answer in lines] == [None if x is None else 100 * x for x in wanted]
        assert [answer.status for answer in lines] == [BLANK if x is None else "filled" for x in wanted]
        assert all("by data_type" in answer.note for answer in lines)


def test_the_share_that_must_be_scored_is_a_rule_with_its_reason() -> None:
    rule = read_pack("ghg_protocol").find("quality_score_least")
    assert rule is not None
    assert (rule.value, rule.evidence) == (0.5, "C")
    assert "smaller part" in rule.note


def test_lines_say_what_is_required(tmp_path: Path) -> None:
    modes = fans()["modes"]
    modes[1]["phase"] = "maintenance"
    flags = quality(estimated(tmp_path, fans(modes=modes))).lines.set_index("line")["requirement"]
    assert flags["category_11: direct"] == "required"
    assert flags["category_11: maintenance"] == "optional"
    assert flags["category_12"] == "required"
    assert "category_11: indirect" not in flags
    assert requirement("avoided", None)[::2] == ("never included", "V")
    assert requirement("biogenic_co2", None)[0] == "separate"


def test_required_and_optional_lines_have_their_shares(tmp_path: Path) -> None:
    modes = [{**row, "pedigree": ""} for row in fans()["modes"]]
    modes[1]["phase"] = "maintenance"
    tables = fans(modes=modes, coverage=[{"family": "Fans", "covered": "0.8"}])
    found = quality(estimated(tmp_path, tables)).requirements.set_index("requirement")
    # 187.5 t of the fan of 75 W are direct, 62.5 t of the other one maintenance; a fifth of the sales is not listed.
    assert found["mean"].to_dict() == pytest.approx(
        {"required": 187.5, "optional": 62.5, "required, not listed": 187.5 / 4}
    )
    assert found["share"].sum() == pytest.approx(1)
    assert found.loc["optional", "share"] == pytest.approx(62.5 / (187.5 * 1.25 + 62.5))


def test_the_total_rests_on_the_cells_of_both_categories(tmp_path: Path) -> None:
    waste: dict[str, Rows] = {
        "materials": [{"product": "M", "part": "product", "material": "steel", "mass": "0.5", "source": "weighed"}],
        "end_of_life": [{"zone": "HERE", "material": "steel", "route": "landfill", "share": "1", "source": "office"}],
        "treatments": [{"material": "steel", "route": "landfill", "factor": "0.02", "source": "office"}],
    }
    found = quality(estimated(tmp_path, fans(**waste)))
    weight = found.kinds.groupby("ledger")["emissions"].sum()
    by_ledger = [found.share(ledger, "primary") or 0.0 for ledger in ("category_11", "category_12")]
    by_hand = sum(w * s for w, s in zip(weight, by_ledger, strict=True)) / weight.sum()
    assert found.share("total", "primary") == pytest.approx(by_hand)


def test_the_document_names_the_rules(scored: Run) -> None:
    document = quality(scored).to_document()
    assert [text.partition(":")[0] for text in document["data_types"]] == [
        "primary", "secondary", "default", "estimate",
    ]  # fmt: skip
    assert document["kinds"][0]["ledger"] == "category_11"
