"""Budgets: a limit that a percentile of a figure must keep, for use in continuous integration."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from usephase.catalog.values.grammar import NUMBER
from usephase.errors import Problem, StudyError
from usephase.insight.comparison.draws import ALL
from usephase.insight.comparison.measures import unit_of
from usephase.insight.comparison.ties import gap
from usephase.units import nearest

if TYPE_CHECKING:
    from usephase.insight.comparison.paired import Paired

_FORM = re.compile(rf"(\w+)(?:\s+per\s+(\w+))?\s*(<=|<|≤)\s*({NUMBER})\s*(\S+)?(?:\s+CO2e)?")
_LEDGERS = ("category_11", "category_12", "total")
_MEASURES = {"unit": "unit", "service": "service", "hour": "service", "cycle": "service", "year": "year",
             "portfolio": "portfolio"}  # fmt: skip
_TO_KG = {"g": 0.001, "kg": 1.0, "t": 1000.0}


@dataclass(frozen=True)
class Budget:
    """Hold a limit, as written and understood; `limit` is in the measure's unit."""

    text: str
    ledger: str
    per: str
    strict: bool
    limit: float


@dataclass(frozen=True)
class Verdict:
    """Hold how one option, and one product of it, stands against a budget."""

    budget: Budget
    option: str
    product: str | None
    percentile: float
    value: float
    unit: str
    kept: bool

    def __str__(self) -> str:
        what = f"{self.option}: {self.budget.ledger} per {self.budget.per}"
        who = f" of {self.product}" if self.product else ""
        how = "keeps" if self.kept else "exceeds"
        return (
            f"{what}{who}: the {self.percentile:g}th percentile, {self.value:.6g} {self.unit}, {how} the budget of "
            f"{self.budget.limit:g} {self.unit}"
        )

    def to_document(self) -> dict[str, Any]:
        """Give a JSON-able form."""
        return {
            "budget": self.budget.text, "option": self.option, "product": self.product, "percentile": self.percentile,
            "value": self.value, "limit": self.budget.limit, "unit": self.unit, "kept": self.kept,
        }  # fmt: skip


def read_budget(text: str) -> Budget:
    """Read a budget such as ``category_11 per unit <= 120 kg``.

    Raises
    ------
    StudyError
    """
    match = _FORM.fullmatch(text.strip())
    fix = "write it as `category_11 per unit <= 120 kg`"
    if match is None:
        raise _refused(f"`{text}` is no budget", fix)
    ledger, per, sign, number, unit = match.groups()
    if ledger not in _LEDGERS:
        close = nearest(ledger, _LEDGERS)
        raise _refused(f"`{ledger}` has no budget", f"did you mean `{close}`?" if close else f"write one of {_LEDGERS}")
    measure = _MEASURES.get(per or "portfolio")
    if measure is None:
        raise _refused(f"`{per}` is nothing to divide by", f"write one of {', '.join(_MEASURES)}")
    if unit is None or unit not in _TO_KG:
        raise _refused(f"`{text}` has no unit of mass", "write g, kg or t behind the number")
    limit = float(number) * _TO_KG[unit]
    return Budget(text.strip(), ledger, measure, sign == "<", limit / 1000 if measure == "portfolio" else limit)


def hold(paired: "Paired", budget: Budget, percentile: float) -> list[Verdict]:
    """Hold every option against a budget; the base only if nothing else is compared.

    Parameters
    ----------
    paired : Paired
    budget : Budget
    percentile : float
        Between 0 and 100.

    Returns
    -------
    list of Verdict
        A row an option and product; for the portfolio, of all products that are compared.

    Raises
    ------
    StudyError
        If no product has what the budget divides by.
    """
    chosen = [choice.name for choice in paired.chosen if choice.members] or [paired.chosen[0].name]
    names = [ALL] if budget.per == "portfolio" else list(paired.scope)
    verdicts = []
    for option in chosen:
        for name in names:
            if budget.per not in paired.measures(name):
                continue
            x = paired.quantity(option, name).per(budget.per, budget.ledger)
            if np.isnan(x).any():
                continue
            value = float(np.quantile(x, percentile / 100))
            over = gap(np.asarray(value), np.asarray(budget.limit))
            kept = bool(over < 0 if budget.strict else over <= 0)
            unit = unit_of(budget.per, paired.service.get(name, ""))
            verdicts.append(Verdict(budget, option, name or None, percentile, value, unit, kept))
    if not verdicts:
        raise _refused(f"nothing compared has a figure per {budget.per}", "choose another measure or product")
    return verdicts


def _refused(what: str, fix: str) -> StudyError:
    return StudyError([Problem(where="--budget", what=what, fix=fix)])
