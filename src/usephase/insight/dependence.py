"""Which cells each leaf of a tape depends on."""

from dataclasses import fields, is_dataclass
from typing import Any

from usephase.engine.cells import Ref
from usephase.engine.plan import Plan
from usephase.insight.tape import Key
from usephase.model.energy import carrier_units_per

NONE: frozenset[int] = frozenset()


def cells_in(part: Any) -> frozenset[int]:
    """Collect the cells that a part of a plan refers to."""
    if isinstance(part, Ref):
        return frozenset((part.cell,)) if part.cell >= 0 else NONE
    if isinstance(part, tuple | list):
        return NONE.union(*map(cells_in, part))
    if is_dataclass(part):
        return NONE.union(*(cells_in(getattr(part, f.name)) for f in fields(part)))
    return NONE


class Dependence:
    """Tell which cells a leaf depends on.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._known: dict[Key, frozenset[int]] = {}
        self._local: dict[Key, bool] = {}

    def __call__(self, key: Key) -> frozenset[int]:
        """Give the cells below a leaf, or a part of one."""
        if key not in self._known:
            self._known[key] = self._find(*key)
        return self._known[key]

    def local(self, key: Key) -> bool:
        """Tell whether a leaf depends on cells of a single product."""
        if key not in self._local:
            group = self.plan.cells.group
            self._local[key] = any(group[c].startswith("product:") for c in self(key))
        return self._local[key]

    def _find(self, kind: Any, *args: Any) -> frozenset[int]:
        plan = self.plan
        if kind in ("cell", "inverse"):
            return frozenset(args)
        if kind == "one":
            return NONE
        if kind == "share":
            return frozenset(cell for cell, _ in args[0] if cell >= 0)
        if kind == "rest":
            return cells_in(plan.profiles[args[0]]) | (self(("curve", args[1])) if args[1] >= 0 else NONE)
        if kind == "curve":
            curve = plan.curves[args[0]]
            return cells_in(curve) | (self(("rest", curve.wear_profile, -1)) if curve.wear_profile >= 0 else NONE)
        if kind in ("life", "per_life"):
            return self(("curve", args[0]))
        if kind in ("used", "years"):
            return self(("curve", args[0])) | ({args[1][0]} if args[1][0] >= 0 else NONE)
        if kind == "path":
            return self._path(*args)
        if kind == "grid":
            return self(("used", *args[:2])) | self._path(*args[2:])
        if kind == "sale":
            return self._path(*args)
        if kind == "error":
            zone = plan.zones[args[0]]
            return cells_in((zone and zone.error, plan.scenario))
        if kind in ("gross", "lost"):
            zone = plan.zones[args[0]]
            return cells_in(zone and zone.loss)
        if kind == "carrier_units":
            carrier = plan.carriers[args[0]]
            if carrier_units_fixed(args[1], carrier.unit):
                return NONE
            return cells_in((carrier.density, carrier.heating_value))
        assert kind == "fate", kind
        return self._fate(*args)

    def _path(self, z: int, part: str) -> frozenset[int]:
        zone = self.plan.zones[z]
        assert zone is not None
        refs = [path.intensity if part == "intensity" else path.upstream for path in zone.paths]
        return cells_in((self.plan.trend, zone.trend, self.plan.scenario, [r for r in refs if r]))

    def _fate(self, z: int, material: int, ledger: str, route: int, curve: int) -> frozenset[int]:
        waste = self.plan.waste[z, material]
        column = _COLUMNS[ledger]
        factors = [getattr(t, column) for t in waste.treatments]
        return cells_in((waste.shares, factors)) | (self(("curve", curve)) if curve >= 0 else NONE)


_COLUMNS = {"category_12": "factor", "avoided": "avoided", "biogenic_co2": "biogenic"}


def carrier_units_fixed(rate_unit: str, unit: str) -> bool:
    """Tell whether a rate turns into a carrier's unit without density and heating value."""
    try:
        carrier_units_per(rate_unit, unit, None, None)
    except ValueError:
        return False
    return True
