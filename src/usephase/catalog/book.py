"""Write a catalog as one Excel workbook: a sheet a table, with notes on the headers and drop-downs in the cells."""

import datetime
import io
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import xlsxwriter

from usephase.catalog import reference
from usephase.catalog.descriptions import describe
from usephase.catalog.names import place, place_name
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
_START_WIDE = 100


LISTS, EXAMPLES = "# lists", "# examples"
"""Sheets beside the tables, not read: what the package has built in, and filled rows to copy from."""
KNOWN = {
    "archetype": (("products", "archetype"),),
    "use_profile": (("products", "use_profile"), ("segments", "use_profile")),
    "lifetime": (("products", "lifetime"), ("segments", "lifetime")),
    "material": (("materials", "material"),),
    "zone": (("sales", "region"), ("regions", "zone")),
}
"""What is built in and offered in cells, and where."""
FIRST_SHEETS = ("products", "sales")
_TABS = {"start": "#1F6FEB", "needed": "#1A7F37", "optional": "#8C959F"}


def write_book(
    path: Path,
    settings: Mapping[str, str],
    tables: Mapping[str, Sequence[Sequence[str]]],
    examples: Mapping[str, Sequence[Sequence[str]]] | None = None,
    words: Mapping[str, str] | None = None,
) -> None:
    """Write a workbook whose sheets are tables and the settings.

    Parameters
    ----------
    path : Path
    settings : mapping of str to str
        Dotted names and their values: the sheet ``catalog``.
    tables : mapping of str to sequences of rows
        Text of each table, header first.
    examples : mapping of str to sequences of rows, optional
        Filled tables to copy from, on one sheet that is not read.
    words : mapping of str to str, optional
        Texts of the sheet `start`: `title`, `lead`, `step_1` … (a step may name a sheet: ``products: what you sell``),
        `settings`, `optional`, `setting`, `value`. Without them there is no such sheet.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # A fixed date makes the same catalog the same bytes.
    book.set_properties({"created": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)})
    needed = book.add_format({"bold": True, "bg_color": "#D9EAD9", "bottom": 1})
    optional = book.add_format({"bold": True, "bg_color": "#E7EBEF", "bottom": 1})
    if words:
        _start_sheet(book, words, settings)
    first = [name for name in FIRST_SHEETS if name in tables]
    order = [*first, "catalog", *(name for name in tables if name not in first)]
    sheets = {name: book.add_worksheet(name) for name in order}
    built_in = _built_in()
    for name, sheet in sheets.items():
        mine = name in first or name == "catalog"
        sheet.set_tab_color(_TABS["needed" if mine else "optional"])
        header = needed if mine else optional
        if name == "catalog":
            _settings_rows(sheet, header, settings)
            continue
        _rows(sheet, header, name, tables[name])
        for position, column in enumerate(tables[name][0]):
            rule = _drop_down(name, column, tables, built_in)
            if rule:
                sheet.data_validation(1, position, LAST_ROW - 1, position, rule)
    _lists_sheet(book, optional, built_in)
    if examples:
        _examples_sheet(book, optional, examples)
    book.close()
    path.write_bytes(buffer.getvalue())


def _start_sheet(book: Any, words: Mapping[str, str], settings: Mapping[str, str]) -> None:
    """Write the sheet that the workbook opens on: what to do, with links, and the settings as they are."""
    sheet = book.add_worksheet("start")
    sheet.set_tab_color(_TABS["start"])
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, _START_WIDE)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    title = book.add_format({"bold": True, "font_size": 16})
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    link = book.add_format({"font_color": "#0550AE", "underline": 1, "valign": "top"})
    value = book.add_format({"align": "left"})

    def paragraph(row: int, text: str) -> None:
        sheet.set_row(row, 15 * math.ceil(len(text) / (_START_WIDE - 6)) + 4)
        sheet.write_string(row, 1, text, wrapped)

    sheet.write_string(0, 0, words["title"], title)
    sheet.write_string(1, 0, words["lead"])
    row = 3
    while text := words.get(f"step_{row - 2}"):
        named, _, told = text.partition(": ")
        sheet.write_url(row, 0, f"internal:'{named}'!A1", link, named) if told else None
        paragraph(row, f"{row - 2}. {told or text}")
        row += 1
    paragraph(row, words["optional"])
    row += 2
    sheet.write_string(row, 0, words["setting"], bold)
    sheet.write_string(row, 1, words["value"], bold)
    for line, (name, given) in enumerate(settings.items(), start=2):
        row += 1
        sheet.write_url(row, 0, f"internal:'catalog'!B{line}", link, name)
        shown = f'=IF(catalog!B{line}="","",catalog!B{line})'
        sheet.write_formula(row, 1, shown, value, float(given) if _NUMBER.fullmatch(given) else given)


def _built_in() -> dict[str, list[tuple[str, ...]]]:
    """List what the package has of each kind that cells may name: its key, and what it is."""
    found: dict[str, list[tuple[str, ...]]] = {}
    frame = reference.frame("archetypes")
    found["archetype"] = [*zip(frame["archetype"], frame["name"], strict=True)]
    zones, with_path = reference.frame("zones"), {*reference.frame("grid")["zone"]}
    placed = (zone for zone, grid in zip(zones["zone"], zones["grid"], strict=True) if {zone, grid} & with_path)
    named = ((place_name(zone), zone) for zone in placed if not zone.startswith(("REG_", "INC_")))
    found["zone"] = [(name, zone) if place(name) == zone else (zone, name) for name, zone in named]
    for name, table, column in (
        ("use_profile", "use_profiles", "use_profile"),
        ("lifetime", "lifetimes", "lifetime"),
        ("material", "treatments", "material"),
    ):
        frame = reference.frame(table).drop_duplicates(column)
        notes = frame["note"] if name != "material" else [""] * len(frame)
        found[name] = [(key, note) for key, note in zip(frame[column], notes, strict=True) if key != "*"]
    return {name: sorted(found[name]) for name in KNOWN}


def _lists_sheet(book: Any, header: Any, built_in: Mapping[str, Sequence[tuple[str, ...]]]) -> None:
    sheet = book.add_worksheet(LISTS)
    sheet.freeze_panes(1, 0)
    for number, (name, listed) in enumerate(built_in.items()):
        position = 2 * number
        sheet.write_string(0, position, name, header)
        sheet.write_string(0, position + 1, "", header)
        sheet.set_column(position, position + 1, _WIDEST * 0.7)
        for row, texts in enumerate(listed, start=1):
            for offset, text in enumerate(texts):
                sheet.write_string(row, position + offset, text)


def _examples_sheet(book: Any, header: Any, examples: Mapping[str, Sequence[Sequence[str]]]) -> None:
    sheet = book.add_worksheet(EXAMPLES)
    bold = book.add_format({"bold": True, "font_size": 13})
    sheet.set_column(0, max(len(rows[0]) for rows in examples.values()), 18)
    at = 0
    for name, (head, *rows) in examples.items():
        sheet.write_url(at, 0, f"internal:'{name}'!A1", bold, name)
        sheet.write_row(at + 1, 0, head, header)
        for number, row in enumerate(rows, start=at + 2):
            _write_cells(sheet, number, row)
        at += len(rows) + 3


def _settings_rows(sheet: Any, header: Any, settings: Mapping[str, str]) -> None:
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
        _write_cells(sheet, number, row)


def _write_cells(sheet: Any, number: int, row: Sequence[str]) -> None:
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


def _drop_down(
    table: str,
    column: str,
    tables: Mapping[str, Sequence[Sequence[str]]],
    built_in: Mapping[str, Sequence[tuple[str, ...]]],
) -> dict[str, Any] | None:
    """Say what Excel offers in a column: its choices, another sheet's keys, what is built in, or nothing (None)."""
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
    if sheet not in tables or named not in tables[sheet][0] or len(tables[sheet]) == 1:
        known = next((name for name, places in KNOWN.items() if (table, column) in places), "")
        if not known:
            return None
        letter = chr(ord("A") + 2 * list(KNOWN).index(known))
        return _list(f"='{LISTS}'!${letter}$2:${letter}${len(built_in[known]) + 1}", strict=False)
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
