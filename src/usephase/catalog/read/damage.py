"""What of a catalog could not be read, and which names are lost with it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from usephase.catalog.schema import TABLES

# What the text of a column names. Columns of one kind refer to one another.
KINDS = {
    "product": "product", "use_profile": "use_profile", "lifetime": "lifetime", "mode": "mode", "service_mode": "mode",
    "region": "place", "zone": "place", "grid": "place", "end_of_life": "place", "scenario": "scenario",
    "carrier": "carrier", "gas": "gas", "material": "material", "route": "route", "family": "family",
    "option": "option", "group": "group", "segment": "segment", "part": "part", "year": "year",
    "archetype": "archetype", "scenarios": "scenario", "reporting_year": "year", "base_year": "year",
}  # fmt: skip
ANYTHING = frozenset({"", "*", "electricity", "-1"})
_PARTS = re.compile(r"[\s/;=,]+")


@dataclass(frozen=True)
class Damage:
    """Say what could not be read: cells of a row, with the names that the row holds, or a table as a whole.

    Attributes
    ----------
    table : str
        ``settings`` for what is refused in catalog.toml.
    columns, names : frozenset of str
    whole : bool
    place : str
        Of a number that was read, and is refused for what it means: outside what is possible.
    """

    table: str
    columns: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    whole: bool = False
    place: str = ""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of things of which a name may be lost."""
        return kinds_of(self.table) if self.whole else frozenset(KINDS[c] for c in self.columns if c in KINDS)


def kinds_of(table: str) -> frozenset[str]:
    """Give the kinds of things that a table's columns name."""
    if table == "settings":
        return frozenset({"scenario", "year"})
    return frozenset(KINDS[column.name] for column in TABLES[table].columns if column.name in KINDS)


def named(texts: Iterable[str]) -> frozenset[str]:
    """Give the names in texts, also those in the text of a row (``product=A;mode=on``)."""
    return frozenset(part for text in texts for part in (text, *_PARTS.split(text))) - ANYTHING
