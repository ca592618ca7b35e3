"""What editing a catalog's cells is about: an edit, what is judged of it, and what it changes in the files."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from usephase.errors import Problem


class Edit(NamedTuple):
    """Write a text into one cell.

    Attributes
    ----------
    table : str
        A table, or ``settings``.
    row : str
        Its key as in `options`: ``product=DRILL;mode=drilling``. Of the settings the section: ``grid``.
    column : str
    text : str
        What the cell shall say; "" empties it. ``*0.9`` and ``+5`` change the number that is there and keep its
        uncertainty.
    """

    table: str
    row: str
    column: str
    text: str


Cell = tuple[str, str, str]
"""Table, row and column, each written in one way."""


class Pending(NamedTuple):
    """Hold an edit until it is written, so that it means the same however often that is tried.

    Attributes
    ----------
    edit : Edit
        As asked: ``*0.9``.
    base : str
        What the cell said then.
    text : str
        What it shall say: of ``*0.9`` the product.
    """

    edit: Edit
    base: str
    text: str

    @property
    def cell(self) -> Cell:
        """The cell that is meant."""
        return self.edit[:3]

    @property
    def settled(self) -> Edit:
        """The edit that writes the text itself."""
        return self.edit._replace(text=self.text)


@dataclass(frozen=True)
class CellView:
    """Show one cell as it is understood.

    Attributes
    ----------
    text : str
        As written; "" where the default or a reference stands.
    unit : str
        The unit of the numbers below; "" for pure numbers and for text.
    distribution : str
        ``fixed``, ``normal`` …; "" for text and empty cells.
    best_estimate, p2_5, p97_5 : float or None
        None where there is no number.
    density : tuple of (value, relative density)
        A picture of the distribution, highest point 1; of a discrete one its values and weights. Empty if fixed.
    """

    text: str
    unit: str = ""
    distribution: str = ""
    best_estimate: float | None = None
    p2_5: float | None = None
    p97_5: float | None = None
    density: tuple[tuple[float, float], ...] = ()

    @property
    def uncertain(self) -> bool:
        """Whether the cell is drawn."""
        return self.distribution not in ("", "fixed")


@dataclass(frozen=True)
class Judgement:
    """Say what would come of an edit.

    Attributes
    ----------
    edit : Edit
    text : str
        What would stand in the cell: of ``*0.9`` the product.
    problems : tuple of Problem
        What `check` would say that it does not say now.
    kind : {"value", "text", "choice", "number", "year"}
        What the column holds.
    allowed : str
        The possible range, or the possible words.
    before, after : CellView or None
        None where the cell cannot be understood.
    origin : {"catalog", "reference", "default"}
        Where the present number is from.
    place : str
        The cell as its user finds it; "" in the reference.
    """

    edit: Edit
    text: str
    problems: tuple[Problem, ...]
    kind: str = "value"
    allowed: str = ""
    before: CellView | None = None
    after: CellView | None = None
    origin: Literal["catalog", "reference", "default"] = "catalog"
    place: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the edit can be made."""
        return not any(problem.severity == "error" for problem in self.problems)


class CellChange(NamedTuple):
    """Name a cell of a workbook, and what it said and says."""

    place: str
    before: str
    after: str


@dataclass(frozen=True)
class FileChange:
    """Show what changes in one file.

    Attributes
    ----------
    name : str
    kind : {"new", "changed", "workbook"}
    diff : str
        Unified; of a workbook a line a cell.
    cells : tuple of CellChange
        Of a workbook.
    losses : tuple of str
        What writing the workbook again cannot keep.
    """

    name: str
    kind: Literal["new", "changed", "workbook"]
    diff: str
    cells: tuple[CellChange, ...] = ()
    losses: tuple[str, ...] = ()
