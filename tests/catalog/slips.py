"""Slips made in honest catalogs, and honest numbers drawn anew: how often the check asks, rightly and wrongly."""

import dataclasses
from pathlib import Path

import numpy as np

from usephase.catalog import read_catalog
from usephase.catalog.checks import check
from usephase.catalog.resolve import reference_of, resolve
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.plausible import possible_but_unlikely
from usephase.catalog.values import cells
from usephase.sampling import distributions as dist

ROOT = Path(__file__).parents[2]
HONEST = sorted((Path(__file__).parent / "honest").iterdir())
COLUMNS = {
    "modes": ("rate",),
    "use_profiles": ("amount",),
    "lifetimes": ("mean",),
    "sales": ("units",),
    "materials": ("mass",),
    "refrigerants": ("charge",),
    "grid": ("intensity",),
    "carriers": ("combustion", "density", "heating_value"),
    "gases": ("gwp",),
}
FACTORS = (1000.0, 0.001, 100.0)


def honest():
    return [read_catalog(str(path)) for path in (ROOT / "product_catalog", *HONEST)]


def with_cells(catalog, table, column, rows, numbers):
    """Write numbers into cells, without the files in between."""
    old = catalog[table].values[column]
    kind, params = old.kind.copy(), old.params.copy()
    kind[rows] = dist.FIXED
    params[rows] = 0.0
    params[rows, 0] = numbers
    values = {**catalog[table].values, column: dataclasses.replace(old, kind=kind, params=params)}
    tables = {**catalog.tables, table: dataclasses.replace(catalog[table], values=values)}
    return dataclasses.replace(catalog, tables=tables)


def asked(catalog):
    """Give what the check asks about."""
    look = reference_of(catalog)
    return list(possible_but_unlikely(Context(resolve(catalog, look), look)))


def refused(catalog):
    """Give what is refused."""
    return [problem for problem in check(catalog) if problem.severity == "error"]


def candidates(catalog, table, column):
    """Find the cells in which a slip is looked for: written, above 0, in catalogs' own units."""
    values = catalog[table].values[column]
    best = cells.best_estimates(values)
    return np.flatnonzero(np.isfinite(best) & (best > 0) & (values.text != "")), best


def slip(rng, catalogs, table, column):
    """Make one slip; gives the catalog, its factor and the place of the cell."""
    having = [c for c in catalogs if len(candidates(c, table, column)[0])]
    catalog = having[rng.integers(len(having))]
    rows, best = candidates(catalog, table, column)
    row = int(rng.choice(rows))
    factor = float(rng.choice(FACTORS))
    number = best[row] * factor
    if table == "sales" and number >= 1:
        number = float(round(number))
    return with_cells(catalog, table, column, [row], [number]), factor, catalog[table].place(row, column)


def drawn_anew(rng, catalog):
    """Put every uncertain cell anywhere in its 95 % interval, its number fixed."""
    for table, schema in catalog.tables.items():
        for column, values in schema.values.items():
            rows = np.flatnonzero(cells.uncertain(values))
            if not len(rows):
                continue
            picked = cells.take(values, rows)
            low, high = cells.quantiles(picked, 0.025), cells.quantiles(picked, 0.975)
            numbers = low + rng.random(len(rows)) * (high - low)
            numbers = np.rint(numbers) if table == "sales" else numbers
            catalog = with_cells(catalog, table, column, rows, numbers)
    return catalog
