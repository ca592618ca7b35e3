"""Data quality by hand: types from sources and scores, weights from emissions, scores over what is scored."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import usephase
from tests.reference.folder import write_catalog
from usephase.insight.quality import data_types, quality
from usephase.insight.quality_lines import requirement
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
             "source": "test report 17", "pedigree": "1,1,2,1,1"},
            {"product": "G", "mode": "on", "carrier": "electricity", "rate": "25", "rate_unit": "W",
             "source": "order of magnitude", "pedigree": "4,2,3,1,5"},
        ],
        "use_profiles": [
            {"use_profile": "home", "mode": "on", "amount": "1000", "amount_unit": "h/year", "source": "panel of users"}
        ],
        "lifetimes": [{"lifetime": "five", "distribution": "fixed", "mean": "5"}],
        "sales": [
            {"product": p, "region": "HERE", "year": "2024", "units": "1000", "source": "sales ledger"} for p in "MG"
        ],
        "grid": [
            {"zone": "HERE", "scenario": "flat", "year": "2021", "intensity": "0.5", "source": "statistics office"}
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


def register(**columns: str) -> pd.DataFrame:
    plain = {"table": "modes", "column": "rate", "origin": "catalog", "basis": "", "source": "meter", "pedigree": ""}
    return pd.DataFrame([{**plain, **columns}])


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, "primary"),
        ({"source": ""}, "default"),
        ({"source": "Expert guess"}, "default"),
        ({"source": "data sheet, order of magnitude"}, "default"),
        ({"pedigree": "2,3,3,3,3"}, "primary"),
        ({"pedigree": "3,1,1,1,1"}, "secondary"),
        ({"table": "grid", "column": "intensity"}, "secondary"),
        ({"table": "treatments", "origin": "reference", "basis": "source_dataset"}, "secondary"),
        ({"table": "treatments", "origin": "reference", "basis": "memory_unverified"}, "default"),
        ({"basis": "assumption", "source": "default of the column"}, "default"),
        # A mark counts for the columns that it names, and for all of them where it names none.
        ({"origin": "reference", "column": "factor", "basis": "source_dataset (factor); assumption (biogenic)"},
         "secondary"),
        ({"origin": "reference", "column": "biogenic", "basis": "source_dataset (factor); assumption (biogenic)"},
         "default"),
        ({"origin": "reference", "column": "share", "basis": "memory_unverified (collected share); derived (rest)"},
         "default"),
    ],
)  # fmt: skip
def test_a_value_is_primary_secondary_or_default(columns: dict[str, str], expected: str) -> None:
    assert data_types(register(**columns)).tolist() == [expected]


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
    assert [text.partition(":")[0] for text in document["data_types"]] == ["primary", "secondary", "default"]
    assert document["kinds"][0]["ledger"] == "category_11"
