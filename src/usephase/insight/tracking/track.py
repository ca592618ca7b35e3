"""Track an inventory over its sale years: levels, reasons for the change, targets and how probably they are met."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.table import Catalog
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.study import Study, choose_kernel
from usephase.engine.plan.sums import SERVICE
from usephase.engine.plan.values import Values
from usephase.errors import Problem, StudyError
from usephase.insight.changes.recalculation import published_rows, recalculation, walk
from usephase.insight.figure import Figure, parse
from usephase.insight.rules import Pack, pack_of
from usephase.insight.tracking import levels
from usephase.insight.tracking.aims import aim_rows, aims_of, of_the_group, roll_up, service_names
from usephase.insight.tracking.cohorts import LEDGERS, Cohort, cohorts, ledgers, sale_years
from usephase.insight.tracking.coverage import coverage, footprint_rows, inventory, region_rows, trigger, unlisted
from usephase.insight.tracking.explained import explain, group_rows
from usephase.insight.tracking.levers import abatement, parse_lever, wedges
from usephase.insight.tracking.reasons import reasons
from usephase.insight.tracking.targets import Target, asked_for, intensity_rules, make_target, rules_in_force
from usephase.insight.tracking.targets_told import rule_notes, rules_used
from usephase.results.provenance import apart, created, versions
from usephase.results.run import UNIT, records
from usephase.results.scenarios import shares
from usephase.sampling.design import DesignName

SCHEMA = "usephase.track/1"


@dataclass(frozen=True, eq=False)
class Track:
    """Hold an inventory over time.

    Attributes
    ----------
    meta : mapping
        Catalog, years, draws, headline and versions; JSON-able.
    years : DataFrame
        A row a sale year: level, target, gap, probability that it is met. [t CO2e]
    change : DataFrame
        What each effect did from the base year to the reporting year; the rows sum to the change. With a catalog to
        compare with they begin at the base year as published: rows of the stage ``recalculation``. [t CO2e]
    change_by : DataFrame
        Those of the stage ``change`` by ledger, family and region.
    tables : mapping of str to DataFrame
        ``intensities``, ``occurred``, ``calendar``, ``outlook``, ``regions``; ``targets`` of the catalog, their
        ``roll_up``, and the ``footprint`` of all scopes.
    rules : mapping
        The rule pack, what it leads to, and every row used with its source and how it is known.
    draws : mapping of int to ndarray (draw,)
        Of the tracked figure, by year. [t CO2e]
    effects : mapping of str to ndarray (draw,)
        Of the total. [t CO2e]
    """

    meta: Mapping[str, Any]
    years: pd.DataFrame
    change: pd.DataFrame
    change_by: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    rules: Mapping[str, Any]
    draws: Mapping[int, np.ndarray]
    effects: Mapping[str, np.ndarray]
    notes: tuple[str, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """Give the answer of ``usephase track --json``."""
        tables = {name: records(table) for name, table in self.tables.items()}
        return {
            "schema": SCHEMA, **apart(self.meta), "unit": UNIT, "years": records(self.years),
            "change": records(self.change), "change_by": records(self.change_by), **tables, "rules": dict(self.rules),
            **self.extras, "notes": list(self.notes),
        }  # fmt: skip


def track(
    catalog: Catalog,
    *,
    base_year: int | None = None,
    target_year: int | None = None,
    ambition: str | None = None,
    rules: str | None = None,
    rate: float | None = None,
    set_on: date | str | None = None,
    of: Sequence[str] | None = None,
    by_product: bool = False,
    growth: float = 0.0,
    revenue: Mapping[int, float] | None = None,
    intensities: Sequence[str] = (),
    other_scope_3: float | None = None,
    levers: Sequence[str] = (),
    against: Catalog | None = None,
    threshold: float | None = None,
    draws: int | None = None,
    seed: int | None = None,
    design: DesignName | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Track:
    """Track a catalog's emissions from the base year over the reporting year to the target year.

    Parameters
    ----------
    catalog : Catalog
    base_year : int, optional
        Instead of the catalog's; without either, the first sale year.
    target_year, ambition, rate : optional
        Of the target; any of them sets one, the rest is the rule pack's. Without any it is the group's of the catalog's
        table ``targets``; without that there is none, and none is judged.
    set_on : date or str, optional
        Day on which the target is set: the rules in force on it hold. Default the catalog's, else today.
    rules : str, optional
        A rule pack's name, or the path of a CSV file with one. Default that of near-term targets of the day.
    of : sequence of str, optional
        Figures that the target covers, added up: ``total``, ``category_11``, ``total:family=Saws``. Default what the
        group's target covers, else ``total``.
    by_product : bool
        Explain the change product by product: a new model is then a change of mix. Otherwise the mean product of a
        family is explained, and a new model changes its energy a year and its life.
    growth : float
        Relative change a year of the last sale year's units, carried on to the target year.
    revenue : mapping of int to float, optional
        By sale year, for the economic intensity.
    intensities : sequence of str
        Those for which a target is set: ``unit``, ``mass``, ``service``, ``revenue``.
    other_scope_3 : float, optional
        Scope 3 besides categories 11 and 12, instead of the table ``scope3``; without either the coverage of a target
        cannot be assessed. [t CO2e]
    levers : sequence of str
        Options that reach the market, as ``OPTION:START:FULL:OWNER``: from the first sale year with it to the first in
        which all units have it.
    against : Catalog, optional
        That the base year was published with: tells whether it is to be recalculated.
    threshold : float, optional
        For that, instead of the rule pack's: a share of the base year's emissions.
    draws, seed, design : optional
        Instead of the catalog's settings. The arithmetic is always double.
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the work done and the work in all.

    Returns
    -------
    Track

    Raises
    ------
    StudyError
        For a base year without sales, or a rule, ambition, year or figure that does not exist.
    """
    settings = catalog.settings
    resolved = resolve(catalog)
    pulled = [parse_lever(text) for text in levers]
    base = _base_year(resolved, base_year)
    asked = any(given is not None for given in (target_year, ambition, rate))
    aims = aims_of(resolved, base)
    group = None if asked else of_the_group(aims, settings.reporting_year)
    if group is not None and base_year is None:
        base = group.base_year
    figures = [parse(text) for text in of or ("total" if group is None else group.ledger,)]
    if pulled and figures != [Figure()]:
        fix = "leave out --of"
        raise StudyError([Problem(where="--lever", what="levers are shown on the total of both categories", fix=fix)])
    day = _day(set_on or settings.set_on or date.today())
    whole_pack = pack_of(rules, day)
    if group is not None and group.base_year == base:
        target_year, rate, asked = group.year, group.reduction / (group.year - base), True
    pack, gone = rules_in_force(whole_pack, day, rate is not None or not asked)
    reporting = settings.reporting_year
    known = sale_years(resolved)
    # A target stays what it was when it was set: later inventories do not move its path.
    newest = max((year for year in known if year <= reporting and year < day.year), default=base)
    named = {} if group is None else {"name": group.name}
    target = None
    if asked:
        target = make_target(pack, ambition, base, target_year, rate, set_on=day, newest_year=newest, **named)
    paced = intensity_rules(pack, intensities)
    if "revenue" in paced and not {base, reporting} <= (revenue or {}).keys():
        fix = f"give --revenue {base}=AMOUNT and --revenue {reporting}=AMOUNT"
        raise StudyError([Problem(where="--intensity revenue", what="the revenue is not known", fix=fix)])
    study = Study(
        design or settings.design, settings.seed if seed is None else seed,
        settings.draws if draws is None else draws,
    )  # fmt: skip
    until = max([known[-1], *(aim.year for aim in aims), *([target.target_year] if target else ())])
    plan = compile_plan(resolved, known[-1])
    aimed = [figure for aim in aims for figure in aim.figures(service_names(plan))]
    study = study._replace(kernel=choose_kernel(plan, study.draws))  # one for all years: they are compared draw by draw
    by = ("region", "family", SERVICE, *(("product",) if pulled else ()))
    found_years = cohorts(
        resolved, study, until=until, growth=growth, figures=[*figures, *aimed], by=by, workers=workers,
        progress=progress,
    )  # fmt: skip
    made = found_years.years
    _refuse_empty(figures, made)
    by_year = {cohort.year: cohort for cohort in made}
    if target is not None:
        first, last = (float(levels.total(by_year[year], figures).mean()) for year in (base, target.newest_year))
        target = target.at(last / first if first > 0 else 1.0)
    why = reasons(plan, study, base, reporting, by_product=by_product, workers=workers)
    replicated = study.make().replicated
    sold = [cohort for cohort in made if cohort.sales != "held"]
    values = Values(plan.cells, study.make(), 0, study.draws)
    covered = {family: np.broadcast_to(values(ref), (study.draws,)) for family, ref in plan.coverage.items()}
    compared = [by_year[year] for year in dict.fromkeys((base, reporting))]
    given = inventory(resolved, other_scope_3)
    found = wedges(resolved, study, pulled, made, by_year[base], target, workers=workers) if pulled else None
    abated = {} if found is None else found.regions
    all_rows = levels.year_rows(made, by_year[base], figures, target, replicated, shares(settings.scenarios))
    tables = {
        "outlook": [row for row in all_rows if row["sales"] == "held"],
        "intensities": levels.intensity_rows(
            sold, by_year[base], revenue or {}, {per: rule.value for per, rule in paced.items()}, replicated
        ),
        "occurred": levels.occurred_rows(sold, reporting, replicated),
        "calendar": levels.calendar_rows(sold, found_years.in_service, reporting, replicated),
        "regions": _regions(by_year, base, reporting, target, figures, abated, replicated),
        "targets": aim_rows(by_year, aims, revenue or {}, shares(settings.scenarios), replicated),
        "roll_up": roll_up(by_year, aims, sorted(resolved.regions), target, figures, revenue or {}, replicated),
        "footprint": footprint_rows(compared, covered, given, replicated),
    }
    found_coverage = coverage(compared, figures, covered, given, pack, target is not None, replicated)
    extras: dict[str, Any] = {
        "coverage": found_coverage, "trigger": trigger(by_year[base], covered, given, pack),
        "asked_for": [] if target is None else asked_for(day, target),
    }  # fmt: skip
    for row in all_rows:
        its = by_year[row["year"]]
        parts = {ledger: unlisted(its, covered, ledger) for ledger in LEDGERS}
        row |= {f"unlisted_{ledger[-2:]}": float(x.mean()) for ledger, x in parts.items()}
        row["unlisted"] = _unlisted(figures, parts)
        row["coverage"] = {name: found_coverage[name] for name in ("share", "reason")}
    if found is not None:
        last = (
            target.target_year if target is not None else max((row["year"] for row in found.years), default=reporting)
        )
        extras |= {"levers": found.rows, "with_levers": found.years, "abatement": abatement(found.rows, last)}
    way = None
    if against is not None:
        way = walk(against, catalog, base, study, figures, workers=workers)
        extras["recalculation"] = recalculation(way, pack, threshold, replicated)
        extras["recalculation"]["published_years"] = published_rows(against, study, figures, workers, replicated)
    # The split is of both categories: what was recalculated belongs into it only if the figures are those.
    whole = figures == [Figure()]
    explained = explain(why, study.draws, way if whole else None)
    extras["change_total"] = explained.whole(replicated)
    extras["change_from"] = "published" if way is not None and whole else "computed now"
    extras["change_base"] = float(by_year[base].draws(Figure()).mean())
    meta = {
        "catalog": {"name": settings.name, "sha256": catalog.sha256}, "company": settings.company,
        "base_year": base, "reporting_year": reporting, "of": [str(figure) for figure in figures],
        "draws": study.draws, "seed": study.seed, "design": study.design, "kernel": study.kernel,
        "replicates": replicated,
        "headline": {"grid_basis": settings.grid_basis, "boundary": settings.boundary},
        "explained_by": "product" if by_product else "family", "versions": versions(), "created": created(),
    }  # fmt: skip
    return Track(
        meta=meta, years=levels.table([row for row in all_rows if row["sales"] != "held"]),
        change=levels.table(explained.rows(replicated)), change_by=levels.table(group_rows(why, replicated)),
        tables={name: levels.table(rows) for name, rows in tables.items()},
        rules=rules_used(whole_pack, target, tuple(paced.values()), all_rows, day),
        draws={cohort.year: levels.total(cohort, figures) for cohort in made},
        effects=explained.effects,
        notes=(
            *_notes(settings.base_year, base_year, base, pack, target, made, asked, growth),
            *rule_notes(pack, target, day, gone),
        ),
        extras=extras,
    )  # fmt: skip


def _unlisted(figures: Sequence[Figure], parts: Mapping[str, np.ndarray]) -> float:
    """Give what unlisted sales add to figures of whole categories; nothing to others. [t CO2e]"""
    whole = {ledger for figure in figures if figure.by == "total" for ledger in ledgers(figure)}
    return float(sum(x.mean() for ledger, x in parts.items() if ledger in whole))


def _day(given: date | str) -> date:
    try:
        return date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        fix = "write it as 2026-11-29"
        raise StudyError([Problem(where=f"--set-on {given}", what="it is not a day", fix=fix)]) from None


def _base_year(resolved: Resolved, wanted: int | None) -> int:
    known = sale_years(resolved)
    settings = resolved.catalog.settings
    year = wanted or settings.base_year or known[0]
    problems = []
    if year not in known:
        fix = f"choose one of: {', '.join(map(str, known))}"
        problems.append(Problem(where=f"base year {year}", what="there are no sales of that year", fix=fix))
    if settings.reporting_year not in known:
        fix = f"add sales of {settings.reporting_year}"
        problems.append(Problem(where="reporting year", what="there are no sales of that year", fix=fix))
    if problems:
        raise StudyError(problems)
    return int(year)


def _refuse_empty(figures: Sequence[Figure], made: Sequence[Cohort]) -> None:
    problems = []
    for figure in figures:
        if figure.ledger not in ("total", *LEDGERS):
            what, fix = f"{figure.ledger} is not part of any target", "choose total, category_11 or category_12"
            problems.append(Problem(where=f"--of {figure}", what=what, fix=fix))
            continue
        names = {key[2] for cohort in made for key in cohort.groups if key[1] == figure.by}
        if figure.group not in names:
            fix = f"choose one of: {', '.join(sorted(names))}" if names else "group by family, region or product"
            problems.append(Problem(where=f"--of {figure}", what="there is no such figure", fix=fix))
    if problems:
        raise StudyError(problems)


def _regions(
    by_year: dict[int, Cohort], base: int, reporting: int, target: Target | None, figures: list[Figure],
    abated: Mapping[str, float], replicated: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    if target is None:
        return []
    left = [target.path.left(year) for year in (reporting, target.target_year)]
    end = by_year.get(target.target_year)
    return region_rows(by_year[base], by_year[reporting], end, figures, left[0], left[1], abated, replicated)


def _notes(
    own: int | None,
    asked: int | None,
    base: int,
    pack: Pack,
    target: Target | None,
    made: Sequence[Cohort],
    wanted: bool,
    growth: float,
) -> tuple[str, ...]:
    notes = []
    if own is None and asked is None:
        notes.append(f"the catalog has no base year: its first sale year, {base}, was taken")
    if not wanted:
        notes.append(
            "no target is set, and none is judged: a row of targets, --target-year, --ambition or --rate sets one"
        )
    elif target is None:
        notes.append(f"the rule pack {pack.name} has no rate for a path: give --rate, or choose another pack")
    held = [cohort.year for cohort in made if cohort.sales == "held"]
    if held:
        last = max(cohort.year for cohort in made if cohort.sales != "held")
        years = str(held[0]) if len(held) == 1 else f"{held[0]} to {held[-1]}"
        grown = f" with {growth:+.1%} a year" if growth else ""
        notes.append(f"{years} {'is' if len(held) == 1 else 'are'} an outlook: the units of {last}, carried on{grown}")
    return tuple(notes)
