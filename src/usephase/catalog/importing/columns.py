"""What a table's columns are: from their names in six languages, the units in the names, and what they hold."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import pandas as pd

from usephase.catalog.importing.grid import Grid, shown
from usephase.catalog.importing.mapping import ROLES, UNITS, ColumnRule, Map, quoted
from usephase.catalog.importing.numerals import factor, is_nothing
from usephase.catalog.importing.places import read_place, said
from usephase.catalog.names import LETTERS_OF_A_CODE, folded
from usephase.catalog.read.headers import PEEK
from usephase.catalog.read.set_apart import is_sum
from usephase.errors import CatalogError, Problem

LEAST = 0.8
"""The score below which a column is not guessed."""
_MENTIONED = 0.5
_SAMPLE = 2000
_ALIKE, _LONG = 90, 6
THOUSAND = "thousand"
_BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")
_IN = re.compile(r"(?i)(.*\S)\s+(?:in|en)\s+(\S+)$")
_BEHIND = re.compile(r"(.*?)[\s_,:/]+(\S+(?:\s+(?:p\.?\s?a\.?|per\s+\S+|pro\s+\S+|par\s+\S+|/\s*\S+))?)$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_SPAN = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?[/–-]\s?(\d{2})(?!\d)")
_FISCAL = re.compile(r"(?i)\b(?:FY|CY|GJ|FJ)\s?['’]?(\d{2})\b(?!\d)")
_NEUTRAL = frozenset((
    "a", "al", "an", "by", "cad", "ciascuno", "de", "del", "der", "des", "di", "die", "do", "each", "en", "for", "im",
    "in", "je", "la", "le", "of", "par", "per", "por", "pro", "product", "produit", "producto", "prodotto", "item",
    "article", "artikel", "sold", "the", "total", "unit", "unitaire", "verkauft", "vendu", "vendus",
))  # fmt: skip
"""Words in the name of a column that change nothing about what it is."""
_DIGITS = re.compile(r"\d")
_WHOLE = re.compile(r"[-+(]?\d[\d.,'’ ]*\)?")


class Column(NamedTuple):
    """One column: where it stands, its name, what it is, how sure that is, and why it is not read."""

    at: int
    theirs: str
    rule: ColumnRule
    score: float = 1.0
    why: str = ""
    proposal: str = ""

    @property
    def wide(self) -> bool:
        """Whether it holds the units of one place or year."""
        return self.rule.role == "units" and bool(self.rule.place or self.rule.year)


@cache
def _words() -> tuple[Mapping[str, tuple[str, int]], Mapping[str, str]]:
    """Give roles by folded word, each with its place in the list of the role, and units by foreign word."""
    text = files(__package__).joinpath("header_words.csv").read_text(encoding="utf-8")
    roles: dict[str, tuple[str, int]] = {}
    units: dict[str, str] = {}
    ranks: dict[tuple[str, str], int] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        if row["column"].startswith("unit:"):
            units[folded(row["word"])] = row["column"].removeprefix("unit:")
        else:
            group = row["column"], row["language"]
            ranks[group] = ranks.get(group, -1) + 1
            roles.setdefault(folded(row["word"]), (row["column"], ranks[group]))
    return roles, units


def _unit(text: str) -> str:
    """Read a unit in a header; "" where it is none that a column here can have."""
    foreign = _words()[1]
    parts = [foreign.get(folded(part), part) for part in re.split(r"\s*/\s*|\s+(?:per|pro|par|por)\s+", text.strip())]
    unit = "/".join(parts)
    if unit == THOUSAND:
        return THOUSAND
    return unit if any(factor(unit, to) is not None for to in UNITS.values()) else ""


def _split(header: str) -> tuple[str, str, str]:
    """Part a header into its name, its unit, and what stands in brackets and is no unit known."""
    if unit := _unit(header):
        return "", unit, ""
    unknown = ""
    for held in _BRACKETS.findall(header):
        if unit := _unit(held):
            return _BRACKETS.sub(" ", header).strip(), unit, ""
        unknown = unknown or held.strip()
    for form in (_IN, _BEHIND):
        if (found := form.fullmatch(header)) and (unit := _unit(found[2])):
            return found[1], unit, ""
    return _BRACKETS.sub(" ", header).strip() or header, "", unknown


def _named(name: str) -> tuple[str, float, int]:
    """Find the role whose word a name is, misspells, or holds beside words that say nothing."""
    roles, _ = _words()
    text = folded(name)
    if text in roles:
        return roles[text][0], 1.0, roles[text][1]
    if len(text) >= _LONG:
        from rapidfuzz import fuzz, process

        found = process.extractOne(text, roles.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if found is not None and len(found[0]) >= _LONG:
            return roles[found[0]][0], found[1] / 100, roles[found[0]][1]
    tokens = text.split()
    held = [
        (len(word), word)
        for begin in range(len(tokens))
        for end in range(begin + 1, len(tokens) + 1)
        if (word := " ".join(tokens[begin:end])) in roles and (len(word) > LETTERS_OF_A_CODE or word == text)
    ]
    if not held:
        return "", 0.0, 0
    _, word = max(held)
    role, rank = roles[word]
    rest = set(tokens) - set(word.split())
    others = {roles[one][0] for _, one in held} - {role, "-"}
    if role != "-" and any(roles[one][0] == "-" for _, one in held if not set(one.split()) <= set(word.split())):
        return "-", 0.9, 0
    plain = all(token in _NEUTRAL or token in roles or token.isdigit() for token in rest) and not others
    return role, 0.95 if plain else 0.7, rank


def years_in(text: str) -> set[int]:
    """Give the years that a text names, of a date too; of `FY24` as well. `2023/24` are two."""
    both = {int(year) + 1 for year, next_ in _SPAN.findall(text) if (int(year) + 1) % 100 == int(next_)}
    return both | {int(year) for year in _YEAR.findall(text)} | {2000 + int(year) for year in _FISCAL.findall(text)}


def named_units(text: str) -> bool:
    """Tell whether a text behind a number says pieces."""
    return _words()[0].get(folded(text), ("", 0))[0] == "units"


def _spread(header: str, unit: str) -> ColumnRule | None:
    """Read the header of a column of units for a place, a year, or both; None where it is none."""
    years = years_in(header)
    rest = _FISCAL.sub(" ", _YEAR.sub(" ", header))
    rest = re.sub(r"(?i)\b(?:FY|CY|GJ|FJ)\b", " ", rest)
    place = " ".join(re.split(r"[\s_\[\]()/|:;,–—-]+", rest)).strip()
    if len(years) > 1:
        return None
    units = unit if unit == THOUSAND else ""
    year = next(iter(years), None)
    for text in (place, _without_units(place)):
        if not text:
            return ColumnRule(role="units", unit=units, year=year) if years else None
        told = read_place(text)
        if (told.code or told.group) and (len(text) > LETTERS_OF_A_CODE or text.isupper() or not text.isascii()):
            return ColumnRule(role="units", unit=units, place=text, year=year)
    return None


def _without_units(text: str) -> str:
    """Leave out the words that say units sold."""
    words, roles = text.split(), _words()[0]
    for size in (3, 2, 1):
        for begin in range(len(words) - size, -1, -1):
            if roles.get(folded(" ".join(words[begin : begin + size])), ("",))[0] == "units":
                del words[begin : begin + size]
    return " ".join(words)


def _recognised(grid: Grid, head: int, at: int) -> tuple[Column, int]:
    """Recognise one column; also its place among the words of its role."""
    header = grid.cells[head, at]
    name, unit, unknown = _split(header)
    role, score, rank = _named(name) if name else ("", 0.0, 0)
    if role == "" and not name:
        role, score = next((to for to, canonical in UNITS.items() if factor(unit, canonical) is not None), ""), 0.95
    if (role == "" or (role in ("region", "units") and _YEAR.search(header)) or score < 1) and role != "-":
        spread = _spread(header, unit)
        if spread is not None and _numeric(grid, head, at) >= _MENTIONED:
            return Column(at, header, spread, 0.95), 0
    total = is_sum(header) or (role == "units" and read_place(name).total)
    if total:
        return Column(at, header, ColumnRule(), 1.0, "a total of the others"), 0
    if unit and role in (*UNITS, "name", "family", ""):
        of_unit = next((to for to, canonical in UNITS.items() if factor(unit, canonical) is not None), "")
        if of_unit and role != of_unit and role in UNITS:
            role, score = of_unit, min(score, 0.95)  # `power consumption` in kWh a year
        elif of_unit != role:
            role, score = of_unit if role == "" else role, 0.6 if role == "" else score
    if role in ("", "-"):
        return Column(at, header, ColumnRule(), score, "known, and of no use here" if role else "not recognised"), rank
    why = ""
    score *= _fits(grid, head, at, role)
    if role in UNITS and not unit and (unknown or not _units_in_cells(grid, head, at, role)):
        score = min(score, 0.7)
        why = f"in `{unknown}`, which is no unit here" if unknown else "its unit is not said"
    rule = ColumnRule(role=role, unit=unit if role in UNITS or unit == THOUSAND else "")
    return Column(at, header, rule, score, why), rank


def _body(grid: Grid, head: int, at: int) -> list[str]:
    texts = pd.unique(grid.cells[head + 1 :, at])[:_SAMPLE]
    return [text for text in texts.tolist() if text]


def _numeric(grid: Grid, head: int, at: int) -> float:
    texts = _body(grid, head, at)
    return float(np.mean([is_nothing(text) or _WHOLE.fullmatch(text) is not None for text in texts])) if texts else 1.0


def _fits(grid: Grid, head: int, at: int, role: str) -> float:
    """Tell how well what a column holds suits its role: 1, or less."""
    texts = [text for text in _body(grid, head, at) if not is_nothing(text)]
    if not texts:
        return 1.0
    if role == "region":
        return 0.6 + 0.4 * float(np.mean([bool(t.code or t.group or t.total) for t in map(read_place, texts)]))
    if role == "year":
        return 1.0 if np.mean([bool(years_in(text)) for text in texts]) >= _MENTIONED else 0.6
    if role in UNITS or role == "units":
        if np.mean([_DIGITS.search(text) is not None for text in texts]) < _MENTIONED:
            return 0.6
        cents = [re.search(r"[.,]\d{2}$", text) is not None for text in texts]
        return 0.7 if role == "units" and np.mean(cents) > _MENTIONED else 1.0
    return 1.0


def _units_in_cells(grid: Grid, head: int, at: int, role: str) -> bool:
    """Tell whether every number of a column has its unit behind it."""
    from usephase.catalog.importing.numerals import read_number

    texts = [text for text in _body(grid, head, at) if not is_nothing(text)]
    return bool(texts) and all(factor(read_number(text).unit, UNITS[role]) is not None for text in texts)


def header_row(grid: Grid) -> int:
    """Find the row of column names among the first rows: the one with the most names known."""

    def known(row: int) -> float:
        texts = [text for text in grid.cells[row] if text]
        found = [_named(_split(text)[0])[1] >= LEAST or _spread(text, "") is not None for text in texts]
        return sum(found) if len(texts) > 1 else 0.0

    scores = [known(row) for row in range(min(PEEK, len(grid.cells)))]
    return scores.index(max(scores)) if scores and max(scores) > 0 else 0


def with_joined_names(grid: Grid) -> Grid:
    """Write names that stand in two rows, `Germany` above `2023` and `2024`, into one: `Germany 2023`."""
    head = header_row(grid)
    names = grid.cells[head].tolist() if len(grid.cells) else []
    twice = {name for name in names if name and names.count(name) > 1}
    if head == 0 or not twice:
        return grid
    above, new = "", []
    for name, text in zip(names, grid.cells[head - 1].tolist(), strict=True):
        above = text or above
        new.append(f"{above} {name}" if name in twice and above else name)
    if len(set(new)) < len(new) or any(_spread(text, "") is None for text in set(new) - set(names)):
        return grid
    cells = grid.cells.copy()
    cells[head] = new
    return replace(grid, cells=cells)


def recognise(grid: Grid, head: int, told: Map) -> list[Column]:
    """Say what each column is: as the map says, or as recognised.

    Raises
    ------
    CatalogError
        Where the map names a column that is not there, or two columns can be one that is needed.
    """
    names = grid.cells[head].tolist()
    missing = [name for name in told.columns if name not in names and told.columns[name].role]
    if missing:
        fix = "name the column as it is called now, or delete the line"
        raise CatalogError(
            [
                Problem(where=f"map.toml:columns.{shown(n)}", what="the table has no such column", fix=fix)
                for n in missing
            ]
        )
    twice = {name for name in names if name and names.count(name) > 1}
    columns, ranks = [], []
    for at, name in enumerate(names):
        if name in told.columns:
            column, rank = Column(at, name, told.columns[name], 2.0), 0
        elif not name:
            filled = np.any(grid.cells[head + 1 :, at] != "")
            column, rank = Column(at, name, ColumnRule(), 1.0, "has cells but no name" if filled else ""), 0
        else:
            column, rank = _recognised(grid, head, at)
        columns.append(column)
        ranks.append(rank)
    for column in columns:
        if column.theirs in twice and column.rule.role and column.score >= LEAST:
            what, fix = f"the column `{shown(column.theirs)}` is there twice", "rename one of them"
            raise CatalogError([Problem(where=grid.place(head, column.at), what=what, fix=fix)])
    return _one_each(grid, head, columns, ranks)


def _one_each(grid: Grid, head: int, columns: list[Column], ranks: Sequence[int]) -> list[Column]:
    """Give each role to one column; the others are said, and those below the least score asked about."""
    out = {column.at: column for column in columns}
    wide = [column for column in columns if column.wide and column.score >= LEAST]
    long = any(c.rule.role == "units" and not c.wide and c.score >= LEAST for c in columns)
    if long and len(wide) == 1 and wide[0].score < 1 and folded(wide[0].theirs) == folded(wide[0].rule.place):
        out[wide[0].at] = wide[0]._replace(rule=ColumnRule(), why="not recognised")  # one code alone is a chance
        wide = []
    for role in ROLES:
        of = [c for c in columns if c.rule.role == role and not c.wide]
        sure = sorted((c for c in of if c.score >= LEAST), key=lambda c: (-round(c.score, 1), ranks[c.at]))
        if role == "units" and wide and sure:
            raise _which(grid, head, [*sure[:1], wide[0]], "can hold the units, and so can")
        if role in ("units", *UNITS) and len(sure) > 1 and sure[0].score < 2:
            net = [c for c in sure if "net" in folded(c.theirs)]  # nettogewicht, net weight
            if role == "units":
                raise _which(grid, head, sure[:2], "can hold the units, and so can")
            if len(net) == 1:
                sure = [net[0], *(c for c in sure if c is not net[0])]
            else:
                for c in sure:
                    out[c.at] = c._replace(rule=ColumnRule(), why=f"two columns can be `{role}`", proposal=_line(c))
                continue
        for c in sure[1:]:
            out[c.at] = c._replace(rule=ColumnRule(), why=f"`{shown(sure[0].theirs)}` is taken as `{role}`")
        for c in (c for c in of if c.score < LEAST):
            taken = bool(sure) or (role == "units" and bool(wide))
            asked = "" if taken else _line(c)
            why = c.why or f"it may be `{role}` (score {c.score:.2f}, below {LEAST:g})"
            out[c.at] = c._replace(rule=ColumnRule(), why=why, proposal=asked)
    _names_that_are_places(grid, head, out)
    _name_of_products(grid, head, out)
    return [out[column.at] for column in columns]


def _names_that_are_places(grid: Grid, head: int, out: dict[int, Column]) -> None:
    """Refuse, beside columns of countries, a column of numbers called `NO` or `ID` that is not read otherwise."""
    if sum(bool(c.rule.place) for c in out.values()) < 2:
        return
    for c in out.values():
        text = c.theirs
        if c.rule.role == "" and c.score <= 1 and text.isupper() and len(text) <= LETTERS_OF_A_CODE:
            code = read_place(text).code
            if code and _body(grid, head, c.at) and _numeric(grid, head, c.at) == 1:
                line = f'{quoted(text)} = {{ is = "units", place = "{code}" }}'
                fix = f'write in map.toml under [columns]: {line}, or {{ is = "" }}; then --map map.toml'
                what = f"`{text}` may be a country beside the others ({said(code)}), or a number"
                raise CatalogError([Problem(where=grid.place(head, c.at), what=what, fix=fix)])


def _is_text(texts: Sequence[str]) -> bool:
    """Tell whether most of some texts are words, not numbers of articles."""
    return sum(" " in text or text.isalpha() for text in texts) * 2 > len(texts)


def _name_of_products(grid: Grid, head: int, out: dict[int, Column]) -> None:
    """Take a second column of products as their name where there is none, and a name as product where it is alone."""
    roles = {column.rule.role: column for column in out.values()}
    spare = [c for c in out.values() if c.why.endswith("is taken as `product`")]
    spare = [c for c in spare if _is_text(_body(grid, head, c.at))]
    if "name" not in roles and spare:
        longest = max(spare, key=lambda c: sum(map(len, _body(grid, head, c.at))))
        out[longest.at] = longest._replace(rule=ColumnRule(role="name"), why="")
    elif "product" not in roles and "name" in roles:
        named = roles["name"]
        out[named.at] = named._replace(rule=ColumnRule(role="product"))


def _line(column: Column) -> str:
    rule = column.rule
    unit = f', unit = "{rule.unit or UNITS[rule.role]}"' if rule.role in UNITS else ""
    return f'under [columns]: {quoted(column.theirs)} = {{ is = "{rule.role}"{unit} }}'


def _which(grid: Grid, head: int, columns: Sequence[Column], what: str) -> CatalogError:
    one, two = (f"`{shown(column.theirs)}`" for column in columns[:2])
    fix = (
        "write a file map.toml with a line `[columns]` and below it one for the column that does not count, such as "
        f'`{quoted(columns[0].theirs)} = {{ is = "" }}`; then --map map.toml'
    )
    return CatalogError([Problem(where=grid.place(head, columns[0].at), what=f"{one} {what} {two}", fix=fix)])
