"""The slow twin: every figure of one draw, straight from the equations, in plain loops.

``evaluate`` gives (figures, service): figures by (ledger, grid_basis, boundary, phase, by, group) in t CO2e,
services by (product, ledger, grid_basis, boundary) in kg CO2e per hour or cycle.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.reference.twin_archetypes import written_out
from tests.reference.twin_cells import RATE_UNITS, Cell, Draw, Row, Tables, labels, unit_of
from tests.reference.twin_grid import PARTS, Grid
from tests.reference.twin_life import Life, hermetic_charge, schedule
from tests.reference.twin_use import User, amount_a_year, drawn_a_year, life_of, life_row, profile_rows, users
from tests.reference.twin_waste import Waste

Key = tuple[str, str | None, str | None, str | None, str, str]
ServiceKey = tuple[str, str, str, str]
BASES = ("projected", "frozen")
BOUNDARIES = ("minimum", "life_cycle")
COUNTED_IN_MINIMUM = {"generation", "combustion", "refrigerant"}


@dataclass(frozen=True)
class Sold:
    """Units of a product to one kind of user in one region and sale year."""

    user: User
    region: str
    year: int
    units: float
    rows: Mapping[str, Row]
    life: Life | None
    service: list[float]
    retired: list[float]


class Twin:
    """Sums of one draw."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.grid = Grid(draw)
        self.waste = Waste(draw)
        self.labels = labels(draw.tables)
        self.kg: dict[Key, float] = defaultdict(float)
        self.service_amount: dict[str, float] = defaultdict(float)
        self.lives: dict[tuple[str, str, str, str], tuple[Life, list[float], list[float]]] = {}

    # what is sold -------------------------------------------------------------------------------------------------

    def cohorts(self) -> list[Sold]:
        """Everything sold up to the reporting year, by kind of user."""
        sold = []
        for sale in self.draw.rows("sales"):
            if int(sale["year"]) > self.draw.reporting_year:
                continue
            units = self.draw.number("sales", sale, "units")
            for user in users(self.draw, self.draw.row("products", product=sale["product"])):
                life, service, retired = self.life(user, sale["region"], int(sale["year"]))
                rows = profile_rows(self.draw, user.use_profile, sale["region"]) if user.use_profile else {}
                cohort = (user, sale["region"], int(sale["year"]), units * user.share)
                sold.append(Sold(*cohort, rows, life, service, retired))
        return sold

    def life(self, user: User, region: str, year: int) -> tuple[Life | None, list[float], list[float]]:
        """Life, years in service and retirements; a product without a life is discarded in its sale year."""
        if not user.lifetime:
            return None, [], [1.0]
        row = life_row(self.draw, user.lifetime, year)
        key = (user.product["product"], user.segment, region, row.get("from_year", ""))
        if key not in self.lives:
            life = life_of(self.draw, row, user, region)
            self.lives[key] = (life, *schedule(life, self.draw.timing))
        return self.lives[key]

    # category 11 --------------------------------------------------------------------------------------------------

    def use_phase(self, sold: Sold) -> None:
        """Electricity and fuel of one cohort."""
        product = sold.user.product
        allocation = self.draw.number("products", product, "allocation")
        change = self.draw.number("products", product, "annual_use_change")
        used = [years * (1 + change) ** k for k, years in enumerate(sold.service)]
        for mode in self.draw.rows("modes", product=product["product"]):
            yearly = unit_of(mode["rate"], mode.get("rate_unit", ""), RATE_UNITS) == "kWh/year"
            if sold.life is None or not (yearly or mode["mode"] in sold.rows):
                continue
            amount = 1.0 if yearly else amount_a_year(self.draw, sold.rows, mode["mode"], sold.life.mean_years)
            a_year = sold.units * allocation * drawn_a_year(self.draw, mode, amount)
            phase = mode.get("phase", "") or "direct"
            quantity = [a_year * years for years in used]
            if mode["carrier"] == "electricity":
                for basis in BASES:
                    for part in PARTS:
                        factors = [
                            self.grid.parts(sold.region, sold.year + (k if basis == "projected" else 0))[part]
                            for k in range(len(used))
                        ]
                        kg = [kwh * factor for kwh, factor in zip(quantity, factors, strict=True)]
                        self.book_use(sold, basis, phase, part, mode["mode"], kg)
                continue
            carrier = self.draw.row("carriers", carrier=mode["carrier"])
            for part, column in (("combustion", "combustion"), ("fuel_upstream", "upstream")):
                factor = self.draw.number("carriers", carrier, column)
                for basis in BASES:
                    self.book_use(sold, basis, phase, part, mode["mode"], [amount * factor for amount in quantity])
            if phase == "direct":
                biogenic = self.draw.number("carriers", carrier, "biogenic")
                groups = {"component": "combustion", "mode": mode["mode"]}
                self.book("biogenic_co2", None, None, None, sold, [amount * biogenic for amount in quantity], groups)
        if sold.year == self.draw.reporting_year and product.get("service_mode", "") and sold.life is not None:
            amount = amount_a_year(self.draw, sold.rows, product["service_mode"], sold.life.mean_years)
            self.service_amount[product["product"]] += sold.units * amount * sum(used)

    def refrigerants(self, sold: Sold) -> None:
        """Leaks in use (Category 11) and losses at the end of life (Category 12)."""
        product = sold.user.product
        allocation = self.draw.number("products", product, "allocation")
        for row in self.draw.rows("refrigerants", product=product["product"]):
            gwp = self.draw.number("gases", self.draw.row("gases", gas=row["gas"]), "gwp")
            charge = sold.units * self.draw.number("refrigerants", row, "charge") * gwp
            leak = charge * allocation * self.draw.number("refrigerants", row, "annual_leak")
            lost = charge * self.draw.number("refrigerants", row, "end_of_life_loss")
            charged, discarded = list(sold.service), list(sold.retired)
            if row.get("service", "") == "hermetic":
                rate = self.draw.number("refrigerants", row, "annual_leak")
                charged, discarded = hermetic_charge(rate, sold.service, sold.retired, self.draw.timing)
            for basis in BASES:
                kg = [leak * years for years in charged]
                self.book_use(sold, basis, "direct", "refrigerant", "refrigerant", kg)
            kg = [lost * share for share in discarded]
            self.book_waste("category_12", sold, kg, "refrigerant", "refrigerant")

    # category 12 --------------------------------------------------------------------------------------------------

    def end_of_life(self, sold: Sold) -> None:
        """Materials and packaging of one cohort."""
        product = sold.user.product
        rows = list(self.draw.rows("materials", product=product["product"]))
        scale = 1.0
        if product.get("mass"):
            inside = [self.draw.number("materials", row, "mass") for row in rows if row["part"] != "packaging"]
            scale = self.draw.number("products", product, "mass") / sum(inside)
        for row in rows:
            mass = sold.units * self.draw.number("materials", row, "mass")
            mass *= 1.0 if row["part"] == "packaging" else scale
            discarded = [1.0] if row["part"] == "packaging" else sold.retired
            by_year = [self.waste.per_kg(sold.region, row["material"], sold.year + k) for k in range(len(discarded))]
            for route in {route for routes in by_year for route in routes}:
                for ledger, column in (("category_12", "factor"), ("avoided", "avoided"), ("biogenic_co2", "biogenic")):
                    kg = [mass * share * by_year[k][route][column] for k, share in enumerate(discarded)]
                    self.book_waste(ledger, sold, kg, route, row["material"])

    # books --------------------------------------------------------------------------------------------------------

    def book_use(self, sold: Sold, basis: str, phase: str, part: str, mode: str, kg: Sequence[float]) -> None:
        """Book a part of Category 11 where it counts."""
        for boundary in BOUNDARIES:
            if boundary == "minimum" and part not in COUNTED_IN_MINIMUM:
                continue
            self.book("category_11", basis, boundary, phase, sold, kg, {"component": part, "mode": mode})
            if phase == "direct":
                self.book("total", basis, boundary, None, sold, kg, {"component": part})

    def book_waste(self, ledger: str, sold: Sold, kg: Sequence[float], route: str, material: str) -> None:
        """Book an end-of-life figure; Category 12 is the same on every basis and boundary."""
        self.book(ledger, None, None, None, sold, kg, {"component": route, "material": material})
        if ledger == "category_12":
            for basis in BASES:
                for boundary in BOUNDARIES:
                    self.book("total", basis, boundary, None, sold, kg, {"component": route})

    def book(
        self,
        ledger: str,
        basis: str | None,
        boundary: str | None,
        phase: str | None,
        sold: Sold,
        kg: Sequence[float],
        groups: Mapping[str, str],
    ) -> None:
        """Add the emissions of the calendar years y, y + 1, … to every grouping."""
        head = (ledger, basis, boundary, phase)
        if phase in (None, "direct"):
            for k, emitted in enumerate(kg):
                self.kg[*head, "calendar_year", str(sold.year + k)] += emitted
        if sold.year != self.draw.reporting_year:
            return
        product, lifetime_kg = sold.user.product, math.fsum(kg)
        family = product.get("family", "")
        everywhere = {
            "total": "total",
            "product": product["product"],
            "family": family,
            "region": sold.region,
            "segment": sold.user.segment,
            "coverage": "listed",
        }
        for by, group in (everywhere | {label: product.get(label, "") for label in self.labels} | groups).items():
            self.kg[*head, by, group] += lifetime_kg
        for row in self.draw.rows("coverage", family=family):
            covered = self.draw.number("coverage", row, "covered")
            self.kg[*head, "coverage", "extrapolated"] += lifetime_kg * (1 / covered - 1)


def evaluate(
    settings: Mapping[str, Any], tables: Tables, cell: Cell, scenario: str
) -> tuple[dict[Key, float], dict[ServiceKey, float]]:
    """Compute all figures [t CO2e] and services [kg CO2e] of one draw."""
    twin = Twin(Draw(settings, written_out(tables), cell, scenario))
    for sold in twin.cohorts():
        twin.use_phase(sold)
        twin.refrigerants(sold)
        twin.end_of_life(sold)
    service = {}
    for product, amount in twin.service_amount.items():
        waste = twin.kg.get(("category_12", None, None, None, "product", product), 0.0)
        for basis in BASES:
            for boundary in BOUNDARIES:
                use = twin.kg.get(("category_11", basis, boundary, "direct", "product", product), 0.0)
                service[product, "category_11", basis, boundary] = use / amount
                service[product, "category_12", basis, boundary] = waste / amount
                service[product, "total", basis, boundary] = (use + waste) / amount
    return {key: kg / 1000.0 for key, kg in twin.kg.items()}, service
