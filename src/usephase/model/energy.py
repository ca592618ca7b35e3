"""Energy and fuel a year: what a mode draws, from its rate and how much it is used."""

import numpy as np

Value = np.ndarray | float

DAYS_A_YEAR = 365.0
HOURS_A_YEAR = 8760.0
WEEKS_A_YEAR = DAYS_A_YEAR / 7

YEARLY = {
    "h/year": 1.0, "h/day": DAYS_A_YEAR, "cycle/year": 1.0, "cycle/day": DAYS_A_YEAR, "cycle/week": WEEKS_A_YEAR,
}  # fmt: skip
"""Hours or cycles a year in one unit of an amount."""

MJ_PER_KWH = 3.6
L_PER_M3 = 1000.0


def energy_a_year(rate: Value, load: Value, amount: Value, efficiency: Value) -> Value:
    """Give what a mode draws a year: rate · load · amount ÷ efficiency.

    `rate` is in the carrier's unit an hour or a cycle, `amount` in hours or cycles a year.
    """
    return rate * load * amount / efficiency


def remaining_hours(others: list[Value]) -> Value:
    """Give the hours of the year that the profile's other modes leave, never below 0. [h/yr]"""
    return np.maximum(HOURS_A_YEAR - sum(others, start=0.0), 0.0)


def carrier_units_per(rate_unit: str, carrier_unit: str, density: Value | None, heating_value: Value | None) -> Value:
    """Give the amount of a carrier, in its own unit, in one unit of a rate (an hour or a cycle taken away).

    Parameters
    ----------
    rate_unit : str
        ``W``, ``kWh/cycle``, ``L/h``, ``kg/h``, ``L/cycle`` or ``kg/cycle``.
    carrier_unit : str
        ``L``, ``kg``, ``m3``, ``kWh`` or ``MJ``.
    density : ndarray, scalar or None
        [kg/L]
    heating_value : ndarray, scalar or None
        Lower heating value. [MJ/kg]

    Raises
    ------
    ValueError
        When kinds differ and the density or the heating value that joins them is missing.
    """
    kind, to_kind = {"W": ("energy", 1e-3), "kWh/cycle": ("energy", 1.0)}.get(
        rate_unit, ("volume", 1.0) if rate_unit.startswith("L") else ("mass", 1.0)
    )
    target, per_target = {
        "kWh": ("energy", 1.0), "MJ": ("energy", 1 / MJ_PER_KWH), "kg": ("mass", 1.0), "L": ("volume", 1.0),
        "m3": ("volume", L_PER_M3),
    }[carrier_unit]  # fmt: skip
    if kind == target:
        return to_kind / per_target
    needs_density = "volume" in (kind, target)
    needs_heat = "energy" in (kind, target)
    if (needs_density and density is None) or (needs_heat and heating_value is None):
        raise ValueError(f"{rate_unit} to {carrier_unit} needs a density or a heating value")
    kg_per_l = 1.0 if density is None else density
    mj_per_kg = 1.0 if heating_value is None else heating_value
    kg_per = {"volume": kg_per_l, "mass": 1.0, "energy": MJ_PER_KWH / mj_per_kg}  # a litre, a kg, a kWh
    return to_kind * kg_per[kind] / kg_per[target] / per_target
