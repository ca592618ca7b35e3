"""Random catalogs with random options: what must hold whatever is changed."""

import numpy as np
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some


@pytest.mark.parametrize("seed", some(0, 8, 1))
def test_differences_are_those_of_the_figures_and_their_parts_sum(tmp_path, seed):
    settings, tables = random_catalog(np.random.default_rng([seed, 77]), extras=True)
    settings["catalog"].pop("base_year", None)
    settings["monte_carlo"] = {**settings.get("monte_carlo", {}), "draws": 64}
    read = usephase.read_catalog(write_catalog(tmp_path, settings, tables))
    names = sorted({row["option"] for row in tables["options"]})
    done = usephase.compare(read, ["base", *names])
    figures = done.figures[(done.figures["ledger"] == "total") & (done.figures["by"] == "total")]
    head = done.meta["headline"]
    chosen = (figures["grid_basis"] == head["grid_basis"]) & (figures["boundary"] == head["boundary"])
    totals = figures[chosen].set_index("option")["mean"]
    run = usephase.estimate(read).figure("total")["mean"]
    assert totals["base"] == pytest.approx(run, rel=1e-9)
    scale = abs(run)
    for name in names:
        found = done.difference(name)
        assert totals[name] - totals["base"] == pytest.approx(found.draws.mean(), rel=1e-6, abs=1e-9 * scale)
    for found in done.differences:
        size = np.abs(found.against_draws).max()
        gap = found.contributions["mean"].sum() - found.draws.mean()
        assert abs(gap) <= 1e-9 * size
        for _, group in found.parts.groupby("by"):
            assert group["mean"].sum() == pytest.approx(found.draws.mean(), rel=1e-9, abs=1e-9 * size)


def test_an_option_against_another_is_the_difference_of_both_against_the_base(tmp_path):
    from tests.insight.compare_catalogs import catalog, option

    rows = [
        option("A", "modes", "product=DRILL;mode=on", "rate", "*0.8"),
        option("B", "lifetimes", "lifetime=tool", "mean", "*1.3"),
    ]
    read = catalog(tmp_path, *rows)
    base = usephase.compare(read, ["base", "A", "B"])
    other = usephase.compare(read, ["A", "B"]).difference("B")
    assert other.against == "A"
    assert other.draws == pytest.approx(base.difference("B").draws - base.difference("A").draws, rel=1e-9)
    assert set(other.contributions["column"]) == {"rate", "mean"}
    assert other.contributions["mean"].sum() == pytest.approx(other.draws.mean(), rel=1e-9)
