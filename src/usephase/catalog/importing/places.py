"""Places as sales lists name them, in several languages: a place, a group of countries, a total, or a question."""

import re
from functools import cache
from typing import NamedTuple

from usephase.catalog.names import (
    LETTERS_OF_A_CODE,
    Group,
    folded,
    groups,
    nearest_place,
    of_a_total,
    place,
    place_name,
)

LANGUAGES = ("de", "fr", "es", "it", "vi")
_APART = re.compile(r"\s*[()\[\],;/|–—]\s*|\s+-\s+|:\s+")


class Told(NamedTuple):
    """What a text says of a place: a code; or a group of countries; or that it is a total; or what it may be."""

    code: str = ""
    group: Group | None = None
    total: bool = False
    near: str = ""


@cache
def _foreign() -> dict[str, str]:
    """Map the names of countries in other languages to codes (CLDR), where all languages agree on one."""
    from babel import Locale
    from iso3166 import countries_by_alpha2

    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in countries_by_alpha2 and len(folded(name)) > LETTERS_OF_A_CODE:
                found.setdefault(folded(name), set()).add(countries_by_alpha2[code].alpha3)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


def _one(text: str) -> str:
    return place(text) or _foreign().get(folded(text), "")


@cache
def read_place(text: str) -> Told:
    """Read a text as a place.

    Notes
    -----
    `Germany (DE)` and `DE - Deutschland` are one place where every part names it. A name that is merely spelled like
    one is a proposal.
    """
    if not text:
        return Told()
    if of_a_total(text):
        return Told(total=True)
    if code := _one(text):
        return Told(code=code)
    if (group := groups().get(folded(text))) is not None:
        return Told(group=group) if group.members else Told(total=True)
    parts = [part for part in _APART.split(text) if part]
    codes = {_one(part) for part in parts}
    if len(parts) > 1 and len(codes) == 1 and "" not in codes:
        return Told(code=codes.pop())
    named = codes - {""}
    return Told(near=named.pop() if len(named) == 1 else nearest_place(text))


def said(code: str) -> str:
    """Name a place with its code."""
    return f"{code} ({place_name(code)})" if code else ""
