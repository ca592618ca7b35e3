"""A look into the parts of a workbook before anything is built from them: what would be too large, or is hostile."""

import io
import zipfile
from typing import Any
from xml.parsers import expat

from usephase.catalog.limits import MAX_CELL, MAX_CELLS, MAX_COLUMNS, clip
from usephase.errors import Problem

MAX_UNPACKED = 1 << 30
"""The largest workbook when unpacked: 1 GiB."""
MAX_RATIO = 200
"""How many times larger a part may be unpacked than packed, once it is large."""
MAX_PARTS = 2_000
MAX_ELEMENTS = 4 * MAX_CELLS
SAVE_AGAIN = "save the workbook again in a spreadsheet program, or use CSV files"
_LARGE = 50_000_000
_PIECE = 1 << 20
_DEEP = 100
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "


class _Refused(Exception):  # noqa: N818 (it is no failure of the program)
    """What is wrong with a part, where, and what to do."""


class _Part:
    """Watch what an XML parser sees."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.formulas = False
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


def inspect(data: bytes, origin: str) -> tuple[Problem | None, bool]:
    """Look through a workbook.

    Parameters
    ----------
    data : bytes
        An .xlsx file.
    origin : str
        Its name.

    Returns
    -------
    Problem or None
        Why it is not read.
    bool
        Whether there are formulas.
    """
    formulas = False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            packed = max(len(data), 1)
            if size > MAX_UNPACKED or (size > _LARGE and size > MAX_RATIO * packed) or len(parts) > MAX_PARTS:
                what = f"unpacks from {packed:,} to {size:,} bytes in {len(parts):,} parts"
                return Problem(where=origin, what=what, fix=SAVE_AGAIN), False
            for part in parts:
                formulas |= _look(archive, part)
    except _Refused as refused:
        what, fix = refused.args
        return Problem(where=origin, what=what, fix=fix), False
    except Exception as error:  # noqa: BLE001 (a damaged archive can raise nearly anything)
        what = f"not an .xlsx workbook, or one with a password ({clip(str(error), 200)})"
        return Problem(where=origin, what=what, fix="save it as .xlsx without a password"), False
    return None, formulas


def _look(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Read a part as XML, piece by piece, up to where it is none; tell whether it has formulas."""
    seen = _Part(clip(part.filename.encode("ascii", "replace").decode("ascii"), 60))
    with archive.open(part) as stream:
        try:
            while piece := stream.read(_PIECE):
                seen.parser.Parse(piece, False)
        except expat.ExpatError:
            return seen.formulas  # a picture, or XML that whoever reads it will refuse at the same place
    return seen.formulas


def _column(place: str) -> int:
    """Give the number of a cell's column; at most about as many as are read."""
    number = 0
    for sign in place:
        if not sign.isalpha() or number > MAX_COLUMNS:
            break
        number = 26 * number + max(ord(sign.upper()[0]) - 64, 1)
    return number
