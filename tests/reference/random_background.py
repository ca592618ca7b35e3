"""Random zones, paths, waste routes and treatments: what a random catalog's products are used and discarded in."""

from collections.abc import Sequence

from numpy.random import Generator

from tests.reference.random_values import centred_share, chance, number, pick, positive, share, signed

Row = dict[str, str]
ROUTES = ("recycling", "landfill", "burning", "reuse")


def zones_and_regions(rng: Generator, regions: Sequence[str]) -> tuple[list[Row], list[str]]:
    """Rows of `regions` and the zones in use; the last region is a zone of the same name."""
    pool = ["Zed", "Yot", "Xan", "Wes"]
    rows: list[Row] = []
    used = {regions[-1]}
    for region in regions[:-1]:
        count = int(rng.integers(1, 4))
        for zone in rng.permutation(pool)[:count]:
            used.add(str(zone))
            weight = {} if chance(rng, 0.3) else {"weight": number(0.2 + 3 * rng.random())}
            rows.append({"region": region, "zone": str(zone), **weight})
    return rows, sorted(used)


def zone_rows(rng: Generator, zones: Sequence[str]) -> list[Row]:
    """Errors, losses and aliases of some zones; an alias points to a zone that has none."""
    rows = []
    for index, zone in enumerate(zones):
        if chance(rng, 0.25):
            continue
        row = {"zone": zone}
        if chance(rng, 0.7):
            row["level"] = positive(rng, 0.8 + 0.4 * rng.random())
        if chance(rng, 0.6):
            row["trend"] = signed(rng, -0.02 + 0.03 * rng.random(), 0.01)
        if chance(rng, 0.7):
            row["loss"] = share(rng, 0.03 + 0.12 * rng.random())
        if index > 0 and chance(rng, 0.3):
            row["grid"] = zones[0]
        if index > 0 and chance(rng, 0.3):
            row["end_of_life"] = zones[0]
        rows.append(row)
    return rows


def grid_rows(rng: Generator, zones: Sequence[str], scenarios: Sequence[str], first_year: int) -> list[Row]:
    """Paths of the zones in every scenario, from the first sale year or before."""
    rows = []
    for zone in zones:
        has_supply = chance(rng, 0.6)
        for scenario in scenarios:
            year, intensity = first_year - int(rng.integers(0, 3)), 0.2 + 0.6 * rng.random()
            for _ in range(int(rng.integers(1, 5))):
                per_g = chance(rng, 0.1)
                text = positive(rng, intensity * (1000 if per_g else 1), "g/kWh" if per_g else "")
                row = {"zone": zone, "scenario": scenario, "year": str(year), "intensity": text}
                if has_supply:
                    row["upstream"] = positive(rng, 0.1 * intensity)
                rows.append(row)
                year += int(rng.integers(1, 12))
                intensity *= 0.5 + 0.5 * rng.random()
    return rows


def shares_to_one(rng: Generator, count: int) -> list[float]:
    """Hundredths that sum to 1; one of several may be 0."""
    cuts = sorted(int(cut) for cut in rng.integers(0, 101, count - 1))
    return [(high - low) / 100 for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]


def end_of_life_rows(rng: Generator, zones: Sequence[str], materials: Sequence[str], *, aliased: bool) -> list[Row]:
    """Sets of shares for any and for some zones and materials, dated or not; the first zone's where it is an alias."""
    pairs = [("*", "*")]
    if aliased or chance(rng, 0.6):
        pairs.append((zones[0] if aliased else pick(rng, *zones), pick(rng, "*", *materials)))
    if chance(rng, 0.6):
        pairs.append(("*", pick(rng, *materials)))
    if chance(rng, 0.6):
        pairs.append((pick(rng, *zones), pick(rng, *materials)))
    pairs = list(dict.fromkeys(pairs))
    rows = []
    for zone, material in pairs:
        routes = [str(route) for route in rng.permutation(ROUTES)[: int(rng.integers(1, 5))]]
        years = [""] if chance(rng, 0.5) else [str(2020 + 4 * i) for i in range(1, 2 + int(rng.integers(1, 4)))]
        for year in years:
            for route, part in zip(routes, shares_to_one(rng, len(routes)), strict=True):
                row = {"zone": zone, "material": material, "route": route, "share": centred_share(rng, part)}
                rows.append(row | ({"year": year} if year else {}))
    return rows


def treatment_rows(rng: Generator, materials: Sequence[str]) -> list[Row]:
    """Factors of every route for any material, and of some routes for some materials."""
    pairs = [("*", route) for route in ROUTES]
    pairs += [(material, route) for material in materials for route in ROUTES if chance(rng, 0.3)]
    rows = []
    for material, route in pairs:
        years = [""] if chance(rng, 0.6) else ["2023", "2031", "2040"][: int(rng.integers(1, 4))]
        for year in years:
            row = {"material": material, "route": route, "factor": "0" if chance(rng, 0.1) else _factor(rng)}
            if chance(rng, 0.5):
                row["avoided"] = _factor(rng)
            if chance(rng, 0.4):
                row["biogenic"] = _factor(rng)
            rows.append(row | ({"year": year} if year else {}))
    return rows


def _factor(rng: Generator) -> str:
    return positive(rng, 0.02 + 2 * rng.random())
