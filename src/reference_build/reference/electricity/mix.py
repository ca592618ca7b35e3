"""Direct and upstream intensity of generation from the mix of technologies, and the robust trend of that mix."""

import math
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median

from reference.common import read

FOSSIL = ("coal", "gas", "oil")
TECHNOLOGIES = (*FOSSIL, "bioenergy", "hydro", "nuclear", "solar", "wind", "other_renewables")
GROSS_OR_NET = 0.04
"""Half-width, 95 %, of statistics that count generation before or after the plants' own use."""
WINDOW = 10
"""Years that a trend is taken of, and years that it is carried on."""
NO_CLEAN_MIX = 0.025
"""Upstream of clean plants where a zone has hardly any: between sun, water and wind. [kg/kWh]"""

Mix = dict[str, float]


@dataclass(frozen=True)
class Factor:
    """Direct or upstream emissions of a technology in a zone: best value and 95 % half-width. [kg/kWh]"""

    value: float
    half_width: float


@dataclass(frozen=True)
class Split:
    """What a mix emits at the stacks and before: values and the 95 % half-width of the first. [kg/kWh]"""

    direct: float
    upstream: float
    direct_95: float


class Mixes:
    """Shares of technologies by zone and year, and what each technology emits there."""

    def __init__(self, raw: Path) -> None:
        folder = raw / "electricity"
        self.shares: dict[str, dict[int, Mix]] = {}
        for row in read(folder, "grid_generation_mix"):
            years = self.shares.setdefault(row["zone"], {})
            years[int(row["year"])] = {name: float(row[name]) for name in TECHNOLOGIES}
        self._factors: dict[tuple[str, str, str], Factor] = {}
        for row in read(folder, "technology_factors_direct_upstream"):
            for kind in ("direct", "upstream"):
                half = (float(row[f"{kind}_high"]) - float(row[f"{kind}_low"])) / 2
                self._factors[kind, row["technology"], row["zone"]] = Factor(float(row[kind]), half)

    def factor(self, kind: str, technology: str, zone: str) -> Factor:
        return self._factors.get((kind, technology, zone)) or self._factors[kind, technology, "*"]

    def emit(self, kind: str, zone: str, mix: Mix) -> float:
        """Add up what a mix emits. [kg/kWh]"""
        return sum(share * self.factor(kind, name, zone).value for name, share in mix.items())

    def split(self, zone: str, year: int) -> Split:
        """Compute a zone's intensities in a year.

        A technology's factor is one for all plants of a zone, so that its error does not average out within it.
        """
        mix = self.shares[zone][year]
        direct = self.emit("direct", zone, mix)
        own = sum((share * self.factor("direct", name, zone).half_width) ** 2 for name, share in mix.items())
        return Split(direct, self.emit("upstream", zone, mix), math.sqrt(own + (GROSS_OR_NET * direct) ** 2))

    def upstream_beside(self, zone: str, year: int, change: float) -> float:
        """Give the upstream part of a mix whose stacks emit `change` times those of the zone's own mix. [kg/kWh]

        Fuel supply goes with the stacks; each kWh that fuels no longer give (or give in addition) has what the
        clean plants of the zone have upstream.
        """
        mix = self.shares[zone][year]
        fossil = sum(mix[name] for name in FOSSIL)
        supply = self.emit("upstream", zone, {name: mix[name] for name in FOSSIL})
        rest = {name: share for name, share in mix.items() if name not in FOSSIL}
        clean = self.emit("upstream", zone, rest) / sum(rest.values()) if sum(rest.values()) > 0.05 else NO_CLEAN_MIX
        factor = min(change, 1 / fossil) if fossil else 0.0
        return supply * factor + clean * (1 - fossil * factor)

    def trend(self, zone: str, kind: str) -> dict[int, float]:
        """Give what the trend of the mix adds to the last observation, by years after it. [kg/kWh]

        Notes
        -----
        Each technology's share goes on along its median slope (Theil-Sen) of ten years, so that a dry or a cold year
        moves nothing; shares below 0 are 0, and all add up to 1. After as many years as it was taken of it is held.
        """
        last = sorted(self.shares[zone])[-WINDOW - 1 :]
        lines = {name: robust_line({year: self.shares[zone][year][name] for year in last}) for name in TECHNOLOGIES}

        def emitted(ahead: float) -> float:
            shares = {name: max(0.0, level + slope * ahead) for name, (level, slope) in lines.items()}
            total = sum(shares.values())
            return self.emit(kind, zone, {name: share / total for name, share in shares.items()})

        return {ahead: emitted(ahead) - emitted(0) for ahead in (WINDOW // 2, WINDOW)}


def robust_line(series: dict[int, float]) -> tuple[float, float]:
    """Take the median of the slopes between all pairs of years, and the median level in the last year."""
    if len(series) == 1:
        return next(iter(series.values())), 0.0
    slope = median((b - a) / (t - s) for (s, a), (t, b) in combinations(sorted(series.items()), 2))
    end = max(series)
    return median(value + slope * (end - year) for year, value in series.items()), slope
