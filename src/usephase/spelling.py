"""Letters: a text without accents, for whatever compares or names things by it."""

import unicodedata
from functools import cache

LETTERS = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ß": "ss"}
"""Small letters that Unicode does not take apart."""


@cache
def _plain() -> dict[int, str | None]:
    marks = (sign for sign in range(0x300, 0x20000) if unicodedata.combining(chr(sign)))
    return {**{ord(sign): plain for sign, plain in LETTERS.items()}, **dict.fromkeys(marks)}


def unaccented(text: str) -> str:
    """Write a text in small letters without accents: ``Đức Straße`` as ``duc strasse``."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKD", text.casefold()).translate(_plain())
