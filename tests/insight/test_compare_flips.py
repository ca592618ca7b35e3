"""Where a comparison flips, what decides it, what it costs and whether it keeps a budget."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import usephase
from tests.insight.compare_catalogs import catalog, option, tables
from usephase.cli import main
from usephase.engine.run.estimate import cell_draws
from usephase.errors import StudyError
from usephase.insight.comparison.shapley import EXACT, shares

DRILL = "product=DRILL;mode=on"
SWAP = option("SWAP", "sales", "product=PETROL", "product", "BATTERY")


def test_a_break_even_put_into_the_catalog_makes_both_sides_equal(tmp_path):
    read = catalog(tmp_path, SWAP)
    done = usephase.compare(read, ["base", "SWAP"], break_even=["zones:zone=N:level"])
    (found,) = done.further["break_evens"]
    cells = cell_draws(read)
    # Equal where 1 h of mowing emits the same: 1 kW · 0.5 kg/kWh · level = fuel · factor.
    fuel = cells["modes", "product=PETROL;mode=on", "rate"] * cells["carriers", "carrier=fuel", "combustion"]
    level = fuel / (cells["modes", "product=BATTERY;mode=on", "rate"] / 1000 * 0.5)
    inside = level <= found.cell.high
    assert found.draws[inside] == pytest.approx(level[inside], rel=1e-9)
    assert np.isnan(found.draws[~inside]).all()
    assert np.nanmax(np.abs(found.differences)) < 1e-9 * np.abs(done.difference("SWAP").draws).max()
    assert found.side == "both"
    assert (found.lower_at_low, found.several) == (1.0, 0.0)


def test_a_cell_that_the_option_changes_is_varied_in_the_option_only(tmp_path):
    read = catalog(tmp_path, option("B", "modes", DRILL, "rate", "*0.5"))
    done = usephase.compare(read, ["base", "B"], break_even=[f"modes:{DRILL}:rate=10..5000"])
    (found,) = done.further["break_evens"]
    # The option needs the base's own power to be no better than the base.
    assert found.side == "option"
    assert found.draws == pytest.approx(cell_draws(read)["modes", DRILL, "rate"], rel=1e-9)


def test_a_map_has_the_sign_of_the_closed_form(tmp_path):
    read = catalog(tmp_path, SWAP)
    flips = [("zones:zone=N:level=0.5..20", "carriers:carrier=fuel:combustion=0.5..5")]
    (found,) = usephase.compare(read, ["base", "SWAP"], flips=flips).further["maps"]
    cells = cell_draws(read)
    fuel = cells["modes", "product=PETROL;mode=on", "rate"]
    power = cells["modes", "product=BATTERY;mode=on", "rate"] / 1000 * 0.5
    expected = [
        [float((power * x < fuel * y).mean()) for x in found.x_values] for y in found.y_values
    ]  # fmt: skip
    assert found.probability_lower == pytest.approx(np.array(expected))
    assert {0.0, 1.0} < set(found.probability_lower.ravel())


def test_many_changes_are_sampled_with_a_stated_error_and_still_sum_exactly():
    rng = np.random.default_rng(5)
    weights = rng.uniform(0.8, 1.2, (EXACT + 2, 40))

    def value(on):
        return 100 * np.prod(weights[list(on)], axis=0)

    sampled, every = (shares(value, range(EXACT + 2), exact=n) for n in (EXACT, EXACT + 2))
    assert sampled.draws.sum(axis=0) == pytest.approx(value(range(EXACT + 2)) - 100, abs=1e-9)
    error = sampled.errors(40)
    assert (error > 0).all()
    assert not every.errors(40).any()
    gap = np.abs(sampled.draws.mean(axis=1) - every.draws.mean(axis=1))
    assert (gap < 5 * error).all()


def test_the_datum_that_can_change_the_choice_is_found(tmp_path):
    rows = [
        option("B", "modes", DRILL, "rate", "+60"),
        option("B", "modes", "product=DRILL;mode=idle", "rate", "*0.05"),
    ]
    read = catalog(tmp_path, *rows, settings={"monte_carlo": {"draws": 2048, "seed": 3}})
    done = usephase.compare(read, ["base", "B"])
    found = done.difference("B")
    assert 0.2 < found.numbers["probability_lower"] < 0.8
    cells = done.decision["cells"]["B"]
    # Hours of drilling, 50 */ 2, outweigh all else; the grid's level scales both sides and changes no choice.
    assert tuple(cells.iloc[0][["table", "row", "column"]]) == ("use_profiles", "use_profile=drill;mode=on", "amount")
    assert cells.iloc[0]["s1"] > 0.5
    best = min(done.ranking["regret"])
    assert done.decision["evpi"] == pytest.approx(best)
    regrets = found.numbers["regret_option"], found.numbers["regret_against"]
    assert min(regrets) == pytest.approx(best, rel=1e-9)
    assert 0.5 * best < cells.iloc[0]["evppi"] <= best * 1.02
    level = cells[cells["column"] == "level"]
    assert (level["evppi"] < 0.1 * best).all()


def test_ranking_with_costs_names_the_efficient_options(tmp_path):
    rows = [
        option("cheap", "modes", DRILL, "rate", "*0.9"), option("cheap", "option", "unit", "cost", "2"),
        option("dear", "modes", DRILL, "rate", "*0.95"), option("dear", "option", "total", "cost", "5000"),
    ]  # fmt: skip
    done = usephase.compare(catalog(tmp_path, *rows), ["base", "cheap", "dear"])
    table = done.ranking.set_index("option")
    assert table.loc["cheap", "cost"] == pytest.approx(2 * 1000)
    assert table["efficient"].to_dict() == {"base": True, "cheap": True, "dear": False}
    saved = table.loc["base", "mean"] - table.loc["cheap", "mean"]
    assert table.loc["cheap", "cost_per_t_avoided"] == pytest.approx(2000 / saved)
    assert table.loc["cheap", "probability_best"] == 1.0
    assert table.loc["dear", "dominated_by"] == "cheap"


@pytest.mark.parametrize(
    ("budget", "percentile", "kept"),
    [
        ("category_11 per unit <= 1000 kg", "95", True),
        ("category_11 per unit <= 0.001 t", "95", False),
        ("total per service < 100 kg CO2e", "50", True),
        ("category_12 <= 1 t", "95", False),
        ("category_12 <= 10 t", "95", True),
    ],
)
def test_a_budget_decides_the_exit_code(tmp_path, budget, percentile, kept):
    catalog(tmp_path, option("B", "modes", DRILL, "rate", "*0.9"))
    args = [
        "compare",
        str(tmp_path),
        "--options",
        "B",
        "--product",
        "DRILL",
        "--budget",
        budget,
        "--percentile",
        percentile,
    ]
    done = CliRunner().invoke(main, [*args, "--json"])
    assert done.exit_code == (0 if kept else 7)
    (verdict,) = json.loads(done.stdout)["budgets"]
    assert verdict["kept"] is kept
    assert ("exceeds" in done.stderr) is not kept
    if budget.startswith("category_12"):
        # 1,000 units of 2 kg at 1.5 kg a kg: 3 t, and 5 % more at the 95th percentile of the mass, 2 ± 10 %.
        assert verdict["value"] == pytest.approx(3 * (1 + 0.10 / 1.959964 * 1.644854), rel=0.01)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"budget": ["category_13 per unit <= 1 kg"]}, "category_1"),
        ({"budget": ["category_11 per unit <= 1"]}, "unit of mass"),
        ({"budget": ["cheap"]}, "no budget"),
        ({"break_even": ["modes:product=DRIL;mode=on:rate"]}, "did you mean `product=DRILL;mode=on`"),
        ({"break_even": ["modes:product=DRILL;mode=on:carrier"]}, "no uncertain column"),
        ({"break_even": [f"modes:{DRILL}:efficiency=0.5..1.5"]}, "no range within"),
        ({"per": "kilogram"}, "no measure"),
        ({"percentile": 200}, "no percentile"),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path, changes, says):
    read = catalog(tmp_path, option("B", "modes", DRILL, "rate", "*0.9"))
    with pytest.raises(StudyError, match=says):
        usephase.compare(read, ["base", "B"], **changes)


def test_the_document_has_what_scripts_read(tmp_path):
    catalog(tmp_path, SWAP, option("B", "modes", DRILL, "rate", "*0.9"))
    done = CliRunner().invoke(main, ["compare", str(tmp_path), "--options", "base,B,SWAP", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["options"] == ["base", "B", "SWAP"]
    assert {"unit", "service", "portfolio"} <= set(document["per"])
    assert {row["option"] for row in document["figures"]} == {"base", "B", "SWAP"}
    wanted = {
        "option",
        "against",
        "product",
        "per",
        "mean",
        "p2_5",
        "p50",
        "p97_5",
        "probability_lower",
        "relative_mean",
    }
    for row in document["differences"]:
        assert wanted <= set(row)
        assert row["against"] == "base"
        assert {"table", "row", "column", "mean", "p2_5", "p97_5"} <= set(row["contributions"][0])
    one = next(r for r in document["differences"] if r["option"] == "SWAP" and r["product"] is None)
    assert one["contributions"][0]["row"] == "product=PETROL"


def test_the_base_alone_can_be_held_against_a_budget(tmp_path):
    catalog(tmp_path)
    args = ["compare", str(tmp_path), "--options", "base", "--product", "SAW", "--budget", "total per unit <= 1 kg"]
    done = CliRunner().invoke(main, args)
    assert done.exit_code == 7
    assert "exceeds the budget of 1 kg" in " ".join(done.output.split())


def mixture(home, garden, worker):
    """Give segments of the drill that use it 20, 10 and 200 hours a year."""
    hours = {"home": "20", "garden": "10", "worker": "200"}
    shares = {"home": home, "garden": garden, "worker": worker}
    return {
        "segments": [
            {"product": "DRILL", "segment": name, "share": share, "use_profile": name}
            for name, share in shares.items() if share
        ],
        "use_profiles": [
            {"use_profile": name, "mode": mode, "amount": amount, "amount_unit": "h/year"}
            for name in (*(one for one in shares if shares[one]), "drill", "mow")
            for mode, amount in (("on", hours.get(name, "50")), ("idle", "2000"))
            if name != "mow" or mode == "on"
        ],
    }  # fmt: skip


@pytest.mark.parametrize("spread", ["", " ± 10%"])
def test_the_other_shares_of_a_sum_follow_the_one_that_is_varied(tmp_path, spread):
    """A share that breaks even is the share that the mixture then has, whatever the others sum to."""
    rows = [
        option("B", "modes", DRILL, "rate", "*0.9"),
        option("B", "modes", "product=DRILL;mode=idle", "rate", "*1.5"),
    ]
    fixed = [
        {**row, "rate": {"500 ± 20%": "500", "2 */ 1.5": "2"}.get(row["rate"], row["rate"])}
        for row in tables()["modes"]
    ]
    read = catalog(tmp_path, *rows, modes=fixed, **mixture(f"0.5{spread}", "0.3", "0.2"))
    cell = "segments:product=DRILL;segment=worker:share"
    done = usephase.compare(read, ["base", "B"], break_even=[f"{cell}=0..0.9"])
    (found,) = done.further["break_evens"]
    # An hour of drilling saves 0.0625 kWh a year, 2,000 h at rest cost 2 kWh: home +0.75, garden +1.375, worker -10.5.
    home = cell_draws(read)["segments", "product=DRILL;segment=home", "share"] if spread else 0.5
    rest = (0.75 * home + 1.375 * 0.3) / (home + 0.3)
    assert found.draws == pytest.approx(np.broadcast_to(rest / (rest + 10.5), found.draws.shape), rel=1e-9)
    assert found.to_document()["rebalanced"]
    flips = [(f"{cell}=0..0.9", f"modes:{DRILL}:efficiency=0.5..0.8")]
    (found,) = usephase.compare(read, ["base", "B"], flips=flips).further["maps"]
    saved = np.array([[0.05 / y * h - 2 for h in (20, 10, 200)] for y in found.y_values])
    aside = (saved[:, 0, None] * home + saved[:, 1, None] * 0.3) / (home + 0.3)
    lower = [
        [float((x * saved[i, 2] + (1 - x) * aside[i] > 0).mean()) for x in found.x_values] for i in range(len(saved))
    ]
    assert found.probability_lower == pytest.approx(np.array(lower), abs=1e-12)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([("segments:product=DRILL;segment=home:share", "segments:product=DRILL;segment=garden:share")], "of one sum"),
        ([("end_of_life:zone=*;material=stuff;route=pit:share=0.2..0.9", f"modes:{DRILL}:rate")], "the only share"),
    ],
)
def test_shares_that_cannot_move_alone_are_refused(tmp_path, cells, says):
    read = catalog(tmp_path, option("B", "modes", DRILL, "rate", "*0.9"), **mixture("0.5", "0.3", "0.2"))
    with pytest.raises(StudyError) as refused:
        usephase.compare(read, ["base", "B"], flips=cells)
    assert says in refused.value.problems[0].what
