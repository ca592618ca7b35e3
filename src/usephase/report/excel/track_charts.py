"""Native Excel charts of an inventory over time: path, reasons for the change, calendar years, levers."""

from collections.abc import Mapping
from typing import Any

from usephase.insight.tracking.track import Track
from usephase.report.excel import charts as base
from usephase.report.excel.sheet import Book, Placed
from usephase.report.excel.tables import ABOVE, BELOW, HIGH, LOW, MEAN
from usephase.results.run import UNIT

_TARGET = "#B5452C"
_NOT_COMPANY = "#8A8F98"


def place(book: Book, sheet: Any, track: Track, placed: Mapping[str, Placed]) -> None:
    """Draw what there is, on one sheet, each with a description."""
    meta = track.meta
    sheet.set_portrait()
    sheet.fit_to_pages(1, 1)
    made = [
        (_path(book, placed["levels"]), "Line chart: mean, 95 % interval and any target by sale year; table on Levels"),
        (_change(book, track, placed["change"]),
         f"Bar chart: what each effect did from {meta['base_year']} to {meta['reporting_year']}; table on Change"),
    ]  # fmt: skip
    if "installed" in placed:
        chart = base.years(book, "Installed base by calendar year", placed["installed"])
        made.append((chart, "Line chart: mean and 95 % interval by calendar year; table on Calendar"))
    if "levers" in placed:
        made.append(
            (_levers(book, placed["levers"]), "Column chart: what each lever contributes; table on With levers")
        )
    base.place_all(book, sheet, made, 3)


def _path(book: Book, placed: Placed) -> Any:
    chart = book.workbook.add_chart({"type": "line"})
    target = f"Target [{UNIT}]"
    styles = {MEAN: ("Mean", "#1F7A8C", 2.25, "solid"), LOW: ("Low, 2.5 %", "#9BC1BC", 1.5, "dash"),
              HIGH: ("High, 97.5 %", "#9BC1BC", 1.5, "dash"), target: ("Target", _TARGET, 2.25, "solid")}  # fmt: skip
    for header, (name, color, width, dash) in styles.items():
        column = placed.headers.index(header) if header in placed.headers else None
        if column is not None and any(row[column] is not None for row in placed.cells):
            chart.add_series({
                "name": name,
                "categories": placed.reference(placed.headers[0], placed.rows),
                "values": placed.reference(header, placed.rows),
                "line": {"color": color, "width": width, "dash_type": dash},
            })  # fmt: skip
    base.finish(chart, "Levels and target by sale year" if target in placed.headers else "Levels by sale year")
    base.legend(chart)
    base.amount_axes(chart)
    return chart


def _change(book: Book, track: Track, placed: Placed) -> Any:
    chart = book.workbook.add_chart({"type": "bar"})
    company = [bool(row["company"]) for row in track.change.to_dict("records")] + [True]
    chart.add_series({
        "name": "Mean",
        "categories": placed.reference(placed.headers[0], placed.rows),
        "values": placed.reference(MEAN, placed.rows),
        "fill": {"color": "#1F7A8C"},
        "points": [None if own else {"fill": {"color": _NOT_COMPANY}} for own in company],
        "gap": 45,
        "y_error_bars": {
            "type": "custom",
            "plus_values": base.formula(placed, ABOVE, placed.rows),
            "minus_values": base.formula(placed, BELOW, placed.rows),
            "line": {"color": "#404040", "width": 1.25},
        },
    })  # fmt: skip
    base.finish(chart, "Change by effect; grey: not the company's doing")
    # Names stay at the left side, also of effects below zero; the first one is on top.
    chart.set_y_axis({"reverse": True, "num_font": base.FONT, "label_position": "low"})
    chart.set_x_axis({**base.amounts(), "min": None, "label_position": "high", "num_font": base.FONT})
    return chart


def _levers(book: Book, placed: Placed) -> Any:
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for header in placed.headers:
        if header.endswith(f": {MEAN}"):
            chart.add_series({
                "name": header.removesuffix(f": {MEAN}"),
                "categories": placed.reference(placed.headers[0], placed.rows),
                "values": placed.reference(header, placed.rows),
                "gap": 60,
            })  # fmt: skip
    base.finish(chart, "Contributions of levers")
    base.legend(chart)
    chart.set_x_axis({"num_font": base.FONT, "label_position": "low"})
    chart.set_y_axis({**base.amounts(), "min": None, "num_font": base.FONT})
    return chart
