"""Checks: every rule between tables, all at once."""

from collections.abc import Sequence

from usephase.catalog.limits import MAX_MESSAGE, clip
from usephase.catalog.resolve import Reference, reference_of, resolve
from usephase.catalog.rules import (
    double_counting,
    grids,
    hours,
    lives,
    naming,
    notes,
    options,
    references,
    usage,
    use,
    waste,
)
from usephase.catalog.rules.context import Context
from usephase.catalog.table import Catalog
from usephase.errors import Problem

RULES = tuple(
    rule
    for module in (references, naming, use, lives, hours, grids, waste, options, usage, double_counting, notes)
    for rule in module.RULES
)
"""Every rule, in the order in which its problems are listed."""


def check(catalog: Catalog, found: Sequence[Problem] = (), reference: Reference | None = None) -> list[Problem]:
    """Find everything that is wrong between the tables of a catalog, and what should be known about it.

    Parameters
    ----------
    catalog : Catalog
        As read.
    found : sequence of Problem, optional
        What reading has found: it is not said again, and what only follows from it is said briefly.
    reference : callable, optional
        Gives a reference table by name; by default the catalog's own or the package's.

    Returns
    -------
    list of Problem
        Errors and warnings, without those of `found`.
    """
    look = reference or reference_of(catalog)
    ctx = Context(resolve(catalog, look), look, tuple(found))
    said = {problem.where for problem in found if problem.severity == "error"}
    problems = [problem for rule in RULES for problem in rule(ctx) if problem.where not in said]
    return list(dict.fromkeys(map(_short, problems)))


def _short(problem: Problem) -> Problem:
    """Shorten what quotes a name of absurd length."""
    if max(len(problem.where), len(problem.what), len(problem.fix)) <= MAX_MESSAGE:
        return problem
    return problem.model_copy(
        update={name: clip(getattr(problem, name), MAX_MESSAGE) for name in ("where", "what", "fix")}
    )
