"""Small catalogs from rows of text, without files."""

import re

import numpy as np
import pandas as pd

from usephase.catalog.schema import TABLES, Settings
from usephase.catalog.table import Catalog, Table, Values
from usephase.sampling import distributions as dist

FUNCTIONS = {
    "normal": dist.NORMAL,
    "lognormal": dist.LOGNORMAL,
    "uniform": dist.UNIFORM,
    "triangular": dist.TRIANGULAR,
    "pert": dist.PERT,
    "gamma": dist.GAMMA,
    "discrete": dist.DISCRETE,
}


def _cell(text, points):
    """Read a number or a function call; lognormal(median, sigma of the logarithm), anything else is a refused cell."""
    params = np.zeros(dist.WIDTH)
    call = re.fullmatch(r"(\w+)\((.*)\)", text)
    if call is None:
        try:
            params[0] = float(text)
        except ValueError:
            return dist.ABSENT, params
        return dist.FIXED, params
    kind = FUNCTIONS[call[1]]
    if kind == dist.DISCRETE:
        pairs = sorted(tuple(map(float, pair.split(":"))) for pair in call[2].split(","))
        values, weights = map(np.array, zip(*pairs, strict=True))
        params[0] = len(points)
        points.append((values, weights / weights.sum()))
    else:
        numbers = [float(part) for part in call[2].split(",")]
        params[: len(numbers)] = numbers
    return kind, params


def values(texts, column):
    count = len(texts)
    kind, params, text, points = np.full(count, -1, np.int8), np.zeros((count, dist.WIDTH)), list(texts), []
    for row, written in enumerate(texts):
        if written == "" and column.default is None:
            continue
        kind[row], params[row] = _cell(written or column.default, points)
    return Values(kind, params, np.array(text, dtype=object), column.low, column.high, tuple(points))


def table(name, rows, *, sheet=False, extra=(), labels=()):
    """Make a table; a row is a dict of texts, its line the place in the list (the header is line 1)."""
    schema = TABLES.get(name)
    columns = schema.columns if schema else ()
    known = [c.name for c in columns] + list(extra) + list(labels)
    for row in rows:
        assert not set(row) - set(known), set(row) - set(known)
    data = {}
    for column in columns:
        if column.kind == "value":
            continue
        texts = [str(row.get(column.name, "")) or (column.default or "") for row in rows]
        if column.kind == "number":
            data[column.name] = np.array([float(t) for t in texts], dtype=float)
        elif column.kind == "year":
            data[column.name] = np.array([int(t) if t else -1 for t in texts], dtype=np.int64)
        else:
            data[column.name] = pd.array(texts, dtype="str")
    for label in (*extra, *labels):
        data[label] = pd.array([str(row.get(label, "")) for row in rows], dtype="str")
    frame = pd.DataFrame(data)
    order = frame.sort_values(list(schema.keys), kind="stable").index.to_numpy() if schema and schema.keys else None
    order = np.arange(len(rows)) if order is None else order
    uncertain = {c.name: values([str(rows[i].get(c.name, "")) for i in order], c) for c in columns if c.kind == "value"}
    letters = {name: chr(65 + i) for i, name in enumerate(known[:26])}
    frame = frame.iloc[order].reset_index(drop=True)
    return Table(name, frame, uncertain, order + 2, name if sheet else f"{name}.csv", sheet, letters)


def catalog(settings=None, labels=(), **rows):
    """Make a catalog from rows by table name; tables that are not named are empty."""
    tables = {
        name: table(name, rows.pop(name, []), labels=labels if name == "products" else ())
        for name in TABLES
        if name != "settings"
    }
    level = {"level": "1", "trend": "0", **rows.pop("grid_settings", {})}
    made = table("settings", [level])
    tables["settings"] = Table("settings", made.frame, made.values, made.line, "catalog.toml")
    assert not rows, f"unknown tables {sorted(rows)}"
    given = {"name": "Test", "reporting_year": 2024, "scenarios": {"flat": 1.0}, **(settings or {})}
    return Catalog("test", Settings(**given), tables, tuple(labels), {}, "0" * 64)


def reference(**rows):
    """Make a reference from rows by table name."""
    marks = ("licence", "basis", "name")
    made = {
        name: table(name, rows.pop(name, []), extra=marks)
        for name in ("grid", "zones", "carriers", "gases", "treatments", "end_of_life", "lifetimes", "use_profiles")
    }
    errors = rows.pop("reference_grid", [])
    assert not rows
    level = TABLES["zones"].column("level")
    frame = pd.DataFrame(
        {name: pd.array([r.get(name, "") for r in errors], dtype="str") for name in ("zone", "source", *marks)}
    )
    made["reference_grid"] = Table(
        "reference_grid",
        frame,
        {"level": values([r["level"] for r in errors], level)},
        np.arange(len(errors)) + 2,
        "reference_grid.csv",
    )
    return made.__getitem__
