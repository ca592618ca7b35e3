"""The catalog in memory: tables of text, plain numbers and uncertain values, each row with its place."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from usephase.catalog.read.damage import Damage
from usephase.catalog.schema import TABLES, Settings
from usephase.errors import Problem
from usephase.sampling.distributions import ABSENT


@dataclass(frozen=True)
class Values:
    """Hold one column of uncertain values.

    Attributes
    ----------
    kind : ndarray of int8 (row,)
        A kind of `usephase.sampling.distributions`; ``ABSENT`` where the cell is empty and has no default.
    params : ndarray (row, 4)
        Parameters of the distribution in the column's canonical unit.
    text : ndarray of object (row,)
        The cell as written; "" where the default stands.
    low, high : float
        The column's physical range; draws are truncated to it.
    points : tuple of (ndarray, ndarray)
        Values and weights of the discrete distributions; ``params[i, 0]`` is the index of row i's pair.
    """

    kind: np.ndarray
    params: np.ndarray
    text: np.ndarray
    low: float
    high: float
    points: tuple[tuple[np.ndarray, np.ndarray], ...] = ()

    def present(self) -> np.ndarray:
        """Tell which rows have a value. Shape (row,)."""
        return self.kind != ABSENT


@dataclass(frozen=True)
class Table:
    """Hold one table, rows sorted by key.

    Attributes
    ----------
    frame : DataFrame
        Every column that is not an uncertain value (text as str, "" where empty; plain numbers as float64;
        years as int64, -1 where empty), ``source`` and ``pedigree`` included; index 0, 1, 2, …
    values : mapping of str to Values
        The uncertain columns, aligned with `frame`.
    line : ndarray of int (row,)
        The line an editor shows (the header's is the first line that is not a comment), or the sheet's row.
    origin : str
        File name, or sheet name when `sheet` is true.
    """

    name: str
    frame: pd.DataFrame
    values: Mapping[str, Values]
    line: np.ndarray
    origin: str
    sheet: bool = False
    letters: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frame)

    def place(self, row: int, column: str = "") -> str:
        """Name a cell as its user finds it: ``modes.csv:14:rate`` or ``modes!C14``."""
        if self.sheet:
            return f"{self.origin}!{self.letters.get(column, 'A')}{self.line[row]}"
        return f"{self.origin}:{self.line[row]}" + (f":{column}" if column else "")

    def key(self, row: int) -> str:
        """Write a row's key as in `options`: ``product=DRILL;mode=drilling`` (empty optional keys left out)."""
        parts = []
        for name in TABLES[self.name].keys:
            value = self.frame[name].iloc[row]
            if value not in ("", -1):
                parts.append(f"{name}={value}")
        return ";".join(parts)


_SMALL_ROWS = 10_000


@dataclass(frozen=True)
class Catalog:
    """Hold what is sold and what is assumed about it, as read and checked.

    Attributes
    ----------
    tables : mapping of str to Table
        Every table of the schema (empty ones included) plus ``settings``, one row with the columns
        ``level`` and ``trend``.
    files : mapping of str to bytes
        The input files, byte for byte, by name.
    warnings : tuple of Problem
        What is allowed but should be known.
    reference : mapping of str to Table
        Reference tables to answer in the place of the package's: those that a stored run used.
    aliases : tuple of (str, str, str)
        Common names that were read as another: ``place`` or ``material``, as written, as read.
    damaged : tuple of Damage
        What could not be read; its consequences are not said.
    samples : mapping of str to mapping of str to ndarray (row,)
        Joint samples by name, and by column; rows in the order in which draws take them.
    """

    path: str
    settings: Settings
    tables: Mapping[str, Table]
    labels: tuple[str, ...]
    files: Mapping[str, bytes]
    sha256: str
    warnings: tuple[Problem, ...] = ()
    reference: Mapping[str, Table] = field(default_factory=dict)
    aliases: tuple[tuple[str, str, str], ...] = ()
    damaged: tuple[Damage, ...] = ()
    samples: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    @cached_property
    def called(self) -> Mapping[str, str]:
        """What products are called where that is not their key: their name, with the key where two share one."""
        frame = self.tables["products"].frame
        names = dict(zip(frame["product"].astype(str), frame["name"].astype(str), strict=True))
        shared = Counter([*names.values(), *(key for key, name in names.items() if name != key)])
        told = ((key, name if shared[name] == 1 else f"{name} ({key})") for key, name in names.items() if name)
        return {key: name for key, name in told if name != key}

    def is_small(self) -> bool:
        """Tell whether what each step on its tables costs counts more than their rows."""
        return sum(map(len, self.tables.values())) <= _SMALL_ROWS
