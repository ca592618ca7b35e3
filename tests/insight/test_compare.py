"""Paired comparison: what must come out by the equations, and the same as by changing the catalog by hand."""

import numpy as np
import pytest

import usephase
from tests.insight.compare_catalogs import catalog, option, tables
from usephase.errors import CatalogError, StudyError

DRILL = "product=DRILL;mode=on"


def change_of(rows, **wanted):
    """Find rows of a table by some of their columns."""
    return [row for row in rows if all(row.get(k) == v for k, v in wanted.items())]


def test_a_design_five_percent_better_is_better_for_sure_under_common_noise(tmp_path):
    wild = [{**row, "rate": "uniform(0.1, 1000)"} if row["product"] == "SAW" else row for row in tables()["modes"]]
    read = catalog(tmp_path, option("B", "modes", "product=SAW;mode=on", "rate", "*0.95"), modes=wild)
    found = usephase.compare(read, ["base", "B"]).difference("B", "unit", "SAW")
    assert found.numbers["probability_lower"] == 1.0
    assert found.numbers["probability_lower_mcse"] == 0.0
    assert found.draws / found.against_draws == pytest.approx(-0.05, abs=1e-12)
    low, high = np.quantile(found.option_draws, 0.975), np.quantile(found.against_draws, 0.025)
    assert low > high  # apart from each other, the two intervals overlap


@pytest.mark.parametrize("design", ["quasi", "latin_hypercube", pytest.param("random", marks=pytest.mark.slow)])
def test_contributions_and_parts_sum_to_the_difference(tmp_path, design):
    rows = [
        option("B", "modes", DRILL, "rate", "*0.8"),
        option("B", "modes", DRILL, "efficiency", "triangular(0.85, 0.9, 0.95)"),
        option("B", "lifetimes", "lifetime=tool", "mean", "*1.2"),
        option("B", "zones", "zone=N", "level", "*0.9"),
        option("B", "materials", "product=DRILL;part=product;material=stuff", "mass", "+0.5"),
    ]
    done = usephase.compare(catalog(tmp_path, *rows), ["base", "B"], design=design)
    assert {(d.product, d.per) for d in done.differences} >= {
        ("DRILL", "unit"),
        ("SAW", "service"),
        (None, "portfolio"),
    }
    for found in done.differences:
        mean = found.draws.mean()
        assert found.contributions["mean"].sum() == pytest.approx(mean, rel=1e-9, abs=1e-12)
        assert (found.contributions["sampling_error"] == 0).all()
        for _, group in found.parts.groupby("by"):
            assert group["mean"].sum() == pytest.approx(mean, rel=1e-9, abs=1e-12)


def test_two_multiplications_share_their_joint_effect_as_worked_out_by_hand(tmp_path):
    # Fixed inputs: SAW 900 W, 50 h/year, 10 years, 0.5 kg/kWh: 225 kg a unit. Rate ×0.6 and life ×2.
    made = tables()
    fixed = {
        "modes": [{**row, "rate": "900"} if row["product"] == "SAW" else row for row in made["modes"]],
        "use_profiles": [
            {**row, "amount": "50"} if row["amount"] == "50 */ 2" else row for row in made["use_profiles"]
        ],
        "lifetimes": [{**row, "mean": "10"} if row["lifetime"] == "tool" else row for row in made["lifetimes"]],
        "zones": [{"zone": "N", "loss": "0"}],
    }
    rows = [
        option("B", "modes", "product=SAW;mode=on", "rate", "*0.6"),
        option("B", "lifetimes", "lifetime=tool", "mean", "*2"),
    ]
    done = usephase.compare(catalog(tmp_path, *rows, **fixed), ["base", "B"])
    found = done.difference("B", "unit", "SAW")
    assert found.numbers["against_mean"] == pytest.approx(225, rel=1e-12)
    assert found.numbers["mean"] == pytest.approx(45, rel=1e-9)
    by = found.contributions.set_index("column")["mean"]
    # Rate first −90, then life +135; life first +225, then rate −180.
    assert by["rate"] == pytest.approx(-135, rel=1e-9)
    assert by["mean"] == pytest.approx(180, rel=1e-9)
    assert found.numbers["sd"] == pytest.approx(0, abs=1e-9)


