"""Golden runs computed again: the same bits with the same versions on the same kind of processor, else 1e-12."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.golden import golden
from usephase.results.content import STATISTICS

ACROSS = 1e-12
# Where less than 1e-9 of a life is left, rounding decides in which calendar year it is booked.
CALENDAR_ACROSS = 1e-9
REMAKE = "if the change is meant, run: python src/reference_build/remake_golden.py 'REASON'"


@pytest.fixture(scope="module")
def same_surroundings() -> bool:
    made = json.loads((golden.HERE / "made_with.json").read_text(encoding="utf-8"))
    return bool(made == golden.surroundings())


@pytest.mark.parametrize("name", golden.NAMES)
def test_figures(name: str, same_surroundings: bool) -> None:
    then, now = golden.stored(name), golden.compute(name)
    if same_surroundings:
        pd.testing.assert_frame_equal(then[golden.LABELS], now[golden.LABELS])
        differing = int((then[list(STATISTICS)].to_numpy() != now[list(STATISTICS)].to_numpy()).any(axis=1).sum())
        assert differing == 0, f"{differing} of {len(then)} figures differ in bits; {REMAKE}"
        return
    a, b = (frame.set_index(golden.LABELS) for frame in (then, now))
    # A group that is next to nothing may be there with one version and not with another.
    scale = a.groupby(level=["ledger", "grid_basis", "boundary", "phase"])["mean"].transform("max")
    for only, sizes in ((a.index.difference(b.index), a), (b.index.difference(a.index), b)):
        assert (sizes.loc[only, "mean"].abs() <= CALENDAR_ACROSS * scale.max()).all(), REMAKE
    both = a.index.intersection(b.index)
    calendar = np.array(both.get_level_values("by") == "calendar_year")
    floor = np.where(calendar, CALENDAR_ACROSS, ACROSS) * scale.loc[both].to_numpy()
    largest = a.loc[both, list(STATISTICS)].abs().max(axis=1).to_numpy()
    for column in STATISTICS:
        error = np.abs(a.loc[both, column].to_numpy() - b.loc[both, column].to_numpy())
        # The spread of what hardly varies is known to rounding of the figure itself.
        assert (error <= ACROSS * largest + floor).all(), f"{column}: {REMAKE}"


def test_the_stored_figures_are_worth_comparing() -> None:
    for name in golden.NAMES:
        frame = golden.stored(name)
        assert len(frame) > 40
        assert (frame["sd"] > 0).mean() > 0.5
        assert {"category_11", "category_12", "total"} <= set(frame["ledger"])
