"""The reference data that ship with the package: grids, losses, fuels, gases, waste, lives and uses, with sources."""

from usephase.catalog.reference.rows import frame, names
from usephase.catalog.reference.stored import stored_tables
from usephase.catalog.reference.tables import table

__all__ = ["frame", "names", "stored_tables", "table"]
