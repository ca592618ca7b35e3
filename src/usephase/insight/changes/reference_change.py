"""What newer reference data do to a figure: the rows that a catalog uses, as a run stored them and as they are now."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from usephase.catalog import read_files
from usephase.catalog.register import register
from usephase.catalog.resolve import reference_of, resolve
from usephase.catalog.schema import ARCHETYPES
from usephase.catalog.table import Catalog
from usephase.insight.changes.recalculation import Step
from usephase.insight.comparison.ties import gap
from usephase.results.run import Run

ROW = "reference data"
_ASSUMPTIONS = frozenset({"end_of_life", "lifetimes", "use_profiles", *ARCHETYPES})


def changed_cells(first: Catalog, second: Catalog) -> list[dict[str, Any]]:
    """List the reference values that answer for the first catalog and differ in the second's reference data.

    Returns
    -------
    list of dict
        kind, table, row, column, before, after; a text is empty where one has no such row.

    Notes
    -----
    Sets of warming potentials that differ are a difference of method; their reference data are not compared.
    """
    if first.settings.gwp != second.settings.gwp:
        return []
    if first.reference is second.reference and first.settings.edition == second.settings.edition:
        return []
    before, after = (_used(one) for one in (first, _with_reference_of(first, second)))
    return [
        {
            "kind": kind(key[0]), "table": key[0], "row": key[1], "column": key[2],
            "before": before.get(key, ""), "after": after.get(key, ""),
        }
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    ]  # fmt: skip


def changed_since(run: Run) -> list[dict[str, Any]]:
    """List the reference values that a stored run used and that this version of the package ships differently."""
    path = str(run.meta["catalog"].get("path", "stored catalog"))
    then = read_files(dict(run.files), path, run.register)
    return changed_cells(then, replace(then, reference={}))


def reference_steps(
    first: Catalog, second: Catalog, cells: list[dict[str, Any]], level: Callable[[Catalog], np.ndarray]
) -> tuple[Catalog, list[Step]]:
    """Put the second's reference data into the first catalog, table by table.

    Parameters
    ----------
    first, second : Catalog
    cells : list of dict
        As `changed_cells` gives them.
    level : callable
        Gives the figure's draws for a catalog. [t CO2e]

    Returns
    -------
    catalog : Catalog
        The first with the second's reference data.
    steps : list of Step
        What each table does; they sum to what the reference data do.
    """
    done = _with_reference_of(first, second)
    look = reference_of(second)
    tables = list(dict.fromkeys(str(cell["table"]) for cell in cells))
    steps: list[Step] = []
    last = level(first) if tables else np.empty(0)
    held = dict(first.reference)
    for i, table in enumerate(tables):
        held[table] = look(table)
        now = level(done if i == len(tables) - 1 else replace(first, reference=dict(held)))
        steps.append(Step(kind(table), table, ROW, gap(now, last)))
        last = now
    return done, steps


def _with_reference_of(first: Catalog, second: Catalog) -> Catalog:
    settings = first.settings.model_copy(update={"edition": second.settings.edition})
    return replace(first, reference=second.reference, settings=settings)


def kind(table: str) -> str:
    """Say of what kind a change of a reference table is: a key of `usephase.insight.changes.difference.CLASSES`."""
    return "assumptions" if table in _ASSUMPTIONS else "factors"


def _used(catalog: Catalog) -> dict[tuple[str, str, str], str]:
    """Give the reference values that answer for a catalog by table, row and column."""
    listed = register(resolve(catalog))
    mine = listed.loc[listed["origin"] == "reference", ["table", "row", "column", "value"]].astype(str)
    return {(table, row, column): value for table, row, column, value in mine.itertuples(index=False)}
