"""What a design is measured by: a unit sold, an hour or cycle of service, a year of life, all that is sold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from usephase.catalog.resolve import Resolved
from usephase.insight.comparison.pairing import Outcome

KG_PER_T = 1000.0
PER = ("unit", "service", "year", "portfolio")
"""Measures, in the order of the tables; "portfolio" is in t CO2e, the others in kg CO2e."""


@dataclass(frozen=True)
class Quantity:
    """Hold what a product, or several together, give: tonnes (and Category 11 of them), units, service, years."""

    tonnes: np.ndarray
    use: np.ndarray
    units: np.ndarray
    service: np.ndarray
    years: np.ndarray

    def per(self, measure: str, ledger: str = "total") -> np.ndarray:
        """Give the figure by a measure; NaN where there is nothing to divide by. Shape (draw,)."""
        tonnes = {"total": self.tonnes, "category_11": self.use, "category_12": self.tonnes - self.use}[ledger]
        return tonnes if measure == "portfolio" else tonnes * ratio(self, measure)


NAMES = ("tonnes", "use", "units", "service", "years")


def ratio(quantity: Quantity, measure: str) -> np.ndarray:
    """Give the factor from tonnes to a measure; NaN where there is nothing to divide by. Shape (draw,)."""
    if measure == "portfolio":
        return np.ones_like(quantity.tonnes)
    below = {"unit": quantity.units, "service": quantity.service, "year": quantity.years}[measure]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, KG_PER_T / below, np.nan)


def together(outcomes: Iterable[Outcome | Quantity], size: int) -> Quantity:
    """Add up what several products give."""
    parts = list(outcomes)
    sums = [sum((getattr(part, name) for part in parts), start=np.zeros(size)) for name in NAMES]
    return Quantity(*sums)


def service_units(resolved: Resolved) -> Mapping[str, str]:
    """Say what the service of each product is counted in: ``mowing, h``; "" where it has none."""
    profiles = resolved.tables["use_profiles"].frame
    units = {
        (p, m): u.split("/")[0] if u != "rest" else "h"
        for p, m, u in zip(profiles["use_profile"], profiles["mode"], profiles["amount_unit"], strict=True)
    }
    products, segments = resolved.tables["products"].frame, resolved.tables["segments"].frame
    profile_of = dict(zip(segments["product"], segments["use_profile"], strict=True))
    out = {}
    for name, profile, mode in zip(products["product"], products["use_profile"], products["service_mode"], strict=True):
        unit = units.get((profile or profile_of.get(name, ""), mode), "")
        out[str(name)] = f"{mode}, {unit}" if mode and unit else ""
    return out


def unit_of(measure: str, service: str = "") -> str:
    """Name the unit of a measure; `service` is what the service is counted in."""
    return {
        "unit": "kg CO2e/unit", "service": f"kg CO2e/{service.rpartition(', ')[2] or 'service'}",
        "year": "kg CO2e/year", "portfolio": "t CO2e",
    }[measure]  # fmt: skip
