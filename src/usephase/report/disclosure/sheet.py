"""A filled form as a file: workbook, CSV or JSON."""

import csv
import io
from pathlib import Path
from typing import Any

from usephase.report.cells import csv_text, printable
from usephase.report.disclosure.form import BLANK, COLUMNS, Form, Line
from usephase.report.disclosure.plain import write_document
from usephase.report.excel.sheet import Book, Column, Kind, height
from usephase.results.provenance import moment_of

_TOP, _VALUE = 3, 4
_HEIGHT_MAX = 409.0  # Excel's own
_FORM = (
    Column("Section", "wrap", 26.0),
    Column("Row", "wrap", 34.0),
    Column("Column", "wrap", 24.0),
    Column("Field", "wrap", 42.0),
    Column("Value", "wrap", 60.0),
    Column("Unit", "wrap", 12.0),
    Column("Status", "wrap", 14.0),
    Column("Note", "wrap", 60.0),
    Column("Force", "wrap", 26.0),
    Column("Limits", "wrap", 40.0),
    Column("Source of the rule", "wrap", 48.0),
    Column("Evidence", "wrap", 14.0),
    Column("Evidence means", "wrap", 26.0),
)


def write_form(form: Form, path: Path, suffix: str) -> None:
    """Write a form; `suffix` says as what."""
    if suffix == ".json":
        write_document(form.to_document(), path)
    elif suffix == ".csv":
        _write_csv(form, path)
    else:
        _write_workbook(form, path)


def _write_csv(form: Form, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for line in form.lines:
            cells = {**line.to_document(), "value": line.text()}
            writer.writerow([csv_text(x) if isinstance(x, str) else x for x in cells.values()])


def _write_workbook(form: Form, path: Path) -> None:
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    buffer = io.BytesIO()  # written in one go: a disk that fills up must not fail inside an archive
    workbook = xlsxwriter.Workbook(buffer, options)
    moment = moment_of(str(form.about["created"])).replace(tzinfo=None)
    workbook.set_properties({"title": form.declared.title, "comments": "Written by usephase.", "created": moment})
    book = Book(workbook)
    if any(line.column for line in form.lines):
        _matrix(book, form)
    sheet = book.sheet("Form", form.declared.title, form.declared.note)
    rows = [list({**line.to_document(), "value": _cell(line.text())}.values()) for line in form.lines]
    placed = book.table(sheet, _TOP, _FORM, rows)
    for i, line in enumerate(form.lines[: placed.rows]):
        wrapped = [(str(x), c.width) for x, c in zip(rows[i], _FORM, strict=True) if c.kind == "wrap" and x]
        sheet.set_row(placed.first_row + i, min(height(wrapped), _HEIGHT_MAX))
        if isinstance(line.answer.value, float):
            # A form that counts decimals wants the number as it stands.
            kind: Kind = "plain" if line.field.unit == "%" or line.field.decimals is not None else "amount"
            book.cell(sheet, placed.first_row + i, _VALUE, _shown(line), kind)
    _notes(book, form)
    workbook.close()
    Path(path).write_bytes(buffer.getvalue())


def _cell(value: float | str | None) -> float | str | None:
    return printable(value.replace("\n", " ")) if isinstance(value, str) else value


def _matrix(book: Book, form: Form) -> None:
    """Lay the lines that have columns out as the form's own table."""
    lines = [line for line in form.lines if line.column]
    names = list(dict.fromkeys(line.column for line in lines))
    held = {(line.row, line.column): _shown(line) for line in lines}
    rows: list[list[Any]] = [
        [row, *(held.get((row, name)) for name in names)] for row in dict.fromkeys(line.row for line in lines)
    ]
    note = "t CO2e, changes in %; an empty cell has its reason on the sheet Form."
    sheet = book.sheet("Table", form.declared.title, note)
    # The format of amounts loses the sign of what is negative in some programs; changes may be.
    percent = {line.column for line in lines if line.field.unit == "%"}
    columns = [Column(name, "plain" if name in percent else "amount") for name in names]
    book.table(sheet, _TOP, [Column("", "text"), *columns], rows)


def _shown(line: Line) -> float | str | None:
    """Round percentages: two decimals are more than their error supports."""
    value = line.text()
    return round(value, 2) if isinstance(value, float) and line.field.unit == "%" else value


def _notes(book: Book, form: Form) -> None:
    sheet = book.sheet("Notes", "Notes", "Which run this is, what is left to fill in, and how the rules are known.")
    open_ = sum(line.answer.status == BLANK for line in form.lines)
    about = {name: value for name, value in form.about.items() if isinstance(value, (str, int))}
    rows = [
        *([name, str(value)] for name, value in about.items()),
        ["catalog", f"{form.about['catalog']['name']}, SHA-256 {form.about['catalog']['sha256']}"],
        ["headline", ", ".join(form.about["headline"].values())],
        ["left to fill in", f"{open_} fields"],
        *(["note", note] for note in form.notes),
        [
            "evidence",
            "V: read in the source; V2: read in a secondary source; M: recalled, check it before relying on it",
        ],
    ]
    book.table(sheet, _TOP, [Column("What", "text"), Column("Text", "wrap", 100.0)], rows)
