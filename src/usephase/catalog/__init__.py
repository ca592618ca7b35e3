"""What is sold, and what is assumed about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from usephase.catalog.table import Catalog

__all__ = ["read_catalog", "read_files"]


def read_catalog(path: str | PathLike[str]) -> Catalog:
    """Read and check a catalog.

    Parameters
    ----------
    path : str or path-like
        A folder or an .xlsx workbook.

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
    from usephase.catalog.read import complete, load

    catalog, problems = load(path)
    return complete(catalog, problems + check(catalog, problems))


def read_files(files: Mapping[str, bytes], path: str = "") -> Catalog:
    """Read and check a catalog from the bytes of its files, as a run stores them; else as `read_catalog`."""
    from usephase.catalog.checks import check
    from usephase.catalog.read import complete, load_files

    catalog, problems = load_files(files, path)
    return complete(catalog, problems + check(catalog, problems))
