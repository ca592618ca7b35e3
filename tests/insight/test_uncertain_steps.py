"""Steps of options that are themselves uncertain: ``*0.85 ± 5%``, ``+triangular(1, 2, 4) W``."""

import re

import numpy as np
import pytest
from scipy import stats

import usephase
from tests.insight.compare_catalogs import catalog, option, tables
from usephase.catalog.edit.apply import Edit, judge
from usephase.errors import CatalogError

RATE = ("modes", "product=SAW;mode=on", "rate")
DRAWS = {"monte_carlo": {"draws": 8192, "seed": 3}}


def ratio(read, *names, product="SAW"):
    """Give what an option's draws are of the other's, draw by draw."""
    found = usephase.compare(read, names).difference(names[-1], "unit", product)
    return found.option_draws / found.against_draws


@pytest.mark.parametrize(
    ("written", "law"),
    [
        ("*0.85 ± 5%", stats.norm(0.85, 0.85 * 0.05 / 1.959964)),
        ("* triangular(0.75, 0.85, 0.95)", stats.triang(0.5, 0.75, 0.2)),
        ("*uniform(0.8, 1.2)", stats.uniform(0.8, 0.4)),
        ("*0.7 */ 1.2", stats.lognorm(np.log(1.2) / 1.959964, scale=0.7)),
        ("*discrete(0.5: 0.25, 0.9: 0.75)", stats.rv_discrete(values=([5, 9], [0.25, 0.75]))),
    ],
)
def test_a_factor_is_drawn_as_it_is_written_and_independently_of_the_base(tmp_path, written, law):
    read = catalog(tmp_path, option("B", *RATE, written), settings=DRAWS)
    found = usephase.compare(read, ["base", "B"]).difference("B", "unit", "SAW")
    factor = found.option_draws / found.against_draws
    scale = 10 if "discrete" in written else 1
    assert factor.mean() * scale == pytest.approx(law.mean(), rel=1e-3)
    assert factor.std() * scale == pytest.approx(law.std(), rel=0.02)
    for q in (0.1, 0.5, 0.9):
        assert np.quantile(factor, q) * scale == pytest.approx(law.ppf(q), rel=5e-3)
    assert abs(stats.spearmanr(factor, found.against_draws).statistic) < 0.04
    chance = found.numbers["probability_lower"]
    assert chance == pytest.approx(float(law.cdf(scale * 1.0 - 1e-9)), abs=0.01)


def test_an_addend_is_in_its_own_unit_or_the_cells_and_may_be_negative(tmp_path):
    fixed = [{**row, "rate": "900"} if row["product"] == "SAW" else row for row in tables()["modes"]]
    rows = [option("W", *RATE, "+90 ± 9"), option("K", *RATE, "+0.09 ± 0.009 kW"), option("L", *RATE, "+-90 ± 9 W")]
    read = catalog(tmp_path, *rows, modes=fixed, settings=DRAWS)
    for name, middle in (("W", 1.1), ("K", 1.1), ("L", 0.9)):
        found = ratio(read, "base", name)
        assert found.mean() == pytest.approx(middle, rel=1e-4), name
        assert found.std() == pytest.approx(0.01 / 1.959964, rel=0.02), name


def test_what_would_leave_the_columns_range_is_cut_off(tmp_path):
    for i, (base, step) in enumerate([("0.95", "*1 ± 4%"), ("0.85 ± 5%", "*1.1 ± 2%"), ("0.9", "+0.05 ± 0.04")]):
        modes = [{**row, "efficiency": base} if row["product"] == "SAW" else row for row in tables()["modes"]]
        row = option("B", "modes", "product=SAW;mode=on", "efficiency", step)
        read = catalog(tmp_path / str(i), row, modes=modes, settings=DRAWS)
        done = usephase.compare(read, ["base", "B"]).difference("B", "unit", "SAW")
        fixed = base.partition(" ")[0]
        if base == fixed:
            efficiency = float(fixed) * done.against_draws / done.option_draws
            assert efficiency.max() <= 1 + 1e-12
            assert efficiency.max() > 0.99
            assert np.sum(np.isclose(efficiency, 1, atol=1e-9)) <= 2  # cut, not heaped up at the bound


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("*1.05 ± 10%", "out of the possible range"),
        ("*0.9 ± 5% W", "not a factor"),
        ("*triangular(0.9, 0.8, 0.95)", "triangular"),
        ("*-0.9 ± 5%", "possible range"),
    ],
)
def test_a_step_that_cannot_be_is_refused(tmp_path, written, says):
    row = option("B", "modes", "product=DRILL;mode=on", "efficiency", written)
    modes = [{**row, "efficiency": "0.95"} if row["product"] == "DRILL" else row for row in tables()["modes"]]
    with pytest.raises(CatalogError) as refused:
        catalog(tmp_path, row, modes=modes)
    (problem,) = [p for p in refused.value.problems if p.severity == "error"]
    assert problem.where == "options.csv:2:value"
    assert says in f"{problem.what} {problem.fix}"


def test_a_remedy_for_a_step_is_a_step(tmp_path):
    cases = (
        ("*0.85 ± 5", "`*0.85 ± 5%`"), ("*normal(0.5, 0.4)", "`*"), ("+10 ± (5)", "`+"),
        ("*triangular(0.95, 0.85, 0.75)", "`*triangular(0.75"),
    )  # fmt: skip
    for i, (written, meant) in enumerate(cases):
        with pytest.raises(CatalogError) as refused:
            catalog(tmp_path / str(i), option("B", *RATE, written))
        (problem,) = [p for p in refused.value.problems if p.severity == "error"]
        assert meant in problem.fix, (written, problem)
        for again in re.findall(r"`([^`]+)`", problem.fix):
            assert again[0] in "*+", (written, problem)


def test_two_options_that_say_the_same_tie_and_two_that_do_not_are_unknowns_apart(tmp_path):
    rows = [option("A", *RATE, "*0.85 ± 5%"), option("B", *RATE, "*0.85 ± 5%"), option("C", *RATE, "*0.85 ± 6%")]
    read = catalog(tmp_path, *rows, settings=DRAWS)
    same = usephase.compare(read, ["A", "B"]).difference("B")
    assert (same.draws == 0).all()
    assert len(same.contributions) == 0
    assert usephase.compare(read, ["A", "C"]).difference("C", "unit", "SAW").numbers["probability_lower"] == (
        pytest.approx(0.5, abs=0.02)
    )
    both = ratio(read, "base", "A+B")
    assert both.std() == pytest.approx(np.sqrt(2) * 0.85 * 0.85 * 0.05 / 1.959964, rel=0.03)
    sums = usephase.compare(read, ["base", "A+C"]).difference("A+C", "unit", "SAW")
    assert sums.contributions["mean"].sum() == pytest.approx(sums.draws.mean(), rel=1e-9)


def test_the_step_is_named_where_it_decides(tmp_path):
    read = catalog(tmp_path, option("B", *RATE, "*1 ± 30%"), settings=DRAWS)
    cells = usephase.compare(read, ["base", "B"]).decision["cells"]["B"]
    first = cells.iloc[0]
    assert (first["table"], first["column"]) == ("options", "value")
    assert first["row"] == "option=B;table=modes;row=product=SAW,mode=on;column=rate"
    assert first["s1"] > 0.2


def test_no_cell_takes_it(tmp_path):
    read = catalog(tmp_path, option("B", *RATE, "*0.85 ± 5%"))
    (problem,) = judge(read, Edit(*RATE, "*0.85 ± 5%")).problems
    assert problem.severity == "error"
    assert "table options" in problem.fix
