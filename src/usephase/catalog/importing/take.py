"""Import a table: read it, ask where somebody is there to answer, and hand back what it says."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from usephase.catalog.importing.body import NothingDecided, Question
from usephase.catalog.importing.columns import LEAST, Column, header_row, recognise, with_joined_names
from usephase.catalog.importing.grid import Grid, read_grids, shown
from usephase.catalog.importing.mapping import NONE, Map
from usephase.catalog.importing.numerals import factor
from usephase.catalog.importing.places import PLACES_WRITTEN, read_place, shares_of
from usephase.catalog.importing.understand import Understood, understand
from usephase.catalog.read.texts import FIRST_YEAR, LAST_YEAR
from usephase.catalog.reference import kinds
from usephase.errors import CatalogError, Problem

MOST_ASKED = 12
"""So many questions are put to a person at a terminal, those of most units first; the others go to to_decide.csv."""
Ask = Callable[[Question, float], str]
"""Put a question, with the share of all units that it is about, and give the value; "" leaves it open."""


def take_table(
    path: Path, told: Map, last_full_year: int, year: int | None = None, sheet: str = "", ask: Ask | None = None
) -> Understood:
    """Read a table of products and sales.

    Parameters
    ----------
    path : Path
        CSV, .xlsx or .parquet.
    told : Map
        What is decided already.
    last_full_year : int
        Taken where neither table, map nor `year` says one.
    year : int, optional
    sheet : str
        Of a workbook; "" is the map's, or the one that looks most like products and sales.
    ask : callable, optional
        Where somebody can answer.

    Raises
    ------
    CatalogError
        If the table cannot be read or nothing in it is decided.
    """
    grid = open_table(path, sheet or told.sheet)
    if ask is not None:
        told, year = asked(grid, told, last_full_year, year, ask)
    return understand(grid, told, year, last_full_year)


def open_table(path: Path, sheet: str = "") -> Grid:
    """Read the cells of a table: of a workbook the sheet named or most like sales, with what another says of products.

    Raises
    ------
    CatalogError
        If it cannot be read.
    """
    grids = [with_joined_names(grid) for grid in read_grids(path)]
    grid, notes = _chosen(grids, sheet, path.name)
    grid, joined = _joined(grid, [other for other in grids if other is not grid])
    return replace(grid, notes=(*notes, *joined, *grid.notes))


def _chosen(grids: list[Grid], sheet: str, file: str) -> tuple[Grid, list[str]]:
    """Choose the sheet; also say which others look like tables of products and sales."""
    if not grids[0].sheet:
        return grids[0], []
    titles = [grid.origin for grid in grids]
    if sheet:
        named = [grid for grid in grids if grid.origin.casefold() == sheet.casefold()]
        if not named:
            fix = f"name one of {', '.join(f'`{shown(title)}`' for title in titles)}"
            raise CatalogError([Problem(where=file, what=f"no sheet is called `{shown(sheet)}`", fix=fix)])
        return named[0], []
    fitness = [_fitness(grid) for grid in grids]
    best = fitness.index(max(fitness))
    others = [title for i, title in enumerate(titles) if i != best]
    alike = [title for i, title in enumerate(titles) if i != best and fitness[i] >= 2]
    notes = [f"the sheet `{grids[best].origin}` is read"] if others else []
    if alike:
        notes = [
            f"the sheet `{grids[best].origin}` is read; {', '.join(f'`{shown(t)}`' for t in alike)} could be read too: "
            "--sheet names another"
        ]
    return grids[best], notes


def _joined(grid: Grid, others: list[Grid]) -> tuple[Grid, list[str]]:
    """Put beside sales what another sheet says of the products: the sheet with most of them, by their numbers."""

    def at(one: Grid) -> tuple[int, dict[str, int]]:
        head = header_row(one)
        try:
            found = recognise(one, head, Map())
        except CatalogError:
            return head, {}
        return head, {c.rule.role if not c.wide else "units": c.at for c in found if c.rule.role and c.score >= LEAST}

    if not others:
        return grid, []
    head, roles = at(grid)
    if not {"product", "units"} <= roles.keys() or "name" in roles:
        return grid, []
    product = grid.cells[:, roles["product"]]
    best: tuple[int, Grid, int, int] | None = None
    for other in others:
        row, held = at(other)
        if {"product", "name"} <= held.keys() and "units" not in held:
            known = len(set(other.cells[row + 1 :, held["product"]]) & set(product[head + 1 :]) - {""})
            if known and (best is None or known > best[0]):
                best = known, other, row, held["product"]
    if best is None:
        return grid, []
    _, other, row, key = best
    rows = {text: i for i, text in reversed([*enumerate(other.cells[:, key])]) if i > row and text}
    new = [
        i for i in range(other.cells.shape[1]) if other.cells[row, i] and other.cells[row, i] not in grid.cells[head]
    ]
    texts = np.full((len(grid.cells), len(new)), "", dtype=object)
    stored = np.zeros(texts.shape, dtype=bool)
    texts[head] = other.cells[row, new]
    for i in range(head + 1, len(texts)):
        if (found := rows.get(product[i])) is not None:
            texts[i], stored[i] = other.cells[found, new], other.numbers[found, new]
    wide = replace(grid, cells=np.hstack([grid.cells, texts]), numbers=np.hstack([grid.numbers, stored]))
    return wide, [f"what the sheet `{other.origin}` says of the products is put beside `{grid.origin}`"]


def _fitness(grid: Grid) -> float:
    """Count the columns recognised, and products and units twenty times."""
    try:
        columns = recognise(grid, header_row(grid), Map())
    except CatalogError:
        return 1.0
    roles = {c.rule.role for c in columns if c.rule.role and c.score >= LEAST}
    return len(roles) / 20 + ("product" in roles) + ("units" in roles)


def asked(
    grid: Grid, told: Map, last_full_year: int, year: int | None, ask: Ask, most: int = MOST_ASKED
) -> tuple[Map, int | None]:
    """Put the questions that only a person can answer, those of most units first, and those that answers raise.

    Parameters
    ----------
    grid, told, last_full_year, year
        As in `understand`.
    ask : callable
    most : int
        So many are put.

    Returns
    -------
    Map
        With the answers.
    int or None
        The year asked for.

    Raises
    ------
    CatalogError
    """
    put: set[tuple[str, ...]] = set()
    while True:
        found: Understood | NothingDecided
        try:
            found = understand(grid, told, year, last_full_year)
            of_year, share = found.told.year, found.share
        except NothingDecided as nothing:
            found, of_year, share = nothing, nothing.of_year, 0.0
        if of_year is not None and year is None and told.year is None and not put:
            year = _asked_year(ask, last_full_year)
        whole = sum(q.units for q in found.questions if q.excluded)
        fresh = [q for q in found.questions if q.path and q.path not in put][: most - len(put)]
        before = told
        for question in fresh:
            put.add(question.path)
            of_all = question.units / whole * (1 - share) if whole else 0.0
            while answer := ask(question, of_all):
                if wrong := _wrong(question, answer):
                    question = replace(question, what=wrong)
                    continue
                told = _with_answer(told, found.columns, question, answer)
                break
        if told == before:
            return told, year


def _asked_year(ask: Ask, last_full_year: int) -> int | None:
    what = "the table has no year: in which year were its units sold?"
    question = Question((), what, "", np.array([0]), proposals=(str(last_full_year),))
    while (answer := ask(question, 0.0)) and not (answer.isdigit() and FIRST_YEAR <= int(answer) <= LAST_YEAR):
        question = replace(question, what=f"`{shown(answer)}` is no year of four digits")
    return int(answer) if answer else None


def _wrong(question: Question, answer: str) -> str:
    """Say why an answer is not taken; "" where it is."""
    section = question.path[0]
    if section in ("archetype", "archetypes") and answer not in {NONE, *kinds.archetypes()}:
        near = kinds.nearest(answer, kinds.archetypes())
        return f"`{shown(answer)}` is no archetype" + (f"; did you mean {near}?" if near else "")
    if section in ("places", "place") and not (shares_of(answer) or read_place(answer).group):
        return f"`{shown(answer)}` is no place: write {PLACES_WRITTEN}"
    if section == "rows" and answer not in question.proposals:
        return f"`{shown(answer)}` is none of {', '.join(question.proposals)}"
    if section == "columns" and answer not in question.proposals:
        fits = not question.path[2:] and any(factor(answer, unit) is not None for unit in question.proposals)
        return "" if fits else f"`{shown(answer)}` is none of {', '.join(question.proposals)}"
    return ""


def _with_answer(told: Map, columns: Sequence[Column], question: Question, answer: str) -> Map:
    section, *rest = question.path
    if section != "columns":
        return told.with_entry(question.path, answer)
    theirs = rest[0]
    column = next(c for c in columns if c.theirs == theirs)
    held = column.rule.model_dump(by_alias=True)
    if rest[1:]:
        held[rest[1]] = answer
    else:  # the line proposed, with another unit perhaps
        import tomllib

        line = column.proposal.removeprefix("under [columns]: ")
        held |= next(iter(tomllib.loads(line).values()))
        if answer != "yes":
            held["unit"] = answer
    return told.with_entry(("columns", theirs), held)
