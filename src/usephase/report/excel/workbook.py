"""inventory.xlsx: the run as an Excel workbook of values, formats and native charts; no formulas, no macros."""

import io
import re
from pathlib import Path
from typing import Any

import pandas as pd

from usephase.engine.run.figures import BASES, BOUNDARIES
from usephase.errors import CatalogError
from usephase.insight.quality.worked import BEST, MEAN, worked
from usephase.report import common_errors, rests
from usephase.report import scenarios as by_scenario
from usephase.report.breakdown import breakdown
from usephase.report.excel import charts as excel_charts
from usephase.report.excel import tables
from usephase.report.excel.sheet import SIDE_WIDTH, Book, Column, Placed, head, height
from usephase.report.html.documents import Ranking
from usephase.report.language import calling_as_run, capital, language, plain
from usephase.report.method import headline, scenarios, statements
from usephase.results.provenance import moment_of
from usephase.results.run import UNIT, Run

_HEADER_ROW = 3
_WORKED_MOST = 64
"""Products that are written out in lines: the largest."""
_GROUPINGS = ("family", "region", "product", "component", "mode", "material", "segment", "calendar_year")
_OTHER_SHEETS = (
    "summary", "charts", "ranking", "measure_next", "common_errors", "per_service", "worked", "worked_means",
    "by_choice", "factors", "register", "method",
)  # fmt: skip
_STATISTICS = {"mean": "mean", "low": "p2_5", "high": "p97_5", "best": "best_estimate", "median": "p50", "sd": "sd",
               "mcse": "mcse"}  # fmt: skip
"""Headers of the summary, and the statistics below them."""


