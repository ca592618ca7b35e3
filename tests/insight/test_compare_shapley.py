"""Contributions on random catalogs between random options, held against a brute-force Shapley value.

The options change values and texts, fill empty cells, and add and remove rows. The brute force writes a catalog for
every subset of the changes that differ and runs each of them: it knows nothing of moves, plans or switches.
"""

import copy
import re
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some

MOST = 3
"""Changes that an option has: every set of those that differ is a run."""
NUMBER = r"[0-9.]+(?:e[+-]?[0-9]+)?"
KEYS = {
    "products": ("product",), "modes": ("product", "mode"), "lifetimes": ("lifetime",),
    "materials": ("product", "part", "material"), "refrigerants": ("product", "gas"),
    "segments": ("product", "segment"), "treatments": ("material", "route"),
}  # fmt: skip
VALUES = (("modes", "rate"), ("lifetimes", "mean"), ("materials", "mass"), ("refrigerants", "charge"),
          ("treatments", "factor"))  # fmt: skip
NUMBERS = ("rate", "load", "efficiency", "mass", "charge", "annual_leak", "end_of_life_loss")
TEXTS = (("products", "lifetime"), ("products", "use_profile"), ("segments", "lifetime"), ("segments", "use_profile"))


@dataclass(frozen=True)
class Change:
    """Hold one row of `options`; `cells` is what an added row holds."""

    table: str
    row: str
    column: str
    value: str
    cells: tuple[tuple[str, str], ...] = ()

    @property
    def place(self):
        return self.table, self.row, self.column

    def apply(self, tables):
        """Make the change in a catalog's tables."""
        keys = dict(part.split("=", 1) for part in self.row.split(";"))
        if self.column == "+":
            tables[self.table].append({**keys, **dict(self.cells)})
            return
        mine = [r for r in tables[self.table] if all(r.get(k) == v for k, v in keys.items())]
        assert len(mine) == 1
        if self.column == "-":
            tables[self.table].remove(mine[0])
        else:
            mine[0][self.column] = self.value

    def option(self, name):
        """Write the row of the table `options`."""
        return {"option": name, "table": self.table, "row": self.row, "column": self.column, "value": self.value}


def keyed(table, row):
    """Name a row by its keys; None if a key is empty or there are more of them."""
    if any(not row.get(key) for key in KEYS[table]) or any(row.get(k) for k in ("region", "year", "phase")):
        return None
    return ";".join(f"{key}={row[key]}" for key in KEYS[table])


def scaled(text, factor):
    """Write a value times a factor in the same form, so that what is uncertain stays so; "" for other forms."""

    def times(number):
        return f"{float(number[0]) * factor:.9g}"

    if re.fullmatch(NUMBER + r"( (\*/|×÷) .*|.*%)?", text):
        return re.sub(NUMBER, times, text, count=1)
    return re.sub(NUMBER, times, text) if re.fullmatch(r"(triangular|pert|uniform|normal)\([^a-z]*\)", text) else ""


def candidates(rng, tables):
    """List changes that a catalog can take; some rows are taken out of it, to be put in by options."""
    found = []

    def once(table, row):
        name = keyed(table, row)
        return name if name and sum(keyed(table, other) == name for other in tables[table]) == 1 else None

    for table in ("materials", "refrigerants", "modes"):
        for row in list(tables[table]):
            name = once(table, row)
            served = any(row.get("mode") == p.get("service_mode") for p in tables["products"])
            alone = sum(r["product"] == row["product"] for r in tables[table]) < 2
            if not name or (table == "modes" and (served or alone)):
                continue
            # The numbers of a row that comes or goes are plain: other cells keep their places in the design.
            if not all(re.fullmatch(NUMBER, row[c]) for c in NUMBERS if c in row):
                continue
            if rng.random() < 0.5:
                found.append(Change(table, name, "-", "remove"))
            else:
                tables[table].remove(row)
                cells = tuple((k, v) for k, v in row.items() if k not in KEYS[table] and v)
                found.append(Change(table, name, "+", "; ".join(f"{k}={v}" for k, v in cells), cells))
    for table, column in VALUES:
        for row in tables[table]:
            for _ in range(2):
                text = scaled(row.get(column, ""), 0.5 + rng.random())
                if text and once(table, row):
                    found.append(Change(table, once(table, row), column, text))
    for table, column in TEXTS:
        for row in tables[table]:
            other = row.get(column, "")[:-1] + ("1" if row.get(column, "").endswith("0") else "0")
            if row.get(column) and row[column] != "shelf" and once(table, row):
                found.append(Change(table, once(table, row), column, other))
    for row in tables["modes"]:
        if "efficiency" not in row and row.get("carrier") == "electricity" and once("modes", row):
            found.append(Change("modes", once("modes", row), "efficiency", "0.9"))
    return found


