"""The cells that a product's figures depend on, each with a sensible range to move it in."""

import math

import numpy as np
import pandas as pd

from usephase.catalog.options.changes import CHANGEABLE, SETTINGS_ROW, matching, read_row
from usephase.catalog.options.tables import focused
from usephase.catalog.register import register
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.schema import TABLES, Column
from usephase.catalog.table import Catalog, Table
from usephase.catalog.values.units import canonical_unit
from usephase.errors import Problem, StudyError
from usephase.insight.quality.assess import data_types
from usephase.insight.what_if.records import Slider

_LEAST, _MOST = 0.25, 2.0
"""The range of a number, as parts of its best estimate."""
_FEW = 0.05
"""The least range of a relative change a year, up and down."""
_DEFAULTS = (("modes", "load"), ("modes", "efficiency"), ("products", "allocation"), ("products", "annual_use_change"))
_EVERYWHERE = (("settings", "level"), ("settings", "trend"))
_LEFT_OUT = ("grid", "correlations", "options", "coverage", "reference_grid")
"""Tables whose cells are too many, or none of a product's: a grid path is moved by its zone's level."""
_ORDER = {name: i for i, name in enumerate(
    ("modes", "use_profiles", "lifetimes", "products", "archetype_modes", "archetype_lives", "archetype_materials",
     "segments", "refrigerants", "materials", "sales", "settings",
     "zones", "carriers", "gases", "end_of_life", "treatments"))}  # fmt: skip


def sliders(catalog: Catalog, product: str, resolved: Resolved | None = None) -> tuple[Slider, ...]:
    """List the cells of one product: its own first, then those it shares with others.

    Parameters
    ----------
    catalog : Catalog
    product : str
    resolved : Resolved, optional
        The product's part of the catalog, if it is there already.

    Raises
    ------
    StudyError
        If there is no such product.
    """
    if product not in set(catalog["products"].frame["product"]):
        fix = "name a product of the catalog"
        raise StudyError([Problem(where="product", what=f"there is no product {product[:100]!r}", fix=fix)])
    resolved = resolved or resolve(focused(catalog, [product]))
    listed = register(resolved)
    listed = listed.assign(badge=data_types(listed))
    year = f"year={catalog.settings.reporting_year}"
    out: dict[tuple[str, str, str], Slider] = {}
    for found in listed.to_dict("records"):
        record = {str(column): value for column, value in found.items()}
        name, row, column = str(record["table"]), str(record["row"]), str(record["column"])
        if name not in CHANGEABLE or name in _LEFT_OUT or (name == "sales" and not row.endswith(year)):
            continue
        row = SETTINGS_ROW if name == "settings" else row
        slider = _slider(resolved.tables[name], name, row, column, record)
        if slider is not None:
            out[name, row, column] = slider
    for slider in _defaults(resolved, product):
        out.setdefault((slider.table, slider.row, slider.column), slider)
    return tuple(sorted(out.values(), key=lambda s: (s.shared, _ORDER[s.table], s.row, s.column)))


def _slider(table: Table, name: str, row: str, column: str, record: "dict[str, object]") -> Slider | None:
    at = matching(table, read_row(row, name), exact=True) if name != "settings" else np.array([0])
    if len(at) != 1:
        return None
    declared = TABLES[name].column(column)
    number = {key: float(str(record[key])) for key in ("best_estimate", "low", "high")}
    fixed = record["distribution"] == "fixed"
    text = str(table.values[column].text[int(at[0])])
    low, high = range_of(declared, number["best_estimate"], None if fixed else (number["low"], number["high"]))
    return Slider(
        name, row, column, text, number["best_estimate"], low, high, canonical_unit(table, int(at[0]), declared),
        str(record["distribution"]), not fixed, str(record["origin"]) if text else "default",
        str(record.get("badge", "default")), _text(record.get("source", "")), "product=" not in row,
    )  # fmt: skip


def _defaults(resolved: Resolved, product: str) -> list[Slider]:
    """List cells that nobody filled and that a design, or a doubt about the grid, may change."""
    out = []
    for name, column in (*_DEFAULTS, *_EVERYWHERE):
        table = resolved.tables[name]
        for at in range(len(table)):
            if name != "settings" and table.frame["product"].iloc[at] != product:
                continue
            values = table.values[column]
            row = SETTINGS_ROW if name == "settings" else table.key(at)
            if values.kind[at] != 0:
                continue
            value = float(values.params[at, 0])
            record = {"best_estimate": value, "low": value, "high": value, "distribution": "fixed",
                      "origin": "catalog", "badge": "default", "source": ""}  # fmt: skip
            slider = _slider(table, name, row, column, record)
            if slider is not None:
                out.append(slider)
    return out


def range_of(column: Column, best: float, interval: tuple[float, float] | None) -> tuple[float, float]:
    """Give a range to design in: what a cell could be made to be, not what it may be now.

    Parameters
    ----------
    column : Column
        Whose physical range is kept.
    best : float
        The best estimate.
    interval : (float, float) or None
        The 95 % interval of an uncertain cell.

    Returns
    -------
    low, high : float
        From a quarter to twice the best estimate, a share up to 1, and at least the interval; of a change a year as
        much up as down, ± 5 % at least; of any other 0 up to 1.
    """
    known = interval is not None and interval[0] < interval[1] and all(map(math.isfinite, interval))
    ends = [best, *(interval if interval is not None and known else ())]
    if column.low < 0:
        most = max(_FEW, *(2 * abs(end) for end in ends))
        low, high = -most, most
    elif best == 0 or column.high == 1:
        low, high = min(best * _LEAST, *ends), max(1.0, *ends)
    else:
        low, high = min(best * _LEAST, *ends), max(best * _MOST, *ends)
    if low < column.low or (low == column.low and column.low_open):
        low = column.low + (1e-3 * max(best - column.low, 1e-3) if column.low_open else 0.0)
    if high > column.high or (high == column.high and column.high_open):
        high = column.high - (1e-3 * max(column.high - best, 1e-3) if column.high_open else 0.0)
    return low, high


def _text(x: object) -> str:
    return "" if x is None or (isinstance(x, float) and pd.isna(x)) else str(x)
