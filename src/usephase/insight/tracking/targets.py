"""Targets: the path from the base year to the target year, and how probably it is met."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from usephase.errors import Problem, StudyError
from usephase.insight.comparison.ties import gap, reaches
from usephase.insight.rules import AMBITIOUS, BY_DAY, Pack, Rule, read_pack

Array = np.ndarray
OWN = "own rate"
"""Names the target of a rate that has no name."""
INTENSITIES = ("unit", "mass", "service", "revenue")
_PATH = (*AMBITIOUS, "counts_from", "net_zero_year", "rate_floor", "from_newest_year")


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


def rules_in_force(pack: Pack, day: date, own: bool = False) -> tuple[Pack, tuple[Rule, ...]]:
    """Keep the rules of a pack that are in force on the day on which a target is set.

    Parameters
    ----------
    pack : Pack
    day : date
        On which the target is set.
    own : bool
        The rate is the user's: no rule of the pack makes the path.

    Returns
    -------
    Pack, tuple of Rule
        The rules in force; and those beside the path that are not.

    Raises
    ------
    StudyError
        If the pack has paths, and none of them is in force.
    """
    held, gone = pack.limited(day)
    if not own and pack.ambitions() and not held.ambitions():
        starts = [row for row in pack.rows if row.rule in AMBITIOUS]
        what = f"{' and '.join(dict.fromkeys(row.dates() for row in starts))} it makes paths, not on {day}"
        fix = "give the day on which the target is set with --set-on, or choose another pack"
        raise StudyError([Problem(where=f"--rules {pack.name}", what=what, fix=fix)])
    return held, tuple(row for row in gone if row.rule not in _PATH)


def intensity_rules(pack: Pack, wanted: Sequence[str]) -> dict[str, Rule]:
    """Find the rates of the intensities for which a target is set.

    Raises
    ------
    StudyError
        For one that there is not, or a pack without a rate for it.
    """
    found, problems = {}, []
    for per in wanted:
        rule = pack.find("economic_intensity_rate" if per == "revenue" else "physical_intensity_rate")
        if per not in INTENSITIES:
            fix = f"use one of: {', '.join(INTENSITIES)}"
            problems.append(Problem(where=f"--intensity {per}", what="there is no such intensity", fix=fix))
        elif rule is None:
            fix = "choose another pack with --rules, or leave it out"
            problems.append(Problem(where=f"--intensity {per}", what=f"{pack.name} has no rate for it", fix=fix))
        else:
            found[per] = rule
    if problems:
        raise StudyError(problems)
    return found


def outside_window(pack: Pack, set_on: date, target_year: int) -> str:
    """Say if a target year is outside the pack's window, in calendar years from the day the target is set.

    Returns
    -------
    str
        Empty inside.
    """
    low, high = _window(pack, set_on)
    exempt = pack.value("target_year_exempt")
    if target_year == exempt or (low or target_year) <= target_year <= (high or target_year):
        return ""
    if low is None or high is None:
        allowed = f"from {low} on" if high is None else f"up to {high}"
    else:
        allowed = f"from {low} to {high}"
    besides = f", or {exempt:.0f}" if exempt else ""
    return f"{pack.name} takes target years {allowed}{besides} for a target set on {set_on}"


def _window(pack: Pack, set_on: date) -> tuple[int | None, int | None]:
    low, high, last = (pack.value(name) for name in ("target_years_min", "target_years_max", "target_year_max"))
    ends = [int(end) for end in (None if high is None else set_on.year + high, last) if end is not None]
    return None if low is None else set_on.year + int(low), min(ends, default=None)


@dataclass(frozen=True)
class Target:
    """What is aimed at, the rows that say so, and the path once the levels are known.

    Attributes
    ----------
    ambition : str
    base_year, target_year : int
        b and T.
    newest_year : int
        m, the most recent inventory year.
    set_on : date
    rate : float or None
        The user's own, a year.
    rules : tuple of Rule
        That make the path.
    newest : float
        Level of the newest year, of the base year's.
    """

    ambition: str
    base_year: int
    target_year: int
    newest_year: int
    set_on: date
    rate: float | None
    rules: tuple[Rule, ...]
    newest: float = 1.0

    def at(self, newest: float) -> "Target":
        """Give the target with the level of the newest year over the base year's.

        Raises
        ------
        StudyError
            For a path that leads below zero.
        """
        done = replace(self, newest=newest)
        if not 0 <= done.reduction <= 1:
            fix = "choose a nearer target year or a rate that fits"
            what = f"the path asks for a reduction of {done.reduction:.0%}"
            raise StudyError([Problem(where=f"--target-year {self.target_year}", what=what, fix=fix)])
        return done

    @property
    def reduction(self) -> float:
        """Give R, the share of the base year's emissions that is gone in the target year.

        Notes
        -----
        The user's rate and V2.0's count from the base year. Before April 2026 SBTi's rates counted from 2020 where the
        base year is later. Since then the way to net zero starts at the newest year: E_T = E_m (1 − NZA (T − m)/(Y −
        m)), R = max(floor, (1 − E_T/E_b)/(T − b)) (T − b).
        """
        value = {row.rule: row.value for row in self.rules}
        b, years = self.base_year, self.target_year - self.base_year
        if self.rate is not None:
            return self.rate * years
        if "absolute_reduction" in value:
            return value["absolute_reduction"]
        if "absolute_rate" in value:
            return value["absolute_rate"] * (self.target_year - min(b, value.get("counts_from", b)))
        start, level = (self.newest_year, self.newest) if value.get("from_newest_year") else (b, 1.0)
        gone = value["net_zero_ambition"] * (self.target_year - start) / (value["net_zero_year"] - start)
        return max(value.get("rate_floor", 0.0), (1 - level * (1 - gone)) / years) * years

    @property
    def path(self) -> Contraction:
        """Give the straight line to the target."""
        return Contraction(self.base_year, self.target_year, self.reduction)


def make_target(
    pack: Pack,
    ambition: str | None,
    base_year: int,
    target_year: int | None = None,
    rate: float | None = None,
    *,
    set_on: date,
    newest_year: int | None = None,
    name: str = OWN,
) -> Target | None:
    """Make the absolute target of a rule pack.

    Parameters
    ----------
    pack : Pack
        With the rules in force on the day.
    ambition : str, optional
        One of the pack's; default its least ambitious one.
    base_year : int
    target_year : int, optional
        Default the pack's if its window has it, else the first of the window, else ten years after the day.
    rate : float, optional
        The user's own, linear, of the base year's emissions a year.
    set_on : date
        The day on which the target is set.
    newest_year : int, optional
        The most recent inventory year; default the base year.
    name : str
        Of the target, where the rate is the user's.

    Returns
    -------
    Target, or None if the pack has no path and no rate was given.

    Raises
    ------
    StudyError
        For an ambition that the pack does not have, or a target year that is not after the base year and the newest
        year, or outside the pack's window (a note, if the rate is the user's own).
    """
    known = pack.ambitions()
    ambition = next((name for name in known if name.casefold() == (ambition or "").casefold()), ambition)
    if rate is None and ambition is not None and ambition not in known:
        fix = f"use one of: {', '.join(known)}; or name another pack with --rules" if known else "give --rate"
        raise StudyError([Problem(where=f"--ambition {ambition}", what=f"{pack.name} has no such ambition", fix=fix)])
    if rate is None and not known:
        return None
    newest = max(base_year, newest_year or base_year)
    called = ambition or (known[0] if rate is None else name)
    found = (pack.find(rule, called) for rule in _PATH) if rate is None else ()
    rules = tuple(row for row in found if row is not None)
    year = target_year or _default_year(pack, set_on, base_year)
    where = f"--target-year {year}"
    needs_newest = any(row.rule == "from_newest_year" for row in rules)
    for last, which in ((base_year, "base year"), (newest if needs_newest else base_year, "newest inventory year")):
        if year <= last:
            fix = f"choose a year after {last}"
            raise StudyError([Problem(where=where, what=f"it is not after the {which}", fix=fix)])
    if rate is None and (outside := outside_window(pack, set_on, year)):
        fix = "choose one of those, or give the day on which the target was set with --set-on"
        raise StudyError([Problem(where=where, what=outside, fix=fix)])
    return Target(called, base_year, year, newest, set_on, rate, rules)


def _default_year(pack: Pack, set_on: date, base_year: int) -> int:
    """Give the pack's year if it is after the base year and inside the window, else the window's first or last."""
    usual = pack.value("default_target_year")
    if usual is not None and usual > base_year and not outside_window(pack, set_on, int(usual)):
        return int(usual)
    low, high = _window(pack, set_on)
    return max(low or high or set_on.year + 10, base_year + 1)


def asked_for(day: date, target: Target) -> list[dict[str, Any]]:
    """Give what the packs of near-term targets ask for in the place of a target, ambition by ambition.

    Returns
    -------
    list of dict
        ``pack``, ``ambition``, ``reduction`` (None if the pack takes no such target, with the ``reason``) and
        ``enough``: whether the target's own reduction is as large.
    """
    rows = []
    for pack in map(read_pack, reversed(BY_DAY)):
        held, _ = rules_in_force(pack, day, own=True)
        for ambition in held.ambitions() or dict.fromkeys(pack.ambitions()):
            row: dict[str, Any] = {
                "pack": pack.name,
                "ambition": ambition,
                "reduction": None,
                "enough": None,
                "reason": None,
            }
            try:
                its = make_target(
                    held, ambition, target.base_year, target.target_year, set_on=day, newest_year=target.newest_year
                )
                found = None if its is None else its.at(target.newest).reduction
                row |= {
                    "reduction": found,
                    "enough": found is not None and bool(reaches(np.array(target.reduction), found)),
                }
            except StudyError as refused:
                row["reason"] = refused.problems[0].what if held.ambitions() else f"not in force on {day}"
            rows.append(row)
    return rows


def probability_met(level: Array, base: Array, left: float) -> float:
    """Give the share of draws in which a level is at or below its target, both of the same draw."""
    return float(np.mean(gap(level, base * left) <= 0))
