"""comparison.xlsx: a comparison as an Excel workbook of values and formats."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from usephase.insight.comparison.records import Comparison
from usephase.report.cells import plain_cell
from usephase.report.excel.sheet import Book, Column
from usephase.report.terminal.comparison import verdict
from usephase.results.content import STATISTICS
from usephase.results.provenance import moment_of
from usephase.results.run import UNIT

_TOP = 3
_DIFFERENCE = {
    "against_mean": "Mean, against", "option_mean": "Mean, option", "mean": "Difference, mean",
    "mcse": "Monte Carlo error", "p2_5": "Low, 2.5 %", "p50": "Median", "p97_5": "High, 97.5 %",
}  # fmt: skip
_CHANCES = {"probability_lower": "P(lower)", "probability_lower_by_margin": "P(lower by more than the margin)",
            "probability_equal": "P(equal)"}  # fmt: skip
_REGRETS = {"regret_option": "Regret of the option", "regret_against": "Regret of the other"}
_TEXTS = ("option", "against", "product", "per", "unit", "table", "row", "column", "by", "group", "dominated_by",
          "varied", "budget", "ledger", "grid_basis", "boundary", "phase")  # fmt: skip
_PORTIONS = ("probability_best_mcse", "s1", "s1_error", "several", "percentile")
_AMOUNTS = (*STATISTICS, "mcse", "sampling_error", "regret", "evppi")
"""Columns of amounts of the row's unit, else in t CO2e."""
_OF_DRAWS = ("probability_best", "probability_found", "probability_lower_at_low", "probability_lower_at_high")


def write_comparison_workbook(comparison: Comparison, path: str | Path) -> None:
    """Write a comparison as a workbook; the same comparison gives the same bytes.

    Parameters
    ----------
    comparison : Comparison
    path : path
    """
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    buffer = io.BytesIO()  # written in one go: a disk that fills up must not fail inside an archive
    workbook = xlsxwriter.Workbook(buffer, options)
    created = moment_of(comparison.meta["created"]).replace(tzinfo=None)
    workbook.set_properties({"title": "Comparison of design options", "created": created})
    book = Book(workbook)
    _differences(book, comparison)
    draws = comparison.meta["draws"]
    keys = ["option", "against", "product", "per", "unit"]
    for name, title, attribute in (
        ("Contributions", "What each change contributes", "contributions"),
        ("Parts", "What the difference is made of", "parts"),
    ):  # fmt: skip
        frames = []
        for found in comparison.differences:
            frame: pd.DataFrame = getattr(found, attribute)
            if len(frame):
                frames.append(frame.assign(**{key: getattr(found, key) or "" for key in keys}))
        if frames:
            both = pd.concat(frames, ignore_index=True)
            _frame(book, name, title, both[[*keys, *(c for c in both.columns if c not in keys)]])
    _frame(book, "Ranking", "Options by their mean emissions; t CO2e", comparison.ranking, draws)
    cells = comparison.decision["cells"]
    decided = [frame.assign(option=name) for name, frame in cells.items() if len(frame)]
    if decided:
        _frame(
            book, "What decides", "Cells that move the difference, and what knowing them is worth", pd.concat(decided)
        )
    for name, title, key in (
        ("Break-evens", "Values at which both sides are equal", "break_evens"), ("Budgets", "Budgets", "budgets"),
    ):  # fmt: skip
        found_rows = [each.to_document() for each in comparison.further[key]]
        if found_rows:
            _frame(book, name, title, pd.DataFrame(found_rows), int(found_rows[0].get("draws", draws)))
    for i, found in enumerate(comparison.further["maps"], start=1):
        frame = pd.DataFrame(found.probability_lower, columns=[f"{x:.6g}" for x in found.x_values])
        frame.insert(0, "y", found.y_values)
        _frame(
            book,
            f"Map {i}",
            f"P({found.option} lower): {found.x.text} across, {found.y.text} down",
            frame,
            found.draws,
            list(frame.columns[1:]),
        )
    _frame(book, "Accumulated", "Emitted up to each age; t CO2e", comparison.further["accumulated"])
    _frame(book, "Figures", "Figures of every option; t CO2e", comparison.figures)
    workbook.close()
    Path(path).write_bytes(buffer.getvalue())


def _differences(book: Book, comparison: Comparison) -> None:
    meta = comparison.meta
    note = f"{meta['draws']:,} paired draws, design {meta['design']}, seed {meta['seed']}; option minus against."
    sheet = book.sheet("Differences", meta["catalog"]["name"], note)
    columns = [Column(head, "text") for head in ("Option", "Against", "Product", "Per", "Unit")]
    columns += [Column(head) for head in _DIFFERENCE.values()]
    columns += [
        Column("Relative change", "share"),
        *(Column(head, "share", draws=meta["draws"]) for head in _CHANCES.values()),
    ]
    columns += [Column(head) for head in _REGRETS.values()] + [Column("In words", "text")]
    rows: list[list[Any]] = [
        [d.option, d.against, d.product or "all compared", d.per, d.unit,
         *(float(d.numbers[k]) for k in (*_DIFFERENCE, "relative_mean", *_CHANCES, *_REGRETS)), verdict(d)]
        for d in comparison.differences
    ]  # fmt: skip
    book.table(sheet, _TOP, columns, rows, units=[d.unit for d in comparison.differences])


def _frame(
    book: Book, name: str, title: str, frame: pd.DataFrame, draws: int = 0, chances: Sequence[object] = _OF_DRAWS
) -> None:
    """Write a table of insight; `chances` are its columns of probabilities, of so many draws."""
    sheet = book.sheet(name, title)
    # A break-even is a value of its cell, in that cell's unit.
    amounts = () if "varied" in frame else _AMOUNTS
    columns = [
        Column(
            str(c).replace("_", " "),
            "text" if c in _TEXTS else "share" if c in _PORTIONS else "amount" if c in amounts else "plain",
            draws=draws if c in chances else 0,
        )
        for c in frame.columns
    ]
    rows = [[plain_cell(x) for x in row] for row in frame.itertuples(index=False, name=None)]
    units = [str(unit) for unit in frame["unit"]] if "unit" in frame else [UNIT] * len(rows)
    book.table(sheet, _TOP, columns, rows, units=units)
