"""Consequences: what is said of a catalog only because something in it could not be read."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from usephase.catalog.read.damage import KINDS, Damage, kinds_of, named
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.usage import OF_PRODUCTS
from usephase.catalog.schema import ARCHETYPES, TABLES
from usephase.errors import Problem

_SETS = frozenset(
    {"segments", "use_profiles", "regions", "grid", "end_of_life", "treatments", "correlations", "options"}
)
"""Tables whose rows count together: a row that is lost shows in the others."""
_FROM_ARCHETYPES = frozenset({"use_profile", "lifetime", "service_mode", "user", "rated_power", "mass", "mode"})
"""Columns that refer to what a product takes from its archetype."""
_NAMED_BY_PRODUCTS = frozenset({"product", "mode", "segment"})
"""Kinds of things that the tables of products define."""
_QUOTED = re.compile(r"`([^`]*)`")
_YEAR = re.compile(r"\d{4}")
_PLACE = re.compile(r"([^:!]+)(?:!([A-Z]+)(\d+)|:(\d+)(?::(.*))?)")


class _Place(NamedTuple):
    """Where a problem is: a table ("" = the settings), a line and a column."""

    table: str
    line: int
    column: str


def without_consequences(ctx: Context, problems: Iterable[Problem]) -> list[Problem]:
    """Leave out what may follow from cells, rows and tables that could not be read.

    Parameters
    ----------
    ctx : Context
        Of a catalog that says in `damaged` what could not be read.
    problems : iterable of Problem
        What the rules between tables say.

    Notes
    -----
    A problem may follow from a damaged row if it names what that row names, or if it is about a kind of thing that the
    damaged cell names. It comes back, if it is none, as soon as the cause is repaired; said at once it would mislead.
    """
    damaged = ctx.catalog.damaged
    return [p for p in problems if not any(_follows(ctx, p, damage) for damage in damaged)] if damaged else [*problems]


def without_unknown_kinds(ctx: Context, problems: Iterable[Problem]) -> list[Problem]:
    """Leave out what products lack, or name, only because their archetype is not known: that is the cause."""
    archetype, product = ctx.text("products", "archetype"), ctx.text("products", "product")
    unknown = (archetype != "") & ~np.isin(archetype, list(set(ctx.text("archetypes", "archetype"))))
    names = set(product[unknown])
    if not names:
        return [*problems]
    places = ((problem, _place(ctx, problem.where)) for problem in problems)
    return [
        problem for problem, place in places
        if not (place.column in _FROM_ARCHETYPES and names & set(_texts(ctx, place, ["product"])))
    ]  # fmt: skip


def kinds_of_places(ctx: Context, problems: Iterable[Problem]) -> frozenset[str]:
    """Give the kinds of things that cells with an error name: something may seem unused only because of them."""
    places = [_place(ctx, problem.where) for problem in problems if problem.severity == "error"]
    return frozenset(
        KINDS[p.column] for p in places if p.column in KINDS and p.table not in ("options", "correlations")
    )


def _follows(ctx: Context, problem: Problem, damage: Damage) -> bool:
    place = _place(ctx, problem.where)
    if damage.table == "settings":
        return False  # rules that depend on them ask themselves
    if not place.table:
        return damage.table in ("sales", "grid")  # no sales of the reporting year, no path of the scenario
    here = KINDS.get(place.column, "")
    keys = set(damage.columns) & set(TABLES[damage.table].keys)
    if (damage.whole or (keys and damage.table in _SETS)) and place.table == damage.table:
        return True
    lost = kinds_of(damage.table) if damage.whole else {KINDS.get(column, "") for column in damage.columns} - {""}
    if damage.table in OF_PRODUCTS and here and not damage.whole and not lost & _NAMED_BY_PRODUCTS:
        return False  # such a cell decides nothing about what other cells name
    if (here in lost and here) or (damage.whole and kinds_of(damage.table) & kinds_of(place.table)):
        return True
    defined = KINDS.get(TABLES[damage.table].keys[0], "")
    if damage.whole and defined and f"the {defined} `" in problem.what:
        return True  # what an archetype refers to is said where the product names it
    if (keys or damage.whole) and damage.table in _tables_named(ctx, place):
        return True
    if (keys or damage.whole) and damage.table in ARCHETYPES and any(_texts(ctx, place, ["archetype"])):
        return True  # what the product lacks may be in a row whose archetype is lost
    words = named(_QUOTED.findall(problem.what)) | _row_names(ctx, place)
    if "year" not in lost:  # nearly all rows of a table are of the same few years
        words = frozenset(word for word in words if not _YEAR.fullmatch(word))
    # What is said of a thing by its name may follow from what its table lost, wherever it is said.
    lost_rows = ctx.text(damage.table, TABLES[damage.table].keys[0]) if damage.whole else ()
    return bool(words & (damage.names | named(map(str, lost_rows))))


def _row_names(ctx: Context, place: _Place) -> frozenset[str]:
    columns = [c.name for c in TABLES[place.table].columns if c.name in KINDS or c.name in ("row", "value")]
    return named(_texts(ctx, place, columns))


def _tables_named(ctx: Context, place: _Place) -> list[str]:
    """Name the table that a row of `options` or `correlations` is about."""
    return _texts(ctx, place, ["table"])


def _texts(ctx: Context, place: _Place, columns: Iterable[str]) -> list[str]:
    table = ctx.table(place.table)
    rows = np.flatnonzero(table.line == place.line)[:1]
    return [str(table.frame[name].iloc[row]) for row in rows for name in columns if name in table.frame]


def _place(ctx: Context, where: str) -> _Place:
    found = _PLACE.fullmatch(where)
    origin = where.partition(":")[0].partition("!")[0]
    if origin == ctx.table("settings").origin:
        return _Place("", -1, "scenarios" if "scenarios" in where else "")
    name = next((n for n, t in ctx.catalog.tables.items() if n != "settings" and t.origin == origin), "")
    if not name or not found:
        return _Place(name, -1, "")
    if found[2]:
        letters = {letter: column for column, letter in ctx.catalog[name].letters.items()}
        return _Place(name, int(found[3]), letters.get(found[2], ""))
    return _Place(name, int(found[4]), found[5] or "")
