"""inventory.xlsx: the run as an Excel workbook of values, formats and native charts; no formulas, no macros."""

import io
import re
from pathlib import Path
from typing import Any

import pandas as pd

from usephase.errors import CatalogError
from usephase.insight.quality.worked import BEST, MEAN, worked
from usephase.report import common_errors, rests
from usephase.report import scenarios as by_scenario
from usephase.report.breakdown import breakdown
from usephase.report.excel import charts as excel_charts
from usephase.report.excel import tables
from usephase.report.excel.sheet import SIDE_WIDTH, Book, Column, Placed, height
from usephase.report.html.documents import Ranking
from usephase.report.language import language, words
from usephase.report.method import headline, scenarios, statements
from usephase.results.provenance import moment_of
from usephase.results.run import UNIT, Run

_HEADER_ROW = 3
_WORKED_MOST = 64
"""Products that are written out in lines: the largest."""
_AUDIT = "the audit package (usephase export RUN --to audit)"
_GROUPINGS = ("family", "region", "product", "component", "mode", "material", "segment", "calendar_year")
_SHEET_NAMES = {"calendar_year": "By year"}
_OTHER_SHEETS = (
    "Summary", "Charts", "Ranking", "Measure next", "Common errors", "Per service", "Worked calculation",
    "Worked at means", "By choice", "Factors used", "Assumption register", "Method",
)  # fmt: skip
_CALENDAR_NOTE = "Emissions by calendar year of all sales listed up to the reporting year; not part of the totals."
_SUMMARY_COLUMNS = (
    Column("", "text"), Column(tables.MEAN), Column(tables.LOW), Column(tables.HIGH), Column(tables.BEST),
    Column(f"Median [{UNIT}]"), Column(f"Standard deviation [{UNIT}]"),
    Column(f"Monte Carlo error of the mean [{UNIT}]"),
)  # fmt: skip


def write_workbook(run: Run, path: str | Path, ranking: Ranking | None = None) -> None:
    """Write a run as a workbook.

    Parameters
    ----------
    run : Run
        What to write. The same run gives the same bytes.
    path : path
        The file to write to, as it is (`usephase.report.folders.run.write_run` writes it beside and renames it).
    ranking : Ranking, optional
        What makes a figure of the run uncertain, for a sheet of its own.

    Raises
    ------
    OSError
        If the system refuses.
    """
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    buffer = io.BytesIO()  # written in one go: a disk that fills up must not fail inside an archive
    workbook = xlsxwriter.Workbook(buffer, options)
    _describe(workbook, run)
    book = Book(workbook)
    _summary(book, run)
    charts_sheet = book.sheet("Charts", "Charts", _basis_note(run) + " Whiskers and dashed lines: 95 % interval.")
    placed = _groupings(book, run)
    _charts(book, charts_sheet, placed)
    if ranking is not None and ranking.rows:
        _ranking(book, ranking)
    if len(run.common_errors):
        _single(book, "Common errors", language()("common_errors.title"), tables.common_errors(run),
                common_errors.lead(run, language()))  # fmt: skip
    _single(book, "Per service", "Per hour or cycle of service", tables.service(run),
            "Category figures of a product over the service it renders in its life; kg CO2e.",
            len(run.service))  # fmt: skip
    _worked(book, run)
    _single(book, "Factors used", "Factors used", tables.factors(run), "Emission factors, losses and waste routes.")
    _single(book, "Assumption register", "Assumption register", tables.register(run),
            rests.known(run),
            len(run.register))  # fmt: skip
    _method(book, run)
    workbook.close()
    Path(path).write_bytes(buffer.getvalue())


def _describe(workbook: Any, run: Run) -> None:
    meta = run.meta
    # The run's time, not the clock's: the same run gives the same bytes.
    moment = moment_of(meta["created"]).replace(tzinfo=None)
    title = f"Scope 3 Category 11 and 12 of {meta['reporting_year']}"
    workbook.set_properties({"title": title, "comments": "Written by usephase.", "created": moment})


def _basis_note(run: Run) -> str:
    return f"{UNIT}; {headline(run)}; emissions over the whole life of the units sold in {run.meta['reporting_year']}."


