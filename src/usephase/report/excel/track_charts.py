"""Native Excel charts of an inventory over time: path, reasons for the change, calendar years, levers."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

from usephase.insight.tracking.track import Track
from usephase.report.excel import charts as base
from usephase.report.excel.sheet import Book, Placed, head
from usephase.report.language import plain
from usephase.report.scenarios import name_of

_TARGET = "#B5452C"
_NOT_COMPANY = "#8A8F98"
_FANS = ("#1F7A8C", "#B35C12", "#5B4B9A", "#A3195B")
"""Colours of grid scenarios, in turn."""


def place(book: Book, sheet: Any, track: Track, placed: Mapping[str, Placed]) -> None:
    """Draw what there is, on one sheet, each with a description."""
    meta = track.meta
    sheet.set_portrait()
    sheet.fit_to_pages(1, 1)
    say = plain()
    span = {"base": meta["base_year"], "year": meta["reporting_year"]}
    made = [
        (_path(book, placed["levels"]), say("book.chart_path", sheet=placed["levels"].sheet)),
        (_change(book, track, placed["change"]), say("book.chart_change", **span, sheet=placed["change"].sheet)),
    ]
    if (fans := _fans(book, placed["levels"], track)) is not None:
        made.insert(1, (fans, say("book.chart_fans", sheet=placed["levels"].sheet)))
    if "installed" in placed:
        chart = base.years(book, say("book.installed"), placed["installed"])
        made.append((chart, say("book.years", sheet=placed["installed"].sheet)))
    if "levers" in placed:
        made.append((_levers(book, placed["levers"]), say("book.chart_levers", sheet=placed["levers"].sheet)))
    base.place_all(book, sheet, made, 3)


def _path(book: Book, placed: Placed) -> Any:
    chart = book.workbook.add_chart({"type": "line"})
    styles = {"mean": ("#1F7A8C", 2.25, "solid"), "low": ("#9BC1BC", 1.5, "dash"), "high": ("#9BC1BC", 1.5, "dash"),
              "target": (_TARGET, 2.25, "solid")}  # fmt: skip
    for name, (color, width, dash) in styles.items():
        header = head(name)
        column = placed.headers.index(header) if header in placed.headers else None
        if column is not None and any(row[column] is not None for row in placed.cells):
            chart.add_series({
                "name": head(name, ""),
                "categories": placed.reference(placed.headers[0], placed.rows),
                "values": placed.reference(header, placed.rows),
                "line": {"color": color, "width": width, "dash_type": dash},
            })  # fmt: skip
    base.finish(chart, plain()("book.path_target" if head("target") in placed.headers else "book.path"))
    base.legend(chart)
    base.amount_axes(chart)
    return chart


def _fans(book: Book, placed: Placed, track: Track) -> Any | None:
    """Draw mean and ends of what is ahead under each grid scenario of several."""
    apart = track.years["by_scenario"].iloc[0]
    begin = next(i for i, cells in enumerate(placed.cells) if cells[0] == track.meta["reporting_year"])
    if len(apart) < 2 or placed.rows - begin < 2:
        return None
    chart = book.workbook.add_chart({"type": "line"})
    styles = {"mean": (2.25, "solid"), "low": (1.0, "dash"), "high": (1.0, "dash")}
    for part, color in zip(apart, cycle(_FANS), strict=False):
        name = name_of(part["scenario"], part["weight"], plain())
        for column, (width, dash) in styles.items():
            chart.add_series({
                "name": name if column == "mean" else f"{name}: {head(column, '')}",
                "categories": placed.reference(placed.headers[0], placed.rows, begin),
                "values": placed.reference(f"{name}: {head(column)}", placed.rows, begin),
                "line": {"color": color, "width": width, "dash_type": dash},
            })  # fmt: skip
    base.finish(chart, plain()("chart.outlook"))
    base.legend(chart)
    base.amount_axes(chart)
    return chart


def _change(book: Book, track: Track, placed: Placed) -> Any:
    chart = book.workbook.add_chart({"type": "bar"})
    company = [bool(row["company"]) for row in track.change.to_dict("records")] + [True]
    chart.add_series({
        "name": head("mean", ""),
        "categories": placed.reference(placed.headers[0], placed.rows),
        "values": placed.reference(head("mean"), placed.rows),
        "fill": {"color": "#1F7A8C"},
        "points": [None if own else {"fill": {"color": _NOT_COMPANY}} for own in company],
        "gap": 45,
        "y_error_bars": {
            "type": "custom",
            "plus_values": base.formula(placed, head("above"), placed.rows),
            "minus_values": base.formula(placed, head("below"), placed.rows),
            "line": {"color": "#404040", "width": 1.25},
        },
    })  # fmt: skip
    base.finish(chart, plain()("book.change_chart"))
    # Names stay at the left side, also of effects below zero; the first one is on top.
    chart.set_y_axis({"reverse": True, "num_font": base.FONT, "label_position": "low"})
    chart.set_x_axis({**base.amounts(), "min": None, "label_position": "high", "num_font": base.FONT})
    return chart


def _levers(book: Book, placed: Placed) -> Any:
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for header in placed.headers:
        if header.endswith(f": {head('mean')}"):
            chart.add_series({
                "name": header.removesuffix(f": {head('mean')}"),
                "categories": placed.reference(placed.headers[0], placed.rows),
                "values": placed.reference(header, placed.rows),
                "gap": 60,
            })  # fmt: skip
    base.finish(chart, plain()("book.levers_chart"))
    base.legend(chart)
    chart.set_x_axis({"num_font": base.FONT, "label_position": "low"})
    chart.set_y_axis({**base.amounts(), "min": None, "num_font": base.FONT})
    return chart
