"""Intervals if judgements shared errors: the lines that stand below the headline's interval."""

from typing import NamedTuple

from usephase.report.language import Language
from usephase.results.run import UNIT, Run


class Shared(NamedTuple):
    """Hold a figure's 95 % interval if every two judgements of a column were so correlated. [t CO2e]"""

    correlation: float
    low: float
    high: float
    widening: float

    def told(self, words: Language, unit: str = "", last: int | None = None) -> str:
        """Write the interval, and how many times as wide it is as without."""
        ends = words.interval(self.low, self.high, unit, value=(self.low + self.high) / 2, last=last)
        wide = words.number(self.widening, -2)
        return words("common_errors.wide", interval=ends, times=wide) if self.widening == self.widening else ends


def shared(run: Run) -> dict[tuple[str, str], list[Shared]]:
    """Give the intervals by grouping and group; none where the run did not ask."""
    found: dict[tuple[str, str], list[Shared]] = {}
    for by, group, *numbers in run.common_errors.itertuples(index=False, name=None):
        found.setdefault((str(by), str(group)), []).append(Shared(*map(float, numbers)))
    return found


def name_of(correlation: float, words: Language) -> str:
    """Name a correlation."""
    return words("common_errors.line", correlation=words.number(correlation, -1))


def lines(run: Run, words: Language) -> list[tuple[str, str]]:
    """Name the headline's interval under each correlation, and write it."""
    total = shared(run).get(("total", "total"), [])
    return [(name_of(one.correlation, words), one.told(words, UNIT)) for one in total]


def lead(run: Run, words: Language) -> str:
    """Say what was asked and how it was estimated; "" where it was not."""
    told = run.meta.get("common_errors")
    if not told or not len(run.common_errors):
        return ""
    return words("common_errors.lead", **{name: words.number(told[name], 0) for name in ("draws", "cells", "columns")})
