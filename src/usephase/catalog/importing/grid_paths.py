"""Grid paths out of the tables of publishers whose licence the user holds: IEA's World Energy Outlook, NGFS, IAMC."""

import csv
import io
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from usephase.catalog.importing.grid import Grid, read_grids, shown
from usephase.catalog.importing.numerals import POINT, is_nothing, read_number
from usephase.catalog.names import folded, groups, nearest_place, place, place_name
from usephase.catalog.reference.rows import frame
from usephase.catalog.reference.story import story
from usephase.errors import CatalogError, Problem

HEADER = ("zone", "scenario", "year", "intensity", "upstream", "data_type", "source")
"""Columns of what is written: those of the catalog's `grid`."""
LONG = ("publication", "scenario", "category", "product", "flow", "unit", "region", "year", "value")
"""Columns of IEA's tables; the first, third, fourth and fifth may lack."""
WIDE = ("model", "scenario", "region", "variable", "unit")
"""Columns of the IAMC's format, before a column a year: NGFS's explorer and other scenario explorers."""
_NEEDED = {"long": ("scenario", "region", "unit", "year", "value"), "wide": WIDE}
_ENERGY = {"kwh": 1.0, "mwh": 1e3, "gwh": 1e6, "twh": 1e9, "pwh": 1e12, "pj": 1e9 / 3.6, "ej": 1e12 / 3.6}
_MASS = {"g": 1e-3, "kg": 1.0, "t": 1e3, "kt": 1e6, "mt": 1e9, "gt": 1e12}
_A_YEAR = re.compile(r"\s*(?:/|per )\s*(?:yr|year|a)$")
_CARBON = re.compile(r"\s*co2(?:[- ]?eq?\.?)?\s*")
_PER = re.compile(r"\s*(?:/|\bper\b)\s*")
_SUBSCRIPT = str.maketrans("₂", "2")
_EMITTED = re.compile(r"electricity|power (?:sector|generation|plants?)")
_MADE = re.compile(r"electricity generation|secondary energy electricity|total generation")
_WHOLE = {"", "total", "all", "all fuels", "total generation", "total co2"}
_SHORT = {
    "world energy outlook": "weo", "stated policies scenario": "steps", "stated policies": "steps",
    "announced pledges scenario": "aps", "announced pledges": "aps", "net zero emissions by 2050 scenario": "nze",
    "net zero emissions by 2050": "nze", "current policies scenario": "cps", "current policies": "current_policies",
}  # fmt: skip
"""Names that have an abbreviation of their publisher's."""
_LEAST_YEARS = 2


@dataclass(frozen=True)
class Published:
    """One path as published: direct intensity by year. [kg/kWh]"""

    region: str
    scenario: str
    publisher: str
    how: str
    years: Mapping[int, float]


