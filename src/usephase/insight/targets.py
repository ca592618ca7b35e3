"""Targets: the path from the base year to the target year, and how probably it is met."""

from dataclasses import dataclass

import numpy as np

from usephase.errors import Problem, StudyError
from usephase.insight.rules import Pack, Rule

Array = np.ndarray
_RATES = ("absolute_rate", "absolute_reduction")


@dataclass(frozen=True)
class Contraction:
    """An absolute path: a straight line from the base year's emissions to those of the target year.

    Notes
    -----
    E(t) = E_b · (1 − R (t − b)/(T − b)). After the target year the target stays.
    """

    base_year: int
    target_year: int
    reduction: float

    def left(self, year: int) -> float:
        """Give the share of the base year's emissions that the path leaves in a year."""
        span = self.target_year - self.base_year
        gone = min(max(year - self.base_year, 0), span) / span
        return 1 - self.reduction * gone


@dataclass(frozen=True)
class Compounding:
    """An intensity path: each year the same share of the year before, (1 − rate)^n."""

    base_year: int
    rate: float

    def left(self, year: int) -> float:
        """Give the share of the base year's intensity that the path leaves in a year."""
        return float((1 - self.rate) ** max(year - self.base_year, 0))


def required_reduction(rate: float, base_year: int, target_year: int, counts_from: float | None) -> float:
    """Give R = rate · (T − min(b, counts_from)).

    Parameters
    ----------
    rate : float
        Linear share of the base year's emissions a year.
    base_year, target_year : int
        b and T.
    counts_from : float or None
        A base year after this one does not shorten the way; None: the base year itself counts.
    """
    start = base_year if counts_from is None else min(base_year, counts_from)
    return rate * (target_year - start)


def rules_in_force(pack: Pack, year: int, rate: float | None = None) -> tuple[Pack, tuple[Rule, ...]]:
    """Keep the rules of a pack that are in force in the year in which a target is set.

    Parameters
    ----------
    pack : Pack
    year : int
        In which the target is set.
    rate : float, optional
        Linear rate a year instead of the pack's.

    Returns
    -------
    Pack, tuple of Rule
        The rules in force; and those that are not.

    Raises
    ------
    StudyError
        If a rule that the path rests on is not in force.
    """
    held, gone = pack.limited(year)
    deciding = {"counts_from"} if rate is not None else {*_RATES, "counts_from"}
    # A pack without any rate makes no path, so nothing rests on it.
    open_ = rate is not None or any(row.rule in _RATES for row in pack.rows)
    lacking = [row for row in gone if row.rule in deciding] if open_ else []
    fix = "give the year in which the target is set with --set-in, or choose another pack"
    problems = [
        Problem(where=f"--rules {pack.name}", what=f"{row.named()} is in force {row.dates()}, not in {year}", fix=fix)
        for row in lacking
    ]
    if problems:
        raise StudyError(problems)
    return held, gone


def window(pack: Pack, set_in: int, target_year: int) -> str:
    """Say if a target year is nearer or farther from the year in which the target is set than the pack asks for."""
    low, high = pack.value("target_years_min"), pack.value("target_years_max")
    span = target_year - set_in
    if (low is None or span >= low) and (high is None or span <= high):
        return ""
    asked = " to ".join(f"{x:g}" for x in (low, high) if x is not None)
    return f"{pack.name} asks for a target {asked} years after it is set: {target_year} is {span} years after {set_in}"


@dataclass(frozen=True)
class Target:
    """What is aimed at, and the rows that say so."""

    ambition: str
    base_year: int
    target_year: int
    rate: float | None
    path: Contraction
    rules: tuple[Rule, ...]


def default_target_year(pack: Pack, base_year: int) -> int:
    """Give the pack's year, or ten years (the pack's longest) after a base year that is not before it."""
    year = pack.value("default_target_year")
    if year is not None and year > base_year:
        return int(year)
    return base_year + int(pack.value("target_years_max") or 10)


def make_target(
    pack: Pack, ambition: str | None, base_year: int, target_year: int | None, rate: float | None = None
) -> Target | None:
    """Make the absolute target of a rule pack.

    Parameters
    ----------
    pack : Pack
    ambition : str, optional
        One of the pack's; default its least ambitious one.
    base_year : int
    target_year : int, optional
        Default the pack's.
    rate : float, optional
        Linear rate a year instead of the pack's.

    Returns
    -------
    Target, or None if the pack has no rates and none was given.

    Raises
    ------
    StudyError
        For an ambition that the pack does not have, a target year that is not after the base year, or a path that
        would lead below zero.
    """
    known = pack.ambitions()
    if ambition is not None and ambition not in known and rate is None:
        fix = f"use one of: {', '.join(known)}" if known else "give --rate: the pack has no rates"
        raise StudyError([Problem(where=f"--ambition {ambition}", what=f"{pack.name} has no such ambition", fix=fix)])
    year = target_year or default_target_year(pack, base_year)
    if year <= base_year:
        fix = f"choose a year after {base_year}"
        raise StudyError([Problem(where=f"--target-year {year}", what="it is not after the base year", fix=fix)])
    if rate is None and not known:
        return None
    name = ambition or (known[0] if rate is None else "own rate")
    counts = pack.find("counts_from")
    fixed = pack.find("absolute_reduction", name) if rate is None else None
    used = [row for row in (pack.find("absolute_rate", name) if rate is None else None, fixed) if row]
    if fixed is not None:
        reduction = fixed.value
    else:
        rate = used[0].value if rate is None else rate
        reduction = required_reduction(rate, base_year, year, counts.value if counts else None)
        used += [counts] if counts else []
    if not 0 <= reduction <= 1:
        fix = "choose a nearer target year or a rate that fits"
        what = f"the path asks for a reduction of {reduction:.0%}"
        raise StudyError([Problem(where=f"--target-year {year}", what=what, fix=fix)])
    return Target(name, base_year, year, rate, Contraction(base_year, year, reduction), tuple(used))


def probability_met(level: Array, base: Array, left: float) -> float:
    """Give the share of draws in which a level is at or below its target, both of the same draw."""
    # A base year compared with itself is met, whatever the last bit.
    return float(np.mean(level <= base * left * (1 + 1e-12)))
