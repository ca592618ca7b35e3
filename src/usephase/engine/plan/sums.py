"""Named sums of draws: what the blocks of a run add up, and which of them are wanted."""

from dataclasses import dataclass

Key = tuple[str, ...]
"""``("component", phase, basis, component)``, ``("group", ledger, phase, by, group)``, ``("calendar", ledger, year)``
or ``("service", product)``; what else may be asked for is told by `Wanted`."""

LEDGERS = ("category_12", "avoided", "biogenic_co2")
"""What discarding adds to, in the order in which fates hold it."""
T_PER_KG = 1e-3
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
        Whether units and mass sold are summed for each of `years`.
    stock : bool
        Whether units in service are summed by calendar year, of `years` up to the reporting year.
    lives : bool
        Whether units that have a life, and their years in service, are summed by family.
    chained : bool
        Whether the chains of factors that lead to the emissions of each of `years` are summed, by family and region.
    by_product : bool
        Whether every product has chains of its own.
    counts : bool
        Whether units sold and years in service of each product are summed.
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
    counts: bool = False

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


INVENTORY = Wanted()
"""All figures of the plan's year."""
