"""Compile a resolved catalog into a plan."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.resolve import Resolved
from usephase.catalog.schema import YEARLY_UNIT
from usephase.engine.plan.cells import CellBook, Ref
from usephase.engine.plan.lookup import NO_ROWS, Columns, Index, rows_by
from usephase.engine.plan.records import (
    MODE_CELLS,
    ONCE_A_YEAR,
    PHASES,
    AmountPlan,
    CarrierPlan,
    CasePlan,
    CurvePlan,
    MassPlan,
    ModePlan,
    PathPlan,
    Plan,
    ProductPlan,
    RefrigerantPlan,
    SegmentPlan,
    SharePlan,
    TreatmentPlan,
    Units,
    WastePlan,
    ZonePlan,
)
from usephase.heap import uncollected
from usephase.model.lifetime import survival_curves

ELECTRICITY = "electricity"
_BY_PRODUCT = ("segments", "modes", "sales", "refrigerants", "materials")


def compile_plan(
    resolved: Resolved,
    year: int | None = None,
    by: tuple[str, ...] = (),
    calendar: bool = True,
    book: CellBook | None = None,
) -> Plan:
    """Compile a catalog for the figures of one sale year.

    Parameters
    ----------
    resolved : Resolved
    year : int, optional
        The sale year; default the reporting year.
    by : tuple of str
        Labels of products to group by besides the family.
    calendar : bool
        Whether the calendar view is wanted.
    book : CellBook, optional
        The cells, if they are not simply the uncertain ones of the catalog.
    """
    year = year or resolved.catalog.settings.reporting_year
    with uncollected():
        return _Compiler(resolved, year, by, calendar, book or CellBook(resolved)).plan()


class _Compiler:
    def __init__(self, resolved: Resolved, year: int, by: tuple[str, ...], calendar: bool, book: CellBook) -> None:
        self.resolved = resolved
        self.settings = resolved.catalog.settings
        self.year = year
        self.by = by
        self.calendar = calendar
        self.book = book
        self.regions = Index(tuple(sorted(resolved.regions)))
        self.zones = Index(tuple(sorted({z for zones in resolved.regions.values() for z, _ in zones})))
        self.segments, self.modes, self.materials = Index(), Index(), Index()
        self.routes = Index()
        self.carriers: dict[str, int] = {}
        self.carrier_plans: list[CarrierPlan] = []
        self.profile_at: dict[tuple[int, ...], int] = {}
        self.profiles: list[tuple[AmountPlan, ...]] = []
        self.curve_at: dict[Any, int] = {}
        self.curves: list[CurvePlan] = []
        self.curve_uses: Counter[int] = Counter()
        self.electric_zones: set[int] = set()
        self.frames = {name: table.frame for name, table in resolved.tables.items()}
        self.rows = {name: rows_by(self.frames[name]["product"]) for name in _BY_PRODUCT}
        self.profile_rows = rows_by(self.frames["use_profiles"]["use_profile"])
        self.life_rows = rows_by(self.frames["lifetimes"]["lifetime"])
        self.columns = {name: Columns(frame) for name, frame in self.frames.items()}
        self.points = survival_curves(self.frames["survival"])
        self.sale_region, self.sale_year = self._sales()
        profile, region = (self.columns["use_profiles"][name] for name in ("use_profile", "region"))
        self.regional = set(profile[region != ""].tolist())
        self.places: dict[tuple[int, ...], tuple[int, ...]] = {}
        self.zones_of: dict[tuple[int, ...], frozenset[int]] = {}

    def _sales(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the region's number and the year of every sale."""
        frame = self.frames["sales"]
        codes, names = pd.factorize(frame["region"])
        return np.array([self.regions(name) for name in names], dtype=np.int64)[codes], frame["year"].to_numpy()

    def plan(self) -> Plan:
        products = tuple(filter(None, (self._product(i) for i in range(len(self.frames["products"])))))
        sale_years = [y for p in products for y in p.sales]
        settings, book = self.settings, self.book
        waste = self._waste(products)
        return Plan(
            cells=book.cells, year=self.year, reporting_year=settings.reporting_year,
            first_year=min(sale_years, default=self.year), timing=settings.sales_timing,
            grid_basis=settings.grid_basis, boundary=settings.boundary, level=book.need("settings", 0, "level"),
            trend=book.need("settings", 0, "trend"), scenario=book.scenario, scenarios=book.scenarios,
            regions=self.regions.names,
            region_zones=tuple(
                tuple((self.zones(zone), weight) for zone, weight in self.resolved.regions[region])
                for region in self.regions.names
            ),
            zone_names=self.zones.names,
            zones=tuple(
                self._zone(name) if z in self.electric_zones else None for z, name in enumerate(self.zones.names)
            ),
            carriers=tuple(self.carrier_plans), profiles=tuple(self.profiles), curves=tuple(self.curves),
            products=products, segment_names=self.segments.names, mode_names=self.modes.names,
            materials=self.materials.names, routes=self.routes.names, waste=waste, label_names=self.by,
            coverage={
                family: covered
                for i, family in enumerate(self.frames["coverage"]["family"])
                if (covered := book.ref("coverage", i, "covered")) is not None  # refused, of a family without sales
            },
            calendar=self.calendar, curve_uses=tuple(self.curve_uses[i] for i in range(len(self.curves))),
        )  # fmt: skip

    def _product(self, i: int) -> ProductPlan | None:
        book, columns = self.book, self.columns["products"]
        name = columns["product"][i]
        mine = {table: self.rows[table].get(name, NO_ROWS) for table in _BY_PRODUCT}
        sales = self._units(mine["sales"])
        if not sales:
            return None
        sold = self._places(sales)
        modes = tuple(self._mode(row) for row in mine["modes"].tolist())
        if any(mode.carrier < 0 for mode in modes):
            self.electric_zones |= self._zones(sold)
        profile, life = columns["use_profile"][i], columns["lifetime"][i]
        seg = self.columns["segments"]
        parts: list[tuple[str, Ref | None, str, str]] = [
            (seg["segment"][row], book.need("segments", row, "share"), seg["use_profile"][row] or profile,
             seg["lifetime"][row] or life)
            for row in mine["segments"].tolist()
        ] or [("", None, profile, life)]  # fmt: skip
        return ProductPlan(
            name=name, use_change=book.need("products", i, "annual_use_change"),
            allocation=book.need("products", i, "allocation"), service_mode=columns["service_mode"][i],
            family=columns["family"][i], labels=tuple(str(columns[label][i]) for label in self.by),
            segments=tuple(
                SegmentPlan(self.segments(group), share, self._cases(sold, modes, uses, self._lives(lasts, sales)))
                for group, share, uses, lasts in parts
            ),
            modes=modes,
            refrigerants=tuple(self._refrigerant(row) for row in mine["refrigerants"].tolist()),
            masses=tuple(self._mass(row) for row in mine["materials"].tolist()),
            sales=sales, mass=book.ref("products", i, "mass"),
        )  # fmt: skip

    def _units(self, rows: np.ndarray) -> dict[int, Units]:
        """Give the units that sale rows hold, by sale year and region, both ascending."""
        sales: dict[int, dict[int, Ref]] = defaultdict(dict)
        units = self.book.refs("sales", "units")
        years, regions = self.sale_year[rows].tolist(), self.sale_region[rows].tolist()
        for row, year, region in zip(rows.tolist(), years, regions, strict=True):
            if year == self.year or (self.calendar and year < self.year):
                ref = units[row]
                assert ref is not None, f"sales row {row} has no units"
                sales[year][region] = ref
        out = {}
        for year in sorted(sales):
            sold = tuple(sorted(sales[year]))
            out[year] = Units(self.places.setdefault(sold, sold), tuple(sales[year][region] for region in sold))
        return out

    def _mode(self, row: int) -> ModePlan:
        book, columns = self.book, self.columns["modes"]
        unit, yearly = columns["rate_unit"][row], columns["rate_unit"][row] == YEARLY_UNIT
        return ModePlan(
            mode=self.modes(columns["mode"][row]), name=columns["mode"][row],
            used=ONCE_A_YEAR if yearly else columns["mode"][row],
            phase=PHASES.index(columns["phase"][row]), carrier=self._carrier(columns["carrier"][row]),
            rate_unit="kWh/cycle" if yearly else unit,
            cells=tuple(book.need("modes", row, column) for column in MODE_CELLS),
        )  # fmt: skip

    def _carrier(self, name: str) -> int:
        if name == ELECTRICITY:
            return -1
        if name not in self.carriers:
            row = int(np.flatnonzero(self.columns["carriers"]["carrier"] == name)[0])
            book = self.book
            self.carriers[name] = len(self.carrier_plans)
            self.carrier_plans.append(
                CarrierPlan(
                    unit=self.columns["carriers"]["unit"][row],
                    combustion=book.need("carriers", row, "combustion"),
                    upstream=book.need("carriers", row, "upstream"),
                    biogenic=book.need("carriers", row, "biogenic"),
                    density=book.ref("carriers", row, "density"),
                    heating_value=book.ref("carriers", row, "heating_value"),
                )
            )
        return self.carriers[name]

    def _places(self, sales: Mapping[int, Mapping[int, Ref]]) -> tuple[int, ...]:
        """Give the regions of all sale years, ascending; the same ones are one tuple."""
        found = tuple(sorted(set().union(*sales.values())))
        return self.places.setdefault(found, found)

    def _zones(self, sold: tuple[int, ...]) -> frozenset[int]:
        """Give the zones of regions."""
        if sold not in self.zones_of:
            names = self.regions.names
            self.zones_of[sold] = frozenset(
                self.zones(zone) for r in sold for zone, _ in self.resolved.regions[names[r]]
            )
        return self.zones_of[sold]

    def _cases(
        self, sold: tuple[int, ...], modes: tuple[ModePlan, ...], profile: str, lives: list[tuple[int, int]]
    ) -> tuple[CasePlan, ...]:
        """Split the regions by the profile rows that hold there."""
        profiles: dict[int, list[int]] = defaultdict(list)
        yearly = any(mode.used == ONCE_A_YEAR for mode in modes)
        if profile in self.regional:
            names = self.regions.names
            for region in sold:
                profiles[self._profile(profile, names[region], yearly)].append(region)
        else:
            profiles[self._profile(profile, "", yearly) if profile or yearly else -1] = list(sold)
        cases = []
        for used, regions in profiles.items():
            curves = tuple((first, self._curve(row, used, modes)) for first, row in lives)
            self.curve_uses.update(curve for _, curve in curves)
            cases.append(CasePlan(sold if len(regions) == len(sold) else tuple(regions), used, curves))
        return tuple(cases)

    def _profile(self, name: str, region: str, yearly: bool) -> int:
        columns = self.columns["use_profiles"]
        rows: dict[str, int] = {}
        for row in self.profile_rows.get(name, NO_ROWS).tolist():
            own = columns["region"][row]
            mode = columns["mode"][row]
            if own == region or (own == "" and mode not in rows):
                rows[mode] = row
        chosen = (yearly, *(rows[mode] for mode in sorted(rows)))
        if chosen not in self.profile_at:
            self.profile_at[chosen] = len(self.profiles)
            amounts = [
                AmountPlan(columns["mode"][row], columns["amount_unit"][row], self._amount(row)) for row in chosen[1:]
            ]
            once = [AmountPlan(ONCE_A_YEAR, "cycle/year", Ref(-1, 1.0))] if yearly else []
            self.profiles.append((*amounts, *once))
        return self.profile_at[chosen]

    def _amount(self, row: int) -> Ref | None:
        rest = self.columns["use_profiles"]["amount_unit"][row] == "rest"
        return None if rest else self.book.need("use_profiles", row, "amount")

    def _lives(self, life: str, years: Iterable[int]) -> list[tuple[int, int]]:
        """Give the rows of a life that hold for one of the sale years, each after the year from which it holds."""
        from_year = self.columns["lifetimes"]["from_year"]
        rows = {int(from_year[row]): int(row) for row in self.life_rows.get(life, NO_ROWS)}
        held = {max((first for first in rows if first <= year), default=None) for year in years}
        return sorted((first, rows[first]) for first in held if first is not None)

    def _curve(self, row: int, profile: int, modes: tuple[ModePlan, ...]) -> int:
        columns, book = self.columns["lifetimes"], self.book
        unit, mode = columns["unit"][row], columns["mode"][row]
        wear, load, wear_profile = None, None, -1
        if unit != "year":
            wear = next(a for a in self.profiles[profile] if a.mode == mode)
            wear_profile = profile if wear.unit == "rest" else -1
            if unit == "full_load_hour":
                load = next(m.cell("load") for m in modes if m.name == mode)
        # nan ≠ nan: references are compared by what they point to.
        key = (row, wear and (wear.unit, wear.ref and wear.ref.cell, wear.ref and repr(wear.ref.value)), wear_profile,
               load and (load.cell, repr(load.value)))  # fmt: skip
        if key not in self.curve_at:
            self.curve_at[key] = len(self.curves)
            self.curves.append(
                CurvePlan(
                    distribution=columns["distribution"][row],
                    mean=book.ref("lifetimes", row, "mean"),
                    shape=book.ref("lifetimes", row, "shape"),
                    t50=book.ref("lifetimes", row, "t50"),
                    t90=book.ref("lifetimes", row, "t90"),
                    scale=book.ref("lifetimes", row, "scale"),
                    median=book.ref("lifetimes", row, "median"),
                    max_years=book.ref("lifetimes", row, "max_years"),
                    wear=wear,
                    wear_profile=wear_profile,
                    wear_load=load,
                    points=self.points.get((columns["lifetime"][row], int(columns["from_year"][row]))),
                )
            )
        return self.curve_at[key]

    def _refrigerant(self, row: int) -> RefrigerantPlan:
        gas = self.columns["refrigerants"]["gas"][row]
        at = int(np.flatnonzero(self.columns["gases"]["gas"] == gas)[0])
        book = self.book
        return RefrigerantPlan(
            gwp=book.need("gases", at, "gwp"),
            charge=book.need("refrigerants", row, "charge"),
            annual_leak=book.need("refrigerants", row, "annual_leak"),
            end_of_life_loss=book.need("refrigerants", row, "end_of_life_loss"),
            hermetic=self.columns["refrigerants"]["service"][row] == "hermetic",
        )

    def _mass(self, row: int) -> MassPlan:
        columns = self.columns["materials"]
        return MassPlan(
            self.materials(columns["material"][row]), columns["part"][row] == "packaging",
            self.book.need("materials", row, "mass"),
        )  # fmt: skip

    def _zone(self, name: str) -> ZonePlan:
        book, resolved = self.book, self.resolved
        row, source = resolved.zone_row[name], resolved.path_zone[name]
        error = resolved.path_error.get(source)
        return ZonePlan(
            level=book.need("zones", row, "level"),
            trend=book.need("zones", row, "trend"),
            loss=book.need("zones", row, "loss"),
            error=None if error is None else book.need("reference_grid", error, "level"),
            paths=tuple(self._path(resolved.paths[source, scenario]) for scenario in book.scenarios),
        )

    def _path(self, rows: np.ndarray) -> PathPlan:
        book = self.book
        upstream = tuple(book.need("grid", int(row), "upstream") for row in rows)
        return PathPlan(
            self.columns["grid"]["year"][rows].astype(int),
            tuple(book.need("grid", int(row), "intensity") for row in rows),
            None if all(ref == Ref(-1, 0.0) for ref in upstream) else upstream,
            bool(self.columns["grid"]["origin"][rows[0]] == "reference"),
        )

    def _waste(self, products: tuple[ProductPlan, ...]) -> dict[tuple[int, int], WastePlan]:
        discarded: dict[int, set[int]] = defaultdict(set)
        for product in products:
            zones = self._zones(self._places(product.sales))
            for material in {mass.material for mass in product.masses}:
                discarded[material] |= zones
        wanted = sorted((z, material) for material, zones in discarded.items() for z in zones)
        made: dict[tuple[Any, int], WastePlan] = {}
        out = {}
        for z, material in wanted:
            rows = self.resolved.waste[self.zones.names[z], self.materials.names[material]]
            key = (tuple(rows), material)
            if key not in made:
                made[key] = self._fate(rows, self.materials.names[material])
            out[z, material] = made[key]
        return out

    def _fate(self, rows: np.ndarray, material: str) -> WastePlan:
        book, eol, treat = self.book, self.columns["end_of_life"], self.columns["treatments"]
        by_route: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            by_route[eol["route"][row]].append(int(row))
        shares, treatments = [], []
        for route in sorted(by_route):
            mine = sorted(by_route[route], key=lambda row: eol["year"][row])
            years = np.array([eol["year"][row] for row in mine])
            shares.append(
                SharePlan(self.routes(route), years, tuple(book.need("end_of_life", r, "share") for r in mine))
            )
            fates = [int(r) for r in self.resolved.treatment[material, route]]
            treatments.append(
                TreatmentPlan(
                    np.array([treat["year"][r] for r in fates]),
                    *(tuple(book.need("treatments", r, c) for r in fates) for c in ("factor", "avoided", "biogenic")),
                )
            )
        dated = any(len(s.years) > 1 for s in shares) or any(len(t.years) > 1 for t in treatments)
        return WastePlan(tuple(shares), tuple(treatments), dated)