def test_a_longer_life_raises_a_unit_and_leaves_an_hour_of_service(tmp_path):
    read = catalog(tmp_path, option("LONG", "lifetimes", "lifetime=tool", "mean", "*1.2"))
    done = usephase.compare(read, ["base", "LONG"])
    saw = done.difference("LONG", "unit", "SAW")
    assert saw.draws / saw.against_draws == pytest.approx(0.2, rel=1e-9)
    hourly = [d for d in done.differences if d.product == "SAW" and d.per == "service"]
    assert all(np.abs(d.draws / d.against_draws).max() < 1e-12 for d in hourly)
    # The drill has material too: disposal is spread over a fifth more service.
    drill = done.difference("LONG", "service", "DRILL")
    use = drill.parts.set_index(["by", "group"])["mean"]
    assert drill.numbers["probability_lower"] == 1.0
    assert use.get(("ledger", "category_11"), 0.0) == pytest.approx(0, abs=1e-9)


def by_hand(folder, name, **changes):
    """Run a catalog that was changed by hand: the total and the products' figures."""
    run = usephase.estimate(catalog(folder / name, **changes))
    return run.draws("total", "product")


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "case",
    [
        pytest.param("value", marks=SLOW), pytest.param("life", marks=SLOW), pytest.param("add", marks=SLOW), "profile",
        "remove", "substitute", "new product",
    ],
)  # fmt: skip
def test_an_option_gives_what_the_catalog_changed_by_hand_gives(tmp_path, case):
    made = tables()
    if case == "value":
        rows = [option("B", "modes", DRILL, "rate", "400 ± 20%")]
        changed = {"modes": [{**r, "rate": "400 ± 20%"} if r["rate"] == "500 ± 20%" else r for r in made["modes"]]}
    elif case == "profile":
        rows = [option("B", "products", "product=DRILL", "use_profile", "heavy")]
        changed = {"products": [{**r, "use_profile": "heavy"} if r["product"] == "DRILL" else r
                                for r in made["products"]]}  # fmt: skip
    elif case == "life":
        rows = [option("B", "products", "product=SAW", "lifetime", "long")]
        changed = {"products": [{**r, "lifetime": "long"} if r["product"] == "SAW" else r for r in made["products"]]}
    elif case == "add":
        rows = [option("B", "modes", "product=SAW;mode=idle", "+", "carrier=electricity; rate=5 W")]
        new = {"product": "SAW", "mode": "idle", "carrier": "electricity", "rate": "5", "rate_unit": "W"}
        changed = {"modes": [*made["modes"], new]}
    elif case == "remove":
        made["modes"] = [{**r, "rate": "2"} if r["mode"] == "idle" else r for r in made["modes"]]
        rows = [option("B", "modes", "product=DRILL;mode=idle", "-", "remove")]
        changed = {"modes": [r for r in made["modes"] if r["mode"] != "idle"]}
    elif case == "substitute":
        sold = [{**r, "units": "300"} if r["product"] == "PETROL" else r for r in made["sales"]]
        made["sales"] = sold
        rows = [option("B", "sales", "product=PETROL", "product", "BATTERY *0.9")]
        after = {"PETROL": "0", "BATTERY": "370"}
        changed = {"sales": [{**r, "units": after.get(r["product"], r["units"])} for r in sold]}
    else:
        rows = [
            option("B", "products", "product=NEW", "+", "use_profile=mow; lifetime=mower; family=Mowers"),
            option("B", "modes", "product=NEW;mode=on", "+", "carrier=electricity; rate=700 W"),
            option("B", "sales", "product=NEW;region=N;year=2024", "+", "units=50"),
        ]
        changed = {
            "products": [*made["products"], {"product": "NEW", "use_profile": "mow", "lifetime": "mower"}],
            "modes": [*made["modes"], {"product": "NEW", "mode": "on", "carrier": "electricity", "rate": "700",
                                       "rate_unit": "W"}],
            "sales": [*made["sales"], {"product": "NEW", "region": "N", "year": "2024", "units": "50"}],
        }  # fmt: skip
    start = {"sales": made["sales"], "modes": made["modes"]}
    before, after = by_hand(tmp_path, "before", **start), by_hand(tmp_path, "after", **{**start, **changed})
    done = usephase.compare(catalog(tmp_path / "options", *rows, **start), ["base", "B"])
    found = done.difference("B")
    gap = after.sum(axis=0).to_numpy() - before.sum(axis=0).to_numpy()
    assert np.abs(gap).max() > 1
    assert found.draws == pytest.approx(gap, rel=1e-9, abs=1e-9)
    totals = done.figures[(done.figures["by"] == "total") & (done.figures["ledger"] == "total")]
    headline = totals[(totals["grid_basis"] == "projected") & (totals["boundary"] == "minimum")].set_index("option")
    assert headline.loc["base", "mean"] == pytest.approx(before.sum(axis=0).mean(), rel=1e-9)
    assert headline.loc["B", "mean"] == pytest.approx(after.sum(axis=0).mean(), rel=1e-9)


