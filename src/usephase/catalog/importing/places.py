"""Places as sales lists name them: a place, a group of countries, a total, or a question."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from usephase.catalog.names import (
    READINGS,
    Group,
    countries_of,
    folded,
    groups,
    nearest_place,
    of_a_total,
    place,
    place_name,
)
from usephase.catalog.reference.rows import frame

_APART = re.compile(r"\s*[()\[\],;/|–—]\s*|\s+-\s+|:\s+")


class Told(NamedTuple):
    """What a text says of a place: its code; or a group; or that it is a total; or which places it may mean."""

    code: str = ""
    group: Group | None = None
    total: bool = False
    near: tuple[str, ...] = ()


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
    if code := place(text):
        return Told(code=code)
    if (group := groups().get(folded(text))) is not None and not group.note.startswith(READINGS):
        return Told(group=group) if group.members else Told(total=True)
    parts = [part for part in _APART.split(text) if part]
    codes = {place(part) for part in parts}
    if len(parts) > 1 and len(codes) == 1 and "" not in codes:
        return Told(code=codes.pop())
    near = (*(group.members if group else ()), *countries_of(text), *sorted(codes - {""}), *_spelt(text))
    return Told(near=tuple(dict.fromkeys(near)))


def _spelt(text: str) -> tuple[str, ...]:
    near = nearest_place(text)
    return (near,) if near else ()


PLACES_WRITTEN = 'a code or a name, or countries with shares: "DEU 0.5, FRA 0.5", or "DEU, FRA by gdp"'
SIZES = {"gdp": "gdp_musd", "population": "population"}
"""What countries can be weighted by where nothing is known of their sales."""
_BY = re.compile(r"(?i)(.*\S)\s+by\s+(gdp|population)")
_SHARE = re.compile(r"(.*\S)\s+(\d*\.?\d+)")


def by_size(codes: Iterable[str], size: str = "gdp") -> tuple[tuple[str, str], ...]:
    """Weight countries by a size; none where one's is not known."""
    known = _sizes(size)
    sizes = {code: known.get(code, 0.0) for code in codes}
    whole = sum(sizes.values())
    return tuple((code, f"{each / whole:.3g}") for code, each in sizes.items()) if all(sizes.values()) else ()


@cache
def _sizes(size: str) -> Mapping[str, float]:
    rows = frame("place_sizes")
    return dict(zip(rows["place"], rows[SIZES[size]].astype(float), strict=True))


def size_of(text: str) -> str:
    """Name the size that a text weights countries by (`DEU, FRA by gdp`); "" where it names none."""
    found = _BY.fullmatch(text.strip())
    return found[2].lower() if found else ""


def shares_of(text: str) -> tuple[tuple[str, str], ...]:
    """Read countries with shares (`DEU 0.5, FRA 0.5`; `DEU, FRA by gdp`); none where a part is no place."""
    if size := size_of(text):
        listed = text.strip().rsplit(None, 2)[0]
        group = groups().get(folded(listed))
        codes = group.members if group and not group.open else [place(part) for part in listed.split(",")]
        return by_size(codes, size) if codes and all(codes) else ()
    parts = [_SHARE.fullmatch(part.strip()) or part.strip() for part in text.split(",")]
    found = [(part, "1") if isinstance(part, str) else (part[1], part[2]) for part in parts]
    out = tuple((place(name), share) for name, share in found)
    return out if all(code for code, _ in out) else ()


def said(code: str) -> str:
    """Name a place with its code."""
    return f"{code} ({place_name(code)})"
