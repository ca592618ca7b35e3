"""The name of a figure: ``LEDGER`` or ``LEDGER:BY=GROUP``."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from usephase.catalog.names import canonical
from usephase.catalog.schema import NAMINGS
from usephase.engine.plan.records import PHASES, Plan
from usephase.engine.plan.sums import COMPONENTS, COUNTED, ON_GRID, Key, Wanted
from usephase.errors import Problem, StudyError

LEDGERS = ("total", "category_11", "category_12", "avoided", "biogenic_co2")
GROUPINGS = ("total", "product", "family", "region", "segment", "mode", "material", "component")
PARTIAL = ("mode", "material", "component")
"""Groupings that belong to one category, not to the sum of both."""
REFRIGERANT = "refrigerant"


class Figure(NamedTuple):
    """One figure, on the headline's grid basis and boundary."""

    ledger: str = "total"
    by: str = "total"
    group: str = "total"

    def __str__(self) -> str:
        return self.ledger if self.by == "total" else f"{self.ledger}:{self.by}={self.group}"


def parse(text: str) -> Figure:
    """Read the name of a figure.

    Raises
    ------
    StudyError
        If it has another form or an unknown ledger.
    """
    ledger, colon, rest = text.strip().partition(":")
    by, equals, group = rest.partition("=")
    if ledger not in LEDGERS:
        raise _refused(text, f"{ledger!r} is no ledger", _hint(ledger, LEDGERS))
    if colon and not (equals and by and group):
        raise _refused(text, "is not LEDGER or LEDGER:BY=GROUP", "write for example total:family=Saws")
    return Figure(ledger, by, group) if colon else Figure(ledger)


def check(figure: Figure, plan: Plan) -> Figure:
    """Give a figure as the plan has it, a place or material by its canonical name; refuse one that it does not have.

    Raises
    ------
    StudyError
        Says which groupings and groups there are.
    """
    known = (*GROUPINGS, *plan.label_names)
    if figure.by not in known:
        raise _refused(str(figure), f"nothing is ranked by {figure.by!r}", _hint(figure.by, known))
    if figure.by in PARTIAL and figure.ledger == "total":
        fix = f"ask for category_11 or category_12 by {figure.by}"
        raise _refused(str(figure), f"the total of both categories has no {figure.by}", fix)
    return grouped(figure, _groups(figure, plan))


def grouped(figure: Figure, groups: Iterable[str]) -> Figure:
    """Give a figure with its group as it is listed, a place or material by its canonical name; refuse an unknown one.

    Raises
    ------
    StudyError
        Names what is near, or the groups there are.
    """
    known = sorted(groups)
    if figure.group not in known and (naming := NAMINGS.get(figure.by)):
        figure = figure._replace(group=canonical(naming, figure.group))
    if figure.group not in known:
        raise _refused(
            str(figure),
            f"there is no {figure.by} {figure.group!r}",
            _hint(figure.group, known, guess=figure.by not in NAMINGS),
        )
    return figure


def sums_of(figure: Figure, plan: Plan) -> list[Key]:
    """Name the sums of a run that add up to a figure, on the headline's basis and boundary."""
    by, group = figure.by, figure.group
    in_use: list[Key] = [("group", "category_11", PHASES[0], by, group)]
    if by == "component":
        basis = plan.grid_basis if group in ON_GRID else ""
        in_use = [("component", PHASES[0], basis, group)] if group in COUNTED[plan.boundary] else []
    if figure.ledger == "category_11":
        return in_use
    if figure.ledger == "total":
        return [*in_use, ("group", "category_12", "", by, group)]
    return [("group", figure.ledger, "", by, group)]


def wanted_of(figure: Figure) -> Wanted:
    """Give what has to be written for a figure."""
    return Wanted(by=frozenset({figure.by}), methods=figure.by == "component")


def products_of(figure: Figure, plan: Plan) -> range:
    """Give a range of products outside of which nothing adds to a figure."""
    if figure.by in ("product", "family", *plan.label_names):
        at = plan.label_names.index(figure.by) if figure.by in plan.label_names else -1
        mine = [
            i
            for i, p in enumerate(plan.products)
            if figure.group == (p.labels[at] if at >= 0 else p.name if figure.by == "product" else p.family)
        ]
        return range(mine[0], mine[-1] + 1) if mine else range(0)
    return range(len(plan.products))


def _groups(figure: Figure, plan: Plan) -> set[str]:
    products = plan.products
    if figure.by == "total":
        return {"total"}
    if figure.by == "product":
        return {p.name for p in products}
    if figure.by == "family":
        return {p.family for p in products}
    if figure.by == "region":
        return {plan.regions[r] for p in products for r in p.sales.get(plan.year, {})}
    if figure.by == "segment":
        return {plan.segment_names[s.group] for p in products for s in p.segments}
    if figure.by == "mode":
        return {REFRIGERANT, *(m.name for p in products for m in p.modes)}
    if figure.by == "material":
        return {REFRIGERANT, *plan.materials}
    if figure.by == "component":
        return set(COMPONENTS) if figure.ledger == "category_11" else {REFRIGERANT, *plan.routes}
    at = plan.label_names.index(figure.by)
    return {p.labels[at] for p in products}


def _refused(where: str, what: str, fix: str) -> StudyError:
    return StudyError([Problem(where=where, what=what, fix=fix)])


def _hint(asked: str, known: Iterable[str], *, guess: bool = True) -> str:
    listed = list(known)
    folded = {name.casefold(): name for name in listed}
    near = get_close_matches(asked.casefold(), folded, n=3) if guess else []
    if near:
        return f"did you mean {' or '.join(folded[name] for name in near)}?"
    shown = ", ".join(x or '""' for x in listed[:12])
    return f"use one of: {shown}{', …' if len(listed) > 12 else ''}"
