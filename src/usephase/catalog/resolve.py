"""Resolution: which row answers for what, once the catalog's own rows and the reference's are put together."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from usephase.catalog.archetypes import Expansion, Loans
from usephase.catalog.merge import marked, merged, merged_zones
from usephase.catalog.schema import ARCHETYPES, TABLES
from usephase.catalog.table import Catalog, Table
from usephase.catalog.values import cells
from usephase.heap import texts_apart_where

Reference = Callable[[str], Table]
"""Gives a reference table by name."""

ANY = "*"
ELECTRICITY = "electricity"
_SETS = {"end_of_life": ("zone", "material"), "treatments": ("material", "route")}


@dataclass(frozen=True)
class Resolved:
    """Point from what is asked for to the rows that answer.

    Attributes
    ----------
    tables : mapping of str to Table
        Every table of the schema and ``reference_grid``: the catalog's rows and the reference rows used. Each
        frame has the further columns ``origin`` ("catalog" or "reference"), ``basis`` and ``licence``; reference
        rows have line -1. ``zones`` also says in ``loss_source``, ``loss_basis`` and ``loss_licence`` where a
        loss comes from that the catalog's own row left open.
    regions : mapping of str to ((zone, weight), ...)
        The zones of every region sold in, weights summing to 1.
    paths : mapping of (zone, scenario) to ndarray
        Rows of ``grid``, years ascending, for path zones and scenarios of positive weight.
    path_zone : mapping of str to str
        The zone whose path a zone uses.
    path_error : mapping of str to int
        Row of ``reference_grid``, for path zones with a path (in any scenario) that is the reference's.
    zone_row : mapping of str to int
        Row of ``zones``, for every zone used.
    waste : mapping of (zone, material) to ndarray
        Rows of ``end_of_life`` that win, for every zone used and material sold.
    treatment : mapping of (material, route) to ndarray
        Rows of ``treatments`` that win, years ascending.
    loans : mapping of (table, column) to tuple of Loan
        Cells of rows that come from archetypes: of which other cells they are. Such rows have the origin
        "archetype" and line -1.

    Notes
    -----
    What nothing answers for is not in its mapping: the checks say so.
    """

    catalog: Catalog
    tables: Mapping[str, Table]
    regions: Mapping[str, tuple[tuple[str, float], ...]]
    paths: Mapping[tuple[str, str], np.ndarray]
    path_zone: Mapping[str, str]
    path_error: Mapping[str, int]
    zone_row: Mapping[str, int]
    waste: Mapping[tuple[str, str], np.ndarray]
    treatment: Mapping[tuple[str, str], np.ndarray]
    loans: Loans = field(default_factory=dict)


def reference_of(catalog: Catalog) -> Reference:
    """Give access to the reference tables that answer for a catalog: its own, if it brings some, else the package's.

    Of those it takes the edition that the settings name; one that is unknown is refused by the checks.
    """
    from usephase.catalog import reference

    settings = catalog.settings
    edition = settings.edition if settings.edition in reference.editions_known()[1:] else None

    def look(name: str) -> Table:
        return catalog.reference[name] if name in catalog.reference else reference.table(name, settings.gwp, edition)

    return look


@texts_apart_where(Catalog.is_small)
def resolve(catalog: Catalog, reference: Reference | None = None) -> Resolved:
    """Find the rows that answer for every region, zone, path, waste route, treatment, life and profile.

    Parameters
    ----------
    catalog : Catalog
        As read; it need not be free of problems.
    reference : callable, optional
        Gives a reference table by name; by default the catalog's own or the package's.

    Returns
    -------
    Resolved

    Notes
    -----
    A row of the catalog beats every row of the reference. Within one of the two the more specific row wins,
    zone before material. A path, a set of shares and a factor over the years come from one of the two as a whole.
    """
    look, whole = reference or reference_of(catalog), catalog
    sold = catalog["sales"].frame
    regions = _regions(catalog["regions"].frame, sorted(_names(sold["region"])))
    archetypes = _archetypes(catalog, look)
    made = Expansion(catalog, archetypes, lambda region: (zone for zone, _ in regions[region]))
    catalog = replace(catalog, tables=made.tables)
    tables = {name: marked(table) for name, table in catalog.tables.items()} | archetypes
    for name, wanted in _wanted(catalog).items():
        tables[name] = _taken(catalog[name], look(name), wanted)
    tables |= made.marked(tables)

    zones = sorted({zone for shares in regions.values() for zone, _ in shares})
    tables["zones"] = merged_zones(catalog["zones"], look("zones"), zones)
    row_of = {zone: row for row, zone in enumerate(tables["zones"].frame["zone"])}
    path_zone, waste_zone = (_aliases(tables["zones"], name, zones) for name in ("grid", "end_of_life"))

    first_year = int(sold["year"].min()) if len(sold) else 0
    scenarios = sorted(s for s, weight in catalog.settings.scenarios.items() if weight > 0)
    tables["grid"], paths = _paths(catalog["grid"], look("grid"), set(path_zone.values()), scenarios, first_year)
    tables["reference_grid"], path_error = _path_errors(look("reference_grid"), tables["grid"], paths)

    pairs = {(z, m): _specific(waste_zone[z], m) for m in _materials_sold(catalog) for z in zones}
    tables["end_of_life"], waste = _sets(catalog["end_of_life"], look("end_of_life"), pairs)
    routes = tables["end_of_life"].frame["route"].to_numpy(dtype=object)
    asked = {(m, str(route)) for (_, m), rows in waste.items() for route in set(routes[rows])}
    treated = {(m, route): ((m, route), (ANY, route)) for m, route in sorted(asked)}
    tables["treatments"], treatment = _sets(catalog["treatments"], look("treatments"), treated)
    zone_row = {z: row_of[z] for z in zones}
    return Resolved(whole, tables, regions, paths, path_zone, path_error, zone_row, waste, treatment, made.loans())


def _taken(own: Table, other: Table, wanted: set[str]) -> Table:
    """Put rows of the reference beside the catalog's: those of the names wanted that the catalog has no row of."""
    key = TABLES[own.name].keys[0]
    rows = np.flatnonzero(other.frame[key].isin(wanted - _names(own.frame[key])).to_numpy())
    return merged(own, other, rows)[0]


