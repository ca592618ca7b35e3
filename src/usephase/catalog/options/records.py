"""What an option's rows are once they are understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from usephase.catalog.values.refusal import Refusal
from usephase.sampling import distributions as dist
from usephase.sampling.distributions import Points

Address = tuple[str, str, str]
"""A cell as its user writes it: table, row, column."""


class RowRefusal(Refusal):
    """A row of `options` that is refused; `at` is the column at fault."""

    def __init__(self, refusal: Refusal, at: str) -> None:
        super().__init__(refusal.what, refusal.fix)
        self.at = at


@dataclass(frozen=True)
class Edit:
    """Put another value into one cell.

    Attributes
    ----------
    address : (table, row, column)
    operation : {"set", "multiply", "add", "take"}
        `multiply` and `add` act on the base's draw; `take` adds `number` times the base's draw of `source`.
    number : float
        The factor, the addend or the value: the best estimate of it.
    kind, params, points
        Of "set" the distribution that takes the place of the base's; of an uncertain step the step's.
    source : (table, row, column) or None
        Of "take".
    """

    address: Address
    operation: Literal["set", "multiply", "add", "take"]
    number: float
    kind: int = dist.FIXED
    params: np.ndarray | None = None
    points: Points | None = None
    source: Address | None = None

    @property
    def uncertain_step(self) -> bool:
        """Whether it multiplies by or adds what is itself drawn."""
        return self.operation in ("multiply", "add") and self.kind != dist.FIXED

    @property
    def stream(self) -> str:
        """The group of the unknown of an uncertain step: its own, and that of every option that says the same."""
        assert self.params is not None
        points = [] if self.points is None else [np.asarray(x).tolist() for x in self.points]
        return ":".join(("step", *self.address, self.operation, str(self.kind), f"{self.params.tolist()}{points}"))


@dataclass(frozen=True)
class RowChange:
    """Change what a table says other than by a value.

    Attributes
    ----------
    kind : {"add", "remove", "text", "fill"}
        `fill` writes a value into a cell that is empty in the base.
    table : str
    keys : mapping of str to str
        The row.
    cells : mapping of str to str
        By column: of "add" all that is filled, of "text" the new text.
    edit : Edit or None
        Of "fill".
    """

    kind: Literal["add", "remove", "text", "fill"]
    table: str
    keys: Mapping[str, str]
    cells: Mapping[str, str]
    edit: Edit | None = None


@dataclass(frozen=True)
class OptionRow:
    """Hold one row of an option, understood.

    Attributes
    ----------
    option, table, row, column, value : str
        As written; the row with its keys in their order.
    number : int
        Its row in the table `options`.
    edits : tuple of Edit
    change : RowChange or None
    lots : tuple of (product, region, year)
        Sales rows that must be there, with no units in the base, for a substitution to fill.
    """

    option: str
    table: str
    row: str
    column: str
    value: str
    number: int
    edits: tuple[Edit, ...] = ()
    change: RowChange | None = None
    lots: tuple[tuple[str, str, str], ...] = ()

    @property
    def key(self) -> str:
        """The row itself, as addresses write one; of the row that it changes the parts are joined by commas."""
        parts = {"option": self.option, "table": self.table, "row": self.row.replace(";", ","), "column": self.column}
        return ";".join(f"{name}={text}" for name, text in parts.items() if text)


@dataclass(frozen=True)
class Cost:
    """Hold what an option costs over the base: a unit sold, or in total."""

    option: str
    per: Literal["unit", "total"]
    kind: int
    params: np.ndarray
    points: Points | None


@dataclass(frozen=True)
class Options:
    """Hold every option of a catalog: its rows and its costs by name."""

    rows: Mapping[str, tuple[OptionRow, ...]]
    costs: Mapping[str, tuple[Cost, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the options, sorted."""
        return tuple(sorted(self.rows))
