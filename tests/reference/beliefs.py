"""Best estimates of cells as written, read by a second reader of its own: the twin's numbers without any draw."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from scipy.special import betaincinv, gammaincinv

from tests.reference.twin_cells import Cell, Row, Tables, row_key

FACTORS = {
    "W": 1.0,
    "kW": 1000.0,
    "hp": 745.699872,
    "kWh/year": 1.0,
    "kWh/cycle": 1.0,
    "Wh/cycle": 1e-3,
    "MJ/cycle": 1 / 3.6,
    "L/h": 1.0,
    "mL/h": 1e-3,
    "gal/h": 3.785411784,
    "kg/h": 1.0,
    "g/h": 1e-3,
    "L/cycle": 1.0,
    "kg/cycle": 1.0,
    "kg": 1.0,
    "g": 1e-3,
    "kg/kWh": 1.0,
    "g/kWh": 1e-3,
    "h/year": 1.0,
    "h/day": 1.0,
    "cycle/year": 1.0,
    "cycle/day": 1.0,
    "cycle/week": 1.0,
    "h/life": 1.0,
    "cycle/life": 1.0,
}
_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_UNIT = r"\s*(?P<unit>[A-Za-z/]*)$"
# The best estimate by the distribution's name: the mode, mean or median that the specification asks for.
_BEST: dict[str, Callable[..., float]] = {
    "normal": lambda mean, sd: mean,
    "lognormal": lambda median, gsd: median,
    "uniform": lambda low, high: (low + high) / 2,
    "triangular": lambda low, mode, high: mode,
    "pert": lambda low, mode, high: mode,
    "beta": lambda a, b, low=0.0, high=1.0: low + (high - low) * float(betaincinv(a, b, 0.5)),
    "gamma": lambda shape, scale: scale * float(gammaincinv(shape, 0.5)),
    "weibull": lambda shape, scale: scale * math.log(2) ** (1 / shape),
}


def best_estimate(text: str, unit_column: str = "") -> float:
    """Best estimate of a cell in canonical units."""
    if form := re.fullmatch(rf"(?P<name>[a-z]+)\((?P<inside>[^)]*)\){_UNIT}", text.strip()):
        if form["name"] == "discrete":
            value = _discrete_median(form["inside"])
        else:
            value = _BEST[form["name"]](*(float(part) for part in form["inside"].split(",")))
    elif form := re.fullmatch(rf"(?P<centre>{_NUMBER})(?:\s*(?:±|\+/-|\*/|×÷)\s*{_NUMBER}\s*%?)?{_UNIT}", text.strip()):
        value = float(form["centre"])
    else:
        raise ValueError(text)
    return value * FACTORS.get(form["unit"] or unit_column, 1.0)


def _discrete_median(inside: str) -> float:
    pairs = sorted((float(value), float(weight)) for value, weight in (part.split(":") for part in inside.split(",")))
    half, reached = sum(weight for _, weight in pairs) / 2, 0.0
    for value, weight in pairs:
        reached += weight
        if reached >= half:
            return value
    raise ValueError(inside)


def best_cell(settings: Mapping[str, Any], tables: Tables) -> Cell:
    """Give every cell its best estimate."""
    rows: dict[tuple[str, str], Row] = {
        (name, row_key(name, row)): row for name in tables for row in _keyed(name, tables)
    }

    def cell(table: str, row: str, column: str) -> float:
        if table == "settings":
            return best_estimate(str(settings["grid"][column]))
        found = rows[table, row]
        return best_estimate(found[column], found.get("rate_unit", "") if column == "rate" else "")

    return cell


def _keyed(name: str, tables: Tables) -> list[Row]:
    return [] if name in ("options", "correlations") else list(tables[name])


def best_scenario(settings: Mapping[str, Any]) -> str:
    """Name of the scenario of the highest weight."""
    weights = settings.get("grid", {}).get("scenarios", {"trend_10y": 1.0})
    return str(max(weights, key=lambda name: weights[name]))
