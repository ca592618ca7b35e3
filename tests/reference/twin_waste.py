"""The slow twin's end of life: which rows win, shares of the routes, and factors of the treatments by year."""

from collections import defaultdict

from tests.reference.twin_cells import Draw, Row
from tests.reference.twin_grid import on_path, zones_of

FACTORS = ("factor", "avoided", "biogenic")


def winning_shares(draw: Draw, zone: str, material: str) -> list[Row]:
    """Rows of the most specific match: zone first, then material."""
    for row in draw.rows("zones", zone=zone):
        zone = row.get("end_of_life", "") or zone
    for a_zone, a_material in ((zone, material), (zone, "*"), ("*", material), ("*", "*")):
        found = list(draw.rows("end_of_life", zone=a_zone, material=a_material))
        if found:
            return found
    raise ValueError(f"no waste routes for {material} in {zone}")


def route_shares(draw: Draw, zone: str, material: str, year: int) -> dict[str, float]:
    """Shares of the routes in a year; each listed year's shares are divided by their sum."""
    by_year: dict[str, dict[str, float]] = defaultdict(dict)
    for row in winning_shares(draw, zone, material):
        by_year[row.get("year", "")][row["route"]] = draw.number("end_of_life", row, "share")
    for shares in by_year.values():
        total = sum(shares.values())
        shares.update({route: share / total for route, share in shares.items()})
    if "" in by_year:
        if len(by_year) > 1:
            raise ValueError("a set of shares is dated or it is not")
        return by_year[""]
    routes = {route for shares in by_year.values() for route in shares}
    if any(routes - shares.keys() for shares in by_year.values()):
        raise ValueError("a dated set of shares names every route in every year")
    return {
        route: on_path([(int(listed), shares[route]) for listed, shares in by_year.items()], year, constant_before=True)
        for route in routes
    }


def treatment(draw: Draw, material: str, route: str, year: int) -> dict[str, float]:
    """Factor, avoided and biogenic emissions of one kg of a material on a route in a year."""
    rows = list(draw.rows("treatments", material=material, route=route)) or list(
        draw.rows("treatments", material="*", route=route)
    )
    if not rows:
        raise ValueError(f"no treatment of {material} by {route}")
    return {
        column: on_path(
            [(int(row.get("year", "") or 0), draw.number("treatments", row, column)) for row in rows],
            year,
            constant_before=True,
        )
        for column in FACTORS
    }


class Waste:
    """Emissions of one kg discarded in a region by route and calendar year, kept so that none is computed twice."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.known: dict[tuple[str, str, int], dict[str, dict[str, float]]] = {}

    def per_kg(self, region: str, material: str, year: int) -> dict[str, dict[str, float]]:
        """Route → factor, avoided and biogenic emissions. [kg/kg]."""
        key = (region, material, year)
        if key not in self.known:
            routes: dict[str, dict[str, float]] = {}
            for zone, weight in zones_of(self.draw, region):
                for route, share in route_shares(self.draw, zone, material, year).items():
                    per_kg = treatment(self.draw, material, route, year)
                    sums = routes.setdefault(route, dict.fromkeys(FACTORS, 0.0))
                    for column in FACTORS:
                        sums[column] += weight * share * per_kg[column]
            self.known[key] = routes
        return self.known[key]
