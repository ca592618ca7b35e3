"""A picture as a list of marks, apart from the form (SVG, PNG) it is written in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from usephase.report.charts.style import TEXT_PX, WIDTH

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """Draw a filled rectangle; `title` is told when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    role: str
    title: str = ""


@dataclass(frozen=True)
class Path:
    """Draw a line through points, dashed if asked."""

    points: tuple[Point, ...]
    role: str
    width: float = 1.0
    dashed: bool = False
    title: str = ""


@dataclass(frozen=True)
class Area:
    """Fill a polygon; what is under it is seen through where it is not opaque."""

    points: tuple[Point, ...]
    role: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Dot:
    """Draw a filled circle."""

    x: float
    y: float
    radius: float
    role: str
    title: str = ""


@dataclass(frozen=True)
class Words:
    """Write a line of text; `anchor` is ``start``, ``middle`` or ``end``, `y` the baseline."""

    x: float
    y: float
    text: str
    role: str = "ink"
    anchor: str = "start"
    size: float = TEXT_PX
    bold: bool = False


@dataclass(frozen=True)
class Link:
    """Lead from marks to an address, whose `label` is told; in a file of its own they are plain marks."""

    marks: "tuple[Box | Path | Area | Dot | Words, ...]"
    address: str
    label: str


Mark = Box | Path | Area | Dot | Words | Link


@dataclass(frozen=True)
class Table:
    """Hold a table of finished text.

    Attributes
    ----------
    caption : str
        What it shows, with the unit.
    headers : tuple of str
        The first column's cells name the rows.
    rows : tuple of tuple of str
    numeric : frozenset of int
        Columns to be aligned to the right.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


def table(caption: str, headers: Sequence[str], rows: Sequence[Sequence[str]], *, text: int = 1) -> Table:
    """Make a table whose columns after the first `text` ones are numbers."""
    assert all(len(row) == len(headers) for row in rows), caption
    return Table(caption, tuple(headers), tuple(tuple(row) for row in rows), frozenset(range(text, len(headers))))


@dataclass(frozen=True)
class Picture:
    """Hold a picture, what it shows in words, and the table behind it.

    Attributes
    ----------
    name : str
        Unique on a page; letters, digits and dashes.
    title, description : str
        For those who do not see it.
    height : float
        The width is `WIDTH`. [px]
    """

    name: str
    title: str
    description: str
    height: float
    marks: tuple[Mark, ...]
    table: Table
    width: float = field(default=float(WIDTH))
