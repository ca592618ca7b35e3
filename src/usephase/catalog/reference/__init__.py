"""The reference data that ship with the package: grids, losses, fuels, gases, waste, lives and uses, with sources."""

from usephase.catalog.reference.moved import moved, summary, tables_moved
from usephase.catalog.reference.rows import edition, edition_of, editions_known, frame, names
from usephase.catalog.reference.stored import stored_tables
from usephase.catalog.reference.story import as_document, find_zones, story
from usephase.catalog.reference.tables import table

__all__ = [
    "as_document", "edition", "edition_of", "editions_known", "find_zones", "frame", "moved", "names", "stored_tables",
    "story", "summary", "table", "tables_moved",
]  # fmt: skip
