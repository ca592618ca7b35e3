"""What makes up the difference between two options: held against every subset of edited catalogs."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest

import usephase
from tests.insight.compare_catalogs import SETTINGS, catalog, option, tables
from tests.reference.folder import write_catalog
from tests.seeds import some

CELLS = {
    ("modes", "product=DRILL;mode=on", "rate"): ("400 ± 20%", "300 ± 10%"),
    ("modes", "product=DRILL;mode=on", "efficiency"): ("0.85", "0.9"),
    ("modes", "product=DRILL;mode=idle", "rate"): ("1 */ 1.5", "0.5 */ 1.2"),
    ("modes", "product=SAW;mode=on", "rate"): ("700 ± 10%", "800"),
    ("use_profiles", "use_profile=drill;mode=on", "amount"): ("40 */ 2", "70 */ 1.5"),
    ("lifetimes", "lifetime=tool", "mean"): ("12 */ 1.2", "8 */ 1.1"),
    ("lifetimes", "lifetime=long", "mean"): ("20", "30"),
}
"""Cells with other values for them; nobody's life is `long`."""


def _total(folder, chosen):
    """Estimate the catalog with other texts in some cells."""
    made = tables()
    for (table, row, column), text in chosen.items():
        keys = dict(part.split("=") for part in row.split(";"))
        found = [r for r in made[table] if all(r.get(k) == v for k, v in keys.items())]
        assert len(found) == 1
        found[0][column] = text
    run = usephase.estimate(usephase.read_catalog(write_catalog(folder, SETTINGS, made)), draws=64)
    return run.figure("total")["mean"]


def _brute_force(folder, first, second, known):
    """Give the Shapley value of every cell in which two edits differ, from all subsets; `known` is kept."""
    cells = [cell for cell in dict.fromkeys([*first, *second]) if first.get(cell) != second.get(cell)]
    values = {}
    for size in range(len(cells) + 1):
        for on in combinations(cells, size):
            side = {cell: (second if cell in on or cell not in cells else first).get(cell) for cell in CELLS}
            chosen = {cell: text for cell, text in side.items() if text is not None}
            made = frozenset(chosen.items())
            if made not in known:
                known[made] = _total(folder / f"{len(known)}", chosen)
            values[frozenset(on)] = known[made]
    n = len(cells)
    return {
        cell: sum(
            factorial(len(on)) * factorial(n - len(on) - 1) / factorial(n) * (values[on | {cell}] - values[on])
            for on in values
            if cell not in on
        )
        for cell in cells
    }


@pytest.mark.parametrize("seed", some(0, 3, 0))
def test_contributions_are_the_shapley_values_of_the_cells_that_differ(tmp_path, seed):
    rng = np.random.default_rng([seed, 10])
    cells = list(CELLS)
    # Two options that may be joined hold other cells; what a third shares with them, it may share or set otherwise.
    order = [cells[i] for i in rng.permutation(len(cells))]
    parts = {"a": order[:2], "b": order[2:4], "c": [order[i] for i in rng.choice(6, 3, replace=False)]}
    edits = {name: {cell: CELLS[cell][int(rng.integers(2))] for cell in chosen} for name, chosen in parts.items()}
    rows = [option(name, *cell, text) for name, chosen in edits.items() for cell, text in chosen.items()]
    read = catalog(tmp_path / "with_options", *rows, settings={"monte_carlo": {"draws": 64, "seed": 3}})
    known = {}
    for against, other in (("a", "c"), ("a+b", "c"), ("a", "a+b")):
        sides = [{k: v for name in side.split("+") for k, v in edits[name].items()} for side in (against, other)]
        expected = _brute_force(tmp_path, *sides, known)
        found = usephase.compare(read, [against, other]).difference(other)
        told = found.contributions.set_index(["table", "row", "column"])["mean"].to_dict()
        assert set(told) == set(expected)
        scale = abs(found.against_draws).mean()
        for cell, share in expected.items():
            assert told[cell] == pytest.approx(share, rel=1e-8, abs=1e-11 * scale)
            assert told[cell] == 0 or cell[1] != "lifetime=long"  # not 7e-18: nobody refers to it


def test_a_cell_that_differs_is_listed_even_if_it_touches_no_product(tmp_path):
    """Whether one product is looked at or several: a life of nobody contributes exactly nothing."""
    rows = [
        option("one", "modes", "product=DRILL;mode=idle", "rate", "*0.5"),
        option("one", "lifetimes", "lifetime=long", "mean", "30"),
        option("two", "modes", "product=SAW;mode=on", "rate", "*0.5"),
    ]
    read = catalog(tmp_path, *rows)
    for other, count in (("one", 2), ("one+two", 3)):
        told = usephase.compare(read, ["base", other]).difference(other).contributions.set_index("row")["mean"]
        assert len(told) == count
        assert told["lifetime=long"] == 0
        assert (told.drop("lifetime=long") < 0).all()


def test_what_both_options_change_is_not_listed_and_a_life_of_nobody_is_exactly_nothing(tmp_path):
    drill = "product=DRILL;mode=on"
    rows = [
        option("motor", "modes", drill, "rate", "*0.85"),
        option("life", "lifetimes", "lifetime=tool", "mean", "*1.2"),
        option("life", "lifetimes", "lifetime=long", "mean", "*1.2"),
    ]
    found = usephase.compare(catalog(tmp_path, *rows), ["motor", "motor+life"])
    for each in found.differences:
        told = each.contributions.set_index("row")["mean"]
        assert drill not in told.index
        assert told.get("lifetime=long", 0.0) == 0.0


def test_equal_designs_tie(tmp_path):
    """The same product of three numbers, multiplied in another order: differences of the last bits only."""
    rows = [
        option("first", "modes", "product=SAW;mode=on", "rate", "*0.7"),
        option("first", "use_profiles", "use_profile=drill;mode=on", "amount", "*0.3"),
        option("second", "modes", "product=SAW;mode=on", "rate", "*0.3"),
        option("second", "use_profiles", "use_profile=drill;mode=on", "amount", "*0.7"),
    ]
    done = usephase.compare(catalog(tmp_path, *rows), ["first", "second"], product="SAW")
    found = done.difference("second", "portfolio", None) if done.differences[0].product is None else done.differences[0]
    assert not (found.option_draws == found.against_draws).all()  # else there were nothing to see
    assert found.numbers["probability_lower"] == 0
    assert found.numbers["probability_equal"] == 1
    assert found.numbers["mean"] == found.numbers["regret_option"] == found.numbers["regret_against"] == 0
    assert done.ranking["probability_best"].tolist() == [0.5, 0.5]
    assert (done.ranking["dominated_by"] == "").all()
