"""Letters: a text without accents, for whatever compares or names things by it."""

import unicodedata

LETTERS = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ß": "ss"}
"""Small letters that Unicode does not take apart."""
_PLAIN = str.maketrans(LETTERS)


def unaccented(text: str) -> str:
    """Write a text in small letters without accents: ``Đức Straße`` as ``duc strasse``."""
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))
