"""The slow twin's electricity factors, and the reading of dated values between their years."""

from collections.abc import Sequence
from itertools import pairwise

from tests.reference.twin_cells import Draw

PARTS = ("generation", "upstream", "losses")


def on_path(points: Sequence[tuple[int, float]], year: int, *, constant_before: bool) -> float:
    """Value in a year: linear between listed years, constant after the last one."""
    path = sorted(points)
    if year < path[0][0]:
        if constant_before:
            return path[0][1]
        raise ValueError(f"{year} is before the path")
    for (year_0, value_0), (year_1, value_1) in pairwise(path):
        if year_0 <= year < year_1:
            return value_0 + (value_1 - value_0) * (year - year_0) / (year_1 - year_0)
    return path[-1][1]


def zones_of(draw: Draw, region: str) -> list[tuple[str, float]]:
    """Zones of a region with weights of sum 1; an unlisted region is a zone of the same name."""
    listed = [(row["zone"], float(row.get("weight", "") or 1.0)) for row in draw.rows("regions", region=region)]
    if not listed:
        return [(region, 1.0)]
    total = sum(weight for _, weight in listed)
    return [(zone, weight / total) for zone, weight in listed]


def zone_parts(draw: Draw, zone: str, year: int) -> dict[str, float]:
    """Generation, fuel supply and losses per kWh delivered in a zone. [kg CO2e/kWh]."""
    level, trend, loss, path_zone = 1.0, 0.0, 0.0, zone
    for row in draw.rows("zones", zone=zone):
        level = draw.number("zones", row, "level")
        trend = draw.number("zones", row, "trend")
        loss = draw.number("zones", row, "loss")
        path_zone = row.get("grid", "") or zone
    path = list(draw.rows("grid", zone=path_zone, scenario=draw.scenario))
    factor = draw.setting("level", 1.0) * level
    if year > draw.reporting_year:
        factor *= (1 + draw.setting("trend", 0.0) + trend) ** (year - draw.reporting_year)
    made, supplied = (
        factor
        * on_path([(int(row["year"]), draw.number("grid", row, column)) for row in path], year, constant_before=False)
        for column in ("intensity", "upstream")
    )
    return {"generation": made, "upstream": supplied, "losses": (made + supplied) * loss / (1 - loss)}


class Grid:
    """Factors of regions by calendar year, kept so that no year is computed twice."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.zones: dict[tuple[str, int], dict[str, float]] = {}
        self.regions: dict[tuple[str, int], dict[str, float]] = {}

    def parts(self, region: str, year: int) -> dict[str, float]:
        """Parts of a region's factor: the weighted average of its zones."""
        if (region, year) not in self.regions:
            mixed = dict.fromkeys(PARTS, 0.0)
            for zone, weight in zones_of(self.draw, region):
                if (zone, year) not in self.zones:
                    self.zones[zone, year] = zone_parts(self.draw, zone, year)
                for part in PARTS:
                    mixed[part] += weight * self.zones[zone, year][part]
            self.regions[region, year] = mixed
        return self.regions[region, year]
