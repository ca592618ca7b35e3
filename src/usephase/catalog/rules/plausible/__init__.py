"""What is possible but unlikely: warnings with the likely slip, from bands that are data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from usephase.catalog.options.changes import matching, read_row
from usephase.catalog.options.records import Address, Edit, OptionRow
from usephase.catalog.options.tables import filled, restructured
from usephase.catalog.resolve import resolve
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.grids import setting
from usephase.catalog.rules.listing import place
from usephase.catalog.rules.plausible import energy, kinds, products, sales
from usephase.catalog.rules.plausible.outside import Doubts
from usephase.catalog.schema import TABLES
from usephase.catalog.table import Table
from usephase.errors import Problem

_NEW_ROWS = 10**9
"""The lines of rows that an option adds begin here: no file is as long."""


def possible_but_unlikely(ctx: Context) -> Iterator[Problem]:
    """Ask about every number far outside what is known of such a thing, each cell once, and those of options too."""
    asked = [*_asked(ctx, Doubts(ctx))]
    yield from asked
    yield from _of_options(ctx, {problem.where for problem in asked})


def _of_options(ctx: Context, known: set[str]) -> Iterator[Problem]:
    """Ask about the numbers that an option writes, or leads to, where the catalog's own raise no question.

    Options that change other things are looked at together first: hardly any raises a question.
    """
    table, doubts = ctx.table("options"), Doubts(ctx)
    together: list[tuple[set[str], dict[str, dict[Address, int]], list[Edit]]] = []
    for name, rows in ctx.options[0].rows.items():
        edits = [(edit, row.number) for row in rows if not row.lots for edit in row.edits]
        things = {edit.address[1].partition(";")[0] for edit, _ in edits}
        wave = next((wave for wave in together if not wave[0] & things), None)
        if wave is None:
            together.append(wave := (set(), {}, []))
        wave[0].update(things)
        wave[1][name] = {edit.address: number for edit, number in edits}
        wave[2].extend(edit for edit, _ in edits)
    for _, made, several in together:
        if several and any(problem.where not in known for problem in _with(ctx, several)):
            for name, numbers in made.items():
                at = {_place_of(ctx, address): number for address, number in numbers.items()}
                edits_of = [edit for edit in several if edit.address in numbers]
                yield from _told(doubts, table, name, at, _with(ctx, edits_of), known)
    for name, listed in ctx.options[0].rows.items():
        if any(row.change for row in listed):
            at, problems = _rebuilt(ctx, listed)
            yield from _told(doubts, table, name, at, problems, known)


def _told(
    doubts: Doubts, table: Table, name: str, at: Mapping[str, int], problems: Iterable[Problem], known: set[str]
) -> Iterator[Problem]:
    """Tell at the rows of an option what it asks about that the catalog without it does not."""
    for problem in problems:
        if problem.where not in known:
            row = at.get(problem.where, next(iter(at.values())))
            what = f"with the option `{name}`: {problem.what.removesuffix(' (sourced)')}"
            yield from doubts.tell(table, "value", [row], [what], [problem.fix.partition("; if ")[0]])


def _rebuilt(ctx: Context, rows: Sequence[OptionRow]) -> tuple[dict[str, int], list[Problem]]:
    """Ask about the catalog with the rows that an option adds, rewords or fills; give its own rows by place."""
    changes = {row.number: row.change for row in rows if row.change is not None}
    catalog = restructured(ctx.catalog, changes.values(), ctx.resolved)
    tables, at = dict(catalog.tables), dict[str, int]()
    for number, change in changes.items():
        table = tables[change.table]
        if change.kind == "add":  # so that its place is told from those of rows that are in files
            line = table.line.copy()
            line[matching(table, dict(change.keys), exact=True)] = _NEW_ROWS + number
            tables[change.table] = replace(table, line=line)
    catalog = replace(catalog, tables=tables)
    edits = [(edit, row.number) for row in rows if not row.lots for edit in row.edits]
    edits += [(change.edit, number) for number, change in changes.items() if change.edit is not None]
    changed = Context(filled(resolve(catalog, ctx.reference), [edit for edit, _ in edits]), ctx.reference, ctx.found)
    at |= {_place_of(changed, edit.address): number for edit, number in edits}
    for number, change in changes.items():
        made = changed.table(change.table)
        for row in matching(made, dict(change.keys), exact=True):
            at |= {made.place(int(row), column.name): number for column in TABLES[change.table].columns}
    return at or {"": rows[0].number}, [*_asked(changed, Doubts(changed))]


def _with(ctx: Context, edits: list[Edit]) -> list[Problem]:
    changed = Context(filled(ctx.resolved, edits), ctx.reference, ctx.found)
    return [*_asked(changed, Doubts(changed))] if edits else []


def _place_of(ctx: Context, address: Address) -> str:
    name, row, column = address
    if name == "settings":
        return setting(ctx, f"grid.{column}")
    table = ctx.table(name)
    return place(table, int(matching(table, read_row(row, name), exact=True)[0]), column)


def _asked(ctx: Context, doubts: Doubts) -> Iterator[Problem]:
    for module in (products, kinds, energy, sales):
        for ask in module.QUESTIONS:
            # A number of absurd size may overflow beside its band: it is outside all the same.
            with np.errstate(all="ignore"):
                said = list(ask(ctx, doubts))
            yield from said


RULES = (possible_but_unlikely,)
