"""What a run gives: labelled figures, draws, the assumption register, and all that is needed to repeat it."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from usephase.errors import Problem, StudyError
from usephase.results.content import COMMON_COLUMNS, pack, unpack
from usephase.results.scenarios import scenario_share, weights
from usephase.results.store import read_as, write_arrays

SCHEMA = "usephase.run/1"
UNIT = "t CO2e"


def _no_common_errors() -> pd.DataFrame:
    kinds = {name: object if name in ("by", "group") else float for name in COMMON_COLUMNS}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


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
    common_errors : DataFrame
        The 95 % intervals of the totals if judgements shared errors, columns `COMMON_COLUMNS`; `widening` is how many
        times as wide they are. No rows where that was not asked. [t CO2e]
    """

    meta: Mapping[str, Any]
    figures: pd.DataFrame
    service: pd.DataFrame
    register: pd.DataFrame
    samples: np.ndarray
    sample_rows: np.ndarray
    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()
    common_errors: pd.DataFrame = field(default_factory=_no_common_errors)

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
        rows = self._rows.get((ledger, by), np.empty(0, dtype=np.intp))
        wanted = {
            "phase": phase or "direct",
            "grid_basis": grid_basis or self.meta["grid_basis"],
            "boundary": boundary or self.meta["boundary"],
        }
        for column, value in wanted.items():
            held = self._labels[column][rows]
            rows = rows[(held == value) | pd.isna(held)]
        return self.figures.take(rows)

    @cached_property
    def _labels(self) -> Mapping[str, np.ndarray]:
        return {name: self.figures[name].to_numpy(dtype=object) for name in ("phase", "grid_basis", "boundary")}

    @cached_property
    def _rows(self) -> Mapping[Hashable, np.ndarray]:
        """Rows of the figures by ledger and grouping: a page asks some hundred times."""
        found = self.figures.groupby(["ledger", "by"], sort=False, observed=True).indices
        return {key: np.asarray(rows) for key, rows in found.items()}

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
        """Give the same run without the draws of other groupings than the totals, and what is extrapolated to them."""
        keep = self.figures["by"].isin(["total", "coverage"]).to_numpy()[self.sample_rows]
        return replace(self, samples=self.samples[keep], sample_rows=self.sample_rows[keep])

    def save(self, path: str | PathLike[str]) -> None:
        """Write the run to one file that `open_run` reads, whole or not at all.

        Parameters
        ----------
        path : path
            The file; one of that name is replaced only when the new one is complete. Missing folders are made.

        Raises
        ------
        StoreError
            If the disk is full or the system refuses.
        """
        write_arrays(path, pack({part.name: getattr(self, part.name) for part in fields(self)}))

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
            "scenarios": [{"scenario": name, "weight": weight} for name, weight in weights(self).items()],
            "scenario_share": {ledger: scenario_share(self, ledger) for ledger in ("total", "category_11")},
            "run": None if folder is None else _posix(folder),
            "figures": records(self.figures),
            "service": records(self.service),
            "common_errors": records(self.common_errors),
            "inputs": list(meta.get("variance", {}).get("inputs", [])),
        }

    def _groupings(self) -> str:
        pairs = self.figures[["ledger", "by"]].drop_duplicates()
        return ", ".join(f"{ledger} by {by}" for ledger, by in pairs.itertuples(index=False))


def open_run(path: str | PathLike[str]) -> Run:
    """Read a run and verify every checksum.

    Parameters
    ----------
    path : path
        The file, or the run's folder.

    Raises
    ------
    StoreError
        If the file is missing, not a run, cut off, damaged, or of a newer schema.
    """
    return Run(**read_as(unpack, path))


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
