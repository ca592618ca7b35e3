"""Sale years evaluated together are what the engine gives for each of them."""

from pathlib import Path

import numpy as np
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog.resolve import resolve
from usephase.engine.study import Study
from usephase.insight.cohorts import Cohort, cohorts
from usephase.insight.track import WASTE_ONLY


def same(ours: Cohort, theirs: Cohort) -> None:
    assert (ours.year, ours.sales) == (theirs.year, theirs.sales)
    for name in ("groups", "best", "calendar", "choices", "served"):
        a = getattr(ours, name)
        b = {key: x for key, x in getattr(theirs, name).items() if key[1] not in WASTE_ONLY}
        if name == "calendar":  # a kernel may list calendar years in which nothing is emitted
            b = {key: x for key, x in b.items() if key in a or x.any()}
        assert a.keys() == b.keys()
        for key, x in b.items():
            assert a[key] == pytest.approx(x, rel=1e-11, abs=1e-14 * np.abs(x).max()), (ours.year, name, key)


@pytest.mark.parametrize("seed", some(0, 10, 1))
def test_years_together_are_the_engines(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, tables = random_catalog(np.random.default_rng(500 + seed), extras=seed % 2 == 0)
    resolved = resolve(usephase.read_catalog(write_catalog(tmp_path / "catalog", settings, tables)))
    until = max(int(row["year"]) for row in tables["sales"]) + 2
    study = Study("quasi", seed, 80)
    labels = tuple(resolved.catalog.labels)
    theirs = cohorts(resolved, study, until=until, growth=0.03, by=labels, one_by_one=True)
    # Blocks that hold whole lanes: how far the tail of a life reaches depends on its neighbours.
    monkeypatch.setattr("usephase.insight.cohorts.BLOCK", 64)
    ours = cohorts(resolved, study, until=until, growth=0.03, by=labels, workers=2)
    for mine, other in zip(ours, theirs, strict=True):
        same(mine, other)
