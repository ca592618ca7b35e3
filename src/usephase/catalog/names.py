"""Names that people write for places, materials and carriers: what they stand for, and how a place is called."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from usephase.catalog.read.sources import RawTable
from usephase.catalog.reference.rows import frame
from usephase.catalog.schema import REFERENCE_GRID, TABLES, Naming, schema_of
from usephase.spelling import unaccented

LETTERS_OF_A_CODE = 3
"""So short a text is read as it stands and never corrected into another."""
TOTALS = "a row of totals"
"""The note of a name that is no place."""
READINGS = "one of these is meant"
"""The beginning of the note of a name that is no group: what it may stand for."""
_ALPHA_2 = 2
_ABBREVIATIONS = re.compile(r"[.’'`]")
_CODE = re.compile(r"[A-Za-z]{2,3}[-_./][A-Za-z0-9]{1,3}|[A-Z]{1,3}[-_ ]?\d+")
_MARKS = re.compile(r"[^0-9a-z]+")
_SIGNS = re.compile(r"[\s.,'’()/-]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:_[A-Z][a-z]{3})?")
_AND = re.compile(r"\s*(?:[,/&+]|\band\b)\s*")
_REST = re.compile(r"(?:rest of|other|remaining)(?: the)? (.+)")


def folded(text: str) -> str:
    """Write a name without what people write in different ways: case, accents, dots, hyphens, `&`."""
    plain = _ABBREVIATIONS.sub("", unaccented(text).replace("&", " and "))
    return _MARKS.sub(" ", plain).strip()


@cache
def _places() -> Mapping[str, str]:
    """Map folded names to codes: ISO 3166-1, the English names of CLDR, and the aliases."""
    from babel import Locale
    from iso3166 import countries

    known: dict[str, str] = {}
    english = Locale("en").territories
    for country in countries:
        names = country.alpha3, country.alpha2, country.name, country.apolitical_name, english.get(country.alpha2, "")
        known |= {folded(name): country.alpha3 for name in names if name}
    zones = frame("zones")
    known |= {folded(name): zone for zone, name in zip(zones["zone"], zones["name"], strict=True) if zone.isalpha()}
    known |= {folded(zone): zone for zone in zones["zone"]}
    aliases = frame("place_aliases")
    return known | {folded(name): place for name, place in zip(aliases["name"], aliases["place"], strict=True)}


_SHORTENED = {
    "rep": "republic", "dem": "democratic", "fed": "federal", "pr": "peoples republic", "st": "saint",
    "sts": "states", "is": "islands", "isl": "islands", "terr": "territory", "n": "north", "s": "south", "w": "western",
    "eq": "equatorial", "dom": "dominican", "cent": "central", "c": "central", "afr": "african",
}  # fmt: skip
_LINKS = ("of", "the")


def _words(name: str) -> str:
    """Write a folded name of several words without order, links and abbreviations; "" for a single word."""
    words = [_SHORTENED.get(word, word) for word in name.split()]
    return " ".join(sorted(" ".join(word for word in words if word not in _LINKS).split())) if len(words) > 1 else ""


@cache
def _places_by_words() -> Mapping[str, str]:
    """Map the words of names to codes (`Korea, Rep. of`, `Ireland (Republic)`), where they are one place's."""
    known: dict[str, set[str]] = {}
    for name, code in _places().items():
        if len(name) > LETTERS_OF_A_CODE:
            known.setdefault(_words(name) or name, set()).add(code)
    return {words: next(iter(codes)) for words, codes in known.items() if len(codes) == 1}


def place(text: str) -> str:
    """Give the canonical code of a place: alpha-3, or the reference's own; "" if the text names none."""
    if (code := english_place(text)) or _is_short(text) or folded(text) in groups():
        return code
    return _foreign().get(_name(text), "")


def english_place(text: str) -> str:
    """Give the canonical code of a place by a code, an English name or an alias."""
    name = folded(text)
    if len(name) <= LETTERS_OF_A_CODE and (not text.isascii() or text in names_like_codes()):
        return ""  # Áo is Austria to who writes so, Nga may be Russia: neither is a code
    return _places().get(name) or _places_by_words().get(_words(name), "")


