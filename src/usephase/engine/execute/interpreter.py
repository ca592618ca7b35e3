"""Execute a tape with numpy, many rows of draws at a time.

For small questions, and while nothing else is compiled yet: only draws and lives are compiled. The bits are those of
`usephase.engine.execute.kernel.execute`: the same operations in the same order, one after the other in every draw.
"""

from typing import Any

import numpy as np

from usephase.engine.program.cells import CellArrays, fill_rows
from usephase.engine.program.code import (
    ACCUMULATE,
    ADD,
    AGEING,
    AGES,
    CALENDAR,
    CALENDAR_DATED,
    CHARGE,
    CHOOSE,
    CLEAR,
    DATED,
    DIVIDE,
    DOT,
    DRAW,
    GIVEN_LIFE,
    HOLD,
    LANES,
    LIFE,
    MANY,
    MORE,
    MULTIPLY,
    PARTS,
    POWER,
    REGIONS,
    REST,
    SCENARIO,
    WEIGH,
    YEARS,
)
from usephase.engine.program.life_rows import live_rows

WIDTH = 8 * LANES
"""Draws evaluated together, at most. Changes no figure."""
ROOM = 2**24
"""Numbers held for them, about."""


def interpret(
    first: int, last: int, start: int, origin: int, tape: tuple[np.ndarray, ...], sizes: np.ndarray, ends: np.ndarray,
    terms: np.ndarray, sets: np.ndarray, weights: np.ndarray, cells: CellArrays, given: np.ndarray,
    given_lives: np.ndarray, given_ages: np.ndarray, sums: np.ndarray, touched: np.ndarray,
) -> int:  # fmt: skip
    """Run a tape for draws `first` … `last` − 1; parameters and result as those of `execute`."""
    written = tuple(part.tolist() for part in tape)
    held = int(sizes[0]) + 2 * AGES * int(sizes[1])
    width = min(WIDTH, max(ROOM // held // LANES, 1) * LANES)
    for at in range(first, last, width):
        size = LANES if at < 0 else min(width, -(-(last - at) // LANES) * LANES)
        block = _Block(at, size, max(at - start, 0), sizes, ends, terms, sets, weights, cells, given, given_lives,
                       given_ages, sums[:, max(at - origin, 0) : max(at - origin, 0) + size], touched)  # fmt: skip
        stopped = block.run(*written)
        if stopped:
            return stopped
    return 0


class _Block:
    """Some rows of draws: their rows, their lives and their part of the sums."""

    def __init__(
        self, at: int, size: int, skipped: int, sizes: np.ndarray, ends: np.ndarray, terms: np.ndarray,
        sets: np.ndarray, weights: np.ndarray, cells: CellArrays, given: np.ndarray, given_lives: np.ndarray,
        given_ages: np.ndarray, sums: np.ndarray, touched: np.ndarray,
    ) -> None:  # fmt: skip
        self.at, self.size, self.skipped, self.ends, self.terms = at, size, skipped, ends, terms
        self.sets, self.weights, self.cells, self.given = sets, weights, cells, given
        self.given_lives, self.given_ages = given_lives, given_ages
        self.sums, self.touched = sums, touched
        self.sums[:] = 0.0
        self.w = np.empty((int(sizes[0]), size))
        self.service: dict[int, np.ndarray] = {}
        self.retired: dict[int, np.ndarray] = {}
        self.ages: dict[int, np.ndarray] = {}  # (draw,)
        self.scenarios = int(sizes[3])
        self._choose_scenario(int(sizes[4]))

    @np.errstate(all="ignore")  # what is not finite is refused with its cell
    def run(self, operations: Any, constants: Any, lists: Any, coefficients: Any) -> int:
        """Execute all operations; give 0, or 1 + the number of the one that met a life without a finite length."""
        w = self.w
        for o, ((code, dst, a, b, lo, hi), (c, d)) in enumerate(zip(operations, constants, strict=True)):
            if code == MULTIPLY:
                w[dst] = self._product(c, a, b)
            elif code == ACCUMULATE:
                self._add(dst, self._product(c, a, b))
            elif code in (DOT, MANY, MORE):
                if code == DOT:
                    w[dst] = 0.0
                for q, (target, x, y, z, *_) in zip(coefficients[lo:hi], lists[lo:hi], strict=True):
                    if code == MANY:
                        w[target] = self._product(q, x, y, z)
                    else:
                        w[dst if code == DOT else target] += self._product(q, x, y, z)
            elif code == REGIONS:
                self._regions(dst, self._product(c, a), self._product(d, b), coefficients[lo:hi], lists[lo:hi])
            elif code == HOLD:
                w[dst] += self._product(c, a, b)
            elif code == ADD:
                w[dst] = c * w[a] + (d * w[b] if b >= 0 else d)
            elif code == DIVIDE:
                w[dst] = self._product(c, a) / w[b]
            elif code == REST:
                w[dst] = np.maximum(c * w[a] + d, 0.0)
            elif code == DRAW:
                self._draw([entry[0] for entry in lists[lo:hi]], [entry[1] for entry in lists[lo:hi]], w)
            elif code == CHOOSE:
                for s, its in enumerate(self.members):
                    row = lists[lo + s][1]
                    w[dst, its] = coefficients[lo + s] * (w[row, its] if row >= 0 else 1.0)
            elif code == CLEAR:
                w[dst : dst + lo] = 0.0
            elif code == LIFE:
                if not all(((w[row] > 0.0) & (w[row] < np.inf)).all() for row in (a, b)):
                    return 1 + o
                self._life(dst, a, b, lo, hi)
            elif code == GIVEN_LIFE:
                its = np.minimum(self.skipped + np.arange(self.size), self.given_lives.shape[3] - 1)
                count = int(self.given_ages[lo])
                self.service[dst], self.retired[dst] = self.given_lives[lo, :2, :count][:, :, its]
                self.ages[dst] = np.full(self.size, count)
                w[hi] = self.given_lives[lo, 2, 0, its]
            elif code == POWER:
                self._power(dst, a, w[b], lo)
            elif code == CHARGE:
                self._charge(dst, a, w[b])
            elif code == YEARS:
                w[dst] = 0.0
                for years in self.service[a]:
                    w[dst] += years
            elif code == WEIGH:
                w[dst : dst + hi - lo] = self._weighed(b, [entry[0] for entry in lists[lo:hi]], self.service[a])
            elif code == PARTS:
                self._parts(dst, coefficients[lo:hi], lists[lo:hi])
            elif code == CALENDAR:
                self._calendar(dst, self.service[a], b, lists, coefficients, lo, hi)
            elif code == AGEING:
                by_age = (self.retired if lo > 0 else self.service)[a]
                self._add_ages(dst, c * by_age * w[b])
            elif code == DATED:
                w[dst] = 0.0
                for k, share in enumerate(self.retired[a]):
                    w[dst] += share * w[b + min(k, lo)]
            elif code == SCENARIO:
                self._choose_scenario(dst)
            elif code == CALENDAR_DATED:
                by_age = self.retired[a]
                t = c * by_age * w[b + np.minimum(np.arange(len(by_age)), lo)]
                self._add_ages(dst, t * w[hi] if hi >= 0 else t)
        return 0

    def _choose_scenario(self, cell: int) -> None:
        scenario = np.zeros((1, self.size))
        if cell >= 0:
            self._draw([cell], [0], scenario)
        self.members = [np.flatnonzero(scenario[0] == s) for s in range(self.scenarios)]

    def _product(self, c: float, *rows: int) -> Any:
        """Give c·a·b·e, as far as these rows are there; those that are not come last."""
        out: Any = c
        for row in rows:
            if row >= 0:
                out = out * self.w[row]
        return out

    def _add(self, key: int, t: Any) -> None:
        self.sums[key] += t
        self.touched[key] = True

    def _add_ages(self, key: int, t: np.ndarray) -> None:
        self.sums[key : key + len(t)] += t
        self.touched[key : key + len(t)] = True

    def _draw(self, wanted: list[int], rows: list[int], out: np.ndarray) -> None:
        its, cells, to = self.cells, np.array(wanted, dtype=np.int64), np.array(rows, dtype=np.int64)
        fill_rows(
            cells, self.at, its.kind, its.params, its.group, its.dimension, its.seeds, its.words,
            its.digits, its.place, its.points, its.best, self.given, self.skipped, to, out,
        )  # fmt: skip

    def _life(self, dst: int, mean: int, shape: int, limit: int, to: int) -> None:
        w, ages = self.w, np.zeros(self.size // LANES, dtype=np.int64)
        service, retired = np.empty((AGES, self.size)), np.empty((AGES, self.size))
        live_rows(w[mean], w[shape], w[limit] if limit >= 0 else np.empty(0), self.ends, self.terms, service, retired,
                  w[to], ages)  # fmt: skip
        longest = int(ages.max())
        self.service[dst], self.retired[dst] = service[:longest].copy(), retired[:longest].copy()
        self.ages[dst] = np.repeat(ages, LANES)

    def _power(self, dst: int, a: int, base: np.ndarray, lag: int) -> None:
        power, out = np.ones(self.size), np.empty_like(self.service[a])
        for _ in range(-lag - 1):
            power = power * base
        for k, years in enumerate(self.service[a]):
            if k > lag:
                power = power * base
            out[k] = years * power
        self.service[dst], self.ages[dst] = out, self.ages[a]

    def _charge(self, dst: int, a: int, leak: np.ndarray) -> None:
        """Follow a hermetic charge over a life, as `usephase.engine.program.arithmetic.leak_charge`."""
        share, held, alive, before = np.ones(self.size), np.ones(self.size), np.ones(self.size), 0.0
        service, retired = np.empty_like(self.service[a]), np.empty_like(self.service[a])
        for k, years in enumerate(self.service[a]):
            step, before = self.ends[k] - before, self.ends[k]
            service[k] = years * share
            later = held - leak * share * step
            still = np.where(k < self.ages[a] - 1, alive - self.retired[a][k], 0.0)
            retired[k] = np.maximum(held * alive - later * still - leak * service[k], 0.0)
            held, alive = later, still
            share = share * (1.0 - leak)
        self.service[dst], self.retired[dst], self.ages[dst] = service, retired, self.ages[a]

    def _of_set(self, which: int, series: list[int], ages: int) -> list[tuple[Any, np.ndarray]]:
        """Give the weights of series (series, age) in a set, with the draws that they belong to."""
        first, stride, span, scenarios = self.sets[which].tolist()
        at = np.array(series)[:, None] * span + np.arange(ages)
        if scenarios == 1:
            return [(slice(None), self.weights[first + at])]
        return [(its, self.weights[first + s * stride + at]) for s, its in enumerate(self.members) if len(its)]

    def _weighed(self, which: int, series: list[int], service: np.ndarray) -> np.ndarray:
        out = np.empty((len(series), self.size))
        for its, weights in self._of_set(which, series, len(service)):
            mine = service[:, its]
            total = np.zeros((len(series), mine.shape[1]))
            for k, years in enumerate(mine):
                total += weights[:, k, None] * years
            out[:, its] = total
        return out

    def _calendar(
        self, dst: int, service: np.ndarray, fuel: int, lists: Any, coefficients: Any, lo: int, hi: int
    ) -> None:
        rates = np.zeros_like(service)
        for which, first, last, *_ in lists[lo:hi]:
            loads = [self._product(q, *rows[1:4]) for q, rows in
                     zip(coefficients[first:last], lists[first:last], strict=True)]  # fmt: skip
            drawn = np.stack([np.broadcast_to(load, (self.size,)) for load in loads])
            for its, weights in self._of_set(which, [entry[0] for entry in lists[first:last]], len(service)):
                mine = drawn[:, its]
                total = np.zeros((len(service), mine.shape[1]))
                for e, load in enumerate(mine):
                    total += weights[e][:, None] * load
                rates[:, its] += total
        self._add_ages(dst, service * (rates + self.w[fuel] if fuel >= 0 else rates))

    def _regions(self, dst: int, per: Any, plus: Any, units: Any, entries: Any) -> None:
        w = self.w
        w[dst] = 0.0
        for q, (key, its, factor, *_) in zip(units, entries, strict=True):
            t = q * (per * w[factor] + plus if factor >= 0 else plus)
            if its >= 0:
                t = t * w[its]
            w[dst] += t
            if key >= 0:
                self._add(key, t)

    def _parts(self, dst: int, units: Any, entries: Any) -> None:
        w = self.w
        out = np.zeros((6, self.size))
        for q, (path, supply, scale, lost, f, g, h, its) in zip(units, entries, strict=True):
            if min(path, supply, scale, lost, f, g, h) >= 0 and its < 0:
                of_both = q * w[lost]
                by = q * w[scale]
                out[0] += by * w[path]
                out[1] += by * w[supply]
                out[2] += of_both * (w[path] + w[supply])
                for part, row in ((3, f), (4, g), (5, h)):
                    out[part] += q * w[row]
                continue
            for part, x, y in (
                (0, path, scale), (1, supply, scale), (2, path, lost), (2, supply, lost),
                (3, f, -1), (4, g, -1), (5, h, -1),
            ):  # fmt: skip
                if x >= 0:
                    out[part] += self._product(q, its, x, y)
        w[dst : dst + 6] = out
