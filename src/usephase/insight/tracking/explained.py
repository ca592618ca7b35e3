"""The change split as a table: from the base year, as published or as computed now, to the reporting year."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from usephase.insight.changes.recalculation import Walk
from usephase.insight.tracking import levels
from usephase.insight.tracking.reasons import EFFECTS, NOT_COMPANY, Reasons

ALWAYS = ("volume", "mix", "energy_per_year", "lifetime", "use", "grid", "fuels", "end_of_life")
"""Effects that are listed even where they do nothing."""
RECALCULATED = {
    "method": "method", "factors": "factors", "assumptions": "assumptions", "product_data": "product_data",
    "sales_data": "sales_data", "grid_observed": "grid_observed", "outlook": "grid_forecast_revision",
}  # fmt: skip
"""The effect that each kind of difference between two catalogs has on the base year."""
_RECALCULATION, _CHANGE = "recalculation", "change"
_REQUIRED = ("method", "grid_observed", "grid_forecast_revision")
Array = np.ndarray


@dataclass
class Explained:
    """What each effect did to the total of both categories, draw by draw.

    Attributes
    ----------
    effects : dict of str to ndarray (draw,)
        They sum to the reporting year's level less the base year's. [t CO2e]
    stages : dict of str to str
        ``recalculation``: between the base year as published and as computed now; ``change``: between the years.
    """

    effects: dict[str, Array] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)

    def rows(self, replicated: bool) -> list[dict[str, Any]]:
        """Give a row an effect."""
        return [self._row(name, x, replicated) for name, x in self.effects.items()]

    def whole(self, replicated: bool) -> dict[str, Any]:
        """Give the row of the change in all."""
        parts = list(self.effects.values())
        return self._row("total", sum(parts[1:], start=parts[0].copy()), replicated)

    def _row(self, name: str, x: Array, replicated: bool) -> dict[str, Any]:
        row = effect_row(name, x, replicated)
        stage = self.stages.get(name)
        # What only counts the base year differently is nobody's doing.
        return {**row, "company": row["company"] and stage != _RECALCULATION, "stage": stage}


def explain(why: Reasons, draws: int, way: Walk | None = None) -> Explained:
    """Put the change between two years, and what was recalculated before it, into one split.

    Parameters
    ----------
    why : Reasons
        Of the present catalog.
    draws : int
    way : Walk, optional
        From the catalog that the base year was published with to the present one, for the base year and the total.
    """
    out = Explained()
    if way is not None:
        for kind, name in RECALCULATED.items():
            x = way.of_kind(kind)
            if name in _REQUIRED or x.any():
                out.effects[name], out.stages[name] = x, _RECALCULATION
    found: Mapping[str, Array] = why.effects.get(("total", "total"), {})
    for name in EFFECTS:
        x = found.get(name, np.zeros(draws))
        if name in ALWAYS or x.any():
            out.effects[name], out.stages[name] = x, _CHANGE
    return out


def effect_row(name: str, x: Array, replicated: bool) -> dict[str, Any]:
    """Describe an effect; `company` is false for what changes without the company."""
    return {"effect": name, **levels.statistics(x, replicated), "company": name not in NOT_COMPANY}


def group_rows(why: Reasons, replicated: bool) -> list[dict[str, Any]]:
    """Give the change between the years by ledger, family and region."""
    whole = why.effects.get(("total", "total"), {})
    shown = [name for name in EFFECTS if name in ALWAYS or (name in whole and whole[name].any())]
    return [
        {"by": by, "group": group, **effect_row(name, why.effects[by, group][name], replicated)}
        for by, group in sorted(why.effects)
        if by != "total"
        for name in shown
        if name in why.effects[by, group]
    ]
