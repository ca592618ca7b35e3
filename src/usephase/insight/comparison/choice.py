"""Which options to compare: their names, combinations, and what is wrong with them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from usephase.catalog.checks import RULES
from usephase.catalog.options.records import Address, OptionRow, Options
from usephase.catalog.options.understand import BASE, read_options
from usephase.catalog.resolve import Resolved, reference_of
from usephase.catalog.rules import options as option_rules
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.listing import series
from usephase.engine.plan.cells import CellBook
from usephase.errors import Problem, StudyError
from usephase.insight.comparison.between_cells import RULES as BETWEEN_CELLS
from usephase.insight.comparison.between_cells import broken
from usephase.insight.comparison.pairing import Model
from usephase.insight.comparison.shapley import subsets
from usephase.units import nearest

_MOST = 64
"""Options compared at once."""


@dataclass(frozen=True)
class Choice:
    """Name an option, or several joined by ``+``, and hold its rows."""

    name: str
    members: tuple[str, ...]
    rows: tuple[OptionRow, ...]


def factorial(names: Sequence[str]) -> list[str]:
    """Combine groups of options in every way.

    Parameters
    ----------
    names : sequence of str
        A group each: ``a`` (with or without), or ``a|b`` (neither, or one of them). ``base`` is left out.

    Returns
    -------
    list of str
        ``base`` first.
    """
    groups = [["", *name.split("|")] for name in names if name != BASE]
    combined = ["+".join(filter(None, chosen)) for chosen in product(*groups)]
    return [name or BASE for name in sorted(combined, key=lambda name: name.count("+") + (name != ""))]


def choose(options: Options, names: Sequence[str]) -> list[Choice]:
    """Find the options that are named.

    Parameters
    ----------
    options : Options
    names : sequence of str
        ``base``, a name, or names joined by ``+``.

    Returns
    -------
    list of Choice
        With one name only, and not ``base``, the base comes first.

    Raises
    ------
    StudyError
        For unknown or repeated names, and options that cannot be combined.
    """
    wanted = [name.strip() for name in names if name.strip()]
    if len(wanted) == 1 and wanted[0] != BASE:
        wanted = [BASE, *wanted]
    problems = []
    if not wanted:
        problems.append(_problem("no option is named", f"name some of {', '.join(options.names) or BASE}"))
    if len(wanted) > _MOST:
        problems.append(_problem(f"{len(wanted)} options are too many", f"compare up to {_MOST} at a time"))
    twice = dict.fromkeys(name for name in wanted if wanted.count(name) > 1)
    problems += [_problem(f"`{name}` is named twice", "name every option once") for name in twice]
    made = []
    for name in dict.fromkeys(wanted[:_MOST]):
        members = () if name == BASE else (name,) if name in options.rows else tuple(name.split("+"))
        unknown = [member for member in members if member not in options.rows]
        for member in unknown:
            close = nearest(member, options.names)
            known = ", ".join(options.names) or "none; write some into the table `options`"
            hint = f"did you mean `{close}`? " if close else ""
            problems.append(_problem(f"there is no option `{member}`", f"{hint}Known are {known}"))
        if not unknown:
            rows = tuple(row for member in members for row in options.rows[member])
            problems += _conflicts(name, rows)
            made.append(Choice(name, members, rows))
    if problems:
        raise StudyError(problems)
    return made


def _conflicts(name: str, rows: Sequence[OptionRow]) -> list[Problem]:
    """Refuse two changes of one cell whose order would decide, unless both multiply or both add."""
    how: dict[object, tuple[str, str]] = {}
    problems = []
    for row in rows:
        edits: list[tuple[Address, str]] = [(e.address, e.operation) for e in row.edits if e.operation != "take"]
        if row.change is not None:
            edits = [((row.table, row.row, column), row.change.kind) for column in (*row.change.cells, "")]
        for address, operation in edits:
            first, other = how.setdefault(address, (operation, row.option))
            alike = first == operation and operation in ("multiply", "add")
            if other != row.option and not alike:
                what = f"`{other}` and `{row.option}` both change {':'.join(map(str, address)).rstrip(':')}"
                problems.append(_problem(what, "compare them one at a time, or write an option that does both", name))
    return problems


def verify(model: Model, base: Resolved, name: str) -> None:
    """Check the catalog that an option makes; join its changes of rows where a part of them makes none.

    Raises
    ------
    StudyError
        With the place of the option's first row that changes the table at fault.
    """
    if problems := _faults(model, base, name):
        raise StudyError(problems)
    if not separable(model, sorted(model.structure(range(len(model.parts))))):
        model.join_structure()


def _faults(model: Model, base: Resolved, name: str) -> list[Problem]:
    """List what is wrong with the catalog that an option makes, at the rows of the option."""
    everything = range(len(model.parts))
    bound = model.structure(everything)
    if bound and (nothing := _of_nothing_sold(model, base, name)):
        return nothing
    problems = structural_faults(model, bound) if bound else []
    edits = [edit for part in model.parts for edit in part.edits]
    if not problems and any((edit.address[0], edit.address[2]) in BETWEEN_CELLS for edit in edits):
        problems = [problem for problem in broken(model.restructured(bound), edits) if problem.severity == "error"]
    return [
        Problem(
            where=base.tables["options"].place(_row_for(model, problem.where), "row"),
            what=f"with the option `{name}`: {problem.what}", fix=problem.fix,
        )
        for problem in problems
    ]  # fmt: skip


def faulty_options(resolved: Resolved) -> list[Problem]:
    """Warn of every option that alone makes no whole catalog: `compare` refuses it."""
    book = CellBook(resolved)
    return [
        problem.model_copy(update={"severity": "warning"})
        for name, rows in read_options(resolved)[0].rows.items()
        for model in [Model(resolved.catalog, resolved, book, rows)]
        for problem in _faults(model, resolved, name) or _of_nothing_sold(model, resolved, name)
    ]


def _of_nothing_sold(model: Model, base: Resolved, name: str) -> list[Problem]:
    """Say of an option that it changes only products that are not sold in the reporting year."""
    sales, year = base.tables["sales"].frame, base.catalog.settings.reporting_year
    sold = set(map(str, sales["product"][sales["year"] == year]))
    rows = [row for part in model.parts for row in part.rows]
    if not model.scope or sold & set(model.scope) or any(row.table == "sales" for row in rows):
        return []
    what = f"with the option `{name}`: no product that it changes is sold in {year} ({series(model.scope)})"
    fix = "change a product that is sold, or add its sales to the option"
    return [Problem(where=base.tables["options"].place(rows[0].number, "row"), what=what, fix=fix)]


_SPLIT = 6
"""Changes of rows told apart; every set of them needs a plan of its own."""


def separable(
    model: Model, bound: Sequence[int], switched: Callable[[tuple[int, ...]], Iterable[int]] = lambda made: made
) -> bool:
    """Tell whether changes of rows and texts can be told apart: every set of them makes a catalog without faults.

    Parameters
    ----------
    model : Model
    bound : sequence of int
        The changes.
    switched : callable, optional
        From some of them to the parts of the model that are then on.
    """
    if len(bound) < 2:
        return True
    if len(bound) > _SPLIT:
        return False
    return not any(structural_faults(model, model.structure(switched(made))) for made in subsets(bound))


def structural_faults(model: Model, structure: frozenset[int]) -> list[Problem]:
    """List what is wrong with the catalog that some changes of rows make."""
    resolved = model.restructured(structure)
    ctx = Context(resolved, reference_of(model.catalog))
    rules = [rule for rule in RULES if rule not in option_rules.RULES]
    return [problem for rule in rules for problem in rule(ctx) if problem.severity == "error"]


def _row_for(model: Model, where: str) -> int:
    """Find the option row to blame: the first one that changes the table at fault, else the first one."""
    table = where.partition("!")[0] if "!" in where else where.partition(".")[0].removeprefix("reference ")
    rows = [row for part in sorted(model.parts, key=lambda part: not part.changes) for row in part.rows]
    return next((row.number for row in rows if row.table == table), rows[0].number)


def _problem(what: str, fix: str, where: str = "") -> Problem:
    return Problem(where=f"--options {where}".strip(), what=what, fix=fix)
