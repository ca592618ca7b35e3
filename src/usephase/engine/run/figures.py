"""From named sums to the rows of the figures table."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from usephase.engine.plan.records import PHASES, Plan
from usephase.engine.plan.sums import COMPONENTS, COUNTED, ON_GRID, Key, under

BASES = ("projected", "frozen")
BOUNDARIES = ("minimum", "life_cycle")
PLAIN_LEDGERS = ("category_12", "avoided", "biogenic_co2")

Sample = np.ndarray | float


class Row(NamedTuple):
    """One figure: its labels and its draws (or best estimate)."""

    ledger: str
    grid_basis: str | None
    boundary: str | None
    phase: str | None
    by: str
    group: str
    sample: Sample


Book = dict[Key, Sample]


def total_rows(plan: Plan, sums: Book) -> Iterator[Row]:
    """Give the total and component rows, on every basis and boundary."""
    phases = _phases(sums)
    waste = _ledger(sums, "category_12")
    for basis in BASES:
        for boundary in BOUNDARIES:
            for phase in phases:
                use = _use(sums, phase, basis, boundary)
                yield Row("category_11", basis, boundary, phase, "total", "total", use)
                for name in COMPONENTS:
                    part = _component(sums, phase, basis, name)
                    counted = name in COUNTED[boundary]
                    if np.any(part):
                        yield Row(
                            "category_11", basis, boundary, phase, "component", name, part if counted else part * 0.0
                        )
                if phase == PHASES[0]:
                    yield Row("total", basis, boundary, None, "total", "total", use + waste)
    for ledger in PLAIN_LEDGERS:
        yield Row(ledger, None, None, None, "total", "total", _ledger(sums, ledger))


def scenario_rows(plan: Plan, sums: Book) -> Iterator[Row]:
    """Give both categories and their total on the headline, under each grid scenario in all draws."""
    labels, waste = (plan.grid_basis, plan.boundary), _ledger(sums, "category_12")
    for scenario in plan.scenarios:
        book = under(scenario, sums)
        for phase in _phases(sums):
            use = _use(book, phase, *labels)
            yield Row("category_11", *labels, phase, "scenario", scenario, use)
            if phase == PHASES[0]:
                total = Row("total", *labels, None, "scenario", scenario, use + waste)
        yield Row("category_12", None, None, None, "scenario", scenario, waste)
        yield total


def group_rows(plan: Plan, sums: Book, wanted: Iterable[str]) -> Iterator[Row]:
    """Give the rows of the groupings `wanted`, for the headline, with the total of 11 and 12."""
    basis, boundary = plan.grid_basis, plan.boundary
    for by in wanted:
        found = [k for k in sums if k[0] == "group" and k[3] == by]
        groups = sorted({k[4] for k in found}, key=_natural)
        both = by not in ("mode", "material", "component")
        for phase in PHASES:
            for group in groups:
                key = ("group", "category_11", phase, by, group)
                if key in sums:
                    yield Row("category_11", basis, boundary, phase, by, group, sums[key])
        for ledger in PLAIN_LEDGERS:
            for group in groups:
                key = ("group", ledger, "", by, group)
                if key in sums:
                    yield Row(ledger, None, None, None, by, group, sums[key])
        for group in groups if both else ():
            use = sums.get(("group", "category_11", PHASES[0], by, group), 0.0)
            waste = sums.get(("group", "category_12", "", by, group), 0.0)
            yield Row("total", basis, boundary, None, by, group, use + waste)


def calendar_rows(plan: Plan, sums: Book) -> Iterator[Row]:
    """Give what the units sold up to the sale year emit in each calendar year, up to the last that has any."""

    def in_year(ledger: str, year: int) -> Sample:
        return sums.get(("calendar", ledger, str(year)), 0.0)

    years = sorted({int(k[2]) for k in sums if k[0] == "calendar"})
    while len(years) > 1 and not any(np.any(in_year(ledger, years[-1])) for ledger in ("category_11", "category_12")):
        years.pop()
    labels = (plan.grid_basis, plan.boundary)
    for number in years:
        year, use, waste = str(number), in_year("category_11", number), in_year("category_12", number)
        yield Row("category_11", *labels, PHASES[0], "calendar_year", year, use)
        yield Row("category_12", None, None, None, "calendar_year", year, waste)
        yield Row("total", *labels, None, "calendar_year", year, use + waste)


def coverage_rows(plan: Plan, sums: Book, covered: dict[str, Sample]) -> Iterator[Row]:
    """Give the listed sales and, apart, what the unlisted sales of the covered families would add."""
    if not covered:
        return
    labels = (plan.grid_basis, plan.boundary)
    extra: dict[str, Sample] = {}
    listed: dict[str, Sample] = {}
    for ledger, phase in (("category_11", PHASES[0]), ("category_12", "")):
        listed[ledger] = sums.get(("group", ledger, phase, "total", "total"), 0.0)
        extra[ledger] = sum(
            (
                sums.get(("group", ledger, phase, "family", family), 0.0) * (1 / share - 1)
                for family, share in covered.items()
            ),
            start=0.0,
        )
    for group, part in (("listed", listed), ("extrapolated", extra)):
        yield Row("category_11", *labels, PHASES[0], "coverage", group, part["category_11"])
        yield Row("category_12", None, None, None, "coverage", group, part["category_12"])
        yield Row("total", *labels, None, "coverage", group, part["category_11"] + part["category_12"])


def _phases(sums: Book) -> list[str]:
    return [p for p in PHASES if p == PHASES[0] or any(k[0] == "component" and k[1] == p for k in sums)]


def _use(sums: Book, phase: str, basis: str, boundary: str) -> Sample:
    return sum((_component(sums, phase, basis, name) for name in COUNTED[boundary]), start=0.0)


def _ledger(sums: Book, ledger: str) -> Sample:
    return sums.get(("group", ledger, "", "total", "total"), 0.0)


def _component(sums: Book, phase: str, basis: str, component: str) -> Sample:
    return sums.get(("component", phase, basis if component in ON_GRID else "", component), 0.0)


def _natural(group: str) -> tuple[int, str]:
    return (int(group), "") if group.isdecimal() else (-1, group)
