"""From a tile's sums to what is kept of it: the finished rows of its products, and the sums of everything else."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

import numpy as np

from usephase.engine.plan.records import PHASES, Plan
from usephase.engine.plan.study import Study, Tile
from usephase.engine.plan.sums import Key
from usephase.engine.run.figures import Book, Row, Sample, group_rows
from usephase.engine.run.statistics import NAMES, TOGETHER, describe
from usephase.errors import not_finite

LARGEST_T = 1e21
"""What reaches this is no amount: a sixth of the mass of the Earth. [t CO2e, kg a unit of service]"""
ROUNDING = 1e-6
"""Below 0 by up to this share of a figure's largest draw is rounding in the tail of a life."""
LEDGERS = ("category_11", "category_12", "avoided", "biogenic_co2", "total")
"""Ledgers in the order of the products' rows."""
STATISTICS = 1 + len(NAMES)
KG_PER_T = 1000.0
SERVED = ("category_11", "category_12", "total")


class ProductRows(NamedTuple):
    """The finished figures of some products, in the order of the plan.

    Attributes
    ----------
    labels : ndarray of int32 (row, 3)
        Position in `LEDGERS`, position in `PHASES` (−1: none), number of the product in the plan.
    numbers : ndarray (row, statistic)
        Best estimate and statistics. [t CO2e]
    draws : ndarray (row, draw)
        No rows unless they are kept.
    served : ndarray of int32 (row, 2)
        Figures per service: position in `LEDGERS`, number of the product.
    per_service : ndarray (row, statistic)
        [kg CO2e a unit of service]
    """

    labels: np.ndarray
    numbers: np.ndarray
    draws: np.ndarray
    served: np.ndarray
    per_service: np.ndarray


def is_product(key: Key) -> bool:
    """Tell whether a sum is of one product alone: such sums are finished with their tile."""
    return key[0] == "service" or (key[0] == "group" and key[3] == "product")


def joined(parts: Sequence[ProductRows]) -> ProductRows:
    """Join the rows of successive products."""
    if len(parts) == 1:
        return parts[0]
    return ProductRows(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


class Finishing:
    """A tile's products on their way to finished rows: the statistics are made by threads.

    Parameters
    ----------
    plan : Plan
    study : Study
    span : range
        The products of the tile.
    tile : Tile
    keep : bool
        Whether the draws of the products are kept.
    pool : Executor, optional
        Threads for the statistics.
    """

    def __init__(
        self, plan: Plan, study: Study, span: range, tile: Tile, keep: bool, pool: Executor | None = None
    ) -> None:
        self._count, self._keep, self._kernel = study.draws, keep, study.kernel
        self._replicated = study.make().replicated
        best: Book = {key: x for key, x in tile.best.items() if is_product(key)}
        draws: Book = {key: x for key, x in tile.draws.items() if is_product(key)}
        numbers = {plan.products[i].name: i for i in span}
        known = {row[:-1]: float(row.sample) for row in group_rows(plan, best, ("product",))}
        rows = list(group_rows(plan, draws, ("product",)))
        self._labels = [
            (LEDGERS.index(row.ledger), -1 if row.phase is None else PHASES.index(row.phase), numbers[row.group])
            for row in rows
        ]
        self._best = [known.get(row[:-1], 0.0) for row in rows]
        self._served, self._served_best, per = [], [], []
        for row, (ledger, _, product), first_t in zip(rows, self._labels, self._best, strict=True):
            served = draws.get(("service", row.group))
            if served is None or row.ledger not in SERVED or row.phase not in (None, PHASES[0]):
                continue
            if not np.all(np.asarray(served) > 0):
                continue
            self._served.append((ledger, product))
            self._served_best.append(first_t / float(best["service", row.group]) * KG_PER_T)
            per.append((row, served))
        self._jobs = [_submit(pool, self._described, part) for part in _pieces(rows)]
        self._service_jobs = [_submit(pool, self._per_service, part) for part in _pieces(per)]

    def result(self) -> ProductRows:
        """Give the rows when they are finished."""
        size = STATISTICS - 1
        done = [job.result() for job in self._jobs]
        served = [job.result() for job in self._service_jobs]
        numbers = np.concatenate([np.zeros((0, size)), *(x for x, _ in done)])
        per = np.concatenate([np.zeros((0, size)), *served])
        draws = np.concatenate([np.zeros((0, self._count)), *(x for _, x in done if x is not None)])
        return ProductRows(
            np.array(self._labels, dtype=np.int32).reshape(-1, 3),
            np.column_stack([np.array(self._best, dtype=float), numbers]),
            draws,
            np.array(self._served, dtype=np.int32).reshape(-1, 2),
            np.column_stack([np.array(self._served_best, dtype=float), per]),
        )

    def _described(self, rows: list[Row]) -> tuple[np.ndarray, np.ndarray | None]:
        draws = stacked(rows, len(rows), self._count)
        return describe(draws, self._replicated, self._kernel), draws if self._keep else None

    def _per_service(self, rows: list[tuple[Row, Sample]]) -> np.ndarray:
        draws = np.empty((len(rows), self._count))
        with np.errstate(all="ignore"):  # refused below
            for out, (row, served) in zip(draws, rows, strict=True):
                out[:] = np.asarray(row.sample) / served * KG_PER_T
        _refuse(draws, lambda at: f"{rows[at][0].ledger} of {rows[at][0].group} per hour or cycle of service")
        return describe(draws, self._replicated, self._kernel)


def stacked(rows: Iterable[Row], count: int, draws: int) -> np.ndarray:
    """Give the draws of so many rows as one array (row, draw); rows made on the way need not all be held.

    Raises
    ------
    NumericError
        When a draw has no finite value or one below 0, which no ledger can have.
    """
    stack, names = np.empty((count, draws)), []
    for out, row in zip(stack, rows, strict=True):
        out[:] = row.sample
        names.append(f"{row.ledger}:{row.by}={row.group}")
    _refuse(stack, names.__getitem__)
    return stack


def _refuse(draws: np.ndarray, name: Callable[[int], str]) -> None:
    least, most = draws.min(axis=1), draws.max(axis=1)  # not a number where a draw is none
    sound = (most < LARGEST_T) & (least >= -ROUNDING * most)
    if not sound.all():
        at = int(np.argmin(sound))
        what = "a draw without a finite value"
        if np.isfinite(most[at]):
            what = "a draw below 0" if least[at] < 0 else f"a draw of {most[at]:.3g}, more than can be"
        raise not_finite(f"{name(at)} has {what}", " among its cells")


class _Done:
    """What was computed at once, where there are no threads."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def result(self) -> Any:
        return self._value


def _submit(pool: Executor | None, function: Any, part: Any) -> "Future[Any] | _Done":
    return _Done(function(part)) if pool is None else pool.submit(function, part)


def _pieces(rows: list[Any]) -> Iterator[list[Any]]:
    for first in range(0, len(rows), TOGETHER):
        yield rows[first : first + TOGETHER]


def not_of_products(sums: Mapping[Key, Any]) -> dict[Key, Any]:
    """Give the sums that go on to the reducer."""
    return {key: x for key, x in sums.items() if not is_product(key)}
