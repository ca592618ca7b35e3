"""The workload's model one number at a time: what a loop over draws in pure Python costs."""

import math
from collections.abc import Mapping

from tests.bench.workload import HOURS_A_YEAR, MATERIALS, PACKAGING, ROUTES, YEARS, Address, Workload

_FAR = 60.0  # e**-60: nobody is left


def served_until(t: float, mean: float, shape: float) -> float:
    """Integrate the survival of a Weibull life from 0 to `t` by the power series of the incomplete gamma function."""
    x = (t * math.gamma(1 + 1 / shape) / mean) ** shape
    if x > _FAR:
        return mean
    term = total = 1.0
    n = 0
    while term > 1e-17 * total:
        n += 1
        term *= x / (1 / shape + n)
        total += term
    return t * math.exp(-x) * total


def one_draw(
    w: Workload, product: int, own: Mapping[str, float], shared: Mapping[Address, float]
) -> tuple[float, float]:
    """Give Category 11 and 12 of one product in one draw. [t CO2e]"""
    units = w.units[product].tolist()
    standby_h = max(HOURS_A_YEAR - own["on_h"] - own["idle_h"], 0.0)
    kwh = own["on_w"] * own["on_load"] * own["on_h"] / own["on_efficiency"]
    kwh = (kwh + own["idle_w"] * own["idle_h"] + own["standby_w"] * standby_h) / 1000
    before, category_11 = 0.0, 0.0
    for k in range(YEARS):
        until = served_until(k + 1, own["life"], own["shape"])
        for r, zone in enumerate(w.regions):
            level = shared["settings", "grid", "level"] * shared["zones", f"zone={zone}", "level"]
            factor = (w.path[r, k] + w.upstream[r, k]) * level / (1 - shared["zones", f"zone={zone}", "loss"])
            category_11 += units[r] * own["allocation"] * kwh * (until - before) * factor / 1000
        before = until
    category_12 = 0.0
    for material in (*MATERIALS, PACKAGING):
        kg = shares = 0.0
        for route in ROUTES:
            share = shared["end_of_life", f"zone=*;material={material};route={route}", "share"]
            kg += share * shared["treatments", f"material={material};route={route}", "factor"]
            shares += share
        category_12 += sum(units) * own[material] * kg / shares / 1000
    return category_11, category_12