def total(folder, settings, tables, changes):
    """Run the catalog with some changes made in its tables; None if that is no whole catalog."""
    made = copy.deepcopy(tables)
    for change in changes:
        change.apply(made)
    try:
        return usephase.estimate(usephase.read_catalog(write_catalog(folder, settings, made))).figure("total")["mean"]
    except usephase.StudyError:
        return None


def brute_force(folder, settings, tables, first, second):
    """Give the Shapley value of every place in which two sets of changes differ; None if a subset is no catalog."""
    sides = [{change.place: change for change in changes} for changes in (first, second)]
    places = [p for p in dict.fromkeys([*sides[0], *sides[1]]) if sides[0].get(p) != sides[1].get(p)]
    shared = [change for place, change in sides[0].items() if place not in places]
    values = {}
    for size in range(len(places) + 1):
        for on in combinations(places, size):
            changes = shared + [c for p in places if (c := sides[p in on].get(p)) is not None]
            # Rows come and go last: their cells may be changed before.
            changes.sort(key=lambda c: (c.column == "-") - (c.column == "+"))
            values[frozenset(on)] = total(folder / str(len(values)), settings, tables, changes)
            if values[frozenset(on)] is None:
                return None
    n = len(places)
    return {
        place: sum(
            factorial(len(on)) * factorial(n - len(on) - 1) / factorial(n) * (values[on | {place}] - values[on])
            for on in values
            if place not in on
        )
        for place in places
    }


def drawn_option(rng, possible, *chosen):
    """Draw further changes that do not meet: of one place, or of a row that comes or goes, one only."""
    chosen = list(chosen)
    for i in rng.permutation(len(possible)):
        one = possible[i]
        rows = [c for c in chosen if (c.table, c.row) == (one.table, one.row)]
        if all(c.place != one.place and {c.column, one.column}.isdisjoint("+-") for c in rows):
            chosen.append(one)
        if len(chosen) >= MOST:
            break
    return chosen


@pytest.mark.parametrize("seed", some(0, 3, 0))
def test_contributions_between_random_options_of_random_catalogs_are_shapley_values(tmp_path, seed):
    rng = np.random.default_rng([seed, 1610])
    for attempt in range(20):
        settings, tables = random_catalog(rng, "tiny")
        settings["catalog"].pop("base_year", None)
        settings["monte_carlo"]["draws"] = 16
        for row in (row for rows in tables.values() for row in rows):
            row.pop("pedigree", None)  # a plain number with scores is uncertain
        possible = candidates(rng, tables)
        first = drawn_option(rng, possible)
        second = drawn_option(rng, possible, *first[: int(rng.integers(3))])  # some changes are shared
        if len({c.place for c in (*first, *second)}) < 4:
            continue
        expected = brute_force(tmp_path / str(attempt), settings, tables, first, second)
        if expected is not None:
            break
    else:
        pytest.fail("no catalog of which every subset of changes is a catalog")
    rows = [c.option(name) for name, changes in (("a", first), ("b", second)) for c in changes]
    read = usephase.read_catalog(write_catalog(tmp_path / "options", settings, {**tables, "options": rows}))
    found = usephase.compare(read, ["a", "b"]).difference("b")
    told = found.contributions.set_index(["table", "row", "column"])["mean"].to_dict()
    assert set(told) == set(expected)
    scale = np.abs(found.against_draws).mean()
    for place, share in expected.items():
        assert told[place] == pytest.approx(share, rel=1e-8, abs=1e-11 * scale), place
    assert sum(told.values()) == pytest.approx(found.numbers["mean"], rel=1e-9, abs=1e-12 * scale)