@dataclass
class Found:
    """Rows of `grid`, whose paths they are, and what was noticed."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    zones: list[str] = field(default_factory=list)
    not_placed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Write the rows as a CSV file."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([HEADER, *self.rows])
        return stream.getvalue()


def read_paths(path: Path, onto: Sequence[tuple[str, str]] = ()) -> Found:
    """Turn a publisher's table into rows of `grid`.

    Parameters
    ----------
    path : Path
        CSV, workbook or Parquet with the columns `LONG` or `WIDE`, in any order.
    onto : sequence of (str, str)
        Places, each with the region of the table whose relative change is put on the place's last observation.

    Returns
    -------
    Found

    Raises
    ------
    CatalogError
        If it is no such table, no region is a place, or a number is none.

    Notes
    -----
    A region that is a place of the reference has its intensities as published. Direct intensity is taken where the
    table has it (g CO2 per kWh), else it is CO2 of the power sector over electricity generated. Years before the
    table's first one are the reference's history, and so is the upstream part: what the reference's own paths have
    beside an equal direct intensity.
    """
    found = Found()
    paths = [one for grid in read_grids(path) for one in _paths(grid, found.notes)]
    regions = {folded(one.region): one.region for one in paths}
    wanted: list[tuple[str, Published, bool]] = []
    placed: set[str] = set()
    for text, region in onto:
        zone = _zone(text, path.name)
        if folded(region) not in regions:
            told = ", ".join(sorted(regions.values()))
            raise _refused(path.name, f"no region `{shown(region)}` has a path", f"write one of: {told}")
        placed.add(zone)
        wanted += [(zone, one, True) for one in paths if folded(one.region) == folded(region)]
    used = {folded(region) for _, region in onto}
    for one in paths:
        zone = _region_zone(one.region)
        if zone and zone not in placed:
            wanted.append((zone, one, False))
        elif not zone and folded(one.region) not in used:
            found.not_placed.append(one.region)
    found.not_placed = sorted(set(found.not_placed))
    if not wanted:
        told = ", ".join(found.not_placed[:8])
        fix = 'say whose places they are: --onto "DEU=European Union", one a place; its relative change is then used'
        raise _refused(path.name, f"no region of the table is a place with a grid of its own ({told})", fix)
    for zone, one, shape in sorted(wanted, key=lambda item: (item[0], item[1].scenario)):
        if (zone, one.scenario) in {row[:2] for row in found.rows}:
            raise _refused(path.name, f"{place_name(zone)} has two paths `{one.scenario}`", "leave one of them")
        found.rows += _rows(zone, one, shape, path.name, found.notes)
        found.paths[one.scenario] = one.publisher
    found.zones = sorted({row[0] for row in found.rows})
    found.notes = list(dict.fromkeys(found.notes))
    return found


def _refused(where: str, what: str, fix: str) -> CatalogError:
    return CatalogError([Problem(where=where, what=what, fix=fix)])


def _zone(text: str, where: str) -> str:
    zone = place(text) or text
    if not (frame("zones")["zone"] == zone).any():
        near = nearest_place(text)
        fix = f"write `{near}`" if near else "find it: usephase reference zones NAME"
        raise _refused(where, f"no zone is called `{shown(text)}`", fix)
    return _with_path(zone)


def _with_path(zone: str) -> str:
    """Give the zone whose path a zone uses: a state's is its subregion's."""
    zones = frame("zones").set_index("zone")
    return str(zones.loc[zone, "grid"]) or zone if zone in zones.index else ""


def _region_zone(text: str) -> str:
    """Give the zone of the reference that a region is: a place, or a group with a mean grid of its own."""
    name = text.rpartition("|")[2].strip()  # explorers put the model's name before its regions
    group = groups().get(folded(name))
    return _with_path(place(name) or (group.zone if group else ""))


# -- What the table says -------------------------------------------------------------------------------------


def _paths(grid: Grid, notes: list[str]) -> Iterator[Published]:
    heads = [folded(text).replace(" ", "_") for text in grid.cells[0]]
    layout = "wide" if "variable" in heads else "long"
    missing = [name for name in _NEEDED[layout] if name not in heads]
    if missing:
        told = f"IEA's {', '.join(LONG)}; or IAMC's {', '.join(WIDE)} and a column a year"
        raise _refused(
            grid.place(0), f"there is no column {', '.join(missing)}", f"save a table with the columns {told}"
        )
    column = {name: grid.cells[1:, heads.index(name)] for name in (*LONG, *WIDE) if name in heads}
    series = _long(grid, heads) if layout == "long" else _wide(grid, heads)
    rows = len(grid.cells) - 1
    nothing = np.full(rows, "", dtype=object)

    def of(name: str) -> np.ndarray:
        return column.get(name, nothing)

    what = of("variable") if layout == "wide" else of("flow")
    about = zip(of("model"), of("publication"), of("scenario"), of("region"), strict=True)
    by_path: dict[tuple[str, ...], dict[str, dict[str, dict[int, float]]]] = {}
    for row, key in enumerate(about):
        kind, scale = _kind(layout, *(str(cell[row]) for cell in (what, of("category"), of("product"), of("unit"))))
        if not kind:
            continue
        label = str(what[row]) or str(of("category")[row])
        kept = by_path.setdefault(tuple(map(str, key)), {}).setdefault(kind, {}).setdefault(label, {})
        for year, value in series(row):
            if kept.setdefault(year, value * scale) != value * scale:
                raise _refused(grid.place(row + 1), f"two values of {label} in {year}", "leave one of the two rows")
    if not by_path:
        fix = (
            "the table needs, by region and scenario, an intensity of electricity (g CO2 per kWh), or CO2 of the power "
            "sector (Mt CO2) and electricity generated (TWh or EJ)"
        )
        raise _refused(grid.place(0), "no row is the intensity of electricity, nor what it is computed from", fix)
    for (model, publication, scenario, region), kinds in by_path.items():
        years, how = _intensity(kinds, partial(_two, grid))
        if len(years) >= _LEAST_YEARS:
            if min(years.values()) < 0:
                notes.append("intensities below 0 are written as 0: what takes carbon out of the air is no user's")
            publisher = ", ".join(filter(None, ("IEA" if layout == "long" else "", publication, model, scenario)))
            name = _name(layout, model, publication, scenario)
            yield Published(region, name, publisher, how, {year: max(0.0, value) for year, value in years.items()})


def _two(grid: Grid, labels: Iterable[str]) -> CatalogError:
    told = " and ".join(sorted(labels))
    return _refused(grid.place(0), f"{told} may both be meant", "leave the rows of one of them")


def _intensity(
    kinds: Mapping[str, Mapping[str, Mapping[int, float]]], two: Callable[[Iterable[str]], CatalogError]
) -> tuple[dict[int, float], str]:
    """Take the intensity as published, or CO2 of the power sector over electricity generated."""
    for labels in kinds.values():
        if len({tuple(sorted(series.items())) for series in labels.values()}) > 1:
            raise two(labels)
    if "intensity" in kinds:
        label, series = next(iter(kinds["intensity"].items()))
        return dict(series), f"`{label}`"
    if not {"emitted", "made"} <= kinds.keys():
        return {}, ""
    (emitted, mass), (made, energy) = (next(iter(kinds[kind].items())) for kind in ("emitted", "made"))
    years = {year: mass[year] / energy[year] for year in sorted(mass.keys() & energy.keys()) if energy[year] > 0}
    return years, f"`{emitted}` over `{made}`"


def _kind(layout: str, what: str, category: str, product: str, unit: str) -> tuple[str, float]:
    """Tell whether a row is an intensity, what the power sector emits or what it makes, and its scale to kg and kWh."""
    plain = _A_YEAR.sub("", unit.translate(_SUBSCRIPT).casefold().strip())
    carbon = "co2" in plain
    parts = [_CARBON.sub("", part).strip() for part in _PER.split(plain)]
    text = folded(what.replace("|", " "))
    if layout == "wide":
        electric = text.endswith(("electricity", "electricity and heat")) and "secondary" not in text
        made = text == "secondary energy electricity"
    else:
        if folded(product) not in _WHOLE:
            return "", 0.0
        text = f"{folded(category)} {text}"
        electric, made = _EMITTED.search(text) is not None, _MADE.search(text) is not None
    if len(parts) == 2 and carbon and parts[0] in _MASS and parts[1] in _ENERGY and (electric or made):
        return "intensity", _MASS[parts[0]] / _ENERGY[parts[1]]
    if len(parts) == 1 and carbon and parts[0] in _MASS and electric:
        return "emitted", _MASS[parts[0]]
    if len(parts) == 1 and not carbon and parts[0] in _ENERGY and made:
        return "made", _ENERGY[parts[0]]
    return "", 0.0


Series = Callable[[int], Iterable[tuple[int, float]]]
"""Gives the years and values of a row."""


def _long(grid: Grid, heads: Sequence[str]) -> Series:
    at = heads.index("year"), heads.index("value")

    def series(row: int) -> Iterator[tuple[int, float]]:
        year = str(grid.cells[row + 1, at[0]])
        if not re.fullmatch(r"\d{4}", year):
            raise _refused(grid.place(row + 1, at[0]), f"`{shown(year)}` is no year", "write a year of four digits")
        if not is_nothing(str(grid.cells[row + 1, at[1]])):
            yield int(year), _value(grid, row + 1, at[1])

    return series


def _wide(grid: Grid, heads: Sequence[str]) -> Series:
    years = {i: int(text) for i, text in enumerate(heads) if re.fullmatch(r"\d{4}", text)}
    if not years:
        raise _refused(grid.place(0), "no column is a year", "save the table with a column a year: 2020, 2025, …")

    def series(row: int) -> Iterator[tuple[int, float]]:
        for i, year in years.items():
            if not is_nothing(str(grid.cells[row + 1, i])):
                yield year, _value(grid, row + 1, i)

    return series


def _value(grid: Grid, row: int, column: int) -> float:
    text = str(grid.cells[row, column])
    try:
        return float(text)
    except ValueError:
        number = read_number(text, bool(grid.numbers[row, column]))
    if POINT not in number.readings or number.open:
        raise _refused(grid.place(row, column), f"`{shown(text)}` is no number", "write it with a decimal point")
    return float(number.readings[POINT])


def _name(layout: str, model: str, publication: str, scenario: str) -> str:
    """Name a scenario by its publisher: ``iea_weo2024_steps``, ``ngfs_net_zero_2050_remind_magpie_3_3_4_8``."""
    told = folded(publication)
    for name in ("world energy outlook",):
        told = re.sub(rf"{name} ?(\d{{4}})?", lambda found: f"weo{found[1] or ''}", told)
    which = _SHORT.get(folded(scenario), folded(scenario)) if layout == "long" else folded(scenario)
    parts = ("iea", told, which) if layout == "long" else ("ngfs" if "ngfs" in told else "", which, folded(model))
    return "_".join(" ".join(parts).split())


# -- Rows of `grid` ------------------------------------------------------------------------------------------


def _rows(zone: str, one: Published, shape: bool, file: str, notes: list[str]) -> Iterator[tuple[str, ...]]:
    """Write a path of a zone: the reference's history, then the publisher's years."""
    told = story(zone, years=None)
    past = {int(row["year"]): (float(row["direct"]), float(row["upstream"])) for row in told.history.to_dict("records")}
    years = dict(one.years)
    source = f"{one.publisher}, {one.how}, from {file}, under your licence"
    if shape:
        last = max(past)
        base = float(np.interp(last, sorted(years), [years[year] for year in sorted(years)]))
        if last < min(years) or base <= 0:
            what = f"`{one.region}` has no intensity above 0 in {last}, the last year observed in {place_name(zone)}"
            raise _refused(file, what, "save the table with that year or an earlier one")
        years = {year: past[last][0] * value / base for year, value in years.items() if year > last}
        source = (
            f"{one.publisher}: relative change of {one.region} on {place_name(zone)}'s {last}, {one.how}, from {file}"
        )
    beside = _beside(told.history.to_dict("records"), told.paths.to_dict("records"))
    if beside is None:
        notes.append(f"the reference has no upstream part of {zone}: it is written as 0")
    begin = min(years)
    for year, (direct, upstream) in sorted(past.items()):
        if year < begin:
            yield (
                zone,
                one.scenario,
                str(year),
                f"{direct:.5g}",
                f"{upstream:.4g}",
                "secondary",
                "history of the reference",
            )
    for year, direct in sorted(years.items()):
        upstream = past[year][1] if year in past else 0.0 if beside is None else beside(direct)
        yield zone, one.scenario, str(year), f"{direct:.5g}", f"{upstream:.4g}", "secondary", source


def _beside(
    history: Sequence[Mapping[Hashable, Any]], paths: Sequence[Mapping[Hashable, Any]]
) -> Callable[[float], float] | None:
    """Give the upstream part beside a direct intensity, as the paths of the reference have the two."""
    pairs = sorted({(float(row["direct"]), float(row["upstream"])) for row in (*history[-1:], *paths)})
    if not pairs:
        return None
    direct, upstream = (np.array(column) for column in zip(*pairs, strict=True))
    levels = np.unique(direct)
    means = np.array([upstream[direct == level].mean() for level in levels])
    return lambda asked: float(np.interp(asked, levels, means))
