"""Lines with bands around them over years or another quantity, each named at its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from usephase.report.charts.axes import Scale, scale, tick_text, upward
from usephase.report.charts.marks import Area, Dot, Mark, Path, Picture, Point, Table, Words
from usephase.report.charts.style import SMALL_PX, WIDTH, shortened, text_width
from usephase.report.language import Language

TOP_PX, BOTTOM_PX = 58.0, 300.0
ROLES = ("use", "waste", "change", "accent")
"""Colours of lines that stand beside one another, in turn."""
CLEAR = 0.22
"""Opacity of bands that may cover one another."""
_LINE_PX = 13.0
"""Least distance of two names beside the ends of lines."""
_NAME_MAX_PX = 220.0
Ticks = Sequence[tuple[float, str]]


@dataclass(frozen=True)
class Band:
    """Hold the lower and the upper edge of an area around a line."""

    low: Sequence[float]
    high: Sequence[float]
    role: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Line:
    """Hold a line; without a name none is written at its end, and `told` makes a dot of each point that tells it."""

    x: Sequence[float]
    y: Sequence[float]
    role: str = "use"
    name: str = ""
    bands: Sequence[Band] = ()
    width: float = 2.2
    dashed: bool = False
    title: str = ""
    told: Sequence[str] = ()


@dataclass(frozen=True)
class Frame:
    """Hold the two axes of a picture: their scales, their marks, and where what is drawn ends on the right. [px]"""

    along: Scale
    up: Scale
    right: float
    marks: tuple[Mark, ...]

    def points(self, x: Sequence[float], y: Sequence[float]) -> tuple[Point, ...]:
        """Give the places of points."""
        return tuple((self.along(a), self.up(b)) for a, b in zip(x, y, strict=True))


def frame(
    x: Sequence[float], y: Sequence[float], unit: str, words: Language, *, ticks: Ticks, under: str = "",
    names: Sequence[str] = (), zero: bool = True,
) -> Frame:  # fmt: skip
    """Make axes that hold values, and the zero of `y` if asked.

    Parameters
    ----------
    unit : str
        Written above the vertical axis.
    ticks : sequence of (float, str)
        Of the horizontal axis, whose title is `under`.
    names : sequence of str
        For which there is room on the right.
    """
    held = [*y, 0.0] if zero else y
    up = scale(min(held), max(held), BOTTOM_PX, TOP_PX)
    left = 12.0 + max(30.0, *(text_width(tick_text(tick, up.ticks, words), SMALL_PX) for tick in up.ticks))
    right = WIDTH - 30 - max((text_width(name, SMALL_PX) for name in names), default=-30.0)
    first, last = min(x), max(x)
    along = Scale((), first, last if last > first else first + 1, left + 6, right - 8)
    marks = upward(up, left, right, unit, words)
    marks += [Words(along(at), BOTTOM_PX + 18, text, "soft", "middle", SMALL_PX) for at, text in ticks]
    if under:
        marks.append(Words((left + right) / 2, BOTTOM_PX + 36, under, "soft", "middle", SMALL_PX))
    return Frame(along, up, right, tuple(marks))


def year_ticks(years: Sequence[int]) -> Ticks:
    """Name so many of the years as there is room for."""
    every = next(n for n in (1, 2, 5, 10, 20, 50) if len(years) / n <= 14 or n == 50)
    return [(year, str(year)) for year in years if year % every == 0]


def round_ticks(low: float, high: float, words: Language) -> Ticks:
    """Name round values within a range; of a range without width, its one value."""
    if not low < high:
        return [(low, words.plain(low))]
    ticks = scale(low, high, 0.0, 1.0, count=7, tight=True).ticks
    return [(tick, tick_text(tick, ticks, words)) for tick in ticks]


def lines(
    name: str, title: str, description: str, drawn: Sequence[Line], unit: str, words: Language, behind: Table, *,
    ticks: Ticks, under: str = "", beyond: Sequence[Point] = (), more: Callable[[Frame], Sequence[Mark]] | None = None,
) -> Picture:  # fmt: skip
    """Draw lines over their bands.

    Parameters
    ----------
    name, title, description, behind
        Of the picture.
    drawn : sequence of Line
        What comes later lies above.
    unit, ticks, under
        Of the axes, as of `frame`.
    beyond : sequence of point
        Other values that the axes are to hold.
    more : callable, optional
        Gives marks that lie above all lines.
    """
    names = [shortened(line.name, _NAME_MAX_PX, SMALL_PX) for line in drawn]
    x = [value for line in drawn for value in line.x] + [x for x, _ in beyond]
    y = [
        value
        for line in drawn
        for ends in ((line.y,), *((b.low, b.high) for b in line.bands))
        for e in ends
        for value in e
    ]
    made = frame(x, [*y, *(y for _, y in beyond)], unit, words, ticks=ticks, under=under, names=[n for n in names if n])
    marks = list(made.marks)
    for line in drawn:
        for band in line.bands:
            edge = (*made.points(line.x, band.high), *reversed(made.points(line.x, band.low)))
            marks.append(Area(edge, band.role, band.opacity))
    for line in drawn:
        points = made.points(line.x, line.y)
        marks.append(Path(points, line.role, line.width, line.dashed, line.title or line.name))
        marks += [Dot(*point, 2.6, line.role, told) for point, told in zip(points, line.told, strict=False)]
    named = sorted(
        ((made.up(line.y[-1]), made.along(line.x[-1]), text, line.role)
         for line, text in zip(drawn, names, strict=True) if text),
        key=lambda one: one[0],
    )  # fmt: skip
    for (end, start, text, role), y_px in zip(named, _apart([one[0] + 4 for one in named]), strict=True):
        marks.append(Path(((start + 2, end), (made.right + 12, y_px - 4)), role, 0.8))
        marks.append(Words(made.right + 15, y_px, text, "ink", "start", SMALL_PX))
    marks += more(made) if more else ()
    return Picture(name, title, description, BOTTOM_PX + (46 if under else 28), tuple(marks), behind)


def _apart(wanted: list[float]) -> list[float]:
    """Move places that ascend apart, so that names do not cover one another, and stay above the axis. [px]"""
    places = list(wanted)
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + _LINE_PX)
    ceiling = BOTTOM_PX
    for i in reversed(range(len(places))):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - _LINE_PX
    return places
