"""A look into the parts of a workbook before anything is built from them: what would be too large, or is hostile."""

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from usephase.catalog.read.limits import MAX_CELL, MAX_CELLS, MAX_COLUMNS, clip
from usephase.catalog.read.sources import Area, SheetMarks, letter
from usephase.errors import Problem

MAX_UNPACKED = 1 << 30
"""The largest workbook when unpacked: 1 GiB."""
MAX_RATIO = 200
"""How many times larger a part may be unpacked than packed, once it is large."""
MAX_PARTS = 2_000
MAX_ELEMENTS = 4 * MAX_CELLS
SAVE_AS = "open it in a spreadsheet program and save it as .xlsx"
SAVE_AGAIN = "save the workbook again in a spreadsheet program, or use CSV files"
_LARGE = 50_000_000
_PIECE = 1 << 20
_DEEP = 100
_MOST_AREAS = 10_000
_AREA = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "


class _Refused(Exception):  # noqa: N818 (it is no failure of the program)
    """What is wrong with a part, where, and what to do."""


@dataclass
class Scan:
    """Hold what was seen: whether there are formulas, and by part what is merged and hidden."""

    formulas: bool = False
    marks: dict[str, SheetMarks] = field(default_factory=dict)


class _Part:
    """Watch what an XML parser sees."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.formulas = False
        self.merged: list[Area] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[str] = set()
        self.elements = self.depth = self.text = self.line = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        self.parser = parser

    def _doctype(self, *_: Any) -> None:
        raise _Refused(f"the part {self.name} declares entities, which no spreadsheet program writes", SAVE_AGAIN)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MAX_ELEMENTS or self.depth > _DEEP:
            raise _Refused(f"the part {self.name} has too many or too deeply nested elements", SAVE_AGAIN)
        if not tag.startswith(_SHEET):
            return
        tag = tag[len(_SHEET) :]
        if tag == "c":
            place = attributes.get("r", "")
            if _column(place) > MAX_COLUMNS:
                what = f"a cell in the column of `{clip(place, 20)}`; at most {MAX_COLUMNS} columns are read"
                raise _Refused(f"the part {self.name} has {what}", "delete what is not part of the table")
        elif tag == "row":
            self._row(attributes.get("r", ""))
            if _is_true(attributes.get("hidden")):
                self.hidden_rows.add(self.line)
        elif tag == "col" and _is_true(attributes.get("hidden")):
            first, last = (attributes.get(name, "") for name in ("min", "max"))
            if first.isdecimal() and last.isdecimal() and int(first) <= MAX_COLUMNS:
                self.hidden_columns |= {letter(i - 1) for i in range(int(first), min(int(last), MAX_COLUMNS) + 1)}
        elif (
            tag == "mergeCell"
            and len(self.merged) < _MOST_AREAS
            and (area := _AREA.fullmatch(attributes.get("ref", "")))
        ):
            self.merged.append((_column(area[1]) - 1, int(area[2]), _column(area[3]) - 1, int(area[4])))
        elif tag == "f":
            self.formulas = True
        if tag in ("c", "si", "is"):
            self.text = 0

    def _row(self, number: str) -> None:
        line = int(number) if number.isascii() and number.isdigit() and len(number) < 20 else 0
        if number and line <= self.line:  # whoever reads on would pass over such a row in silence
            what = f"the part {self.name} has the row {clip(number, 20)} after the row {self.line}"
            raise _Refused(what, SAVE_AGAIN)
        self.line = line or self.line + 1

    def _end(self, _: str) -> None:
        self.depth -= 1

    def _characters(self, text: str) -> None:
        self.text += len(text)
        if self.text > 8 * MAX_CELL:
            raise _Refused(f"the part {self.name} has a text of more than {MAX_CELL:,} characters", "shorten the cell")


def inspect(data: bytes, origin: str) -> tuple[Scan, Problem | None]:
    """Look through a workbook.

    Parameters
    ----------
    data : bytes
        An .xlsx file.
    origin : str
        Its name.

    Returns
    -------
    Scan
    Problem or None
        Why it is not read.
    """
    scan = Scan()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            packed = max(len(data), 1)
            if size > MAX_UNPACKED or (size > _LARGE and size > MAX_RATIO * packed) or len(parts) > MAX_PARTS:
                what = f"unpacks from {packed:,} to {size:,} bytes in {len(parts):,} parts"
                return scan, Problem(where=origin, what=what, fix=SAVE_AGAIN)
            kind = _other_kind({part.filename for part in parts})
            if kind:
                return scan, Problem(where=origin, what=kind, fix=SAVE_AS)
            for part in parts:
                _look(archive, part, scan)
    except _Refused as refused:
        what, fix = refused.args
        return scan, Problem(where=origin, what=what, fix=fix)
    except Exception as error:  # noqa: BLE001 (a damaged archive can raise nearly anything)
        what = f"not an .xlsx workbook, or one with a password ({clip(str(error), 200)})"
        if data.startswith(b"\xd0\xcf\x11\xe0"):
            what = "an old .xls workbook under another name, or one with a password"
        return scan, Problem(where=origin, what=what, fix=f"{SAVE_AS}, without a password")
    return scan, None


def _other_kind(parts: set[str]) -> str:
    """Say which other kind of workbook the parts are of; "" if of none."""
    if "xl/workbook.bin" in parts:
        return "an .xlsb workbook under another name"
    return "an .ods workbook under another name" if "content.xml" in parts and "mimetype" in parts else ""


def _look(archive: zipfile.ZipFile, part: zipfile.ZipInfo, scan: Scan) -> None:
    """Read a part as XML, piece by piece, up to where it is none."""
    seen = _Part(clip(part.filename.encode("ascii", "replace").decode("ascii"), 60))
    with archive.open(part) as stream:
        try:
            while piece := stream.read(_PIECE):
                seen.parser.Parse(piece, False)
        except expat.ExpatError:
            pass  # a picture, or XML that whoever reads it will refuse at the same place
    scan.formulas |= seen.formulas
    if seen.merged or seen.hidden_rows or seen.hidden_columns:
        scan.marks[part.filename] = SheetMarks(
            tuple(seen.merged), frozenset(seen.hidden_rows), frozenset(seen.hidden_columns)
        )


def _is_true(text: str | None) -> bool:
    return text in ("1", "true")


def _column(place: str) -> int:
    """Give the number of a cell's column; at most about as many as are read."""
    number = 0
    for sign in place:
        if not sign.isalpha() or number > MAX_COLUMNS:
            break
        number = 26 * number + max(ord(sign.upper()[0]) - 64, 1)
    return number
