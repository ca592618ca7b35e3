"""What a run gives: labelled figures, draws, the assumption register, and all that is needed to repeat it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from usephase.errors import Problem, StudyError

SCHEMA = "usephase.run/1"
UNIT = "t CO2e"

LABEL_COLUMNS = ("ledger", "grid_basis", "boundary", "phase", "by", "group")
STATISTICS = ("best_estimate", "mean", "sd", "mcse", "p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5")
FIGURE_COLUMNS = ("year", *LABEL_COLUMNS, *STATISTICS)
SERVICE_COLUMNS = ("product", "mode", "unit", "ledger", *STATISTICS)
REGISTER_COLUMNS = (
    "table", "row", "column", "value", "distribution", "best_estimate", "low", "high", "origin", "basis", "source",
    "licence", "pedigree",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Run:
    """Hold one run's answer and its provenance.

    Attributes
    ----------
    meta : mapping
        Settings, versions and times; JSON-able.
    figures : DataFrame
        One row a figure, columns `FIGURE_COLUMNS`; None where a label makes no difference. Unrounded. [t CO2e]
    service : DataFrame
        Figures per hour or cycle of service, columns `SERVICE_COLUMNS`. [kg CO2e/h or kg CO2e/cycle]
    register : DataFrame
        Every assumption used, columns `REGISTER_COLUMNS`; `low` and `high` are the 2.5 and 97.5 % points.
    samples : ndarray (row, draw)
        Draws of the figures that `sample_rows` lists. [t CO2e]
    sample_rows : ndarray of int (row,)
        Positions in `figures`.
    files : mapping of str to bytes
        The catalog as read.
    notes : tuple of str
        Warnings and notes a reader should see.
    """

    meta: Mapping[str, Any]
    figures: pd.DataFrame
    service: pd.DataFrame
    register: pd.DataFrame
    samples: np.ndarray
    sample_rows: np.ndarray
    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()

    def select(
        self,
        ledger: str,
        by: str = "total",
        *,
        phase: str | None = None,
        grid_basis: str | None = None,
        boundary: str | None = None,
    ) -> pd.DataFrame:
        """Find the figures of one ledger and grouping.

        Parameters
        ----------
        ledger : str
            ``category_11``, ``category_12``, ``total``, ``avoided`` or ``biogenic_co2``.
        by : str
            A grouping or a label.
        phase : str, optional
            ``direct`` if not given.
        grid_basis, boundary : str, optional
            The run's headline if not given.

        Returns
        -------
        DataFrame, a row a group, with the index of `figures`; empty if the run has no such figures.

        Notes
        -----
        A label that makes no difference to a figure is null there and matches whatever is asked.
        """
        figures = self.figures
        keep = (figures["ledger"] == ledger) & (figures["by"] == by)
        wanted = {
            "phase": phase or "direct",
            "grid_basis": grid_basis or self.meta["grid_basis"],
            "boundary": boundary or self.meta["boundary"],
        }
        for column, value in wanted.items():
            keep &= figures[column].isna() | (figures[column] == value)
        return figures[keep]

    def figure(self, ledger: str = "total", by: str = "total", group: str = "total", **labels: str) -> pd.Series:
        """Look up one figure; `labels` are ``phase``, ``grid_basis`` and ``boundary`` as in `select`.

        Raises
        ------
        StudyError
            If the run has no such figure; says which groups there are.
        """
        found = self.select(ledger, by, **labels)
        row = found[found["group"] == group]
        if len(row) != 1:
            groups = ", ".join(map(str, found["group"].head(8)))
            fix = f"ask for one of: {groups}" if groups else f"ask for one of: {self._groupings()}"
            raise StudyError([Problem(where=f"{ledger}:{by}={group}", what="the run has no such figure", fix=fix)])
        return row.iloc[0]

    def draws(
        self,
        ledger: str,
        by: str = "total",
        *,
        phase: str | None = None,
        grid_basis: str | None = None,
        boundary: str | None = None,
    ) -> pd.DataFrame:
        """Give the draws of figures, labelled.

        Parameters
        ----------
        ledger, by, phase, grid_basis, boundary
            As in `select`.

        Returns
        -------
        DataFrame (group, draw) [t CO2e].

        Raises
        ------
        StudyError
            If there is no such figure, or its draws were not stored.
        """
        found = self.select(ledger, by, phase=phase, grid_basis=grid_basis, boundary=boundary)
        where = f"{ledger} by {by}"
        if found.empty:
            fix = f"ask for one of: {self._groupings()}"
            raise StudyError([Problem(where=where, what="the run has no such figures", fix=fix)])
        row_of = {int(position): i for i, position in enumerate(self.sample_rows)}
        positions = np.flatnonzero(self.figures.index.isin(found.index))
        if not all(int(p) in row_of for p in positions):
            fix = "run again with --store-draws (in Python: store_draws=True)"
            raise StudyError([Problem(where=where, what="the draws of these figures were not stored", fix=fix)])
        draws = self.samples[[row_of[int(p)] for p in positions]]
        index = pd.Index(found["group"], name="group")
        return pd.DataFrame(draws, index=index, columns=pd.RangeIndex(draws.shape[1], name="draw"))

    def with_draws_of_totals(self) -> "Run":
        """Give the same run without the draws of other groupings than the totals."""
        keep = (self.figures["by"] == "total").to_numpy()[self.sample_rows]
        return replace(self, samples=self.samples[keep], sample_rows=self.sample_rows[keep])

    def save(self, path: str | PathLike[str]) -> None:
        """Write the run to a file that `usephase.open_run` reads; see `usephase.results.store.save_run`."""
        from usephase.results.store import save_run

        save_run(self, path)

    def to_document(self, folder: str | PathLike[str] | None = None) -> dict[str, Any]:
        """Give the answer of ``usephase run --json``.

        Parameters
        ----------
        folder : path, optional
            Where the run was written; null in the document if nowhere.

        Returns
        -------
        dict, JSON-able; an undefined number (the spread of a single draw) is null.
        """
        meta = self.meta
        catalog = meta["catalog"]
        return {
            "schema": SCHEMA,
            "catalog": {"name": catalog["name"], "sha256": catalog["sha256"]},
            "reporting_year": meta["reporting_year"],
            "draws": meta["draws"],
            "seed": meta["seed"],
            "design": meta["design"],
            "unit": UNIT,
            "headline": {"grid_basis": meta["grid_basis"], "boundary": meta["boundary"]},
            "run": None if folder is None else _posix(folder),
            "figures": records(self.figures),
            "service": records(self.service),
        }

    def _groupings(self) -> str:
        pairs = self.figures[["ledger", "by"]].drop_duplicates()
        return ", ".join(f"{ledger} by {by}" for ledger, by in pairs.itertuples(index=False))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table into JSON-able rows: plain Python values, null where nothing is."""
    columns = {str(name): [_plain(value) for value in frame[name].tolist()] for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return None if value is pd.NA else value


def _posix(folder: str | PathLike[str]) -> str:
    from pathlib import Path

    return Path(folder).as_posix()
