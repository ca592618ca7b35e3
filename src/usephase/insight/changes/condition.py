"""Conditions on a run, held against an earlier one of its catalog: when a figure has moved further than it should."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from usephase.catalog.table import Catalog
from usephase.catalog.values.grammar import NUMBER
from usephase.errors import Problem, StudyError, UsephaseError
from usephase.insight.changes.diff import catalog_of
from usephase.insight.changes.difference import Unit, between, units
from usephase.insight.figure import Figure, parse
from usephase.results.run import Run, open_run
from usephase.results.store import NAME

_FORM = re.compile(rf"(.+?)\s+changes\s+by\s+more\s+than\s+({NUMBER})\s*%(\s+for\s+unchanged\s+sales)?")

Estimate = Callable[[Catalog], Run]


@dataclass(frozen=True)
class Condition:
    """Hold a condition, as written and understood.

    Attributes
    ----------
    text : str
    figure : Figure
        Its mean is looked at.
    percent : float
    same_sales : bool
        Whether what sales do is left out.
    """

    text: str
    figure: Figure
    percent: float
    same_sales: bool


@dataclass(frozen=True)
class Verdict:
    """Hold how a run stands to a condition. [t CO2e]"""

    condition: Condition
    against: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """The change in percent of what was; infinite where that was nothing."""
        gap = self.after - self.before
        return 100.0 * gap / self.before if self.before else 0.0 if not gap else float(np.copysign(np.inf, gap))

    @property
    def met(self) -> bool:
        """Whether the figure has moved further than it should."""
        return abs(self.change) > self.condition.percent

    def __str__(self) -> str:
        sales = " for unchanged sales" if self.condition.same_sales else ""
        how = "more than" if self.met else "not more than"
        return (
            f"{self.condition.figure}: {self.before:.6g} t in {self.against}, {self.after:.6g} t now{sales}: "
            f"{self.change:+.3g} %, {how} {self.condition.percent:g} %"
        )


def read_condition(text: str) -> Condition:
    """Read a condition such as ``total changes by more than 10 % for unchanged sales``.

    Raises
    ------
    StudyError
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        fix = "write it as `total changes by more than 10 %`, with ` for unchanged sales` behind it if that is meant"
        raise StudyError([Problem(where="--fail-if", what=f"`{text}` is no condition", fix=fix)])
    figure, percent, same_sales = match.groups()
    if not 0 <= float(percent) < np.inf:
        fix = "write a percentage from 0 on, such as 10"
        raise StudyError([Problem(where="--fail-if", what=f"`{percent}` is no bound of a change", fix=fix)])
    return Condition(text.strip(), parse(figure), float(percent), same_sales is not None)


def last_run(folder: Path, year: int) -> tuple[str, Run] | None:
    """Find the newest run of a year among a catalog's runs; give its name with it."""
    for path in sorted(folder.glob(f"*/{NAME}"), reverse=True):  # names begin with the time
        try:
            run = open_run(path)
        except UsephaseError:
            continue
        if run.meta["reporting_year"] == year:
            return path.parent.name, run
    return None


def judge(condition: Condition, run: Run, catalog: Catalog, last: tuple[str, Run], estimate: Estimate) -> Verdict:
    """Hold a run against an earlier one.

    Parameters
    ----------
    condition : Condition
    run : Run
    catalog : Catalog
        That it is of.
    last : (str, Run)
        The earlier run, with its name.
    estimate : callable
        Gives the run of a catalog, drawn as `run`: asked where sales differ and are to be left out.

    Raises
    ------
    StudyError
        If one of the runs does not have the figure.

    Notes
    -----
    For unchanged sales the catalog is computed with the units of the earlier one. Products that only one of the two
    sells are left out on both sides: what they add or take away is sales.
    """
    name, before = last
    after = run
    if condition.same_sales:
        earlier = catalog_of(before)
        now, then = _sold(catalog), _sold(earlier)
        held = [unit for product, unit in _sales(catalog, earlier) if product in now & then or product not in then]
        if held:
            after = estimate(between(catalog, earlier, held))
        gone = [unit for product, unit in _sales(earlier, catalog) if product not in now]
        if gone:
            before = estimate(between(earlier, catalog, gone))
    return Verdict(condition, name, _mean(before, condition.figure), _mean(after, condition.figure))


def _sold(catalog: Catalog) -> set[str]:
    return set(catalog["sales"].frame["product"])


def _sales(first: Catalog, second: Catalog) -> list[tuple[str, Unit]]:
    """List the differences of sales, each with its product."""
    out = []
    for unit in units(first, second, first.settings.reporting_year):
        if unit.table == "sales":
            i, j = unit.rows[0]
            frame = (first if i >= 0 else second)["sales"].frame
            out.append((str(frame["product"].iloc[i if i >= 0 else j]), unit))
    return out


def _mean(run: Run, figure: Figure) -> float:
    return float(run.figure(figure.ledger, figure.by, figure.group)["mean"])
