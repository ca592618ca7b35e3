"""Coverage of a target: the share of emissions that it covers, and how probably that is enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from usephase.catalog.resolve import Resolved
from usephase.catalog.schema import CATEGORIES, COMPUTED, SCOPES
from usephase.insight.comparison.ties import reaches
from usephase.insight.figure import Figure
from usephase.insight.rules import BY_DAY, Pack, read_pack
from usephase.insight.tracking.cohorts import LEDGERS, Cohort, ledgers
from usephase.insight.tracking.levels import statistics, total
from usephase.insight.tracking.targets import probability_met

Array = np.ndarray


UNSET = "no target is set"
UNKNOWN = "cannot be assessed until the rest of scope 3 is given: the table scope3, or --other-scope-3"
LACKING = "cannot be assessed until scope3 has {categories} of {year} (0 where there is nothing)"
EMPTY = "cannot be assessed: there are no emissions"


@dataclass(frozen=True)
class Inventory:
    """The lines of the inventory that the catalog does not compute.

    Attributes
    ----------
    lines : mapping of (int, str) to float
        By year and category; ``scope1`` and ``scope2`` are among them. [t CO2e]
    whole : float or None
        All of scope 3 besides categories 11 and 12, of every year, instead of its lines. [t CO2e]
    """

    lines: Mapping[tuple[int, str], float]
    whole: float | None = None

    def lacking(self, year: int) -> tuple[str, ...]:
        """List the categories of scope 3 without a line in a year."""
        return tuple(name for name in CATEGORIES if name not in COMPUTED and (year, name) not in self.lines)

    def other(self, year: int) -> float | None:
        """Give scope 3 besides categories 11 and 12, None if lines are lacking. [t CO2e]"""
        if self.whole is not None:
            return self.whole
        if self.lacking(year):
            return None
        return sum(self.lines[year, name] for name in CATEGORIES if name not in COMPUTED)

    def unknown(self, year: int) -> str:
        """Say why the coverage of a target cannot be assessed."""
        lacking = self.lacking(year)
        if len(lacking) == len(CATEGORIES) - len(COMPUTED):
            return UNKNOWN
        noun = "category" if len(lacking) == 1 else "categories"
        return LACKING.format(categories=f"{noun} {', '.join(lacking)}", year=year)


def inventory(resolved: Resolved, whole: float | None) -> Inventory:
    """Read the table ``scope3``; `whole` stands instead of its lines of scope 3."""
    frame = resolved.tables["scope3"].frame
    rows = zip(frame["year"], frame["category"], frame["emissions"], strict=True)
    lines = {(int(year), str(name)): float(x) for year, name, x in rows if name not in COMPUTED}
    return Inventory(lines, whole)


def footprint_rows(
    cohorts: Sequence[Cohort], covered: Mapping[str, Array], given: Inventory, replicated: bool
) -> list[dict[str, Any]]:
    """Give every line of the inventory of some years: computed, given, or lacking. [t CO2e]

    ``share`` is that of what is known of scopes 1, 2 and 3; sales that the catalog does not list are in it.
    ``probability_significant`` is that of a category of 1 to 14 reaching the share of them from which the newest pack
    asks for it, where all of them are known.
    """
    rows: list[dict[str, Any]] = []
    least = read_pack(BY_DAY[0]).value("significant_category")
    for cohort in cohorts if given.lines else ():
        mine: list[dict[str, Any]] = []
        draws: dict[str, Array | float] = {}
        for name in (*SCOPES, *CATEGORIES):
            row: dict[str, Any] = {"year": cohort.year, "category": name, "mean": given.lines.get((cohort.year, name))}
            row["known"] = "lacking" if row["mean"] is None else "given"
            if name in COMPUTED:
                ledger = f"category_{name}"
                its = cohort.draws(Figure(ledger)) + unlisted(cohort, covered, ledger)
                row |= {**statistics(its, replicated), "known": "computed"}
                draws[name] = its
            elif row["mean"] is not None:
                draws[name] = row["mean"]
            mine.append(row)
        asked = CATEGORIES[:14]
        if least is not None and all(name in draws for name in asked):
            all_of_them = np.asarray(sum(draws[name] for name in asked))
            for row in mine:
                if row["category"] in asked and (all_of_them > 0).all():
                    reached = reaches(draws[row["category"]] / all_of_them, least)
                    row["probability_significant"] = float(np.mean(reached))
        whole = sum(row["mean"] or 0.0 for row in mine)
        rows += [{**row, "share": row["mean"] / whole if row["mean"] is not None and whole else None} for row in mine]
    return rows


def trigger(cohort: Cohort, covered: Mapping[str, Array], given: Inventory, pack: Pack) -> dict[str, Any] | None:
    """Say whether the pack asks for a target on scope 3 at all: its share of scopes 1, 2 and 3 of a year."""
    least, other = pack.value("scope_3_trigger"), given.other(cohort.year)
    own = [given.lines.get((cohort.year, name)) for name in SCOPES]
    if least is None or other is None or any(x is None for x in own):
        return None
    scope_3 = cohort.draws(Figure()) + unlisted(cohort, covered) + other
    share = scope_3 / (scope_3 + sum(x for x in own if x is not None))
    asked = reaches(share, least)
    return {
        "year": cohort.year, "share": float(share.mean()), "required": least,
        "probability_asked_for": float(np.mean(asked)),
    }  # fmt: skip


def unlisted(cohort: Cohort, covered: Mapping[str, Array], ledger: str = "total") -> Array:
    """Give what the sales that the catalog does not list would add. Shape (draw,). [t CO2e]

    Parameters
    ----------
    covered : mapping of str to ndarray (draw,)
        Share of each family's sales that is listed.
    ledger : str
        A category, or the total of both.
    """
    extra = np.zeros_like(cohort.draws(Figure()))
    for family, share in covered.items():
        extra = extra + cohort.draws(Figure(ledger, "family", family)) * (1 / share - 1)
    return extra


def coverage(
    cohorts: Sequence[Cohort],
    figures: Sequence[Figure],
    covered: Mapping[str, Array],
    given: Inventory,
    pack: Pack,
    target: bool,
    replicated: bool,
) -> dict[str, Any]:
    """Give the share of scope 3 that a target on `figures` covers.

    Parameters
    ----------
    cohorts : sequence of Cohort
        The base year's first.
    given : Inventory
        The rest of scope 3.
    pack : Pack
        What it asks for: a share of all, or of each significant category.
    target : bool
        Whether there is one.

    Returns
    -------
    dict, JSON-able
        ``share`` in the base year, None if it cannot be assessed, and the ``reason``; ``years``: a row a year and
        category (empty: all of scope 3).

    Notes
    -----
    Below the line are categories 11 and 12 with the sales that the catalog does not list, and the rest of scope 3.
    Indirect use and maintenance are optional: they are neither above nor below it.
    """
    rows: list[dict[str, Any]] = []
    others = {cohort.year: given.other(cohort.year) for cohort in cohorts}
    for cohort in cohorts if target else ():
        other = others[cohort.year]
        if other is not None:
            rows += _year_rows(cohort, figures, covered, other, pack, replicated)
    first = cohorts[0].year
    if rows and rows[0]["year"] == first:
        return {"share": rows[0]["mean"], "reason": None, "years": rows}
    reason = UNSET if not target else given.unknown(first) if others[first] is None else EMPTY
    return {"share": None, "reason": reason, "years": rows}


def _year_rows(
    cohort: Cohort, figures: Sequence[Figure], covered: Mapping[str, Array], other: float, pack: Pack, replicated: bool
) -> list[dict[str, Any]]:
    everything = cohort.draws(Figure()) + unlisted(cohort, covered) + other
    if not (everything > 0).all():
        return []
    least, of_category = pack.value("significant_category"), pack.value("category_coverage")
    rows = []
    for category in ("", *LEDGERS) if least is not None else ("",):
        mine = [figure for figure in figures if not category or category in ledgers(figure)]
        of = [figure._replace(ledger=category or figure.ledger) for figure in mine]
        whole = cohort.draws(Figure(category)) + unlisted(cohort, covered, category) if category else everything
        if not (whole > 0).all():
            continue
        share = (total(cohort, of) if of else np.zeros_like(whole)) / whole
        significant = reaches(whole / everything, least or 0.0)
        required = of_category if category and significant.mean() >= 0.5 else pack.value("coverage")
        row = {"year": cohort.year, "category": category, **statistics(share, replicated), "required": required}
        row["of_scope_3"] = float((whole / everything).mean()) if category else None
        row["probability_significant"] = float(significant.mean()) if category else None
        # A share of exactly what is asked for is enough, whatever the last bit; nothing below it is rounded up.
        enough = None if required is None else reaches(share, required) | (~significant if category else False)
        row["probability_met"] = None if enough is None else float(np.mean(enough))
        rows.append(row)
    return rows


def region_rows(
    base: Cohort,
    now: Cohort,
    end: Cohort | None,
    figures: Sequence[Figure],
    left_now: float,
    left_end: float,
    abated: Mapping[str, float],
    replicated: bool,
) -> list[dict[str, Any]]:
    """Share the target out to the regions, in four ways; each sums to the group's.

    Parameters
    ----------
    base, now, end : Cohort
        Of the base year, the reporting year, and the target year if known.
    figures : sequence of Figure
        Of ledgers as a whole: other figures cannot be shared out.
    left_now, left_end : float
        Shares of the base year that the path leaves.
    abated : mapping of str to float
        What the measures at hand take away in each region in the target year [t CO2e]; empty without measures.

    Notes
    -----
    ``same percentage``: every region contracts as the group does. ``by outlook``: in proportion to what each region
    is heading for in the target year, so that regions whose grids get cleaner by themselves take a stricter target.
    ``per unit``: in proportion to what each sells then. ``by measures``: every region takes of what is too much its
    part of what the measures can do, so that none is asked for what it has no means for.
    """
    if any(figure.by != "total" for figure in figures):
        return []
    regions = sorted({key[2] for cohort in (base, now) for key in cohort.groups if key[1] == "region"})
    of = {region: [Figure(figure.ledger, "region", region) for figure in figures] for region in regions}
    whole = float(total(base, figures).mean()) * left_end
    heading = {region: float(total(end, of[region]).mean()) for region in regions} if end is not None else {}
    units = {region: _units(end, region) for region in regions}
    sold, all_of_them = sum(units.values()), sum(abated.get(region, 0.0) for region in regions)
    rows = []
    for region in regions:
        start, level = total(base, of[region]), total(now, of[region])
        row: dict[str, Any] = {"region": region, "year": now.year, "base": float(start.mean())}
        row |= statistics(level, replicated)
        row["target"] = float(start.mean()) * left_now
        row["probability_met"] = probability_met(level, start, left_now)
        row["target_year_same_percentage"] = float(start.mean()) * left_end
        known = sum(heading.values())
        row["target_year_by_outlook"] = whole * heading[region] / known if known else None
        row["target_year_per_unit"] = whole * units[region] / sold if sold else None
        can = abated.get(region, 0.0) / all_of_them if all_of_them > 0 else None
        row["target_year_by_measures"] = heading[region] - (known - whole) * can if known and can is not None else None
        rows.append(row)
    return rows


def _units(cohort: Cohort | None, region: str) -> float:
    sold = None if cohort is None else cohort.counts.get(("units", region))
    return 0.0 if sold is None else float(sold.mean())
