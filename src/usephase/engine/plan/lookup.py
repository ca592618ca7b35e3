"""What compiling looks things up in: names numbered in order, columns and rows of tables."""

import numpy as np
import pandas as pd

from usephase.catalog.values.cells import objects

NO_ROWS = np.empty(0, dtype=np.int64)


class Index:
    """Number names in the order of their first use."""

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        self.at = {name: i for i, name in enumerate(names)}

    def __call__(self, name: str) -> int:
        """Give a name's number."""
        return self.at.setdefault(name, len(self.at))

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names by number."""
        return tuple(self.at)


class Columns:
    """A table's columns as arrays, each made when it is asked for."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._made: dict[str, np.ndarray] = {}

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._made:
            column = self._frame[name]
            numeric = column.dtype.kind in "if"
            self._made[name] = column.to_numpy() if numeric else objects(column)
        return self._made[name]


def rows_by(column: "pd.Series[str]") -> dict[str, np.ndarray]:
    """Give the rows of every name in a column, ascending."""
    codes, names = pd.factorize(column)
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(codes, minlength=len(names)))[:-1])
    return dict(zip(names.tolist(), parts, strict=True)) if len(names) else {}
