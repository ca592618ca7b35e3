"""What a page is put together from: sections of paragraphs, facts, pictures and tables; all plain text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usephase.report.charts.marks import Picture, Table

if TYPE_CHECKING:  # what explains a figure loads the engine
    from usephase.report.tree import Branch

CELLS_ROWS_MAX = 400
"""Rows of a table on the page; figures.csv and run.h5 have them all."""


@dataclass(frozen=True)
class Paragraph:
    """Say something."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True)
class Facts:
    """Name things and their values."""

    rows: tuple[tuple[str, str], ...]
    kind: str = "facts"


@dataclass(frozen=True)
class Listing:
    """List lines of text."""

    rows: tuple[str, ...]
    kind: str = "listing"


@dataclass(frozen=True)
class Code:
    """Show what to type."""

    text: str
    kind: str = "code"


@dataclass(frozen=True)
class Shown:
    """Show a picture, and the table behind it on demand."""

    picture: Picture
    kind: str = "picture"


@dataclass(frozen=True)
class Tabled:
    """Show a table; with a `summary` only on demand. `more` counts the rows that were left out."""

    table: Table
    summary: str = ""
    more: int = 0
    kind: str = "table"
    wide: bool = False


@dataclass(frozen=True)
class Tree:
    """Show how a number is worked out, folded."""

    branch: "Branch"
    kind: str = "tree"


@dataclass(frozen=True)
class Headline:
    """Hold the page's first lines."""

    amount: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]


Part = Tree | Paragraph | Facts | Listing | Code | Shown | Tabled


@dataclass(frozen=True)
class Section:
    """Hold a section of the page; `name` is its anchor."""

    name: str
    title: str
    parts: tuple[Part, ...]


def section(name: str, title: str, parts: Sequence[Part | None]) -> Section | None:
    """Make a section; None where nothing but words would be in it."""
    there = tuple(part for part in parts if part is not None)
    return Section(name, title, there) if any(not isinstance(part, Paragraph) for part in there) else None