def _is_short(text: str) -> bool:
    """Tell whether a text can only be a code, not a name in a language whose letters are not known."""
    return len(text) <= LETTERS_OF_A_CODE and text.isascii()


def _name(text: str) -> str:
    return _SIGNS.sub(" ", unaccented(text)).strip()


@cache
def _foreign() -> Mapping[str, str]:
    """Map names in all languages of CLDR that over all of them mean one country to its code: read where asked for."""
    from babel import localedata
    from iso3166 import countries_by_alpha2

    said: dict[str, set[str]] = {}
    kept = vars(localedata).get("_cache", {})  # all languages would take 180 MB
    for language in filter(_LANGUAGE.fullmatch, localedata.locale_identifiers()):
        new = language not in kept
        for code, name in localedata.load(language, merge_inherited=False).get("territories", {}).items():
            said.setdefault(str(name), set()).add(code)
        if new:
            kept.pop(language, None)
    known: dict[str, set[str]] = {}
    for text, codes in said.items():
        if not _is_short(text):
            known.setdefault(_name(text), set()).update(codes)
    one = ((name, next(iter(codes))) for name, codes in known.items() if len(codes) == 1)
    return {name: countries_by_alpha2[code].alpha3 for name, code in one if code in countries_by_alpha2}


def countries_of(text: str) -> tuple[str, ...]:
    """Give the places that a text names one after the other (`DE/AT/CH`, `US & Canada`); none if one is not known."""
    found = tuple(english_place(part) for part in _AND.split(text.strip()))
    return found if len(found) > 1 and all(found) else ()


def within_countries(text: str) -> tuple[str, ...]:
    """Give the reference's zones within countries that a name, or the last part of a code, stands for."""
    first = folded(re.split(r"[,(]", text)[0])
    known = ((zone, folded(name.partition("(")[0])) for zone, name in _zone_names().items() if "-" in zone)
    return tuple(zone for zone, name in known if first and first in (name, zone.rpartition("-")[2].casefold()))


def grid_of_part(zone: str) -> str:
    """Say which of the reference's grids a part of a country uses; "" of one that has its own."""
    rows = frame("zones")
    found = rows[(rows["zone"] == zone) & ((rows["grid"] != "") | (rows["note"] != ""))]
    told = ((f"its grid is {row['grid']}" if row["grid"] else "", row["note"]) for row in found.to_dict("records"))
    return "; ".join("; ".join(filter(None, parts)) for parts in told)


def country_of_part(text: str) -> str:
    """Give the country that a code of ISO 3166-2 begins with (`GB-ENG`); "" of any other text."""
    return english_place(re.split(r"[-_./]", text)[0]) if _CODE.fullmatch(text) else ""


def rest_of(text: str) -> str:
    """Give the group whose rest a text names (`Rest of EU`); "" if it names none."""
    found = _REST.fullmatch(folded(text))
    return found[1] if found and found[1] in groups() else ""


class Group(NamedTuple):
    """A group of countries: its members, or an example of some; a zone of the reference with its mean grid; a note."""

    members: tuple[str, ...]
    zone: str
    note: str

    @property
    def open(self) -> bool:
        """Whether the members are an example, and the user's to define."""
        return self.note.startswith("the user's to define")


@cache
def _listed_groups() -> Mapping[str, Group]:
    rows = frame("place_groups")
    columns = (rows[column] for column in ("name", "members", "zone", "note"))
    return {name: Group(tuple(members.split()), zone, note) for name, members, zone, note in zip(*columns, strict=True)}


@cache
def names_like_codes() -> Mapping[str, Group]:
    """Give short names, written as names are, that in capitals are another country's code."""
    short = ((name, group) for name, group in _listed_groups().items() if len(name) == LETTERS_OF_A_CODE)
    return {name: group for name, group in short if name.istitle() and folded(name) in _places()}


@cache
def groups() -> Mapping[str, Group]:
    """Give groups of countries, and words for totals, by folded name."""
    return {folded(name): group for name, group in _listed_groups().items() if name not in names_like_codes()}


