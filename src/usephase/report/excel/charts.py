"""Native Excel charts that point at the workbook's own cells: bars with their 95 % intervals, and a line of years."""

import math
from typing import Any

from usephase.report.excel.sheet import Book, Placed, head
from usephase.report.language import plain
from usephase.results.run import UNIT

BARS_MAX = 15
_TAIL = 0.005
_COLOR, _LIGHT, _INK = "#1F7A8C", "#9BC1BC", "#404040"
_WIDTH, _HEIGHT = 620, 380
FONT = {"color": _INK, "size": 9}


def bars(book: Book, title: str, placed: Placed) -> Any:
    """Draw a bar a row (the first 15) with its interval as whiskers."""
    rows = min(placed.rows, BARS_MAX)
    chart = book.workbook.add_chart({"type": "bar"})
    chart.add_series({
        "name": head("mean", ""),
        "categories": placed.reference(placed.headers[0], rows),
        "values": placed.reference(head("mean"), rows),
        "fill": {"color": _COLOR},
        "gap": 45,
        "y_error_bars": {
            "type": "custom",
            "plus_values": formula(placed, head("above"), rows),
            "minus_values": formula(placed, head("below"), rows),
            "line": {"color": _INK, "width": 1.25},
        },
    })  # fmt: skip
    finish(chart, title if placed.rows <= BARS_MAX else plain()("book.largest", title=title, count=BARS_MAX))
    # Excel draws the first category at the bottom; turned round, the largest is on top.
    chart.set_y_axis({"reverse": True, "num_font": FONT, "line": {"color": _INK}})
    end = _round_up(max(placed.values(head("high"), rows), default=0.0))
    chart.set_x_axis({**amounts(), **({"max": end} if end else {}), "label_position": "high", "num_font": FONT})
    return chart


def years(book: Book, title: str, placed: Placed) -> Any:
    """Draw mean, low and high by calendar year; the long tail of years that hardly count is left to the table."""
    means = placed.values(head("mean"), placed.rows)
    counted = [i for i, mean in enumerate(means) if mean >= _TAIL * max(means)]
    rows = counted[-1] + 1 if counted else placed.rows
    chart = book.workbook.add_chart({"type": "line"})
    styles = {"mean": (_COLOR, 2.25, "solid"), "low": (_LIGHT, 1.5, "dash"), "high": (_LIGHT, 1.5, "dash")}
    for name, (color, width, dash) in styles.items():
        chart.add_series({
            "name": head(name, ""),
            "categories": placed.reference(placed.headers[0], rows),
            "values": placed.reference(head(name), rows),
            "line": {"color": color, "width": width, "dash_type": dash},
        })  # fmt: skip
    finish(chart, title)
    legend(chart)
    amount_axes(chart)
    return chart


def place_all(book: Book, sheet: Any, charts: list[tuple[Any, str]], top: int) -> None:
    """Place charts in two columns, each with a description for those who cannot see it."""
    for i, (chart, description) in enumerate(charts):
        position = {"x_offset": (i % 2) * (_WIDTH + 20), "y_offset": (i // 2) * (_HEIGHT + 20)}
        sheet.insert_chart(top, 0, chart, {**position, "description": description, "object_position": 3})


def finish(chart: Any, title: str) -> None:
    """Give a chart its title and size; no legend, no border."""
    chart.set_title({"name": title, "name_font": {"size": 12, "color": _INK}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_size({"width": _WIDTH, "height": _HEIGHT})
    chart.set_chartarea({"border": {"none": True}})


def legend(chart: Any) -> None:
    """Put a legend under a chart."""
    chart.set_legend({"position": "bottom", "font": FONT})


def amount_axes(chart: Any) -> None:
    """Give a chart plain categories and an axis of amounts."""
    chart.set_x_axis({"num_font": FONT})
    chart.set_y_axis({**amounts(), "num_font": FONT})


def amounts() -> dict[str, Any]:
    """Describe an axis of amounts that begins at 0."""
    grid = {"visible": True, "line": {"color": "#D9D9D9", "width": 0.75}}
    return {
        "name": UNIT,
        "name_font": {**FONT, "bold": False},
        "num_format": "#,##0.###",
        "major_gridlines": grid,
        "min": 0,
    }


def _round_up(value: float) -> float:
    """Give the end of an axis that holds `value`: the programs' own choice leaves whiskers outside."""
    if value <= 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return next(n * step for n in (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100) if n * step >= value)


def formula(placed: Placed, header: str, rows: int) -> str:
    """Point at the first `rows` cells of a column, as a series of error bars wants it."""
    from xlsxwriter.utility import xl_range_abs

    _, first, column, last, _ = placed.reference(header, rows)
    return f"='{placed.sheet}'!{xl_range_abs(first, column, last, column)}"
