"""The catalog compiled once into what the hot path needs: indices and references, no names, units or files."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from usephase.catalog.schema import TABLES
from usephase.engine.plan.cells import Ref
from usephase.model.lifetime import Points, Timing
from usephase.sampling.draws import Cells

PHASES = ("direct", "indirect", "maintenance")
MODE_CELLS = TABLES["modes"].value_columns


@dataclass(frozen=True, slots=True)
class ZonePlan:
    """A grid zone: its path in each scenario and what multiplies it."""

    level: Ref
    trend: Ref
    loss: Ref
    error: Ref | None
    paths: tuple["PathPlan", ...]


@dataclass(frozen=True, slots=True)
class PathPlan:
    """A zone's intensities by year in one scenario; `upstream` is None where there is none.

    `reference` says that the path is the package's, so that the zone's path error applies.
    """

    years: np.ndarray
    intensity: tuple[Ref, ...]
    upstream: tuple[Ref, ...] | None
    reference: bool


@dataclass(frozen=True, slots=True)
class CarrierPlan:
    """A carrier's factors a unit."""

    unit: str
    combustion: Ref
    upstream: Ref
    biogenic: Ref
    density: Ref | None
    heating_value: Ref | None


ONCE_A_YEAR = "\x1fonce a year"
"""The amount, in every profile that needs it, of modes whose rate is a year's energy: one cycle a year."""


@dataclass(frozen=True, slots=True)
class AmountPlan:
    """How much a mode is used; `ref` is None for the rest of the year."""

    mode: str
    unit: str
    ref: Ref | None


@dataclass(frozen=True, slots=True)
class CurvePlan:
    """A life: its distribution and, where it wears by use, what wears it."""

    distribution: str
    mean: Ref | None
    shape: Ref | None
    t50: Ref | None
    t90: Ref | None
    scale: Ref | None
    median: Ref | None
    max_years: Ref | None
    wear: AmountPlan | None = None
    wear_profile: int = -1
    wear_load: Ref | None = None
    points: Points | None = None


@dataclass(frozen=True, slots=True)
class ModePlan:
    """What a product draws in a mode; carrier −1 is electricity. `used` names the amount of it in a profile.

    `cells` are its uncertain values, in the order of `MODE_CELLS`.
    """

    mode: int
    name: str
    used: str
    phase: int
    carrier: int
    rate_unit: str
    cells: tuple[Ref, ...]

    def cell(self, column: str) -> Ref:
        """Find an uncertain value by its column."""
        return self.cells[MODE_CELLS.index(column)]


@dataclass(frozen=True, slots=True)
class CasePlan:
    """A product's segment in the regions where it is used alike: one profile, one life in each sale year.

    `curves` are lives, each with the sale year from which it holds, ascending; none where nothing is used.
    """

    regions: tuple[int, ...]
    profile: int
    curves: tuple[tuple[int, int], ...]

    def curve(self, year: int) -> int:
        """Give the life of what is sold in a year; −1 if there is none."""
        return next((curve for first, curve in reversed(self.curves) if first <= year), -1)


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """A kind of users; `share` is None when the product has no segments."""

    group: int
    share: Ref | None
    cases: tuple[CasePlan, ...]


@dataclass(frozen=True, slots=True)
class RefrigerantPlan:
    """A product's charge of a gas; what leaks of a hermetic one is not topped up."""

    gwp: Ref
    charge: Ref
    annual_leak: Ref
    end_of_life_loss: Ref
    hermetic: bool


@dataclass(frozen=True, slots=True)
class MassPlan:
    """A mass of one material in one part."""

    material: int
    packaging: bool
    mass: Ref


class Units(Mapping[int, Ref]):
    """Units by region. A dictionary takes four times as much, and a large catalog has one for each product and year.

    Parameters
    ----------
    regions : tuple of int
        Ascending; one tuple for all products that are sold in the same regions.
    refs : tuple of Ref
        The units sold there.
    """

    __slots__ = ("refs", "regions")

    def __init__(self, regions: tuple[int, ...], refs: tuple[Ref, ...]) -> None:
        self.regions, self.refs = regions, refs

    def __getitem__(self, region: int) -> Ref:
        at = bisect_left(self.regions, region)
        if at == len(self.regions) or self.regions[at] != region:
            raise KeyError(region)
        return self.refs[at]

    def __iter__(self) -> Iterator[int]:
        return iter(self.regions)

    def __len__(self) -> int:
        return len(self.regions)


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """A product: everything that its figures depend on."""

    name: str
    use_change: Ref
    allocation: Ref
    service_mode: str
    family: str
    labels: tuple[str, ...]
    segments: tuple[SegmentPlan, ...]
    modes: tuple[ModePlan, ...]
    refrigerants: tuple[RefrigerantPlan, ...]
    masses: tuple[MassPlan, ...]
    sales: Mapping[int, Units]
    """Units by sale year and region."""
    mass: Ref | None = None
    """What the masses that are no packaging are scaled to."""


@dataclass(frozen=True, slots=True)
class SharePlan:
    """A route's share over the years; no years: the same in all."""

    route: int
    years: np.ndarray
    share: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class TreatmentPlan:
    """A route's factors for a material over the years."""

    years: np.ndarray
    factor: tuple[Ref, ...]
    avoided: tuple[Ref, ...]
    biogenic: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class WastePlan:
    """The fate of one material in one zone."""

    shares: tuple[SharePlan, ...]
    treatments: tuple[TreatmentPlan, ...]
    dated: bool


@dataclass(frozen=True)
class Plan:
    """A whole catalog, compiled.

    Attributes
    ----------
    year : int
        The sale year whose figures are the inventory.
    calendar : bool
        Whether the calendar view over all sale years up to `year` is computed.
    """

    cells: Cells
    year: int
    reporting_year: int
    first_year: int
    timing: Timing
    grid_basis: str
    boundary: str
    level: Ref
    trend: Ref
    scenario: Ref
    scenarios: tuple[str, ...]
    regions: tuple[str, ...]
    region_zones: tuple[tuple[tuple[int, float], ...], ...]
    zone_names: tuple[str, ...]
    zones: tuple[ZonePlan | None, ...]
    carriers: tuple[CarrierPlan, ...]
    profiles: tuple[tuple[AmountPlan, ...], ...]
    curves: tuple[CurvePlan, ...]
    products: tuple[ProductPlan, ...]
    segment_names: tuple[str, ...]
    mode_names: tuple[str, ...]
    materials: tuple[str, ...]
    routes: tuple[str, ...]
    waste: dict[tuple[int, int], WastePlan]
    """Fate by zone and material."""
    label_names: tuple[str, ...]
    coverage: dict[str, Ref]
    calendar: bool = True
    curve_uses: tuple[int, ...] = field(default=())