def _summary(book: Book, run: Run) -> None:
    meta = run.meta
    sheet = book.sheet("Summary", meta["catalog"]["name"], _basis_note(run))
    sheet.set_column(0, 0, 66)
    sheet.set_column(1, len(_SUMMARY_COLUMNS) - 1, SIDE_WIDTH)
    book.text(sheet, _HEADER_ROW - 1, 0, rests.lead(run))
    sheet.freeze_panes(_HEADER_ROW + 1, 1)
    rows = [[words.LEDGERS[ledger], *_statistics(run.figure(ledger))] for ledger in _counted(run)]
    top = book.table(sheet, _HEADER_ROW, _SUMMARY_COLUMNS, rows, sole=False).first_row + len(rows) + 1
    top = _block(book, sheet, top, language()("scenarios.title"), list(_SUMMARY_COLUMNS), _scenarios(run))
    top = _lines(book, sheet, top, language()("common_errors.title"), _if_shared(run))
    top = _block(book, sheet, top, "Shown apart, in no total", list(_SUMMARY_COLUMNS), _apart(run))
    columns = [Column("", "text"), *(Column(f"{name}: {tables.MEAN}") for name in words.BOUNDARIES.values())]
    columns += [Column(f"{name}: {end}") for name in words.BOUNDARIES.values() for end in (tables.LOW, tables.HIGH)]
    top = _block(book, sheet, top, "The same under other choices", columns, _alternatives(run))
    facts = {
        "Company": meta.get("company") or "",
        "Reporting year": str(meta["reporting_year"]),
        "Draws": f"{meta['draws']:,}, design {meta['design']}, seed {meta['seed']}",
        "Grid scenario": scenarios(run),
        "Scenario and input": by_scenario.split(run, language()),
        "Global warming potentials": rests.gwp(run),
        "Computed": f"{meta.get('created', '')} with usephase {meta.get('versions', {}).get('usephase', '')}",
        "Catalog, SHA-256": meta["catalog"]["sha256"],
    }
    top = _lines(book, sheet, top, "About this run", [[name, text] for name, text in facts.items() if text])
    _lines(book, sheet, top, f"Notes and warnings: {len(run.notes):,}", [[note] for note in run.notes])


def _counted(run: Run) -> list[str]:
    """Name the counted ledgers that the run has, the sum last."""
    return [ledger for ledger in ("category_11", "category_12", "total") if len(run.select(ledger))]


def _statistics(row: pd.Series) -> list[float]:
    return [float(row[name]) for name in ("mean", "p2_5", "p97_5", "best_estimate", "p50", "sd", "mcse")]


def _if_shared(run: Run) -> list[list[str]]:
    return [[name, told] for name, told in common_errors.lines(run, language())]


def _scenarios(run: Run) -> list[list[Any]]:
    return [
        [f"{words.LEDGERS[ledger]}: {name}", *_statistics(row)]
        for ledger in _counted(run) for name, row in by_scenario.lines(run, language(), ledger)
    ]  # fmt: skip


def _apart(run: Run) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for phase in ("indirect", "maintenance"):
        found = run.select("category_11", phase=phase)
        rows += [
            [f"{words.PHASES[phase]} (optional)", *_statistics(row)]
            for _, row in found.iterrows()
            if row["phase"] == phase
        ]
    for ledger in ("avoided", "biogenic_co2"):
        rows += [[words.LEDGERS[ledger], *_statistics(row)] for _, row in run.select(ledger).iterrows()]
    for ledger in ("total", "category_11", "category_12"):
        found = run.select(ledger, "coverage")
        found = found[found["group"] == "extrapolated"]
        name = f"Sales not listed, extrapolated: {words.LEDGERS[ledger]}"
        rows += [[name, *_statistics(row)] for _, row in found.iterrows()]
    return rows


def _alternatives(run: Run) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for ledger in ("total", "category_11"):
        for basis, name in words.BASES.items():
            found = [run.figure(ledger, grid_basis=basis, boundary=boundary) for boundary in words.BOUNDARIES]
            ends = [float(row[end]) for row in found for end in ("p2_5", "p97_5")]
            rows.append([f"{words.LEDGERS[ledger]}: {name.lower()}", *(float(row["mean"]) for row in found), *ends])
    return rows


def _block(book: Book, sheet: Any, top: int, title: str, columns: list[Column], rows: list[list[Any]]) -> int:
    if not rows:
        return top
    book.text(sheet, top, 0, title, "section")
    placed = book.table(sheet, top + 1, columns, rows, sole=False)
    return placed.first_row + placed.rows + 1


def _lines(book: Book, sheet: Any, top: int, title: str, rows: list[list[str]]) -> int:
    if not rows:
        return top
    book.text(sheet, top, 0, title, "section")
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            book.text(sheet, top + 1 + i, j, text)
    return top + len(rows) + 2


def _groupings(book: Book, run: Run) -> dict[str, Placed]:
    placed: dict[str, Placed] = {}
    taken = {name.lower() for name in _OTHER_SHEETS}
    labels = [str(label) for label in run.meta.get("by", []) if label not in _GROUPINGS]
    for by in (*_GROUPINGS, *labels):
        plain = words.word(words.GROUPINGS, by)
        title = f"By {plain.lower() if by in _GROUPINGS else plain}"
        found = None if by == "component" else breakdown(run, by)
        note = _basis_note(run) if by != "calendar_year" else _CALENDAR_NOTE
        if found is not None:
            note = f"{words.LEDGERS[found.main]}; {note}"
        sheet = book.sheet(_free_name(_SHEET_NAMES.get(by, title), taken), title, note)
        table = tables.components(run) if found is None else tables.grouping(found)
        if (found is None and by != "component") or not table[1]:
            book.text(sheet, _HEADER_ROW, 0, "This run has no figures of this grouping.")
            continue
        placed[by] = book.table(sheet, _HEADER_ROW, *table, elsewhere="figures.csv")
    return placed