def _archetypes(catalog: Catalog, look: Reference) -> dict[str, Table]:
    """Give the tables of archetypes: the catalog's rows, and those of the reference that products name."""
    named = _names(catalog["products"].frame["archetype"]) - {""}
    return {name: _taken(catalog[name], look(name), named) if named else marked(catalog[name]) for name in ARCHETYPES}


def _aliases(table: Table, column: str, zones: list[str]) -> dict[str, str]:
    """Name the zone that answers for each zone: another one, or itself."""
    other = dict(zip(table.frame["zone"], table.frame[column], strict=True))
    return {zone: str(other[zone]) or zone for zone in zones}


def _wanted(catalog: Catalog) -> dict[str, set[str]]:
    """Name what rows of the catalog refer to, by the table that answers."""
    products, segments = catalog["products"].frame, catalog["segments"].frame
    profiles = _names(products["use_profile"]) | _names(segments["use_profile"])
    return {
        "lifetimes": (_names(products["lifetime"]) | _names(segments["lifetime"])) - {""},
        "use_profiles": profiles - {""},
        "carriers": _names(catalog["modes"].frame["carrier"]) - {"", ELECTRICITY},
        "gases": _names(catalog["refrigerants"].frame["gas"]) - {""},
    }


def _names(column: "pd.Series[str]") -> set[str]:
    return set(column.unique())


def _materials_sold(catalog: Catalog) -> list[str]:
    """Name the materials of products with sales."""
    frame = catalog["materials"].frame
    sold = pd.Index(catalog["sales"].frame["product"].to_numpy(dtype=object)).unique()
    rows = sold.get_indexer(pd.Index(frame["product"].to_numpy(dtype=object))) >= 0
    return sorted(_names(frame.loc[rows, "material"]))


def _regions(frame: pd.DataFrame, sold: Iterable[str]) -> dict[str, tuple[tuple[str, float], ...]]:
    listed: dict[str, list[tuple[str, float]]] = {}
    for region, zone, weight in zip(frame["region"], frame["zone"], frame["weight"], strict=True):
        listed.setdefault(region, []).append((zone, float(weight)))
    out = {}
    for region in sold:
        shares = sorted(listed.get(region, [(region, 1.0)]))
        total = sum(weight for _, weight in shares)
        out[region] = tuple((zone, weight / total) for zone, weight in shares)
    return out


# Paths of grid intensity.


