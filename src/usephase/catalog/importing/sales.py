"""Units sold: where, when, of what; totals, duplicates and returns found."""

import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pandas as pd

from usephase.catalog.importing.body import Body, count, problem
from usephase.catalog.importing.columns import THOUSAND, Column, named_units, years_in
from usephase.catalog.importing.grid import shown
from usephase.catalog.importing.mapping import quoted
from usephase.catalog.importing.numerals import Number, is_nothing, read_number
from usephase.catalog.importing.places import PLACES_WRITTEN, Told, by_size, read_place, said, shares_of, size_of
from usephase.catalog.names import place

_FIRST_OF_TITLE = 1990
"""Smaller numbers in a title are no years of sales."""
_NO_YEAR = re.compile(r"(?i)\d{1,4}([.\-/_])\d{1,2}\1\d{1,4}|\d+\s?(?:k?w|v|mm|k?g|m?l)\b")
_CELLS_OF_A_ROW = 2
"""A row that has fewer cells is a heading."""

_SIZES = {"gdp": "gross domestic product (World Bank)", "population": "population (World Bank)"}


class Sold(Body):
    """Read the units of a table: an entry is a number of units with its product, place and year."""

    groups: dict[str, list[tuple[str, str, str]]]

    def _sales(self, rows: np.ndarray, product: np.ndarray) -> pd.DataFrame:
        """Give an entry a number of units: its row, product, place and year as written, units (None: not readable).

        A cell without a number is an entry too, `blank`, unless it says that nothing was sold: in one of several
        columns of units an empty cell or a dash, and a row that holds its heading alone.
        """
        parts, none_sold = [], []
        heading = (self.grid.cells[rows] != "").sum(axis=1) < _CELLS_OF_A_ROW
        for column in self.wide or [self.at["units"]]:
            thousand = Fraction(1000 if column.rule.unit == THOUSAND else 1)

            def times(number: Number, by: Fraction = thousand) -> Fraction | None:
                return by if not number.unit or named_units(number.unit) else None

            values = self._column_values(column, rows, times)
            texts = self.grid.cells[rows, column.at]
            blank = np.array([is_nothing(text) for text in texts], dtype=bool)
            unsold = blank & ~np.char.isalnum(np.array([text[:1] for text in texts], dtype=str))
            none_sold.append(unsold if len(self.wide) > 1 else blank & heading)
            kept = ~none_sold[-1]
            parts.append(pd.DataFrame({
                "at": np.flatnonzero(kept), "row": rows[kept], "product": product[kept],
                "place": column.rule.place or self._texts("region", rows)[kept],
                "year": str(column.rule.year or "") or self._texts("year", rows)[kept],
                "units": np.array(values, dtype=object)[kept], "blank": blank[kept],
            }))  # fmt: skip
            self._compare_total(column, thousand, values)
        self._say_not_sold(rows, np.array(none_sold))
        return pd.concat(parts, ignore_index=True)

    def _say_not_sold(self, rows: np.ndarray, none_sold: np.ndarray) -> None:
        """Say how many cells are taken as no sales, and which rows have no units at all."""
        if len(self.wide) > 1 and none_sold.any():
            self.notes.append(f"{count(int(none_sold.sum()), 'cell')} of units empty or a dash: taken as no sales")
        bare = none_sold.all(axis=0)
        if bare.any():
            told = f"{count(int(bare.sum()), 'row')} without any units: no sales"
            self.notes.append(f"{told} ({self._lines(rows[bare])})")

    def _ask_blanks(self, blanks: pd.DataFrame) -> None:
        """Ask for the units of rows that are there without a number; what they are is in no share."""
        if blanks.empty:
            return
        rows = blanks["row"].to_numpy()
        told = f"{count(blanks['row'].nunique(), 'row')} without a number of units ({self._lines(pd.unique(rows))})"
        decide = "write the units in the table's cells: 0 for none sold"
        self._ask((), f"{told}; what they are is in no share", decide, rows)

    def _compare_total(self, column: Column, times: Fraction, values: Sequence[Fraction | None]) -> None:
        """Say where the table's own total is not what the rows add up to: a row may be missing, or there twice."""
        if len(self.grand) != 1:
            return
        at = self.grand[0]
        number = read_number(self.grid.cells[at, column.at], bool(self.grid.numbers[at, column.at]))
        whole = sum((value for value in values if value is not None), Fraction(0))
        known = {Fraction(reading) * times for reading in number.readings.values()}
        if known and whole not in known:
            told = " or ".join(sorted(f"{float(value):,.12g}" for value in known))
            place = self.grid.place(at, column.at)
            self.notes.append(
                f"{place}: the total of `{shown(column.theirs)}` is {told}, the rows add up to {float(whole):,.12g}"
            )

    def _year(self, sales: pd.DataFrame) -> np.ndarray:
        """Give each entry's year; 0 where it cannot be told."""
        texts = sales["year"].astype(object).to_numpy()
        asked = next((c for c in self.columns if c.proposal and c.proposal.endswith('{ is = "year" }')), None)
        if asked is not None and self.year is None and self.told.year is None:
            what = f"the column `{shown(asked.theirs)}` may say the year: {asked.why}"
            decide = f"{asked.proposal}; or --year for all"
            rows = sales["row"].to_numpy()
            everything = np.ones(len(sales), dtype=bool)
            self._ask(("columns", asked.theirs), what, decide, rows, self._sum(sales, everything), proposals=("yes",))
            return np.zeros(len(sales), dtype=int)
        if not (texts != "").any():
            titled, where = self._year_of_title()
            year = self.year or self.told.year or titled or self.last
            # What the table itself says is not kept: next year's says another.
            self.of_map = None if year == titled and year not in (self.year, self.told.year) else year
            if self.year:
                why = "as asked"
            elif self.told.year:
                why = "as the map says" + (f", though {where.removeprefix('as ')}" if titled and titled != year else "")
            else:
                why = where or "the last full calendar year"
            more = "" if self.year else "; --year sets another"
            self.notes.append(f"the rows have no year: their units are taken as sold in {year}, {why}{more}")
            return np.full(len(sales), year)
        codes, unique = pd.factorize(texts)
        read = np.array([found.pop() if len(found := years_in(text)) == 1 else 0 for text in unique])
        for code in np.flatnonzero(read == 0):
            what = f"`{shown(unique[code])}` does not say one year" if unique[code] else "rows without a year"
            rows = sales["row"].to_numpy()[codes == code]
            self._ask(
                (),
                what,
                "write the calendar year of four digits in the table's cells",
                rows,
                self._sum(sales, codes == code),
            )
        return read[codes]

    def _year_of_title(self) -> tuple[int, str]:
        """Find the one year that stands above the column names or in the names of sheet and file; 0 where none does.

        A full date is a day of writing, and a number with a unit no year.
        """
        grid = self.grid
        places = [(text, f"`{shown(text)}` above the column names") for text in grid.cells[: self.head].ravel() if text]
        places += [(grid.origin, f"the name of the sheet (`{shown(grid.origin)}`)")] if grid.sheet else []
        places += [(grid.file, f"the name of the file (`{shown(grid.file)}`)")]
        told = [
            (year, where)
            for text, where in places
            for year in years_in(_NO_YEAR.sub(" ", text))
            if _FIRST_OF_TITLE <= year <= self.last + 2
        ]
        years = {year for year, _ in told}
        return (told[0][0], f"as {told[0][1]} says") if len(years) == 1 else (0, "")

    def _sum(self, sales: pd.DataFrame, mask: np.ndarray) -> float:
        return float(sum(abs(float(value)) for value in sales["units"].to_numpy()[mask] if value is not None))

    def _place(self, sales: pd.DataFrame, year: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give each entry's region, "" where it is open; and which are totals of others, left aside."""
        texts = sales["place"].astype(object).to_numpy()
        codes, unique = pd.factorize(texts)
        region = np.full(len(unique), "", dtype=object)
        total = np.zeros(len(unique), dtype=bool)
        self.groups: dict[str, list[tuple[str, str, str]]] = {}
        for i, text in enumerate(unique):
            decided = self.told.places.get(text) or (self.told.place if not text else "")
            told = read_place(text)
            if decided:
                region[i] = self._decided_place(text, decided)
            elif told.code:
                region[i] = told.code
            elif told.group is not None and not told.group.open:
                region[i] = self._group(text, told)
            elif told.total:
                total[i] = True
            if region[i] and text:
                self.places[text] = decided or (region[i] if told.code else text)
        out, totals = region[codes], total[codes]
        keys = pd.Series(list(zip(sales["product"], year, strict=True)))
        whole = set(keys[(out != "")])
        aside = totals & keys.isin(whole).to_numpy(dtype=bool) if totals.any() else totals
        if aside.any():
            lines = self._lines(sales["row"].to_numpy()[aside])
            self.notes.append(
                f"{count(int(aside.sum()), 'total')} over places: left aside, the places are there ({lines})"
            )
        for code in np.flatnonzero(region == ""):
            mask = (codes == code) & ~aside
            if mask.any():
                self._ask_place(unique[code], sales, mask)
        return out, aside

    def _ask_place(self, text: str, sales: pd.DataFrame, mask: np.ndarray) -> None:
        told = read_place(text)
        path: tuple[str, ...] = ("places", text) if text else ("place",)
        line = f"under [places]: {quoted(text)} = " if text else "above [columns]: place = "
        proposals: tuple[str, ...] = ()
        score = ""
        if told.group is not None:
            alike = [(member, f"{1 / len(told.group.members):.3g}") for member in told.group.members]
            example = ", ".join(map(" ".join, by_size(told.group.members) or alike))
            what, proposals = f"which countries `{text}` holds is yours to say", (example,)
            decide = (
                f'{line}"{example}" (an example, by gross domestic product: put your countries, each with its share '
                "of the sales)"
            )
        elif told.total:
            what, decide = (
                f"`{text}` is a total, and no place is given",
                f'{line}"DEU", or the group that it stands for',
            )
        elif not text:
            what, decide = "no place: where are these sold?", f'{line}"DEU" (for all rows without one)'
        else:
            proposals = told.near
            one = proposals[0] if proposals else "DEU"
            what = f"`{text}` is no place that is known"
            decide = f'{line}"{one}", or countries with shares: "DEU 0.5, FRA 0.5"'
            score = "; ".join(map(said, proposals[:4]))
        rows = sales["row"].to_numpy()[mask]
        self._ask(
            path, what, decide, rows, self._sum(sales, mask), proposals=proposals, shown=score or "; ".join(proposals)
        )

    def _decided_place(self, text: str, decided: str) -> str:
        """Read what the map says of a place: one, or countries with shares."""
        if code := place(decided):
            return code
        known = read_place(decided)
        if known.group is not None and not known.group.open:
            return self._group(decided, known)
        if not (members := shares_of(decided)):
            where = f"map.toml:places.{text}" if text else "map.toml:place"
            raise problem(where, f"`{shown(decided)}` is no place", f"write {PLACES_WRITTEN}")
        name = (text or "everywhere").replace(";", ",").replace("=", "-")
        why = (
            f"an assumption, as map.toml says: weighted by {_SIZES[size]}"
            if (size := size_of(decided))
            else ("shares of its sales as map.toml says")
        )
        self.groups[name] = [(code, share, why) for code, share in members]
        return name

    def _group(self, text: str, told: Told) -> str:
        """Give the regions rows of a known group of countries, and its name."""
        assert told.group is not None
        name = text.replace(";", ",").replace("=", "-")
        if told.group.zone:
            self.groups[name] = [
                (told.group.zone, "1", f"mean grid of the group ({told.group.note}), for want of shares of its sales")
            ]
        else:
            members = by_size(told.group.members)
            how = f"weighted by {_SIZES['gdp']}: an assumption" if members else "weighted alike"
            why = f"members of the group ({told.group.note}), {how}, for want of shares of its sales"
            self.groups[name] = [
                (code, share, why) for code, share in members or [(m, "1") for m in told.group.members]
            ]
        return name

    def _duplicates(self, rows: np.ndarray, sales: pd.DataFrame, out: np.ndarray) -> np.ndarray:
        """Find rows of which every cell is as in an earlier one."""
        codes = [pd.factorize(self.grid.cells[rows, i])[0] for i in range(self.grid.cells.shape[1])]
        twice = pd.DataFrame(dict(enumerate(codes))).duplicated().to_numpy(dtype=bool)[sales["at"].to_numpy()] & ~out
        if twice.any() and self.told.rows.duplicates == "":
            decide = 'under [rows]: duplicates = "once" (they say one thing twice) or "add" (each counts)'
            what = "rows of which every cell is as in an earlier row"
            at = sales["row"].to_numpy()[twice]
            self._ask(("rows", "duplicates"), what, decide, at, self._sum(sales, twice), proposals=("once", "add"))
        elif twice.any():
            done = "left aside" if self.told.rows.duplicates == "once" else "added"
            self.notes.append(f"{count(int(twice.sum()), 'row')} as earlier ones: {done}, as the map says")
        keys = ["product", "region", "of_year"]
        sold = np.array([value is not None and value > 0 for value in sales["units"]], dtype=bool)
        more = sales[~out & ~twice & sold & (sales["region"] != "").to_numpy(dtype=bool)].duplicated(keys).sum()
        if more:
            self.notes.append(
                f"{count(int(more), 'row')} of a product, place and year that has one already: the units are added"
            )
        return twice

    def _returns(self, sales: pd.DataFrame, units: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Find units below 0; also, where returns are subtracted, the sums that stay below 0."""
        negative = (units < 0) & ~out
        rule = self.told.rows.returns
        if rule == "":
            decide = (
                'under [rows]: returns = "subtract" (from the units of the same product, place and year) or "leave_out"'
            )
            at = sales["row"].to_numpy()[negative]
            self._ask(
                ("rows", "returns"),
                "units below 0: returns?",
                decide,
                at,
                self._sum(sales, negative),
                proposals=("subtract", "leave_out"),
            )
            return negative
        if rule != "subtract":
            return np.zeros(len(units), dtype=bool)
        net = (
            pd.Series(np.where(out, 0.0, units))
            .groupby([sales["product"], sales["region"], sales["of_year"]])
            .transform("sum")
        )
        below = (net.to_numpy() < 0) & ~out
        what = "more units came back than were sold of a product in a place and year"
        self._ask(
            (),
            what,
            "correct the table, or take years together",
            sales["row"].to_numpy()[below],
            self._sum(sales, below),
        )
        return below
