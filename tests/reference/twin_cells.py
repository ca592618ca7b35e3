"""The slow twin's view of a catalog in one draw: rows of text, and a function that gives each cell its number.

The twin is written from the equations alone and shares no line with the package: plain floats and loops.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]
Cell = Callable[[str, str, str], float]

KEYS: dict[str, tuple[str, ...]] = {
    "products": ("product",),
    "segments": ("product", "segment"),
    "modes": ("product", "mode"),
    "use_profiles": ("use_profile", "mode", "region"),
    "lifetimes": ("lifetime", "from_year"),
    "survival": ("lifetime", "from_year", "age"),
    "sales": ("product", "region", "year"),
    "regions": ("region", "zone"),
    "zones": ("zone",),
    "grid": ("zone", "scenario", "year"),
    "carriers": ("carrier",),
    "refrigerants": ("product", "gas"),
    "gases": ("gas",),
    "materials": ("product", "part", "material"),
    "end_of_life": ("zone", "material", "route", "year"),
    "treatments": ("material", "route", "year"),
    "coverage": ("family",),
    "archetypes": ("archetype",),
    "archetype_modes": ("archetype", "mode", "user", "region"),
    "archetype_lives": ("archetype", "user"),
    "archetype_materials": ("archetype", "part", "material"),
}

# What an empty cell means; None = the quantity does not exist.
DEFAULTS: dict[tuple[str, str], float | None] = {
    ("products", "annual_use_change"): 0.0,
    ("products", "allocation"): 1.0,
    ("modes", "load"): 1.0,
    ("modes", "efficiency"): 1.0,
    ("lifetimes", "mean"): None,
    ("lifetimes", "shape"): None,
    ("lifetimes", "max_years"): None,
    ("lifetimes", "t50"): None,
    ("lifetimes", "t90"): None,
    ("lifetimes", "scale"): None,
    ("lifetimes", "median"): None,
    ("zones", "level"): 1.0,
    ("zones", "trend"): 0.0,
    ("zones", "loss"): 0.0,
    ("grid", "upstream"): 0.0,
    ("carriers", "upstream"): 0.0,
    ("carriers", "biogenic"): 0.0,
    ("carriers", "density"): None,
    ("carriers", "heating_value"): None,
    ("refrigerants", "annual_leak"): 0.0,
    ("refrigerants", "end_of_life_loss"): 1.0,
    ("treatments", "avoided"): 0.0,
    ("treatments", "biogenic"): 0.0,
}

DESCRIBED = {
    "product", "name", "family", "use_profile", "lifetime", "service_mode",
    "annual_use_change", "allocation", "source", "pedigree",
    "archetype", "user", "rated_power", "energy_per_year", "mass",
}  # fmt: skip

RATE_UNITS = (
    "W", "kW", "hp", "kWh/year", "Wh/cycle", "kWh/cycle", "MJ/cycle",
    "L/h", "mL/h", "gal/h", "kg/h", "g/h", "L/cycle", "kg/cycle",
)  # fmt: skip
AMOUNT_UNITS = ("h/year", "h/day", "cycle/year", "cycle/day", "cycle/week", "h/life", "cycle/life", "rest")


def row_key(table: str, row: Row) -> str:
    """Write a row's key, empty optional keys left out."""
    return ";".join(f"{name}={row[name]}" for name in KEYS[table] if row.get(name, ""))


def labels(tables: Tables) -> list[str]:
    """Text columns of `products` that results can be grouped by, the brand among them."""
    found: dict[str, None] = {}
    for row in tables["products"]:
        found.update(dict.fromkeys(name for name in row if name not in DESCRIBED))
    return list(found)


def unit_of(text: str, column: str, units: Sequence[str]) -> str:
    """Unit of a value: written in its cell, else in its unit column."""
    for unit in sorted(units, key=len, reverse=True):
        if re.search(rf"[\d.)%\s]{re.escape(unit)}$", text.strip()):
            return unit
    return column.strip()


class Draw:
    """A catalog in which every uncertain cell has one number."""

    def __init__(self, settings: Mapping[str, Any], tables: Tables, cell: Cell, scenario: str) -> None:
        self.settings = settings
        self.tables = tables
        self.cell = cell
        self.scenario = scenario
        self.reporting_year = int(settings["catalog"]["reporting_year"])
        self.timing = str(settings.get("method", {}).get("sales_timing", "mid_year"))

    def rows(self, table: str, **match: str) -> Iterator[Row]:
        """Rows of a table whose named columns have the given texts."""
        for row in self.tables.get(table, ()):
            if all(row.get(name, "") == text for name, text in match.items()):
                yield row

    def row(self, table: str, **match: str) -> Row:
        """Give the one row that matches."""
        (found,) = self.rows(table, **match)
        return found

    def maybe(self, table: str, row: Row, column: str) -> float | None:
        """Number of a cell in its column's canonical unit, None where an empty cell means none."""
        if row.get(column, "") == "":
            return DEFAULTS[table, column]
        lent = row.get(f"@{column}", "")
        if lent == "0":
            return 0.0
        if lent:
            return float(self.cell(*lent.split("|")))
        return float(self.cell(table, row_key(table, row), column))

    def number(self, table: str, row: Row, column: str) -> float:
        """Number of a cell that must have one."""
        value = self.maybe(table, row, column)
        if value is None:
            raise ValueError(f"{table}: {row_key(table, row)} has no {column}")
        return value

    def setting(self, name: str, default: float) -> float:
        """Uncertain setting of the section `grid`."""
        if str(self.settings.get("grid", {}).get(name, "")) == "":
            return default
        return float(self.cell("settings", "grid", name))
