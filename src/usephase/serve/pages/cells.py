"""Cells as pictures: a small one beside a number, and a large one of what is there and what would be."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from usephase.catalog.edit.records import CellView, Edit
from usephase.catalog.edit.tables import Desk
from usephase.catalog.table import Values
from usephase.catalog.values import cells
from usephase.catalog.values.cells import points_of
from usephase.catalog.values.refusal import Refusal
from usephase.catalog.values.units import canonical_unit
from usephase.errors import Problem
from usephase.report.charts.axes import Scale, across, scale
from usephase.report.charts.marks import Area, Box, Mark, Path, Picture, Words, table
from usephase.report.charts.style import SMALL_PX, WIDTH, text_width
from usephase.report.language import Language
from usephase.sampling import distributions as dist

_SPARK_PX = (64.0, 16.0)
_SPARK_U = np.concatenate([[0.003], np.linspace(0.02, 0.98, 25), [0.997]])
_TOP_PX, _BOTTOM_PX = 38.0, 146.0
_EDGE = 0.02
"""Density below which the ends of a picture are cut off, as a share of the highest."""


class Caption(NamedTuple):
    """Say what a cell's text means; `problems` are the reasons where it means nothing, and what to doubt in it."""

    text: str
    picture: Markup = Markup("")
    value: float | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the cell cannot say that."""
        return any(problem.severity == "error" for problem in self.problems)


def caption(values: Values, row: int, unit: str, words: Language) -> Caption:
    """Say in a line what a number means: with its 95 % interval and its distribution, or as it is."""
    one = cells.take(values, np.array([row]))
    best = float(cells.best_estimates(one)[0])
    if np.isnan(best):
        return Caption("")
    if not cells.uncertain(one)[0]:
        return Caption(f"{words.plain(best)} {unit}".strip(), value=best)
    low, high = (float(cells.quantiles(one, share)[0]) for share in (0.025, 0.975))
    text = f"{words.amount(best, low, high, unit)} ({words.interval(low, high, value=best)})"
    return Caption(text, spark(one, 0), best)


def captions(desk: Desk, edits: Iterable[Edit], words: Language) -> dict[tuple[str, str, str], Caption]:
    """Say what edits make of their cells, each by itself."""
    return {(edit.table, edit.row, edit.column): _edited(desk, edit, words) for edit in edits}


def _edited(desk: Desk, edit: Edit, words: Language) -> Caption:
    where = f"{edit.table}:{edit.row}:{edit.column}"
    try:
        spot = desk.locate(edit)
        where, text = spot.place, spot.text()
    except Refusal as refusal:
        return Caption("", problems=(Problem(where=where, what=refusal.what, fix=refusal.fix),))
    if not spot.is_value:
        return Caption("")
    read = spot.read(text)
    problems = tuple(Problem(where=where, what=f.what, fix=f.fix, severity=f.severity) for f in read.findings)
    if any(problem.severity == "error" for problem in problems):
        return Caption("", problems=problems)
    unit = canonical_unit(spot.table, spot.at, spot.column)
    return caption(read.values, 0, unit, words)._replace(problems=problems)


def spark(values: Values, row: int) -> Markup:
    """Draw a cell's distribution in the height of a line; nothing for a plain number.

    Notes
    -----
    The density between two quantiles is the probability between them over their distance.
    """
    kind, params = int(values.kind[row]), values.params[row]
    if kind in (dist.ABSENT, dist.FIXED):
        return Markup("")
    points = points_of(values, row)
    if points is not None and dist.RECORDS[kind].atoms:
        shapes = _sticks(*points)
    else:
        below, above = dist.truncation(kind, params, values.low, values.high, points)
        shapes = _hill(dist.quantile(kind, params, below + _SPARK_U * (above - below), points))
    width, height = _SPARK_PX
    return Markup('<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        f"{width:.0f}", f"{height:.0f}", shapes
    )


def density_picture(before: CellView | None, after: CellView | None, unit: str, words: Language) -> Picture | None:
    """Draw how a cell is distributed; where an edit changes it, also how it would be."""
    views = [(view, role, name) for view, role, name in (
        (before, "wide", "Now"), (after, "use", "With the edit")) if view is not None and view.best_estimate is not None
    ]  # fmt: skip
    if not views:
        return None
    same = before is not None and after is not None and before == after
    if same or len(views) == 1:
        views = views[-1:]
    ends = [end for view, _, _ in views for end in _ends(view)]
    spread = max(ends) > min(ends)
    low, high = (min(ends), max(ends)) if spread else (min(ends) - 1, max(ends) + 1)
    if not spread and ends[0]:
        low, high = ends[0] - abs(ends[0]) / 2, ends[0] + abs(ends[0]) / 2
    axis = scale(low, high, 14, WIDTH - 14, count=7, tight=True)
    marks: list[Mark] = across(axis, _BOTTOM_PX, _BOTTOM_PX + 5, unit or "share or factor", words)
    for view, role, _ in views:
        marks += _curve(view, axis, role, outlined=role == "use" and len(views) > 1)
    marks += flags([
        (axis(view.best_estimate or 0.0), "soft" if role == "wide" else "accent",
         f"{name}: {words.amount(view.best_estimate or 0.0, *_interval(view))}", name == "Now")
        for view, role, name in views
    ], _BOTTOM_PX)  # fmt: skip
    marks.append(Path(((14, _BOTTOM_PX), (WIDTH - 14, _BOTTOM_PX)), "soft"))
    title = "Distribution of the cell"
    headers = ["", *(name for _, _, name in views)] if len(views) > 1 else ["", "Value"]
    behind = table(title, headers, _rows(views, words))
    told = "; ".join(f"{name}: {described(view, words)}" for view, _, name in views)
    return Picture("cell-distribution", title, told, _BOTTOM_PX + 44, tuple(marks), behind)


def flags(wanted: list[tuple[float, str, str, bool]], bottom: float) -> list[Mark]:
    """Mark one or two values with an upright line and words, each away from the other: place, role, words, dashed."""
    marks: list[Mark] = []
    for level, (x, role, text, dashed) in enumerate(wanted):
        other = wanted[1 - level][0] if len(wanted) > 1 else WIDTH / 2
        y, wide = 12.0 + 17.0 * level, text_width(text, SMALL_PX, bold=not dashed) + 8
        leftward = x - wide > 0 and (x < other or x + wide > WIDTH)
        anchor, at = ("end", x - 6) if leftward else ("start", x + 6)
        marks.append(Path(((x, y - 8), (x, bottom)), role, 1.8, dashed=dashed))
        # Paper behind the words: the other line may stand where they are.
        marks.append(Box((at if anchor == "start" else at - wide) - 2, y - 12, wide, 15, "paper"))
        marks.append(Words(at, y, text, "ink", anchor, SMALL_PX, bold=not dashed))
    return marks


def described(view: CellView, words: Language) -> str:
    """Say in a line what a cell is: best estimate, 95 % interval, kind of distribution."""
    if view.best_estimate is None:
        return f"“{view.text}”" if view.text else "empty"
    low, high = _interval(view)
    text = words.amount(view.best_estimate, low, high, view.unit)
    if not view.uncertain:
        return f"{text}, a fixed number"
    kind = words.word("distribution_kind", view.distribution.replace("-", "_"))
    return f"{text} (95 % interval {words.interval(low, high, view.unit, value=view.best_estimate)}), {kind}"


def _rows(views: list[tuple[CellView, str, str]], words: Language) -> list[list[str]]:
    shown = [view for view, _, _ in views]
    rows = [["As written", *(view.text or "–" for view in shown)]]
    rows.append(["Best estimate", *(words.amount(view.best_estimate or 0.0, *_interval(view)) for view in shown)])
    rows.append(["95 % interval", *(words.interval(*_interval(view), value=view.best_estimate or 0.0)
                                    for view in shown)])  # fmt: skip
    rows.append(["Distribution", *(words.word("distribution_kind", view.distribution) for view in shown)])
    return rows


def _interval(view: CellView) -> tuple[float, float]:
    best = view.best_estimate or 0.0
    return (best if view.p2_5 is None else view.p2_5), (best if view.p97_5 is None else view.p97_5)


def _ends(view: CellView) -> list[float]:
    best = view.best_estimate or 0.0
    if not view.density:
        return [best]
    tall = [x for x, height in view.density if height >= _EDGE]
    return [min(tall), max(tall), best]


def _curve(view: CellView, axis: Scale, role: str, *, outlined: bool) -> list[Mark]:
    if not view.density:
        return []
    low, high = axis.low, axis.high

    def at(x: float, height: float) -> tuple[float, float]:
        return axis(min(max(x, low), high)), _BOTTOM_PX - (_BOTTOM_PX - _TOP_PX) * height

    if view.distribution == "discrete":
        return [Path((at(x, 0), at(x, height)), role, 6.0) for x, height in view.density]
    inside = [(x, height) for x, height in view.density if low <= x <= high]
    if len(inside) < 2:
        return []
    line = tuple(at(x, height) for x, height in inside)
    if outlined:
        return [Path(line, role, 2.2)]
    return [Area((at(inside[0][0], 0), *line, at(inside[-1][0], 0)), "narrow" if role == "use" else "wide")]


def _hill(x: np.ndarray) -> Markup:
    width, height = _SPARK_PX
    step = np.diff(x)
    if not (step > 0).any():
        return Markup("")
    density = np.diff(_SPARK_U) / np.where(step > 0, step, np.inf)
    middle = (x[:-1] + x[1:]) / 2
    low, high = float(x[0]), float(x[-1])
    across_px = (middle - low) / (high - low) * width
    up_px = height - density / density.max() * (height - 1)
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across_px.tolist(), up_px.tolist(), strict=True))
    return Markup('<polygon class="f-use" points="0,{0} {1} {2},{0}"/>').format(f"{height:.0f}", line, f"{width:.0f}")


def _sticks(x: np.ndarray, weights: np.ndarray) -> Markup:
    width, height = _SPARK_PX
    low, high = float(x.min()), float(x.max())
    place = (x - low) / (high - low) * (width - 4) if high > low else np.full(len(x), width / 2)
    tall = weights / weights.max() * (height - 1)
    return Markup("").join(
        Markup('<rect class="f-use" x="{}" y="{}" width="4" height="{}"/>').format(
            f"{a:.1f}", f"{height - b:.1f}", f"{b:.1f}"
        )
        for a, b in zip(place.tolist(), tall.tolist(), strict=True)
    )
