"""The slow twin's use phase: amounts of use, the life that they wear out, energy and fuel a year."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.reference.twin_cells import AMOUNT_UNITS, RATE_UNITS, Draw, Row, unit_of
from tests.reference.twin_life import Life, make_life, mean_of_median, mean_of_points, mean_of_scale, weibull_from_ages

HOURS_A_YEAR = 8760.0
A_YEAR = {"h/year": 1.0, "h/day": 365.0, "cycle/year": 1.0, "cycle/day": 365.0, "cycle/week": 365.0 / 7.0}


@dataclass(frozen=True)
class User:
    """A kind of user of a product: one segment, or all users where a product has no segments."""

    product: Row
    segment: str
    share: float
    use_profile: str
    lifetime: str


def users(draw: Draw, product: Row) -> list[User]:
    """Segments of a product with their shares divided by their sum."""
    segments = list(draw.rows("segments", product=product["product"]))
    if not segments:
        return [User(product, "", 1.0, product.get("use_profile", ""), product.get("lifetime", ""))]
    shares = [draw.number("segments", row, "share") for row in segments]
    return [
        User(
            product,
            row["segment"],
            share / sum(shares),
            row.get("use_profile", "") or product.get("use_profile", ""),
            row.get("lifetime", "") or product.get("lifetime", ""),
        )
        for row, share in zip(segments, shares, strict=True)
    ]


def profile_rows(draw: Draw, use_profile: str, region: str) -> dict[str, Row]:
    """Rows of a profile in a region by mode: a row with the region replaces the general one."""
    found = {row["mode"]: row for row in draw.rows("use_profiles", use_profile=use_profile, region="")}
    found |= {row["mode"]: row for row in draw.rows("use_profiles", use_profile=use_profile, region=region)}
    return found


def amount_a_year(draw: Draw, rows: Mapping[str, Row], mode: str, mean_years: float | None) -> float:
    """Hours or cycles a year of a mode; `mean_years` is needed where an amount is a life's."""
    row = rows[mode]
    unit = unit_of(row.get("amount", ""), row.get("amount_unit", ""), AMOUNT_UNITS)
    if unit == "rest":
        others = [other for other in rows if other != mode and _in_hours(rows[other])]
        return max(0.0, HOURS_A_YEAR - sum(amount_a_year(draw, rows, other, mean_years) for other in others))
    amount = draw.number("use_profiles", row, "amount")
    if unit.endswith("/life"):
        if mean_years is None:
            raise ValueError(f"the life of {mode} would depend on itself")
        return amount / mean_years
    return amount * A_YEAR[unit]


def _in_hours(row: Row) -> bool:
    unit = unit_of(row.get("amount", ""), row.get("amount_unit", ""), AMOUNT_UNITS)
    if unit == "rest":
        raise ValueError("two modes of one profile want the rest of the year")
    return unit.startswith("h/")


def life_row(draw: Draw, name: str, year: int) -> Row:
    """The row of a life that holds for what is sold in a year."""
    rows = [row for row in draw.rows("lifetimes", lifetime=name) if int(row.get("from_year", "") or 0) <= year]
    return max(rows, key=lambda row: int(row.get("from_year", "") or 0))


def life_of(draw: Draw, row: Row, user: User, region: str) -> Life:
    """Life in years of a user's unit in a region."""
    unit = row.get("unit", "") or "year"
    worn_a_year = 1.0
    if unit != "year":
        worn_a_year = amount_a_year(draw, profile_rows(draw, user.use_profile, region), row["mode"], None)
        if unit == "full_load_hour":
            mode = draw.row("modes", product=user.product["product"], mode=row["mode"])
            worn_a_year *= draw.number("modes", mode, "load")
    mean, shape = draw.maybe("lifetimes", row, "mean"), draw.maybe("lifetimes", row, "shape")
    distribution = row.get("distribution", "") or "weibull"
    scale, median = draw.maybe("lifetimes", row, "scale"), draw.maybe("lifetimes", row, "median")
    if scale is not None:
        mean = mean_of_scale(scale, shape)
    elif median is not None:
        mean = mean_of_median(distribution, median, shape)
    elif mean is None and distribution != "table":
        mean, shape = weibull_from_ages(draw.number("lifetimes", row, "t50"), draw.number("lifetimes", row, "t90"))
    points = [
        (float(point["age"]), float(point["share"]))
        for point in draw.rows("survival", lifetime=row["lifetime"], from_year=row.get("from_year", ""))
    ]
    if mean is None:
        mean = mean_of_points(points)
    max_years = draw.maybe("lifetimes", row, "max_years")
    return make_life(distribution, mean / worn_a_year, shape, max_years, points)


def drawn_a_year(draw: Draw, mode: Row, amount: float) -> float:
    """Electricity [kWh] or fuel [the carrier's unit] that a mode draws in a year."""
    unit = unit_of(mode["rate"], mode.get("rate_unit", ""), RATE_UNITS)
    delivered = draw.number("modes", mode, "rate") * draw.number("modes", mode, "load") * amount
    quantity = delivered / draw.number("modes", mode, "efficiency")
    if unit in ("W", "kW", "hp"):
        quantity, have = quantity / 1000.0, "kWh"  # the canonical power is in W
    elif unit in ("Wh/cycle", "kWh/cycle", "MJ/cycle", "kWh/year"):
        have = "kWh"
    else:
        have = "kg" if unit.split("/")[0] in ("kg", "g") else "L"
    if mode["carrier"] == "electricity":
        if have != "kWh":
            raise ValueError("electricity is not poured")
        return quantity
    return _in_carrier_unit(draw, quantity, have, draw.row("carriers", carrier=mode["carrier"]))


def _in_carrier_unit(draw: Draw, quantity: float, have: str, carrier: Row) -> float:
    small = {"kWh": ("MJ", 3.6), "MJ": ("MJ", 1.0), "L": ("L", 1.0), "m3": ("L", 1000.0), "kg": ("kg", 1.0)}
    want, per_want = small[carrier["unit"]]
    base, per_have = small[have]
    quantity *= per_have
    if base != want:
        if base == "L":
            quantity *= draw.number("carriers", carrier, "density")
        elif base == "MJ":
            quantity /= draw.number("carriers", carrier, "heating_value")
        if want == "L":
            quantity /= draw.number("carriers", carrier, "density")
        elif want == "MJ":
            quantity *= draw.number("carriers", carrier, "heating_value")
    return quantity / per_want
