"""Cells behind a number: which rows answer for a line of the worked calculation, and what the register says of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from usephase.catalog.archetypes import source_of
from usephase.catalog.resolve import Resolved
from usephase.catalog.row_texts import row_texts
from usephase.catalog.rules.use import conversion_needs
from usephase.catalog.schema import YEARLY_UNIT
from usephase.engine.plan.cells import SCENARIO, Address
from usephase.engine.plan.lookup import NO_ROWS, rows_by
from usephase.results.run import Run

ELECTRICITY = "electricity"
_LIFE = ("mean", "shape", "t50", "t90", "scale", "median", "max_years")
Row = Mapping[str, Any]


class Cell(NamedTuple):
    """Name a cell of the assumption register, with what is written there and where that is from."""

    table: str
    row: str
    column: str
    value: str
    source: str
    data_type: str


class Behind:
    """Find the cells behind the factors of lines: those that the resolved catalog answers with, and no others.

    Parameters
    ----------
    run : Run
    resolved : Resolved
        Its stored catalog.
    mean : bool
        Whether numbers are means of draws: of every grid scenario then, else of the likeliest.
    """

    def __init__(self, run: Run, resolved: Resolved, *, mean: bool) -> None:
        meta = run.meta
        self.resolved, self.year = resolved, int(meta["reporting_year"])
        self.frozen, self.supplied = meta["grid_basis"] == "frozen", meta["boundary"] == "life_cycle"
        weights = {name: w for name, w in sorted(resolved.catalog.settings.scenarios.items()) if w > 0}
        likeliest = max(weights, key=lambda name: weights[name])
        self.scenarios = weights if mean else {likeliest: weights[likeliest]}
        wanted = ("table", "row", "column", "value", "source", "data_type")
        columns = [run.register[name].astype(str).tolist() for name in wanted]
        self._listed = {cells[:3]: Cell(*cells) for cells in zip(*columns, strict=True)}
        self._texts: dict[str, np.ndarray] = {}
        self._rows: dict[tuple[str, str], dict[str, np.ndarray]] = {}
        self._columns: dict[tuple[str, str], list[Any]] = {}
        self._kept: dict[tuple[str, ...], tuple[Cell, ...]] = {}

    def cells(self, name: str, line: Row) -> tuple[Cell, ...]:
        """Give the cells behind a factor of a line: ``units``, ``quantity``, ``years``, ``share`` or ``factor``."""
        key = name, *(str(line[part]) for part in ("product", "kind", "what", "region", "segment"))
        if key not in self._kept:
            addresses = dict.fromkeys(self._found(*key))
            found = [self._listed[address] for address in addresses if address in self._listed]
            if name == "factor" and line["kind"] == ELECTRICITY:
                found.append(self._scenario())
            self._kept[key] = tuple(found)
        return self._kept[key]

    def _scenario(self) -> Cell:
        whole = sum(self.scenarios.values())
        told = ", ".join(f"{name}: {weight / whole:.3g}" for name, weight in self.scenarios.items())
        return Cell(*SCENARIO, told, "", "")

    def _found(self, name: str, product: str, kind: str, what: str, region: str, segment: str) -> Iterable[Address]:
        if name == "units":
            yield from self._at("sales", self._where("sales", product=product, region=region, year=self.year))
            yield from self._at("segments", self._where("segments", product=product, segment=segment), ("share",))
        elif name == "share":
            yield from self._at("products", self._where("products", product=product), ("allocation",))
        elif name == "years":
            yield from self._life(product, region, segment)
        elif kind in (ELECTRICITY, "fuel"):
            modes = self._where("modes", product=product, mode=what)
            if name == "quantity":
                yield from self._drawn(product, modes, region, segment)
            elif kind == ELECTRICITY:
                yield from self._grid(region)
            else:
                yield from self._carrier(modes, ("combustion", "upstream") if self.supplied else ("combustion",))
        elif kind == "waste":
            if name == "quantity":
                masses = self._where("materials", product=product, material=what)
                yield from self._at("materials", masses)
                if (self._frame("materials")["part"].iloc[masses] != "packaging").any():
                    yield from self._at("products", self._where("products", product=product), ("mass",))
            else:
                yield from self._waste(region, what)
                if self._dated(region, what):
                    yield from self._life(product, region, segment)
        elif name == "quantity":
            rows = self._where("refrigerants", product=product)
            yield from self._at("refrigerants", rows, ("charge",) if kind == "gas" else ("charge", "annual_leak"))
            for gas in dict.fromkeys(self._frame("refrigerants")["gas"].iloc[rows]):
                yield from self._at("gases", self._where("gases", gas=gas))
        else:
            rows = self._where("refrigerants", product=product)
            hermetic = bool((self._frame("refrigerants")["service"].iloc[rows] == "hermetic").any())
            yield from self._at("refrigerants", rows, ("end_of_life_loss", *(("annual_leak",) if hermetic else ())))
            if hermetic:
                yield from self._life(product, region, segment)

    def _drawn(self, product: str, modes: Sequence[int], region: str, segment: str) -> Iterator[Address]:
        yield from self._at("modes", modes)
        frame = self._frame("modes")
        profile = self._refers(product, segment, "use_profile")
        for row in modes:
            if frame["rate_unit"].iloc[row] != YEARLY_UNIT:
                yield from self._amount(profile, str(frame["mode"].iloc[row]), region, product, segment)
        yield from self._at("products", self._where("products", product=product), ("annual_use_change",))
        if (frame["carrier"].iloc[list(modes)] != ELECTRICITY).any():
            carriers = self._frame("carriers").set_index("carrier")["unit"]
            needed = {
                column
                for row in modes
                if (carrier := str(frame["carrier"].iloc[row])) != ELECTRICITY
                for column in conversion_needs(str(frame["rate_unit"].iloc[row]), str(carriers[carrier]))
            }
            yield from self._carrier(modes, sorted(needed))

    def _amount(self, profile: str, mode: str, region: str, product: str, segment: str) -> Iterator[Address]:
        """Give the hours or cycles of a mode: of a rest, what it is the rest of; of so many a life, the life too."""
        held = self._profile(profile, region)
        if mode not in held:
            return
        unit = str(self._frame("use_profiles")["amount_unit"].iloc[held[mode]])
        yield from self._at("use_profiles", held.values() if unit == "rest" else [held[mode]])
        if unit.endswith("/life"):
            yield from self._life(product, region, segment)

    def _profile(self, profile: str, region: str) -> dict[str, int]:
        """Give the rows of a profile that hold in a region, by mode."""
        frame, rows = self._frame("use_profiles"), {}
        for row in sorted(
            self._where("use_profiles", use_profile=profile), key=lambda row: frame["region"].iloc[row] != ""
        ):
            if frame["region"].iloc[row] in ("", region):
                rows[str(frame["mode"].iloc[row])] = row
        return rows

    def _life(self, product: str, region: str, segment: str) -> Iterator[Address]:
        frame = self._frame("lifetimes")
        rows = self._where("lifetimes", lifetime=self._refers(product, segment, "lifetime"))
        held = [row for row in rows if frame["from_year"].iloc[row] <= self.year]
        for row in sorted(held, key=lambda row: frame["from_year"].iloc[row])[-1:]:
            yield from self._at("lifetimes", [row], _LIFE)
            unit, mode = (str(frame[name].iloc[row]) for name in ("unit", "mode"))
            if unit != "year":
                worn = self._profile(self._refers(product, segment, "use_profile"), region)
                rest = str(self._frame("use_profiles")["amount_unit"].iloc[worn[mode]]) == "rest"
                yield from self._at("use_profiles", worn.values() if rest else [worn[mode]])
            if unit == "full_load_hour":
                yield from self._at("modes", self._where("modes", product=product, mode=mode), ("load",))

    def _grid(self, region: str) -> Iterator[Address]:
        resolved = self.resolved
        moved = () if self.frozen else ("trend",)
        yield from self._at("settings", [0], ("level", *moved))
        for zone, _ in resolved.regions.get(region, ()):
            lost = ("loss",) if self.supplied else ()
            yield from self._at("zones", [resolved.zone_row[zone]], ("level", *moved, *lost))
            source = resolved.path_zone[zone]
            if source in resolved.path_error:
                yield from self._at("reference_grid", [resolved.path_error[source]])
            for scenario in self.scenarios:
                rows = self._years(resolved.paths[source, scenario])
                yield from self._at("grid", rows, ("intensity",))
                if self.supplied:
                    yield from self._at("grid", rows, ("upstream",))

    def _years(self, rows: np.ndarray) -> np.ndarray:
        """Choose the points of a path between which something sold in the year draws its electricity."""
        years = self._frame("grid")["year"].to_numpy()[rows]
        first = np.searchsorted(years, self.year, side="right") - 1
        last = np.searchsorted(years, self.year, side="left") if self.frozen else len(rows)
        return np.asarray(rows[max(first, 0) : last + 1])

    def _carrier(self, modes: Sequence[int], columns: Sequence[str]) -> Iterator[Address]:
        if columns:
            for carrier in dict.fromkeys(self._frame("modes")["carrier"].iloc[list(modes)]):
                yield from self._at("carriers", self._where("carriers", carrier=carrier), columns)

    def _waste(self, region: str, material: str) -> Iterator[Address]:
        routes = self._frame("end_of_life")["route"]
        for zone, _ in self.resolved.regions.get(region, ()):
            rows = self.resolved.waste.get((zone, material), np.empty(0, dtype=int))
            yield from self._at("end_of_life", rows)
            for route in dict.fromkeys(routes.iloc[rows]):
                yield from self._at("treatments", self.resolved.treatment[material, str(route)], ("factor",))

    def _dated(self, region: str, material: str) -> bool:
        """Tell whether it matters in which year the material is discarded."""
        routes, resolved = self._frame("end_of_life")["route"], self.resolved
        for zone, _ in resolved.regions.get(region, ()):
            rows = resolved.waste.get((zone, material), np.empty(0, dtype=int))
            treated = (resolved.treatment[material, str(route)] for route in set(routes.iloc[rows]))
            if routes.iloc[rows].duplicated().any() or any(len(years) > 1 for years in treated):
                return True
        return False

    def _refers(self, product: str, segment: str, column: str) -> str:
        """Name the profile or the life of a kind of users, else of the product."""
        for table, keys in (("segments", {"product": product, "segment": segment}), ("products", {"product": product})):
            for row in self._where(table, **keys):
                if found := str(self._frame(table)[column].iloc[row]):
                    return found
        return ""

    def _frame(self, table: str) -> Any:
        return self.resolved.tables[table].frame

    def _where(self, table: str, **keys: str | int) -> list[int]:
        """Find rows by their keys; the first one is looked up, so that a large table is not searched every time."""
        first, *others = keys
        if (table, first) not in self._rows:
            self._rows[table, first] = rows_by(self._frame(table)[first].astype(str))
        rows = self._rows[table, first].get(str(keys[first]), NO_ROWS).tolist()
        columns = [(self._column(table, name), keys[name]) for name in others]
        return [row for row in rows if all(column[row] == wanted for column, wanted in columns)]

    def _column(self, table: str, name: str) -> list[Any]:
        if (table, name) not in self._columns:
            self._columns[table, name] = self._frame(table)[name].tolist()
        return self._columns[table, name]

    def _at(self, table: str, rows: Iterable[int], columns: Sequence[str] = ()) -> Iterator[Address]:
        """Give the addresses of cells, of lent ones those that they are: the register lists each once."""
        resolved = self.resolved
        for row in rows:
            for column in columns or resolved.tables[table].values:
                lent = source_of(resolved.loans, table, int(row), column)
                its, at, of = lent or (table, int(row), column)
                yield its, self._text(its, at), of

    def _text(self, table: str, row: int) -> str:
        if table not in self._texts:
            self._texts[table] = row_texts(self.resolved.tables[table])
        return str(self._texts[table][row])
