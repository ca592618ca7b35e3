"""The reference data that ship with the package: grids, losses, fuels, gases, waste, lives and uses, with sources."""

from usephase.catalog.reference.rows import edition, frame, names
from usephase.catalog.reference.stored import stored_tables
from usephase.catalog.reference.story import as_document, find_zones, story
from usephase.catalog.reference.tables import table

__all__ = ["as_document", "edition", "find_zones", "frame", "names", "stored_tables", "story", "table"]
