"""What is sold, and what is assumed about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import pandas as pd

    from usephase.catalog.table import Catalog

__all__ = ["DATABASES", "read_catalog", "read_files"]

DATABASES = ("duckdb:", "sqlite:")
"""How the path of a catalog begins that is in a database."""


def read_catalog(path: str | PathLike[str]) -> Catalog:
    """Read and check a catalog.

    Parameters
    ----------
    path : str or path-like
        A folder or an .xlsx workbook; or a database, ``duckdb:FILE`` or ``sqlite:FILE``.

    Returns
    -------
    Catalog
        With its warnings.

    Raises
    ------
    CatalogError
        If anything is wrong: carries every problem found, errors and warnings.
    """
    from usephase.catalog.checks import check
    from usephase.catalog.read.load import complete, load
    from usephase.heap import arrow_on_the_heap, give_back

    with arrow_on_the_heap():
        if (text := str(path)).startswith(DATABASES):
            checked = _from_warehouse(*text.split(":", 1))
        else:
            catalog, problems = load(path)
            checked = complete(catalog, check(catalog, problems))
    give_back()  # several times what is kept is taken for a moment
    return checked


def read_files(files: Mapping[str, bytes], path: str = "", register: pd.DataFrame | None = None) -> Catalog:
    """Read and check a catalog from the bytes of its files, as a run stores them; else as `read_catalog`.

    Parameters
    ----------
    files : mapping of str to bytes
        The catalog's files by name.
    path : str
        Where they come from.
    register : DataFrame, optional
        The run's assumption register: the reference rows that it lists answer in the place of the package's.
    """
    from dataclasses import replace

    from usephase.catalog.checks import check
    from usephase.catalog.read.load import complete, load_files
    from usephase.catalog.reference import stored_tables

    catalog, problems = load_files(files, path)
    if register is not None:
        catalog = replace(catalog, reference=stored_tables(register, catalog.settings.gwp))
    return complete(catalog, check(catalog, problems))


def _from_warehouse(kind: str, path: str) -> Catalog:
    """Read and check a catalog of a database; places are ``table:row:column``, rows counted from 0."""
    from usephase.catalog.memory.files import as_files, placed
    from usephase.catalog.memory.warehouse import tables_in
    from usephase.errors import CatalogError

    frames, settings = tables_in(kind, path)
    try:
        return read_files(as_files(frames, settings))
    except CatalogError as refused:
        raise placed(refused, frames) from None
