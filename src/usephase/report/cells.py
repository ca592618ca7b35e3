"""Cells as they are shown: text that others wrote made safe, values made plain."""

import re
import unicodedata
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SPACES = str.maketrans("\t\r\n", "   ")
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def printable(text: object) -> str:
    """Write text in one line; characters that steer a terminal or the reading direction become a visible mark."""
    if isinstance(text, str) and text.isprintable():
        return text
    line = str(text).replace("\r\n", " ").translate(_SPACES)
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(c) else c for c in line)


def csv_text(text: str) -> str:
    """Guard a text cell of a CSV file against being read as a formula by a spreadsheet program.

    Text that begins like a formula gets an apostrophe before it, which such programs take for "this is text".
    Plain numbers are left alone.
    """
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def plain_cell(value: Any) -> Any:
    """Give a value of a frame as a workbook takes it: nothing as an empty text."""
    import pandas as pd

    if value is None or value is pd.NA:
        return ""
    return value.item() if hasattr(value, "item") else value


def _steers(character: str) -> bool:
    # Cc: control; Cs: half a character; the bidirectional overrides can make a name read backwards.
    return unicodedata.category(character) in ("Cc", "Cs") or character in _BIDIRECTIONAL
