"""Write cells into a workbook through openpyxl: text stays text, and what openpyxl cannot keep is named."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from usephase.catalog.edit.records import CellChange
from usephase.catalog.read.headers import is_comment_sheet
from usephase.catalog.read.parquet import number_text
from usephase.catalog.values.grammar import NUMBER
from usephase.catalog.values.refusal import Refusal

_KINDS = {
    "xl/charts/": "charts", "xl/media/": "pictures", "xl/drawings/": "drawings",
    "xl/threadedComments/": "threaded comments",
    "xl/persons/": "the authors of threaded comments", "xl/slicers/": "slicers", "xl/slicerCaches/": "slicers",
    "xl/timelines/": "timelines", "xl/ctrlProps/": "form controls", "xl/activeX/": "form controls",
    "xl/embeddings/": "embedded objects", "xl/printerSettings/": "printer settings", "customXml/": "custom XML",
    "xl/pivotTables/": "pivot tables", "xl/pivotCache/": "pivot tables", "xl/queryTables/": "queries",
    "xl/connections.xml": "connections", "xl/model/": "the data model", "xl/vbaProject.bin": "macros",
    "xl/richData/": "rich data types", "xl/webextensions/": "add-ins", "_xmlsignatures/": "signatures",
}  # fmt: skip


def with_cells(data: bytes, changes: Iterable[tuple[str, int, int, str]]) -> bytes:
    """Write texts into cells.

    Parameters
    ----------
    data : bytes
        An .xlsx file.
    changes : iterable of (sheet, row, column, text)
        Rows and columns counted from 1. A sheet that is missing is added at the end.

    Returns
    -------
    bytes
        With all other cells, styles, notes and drop-downs; a number is written as a number, everything else as text.
    """
    book = _open(data)
    _refuse_formulas(book)
    for sheet, row, column, text in changes:
        page = book[sheet] if sheet in book.sheetnames else book.create_sheet(sheet)
        cell = page.cell(row, column)
        if type(cell).__name__ == "MergedCell":
            raise Refusal(f"{sheet}!{cell.coordinate} is part of a merged cell", "split the cells first")
        _put(cell, text)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def losses(before: bytes, after: bytes) -> tuple[str, ...]:
    """Name what a workbook had and no longer has, now that it was written again."""
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        gone = []
        count = {kind: [0, 0] for kind in dict.fromkeys(_KINDS.values())}
        for i, archive in enumerate((old, new)):
            for name in archive.namelist():
                prefix = next((p for p in _KINDS if name.startswith(p)), "")
                if prefix and "/_rels/" not in name:
                    count[_KINDS[prefix]][i] += 1
        gone += [kind for kind, (had, has) in count.items() if has < had]
        sheets = [n for n in old.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")]
        if any(b"<extLst" in old.read(name) for name in sheets):
            gone.append("extensions of sheets (sparklines, some conditional formats)")
        if "xl/sharedStrings.xml" in old.namelist() and b"<r>" in old.read("xl/sharedStrings.xml"):
            gone.append("different formats within one cell's text")
        if any(re.search(rb"<f[ >]", old.read(name)) for name in sheets):
            gone.append("the stored results of formulas: open the workbook in a spreadsheet program and save it")
    return tuple(gone)


def differences(before: bytes, after: bytes) -> tuple[CellChange, ...]:
    """List the cells that differ between two workbooks."""
    pages = [_texts(_open(data)) for data in (before, after)]
    places = dict.fromkeys([*pages[0], *pages[1]])
    return tuple(
        CellChange(f"{sheet}!{cell}", pages[0].get((sheet, cell), ""), pages[1].get((sheet, cell), ""))
        for sheet, cell in places
        if pages[0].get((sheet, cell)) != pages[1].get((sheet, cell))
    )


def last_row(data: bytes, sheet: str) -> int:
    """Give the last row of a sheet in which anything is written; 0 where there is no such sheet."""
    book = _open(data)
    if sheet not in book.sheetnames:
        return 0
    return max((cell.row for row in book[sheet].iter_rows() for cell in row if cell.value is not None), default=0)


def row_cells(
    sheet: str, at: int, columns: Mapping[str, int], rows: Sequence[Mapping[str, str]]
) -> list[tuple[str, int, int, str]]:
    """Lay out rows as cells from row `at`; `columns` gives each column's position."""
    return [(sheet, at + i, columns[name], text) for i, row in enumerate(rows) for name, text in row.items() if text]


def _open(data: bytes) -> Any:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `losses` says what is not kept
        return openpyxl.load_workbook(io.BytesIO(data))


def is_stored_number(text: str) -> bool:
    """Tell whether a text is written into a workbook as a number: one that comes back as it was."""
    return re.fullmatch(NUMBER, text) is not None and number_text(float(text)) == text


def _put(cell: Any, text: str) -> None:
    if text == "":
        cell.value = None
    elif cell.number_format != "@" and is_stored_number(text):
        number = float(text)
        cell.value = int(number) if number.is_integer() and abs(number) < 1e15 else number
    else:
        cell.value = text
        cell.data_type = "s"  # a text that begins with `=` is no formula, and `007` no number


def _refuse_formulas(book: Any) -> None:
    """Refuse a workbook whose tables are computed: their results are not stored again, and could not be read."""
    for page in book.worksheets:
        if is_comment_sheet(page.title):
            continue
        for row in page.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    what = f"{page.title}!{cell.coordinate} holds a formula, whose result would be lost in writing"
                    raise Refusal(what, "edit the workbook in a spreadsheet program, or write the results as values")


def _texts(book: Any) -> dict[tuple[str, str], str]:
    return {
        (page.title, cell.coordinate): _text(cell.value)
        for page in book.worksheets
        for row in page.iter_rows()
        for cell in row
        if cell.value is not None
    }


def _text(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value)
    return str(value)
