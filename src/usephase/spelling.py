"""Letters: a text without accents, for whatever compares or names things by it; and texts as a shell takes them."""

import unicodedata
from functools import cache
from pathlib import Path

LETTERS = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ß": "ss"}
"""Small letters that Unicode does not take apart."""


@cache
def _plain() -> dict[int, str | None]:
    marks = (sign for sign in range(0x300, 0x20000) if unicodedata.combining(chr(sign)))
    return {**{ord(sign): plain for sign, plain in LETTERS.items()}, **dict.fromkeys(marks)}


def unaccented(text: str) -> str:
    """Write a text in small letters without accents: ``Đức Straße`` as ``duc strasse``."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKD", text.casefold()).translate(_plain())


def typed(path: Path | str) -> str:
    """Write a path, or a name, as every shell takes it."""
    text = path if isinstance(path, str) else path.as_posix()
    return f'"{text}"' if " " in text else text
