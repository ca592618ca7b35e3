"""Archetypes: what a product does not say of itself comes from its kind, as rows of the ordinary tables.

Each cell of such a row is *lent*: it is a cell of a row of the archetype, or of a column of the product, and all rows
that have it share its draws.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from usephase.catalog.merge import defaults, joined
from usephase.catalog.reference.rows import frame
from usephase.catalog.schema import MIXED, POWER_UNITS, TABLES, YEARLY_UNIT
from usephase.catalog.table import Catalog, Table, Values
from usephase.catalog.values import cells

ELECTRICITY = "electricity"
LABELLED = "energy_per_year"
"""The mode of a product whose label or test says what it draws in a year."""
ORIGIN = "archetype"
"""The origin of a row that comes from an archetype."""
PLACE = "place"
"""The column that names where such a row is asked for."""
EUROPE = "Europe"
_EUROPEAN = ("remind_eur", "remind_neu")


class Loan(NamedTuple):
    """Cells of one column that are cells of another: at `rows` stand those at `source` of a table's column."""

    rows: np.ndarray
    table: str
    source: np.ndarray
    column: str


Loans = Mapping[tuple[str, str], tuple[Loan, ...]]
"""By table and column."""


def source_of(loans: Loans, table: str, row: int, column: str) -> tuple[str, int, str] | None:
    """Find the table, row and column of which a cell is; None where it is its own."""
    for loan in loans.get((table, column), ()):
        at = np.flatnonzero(loan.rows == row)
        if len(at):
            return loan.table, int(loan.source[at[0]]), loan.column
    return None


def profile_name(archetype: str, user: str) -> str:
    """Name the use profile, and the life, of a kind of users of an archetype."""
    return f"{archetype}/{user}" if user else archetype


@dataclass
class _Part:
    """Rows of one table in the making, with what each of their columns is lent by."""

    name: str
    frame: pd.DataFrame
    values: dict[str, Values] = field(default_factory=dict)
    lent: dict[str, list[tuple[np.ndarray, str, np.ndarray, str]]] = field(default_factory=dict)
    place: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    """Where the rows stand in the resolved table."""

    def lend(self, column: str, source: Table, rows: np.ndarray, of: str = "", only: np.ndarray | None = None) -> None:
        """Put cells of a column of `source` into a column; into the rows `only`, if not all."""
        of = of or column
        at = np.arange(len(self.frame)) if only is None else only
        if column not in self.values:
            self.values[column] = defaults(self.name, column, len(self.frame))
        self.values[column] = cells.replace(self.values[column], at, source.values[of], rows)
        # A refused cell is lent too: its row is not one that nothing uses.
        there = (source.values[of].present() | (source.values[of].text != ""))[rows]
        lent = self.lent.setdefault(column, [])
        # Whoever lends last is whose cells they are.
        held = [(a[keep], t, s[keep], c) for a, t, s, c in lent for keep in [~np.isin(a, at)]]
        self.lent[column] = [*held, (at[there], source.name, rows[there], of)]


