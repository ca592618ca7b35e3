"""The jobs of a sweep laid out flat, so that compiled code runs through any range of products by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from usephase.engine.plan import Plan
from usephase.insight.dependence import Dependence
from usephase.insight.drawn import KINDS
from usephase.insight.jobs import Job
from usephase.insight.layout import CELL, INVERSE, OWN, SHARED, WHOLE, Swaps, Tapes
from usephase.insight.tape import Key
from usephase.sampling.design import REPLICATES, directions, sobol_digits

_DRAWN = {"cell": CELL, "inverse": INVERSE}


class Row(NamedTuple):
    """A leaf's values at both sample matrices, each with some cells from the other (none: as they are)."""

    key: Key
    swapped: frozenset[int]


NOT_SWAPPED: frozenset[int] = frozenset()


@dataclass
class Program:
    """All tapes, leaves and swaps of a sweep, one after the other.

    Attributes
    ----------
    tapes : Tapes
    swaps : Swaps
    nodes : int
        Most nodes of a product.
    shared : list of Row
        What products share; a row of a table a span of draws.
    own : list of list of Row
        What must be made for a single product outside of the compiled code.
    """

    tapes: Tapes
    swaps: Swaps
    nodes: int
    shared: list[Row]
    own: list[list[Row]]


def drawable(plan: Plan, quasi: bool) -> Callable[[int], bool]:
    """Tell of which cells the compiled code makes draws: those of a quasi design with a quantile written there."""
    cells, wide = plan.cells, directions().shape[0]
    fits = np.isin(cells.kind, KINDS) & (cells.dimension < wide) & quasi
    fits[list(cells.factor)] = False
    return lambda cell: bool(fits[cell])


@dataclass
class _Writer:
    """Lists that grow product by product."""

    shared: dict[Row, int] = field(default_factory=dict)
    kinds: list[int] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    entry_kind: list[int] = field(default_factory=list)
    entry_row: list[int] = field(default_factory=list)
    partial: dict[tuple[int, Key], int] = field(default_factory=dict)

    def shared_row(self, row: Row) -> int:
        return self.shared.setdefault(row, len(self.shared))


def write_program(
    plan: Plan, jobs: Sequence[Job], factors: Sequence[frozenset[int]], dependence: Dependence, quasi: bool
) -> Program:
    """Lay out jobs.

    Parameters
    ----------
    quasi : bool
        Whether the design is the quasi design, which compiled code knows.
    """
    draws_it, w = drawable(plan, quasi), _Writer()
    own: list[list[Row]] = []
    for job in jobs:
        mine: dict[Row, int] = {}
        for key in job.tape.keys:
            if not dependence.local(key):
                w.kinds.append(SHARED)
                w.at.append(w.shared_row(Row(key, NOT_SWAPPED)))
            elif key[0] in _DRAWN and draws_it(int(key[1])):  # type: ignore[call-overload]
                w.kinds.append(_DRAWN[str(key[0])])
                w.at.append(int(key[1]))  # type: ignore[call-overload]
            else:
                w.kinds.append(OWN)
                w.at.append(mine.setdefault(Row(key, NOT_SWAPPED), len(mine)))
        _entries(w, job, factors, dependence, mine)
        own.append(list(mine))
    tapes = [job.tape for job in jobs]
    code, left, right = (_joined([getattr(t, name) for t in tapes], np.int32) for name in ("code", "left", "right"))
    laid = Tapes(
        op_starts=_starts([t.code.size for t in tapes]), code=code, left=left, right=right,
        a=_joined([t.a for t in tapes], np.float64), b=_joined([t.b for t in tapes], np.float64),
        roots=np.array([t.root for t in tapes], dtype=np.int64),
        scales=np.array([t.scale for t in tapes], dtype=np.float64), leaf_starts=_starts([len(t.keys) for t in tapes]),
        leaf_kind=np.array(w.kinds, dtype=np.int8), leaf_at=np.array(w.at, dtype=np.int64),
    )  # fmt: skip
    swaps = Swaps(
        starts=_starts([job.factors.size for job in jobs]), factor=_joined([job.factors for job in jobs], np.int32),
        affine=_joined([job.affine for job in jobs], np.bool_),
        entry_starts=_starts(_joined([np.diff(job.starts) for job in jobs], np.int64)),
        leaf=_joined([job.leaf for job in jobs], np.int32), kind=np.array(w.entry_kind, dtype=np.int8),
        row=np.array(w.entry_row, dtype=np.int64), own_starts=_starts([len(rows) for rows in own]),
    )  # fmt: skip
    nodes = max((len(t.keys) + t.code.size for t in tapes), default=1)
    return Program(laid, swaps, nodes, list(w.shared), own)


def _entries(
    w: _Writer, job: Job, factors: Sequence[frozenset[int]], dependence: Dependence, mine: dict[Row, int]
) -> None:
    """Say where the values of swapped leaves are."""
    if job.whole.all():
        w.entry_kind.extend([WHOLE] * job.whole.size)
        w.entry_row.extend([0] * job.whole.size)
        return
    kinds, rows = np.full(job.whole.size, WHOLE, dtype=np.int8), np.zeros(job.whole.size, dtype=np.int64)
    at = np.flatnonzero(~job.whole)
    owner = job.factors[np.searchsorted(job.starts, at, side="right") - 1]
    for i, number, leaf in zip(at.tolist(), owner.tolist(), job.leaf[at].tolist(), strict=True):
        key = job.tape.keys[leaf]
        if dependence.local(key):
            kinds[i], rows[i] = OWN, mine.setdefault(Row(key, factors[number] & dependence(key)), len(mine))
            continue
        if (number, key) not in w.partial:
            w.partial[number, key] = w.shared_row(Row(key, factors[number] & dependence(key)))
        kinds[i], rows[i] = SHARED, w.partial[number, key]
    w.entry_kind.extend(kinds.tolist())
    w.entry_row.extend(rows.tolist())


def digits_of(plan: Plan, program: Program, draws: int) -> np.ndarray:
    """Give the reversed digits of the dimensions that are drawn. Shape (dimension, point)."""
    kinds, at = program.tapes.leaf_kind, program.tapes.leaf_at
    cells = at[(kinds == CELL) | (kinds == INVERSE)]
    most = int(plan.cells.dimension[cells].max()) + 1 if cells.size else 1
    size = 1 << max(-(-draws // REPLICATES) - 1, 0).bit_length()
    return np.array([sobol_digits(d, size) for d in range(most)])


def _starts(sizes: Sequence[int] | np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, dtype=np.int64))]).astype(np.int64)


def _joined(parts: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype=dtype)
