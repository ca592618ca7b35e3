"""A figure as a reader sees it: mean, interval and best estimate in words, each rounded as the interval allows."""

from dataclasses import dataclass
from typing import Any

from usephase.report.language import Language


@dataclass(frozen=True)
class Spread:
    """Hold one figure's numbers, in one unit."""

    mean: float
    low: float
    high: float
    best: float

    @classmethod
    def of(cls, row: Any) -> "Spread":
        """Take a row of a run's figures."""
        return cls(float(row["mean"]), float(row["p2_5"]), float(row["p97_5"]), float(row["best_estimate"]))

    def amount(self, words: Language, unit: str = "") -> str:
        """Write the mean."""
        return words.amount(self.mean, self.low, self.high, unit)

    def best_amount(self, words: Language, unit: str = "") -> str:
        """Write the best estimate."""
        return words.amount(self.best, self.low, self.high, unit)

    def interval(self, words: Language, unit: str = "") -> str:
        """Write the 95 % interval."""
        return words.interval(self.low, self.high, unit, value=self.mean)

    def cells(self, words: Language, last: int) -> list[str]:
        """Write mean, interval and best estimate, as the cells of a row of a table with one common place."""
        return [
            words.number(self.mean, last), words.interval(self.low, self.high, last=last),
            words.number(self.best, last),
        ]  # fmt: skip


def spread_headers(words: Language, unit: str) -> list[str]:
    """Name the columns of `Spread.cells`."""
    return [words("table.mean", unit=unit), words("table.interval", unit=unit), words("table.best", unit=unit)]
