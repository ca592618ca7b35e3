"""Scales of pictures: round ticks, and the lines and words of an axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from usephase.report.charts.marks import Mark, Path, Words
from usephase.report.charts.style import SMALL_PX
from usephase.report.language import Language

SAME = 1e-9
"""Values that differ by less than this share of the larger one are one place of a picture."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """Map values to places. `ticks` are round values from the first to the last of the axis."""

    ticks: tuple[float, ...]
    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Give the place of a value. [px]"""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def scale(low: float, high: float, start: float, end: float, *, count: int = 5, tight: bool = False) -> Scale:
    """Make a scale over at least [low, high], from `start` to `end` [px].

    Parameters
    ----------
    count : int
        About how many steps.
    tight : bool
        End at `low` and `high` themselves; else at the ticks around them.
    """
    if not high - low > SAME * max(abs(low), abs(high)):
        low, high = (low - abs(low) * 0.1, high + abs(high) * 0.1) if high else (0.0, 1.0)
    step = _step((high - low) / count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [i * step for i in range(first, last + 1)]
    if tight:
        return Scale(tuple(t for t in ticks if low <= t <= high), low, high, start, end)
    return Scale(tuple(ticks), ticks[0], ticks[-1], start, end)


def across(axis: Scale, top: float, bottom: float, title: str, words: Language) -> list[Mark]:
    """Draw a horizontal axis: a rule a tick, its number and the axis' title below."""
    marks: list[Mark] = []
    for tick in axis.ticks:
        x = axis(tick)
        marks.append(Path(((x, top), (x, bottom)), "rule"))
        marks.append(Words(x, bottom + 16, tick_text(tick, axis.ticks, words), "soft", "middle", SMALL_PX))
    marks.append(Words((axis.start + axis.end) / 2, bottom + 34, title, "soft", "middle", SMALL_PX))
    return marks


def upward(axis: Scale, left: float, right: float, title: str, words: Language) -> list[Mark]:
    """Draw a vertical axis: a rule a tick with its number on the left, the title above."""
    marks: list[Mark] = []
    for tick in axis.ticks:
        y = axis(tick)
        marks.append(Path(((left, y), (right, y)), "rule"))
        marks.append(Words(left - 7, y + 4, tick_text(tick, axis.ticks, words), "soft", "end", SMALL_PX))
    marks.append(Words(0, axis.end - 12, title, "soft", "start", SMALL_PX))
    return marks


def tick_text(tick: float, ticks: Sequence[float], words: Language) -> str:
    """Write a tick's number with the digits that its step needs."""
    step = min((abs(b - a) for a, b in pairwise(ticks)), default=abs(tick) or 1.0)
    # A step of 2.5 needs a digit more than its power of ten says.
    places = next((i for i in range(13) if abs(step - round(step, i)) < 1e-9 * step), 13)
    return words.number(round(tick, places), -places if places else 0)


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))