def of_a_total(text: str) -> bool:
    """Tell whether a text says a total, alone or of something (`Total EU`, `Germany total`)."""
    name = f" {folded(text)} "
    words = (word for word, group in groups().items() if group.note == TOTALS and word != "all")
    return folded(text) == "all" or any(name.startswith(f" {word} ") or name.endswith(f" {word} ") for word in words)


def is_code(text: str) -> bool:
    """Tell whether a text looks like a code (`DEX`, `US-CA`, `EU28`): such a one is never corrected into another."""
    return len(text) <= LETTERS_OF_A_CODE or _CODE.fullmatch(text) is not None


def nearest_place(text: str) -> str:
    """Find the name of a place that a longer text misspells; "" where it is short, or not near enough to one."""
    return "" if folded(text) in groups() else _misspelt(text, _places())


def nearest_material(text: str) -> str:
    """Find the material whose longer common name a text misspells; "" where none is near enough."""
    return _misspelt(text, _materials())


def _misspelt(text: str, known: Mapping[str, str]) -> str:
    from difflib import get_close_matches

    wanted, shortest = folded(text), LETTERS_OF_A_CODE + 2
    if len(wanted) < shortest:
        return ""
    near = get_close_matches(wanted, [name for name in known if len(name) >= shortest], n=2, cutoff=0.85)
    found = {known[name] for name in near}
    return found.pop() if len(found) == 1 else ""


@cache
def _materials() -> Mapping[str, str]:
    aliases = frame("material_aliases")
    known = {folded(name): name for name in set(frame("compositions")["material"])}
    return known | {folded(name): to for name, to in zip(aliases["name"], aliases["material"], strict=True)}


def material(text: str) -> str:
    """Give the reference's material that a common name stands for; "" if it is none."""
    return _materials().get(folded(text), "")


@cache
def _carriers() -> Mapping[str, str]:
    aliases = frame("carrier_aliases")
    known = {folded(name): name for name in ("electricity", *frame("carriers")["carrier"].unique())}
    return known | {folded(name): to for name, to in zip(aliases["name"], aliases["carrier"], strict=True)}


def carrier(text: str) -> str:
    """Give the reference's carrier that a common name stands for; "" if it is none."""
    return _carriers().get(folded(text), "")


READERS: Mapping[Naming, Callable[[str], str]] = {"place": place, "material": material, "carrier": carrier}
"""What reads the columns of each naming."""


def canonical(naming: Naming, text: str) -> str:
    """Give what a text stands for in a column of this naming; itself where it is no other name of anything."""
    return (READERS[naming](text) if naming in READERS else "") or text


def place_name(code: str, language: str = "en") -> str:
    """Give the name of a place, in a language where CLDR has it; the code itself where it has none."""
    from babel import Locale
    from iso3166 import countries_by_alpha3

    country = countries_by_alpha3.get(code)
    if country is not None:
        found: str | None = Locale(language).territories.get(country.alpha2)
        return found or str(country.name)
    return _zone_names().get(code, code)


@cache
def _zone_names() -> Mapping[str, str]:
    zones = frame("zones")
    return dict(zip(zones["zone"], zones["name"], strict=True))


_MATERIALS = ("treatments", "end_of_life")
DEFINING = ("regions", "carriers", *_MATERIALS)
"""Tables that say which names are a catalog's own."""


