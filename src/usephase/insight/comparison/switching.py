"""Values of a model in which some cells are switched between the base's draw and an option's."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from usephase.catalog.options.records import Address, Edit
from usephase.catalog.options.understand import shifted_bounds
from usephase.catalog.schema import TABLES
from usephase.engine.plan.values import Values
from usephase.sampling import distributions as dist
from usephase.sampling.design import Design
from usephase.sampling.distributions import quantile, truncation
from usephase.sampling.draws import Cells, Law, law, uniforms, values_at


class SwitchedValues(Values):
    """Give drawn cells from a store shared by many evaluations, and other numbers for some of them.

    Parameters
    ----------
    draws : Draws
        Of the same cells and range.
    instead : mapping of int to ndarray (draw,)
        By cell.
    edits : mapping of address to sequence of Edit, optional
        What made the numbers, where something did: they are then drawn from something too.
    """

    def __init__(
        self, draws: "Draws", instead: Mapping[int, np.ndarray], edits: Mapping[Address, Sequence[Edit]] | None = None
    ) -> None:
        super().__init__(draws.cells, draws.design, draws.start, draws.stop)
        self.size = draws.size
        self.draws, self.instead = draws, instead
        self._edits = {draws.number[a]: each for a, each in (edits or {}).items() if a in draws.number}

    def law(self, cell: int) -> Law | None:
        """Give what a cell is drawn from, or what the number instead of it is."""
        if cell not in self.instead:
            return super().law(cell)
        return self.draws.law(cell, self._edits[cell]) if cell in self._edits else None

    def cell(self, cell: int) -> np.ndarray:
        """Give the number that stands instead of a cell, or its draw."""
        other = self.instead.get(cell)
        return self.draws.base(cell) if other is None else other


@dataclass
class Draws:
    """Keep the draws of cells in one range of draws; without a design, every cell at its best estimate.

    `number` maps addresses to cells.
    """

    cells: Cells
    design: Design | None
    start: int
    stop: int
    number: Mapping[Address, int]
    _kept: dict[int, np.ndarray] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of draws."""
        return self.stop - self.start if self.design else 1

    def base(self, cell: int) -> np.ndarray:
        """Give the base's draw of a cell. Shape (draw,)."""
        if cell not in self._kept:
            self._kept[cell] = self._raw(cell)
        return self._kept[cell]

    def _raw(self, cell: int) -> np.ndarray:
        if self.design is None:
            return np.asarray(self.cells.best[cell : cell + 1])
        if self.cells.kind[cell] == dist.FIXED:
            return np.full(self.size, self.cells.params[cell, 0])
        return values_at(self.cells, cell, uniforms(self.cells, self.design, cell, self.start, self.stop))

    def changed(self, address: Address, edits: Iterable[Edit]) -> np.ndarray:
        """Give a cell's draw after the edits of it, in their order. Shape (draw,)."""
        cell = self.number[address]
        listed = list(edits)
        x: np.ndarray | None = None
        factor, addend = 1.0, 0.0
        for edit in listed:
            if edit.operation == "set":
                x = self._set(cell, edit)
            elif edit.uncertain_step:
                continue
            elif edit.operation == "multiply":
                factor *= edit.number
            elif edit.operation == "add":
                addend += edit.number
        if x is None:
            x = self._shifted(cell, address, factor, addend)
        alike = Counter[str]()
        for edit in listed:
            if edit.uncertain_step:
                x = self._stepped(x, edit, alike[edit.stream])
                alike[edit.stream] += 1
        for edit in listed:
            if edit.operation == "take" and edit.source is not None:
                x = x + edit.number * self.base(self.number[edit.source])
        return x

    def law(self, cell: int, edits: Sequence[Edit]) -> Law | None:
        """Give what a cell is drawn from after edits; None if it is a number or made of other cells."""
        kinds = {edit.operation for edit in edits}
        if "take" in kinds or any(edit.uncertain_step for edit in edits):
            return None
        if "set" in kinds:
            edit = [edit for edit in edits if edit.operation == "set"][-1]
            if edit.params is None or dist.RECORDS[edit.kind].joint:
                return None
            column = TABLES[edit.address[0]].column(edit.address[2])
            low, high = truncation(edit.kind, edit.params, column.low, column.high, edit.points)
            return Law(edit.kind, edit.params, low, high, edit.points)
        factor = math.prod(edit.number for edit in edits if edit.operation == "multiply")
        addend = sum(edit.number for edit in edits if edit.operation == "add")
        if dist.RECORDS[int(self.cells.kind[cell])].joint:
            return None
        return law(self.cells, cell)._replace(factor=factor, addend=addend)

    def _set(self, cell: int, edit: Edit) -> np.ndarray:
        if self.design is None or edit.kind == dist.FIXED or edit.params is None:
            return np.full(self.size, edit.number)
        column = TABLES[edit.address[0]].column(edit.address[2])
        low, high = truncation(edit.kind, edit.params, column.low, column.high, edit.points)
        if dist.RECORDS[edit.kind].joint:
            u = self.design.uniforms(dist.stream_of(edit.params), 0, self.start, self.stop)
        else:
            u = uniforms(self.cells, self.design, cell, self.start, self.stop)
        return quantile(edit.kind, edit.params, low + u * (high - low), edit.points)

    def step(self, edit: Edit, times: int = 0) -> np.ndarray:
        """Draw an uncertain step, as often as the same one was made before an unknown further. Shape (draw,)."""
        if self.design is None or edit.params is None:
            return np.full(self.size, edit.number)
        joint = dist.RECORDS[edit.kind].joint
        stream, dimension = (dist.stream_of(edit.params), 0) if joint else (edit.stream, times)
        u = self.design.uniforms(stream, dimension, self.start, self.stop)
        low = _law_of_step(edit).low
        return quantile(edit.kind, edit.params, low + u * (1 - low), edit.points)

    def _stepped(self, x: np.ndarray, edit: Edit, times: int) -> np.ndarray:
        """Multiply by or add an uncertain step; one that would leave the column's range is drawn again."""
        step = self.step(edit, times)
        out = np.asarray(x * step if edit.operation == "multiply" else x + step)
        column = TABLES[edit.address[0]].column(edit.address[2])
        its = _law_of_step(edit)
        for i in np.flatnonzero((out < column.low) | (out > column.high)).tolist():
            at = float(np.broadcast_to(x, out.shape)[i])
            law_here = its._replace(factor=at) if edit.operation == "multiply" else its._replace(addend=at)
            if law_here.factor > 0 and out[i] > column.high:
                out[i] = law_here.below(float(out[i]), float(np.nextafter(column.high, np.inf)))
            elif law_here.factor > 0:
                out[i] = law_here.above(float(out[i]), float(np.nextafter(column.low, -np.inf)))
            out[i] = min(max(out[i], column.low), column.high)
        return out

    def _shifted(self, cell: int, address: Address, factor: float, addend: float) -> np.ndarray:
        """Multiply or add to the base's draw; what would leave the column's range is cut off, as for any cell."""
        kind, params = int(self.cells.kind[cell]), self.cells.params[cell]
        plain = self.design is None or kind == dist.FIXED or dist.RECORDS[kind].atoms
        if not plain and (factor, addend) != (1.0, 0.0):
            column = TABLES[address[0]].column(address[2])
            low, high = shifted_bounds(column.low, column.high, factor, addend)
            points = self.cells.points.get(cell)
            below, above = truncation(kind, params, low, high, points)
            if below > self.cells.low[cell] or above < self.cells.high[cell]:
                assert self.design is not None
                u = uniforms(self.cells, self.design, cell, self.start, self.stop)
                return factor * quantile(kind, params, below + u * (above - below), points) + addend
        return factor * self.base(cell) + addend


def _law_of_step(edit: Edit) -> Law:
    """Give what an uncertain step is drawn from; a factor is never below 0."""
    assert edit.params is not None
    least = 0.0 if edit.operation == "multiply" else -math.inf
    low, _ = truncation(edit.kind, edit.params, least, math.inf, edit.points)
    return Law(edit.kind, edit.params, low, 1.0, edit.points)