@calling_as_run
def write_workbook(run: Run, path: str | Path, ranking: Ranking | None = None, *, whole: bool = False) -> None:
    """Write a run as a workbook.

    Parameters
    ----------
    run : Run
        What to write. The same run gives the same bytes.
    path : path
        The file to write to, as it is (`usephase.report.folders.run.write_run` writes it beside and renames it).
    ranking : Ranking, optional
        What makes a figure of the run uncertain, for a sheet of its own.
    whole : bool
        Whether to work the products out at means and under every choice too, for which the draws are made again.

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
    say = plain()
    charts = say("sheet.charts")
    charts_sheet = book.sheet(charts, charts, f"{_basis_note(run)} {say('book.whiskers')}")
    placed = _groupings(book, run)
    _charts(book, charts_sheet, placed)
    if ranking is not None and ranking.rows:
        _ranking(book, ranking)
    if len(run.common_errors):
        _single(book, "common_errors", say("common_errors.title"), tables.common_errors(run),
                common_errors.lead(run, language()))  # fmt: skip
    _single(book, "per_service", say("book.service"), tables.service(run), say("book.service_note"), len(run.service))
    _worked(book, run, whole)
    _single(book, "factors", say("sheet.factors"), tables.factors(run), say("book.factors_note"))
    _single(book, "register", say("sheet.register"), tables.register(run), rests.known(run), len(run.register))
    _method(book, run)
    workbook.close()
    Path(path).write_bytes(buffer.getvalue())


def _describe(workbook: Any, run: Run) -> None:
    meta = run.meta
    # The run's time, not the clock's: the same run gives the same bytes.
    moment = moment_of(meta["created"]).replace(tzinfo=None)
    title = plain()("book.title", year=meta["reporting_year"])
    workbook.set_properties({"title": title, "comments": plain()("book.written"), "created": moment})


def _basis_note(run: Run) -> str:
    return plain()("book.basis", unit=UNIT, choice=headline(run), year=run.meta["reporting_year"])


def _summary(book: Book, run: Run) -> None:
    meta, say = run.meta, plain()
    summary_columns = [Column("", "text"), *(Column(head(name)) for name in _STATISTICS)]
    sheet = book.sheet(say("sheet.summary"), meta["catalog"]["name"], _basis_note(run))
    sheet.set_column(0, 0, 66)
    sheet.set_column(1, len(summary_columns) - 1, SIDE_WIDTH)
    book.text(sheet, _HEADER_ROW - 1, 0, rests.lead(run))
    sheet.freeze_panes(_HEADER_ROW + 1, 1)
    rows = [[_ledger(ledger), *_statistics(run.figure(ledger))] for ledger in _counted(run)]
    top = book.table(sheet, _HEADER_ROW, summary_columns, rows, sole=False).first_row + len(rows) + 1
    top = _block(book, sheet, top, say("scenarios.title"), summary_columns, _scenarios(run))
    top = _lines(book, sheet, top, say("common_errors.title"), _if_shared(run))
    top = _block(book, sheet, top, say("apart.title"), summary_columns, _apart(run))
    columns = [Column("", "text"), *(Column(f"{name}: {head('mean')}") for name in map(_boundary, BOUNDARIES))]
    ends = head("low"), head("high")
    columns += [Column(f"{name}: {end}") for name in map(_boundary, BOUNDARIES) for end in ends]
    top = _block(book, sheet, top, say("screen.run.choices"), columns, _alternatives(run))
    version = meta.get("versions", {}).get("usephase", "")
    facts = {
        "book.company": meta.get("company") or "",
        "book.year": str(meta["reporting_year"]),
        "reproduce.draws": say(
            "screen.run.drawn", draws=say.count(meta["draws"]), design=meta["design"], seed=meta["seed"]
        ),
        "book.scenario": scenarios(run),
        "book.split": by_scenario.split(run, language()),
        "book.gwp": rests.gwp(run),
        "book.computed": say("book.computed_with", moment=meta.get("created", ""), version=version),
        "book.sha256": meta["catalog"]["sha256"],
    }
    top = _lines(book, sheet, top, say("book.about"), [[say(name), text] for name, text in facts.items() if text])
    notes = say("screen.run.notes", count=say.count(len(run.notes)))
    _lines(book, sheet, top, notes, [[note] for note in run.notes])


def _counted(run: Run) -> list[str]:
    """Name the counted ledgers that the run has, the sum last."""
    return [ledger for ledger in ("category_11", "category_12", "total") if len(run.select(ledger))]


def _statistics(row: pd.Series) -> list[float]:
    return [float(row[name]) for name in _STATISTICS.values()]


def _if_shared(run: Run) -> list[list[str]]:
    return [[name, told] for name, told in common_errors.lines(run, language())]


def _scenarios(run: Run) -> list[list[Any]]:
    return [
        [f"{_ledger(ledger)}: {name}", *_statistics(row)]
        for ledger in _counted(run) for name, row in by_scenario.lines(run, language(), ledger)
    ]  # fmt: skip


def _apart(run: Run) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for phase in ("indirect", "maintenance"):
        found = run.select("category_11", phase=phase)
        rows += [
            [language()(f"phase.{phase}"), *_statistics(row)] for _, row in found.iterrows() if row["phase"] == phase
        ]
    for ledger in ("avoided", "biogenic_co2"):
        rows += [[_ledger(ledger), *_statistics(row)] for _, row in run.select(ledger).iterrows()]
    for ledger in ("total", "category_11", "category_12"):
        found = run.select(ledger, "coverage")
        found = found[found["group"] == "extrapolated"]
        name = plain()("book.extrapolated", ledger=_ledger(ledger))
        rows += [[name, *_statistics(row)] for _, row in found.iterrows()]
    return rows


def _alternatives(run: Run) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for ledger in ("total", "category_11"):
        for basis in BASES:
            found = [run.figure(ledger, grid_basis=basis, boundary=boundary) for boundary in BOUNDARIES]
            ends = [float(row[end]) for row in found for end in ("p2_5", "p97_5")]
            name = f"{_ledger(ledger)}: {language()('basis.' + basis)}"
            rows.append([name, *(float(row["mean"]) for row in found), *ends])
    return rows


def _ledger(name: str) -> str:
    return plain()(f"ledger.{name}")


def _boundary(name: str) -> str:
    return capital(language()(f"boundary.{name}"))


def _grouping(by: str) -> str:
    """Name a grouping as in a sentence; a label of the user's own as it is."""
    return language()(f"by.{by}") if by in _GROUPINGS else capital(by.replace("_", " "))


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
    say = plain()
    taken = {say(f"sheet.{name}").lower() for name in _OTHER_SHEETS}
    labels = [str(label) for label in run.meta.get("by", []) if label not in _GROUPINGS]
    for by in (*_GROUPINGS, *labels):
        title = say("sheet.by", name=_grouping(by))
        found = None if by == "component" else breakdown(run, by)
        note = _basis_note(run) if by != "calendar_year" else say("book.calendar")
        if found is not None:
            note = f"{_ledger(found.main)}; {note}"
        sheet = book.sheet(_free_name(say("sheet.by_year") if by == "calendar_year" else title, taken), title, note)
        table = tables.components(run) if found is None else tables.grouping(found)
        if (found is None and by != "component") or not table[1]:
            book.text(sheet, _HEADER_ROW, 0, say("book.no_grouping"))
            continue
        placed[by] = book.table(sheet, _HEADER_ROW, *table, elsewhere="figures.csv")
    return placed


