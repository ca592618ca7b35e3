"""Horizontal bars with their 95 % intervals: groupings, components, choices, figures per service."""

from collections.abc import Sequence
from dataclasses import dataclass

from usephase.report.charts.axes import across, scale
from usephase.report.charts.marks import Box, Mark, Path, Picture, Table, Words, table
from usephase.report.charts.style import BAR_PX, LABEL_MAX_PX, ROW_PX, SMALL_PX, TEXT_PX, WIDTH, shortened, text_width
from usephase.report.language import Language
from usephase.report.rounding import common_place, place

BARS_MAX = 14
_AXIS_PX = 44.0
_TOP_PX = 6.0


@dataclass(frozen=True)
class Bar:
    """Hold one bar; without an interval, `low` and `high` are None. A rest of many groups is written, not drawn."""

    label: str
    mean: float
    low: float | None
    high: float | None
    best: float | None = None
    role: str = "use"
    bold: bool = False
    rest: bool = False
    target: float | None = None

    def interval(self, words: Language, last: int) -> str:
        """Write the interval; nothing where there is none."""
        return "" if self.low is None or self.high is None else words.interval(self.low, self.high, last=last)


def common(rows: Sequence[Bar]) -> int:
    """Find the one decimal place of bars: the coarsest that the interval of any of them supports."""
    known = [(row.mean, row.low, row.high) for row in rows if row.low is not None and row.high is not None]
    if not known:
        return min((place(0, row.mean / 5) for row in rows if row.mean), default=0)
    return common_place({"mean": mean, "p2_5": low, "p97_5": high} for mean, low, high in known)


def bars(
    name: str, title: str, rows: Sequence[Bar], unit: str, words: Language, *,
    drawn: Sequence[Bar] | None = None, behind: Table | None = None, description: str = "",
) -> Picture:  # fmt: skip
    """Draw bars from the top down, each with its interval as a whisker and its numbers on the right.

    Parameters
    ----------
    rows : sequence of Bar
        Rows of the table behind the picture.
    drawn : sequence of Bar, optional
        Rows of the picture, if not the same.
    behind : Table, optional
        The table, if not the usual one.
    description : str, optional
        What the picture shows, if not the usual words.
    """
    shown = list(rows if drawn is None else drawn)
    last = common(rows)
    texts = [(words.number(row.mean, last), row.interval(words, last)) for row in shown]
    gutter = min(max((text_width(row.label, TEXT_PX, bold=row.bold) for row in shown), default=0.0), LABEL_MAX_PX) + 10
    means = max((text_width(mean, TEXT_PX, bold=True) for mean, _ in texts), default=0.0)
    aside = max((text_width(f"({ends})", SMALL_PX) for _, ends in texts if ends), default=0.0)
    right = WIDTH - means - aside - 26
    ends = [
        end for row in shown if not row.rest for end in (row.mean, row.low, row.high, row.target) if end is not None
    ]
    axis = scale(min([0.0, *ends]), max([0.0, *ends]), gutter, right, count=4)
    bottom = _TOP_PX + ROW_PX * len(shown)
    marks: list[Mark] = across(axis, _TOP_PX - 4, bottom, unit, words)
    for i, (row, (mean, interval)) in enumerate(zip(shown, texts, strict=True)):
        marks += _bar(row, _TOP_PX + ROW_PX * i, axis(0.0), axis(row.mean), gutter, unit, (mean, interval), words)
        middle = _TOP_PX + ROW_PX * (i + 0.5)
        if row.low is not None and row.high is not None and row.high > row.low:
            marks += _whisker(axis(row.low), axis(row.high), middle)
        if row.target is not None:
            marks.append(_aim(axis(row.target), middle))
        marks.append(Words(right + means + 14, middle + 4.5, mean, "ink", "end", TEXT_PX, row.bold))
        if interval:
            marks.append(Words(WIDTH, middle + 4.5, f"({interval})", "soft", "end", SMALL_PX))
    behind = behind or bar_table(title, rows, unit, words)
    description = description or words(
        "chart.bars_description", rows=words.count(len(shown)), largest=_largest(shown, unit, words)
    )
    return Picture(name, title, description, bottom + _AXIS_PX, tuple(marks), behind)


def bar_table(title: str, rows: Sequence[Bar], unit: str, words: Language) -> Table:
    """Write bars as a table: mean, interval, best estimate, share of the sum of the means."""
    headers = [words("table.group"), words("table.mean", unit=unit), words("table.interval", unit=unit)]
    best = any(row.best is not None for row in rows)
    last = common(rows)
    cells = [[row.label, words.number(row.mean, last), row.interval(words, last)] for row in rows]
    if best:
        headers.append(words("table.best", unit=unit))
        for line, row in zip(cells, rows, strict=True):
            line.append("" if row.best is None else words.number(row.best, last))
    return table(title, headers, cells)


def folded(rows: Sequence[Bar], words: Language, most: int = BARS_MAX) -> list[Bar]:
    """Keep the first rows and sum the rest into one bar, without an interval: percentiles do not add."""
    if len(rows) <= most:
        return list(rows)
    rest = rows[most - 1 :]
    label = words("chart.rest", count=words.count(len(rest)))
    return [*rows[: most - 1], Bar(label, sum(row.mean for row in rest), None, None, role="soft", rest=True)]


def _bar(
    row: Bar, top: float, zero: float, end: float, gutter: float, unit: str, texts: tuple[str, str], words: Language
) -> list[Mark]:
    mean, interval = texts
    told = words("chart.told", label=row.label, mean=f"{mean} {unit}", interval=interval) if interval else ""
    left, width = min(zero, end), abs(end - zero)
    # What is there is seen: a hair's breadth at least.
    width = max(width, 1.0) if row.mean else 0.0
    # A rest would set the scale for all, and it is no group that one could act on.
    drawn = [] if row.rest else [Box(left, top + (ROW_PX - BAR_PX) / 2, width, BAR_PX, row.role, told)]
    marks: list[Mark] = [*drawn]
    label = shortened(row.label, gutter - 10, bold=row.bold)
    marks.append(
        Words(gutter - 10, top + ROW_PX / 2 + 4.5, label, "soft" if row.rest else "ink", "end", TEXT_PX, row.bold)
    )
    return marks


def _whisker(left: float, right: float, y: float) -> list[Mark]:
    half = 4.0
    return [
        Path(((left, y), (right, y)), "ink", 1.4),
        Path(((left, y - half), (left, y + half)), "ink", 1.4),
        Path(((right, y - half), (right, y + half)), "ink", 1.4),
    ]


def _aim(x: float, y: float) -> Mark:
    return Path(((x, y - ROW_PX / 2 + 3), (x, y + ROW_PX / 2 - 3)), "accent", 3.0)


def _largest(rows: Sequence[Bar], unit: str, words: Language) -> str:
    if not rows:
        return words("number.none")
    row = max(rows, key=lambda bar: bar.mean)
    return f"{row.label}, {words.number(row.mean, common(rows))} {unit}"
