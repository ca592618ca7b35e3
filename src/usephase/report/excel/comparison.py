"""comparison.xlsx: a comparison as an Excel workbook of values and formats."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from usephase.insight.comparison.records import Comparison
from usephase.report.excel.sheet import Book, Column, cell_of, column_of, head, texts
from usephase.report.language import plain
from usephase.report.terminal.comparison import verdict
from usephase.results.content import STATISTICS
from usephase.results.provenance import moment_of
from usephase.results.run import UNIT

_TOP = 3
_DIFFERENCE = {
    "against_mean": "against_mean", "option_mean": "option_mean", "mean": "difference_mean", "mcse": "error",
    "p2_5": "low", "p50": "median", "p97_5": "high",
}  # fmt: skip
_CHANCES = {"probability_lower": "lower", "probability_lower_by_margin": "by_margin", "probability_equal": "equal"}
_REGRETS = ("regret_option", "regret_against")
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
    say = plain()
    workbook.set_properties({"title": say("book.comparison"), "created": created})
    book = Book(workbook)
    _differences(book, comparison)
    draws = comparison.meta["draws"]
    keys = ["option", "against", "product", "per", "unit"]
    for name in ("contributions", "parts"):
        frames = []
        for found in comparison.differences:
            frame: pd.DataFrame = getattr(found, name)
            if len(frame):
                told = {key: getattr(found, key) or "" for key in keys}
                frames.append(frame.assign(**{**told, "product": say.group("product", told["product"])}))
        if frames:
            both = pd.concat(frames, ignore_index=True)
            _frame(
                book,
                say(f"sheet.{name}"),
                say(f"book.{name}"),
                both[[*keys, *(c for c in both.columns if c not in keys)]],
            )
    _frame(book, say("sheet.ranking"), say("book.options"), comparison.ranking, draws)
    cells = comparison.decision["cells"]
    decided = [frame.assign(option=name) for name, frame in cells.items() if len(frame)]
    if decided:
        _frame(book, say("sheet.decides"), say("book.decides"), pd.concat(decided))
    for name, title in (("break_evens", "book.break_evens"), ("budgets", "sheet.budgets")):
        found_rows = [each.to_document() for each in comparison.further[name]]
        if found_rows:
            _frame(
                book, say(f"sheet.{name}"), say(title), pd.DataFrame(found_rows), int(found_rows[0].get("draws", draws))
            )
    for i, found in enumerate(comparison.further["maps"], start=1):
        frame = pd.DataFrame(found.probability_lower, columns=[f"{x:.6g}" for x in found.x_values])
        frame.insert(0, "y", found.y_values)
        _frame(
            book,
            say("sheet.map", number=i),
            say("book.map", option=found.option, x=found.x.text, y=found.y.text),
            frame,
            found.draws,
            list(frame.columns[1:]),
        )
    _frame(book, say("sheet.accumulated"), say("book.accumulated"), comparison.further["accumulated"])
    _frame(book, say("sheet.figures"), say("book.figures"), comparison.figures)
    workbook.close()
    Path(path).write_bytes(buffer.getvalue())


def _differences(book: Book, comparison: Comparison) -> None:
    meta, say = comparison.meta, plain()
    draws = say.count(meta["draws"])
    note = say("book.differences_note", draws=draws, design=meta["design"], seed=meta["seed"])
    sheet = book.sheet(say("sheet.differences"), meta["catalog"]["name"], note)
    columns = texts("option", "against", "product", "per", "unit")
    columns += [Column(head(name, "")) for name in _DIFFERENCE.values()]
    columns += [
        Column(head("relative", ""), "share"),
        *(Column(head(name, ""), "share", draws=meta["draws"]) for name in _CHANCES.values()),
    ]
    columns += [Column(head(name, "")) for name in _REGRETS] + texts("words")
    rows: list[list[Any]] = [
        [d.option, d.against, say.group("product", d.product) if d.product else say("book.all_compared"),
         say.word("measure", d.per), d.unit,
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
            column_of(c),
            "text" if c in _TEXTS else "share" if c in _PORTIONS else "amount" if c in amounts else "plain",
            draws=draws if c in chances else 0,
        )
        for c in frame.columns
    ]
    rows = [[cell_of(x) for x in row] for row in frame.itertuples(index=False, name=None)]
    units = [str(unit) for unit in frame["unit"]] if "unit" in frame else [UNIT] * len(rows)
    book.table(sheet, _TOP, columns, rows, units=units)
