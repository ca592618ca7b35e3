"""Pictures of a decision: draws of a difference, what makes it, and where it flips; drawn for the width they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usephase.insight.comparison.records import Columns
from usephase.insight.what_if.records import Curve
from usephase.report.charts.axes import Scale, across, scale, tick_text
from usephase.report.charts.marks import Area, Box, Dot, Link, Mark, Path, Picture, Words, table
from usephase.report.charts.style import SMALL_PX, TEXT_PX, WIDTH, shortened, text_width
from usephase.report.language import Language
from usephase.report.rounding import common_place, place

NARROW_PX = 280
_STEP_PX, _BAR_PX = 40.0, 13.0
_SEGMENT_ROLES = ("waste", "change", "accent", "soft")


@dataclass(frozen=True)
class Step:
    """Hold one step of a waterfall; `address` leads to its cell, "" to none."""

    label: str
    mean: float
    low: float
    high: float
    address: str = ""


def difference_columns(
    columns: Columns, mean: float, ends: tuple[float, float], unit: str, words: Language, width: int = WIDTH
) -> Picture:
    """Draw the draws of a difference: those that are lower, and those that are higher.

    Parameters
    ----------
    columns : Columns
    mean : float
    ends : (float, float)
        Of the 95 % interval.
    unit : str
    words : Language
    width : int
        Of the picture. [px]
    """
    top, bottom = 30.0, 150.0
    axis = scale(
        min(columns.edges[0], 0.0), max(columns.edges[-1], 0.0), 12, width - 12, count=_ticks(width), tight=True
    )
    marks = across(axis, bottom, bottom + 5, unit, words)
    marks += _columns(columns, axis, top, bottom, unit, words, parted=True)
    marks.append(Path(((12, bottom), (width - 12, bottom)), "soft"))
    marks.append(Path(((axis(0.0), top - 8), (axis(0.0), bottom)), "ink", 1.4))
    shown = f"{signed(mean, place(*ends, mean), words)} {unit}"
    marks += _flag(axis(mean), 14.0, bottom, shown, "accent", width)
    title = words("decide.histogram")
    interval = words.interval(*ends, unit, value=mean)
    rows = [[words("statistic.mean"), shown], [words("decide.interval_head"), interval]]
    told = words("decide.histogram_told", mean=shown, interval=interval)
    return Picture(
        "difference", title, told, bottom + 42, tuple(marks), table(title, [words("table.statistic"), unit], rows),
        float(width),
    )  # fmt: skip


def break_even(
    columns: Columns, shares: tuple[float, float, float], cell: str, unit: str, title: str, words: Language
) -> Picture:
    """Draw the values of a cell at which two designs are equal, one a draw.

    Parameters
    ----------
    columns : Columns
    shares : (float, float, float)
        Its median and the ends of its 95 % interval.
    cell : str
        Its name.
    unit, title : str
    words : Language
    """
    top, bottom = 30.0, 190.0
    middle, low, high = shares
    axis = scale(columns.edges[0], columns.edges[-1], 12, WIDTH - 12, count=_ticks(WIDTH), tight=True)
    named = f"{cell} [{unit}]" if unit else cell
    marks = across(axis, bottom, bottom + 5, shortened(named, WIDTH - 24, SMALL_PX), words)
    marks += _columns(columns, axis, top, bottom, unit, words, parted=False)
    marks.append(Path(((12, bottom), (WIDTH - 12, bottom)), "soft"))
    marks.append(Path(tuple((min(max(axis(end), 12.0), WIDTH - 12.0), bottom) for end in (low, high)), "accent", 4.0))
    median, interval = words.amount(middle, low, high, unit), words.interval(low, high, unit, value=middle)
    marks += _flag(axis(middle), 14.0, bottom, words("decide.even_at", value=median), "accent", WIDTH)
    rows = [[words("statistic.p50"), median], [words("decide.interval_head"), interval]]
    told = words("chart.break_even_description", cell=cell, median=median, interval=interval)
    behind = table(title, [words("table.statistic"), named], rows)
    return Picture("break-even", title, told, bottom + 42, tuple(marks), behind)


def waterfall(
    sides: tuple[tuple[str, float], tuple[str, float]], steps: Sequence[Step], unit: str, words: Language,
    width: int = WIDTH,
) -> Picture:  # fmt: skip
    """Draw the way from one side to the other, a change a step; each step opens its cell.

    Parameters
    ----------
    sides : ((str, float), (str, float))
        Name and mean of what is compared with, and of what it becomes.
    steps : sequence of Step
        Their means sum to the difference.
    unit : str
    words : Language
    width : int
        Of the picture. [px]
    """
    (first, start), (last_name, end) = sides
    last = min(
        common_place({"mean": s.mean, "p2_5": s.low, "p97_5": s.high} for s in steps) if steps else 0,
        place(min(start, end), max(start, end), start),
    )
    reached, ends = start, [0.0, start, end]
    for step in steps:
        ends += [reached + min(step.low, step.mean), reached + max(step.high, step.mean)]
        reached += step.mean
    axis = scale(min(ends), max(ends), 6, width - 6, count=_ticks(width), tight=True)
    bottom = _STEP_PX * (len(steps) + 2)
    marks: list[Mark] = across(axis, 4, bottom, unit, words)
    marks += _level(first, start, 0, axis, "soft", words.number(start, last), width)
    reached = start
    for i, step in enumerate(steps, start=1):
        made = _level(
            step.label, step.mean, i, axis, "use" if step.mean < 0 else "waste", signed(step.mean, last, words), width,
            reached,
        )  # fmt: skip
        middle = _STEP_PX * i + 28
        if step.high > step.low:
            made.append(Path(((axis(reached + step.low), middle), (axis(reached + step.high), middle)), "ink", 1.4))
        label = words("decide.open", cell=step.label)
        plain = tuple(mark for mark in made if not isinstance(mark, Link))
        marks += [Link(plain, step.address, label)] if step.address else made
        reached += step.mean
        marks.append(Path(((axis(reached), middle + 7), (axis(reached), middle + _STEP_PX - 7)), "soft"))
    marks += _level(last_name, end, len(steps) + 1, axis, "accent", words.number(end, last), width)
    title = words("decide.waterfall")
    rows = [[first, words.number(start, last), ""]]
    rows += [[s.label, signed(s.mean, last, words), words.interval(s.low, s.high, last=last)] for s in steps]
    rows.append([last_name, words.number(end, last), ""])
    heads = [words("decide.step"), words("table.mean", unit=unit), words("table.interval", unit=unit)]
    told = words("decide.waterfall_told", first=first, start=words.number(start, last), last=last_name,
                 end=words.number(end, last), unit=unit, steps=words.count(len(steps)))  # fmt: skip
    return Picture("waterfall", title, told, bottom + 40, tuple(marks), table(title, heads, rows), float(width))


def flips(
    curve: Curve, name: str, words: Language, width: int = WIDTH, limit: float | None = None,
    roles: Mapping[str, str] | None = None,
) -> Picture:  # fmt: skip
    """Draw a difference over values of a cell: its band, a line a segment, the break-even, and a budget.

    Parameters
    ----------
    curve : Curve
    name : str
        Of the cell.
    words : Language
    width : int
        Of the picture. [px]
    limit : float, optional
        A budget of the edited side: where the difference is below its line, the mean keeps it.
    roles : mapping, optional
        Colour of each segment's line; else one after the other.
    """
    top, bottom, left = 34.0, 236.0, 56.0
    budget = [] if limit is None else [limit - x for x in curve.against_mean]
    heights = [0.0, *curve.p2_5, *curve.p97_5, *(x for line in curve.segments for x in line.mean)]
    up = scale(min(heights), max(heights), bottom, top, count=5)
    along = scale(curve.values[0], curve.values[-1], left, width - 14, count=_ticks(width - 60), tight=True)
    marks: list[Mark] = []
    for tick in up.ticks:
        marks.append(Path(((left, up(tick)), (width - 14, up(tick))), "rule"))
        marks.append(Words(left - 6, up(tick) + 4, tick_text(tick, up.ticks, words), "soft", "end", SMALL_PX))
    title = f"{name} [{curve.cell_unit}]" if curve.cell_unit else name
    marks += across(along, bottom, bottom + 5, shortened(title, width - left, SMALL_PX), words)
    points = [along(x) for x in curve.values]
    lower = [(x, up(y)) for x, y in zip(points, curve.p2_5, strict=True)]
    upper = [(x, up(y)) for x, y in zip(points, curve.p97_5, strict=True)]
    marks.append(Area((*lower, *reversed(upper)), "wide"))
    marks.append(Path(((left, up(0.0)), (width - 14, up(0.0))), "ink", 1.4))
    key: list[tuple[str, str, bool]] = [(words("decide.all_units"), "use", False)]
    for i, line in enumerate(curve.segments):
        role = (roles or {}).get(line.segment, _SEGMENT_ROLES[i % len(_SEGMENT_ROLES)])
        marks.append(Path(_line(points, line.mean, up), role, 1.8, dashed=True))
        key.append((line.segment, role, True))
    if budget:
        inside = [(x, up(min(max(y, up.low), up.high))) for x, y in zip(points, budget, strict=True)]
        marks.append(Path(tuple(inside), "ink", 1.8, dashed=True))
        key.append((words("decide.budget_line"), "ink", True))
    marks.append(Path(_line(points, curve.mean, up), "use", 2.4))
    if curve.values[0] <= curve.now <= curve.values[-1]:
        height = _between(curve.values, curve.mean, curve.now)
        marks.append(Dot(along(curve.now), up(height), 4.5, "use", words("decide.now", value=words.plain(curve.now))))
    if curve.break_even is not None:
        low, middle, high = curve.break_even
        text = words("decide.even_at", value=words.amount(middle, low, high, curve.cell_unit))
        marks += _flag(along(middle), 14.0, bottom, text, "accent", width)
        marks.append(Path(((along(low), bottom), (along(high), bottom)), "accent", 4.0))
    ends, key_marks = _key(key, bottom + 56, width)
    marks += key_marks
    last = common_place(
        {"mean": a, "p2_5": b, "p97_5": c} for a, b, c in zip(curve.mean, curve.p2_5, curve.p97_5, strict=True)
    )
    heads = [title, words("table.mean", unit=curve.unit), words("table.interval", unit=curve.unit)]
    heads += [f"{line.segment} [{curve.unit}]" for line in curve.segments]
    rows = [
        [words.plain(x), words.number(curve.mean[i], last),
         words.interval(curve.p2_5[i], curve.p97_5[i], last=last),
         *(words.number(line.mean[i], last) for line in curve.segments)]
        for i, x in enumerate(curve.values)
    ]  # fmt: skip
    head = words("decide.curve", unit=curve.unit)
    told = words("decide.curve_told", cell=title, low=words.plain(curve.values[0]), high=words.plain(curve.values[-1]),
                 first=words.number(curve.mean[0], last), last=words.number(curve.mean[-1], last),
                 unit=curve.unit)  # fmt: skip
    return Picture("flips", head, told, ends, tuple(marks), table(head, heads, rows), float(width))


def signed(value: float, last: int, words: Language) -> str:
    """Write a difference with its sign."""
    text = words.number(value, last)
    return f"+{text}" if value > 0 else text


def _columns(
    columns: Columns, axis: Scale, top: float, bottom: float, unit: str, words: Language, *, parted: bool
) -> list[Mark]:
    """Draw columns; parted, those above zero are of another colour."""
    tallest = max(*columns.shares, 1e-12)
    marks: list[Mark] = []
    for left, right, share in zip(columns.edges[:-1], columns.edges[1:], columns.shares, strict=True):
        if share:
            height = (bottom - top) * share / tallest
            role = "waste" if parted and (left + right) / 2 >= 0 else "use"
            told = words("chart.column", range=words.interval(left, right, unit), share=words.percent(share))
            marks.append(Box(axis(left), bottom - height, max(axis(right) - axis(left) - 0.8, 1.0), height, role, told))
    return marks


def _level(
    label: str, value: float, row: int, axis: Scale, role: str, text: str, width: int, start: float = 0.0
) -> list[Mark]:
    top = _STEP_PX * row
    a, b = sorted((axis(start), axis(start + value)))
    room = width - text_width(text, TEXT_PX, bold=True) - 24
    return [
        Box(0, top + 2, width, 17, "paper"),
        Words(6, top + 15, shortened(label, room), "ink", "start", TEXT_PX),
        Words(width - 6, top + 15, text, "ink", "end", TEXT_PX, bold=True),
        Box(a, top + 28 - _BAR_PX / 2, max(b - a, 1.0), _BAR_PX, role, f"{label}: {text}"),
    ]


def _flag(x: float, y: float, bottom: float, text: str, role: str, width: int) -> list[Mark]:
    wide = text_width(text, SMALL_PX, bold=True)
    left = min(max(x - wide / 2, 2.0), width - wide - 2)
    return [
        Path(((x, y + 4), (x, bottom)), role, 1.8),
        Box(left - 3, y - 12, wide + 6, 16, "paper"),
        Words(left + wide / 2, y, text, "ink", "middle", SMALL_PX, bold=True),
    ]


def _key(entries: Sequence[tuple[str, str, bool]], top: float, width: int) -> tuple[float, list[Mark]]:
    """Name the lines, as many beside each other as there is room for; also where that ends."""
    marks: list[Mark] = []
    x, y = 8.0, top
    for name, role, dashed in entries:
        text = shortened(name, width - 50, SMALL_PX)
        needs = 34 + text_width(text, SMALL_PX) + 14
        if x > 8 and x + needs > width:
            x, y = 8.0, y + 18
        marks.append(Path(((x, y - 4), (x + 26, y - 4)), role, 2.2, dashed=dashed))
        marks.append(Words(x + 32, y, text, "ink", "start", SMALL_PX))
        x += needs
    return y + 10, marks


def _line(points: Sequence[float], heights: Sequence[float], up: Scale) -> tuple[tuple[float, float], ...]:
    return tuple((x, up(y)) for x, y in zip(points, heights, strict=True))


def _between(x: Sequence[float], y: Sequence[float], at: float) -> float:
    for i in range(len(x) - 1):
        if x[i] <= at <= x[i + 1]:
            return y[i] + (y[i + 1] - y[i]) * (at - x[i]) / (x[i + 1] - x[i])
    return y[-1]


def _ticks(width: float) -> int:
    return max(int(width / 90), 2)
