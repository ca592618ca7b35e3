"""The worked examples of the GHG Protocol's guidance and the closed forms, through the public face, to 1e-9."""

from pathlib import Path

import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.worked import Worked, worked_examples


@pytest.mark.parametrize("example", worked_examples(), ids=lambda example: example.name)
def test_worked_example(example: Worked, tmp_path: Path) -> None:
    catalog = usephase.read_catalog(write_catalog(tmp_path / "catalog", example.settings, example.tables))
    run = usephase.estimate(catalog, draws=16)
    columns = ["ledger", "grid_basis", "boundary", "phase", "by", "group"]
    found = {
        tuple(None if part is None or part != part else str(part) for part in key): (best, mean, sd)
        for *key, best, mean, sd in run.figures[[*columns, "best_estimate", "mean", "sd"]].itertuples(index=False)
    }
    headline = (run.meta["grid_basis"], run.meta["boundary"])
    for key, expected in example.figures.items():
        if key not in found:
            # Only totals, components and phases have rows on every basis and boundary; a row may be left out where
            # there is nothing to count.
            assert expected == 0.0 or (key[4] not in ("total", "component") and key[1:3] != headline), key
            continue
        best, mean, sd = found[key]
        assert best == pytest.approx(expected, rel=1e-9, abs=1e-12), key
        assert mean == pytest.approx(expected, rel=1e-9, abs=1e-12), key
        assert sd == 0.0, key
    for (product, ledger), expected in example.service.items():
        rows = run.service[(run.service["product"] == product) & (run.service["ledger"] == ledger)]
        assert rows["best_estimate"].tolist() == pytest.approx([expected], rel=1e-9)
        assert rows["mean"].tolist() == pytest.approx([expected], rel=1e-9)