def respell(tables: Mapping[str, RawTable]) -> tuple[dict[str, RawTable], tuple[tuple[str, str, str], ...]]:
    """Write places, materials and carriers of tables by their canonical names.

    Parameters
    ----------
    tables : mapping of str to RawTable

    Returns
    -------
    dict of str to RawTable
        `written` of a table keeps the texts as they stood.
    tuple of (naming, written, canonical)
        What was written otherwise than in capitals or small letters alone, sorted.

    Notes
    -----
    A catalog's own names stay as they are: a material that has treatments or routes of its own, a carrier of its own
    (whatever the case of its letters), a code of two letters
    that `regions` lists as a group of other countries (``NA`` with USA and Canada is not Namibia), and what names a
    place in no English spelling but a region, a zone or a path of the catalog.
    """
    places = _own_regions(tables.get("regions")) | frozenset(
        text
        for name, column in (("regions", "region"), ("zones", "zone"), ("grid", "zone"))
        if name in tables and column in tables[name].cells
        for text in set(_texts(tables[name].cells[column]))
        if not english_place(text)
    )
    own: Own = {
        "place": places, "material": _own_names(tables, _MATERIALS, "material"),
        "carrier": _own_names(tables, ("carriers",), "carrier"),
    }  # fmt: skip
    out: dict[str, RawTable] = {}
    told: set[tuple[str, str, str]] = set()
    for name, table in tables.items():
        cells, written = dict(table.cells), {}
        for column in TABLES[name].columns:
            if not column.naming or column.name not in cells:
                continue
            codes, unique = pd.factorize(cells[column.name])
            texts = [str(text).strip() for text in unique]
            new = [_read(column.naming, text, own) for text in texts]
            if new == texts:
                continue
            told |= {
                (column.naming, text, to) for text, to in zip(texts, new, strict=True) if folded(text) != folded(to)
            }
            written[column.name] = cells[column.name]
            cells[column.name] = np.array(new, dtype=object)[codes]
        if {"table", "row"} <= cells.keys():
            _respell_rows(cells, written, own)
        out[name] = replace(table, cells=cells, written=written) if written else table
    return out, tuple(sorted(told))


Own = Mapping[Naming, frozenset[str]]
"""The texts of each naming that are a catalog's own names."""


def _read(naming: Naming, text: str, own: Own) -> str:
    if text in own[naming]:
        return text
    if naming == "carrier":  # a catalog's own `gasoline` is meant by `Gasoline` too
        mine = {name for name in own[naming] if folded(name) == folded(text)}
        if len(mine) == 1:
            return mine.pop()
    return canonical(naming, text)


def _respell_rows(cells: dict[str, np.ndarray], written: dict[str, np.ndarray], own: Own) -> None:
    """Write what options and correlations say of other tables' rows by the names that those rows then have."""
    tables = _texts(cells["table"])
    new = {"row": [_pairs(table, text, own) for table, text in zip(tables, _texts(cells["row"]), strict=True)]}
    if {"column", "value"} <= cells.keys():
        both = zip(tables, _texts(cells["column"]), _texts(cells["value"]), strict=True)
        new["value"] = [
            _pairs(table, value, own)  # the cells of an added row
            if column == "+"
            else _pairs(table, f"{column}={value}", own).removeprefix(f"{column}=")
            for table, column, value in both
        ]
    for name, texts in new.items():
        if texts != _texts(cells[name]):
            written[name], cells[name] = cells[name], np.array(texts, dtype=object)


def _pairs(table: str, text: str, own: Own) -> str:
    """Respell the places and materials in ``product=DRILL;region=Viet Nam``."""
    if table not in (*TABLES, REFERENCE_GRID.name):
        return text
    naming = {column.name: column.naming for column in schema_of(table).columns if column.naming}
    parts = []
    for part in text.split(";"):
        key, sign, value = part.partition("=")
        of = naming.get(key.strip())
        parts.append(f"{key}={_read(of, value.strip(), own)}" if of and sign and value.strip() else part)
    return ";".join(parts)


def _own_regions(regions: RawTable | None) -> frozenset[str]:
    """Name the codes of two letters that a catalog lists as a region made of other countries."""
    if regions is None or not {"region", "zone"} <= regions.cells.keys():
        return frozenset()
    zones: dict[str, set[str]] = {}
    for region, zone in {*zip(_texts(regions.cells["region"]), _texts(regions.cells["zone"]), strict=True)}:
        if len(region) == _ALPHA_2:
            zones.setdefault(region, set()).add(english_place(zone))
    return frozenset(
        region for region, its in zones.items()
        if (mine := english_place(region)) and "" not in its and mine not in its
    )  # fmt: skip


def _own_names(tables: Mapping[str, RawTable], defining: Iterable[str], name: str) -> frozenset[str]:
    columns: Iterable[Sequence[str]] = (
        _texts(tables[table].cells[name]) for table in defining if table in tables and name in tables[table].cells
    )
    return frozenset(text for column in columns for text in column)


def _texts(column: np.ndarray) -> list[str]:
    return [str(text).strip() for text in column]