def test_uncertain_sales_that_are_substituted_keep_their_draw(tmp_path):
    read = catalog(tmp_path, option("B", "sales", "product=PETROL;region=N;year=2024", "product", "BATTERY *0.5"))
    done = usephase.compare(read, ["base", "B"])
    found = done.difference("B", "service")
    from usephase.engine.run.estimate import cell_draws

    cells = cell_draws(read)
    petrol = cells["sales", "product=PETROL;region=N;year=2024", "units"]
    hours = 8 * cells["use_profiles", "use_profile=mow;mode=on", "amount"]
    fuel = cells["modes", "product=PETROL;mode=on", "rate"] * cells["carriers", "carrier=fuel", "combustion"]
    power = cells["modes", "product=BATTERY;mode=on", "rate"] / 1000 * 0.5 * cells["zones", "zone=N", "level"]
    before = (petrol * fuel + 100 * power) / (petrol + 100)
    assert found.draws == pytest.approx(power - before, rel=1e-9)
    assert done.difference("B").draws == pytest.approx((0.5 * petrol * power - petrol * fuel) * hours / 1000, rel=1e-9)


def test_products_that_no_option_touches_cancel_exactly(tmp_path):
    read = catalog(tmp_path, option("B", "modes", DRILL, "rate", "*0.8"))
    done = usephase.compare(read, ["base", "B"])
    assert done.meta["products"] == ["DRILL"]
    whole = done.figures[(done.figures["ledger"] == "category_11") & (done.figures["by"] == "family")]
    mowers = whole[whole["group"] == "Mowers"]
    assert len(mowers) == 2
    assert mowers["mean"].nunique() == 1


def test_figures_of_an_option_do_not_depend_on_the_others_compared(tmp_path):
    rows = [
        option("A", "modes", DRILL, "efficiency", "triangular(0.8, 0.9, 0.95)"),
        option("B", "modes", "product=DRILL;mode=on", "load", "uniform(0.5, 1)"),
        option("C", "lifetimes", "lifetime=tool", "mean", "*1.1"),
    ]
    read = catalog(tmp_path, *rows)
    alone = usephase.compare(read, ["base", "A"]).difference("A").draws
    among = usephase.compare(read, ["base", "C", "B", "A"])
    assert np.allclose(among.difference("A").draws, alone, rtol=1e-12, atol=0)
    # What is new in A and what is new in B are different unknowns.
    assert abs(np.corrcoef(alone, among.difference("B").draws)[0, 1]) < 0.9


