"""From a grid of cells to products and sales: what is sure is taken, what is not becomes a question."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.importing.body import NothingDecided, Question, count, problem
from usephase.catalog.importing.columns import Column, header_row, recognise
from usephase.catalog.importing.grid import Grid, shown
from usephase.catalog.importing.mapping import COMMON_UNITS, NONE, UNFILLED, UNITS, Map, quoted
from usephase.catalog.importing.numerals import Number, factor, written
from usephase.catalog.importing.sales import Sold
from usephase.catalog.reference import kinds
from usephase.catalog.reference.rows import frame
from usephase.catalog.rules.plausible.bands import Names, slips
from usephase.errors import CatalogError, Problem

ATTRIBUTES = ("name", "family", "brand", "archetype", "user")
USERS = ("home", "professional", "mixed")
_MOST_OF_A_COLUMN = 0.5
_MANY = 3
"""From so many products on whose kind nothing says, the name of the list is asked about."""
_UNNAMED = "not named"
"""The family of products that have none, where coverage needs one."""


@dataclass(frozen=True)
class Understood:
    """Hold what a table says: the tables of a catalog as text, and everything that is open or was noticed."""

    grid: Grid
    columns: tuple[Column, ...]
    told: Map
    tables: Mapping[str, pd.DataFrame]
    reporting_year: int
    questions: tuple[Question, ...]
    notes: tuple[str, ...]
    rows: int
    to_decide: int
    share: float
    out_of_scope: str = ""


def understand(grid: Grid, told: Map, year: int | None, last_full_year: int) -> Understood:
    """Read the products and sales of a table.

    Parameters
    ----------
    grid : Grid
    told : Map
        What is decided already.
    year : int or None
        Of sales that the table gives none for; else the map's, else the last full one.
    last_full_year : int

    Raises
    ------
    CatalogError
        If no product, no units or nothing decided is in it.
    """
    head = header_row(grid)
    columns = recognise(grid, head, told)
    return _Table(grid, head, columns, told, year, last_full_year).understood()


class _Table(Sold):
    def _attributes(self, rows: np.ndarray, product: np.ndarray) -> pd.DataFrame:
        """Give a row a product, in the order of the table, with what its rows say of it."""
        frame_ = pd.DataFrame({"product": product, "row": rows})
        for role in ATTRIBUTES:
            frame_[role] = self._texts(role, rows)
        for role, to in UNITS.items():
            if role in self.at:
                unit = self.at[role].rule.unit

                def times(number: Number, unit: str = unit, to: str = to) -> Fraction | None:
                    return factor(number.unit or unit, to)

                values = self._column_values(self.at[role], rows, times)
                self._note_far(role, frame_["name"].where(frame_["name"] != "", frame_["product"]), values)
                frame_[role] = ["" if value is None or value <= 0 else written(value) for value in values]
                if any(value is not None and value <= 0 for value in values):
                    self.notes.append(f"`{shown(self.at[role].theirs)}`: 0 or less is taken as not known")
            else:
                frame_[role] = ""
        frame_ = frame_[product != ""]
        columns = [*ATTRIBUTES, *UNITS]
        told = frame_.assign(**{c: frame_[c].where(frame_[c] != "") for c in columns})
        by = told.groupby("product", sort=False)
        out = by[columns].first().fillna("")
        out["row"] = by["row"].first()
        many = by[[*UNITS, "name"]].nunique()
        for role in UNITS:
            for name in many.index[many[role] > 1]:
                held = told.loc[(told["product"] == name) & told[role].notna()]
                numbers = ", ".join(held[role].unique()[:4])
                column = shown(self.at[role].theirs)
                what = f"`{shown(name)}` has {numbers} {UNITS[role]} in `{column}`; its archetype's is used"
                self._ask(
                    (), what, "write one number in all rows of the product", held["row"].to_numpy(), excluded=False
                )
                out.loc[name, role] = ""
        return out.reset_index()

    def _note_far(self, role: str, names: pd.Series, values: Sequence[Fraction | None]) -> None:
        """Say where most numbers of a column are outside what such products have, and which slip would explain it."""
        quantity = {"rated_power": "power"}.get(role, role)
        number = np.array([np.nan if value is None or value <= 0 else float(value) for value in values])
        known = ~np.isnan(number)
        if not known.any():
            return
        low, high, _ = Names(names[known], (quantity,)).bands(quantity)
        number = number[known]

        def inside(times: float) -> float:
            return float(np.mean((number * times >= low) & (number * times <= high)))

        if inside(1.0) >= _MOST_OF_A_COLUMN:
            return
        fitting = [slip.name for slip in slips(quantity) if inside(slip.factor) > _MOST_OF_A_COLUMN]
        meant = next((name for name in fitting if name.endswith(f" {self.at[role].rule.unit}")), "")
        told = (
            f"the median is {np.median(number):,.12g} {UNITS[role]}, and most are far outside what such products have"
        )
        asked = f": {meant}? Correct the unit in map.toml under [columns]" if meant else ""
        self.notes.append(f"`{shown(self.at[role].theirs)}`: {told}{asked}")

    def _kinds(self, products: pd.DataFrame) -> np.ndarray:
        """Give each product's archetype; "" where it is open."""
        product, given, family = (products[role].tolist() for role in ("product", "archetype", "family"))
        keyed = kinds.keys()
        given = [keyed.get(text.strip().casefold(), text) for text in given]
        name = [text or key for text, key in zip(products["name"], product, strict=True)]
        typed_as = given
        # What the table calls its type decides, if it can; else the description, with type and family beside it.
        typed = kinds.propose(zip(given, family, strict=True))
        asked = [
            (kind, group) if kind and typed[kind, group].sure else (text, f"{kind} {group}".strip())
            for kind, text, group in zip(given, name, family, strict=True)
        ]
        found = kinds.propose(asked)
        alone = kinds.propose((text, "") for text in name)
        known = {*keyed.values(), NONE}
        bare = [kinds.without_numbers(text) for text in name]
        whole_list = self._kind_told("archetype", self.told.archetype, known)
        shared = pd.Series(bare).duplicated(keep=False).to_numpy(dtype=bool) & (np.array(bare, dtype=object) != "")
        short = [bare[i] if shared[i] else text for i, text in enumerate(name)]
        # A description that names no kind is asked about by what the table calls its type: one question a type.
        short = [typed_as[i] if typed_as[i] and not found[asked[i]].scores else text for i, text in enumerate(short)]
        out, opened = [], dict[str, list[int]]()
        by_name: dict[str, set[str]] = {}
        for i, pair in enumerate(asked):
            keys = (product[i], name[i], bare[i], typed_as[i])
            told = next((self.told.archetypes[key] for key in keys if key in self.told.archetypes), "")
            self._kind_told(f"archetypes.{shown(name[i])}", told, known)
            decided = told or (given[i] if given[i] in known else found[pair].sure)
            if not decided and whole_list and not found[pair].scores:
                out.append(whole_list)
                continue
            out.append(decided)
            if not decided:
                opened.setdefault(short[i], []).append(i)
            elif not told:
                by_name.setdefault(short[i], set()).add(decided if alone[name[i], ""].sure == decided else "")
        # Kept for next year by what decided it: the description without numbers, where it alone did; else the product.
        for i, decided in enumerate(out):
            told_by = {product[i], name[i], bare[i], typed_as[i]}
            unsaid = whole_list and not found[asked[i]].scores
            if decided and given[i] != decided and not unsaid and not self.told.archetypes.keys() & told_by:
                whole = by_name[short[i]] == {decided} and short[i] not in opened
                self.kinds[short[i] if whole else product[i]] = decided
        self.proposed = {key: (kind,) for key, kind in zip(product, out, strict=True) if kind} | {
            product[i]: held
            for rows in opened.values()
            for i in rows
            if (held := tuple(kind for kind, _ in found[asked[i]].scores[: kinds.SHOWN]))
        }
        self.opened = {key: (rows, found[asked[rows[0]]]) for key, rows in opened.items()}
        return np.array(out, dtype=object)

    def _kind_told(self, where: str, told: str, known: Collection[str]) -> str:
        """Give an archetype that the map says."""
        if told and told not in known:
            near = kinds.nearest(told, known) if told != UNFILLED else ""
            fix = f"did you mean `{near}`? " if near else ""
            fix += "`usephase reference archetypes` lists them"
            raise problem(f"map.toml:{where}", f"`{told}` is no archetype", fix)
        return told

    def _ask_kind_of_list(self, sales: pd.DataFrame) -> None:
        """Ask about all rows whose kind nothing says at once, where the name of list, sheet or file says one kind."""
        silent = {i for rows, told in self.opened.values() if not told.scores for i in rows}
        grid = self.grid
        titles = [" ".join(row) for row in grid.cells[: self.head]] + [grid.origin, grid.file.rpartition(".")[0]]
        named = [(title, told.sure) for (title, _), told in kinds.propose((t, "") for t in titles).items() if told.sure]
        rows = sales.loc[sales["product"].isin(self.names[sorted(silent)]), "row"].to_numpy()
        if len({kind for _, kind in named}) != 1 or len(silent) < _MANY or not len(rows):
            return
        title, kind = named[0]
        what = f"the kinds of {count(len(rows), 'row')} are not said; `{shown(title)}` says {kind}"
        decide = f"above [columns]: archetype = {quoted(kind)} (for all rows whose kind nothing says)"
        self._ask(("archetype",), what, decide, rows, excluded=False, proposals=(kind,))

    def _ask_kinds(self, products: pd.DataFrame, sales: pd.DataFrame) -> None:
        rows: dict[Any, list[int]] = sales.groupby("product")["row"].agg(list).to_dict() if self.opened else {}
        counted = sales.assign(u=[0.0 if v is None else abs(float(v)) for v in sales["units"]])
        units = counted.groupby("product")["u"].sum()
        names, power = products["product"].to_numpy(), products["rated_power"].to_numpy()
        for text, (its, told) in self.opened.items():
            mine = [product for product in names[its] if product in rows]
            if not mine:
                continue
            more = f" and {len(mine) - 1} more products" if len(mine) > 1 else ""
            if kinds.says_watts(text) or (power[its] != "").all():
                told = kinds.with_watts(told, text)
            what = f"`{shown(text)}`{more}: its kind is not sure"
            what += "; its words say a part or an accessory" if told.part else ""
            # Only what leads clearly stands there ready: a line that is copied unread must not be a wrong one.
            line = f"{quoted(text)} = {quoted(told.leading or UNFILLED)}"
            decide = (
                f'under [archetypes]: {line}; `usephase reference archetypes` lists all; "{NONE}" leaves out for good '
                "what uses no energy"
            )
            of = np.array([row for product in mine for row in rows[product]])
            proposals = tuple(archetype for archetype, _ in told.scores[: kinds.SHOWN])
            text_ = told.text
            if told.part:
                proposals, text_ = (NONE, *proposals), "; ".join(filter(None, (NONE, text_)))
            self._ask(
                ("archetypes", text), what, decide, of, float(units[mine].sum()), proposals=proposals, shown=text_
            )

    # -- all -------------------------------------------------------------------------------------------------

    def understood(self) -> Understood:
        """Read everything."""
        rows = self._rows()
        product, nameless = self._products(rows)
        self._styles(rows)
        sales = self._sales(rows, product)
        year = self._year(sales)
        region, aside = self._place(sales, year)
        products = self._attributes(rows, product)
        archetype = self._kinds(products)
        sales["kind"] = sales["product"].map(dict(zip(products["product"], archetype, strict=True))).fillna("")
        out = (sales["kind"] == NONE).to_numpy(dtype=bool) | aside
        if self.told.rows.without_product == "leave_out":
            out |= (sales["product"] == "").to_numpy(dtype=bool)
        none = (sales["kind"] == NONE).to_numpy(dtype=bool)
        self.names = products["product"].to_numpy()
        self._ask_kind_of_list(sales[~out])
        self._ask_kinds(products, sales[~out])
        self._ask_blanks(sales[~out & sales["blank"].to_numpy(dtype=bool)])
        unread = np.array([value is None for value in sales["units"]], dtype=bool)
        units = np.array([0.0 if value is None else float(value) for value in sales["units"]])
        sales["region"], sales["of_year"] = region, year
        open_ = (
            (region == "")
            | (year == 0)
            | (sales["kind"] == "").to_numpy(dtype=bool)
            | unread
            | nameless[sales["at"].to_numpy()]
        )
        again = self._duplicates(rows, sales, out)
        out |= again if self.told.rows.duplicates == "once" else False
        open_ |= again & (self.told.rows.duplicates == "")
        open_ |= self._returns(sales, units, open_ | out)
        out |= (units < 0) & (self.told.rows.returns == "leave_out")
        taken = sales[~open_ & ~out & (units != 0)]
        if ((units == 0) & ~unread & ~out).any():
            self.notes.append(f"0 units in {count(int(((units == 0) & ~unread & ~out).sum()), 'cell')}: no sales")
        if taken.empty:
            raise self._nothing()
        left = sales[~out].assign(open=open_[~out], units_=np.abs(units)[~out])
        whole = float(left["units_"].sum())
        share = float(left.loc[~left["open"], "units_"].sum()) / whole if whole else 1.0
        undecided = set(left.loc[left["open"], "row"])
        scope = self._out_of_scope(sales[none], whole)
        self._ask_columns()
        years = sorted(set(taken["of_year"]))
        tables = self._tables(products.assign(kind=archetype), taken, left)
        return Understood(
            self.grid, tuple(self.columns), self._map(), tables, self._reporting(years), tuple(self._largest_first()),
            tuple(self.notes), len(rows), len(undecided), share, scope,
        )  # fmt: skip

    def _out_of_scope(self, none: pd.DataFrame, others: float) -> str:
        """Say what the map leaves out for good, and how much of all units that is; "" where it is nothing."""
        if none.empty:
            return ""
        units = self._sum(none, np.ones(len(none), dtype=bool))
        share = 100 * units / (units + others) if units else 0.0
        of = f"{count(none['product'].nunique(), 'product')} with {units:,.0f} units ({share:.3g} % of all units)"
        told = f"left out by decision ({NONE} in the map): {of}; neither listed nor in coverage"
        self.notes.append(told)
        return told

    def _largest_first(self) -> list[Question]:
        return sorted(self.questions, key=lambda q: (q.path != ("archetype",), not q.excluded, -q.units))

    def _nothing(self) -> CatalogError:
        if not self.questions:
            return problem(self.grid.place(self.head), "the table has no units sold", "add the rows of what was sold")
        problems = []
        for q in self._largest_first():
            fix = f"write in map.toml {q.decide}" if q.path else q.decide
            if q.excluded:
                problems.append(Problem(where=self.grid.place(int(q.rows[0])), what=q.what, fix=fix))
        return NothingDecided(problems[:20], tuple(self._largest_first()), tuple(self.columns), self.of_map)

    def _ask_columns(self) -> None:
        for column in self.columns:
            if column.proposal:
                what = f"the column `{shown(column.theirs)}` is not read: {column.why}"
                units = next((held for role, held in COMMON_UNITS.items() if f'"{role}"' in column.proposal), ("yes",))
                path, at = ("columns", column.theirs), np.array([self.head])
                self._ask(path, what, column.proposal, at, excluded=False, proposals=units)

    def _reporting(self, years: Sequence[int]) -> int:
        if self.year is not None:
            if self.year not in years:
                known = ", ".join(map(str, years))
                raise problem("--year", f"no units are sold in {self.year}", f"name a year of the table: {known}")
            return self.year
        return max([year for year in years if year <= self.last] or years)

    def _map(self) -> Map:
        rules = {c.theirs: c.rule for c in self.columns if c.theirs}
        return self.told.model_copy(update={
            "sheet": self.grid.origin if self.grid.sheet else "", "year": self.of_map, "columns": rules,
            "places": {**self.told.places, **self.places}, "archetypes": {**self.told.archetypes, **self.kinds},
        })  # fmt: skip

    def _tables(self, products: pd.DataFrame, taken: pd.DataFrame, left: pd.DataFrame) -> dict[str, pd.DataFrame]:
        sold = set(taken["product"])
        made = products[products["product"].isin(sold)].copy()
        family = frame("archetypes").set_index("archetype")["family"]
        if "family" not in self.at:
            made["family"] = made["kind"].map(family)
        made["archetype"] = made["kind"]
        user = made["user"].str.casefold()
        odd = made.loc[~user.isin(["", *USERS])]
        if len(odd):
            what = f"`{shown(odd['user'].iloc[0])}` is no kind of user: the archetype's own mixture is used"
            self._ask((), what, f"write one of {', '.join(USERS)} in the table", odd["row"].to_numpy(), excluded=False)
        made["user"] = user.where(user.isin(USERS), "")
        coverage = self._coverage(made, left)
        keys = ["product", "region", "of_year"]
        total = taken.assign(units=taken["units"].astype(object)).groupby(keys)["units"].sum().reset_index()
        sales = pd.DataFrame({
            "product": total["product"], "region": total["region"], "year": total["of_year"].astype(str),
            "units": [written(value) for value in total["units"]],
        })  # fmt: skip
        used = sorted(set(sales["region"]) & self.groups.keys())
        regions = [
            (name, code, share, "estimate" if "assumption" in why else "", why)
            for name in used
            for code, share, why in self.groups[name]
        ]
        columns = ["product", "name", "family", "brand", "archetype", "user", *UNITS]
        kept = [c for c in columns if c in ("product", "archetype") or (made[c] != "").any()]
        return {
            "products": made.sort_values("product")[kept], "sales": sales[(sales["units"] != "0")],
            "regions": pd.DataFrame(regions, columns=["region", "zone", "weight", "data_type", "source"]),
            "coverage": coverage,
        }  # fmt: skip

    def _coverage(self, made: pd.DataFrame, left: pd.DataFrame) -> pd.DataFrame:
        """Say per family which share of its units is listed; `made` gets families where it needs them.

        What is open of a family that is listed counts there; else it is parted alike over its proposals, each over the
        families listed that have such products; what is of no family listed is spread over all of them alike.
        """
        empty = pd.DataFrame(columns=["family", "covered", "source"])
        if not left["open"].any() or not left.loc[left["open"], "units_"].sum():
            return empty
        made.loc[made["family"] == "", "family"] = _UNNAMED
        rows = self._texts("family", left["row"].to_numpy())
        of = (
            left["product"]
            .map(dict(zip(made["product"], made["family"], strict=True)))
            .fillna(pd.Series(rows, index=left.index))
        )
        listed = left.loc[~left["open"]].groupby(of)["units_"].sum()
        listed = listed[listed > 0]
        missing, unknown = dict.fromkeys(listed.index, 0.0), 0.0
        homes = _homes(made[made["family"].isin(listed.index)])
        open_ = left[left["open"]].assign(of=of).groupby(["product", "of"], as_index=False)["units_"].sum()
        for product, name, units in zip(open_["product"], open_["of"], open_["units_"], strict=True):
            proposed = self.proposed.get(product, ("",))
            for at in [[name]] if name in missing else map(homes, proposed):
                part = units if name in missing else units / len(proposed)
                unknown += 0.0 if at else part
                for one in at:
                    missing[one] += part / len(at)
        covered = listed / (listed + pd.Series(missing) + unknown * listed / listed.sum())
        of_all = f"{left['open'].sum():,} of {len(left):,} entries of the table"
        why = (
            f"usephase import: {of_all} are undecided (to_decide.csv); their units count to the families of what is "
            "proposed, where these are listed, else to all families, and are "
            "extrapolated at the mean emissions of a unit of the family"
        )
        self.notes.append(f"coverage.csv: {why.removeprefix('usephase import: ')}, beside the total")
        told = [(str(name), f"{share:.6g}", why) for name, share in covered.items() if share < 1]
        return pd.DataFrame(sorted(told), columns=["family", "covered", "source"])


def _homes(made: pd.DataFrame) -> Callable[[str], list[str]]:
    """Give the families that products of a kind have here; of another kind those of its family in the reference."""
    of = frame("archetypes").set_index("archetype")["family"]
    alike = {str(kind): sorted(set(its)) for kind, its in made.groupby("kind")["family"]}
    near = {str(family): sorted(set(its)) for family, its in made.groupby(made["kind"].map(of))["family"]}
    return cache(lambda kind: alike.get(kind, near.get(of.get(kind, ""), [])))