def _free_name(wanted: str, taken: set[str]) -> str:
    """Make a sheet name that Excel takes: at most 31 characters, none of its forbidden ones, not used yet."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", wanted).strip(" '")[:31] or "By label"
    name, i = plain, 2
    while name.lower() in taken:
        name = f"{plain[:27]} {i}"
        i += 1
    taken.add(name.lower())
    return name


def _charts(book: Book, sheet: Any, placed: dict[str, Placed]) -> None:
    sheet.set_portrait()
    sheet.fit_to_pages(1, 1)
    charts: list[tuple[Any, str]] = []
    for by in ("family", "region", "product", "component", "material", "mode"):
        if by in placed:
            title = f"By {words.GROUPINGS[by].lower()}"
            description = (
                f"Bar chart: mean and 95 % interval by {words.GROUPINGS[by].lower()}; table on {placed[by].sheet}"
            )
            charts.append((excel_charts.bars(book, title, placed[by]), description))
    if "calendar_year" in placed:
        chart = excel_charts.years(book, "By calendar year", placed["calendar_year"])
        charts.append((chart, "Line chart: mean and 95 % interval by calendar year; table on By year"))
    excel_charts.place_all(book, sheet, charts, _HEADER_ROW)


def _single(book: Book, name: str, title: str, table: tables.Table, note: str, whole: int = 0) -> None:
    sheet = book.sheet(name, title, note)
    if table[1]:
        book.table(sheet, _HEADER_ROW, *table, whole=whole)
    else:
        book.text(sheet, _HEADER_ROW, 0, "This run has none.")


def _worked(book: Book, run: Run) -> None:
    """Write the largest products out in lines that can be redone by hand; a run that cannot be read again says why."""
    rows = run.select("total", "product").sort_values("mean", ascending=False, kind="stable")
    try:
        found = worked(run, set(rows["group"].head(_WORKED_MOST)), full=False)
    except CatalogError as error:
        why = f"The stored catalog cannot be read any more ({error.problems[0]})."
        sheet = book.sheet("Worked calculation", "Worked calculation")
        book.text(sheet, _HEADER_ROW, 0, why)
        return
    note = (
        f"t = units × quantity × years × share × factor / 1000, an empty cell is 1; {headline(run)}; the lines of a "
        "product add up to its figure on By product."
    )
    if found.whole > _WORKED_MOST:
        note += f" The {_WORKED_MOST} largest of {found.whole:,} products; export --to audit has all."
    for at, name, title, more in (
        (BEST, "Worked calculation", "Worked calculation, at best estimates", ""),
        (MEAN, "Worked at means", "Worked calculation, at means",
         " A joint line a product holds what a mean of products is more than the product of means."),
    ):  # fmt: skip
        sheet = book.sheet(name, title, note + more)
        book.table(sheet, _HEADER_ROW, *tables.worked(found, at), elsewhere=_AUDIT)
    sheet = book.sheet("By choice", "By product: frozen and projected grid, both boundaries",
                       f"{UNIT}, at best estimates; means are in {_AUDIT}.")  # fmt: skip
    book.table(sheet, _HEADER_ROW, *tables.by_choice(found), elsewhere=_AUDIT)


def _ranking(book: Book, ranking: Ranking) -> None:
    note = (
        f"Method {ranking.method}, {ranking.draws:,} draws. S1: alone; ST: the share of the variance it has a part in."
    )
    _single(book, "Ranking", f"What makes {ranking.figure} uncertain", tables.ranking(ranking), note)
    if ranking.measure_next:
        note = "How much narrower the 95 % interval would be if a cell, or all that is from a source, were known."
        _single(book, "Measure next", "What to measure next", tables.measure_next(ranking), note)


def _method(book: Book, run: Run) -> None:
    sheet = book.sheet("Method", "Method", "What was chosen, and what the figures do and do not hold.", landscape=False)
    widths = 28.0, 100.0
    for j, width in enumerate(widths):
        sheet.set_column(j, j, width)
    sheet.freeze_panes(2, 0)
    for i, (heading, text) in enumerate(statements(run)):
        sheet.set_row(_HEADER_ROW + i, height(zip((heading, text), widths, strict=True)))
        book.text(sheet, _HEADER_ROW + i, 0, heading, "heading")
        book.text(sheet, _HEADER_ROW + i, 1, text, "wrap")
