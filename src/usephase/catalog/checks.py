"""Checks: every rule between tables, all at once."""

from collections.abc import Sequence

from usephase.catalog.read.limits import MAX_MESSAGE, clip
from usephase.catalog.resolve import Reference, reference_of, resolve
from usephase.catalog.rules import (
    archetypes,
    consequences,
    double_counting,
    grids,
    hours,
    lives,
    notes,
    options,
    plausible,
    references,
    usage,
    use,
    waste,
)
from usephase.catalog.rules.context import Context
from usephase.catalog.table import Catalog
from usephase.errors import Problem
from usephase.heap import texts_apart_where

RULES = tuple(
    rule
    for module in (
        references,
        archetypes,
        use,
        lives,
        hours,
        grids,
        waste,
        options,
        usage,
        double_counting,
        notes,
    )
    for rule in module.RULES
)
"""Every rule, in the order in which its problems are listed."""


@texts_apart_where(Catalog.is_small)
def check(catalog: Catalog, found: Sequence[Problem] = (), reference: Reference | None = None) -> list[Problem]:
    """Find everything that is wrong between the tables of a catalog, and what should be known about it.

    Parameters
    ----------
    catalog : Catalog
        As read.
    found : sequence of Problem, optional
        What reading has found: it comes first, and what only follows from it is not said.
    reference : callable, optional
        Gives a reference table by name; by default the catalog's own or the package's.

    Returns
    -------
    list of Problem
        Errors and warnings, those of `found` among them. What rows mean that nothing uses is no error.
    """
    look = reference or reference_of(catalog)
    ctx = Context(resolve(catalog, look), look, tuple(found))
    said = {problem.where for problem in found if problem.severity == "error"}
    problems = [problem for rule in RULES for problem in rule(ctx) if problem.where not in said]
    problems = consequences.without_unknown_kinds(ctx, consequences.without_consequences(ctx, problems))
    said |= {problem.where for problem in problems if problem.severity == "error"}
    unsure = ctx.lost
    if any(problem.severity == "error" for problem in problems):
        nothing = usage.lines_of_nothing(ctx, unsure)
        unsure |= consequences.kinds_of_places(ctx, [p for p in problems if ctx.line(p.where) not in nothing])
    # What is refused for another reason is not asked about as well.
    asked = [problem for rule in plausible.RULES for problem in rule(ctx) if problem.where not in said]
    asked += [problem for problem in usage.rows_change_something(ctx, unsure) if problem.where not in said]
    unread = {problem.where for problem in found} - {damage.place for damage in catalog.damaged}
    meant = usage.of_unused_rows(ctx, [*found, *map(_short, problems)], unsure, unread)
    return list(dict.fromkeys([*meant, *map(_short, consequences.without_consequences(ctx, asked))]))


def _short(problem: Problem) -> Problem:
    """Shorten what quotes a name of absurd length."""
    if max(len(problem.where), len(problem.what), len(problem.fix)) <= MAX_MESSAGE:
        return problem
    return problem.model_copy(
        update={name: clip(getattr(problem, name), MAX_MESSAGE) for name in ("where", "what", "fix")}
    )