def _free_name(wanted: str, taken: set[str]) -> str:
    """Make a sheet name that Excel takes: at most 31 characters, none of its forbidden ones, not used yet."""
    free = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", wanted).strip(" '")[:31] or plain()("sheet.by_label")
    name, i = free, 2
    while name.lower() in taken:
        name = f"{free[:27]} {i}"
        i += 1
    taken.add(name.lower())
    return name


def _charts(book: Book, sheet: Any, placed: dict[str, Placed]) -> None:
    sheet.set_portrait()
    sheet.fit_to_pages(1, 1)
    say = plain()
    charts: list[tuple[Any, str]] = []
    for by in ("family", "region", "product", "component", "material", "mode"):
        if by in placed:
            title = say("sheet.by", name=_grouping(by))
            description = say("book.bars", name=_grouping(by), sheet=placed[by].sheet)
            charts.append((excel_charts.bars(book, title, placed[by]), description))
    if "calendar_year" in placed:
        title = say("sheet.by", name=_grouping("calendar_year"))
        chart = excel_charts.years(book, title, placed["calendar_year"])
        charts.append((chart, say("book.years", sheet=placed["calendar_year"].sheet)))
    excel_charts.place_all(book, sheet, charts, _HEADER_ROW)


def _single(book: Book, name: str, title: str, table: tables.Table, note: str, whole: int = 0) -> None:
    sheet = book.sheet(plain()(f"sheet.{name}"), title, note)
    if table[1]:
        book.table(sheet, _HEADER_ROW, *table, whole=whole)
    else:
        book.text(sheet, _HEADER_ROW, 0, plain()("book.none"))


def _worked(book: Book, run: Run, whole: bool) -> None:
    """Write the largest products out in lines that can be redone by hand; a run that cannot be read again says why."""
    say = plain()
    rows = run.select("total", "product").sort_values("mean", ascending=False, kind="stable")
    try:
        found = worked(run, set(rows["group"].head(_WORKED_MOST)), full=False, means=whole, choices=whole)
    except CatalogError as error:
        sheet = book.sheet(say("sheet.worked"), say("sheet.worked"))
        book.text(sheet, _HEADER_ROW, 0, say("book.unreadable", problem=error.problems[0]))
        return
    note = say("book.worked_note", choice=headline(run), sheet=say("sheet.by", name=_grouping("product")))
    if found.whole > _WORKED_MOST:
        note += say("book.worked_most", most=_WORKED_MOST, whole=say.count(found.whole))
    if not whole:
        note += say("book.worked_more")
    audit = say("book.audit")
    for at, name, title, more in (
        (BEST, "worked", "book.worked_best", ""),
        (MEAN, "worked_means", "book.worked_mean", say("book.worked_joint")),
    )[: 2 if whole else 1]:
        sheet = book.sheet(say(f"sheet.{name}"), say(title), note + more)
        book.table(sheet, _HEADER_ROW, *tables.worked(found, at), elsewhere=audit)
    if not whole:
        return
    note = say("book.by_choice_note", unit=UNIT, audit=audit)
    sheet = book.sheet(say("sheet.by_choice"), say("book.by_choice"), note)
    book.table(sheet, _HEADER_ROW, *tables.by_choice(found), elsewhere=audit)


def _ranking(book: Book, ranking: Ranking) -> None:
    say = plain()
    note = say("book.ranking_note", method=ranking.method, draws=say.count(ranking.draws))
    _single(book, "ranking", say("chart.ranking", figure=ranking.figure), tables.ranking(ranking), note)
    if ranking.measure_next:
        title, note = say("ranking.next_title"), say("book.next_note")
        _single(book, "measure_next", title, tables.measure_next(ranking), note)


def _method(book: Book, run: Run) -> None:
    name = plain()("sheet.method")
    sheet = book.sheet(name, name, plain()("book.method_note"), landscape=False)
    widths = 28.0, 100.0
    for j, width in enumerate(widths):
        sheet.set_column(j, j, width)
    sheet.freeze_panes(2, 0)
    for i, (heading, text) in enumerate(statements(run)):
        sheet.set_row(_HEADER_ROW + i, height(zip((heading, text), widths, strict=True)))
        book.text(sheet, _HEADER_ROW + i, 0, heading, "heading")
        book.text(sheet, _HEADER_ROW + i, 1, text, "wrap")