class Expansion:
    """Make the rows that products take from their archetypes.

    Parameters
    ----------
    catalog : Catalog
    archetypes : mapping of str to Table
        The tables of archetypes, those of the reference that are named among them.
    zones_of : callable
        From a region of sale to its zones.
    """

    def __init__(
        self, catalog: Catalog, archetypes: Mapping[str, Table], zones_of: Callable[[str], Iterable[str]]
    ) -> None:
        self._catalog, self._from = catalog, archetypes
        self._zones_of = zones_of
        self._parts: list[_Part] = []
        self.tables = dict(catalog.tables)
        table = catalog["products"]
        texts = {name: cells.objects(table.frame[name]) for name in ("product", "archetype", "user")}
        self._products = pd.DataFrame({**texts, "row": np.arange(len(table))})
        known = set(archetypes["archetypes"].frame["archetype"])
        self._known = self._products[self._products["archetype"].isin(known)]
        if not self.needed(catalog):
            return
        self._users = self._users_of(set(self._known["archetype"]))
        for make in (self._modes, self._profiles, self._lives, self._segments, self._materials):
            part = make()
            if part is not None and len(part.frame):
                self._add(part)
        self._fill_products()
        self._fill_segments()

    @staticmethod
    def needed(catalog: Catalog) -> bool:
        """Tell whether any product names an archetype, or a year's energy."""
        table = catalog["products"]
        return bool((table.frame["archetype"] != "").any() or table.values[LABELLED].present().any())

    def marked(self, tables: Mapping[str, Table]) -> dict[str, Table]:
        """Find the rows again in tables that other rows were put in, and mark them by their origin."""
        out = {}
        for part in self._parts:
            table = tables[part.name]
            part.place = _positions(part.frame, table)
            origin = cells.objects(table.frame["origin"].astype(object))
            origin[part.place] = ORIGIN
            out[part.name] = replace(table, frame=table.frame.assign(origin=origin))
        return out

    def loans(self) -> dict[tuple[str, str], tuple[Loan, ...]]:
        """Say of which other cells the cells of the marked rows are."""
        out: dict[tuple[str, str], list[Loan]] = {}
        for part in self._parts:
            for column, lent in part.lent.items():
                for at, table, source, of in lent:
                    if len(at):
                        out.setdefault((part.name, column), []).append(Loan(part.place[at], table, source, of))
        return {key: tuple(loans) for key, loans in out.items()}

    # -- what users there are ---------------------------------------------------------------------------------

    def _users_of(self, archetypes: set[str]) -> dict[str, tuple[str, ...]]:
        """Name the kinds of users of archetypes; one without a name where it says nothing of them."""
        found: dict[str, set[str]] = {name: set() for name in archetypes}
        for table in ("archetype_lives", "archetype_modes"):
            rows = self._from[table].frame
            for archetype, user in zip(rows["archetype"], rows["user"], strict=True):
                if archetype in found and user:
                    found[archetype].add(user)
        return {name: tuple(sorted(users)) or ("",) for name, users in found.items()}

    def _main(self, archetype: str, user: str) -> str:
        users = self._users[archetype]
        return user if user in users else users[0]

    @property
    def _pairs(self) -> pd.DataFrame:
        """Every archetype and kind of users that some product has, with the first row of `products` that has it."""
        rows = []
        first = self._known.drop_duplicates(["archetype", "user"]).sort_values(["archetype", "user"])
        for archetype, user, row in first[["archetype", "user", "row"]].itertuples(index=False):
            users = self._users[archetype] if user == MIXED else (self._main(archetype, user),)
            rows += [(archetype, one, int(row)) for one in users]
        return pd.DataFrame(rows, columns=["archetype", "user", "row"]).drop_duplicates(["archetype", "user"])

    # -- tables -----------------------------------------------------------------------------------------------

    def _without_own(self, name: str) -> pd.DataFrame:
        """Give the products of known archetypes that have no rows of their own in a table."""
        return self._known[~self._known["product"].isin(set(self._catalog[name].frame["product"]))]

    def _general(self) -> pd.DataFrame:
        """Give the rows that say what an archetype draws: those of all users and places."""
        rows = self._from["archetype_modes"].frame
        rows = rows.assign(at=np.arange(len(rows)))
        return rows[(rows["user"] == "") & (rows["region"] == "") & (rows["carrier"] != "")]

    def _modes(self) -> _Part:
        products = self._catalog["products"]
        labelled, rated = (products.values[name].present() for name in (LABELLED, "rated_power"))
        rows = self._without_own("modes").merge(self._general(), on="archetype")
        at = rows["row"].to_numpy(dtype=np.intp)
        rows = rows[~(labelled[at] & (rows["carrier"] == ELECTRICITY).to_numpy(dtype=bool))]
        own = self._catalog["modes"].frame
        electric = set(own["product"][own["carrier"] == ELECTRICITY])
        of_label = self._products[labelled & ~self._products["product"].isin(electric).to_numpy()]
        columns = ["product", "mode", "carrier", "rate_unit", "phase", "row"]
        more = of_label[["product", "row"]].assign(
            mode=LABELLED, carrier=ELECTRICITY, rate_unit=YEARLY_UNIT, phase="direct"
        )
        whole = pd.concat([rows[columns], more[columns]], ignore_index=True)
        part = self._part("modes", whole.drop(columns="row"), whole["row"])
        first, source = np.arange(len(rows)), rows["at"].to_numpy(dtype=np.intp)
        for column in ("rate", "load", "efficiency"):
            part.lend(column, self._from["archetype_modes"], source, only=first)
        mine = rows["row"].to_numpy(dtype=np.intp)
        takes = rated[mine] & ((rows["rated"] == "yes") & rows["rate_unit"].isin(POWER_UNITS)).to_numpy(dtype=bool)
        part.lend("rate", products, mine[takes], "rated_power", only=np.flatnonzero(takes))
        last = len(rows) + np.arange(len(more))
        part.lend("rate", products, more["row"].to_numpy(dtype=np.intp), LABELLED, only=last)
        return part

    def _profiles(self) -> _Part | None:
        there = set(self._catalog["use_profiles"].frame["use_profile"])
        source = self._from["archetype_modes"]
        text = source.frame
        amounts = source.values["amount"].present() | (text["amount_unit"] == "rest").to_numpy(dtype=bool)
        keys = zip(text["archetype"], text["mode"], text["user"], text["region"], strict=True)
        row_of = {key: at for at, (key, given) in enumerate(zip(keys, amounts, strict=True)) if given}
        general = self._general()
        general = general[general["rate_unit"] != YEARLY_UNIT]
        modes = general.groupby("archetype")[["mode", "rate_unit"]]
        places = self._places({place for _, _, _, place in row_of if place})
        made: list[tuple[str, str, str, str, int, int]] = []
        units = cells.objects(text["amount_unit"])
        for archetype, user, row in self._pairs.itertuples(index=False):
            name = profile_name(archetype, user)
            if name in there or archetype not in modes.groups:
                continue
            for mode, rate_unit in modes.get_group(archetype).itertuples(index=False):
                whole = row_of.get((archetype, mode, user, ""), row_of.get((archetype, mode, "", ""), -1))
                # Of what a kind of users has no amount of they use nothing.
                unit = units[whole] if whole >= 0 else "cycle/year" if rate_unit.endswith("/cycle") else "h/year"
                made.append((name, mode, "", unit, whole, row))
                of_user = (archetype, mode, user, "") in row_of
                for region, labels in places.items():
                    tried = [(archetype, mode, user, label) for label in labels]
                    tried += [] if of_user else [(archetype, mode, "", label) for label in labels]
                    found = next((row_of[key] for key in tried if key in row_of), -1)
                    if found >= 0:
                        made.append((name, mode, region, units[found], found, row))
        columns = ["use_profile", "mode", "region", "amount_unit", "at", "row"]
        whole_frame = pd.DataFrame(made, columns=columns)
        part = self._part("use_profiles", whole_frame.drop(columns=["at", "row"]), whole_frame["row"])
        at = whole_frame["at"].to_numpy(dtype=np.intp)
        low, high = (getattr(source.values["amount"], name) for name in ("low", "high"))
        part.values["amount"] = cells.fixed(np.zeros(len(at)), low, high)
        part.lend("amount", source, at[at >= 0], only=np.flatnonzero(at >= 0))
        return part

    def _places(self, wanted: set[str]) -> dict[str, tuple[str, ...]]:
        """Give, of each region of sale, those of some places that it is or lies in, the closest first."""
        out = {}
        for region in sorted(set(self._catalog["sales"].frame["region"])) if wanted else ():
            countries = {country_of(zone) for zone in self._zones_of(region)}
            labels = [region]
            if len(countries) == 1:
                labels += countries
            if countries and all(is_european(country) for country in countries):
                labels.append(EUROPE)
            found = tuple(dict.fromkeys(label for label in labels if label in wanted))
            if found:
                out[region] = found
        return out

    def _lives(self) -> _Part:
        there = set(self._catalog["lifetimes"].frame["lifetime"])
        source = self._from["archetype_lives"]
        lives = source.frame[["archetype", "user", "unit", "mode"]].assign(at=np.arange(len(source)))
        rows = self._pairs.merge(lives, on=["archetype", "user"])
        names = [profile_name(*pair) for pair in zip(rows["archetype"], rows["user"], strict=True)]
        keep = ~pd.Series(names, dtype=object).isin(there).to_numpy(dtype=bool)
        rows = rows.assign(lifetime=names, from_year=-1, distribution="weibull")[keep]
        columns = ["lifetime", "from_year", "distribution", "unit", "mode"]
        part = self._part("lifetimes", rows[columns].reset_index(drop=True), rows["row"])
        for column in ("mean", "max_years", "shape"):
            part.lend(column, source, rows["at"].to_numpy(dtype=np.intp))
        return part

    def _segments(self) -> _Part:
        source = self._from["archetype_lives"]
        lives = source.frame[["archetype", "user"]].assign(at=np.arange(len(source)))
        several = [name for name, users in self._users.items() if len(users) > 1]
        mine = self._without_own("segments")
        mine = mine[(mine["user"] == MIXED) & mine["archetype"].isin(several)]
        rows = mine.drop(columns="user").merge(lives, on="archetype").rename(columns={"user": "segment"})
        part = self._part("segments", rows[["product", "segment"]].assign(use_profile="", lifetime=""), rows["row"])
        part.lend("share", source, rows["at"].to_numpy(dtype=np.intp))
        return part

    def _materials(self) -> _Part:
        source = self._from["archetype_materials"]
        kinds = source.frame[["archetype", "part", "material"]].assign(at=np.arange(len(source)))
        rows = self._without_own("materials").merge(kinds, on="archetype")
        part = self._part("materials", rows[["product", "part", "material"]], rows["row"])
        part.lend("mass", source, rows["at"].to_numpy(dtype=np.intp))
        return part

    # -- making tables ----------------------------------------------------------------------------------------

    def _part(self, name: str, texts: pd.DataFrame, rows: "pd.Series[int]") -> _Part:
        """Begin rows: with the place in `products` where each is asked for."""
        products = self._catalog["products"]
        distinct = {row: products.place(row, "archetype") for row in set(rows)}
        return _Part(name, texts.assign(**{PLACE: [distinct[row] for row in rows]}).reset_index(drop=True))

    def _add(self, part: _Part) -> None:
        """Put the rows into their table."""
        own = self.tables[part.name]
        texts = part.frame
        for column in TABLES[part.name].columns:
            if column.kind != "value" and column.name not in texts:
                texts = texts.assign(**{column.name: column.default or ""})
        count = len(texts)
        values = {
            name: part.values[name] if name in part.values else defaults(part.name, name, count) for name in own.values
        }
        new = Table(part.name, texts, values, np.full(count, -1), own.origin)
        self.tables[part.name] = joined(replace(own, frame=own.frame.assign(**{PLACE: ""})), new)
        self._parts.append(part)

    def _fill_products(self) -> None:
        """Name use profile and life of products that name none: those of their users, or of the first kind of them."""
        table = self.tables["products"]
        names = {
            (archetype, user): profile_name(archetype, self._main(archetype, user))
            for archetype, user in set(zip(self._known["archetype"], self._known["user"], strict=True))
        }
        rows = self._known["row"].to_numpy(dtype=np.intp)
        mine = [names[pair] for pair in zip(self._known["archetype"], self._known["user"], strict=True)]
        self.tables["products"] = replace(table, frame=self._filled(table.frame, rows, mine))

    def _fill_segments(self) -> None:
        """Give segments that are called like a kind of users of their archetype its use profile and its life."""
        table = self.tables["segments"]
        own = self._catalog["products"].frame
        said = own.set_index("product")[["use_profile", "lifetime"]]
        segments = pd.DataFrame({name: cells.objects(table.frame[name]) for name in ("product", "segment")})
        rows = segments.reset_index(names="at").merge(self._known[["product", "archetype"]], on="product")
        fits = [
            user in self._users[archetype] for user, archetype in zip(rows["segment"], rows["archetype"], strict=True)
        ]
        rows = rows[np.array(fits, dtype=bool)]
        names = [profile_name(*pair) for pair in zip(rows["archetype"], rows["segment"], strict=True)]
        given = said.reindex(rows["product"])
        self.tables["segments"] = replace(
            table, frame=self._filled(table.frame, rows["at"].to_numpy(dtype=np.intp), names, given)
        )

    def _filled(
        self, rows: pd.DataFrame, at: np.ndarray, names: list[str], given: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Write names into use profile and life where they are empty, and where the product names none itself."""
        out = {}
        for column, table in (("use_profile", "use_profiles"), ("lifetime", "lifetimes")):
            texts = cells.objects(rows[column]).copy()
            known = set(self.tables[table].frame[column])
            mine = np.array([name if name in known else "" for name in names], dtype=object)
            free = texts[at] == ""
            if given is not None:
                free &= (given[column] == "").to_numpy(dtype=bool)
            texts[at[free]] = mine[free]
            out[column] = pd.Series(texts, index=rows.index, dtype=rows[column].dtype)
        return rows.assign(**out)


def _positions(rows: pd.DataFrame, table: Table) -> np.ndarray:
    """Find rows in a table by their keys."""
    keys = list(TABLES[table.name].keys)
    there = {key: row for row, key in enumerate(zip(*(table.frame[name] for name in keys), strict=True))}
    texts = rows.reindex(columns=keys, fill_value="")
    return np.array([there[key] for key in zip(*(texts[name] for name in keys), strict=True)], dtype=np.intp)


@cache
def _countries() -> dict[str, str]:
    zones = frame("zones")
    return {zone: other for zone, other in zip(zones["zone"], zones["end_of_life"], strict=True) if other}


@cache
def _continent() -> dict[str, str]:
    rows = frame("model_regions")
    return dict(zip(rows["zone"], rows["remind_region"], strict=True))


def country_of(zone: str) -> str:
    """Give the country that a zone of the reference lies in; the zone itself where none is known."""
    return zone if zone in _continent() else _countries().get(zone, zone)


def is_european(country: str) -> bool:
    """Tell whether a country lies in Europe as the reference's regions have it."""
    return _continent().get(country) in _EUROPEAN