def test_combined_options_act_together(tmp_path):
    rows = [option("A", "modes", DRILL, "rate", "*0.5"), option("B", "modes", DRILL, "rate", "*0.4"),
            option("C", "modes", DRILL, "rate", "100")]  # fmt: skip
    read = catalog(tmp_path, *rows)
    done = usephase.compare(read, ["A", "B"], combine=True)
    assert done.options[0] == "base"
    assert set(done.options) == {"base", "A", "B", "A+B"}
    joint = usephase.compare(read, ["base", "A+B"]).difference("A+B").contributions
    assert len(joint) == 1  # one cell, whatever the number of options that change it
    with pytest.raises(StudyError, match="both change"):
        usephase.compare(read, ["base", "A+C"])


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (option("B", "modes", "product=SAW;mode=idle", "+", "carrier=electricity"), "value", "`rate`"),
        (option("B", "modes", "product=SAW;mode=idle", "+", "carier=electricity; rate=1 W"), "value", "`carrier`"),
        (option("B", "modes", "product=SAW;mode=on", "+", "carrier=electricity; rate=1 W"), "row", "already"),
        (option("B", "modes", "product=SAW;mode=idle", "-", "remove"), "row", "no row of modes"),
        (option("B", "modes", "product=SAW;mode=on", "-", "yes"), "value", "`remove`"),
        (option("B", "products", "product=SAW", "lifetime", "lon"), "value", "`long`"),
        (option("B", "sales", "product=PETROL", "product", "BATERY"), "value", "`BATTERY`"),
        (option("B", "sales", "product=PETROL", "product", "BATTERY *-1"), "value", "negative"),
        (option("B", "modes", DRILL, "efficiency", "*2"), "value", "outside"),
        (option("B", "option", "each", "cost", "5"), "row", "`unit`"),
    ],
)
def test_a_wrong_row_is_refused_by_place(tmp_path, row, column, says):
    with pytest.raises(CatalogError) as refused:
        catalog(tmp_path, row)
    problems = [p for p in refused.value.problems if p.severity == "error"]
    assert [p.where for p in problems] == [f"options.csv:2:{column}"]
    assert says in f"{problems[0].what} {problems[0].fix}"


def test_an_option_that_makes_no_whole_catalog_is_refused_by_place(tmp_path):
    read = catalog(tmp_path, option("B", "modes", "product=SAW;mode=sawing", "+", "carrier=electricity; rate=5 W"))
    with pytest.raises(StudyError) as refused:
        usephase.compare(read, ["base", "B"])
    assert refused.value.problems[0].where == "options.csv:2:row"
    assert "with the option `B`" in refused.value.problems[0].what


def test_an_option_whose_numbers_break_a_rule_together_is_refused_by_place(tmp_path):
    segments = [{"product": "DRILL", "segment": name, "share": "0.5"} for name in ("home", "trade")]
    rows = [
        option("home", "segments", "product=DRILL;segment=home", "share", "*1.5"),
        option("trade", "segments", "product=DRILL;segment=trade", "share", "0.25"),
        option("waste", "end_of_life", "zone=*;material=stuff;route=pit", "share", "0.9"),
        option("hours", "use_profiles", "use_profile=drill;mode=idle", "amount", "*5"),
        option("fine", "modes", DRILL, "rate", "*0.9"),
    ]
    read = catalog(tmp_path, *rows, segments=segments)
    for number, (name, said) in enumerate(
        [("home", "sum to 1.25"), ("trade", "sum to 0.75"), ("waste", "sum to 0.9"), ("hours", "10,050 hours")], 2
    ):
        with pytest.raises(StudyError) as refused:
            usephase.compare(read, ["base", name], draws=16)
        [problem] = refused.value.problems
        assert said in problem.what
        assert problem.where == f"options.csv:{number}:row"
    # 0.75 and 0.25 sum to 1: both users are alike here, and nothing changes.
    assert usephase.compare(read, ["base", "home+trade"], draws=16).difference("home+trade").numbers["mean"] == (
        pytest.approx(0, abs=1e-9)
    )
    assert usephase.compare(read, ["base", "fine"], draws=16).difference("fine").numbers["mean"] < 0


def test_unknown_options_and_products_are_refused(tmp_path):
    read = catalog(tmp_path, option("brushless", "modes", DRILL, "rate", "*0.8"))
    with pytest.raises(StudyError, match="did you mean `brushless`"):
        usephase.compare(read, ["base", "brushles"])
    with pytest.raises(StudyError, match="did you mean `DRILL`"):
        usephase.compare(read, ["base", "brushless"], product="DRIL")
