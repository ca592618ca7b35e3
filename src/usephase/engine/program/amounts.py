"""One quantity at many places, such as the units sold in regions: as `Expr` is one value, all of them at once."""

from collections.abc import Iterable, Iterator

import numpy as np

from usephase.engine.program.rows import Expr, Writer


class Amounts:
    """A factor times a row at every place. Nearly always all have one row, as plain numbers have.

    Parameters
    ----------
    tape : Writer
    places : tuple of int
        Numbers of regions or zones, ascending.
    factors : ndarray (place,)
    rows : ndarray of int (place,), or int
        One number stands for all.
    """

    __slots__ = ("factors", "places", "rows", "tape")

    def __init__(self, tape: Writer, places: tuple[int, ...], factors: np.ndarray, rows: np.ndarray | int = -1) -> None:
        self.tape, self.places, self.factors, self.rows = tape, places, factors, rows

    @classmethod
    def of(cls, tape: Writer, places: tuple[int, ...], values: Iterable[Expr]) -> "Amounts":
        """Collect a value for each place."""
        pairs = [(x.factor, x.row) for x in values]
        factors, rows = np.array([f for f, _ in pairs]), np.array([r for _, r in pairs], dtype=np.int64)
        return cls(tape, places, factors, int(rows[0]) if len(rows) and (rows == rows[0]).all() else rows)

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Expr]:
        rows = np.broadcast_to(self.rows, self.factors.shape).tolist()
        return (Expr(self.tape, f, r) for f, r in zip(self.factors.tolist(), rows, strict=True))

    def times(self, x: Expr) -> "Amounts":
        """Multiply all by one value."""
        if x.row < 0:
            return Amounts(self.tape, self.places, self.factors * x.factor, self.rows)
        if isinstance(self.rows, int) and self.rows < 0:
            return Amounts(self.tape, self.places, self.factors * x.factor, x.row)
        return Amounts.of(self.tape, self.places, [own * x for own in self])

    def at(self, places: tuple[int, ...]) -> "Amounts":
        """Pick those of the places that are among these."""
        if places == self.places:
            return self
        wanted = set(places)
        return self.where(np.array([place in wanted for place in self.places], dtype=bool))

    def where(self, chosen: np.ndarray) -> "Amounts":
        """Pick places by a mask."""
        if chosen.all():
            return self
        places = tuple(place for place, its in zip(self.places, chosen.tolist(), strict=True) if its)
        rows = self.rows if isinstance(self.rows, int) else self.rows[chosen]
        return Amounts(self.tape, places, self.factors[chosen], rows)

    def total(self, which: np.ndarray | None = None) -> Expr:
        """Add up all, or those at some positions."""
        if isinstance(self.rows, int):
            return Expr(self.tape, float((self.factors if which is None else self.factors[which]).sum()), self.rows)
        values = list(self)
        return self.tape.total(values if which is None else [values[i] for i in which.tolist()])


class Spread:
    """How regions spread over zones: the same for all that is sold in the same regions.

    Parameters
    ----------
    shares : sequence of tuple of (zone, weight)
        Of each region, in order.

    Attributes
    ----------
    zones : tuple of int
        Ascending.
    single : ndarray of int (region,)
        Position of the zone that a region lies in alone, −1 if it has several.
    parts : dict of int to list of (position, weight)
        Of every other region.
    """

    def __init__(self, shares: Iterable[tuple[tuple[int, float], ...]]) -> None:
        shares = list(shares)
        self.zones = tuple(sorted({z for its in shares for z, _ in its}))
        at = {z: i for i, z in enumerate(self.zones)}
        self.single = np.full(len(shares), -1)
        self.parts: dict[int, list[tuple[int, float]]] = {}
        for r, its in enumerate(shares):
            if len(its) == 1 and its[0][1] == 1.0:
                self.single[r] = at[its[0][0]]
            else:
                self.parts[r] = [(at[z], weight) for z, weight in its]
        entries = [(at[z], r, weight) for r, its in enumerate(shares) for z, weight in its]
        self._zone, self._region = (np.array([e[i] for e in entries], dtype=np.intp) for i in (0, 1))
        self._weight = np.array([weight for *_, weight in entries])

    def by_zone(self, sold: Amounts) -> Amounts:
        """Give the amounts in zones."""
        tape = sold.tape
        if isinstance(sold.rows, int):
            its = sold.factors[self._region] * self._weight
            return Amounts(tape, self.zones, np.bincount(self._zone, its, len(self.zones)), sold.rows)
        values, parts = list(sold), [list[Expr]() for _ in self.zones]
        for z, r, weight in zip(self._zone.tolist(), self._region.tolist(), self._weight.tolist(), strict=True):
            parts[z].append(values[r] * weight)
        return Amounts.of(tape, self.zones, [its[0] if len(its) == 1 else tape.total(its) for its in parts])
