"""Named sums of draws: what the blocks of a run add up, and which of them are wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Key = tuple[str, ...]
"""``("component", phase, basis, component)``, ``("group", ledger, phase, by, group)``, ``("calendar", ledger, year)``
or ``("service", product)``; what else may be asked for is told by `Wanted`. Under one grid scenario alone a name begins
with ``("scenario", name)``."""

LEDGERS = ("category_12", "avoided", "biogenic_co2")
"""What discarding adds to, in the order in which fates hold it."""
COUNTED = {
    "minimum": ("generation", "combustion", "refrigerant"),
    "life_cycle": ("generation", "losses", "upstream", "combustion", "fuel_upstream", "refrigerant"),
}
"""Components of Category 11 that each boundary counts."""
COMPONENTS = COUNTED["life_cycle"]
ON_GRID = ("generation", "losses", "upstream")
T_PER_KG = 1e-3
SCENARIO = "scenario"
"""What the names of sums under one grid scenario begin with."""
SERVICE = "service"
"""The grouping of what renders a service, by its unit."""


@dataclass(frozen=True)
class Wanted:
    """Choose the sums of a program.

    Attributes
    ----------
    years : tuple of int
        Sale years whose sums are named apart, as ``("sold", year, …)``: direct use and Category 12 of each. None of
        them: the inventory of the plan's year, in full.
    by : frozenset of str or None
        Groupings; None: all but `SERVICE`.
    methods : bool
        Whether the components on both grid bases are wanted.
    calendar : frozenset of int
        Of `years` those whose calendar view is wanted, by sale year.
    units : bool
        Whether units and mass sold are summed for each of `years`, in all and by region.
    stock : bool
        Whether units in service are summed by calendar year, of `years` up to the reporting year.
    lives : bool
        Whether units that have a life, and their years in service, are summed by family.
    chained : bool
        Whether the chains of factors that lead to the emissions of each of `years` are summed, by family and region.
    by_product : bool
        Whether every product has chains of its own.
    by_segment : bool
        Whether every kind of user has chains of its own: the last word of their names.
    counts : bool
        Whether units sold and years in service of each product are summed.
    apart : frozenset of str
        Groupings of Category 11 on the headline that are wanted under each grid scenario alone as well, of several;
        ``component``: the components on the grid that the headline counts.
    """

    years: tuple[int, ...] = ()
    by: frozenset[str] | None = None
    methods: bool = True
    calendar: frozenset[int] = frozenset()
    units: bool = False
    stock: bool = False
    lives: bool = False
    chained: bool = False
    by_product: bool = False
    by_segment: bool = False
    counts: bool = False
    apart: frozenset[str] = frozenset()

    def named(self, year: int) -> Key:
        """Give what the names of a sale year's sums begin with."""
        return ("sold", str(year)) if self.years else ()

    @property
    def of_cases(self) -> bool:
        """Tell whether anything is wanted that depends on who uses a product."""
        return self.emissions or self.chained or self.stock or self.lives or self.counts or bool(self.calendar)

    def groups(self, by: str) -> bool:
        """Tell whether a grouping is wanted."""
        return by != SERVICE if self.by is None else by in self.by

    @property
    def emissions(self) -> bool:
        """Tell whether any emissions are wanted as plain sums."""
        return self.by is None or bool(self.by) or self.methods


INVENTORY = Wanted(apart=frozenset({"component"}))
"""All figures of the plan's year."""


def under(scenario: str, sums: Mapping[Key, T]) -> dict[Key, T]:
    """Give sums as they are under one grid scenario, for all draws: its own, and those that no scenario changes."""
    its = {key[2:]: x for key, x in sums.items() if key[0] == SCENARIO and key[1] == scenario}
    return {**{key: x for key, x in sums.items() if key[0] != SCENARIO}, **its}
