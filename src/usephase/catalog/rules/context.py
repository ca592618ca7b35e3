"""What the rules look at: the resolved catalog, and joins that several of them need."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from usephase.catalog.options.records import Options, RowRefusal
from usephase.catalog.options.understand import read_options
from usephase.catalog.resolve import ELECTRICITY, Reference, Resolved
from usephase.catalog.schema import TABLES, YEARLY_UNIT
from usephase.catalog.table import Catalog, Table
from usephase.catalog.values import cells
from usephase.errors import Problem

HOURS = frozenset({"h/year", "h/day", "h/life", "rest"})
CYCLES = frozenset({"cycle/year", "cycle/day", "cycle/week", "cycle/life"})
PER_LIFE = frozenset({"h/life", "cycle/life"})
A_YEAR = {"h/year": 1.0, "h/day": 365.0, "cycle/year": 1.0, "cycle/day": 365.0, "cycle/week": 365.0 / 7.0}
"""Amounts a year of each unit that does not depend on the life."""


@dataclass(frozen=True)
class Context:
    """Hold a resolved catalog and the joins of its tables.

    Attributes
    ----------
    resolved : Resolved
        Row numbers below are those of its tables.
    reference : callable
        Gives the whole of a reference table, for suggestions.
    found : sequence of Problem
        What reading has found already; nothing is said twice.
    """

    resolved: Resolved
    reference: Reference
    found: Sequence[Problem] = ()

    @cached_property
    def lost(self) -> frozenset[str]:
        """Kinds of things of which a name could not be read: what is said of them may follow from that."""
        return frozenset().union(*(damage.kinds for damage in self.catalog.damaged))

    @property
    def catalog(self) -> Catalog:
        """The catalog as read."""
        return self.resolved.catalog

    def table(self, name: str) -> Table:
        """Give a resolved table."""
        return self.resolved.tables[name]

    @cached_property
    def _texts(self) -> dict[tuple[str, str], np.ndarray]:
        return {}

    def text(self, name: str, column: str) -> np.ndarray:
        """Give a text, number or year column as an array. Shape (row,)."""
        if (name, column) not in self._texts:
            series = self.table(name).frame[column]
            numeric = pd.api.types.is_numeric_dtype(series.dtype)
            self._texts[name, column] = series.to_numpy() if numeric else cells.objects(series)
        return self._texts[name, column]

    def own(self, name: str) -> np.ndarray:
        """Tell which rows are the catalog's. Shape (row,)."""
        return np.asarray(self.table(name).line >= 0)

    def best(self, name: str, column: str) -> np.ndarray:
        """Give the best estimates of a column, NaN where it is absent. Shape (row,)."""
        return cells.best_estimates(self.table(name).values[column])

    @cached_property
    def products(self) -> "pd.Index[str]":
        """Every product's name; positions are product numbers."""
        index: pd.Index[str] = pd.Index(self.text("products", "product"))
        return index

    @cached_property
    def _product_numbers(self) -> dict[str, np.ndarray]:
        return {}

    def product(self, name: str) -> np.ndarray:
        """Give the product number of each row, -1 where there is no such product. Shape (row,)."""
        if name not in self._product_numbers:
            self._product_numbers[name] = self.products.get_indexer(pd.Index(self.text(name, "product")))
        return self._product_numbers[name]

    @cached_property
    def uses(self) -> pd.DataFrame:
        """Every product, or each of its segments: ``product``, ``segment`` (row or -1), ``profile``, ``lifetime``."""
        number = self.product("segments")
        rows = np.flatnonzero(number >= 0)
        whole = np.setdiff1d(np.arange(len(self.products)), number[rows])
        product = np.concatenate([whole, number[rows]])
        segment = np.concatenate([np.full(len(whole), -1), rows])
        columns = {}
        for out, column in (("profile", "use_profile"), ("lifetime", "lifetime")):
            inherited = self.text("products", column)[product]
            own = np.concatenate([np.full(len(whole), "", dtype=object), self.text("segments", column)[rows]])
            columns[out] = np.where(own == "", inherited, own)
        return pd.DataFrame({"product": product, "segment": segment, **columns}).astype(
            {"profile": object, "lifetime": object}
        )

    @cached_property
    def options(self) -> tuple[Options, list[tuple[int, RowRefusal]]]:
        """The rows of `options`, understood, and what is wrong with the others."""
        return read_options(self.resolved)

    @cached_property
    def sold(self) -> pd.DataFrame:
        """Where every product is sold: ``product``, ``region``, each pair once."""
        product = self.product("sales")
        pairs = pd.DataFrame({"product": product, "region": self.text("sales", "region")})[product >= 0]
        return pairs.astype({"region": "category"}).drop_duplicates(ignore_index=True).astype({"region": object})

    @cached_property
    def electric_regions(self) -> dict[str, int]:
        """The regions in which anything electric is sold, each with the first year of such a sale."""
        electric = np.zeros(len(self.products) + 1, dtype=bool)  # the last one stands for an unknown product
        electric[self.product("modes")[self.text("modes", "carrier") == ELECTRICITY]] = True
        electric[-1] = False
        rows = np.flatnonzero(electric[self.product("sales")])
        first = pd.Series(self.text("sales", "year")[rows]).groupby(self.text("sales", "region")[rows]).min()
        return {str(region): int(year) for region, year in first.items()}

    @cached_property
    def yearly(self) -> np.ndarray:
        """Tell which modes' rate is a year's energy. Shape (row,)."""
        return np.asarray(self.text("modes", "rate_unit") == YEARLY_UNIT, dtype=bool)

    @cached_property
    def demand(self) -> pd.DataFrame:
        """Every mode in every profile it is used under: ``row`` (of modes), ``product``, ``mode``, ``profile``.

        Only profiles that exist, and not the modes whose rate is a year's energy, which take no amount.
        """
        known = set(self.text("use_profiles", "use_profile"))
        uses = self.uses[self.uses["profile"].isin(known)]
        modes = pd.DataFrame(
            {
                "row": np.arange(len(self.table("modes"))),
                "product": self.product("modes"),
                "mode": self.text("modes", "mode"),
            }
        )
        joined = modes[~self.yearly].merge(uses[["product", "profile"]], on="product")
        return joined.drop_duplicates(["row", "profile"], ignore_index=True)

    @cached_property
    def supply(self) -> pd.DataFrame:
        """The rows of the use profiles: ``profile``, ``mode``, ``region``, ``unit``, ``best``, ``at`` (row)."""
        return pd.DataFrame(
            {
                "profile": self.text("use_profiles", "use_profile"),
                "mode": self.text("use_profiles", "mode"),
                "region": self.text("use_profiles", "region"),
                "unit": self.text("use_profiles", "amount_unit"),
                "best": self.best("use_profiles", "amount"),
                "at": np.arange(len(self.table("use_profiles"))),
            }
        )

    def missing(self, wanted: pd.DataFrame) -> pd.DataFrame:
        """Find what no row of the use profiles answers for.

        Parameters
        ----------
        wanted : DataFrame
            With columns ``product``, ``profile``, ``mode``.

        Returns
        -------
        DataFrame
            Those rows of `wanted` that lack an amount, with the first ``region`` where they do ("" = everywhere).
        """
        pairs = pd.MultiIndex.from_frame(wanted[["profile", "mode"]])
        everywhere = self.supply[self.supply["region"] == ""]
        lacking = wanted[~pairs.isin(pd.MultiIndex.from_frame(everywhere[["profile", "mode"]]))]
        if lacking.empty:
            return lacking.assign(region="")
        pairs = pd.MultiIndex.from_frame(lacking[["profile", "mode"]])
        somewhere = pairs.isin(pd.MultiIndex.from_frame(self.supply[["profile", "mode"]]))
        nowhere, partly = lacking[~somewhere].assign(region=""), lacking[somewhere]
        by_region = partly.reset_index(names="_").merge(self.sold, on="product")
        triples = pd.MultiIndex.from_frame(by_region[["profile", "mode", "region"]])
        gaps = by_region[~triples.isin(pd.MultiIndex.from_frame(self.supply[["profile", "mode", "region"]]))]
        gaps = gaps.drop_duplicates("_").set_index("_")
        return pd.concat([nowhere, gaps]) if len(gaps) else nowhere

    @cached_property
    def refused_lines(self) -> frozenset[str]:
        """Places of whole rows (``modes.csv:14``, ``modes!14``) in which reading refused something."""
        return frozenset(self.line(p.where) for p in self.found if p.severity == "error")

    @staticmethod
    def line(where: str) -> str:
        """Give the whole row of a place: ``modes.csv:14``, ``modes!14``."""
        if "!" in where:
            sheet, _, cell = where.partition("!")
            return f"{sheet}!{cell.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}"
        return ":".join(where.split(":")[:2])

    def refused(self, name: str, row: int) -> bool:
        """Tell whether reading has already refused something in a row."""
        return bool(self.refused_lines) and self.line(self.table(name).place(row)) in self.refused_lines

    @cached_property
    def _incomplete(self) -> dict[str, bool]:
        return {}

    def incomplete(self, name: str) -> bool:
        """Tell whether reading dropped rows of a table because of their keys."""
        if name not in self._incomplete:
            table = self.catalog[name]
            keys = TABLES[name].keys
            if table.sheet:
                letters = {table.letters.get(key, "A") for key in keys}
                hit = (
                    p.where.startswith(f"{table.origin}!") and p.where.partition("!")[2].rstrip("0123456789") in letters
                    for p in self.found
                )
            else:
                hit = (
                    p.where.startswith(f"{table.origin}:") and p.where.rpartition(":")[2] in keys for p in self.found
                )
            self._incomplete[name] = any(hit)
        return self._incomplete[name]
