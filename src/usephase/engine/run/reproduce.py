"""Compute a stored run again and compare."""

from typing import Any, NamedTuple

import numpy as np

from usephase.catalog import read_files
from usephase.engine.run.estimate import estimate
from usephase.results.content import FIGURE_COLUMNS, LABEL_COLUMNS, STATISTICS
from usephase.results.run import Run


class Reproduction(NamedTuple):
    """What came out when a run was computed again.

    Attributes
    ----------
    identical : bool
        Whether every figure is bitwise the same.
    figures : int
        Number of figures compared.
    differing : list of dict
        Figures that differ: their labels and the largest relative difference of their statistics.
    versions : dict of str to (str, str)
        Versions that differ: then and now.
    """

    identical: bool
    figures: int
    differing: list[dict[str, Any]]
    versions: dict[str, tuple[str, str]]


def reproduce(run: Run, workers: int = 1) -> Reproduction:
    """Compute a run again from the catalog and the settings that it stores.

    Raises
    ------
    CatalogError
        If this version of the package no longer accepts the catalog.
    """
    meta = run.meta
    again = estimate(
        read_files(dict(run.files), meta["catalog"].get("path", "stored catalog"), run.register),
        draws=meta["draws"], seed=meta["seed"], design=meta["design"], by=tuple(meta["by"]), workers=workers,
        store_draws=False, year=meta["reporting_year"], kernel=meta.get("kernel", "numpy"),
    )  # fmt: skip
    now = again.meta["versions"]
    changed = {
        name: (str(then), str(now.get(name, "none")))
        for name, then in meta["versions"].items()
        if then != now.get(name)
    }
    labels = list(LABEL_COLUMNS)
    old = run.figures.assign(**{c: run.figures[c].map(_text) for c in labels}).set_index(labels)
    new = again.figures.assign(**{c: again.figures[c].map(_text) for c in labels}).set_index(labels)
    differing: list[dict[str, Any]] = [
        {**dict(zip(labels, key, strict=True)), "difference": None} for key in old.index.symmetric_difference(new.index)
    ]
    both = old.index.intersection(new.index)
    a, b = (x.loc[both, list(STATISTICS)].to_numpy(dtype=float) for x in (old, new))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    for i in np.flatnonzero(~same.all(axis=1)):
        largest = float(np.nanmax(np.abs(a[i] - b[i])) / max(np.nanmax(np.abs(a[i])), 1e-300))
        differing.append({**dict(zip(labels, both[int(i)], strict=True)), "difference": largest})
    return Reproduction(not differing, len(run.figures), differing, changed)


def _text(x: Any) -> str:
    return "" if x is None or x != x else str(x)


assert set(LABEL_COLUMNS) < set(FIGURE_COLUMNS)