def _paths(
    own: Table, other: Table, zones: set[str], scenarios: list[str], first_year: int
) -> tuple[Table, dict[tuple[str, str], np.ndarray]]:
    """Find the rows of every zone's path in every scenario, the catalog's or the reference's."""
    sources = {"own": _Paths(own), "other": _Paths(other)}
    chosen: dict[tuple[str, str], tuple[str, np.ndarray]] = {}
    for zone in sorted(zones):
        for scenario in scenarios:
            for name, source in sources.items():
                rows = source.find(zone, scenario)
                if len(rows):
                    # History before the first sale answers for nothing, and would only swell the register.
                    chosen[zone, scenario] = name, rows if name == "own" else source.since(rows, first_year)
                    break
    used = [rows for name, rows in chosen.values() if name == "other"]
    table, *positions = merged(own, other, _union(used))
    moved = dict(zip(sources, positions, strict=True))
    return table, {key: moved[name][rows] for key, (name, rows) in chosen.items()}


class _Paths:
    """Look up the rows of a path in one table."""

    def __init__(self, table: Table) -> None:
        self.rows = {str(zone): np.asarray(rows) for zone, rows in table.frame.groupby("zone").indices.items()}
        self.scenario = table.frame["scenario"].to_numpy(dtype=object)
        self.year = table.frame["year"].to_numpy(dtype=np.int64)

    def find(self, zone: str, scenario: str) -> np.ndarray:
        """Give the rows, years ascending: the scenario's own, and those of every scenario for other years."""
        rows = self.rows.get(zone, np.empty(0, dtype=np.intp))
        own = rows[self.scenario[rows] == scenario]
        common = rows[self.scenario[rows] == ANY]
        common = common[~np.isin(self.year[common], self.year[own])]
        both = np.concatenate([own, common])
        return both[np.argsort(self.year[both], kind="stable")]

    def since(self, rows: np.ndarray, year: int) -> np.ndarray:
        """Leave out what lies before the last row that is not after `year`."""
        return rows[max(0, int(np.searchsorted(self.year[rows], year, side="right")) - 1) :]


def _path_errors(
    errors: Table, grid: Table, paths: Mapping[tuple[str, str], np.ndarray]
) -> tuple[Table, dict[str, int]]:
    """Find the error of every path zone whose path is the reference's."""
    origin = grid.frame["origin"].to_numpy(dtype=object)
    zones = {zone for (zone, _), rows in paths.items() if origin[rows[0]] == "reference"}
    rows = np.flatnonzero(errors.frame["zone"].isin(zones).to_numpy())
    nothing = replace(
        errors,
        frame=errors.frame.iloc[:0],
        values={name: cells.take(column, rows[:0]) for name, column in errors.values.items()},
        line=errors.line[:0],
    )
    table = merged(nothing, errors, rows)[0]
    return table, {zone: row for row, zone in enumerate(table.frame["zone"])}


# Sets of rows that answer together.


def _specific(first: str, second: str) -> tuple[tuple[str, str], ...]:
    """Give the keys that match, the most specific one first."""
    return (first, second), (first, ANY), (ANY, second), (ANY, ANY)


def _sets(
    own: Table, other: Table, asked: Mapping[tuple[str, str], tuple[tuple[str, str], ...]]
) -> tuple[Table, dict[tuple[str, str], np.ndarray]]:
    """Find, for everything asked for, the first of its keys that the catalog has, or else the reference."""
    keys = list(_SETS[own.name])
    indices = {name: _groups(table, keys) for name, table in (("own", own), ("other", other))}
    chosen: dict[tuple[str, str], tuple[str, np.ndarray]] = {}
    for what, candidates in asked.items():
        found = ((name, index[key]) for name, index in indices.items() for key in candidates if key in index)
        answer = next(found, None)
        if answer is not None:
            chosen[what] = answer
    table, *positions = merged(own, other, _union([rows for name, rows in chosen.values() if name == "other"]))
    moved = dict(zip(indices, positions, strict=True))
    return table, {what: np.sort(moved[name][rows]) for what, (name, rows) in chosen.items()}


def _groups(table: Table, keys: list[str]) -> dict[tuple[str, str], np.ndarray]:
    first, second = (table.frame[key].astype(str) for key in keys)
    groups: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(zip(first, second, strict=True)):
        groups.setdefault(key, []).append(row)
    return {key: np.array(rows, dtype=np.intp) for key, rows in groups.items()}


def _union(rows: list[np.ndarray]) -> np.ndarray:
    return np.unique(np.concatenate(rows)) if rows else np.empty(0, dtype=np.intp)
