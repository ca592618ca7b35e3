"""Write a catalog as one Excel workbook: a sheet a table, with notes on the headers and drop-downs in the cells."""

import datetime
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import xlsxwriter

from usephase.catalog import reference
from usephase.catalog.descriptions import describe
from usephase.catalog.schema import BELIEVED, TABLES, Settings

LAST_ROW = 5000
"""Drop-downs reach down to this row; rows below it are read all the same."""

REFERS = {
    ("products", "use_profile"): ("use_profiles", "use_profile"),
    ("products", "lifetime"): ("lifetimes", "lifetime"),
    ("products", "service_mode"): ("modes", "mode"),
    ("segments", "product"): ("products", "product"),
    ("segments", "use_profile"): ("use_profiles", "use_profile"),
    ("segments", "lifetime"): ("lifetimes", "lifetime"),
    ("survival", "lifetime"): ("lifetimes", "lifetime"),
    ("modes", "product"): ("products", "product"),
    ("use_profiles", "mode"): ("modes", "mode"),
    ("lifetimes", "mode"): ("modes", "mode"),
    ("sales", "product"): ("products", "product"),
    ("sales", "region"): ("regions", "region"),
    ("refrigerants", "product"): ("products", "product"),
    ("materials", "product"): ("products", "product"),
    ("coverage", "family"): ("products", "family"),
}
"""Columns that name rows of another sheet: (table, column) -> (table, column)."""

# A number as a person types it; "1e5" and the like stay text and are read as well.
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WIDEST = 44


def write_book(path: Path, settings: Mapping[str, str], tables: Mapping[str, Sequence[Sequence[str]]]) -> None:
    """Write a workbook whose sheets are tables and the settings.

    Parameters
    ----------
    path : Path
    settings : mapping of str to str
        Dotted names and their values: the sheet ``catalog``.
    tables : mapping of str to sequences of rows
        Text of each table, header first.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # A fixed date makes the same catalog the same bytes.
    book.set_properties({"created": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)})
    header = book.add_format({"bold": True, "bg_color": "#E7EBEF", "bottom": 1})
    _settings_sheet(book, header, settings)
    sheets = {name: book.add_worksheet(name) for name in tables}
    for name, rows in tables.items():
        _rows(sheets[name], header, name, rows)
        for position, column in enumerate(rows[0]):
            rule = _drop_down(name, column, tables)
            if rule:
                sheets[name].data_validation(1, position, LAST_ROW - 1, position, rule)
    book.close()
    path.write_bytes(buffer.getvalue())


def _settings_sheet(book: Any, header: Any, settings: Mapping[str, str]) -> None:
    sheet = book.add_worksheet("catalog")
    _rows(sheet, header, "catalog", [["setting", "value"], *([name, value] for name, value in settings.items())])
    for row, name in enumerate(settings, start=1):
        note = _note("catalog", "grid.scenarios" if name.startswith("grid.scenarios.") else name)
        if note:
            sheet.write_comment(row, 0, note, {"x_scale": 2})
        field = Settings.model_fields.get(name.rpartition(".")[2])
        choices = [choice for choice in get_args(field.annotation) if isinstance(choice, str)] if field else []
        if choices:
            sheet.data_validation(row, 1, row, 1, _list(choices, strict=True))


def _rows(sheet: Any, header: Any, table: str, rows: Sequence[Sequence[str]]) -> None:
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(rows[0]):
        sheet.write_string(0, position, column, header)
        note = _note(table, column)
        if note:
            sheet.write_comment(0, position, note, {"x_scale": 2, "y_scale": 1.4})
        longest = max(len(row[position]) for row in rows if position < len(row))
        sheet.set_column(position, position, min(longest + 3, _WIDEST))
    for number, row in enumerate(rows[1:], start=1):
        for position, cell in enumerate(row):
            if _NUMBER.fullmatch(cell):
                sheet.write_number(number, position, float(cell))
            elif cell:
                sheet.write_string(number, position, cell)


def _note(table: str, column: str) -> str:
    about = describe(table, column)
    if about is None:
        return ""
    lines = [about.meaning]
    if about.unit:
        lines.append(f"Unit: {about.unit}.")
    declared = next((c for c in TABLES[table].columns if c.name == column), None) if table in TABLES else None
    if declared:
        if declared.kind == "value":
            lines.append("May be uncertain: 12 +/- 10%, 0.8 */ 1.5, triangular(3, 8, 20), p10_p50_p90(4, 8, 15).")
        if declared.required:
            lines.append("Required.")
        elif declared.default:
            lines.append(f"If empty: {declared.default}.")
    if about.ghg_protocol_term:
        lines.append(f"GHG Protocol: {about.ghg_protocol_term}.")
    return "\n".join(lines)


def _drop_down(table: str, column: str, tables: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, Any] | None:
    """Say what Excel offers in a column: its choices, the keys of another sheet, or nothing (None)."""
    if (table, column) == ("modes", "carrier"):
        return _list(["electricity", *dict.fromkeys(reference.frame("carriers")["carrier"])], strict=False)
    if (table, column) == ("options", "table"):
        return _list([name for name in TABLES if name not in {"options", "correlations"}], strict=True)
    if (table, column) == ("correlations", "table"):
        return _list(list(BELIEVED), strict=True)
    choices = next((c.choices for c in TABLES[table].columns if c.name == column), ())
    if choices:
        return _list(choices, strict=True)
    sheet, named = REFERS.get((table, column), ("", ""))
    if sheet not in tables or named not in tables[sheet][0]:
        return None
    letter = chr(ord("A") + tables[sheet][0].index(named))
    # Only products must be in their own sheet: lives, profiles and regions may also be the package's.
    return _list(f"={sheet}!${letter}$2:${letter}${LAST_ROW}", strict=sheet == "products" and named == "product")


def _list(source: Sequence[str] | str, *, strict: bool) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": source if isinstance(source, str) else list(source),
        "ignore_blank": True,
        "show_error": strict,
        "error_title": "Not in the list",
        "error_message": "Choose one of the list.",
    }
