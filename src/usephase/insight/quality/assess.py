"""Data quality: how much of the emissions rests on which type of data, and how good these are."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from usephase.catalog.schema import ARCHETYPES, DATA_TYPES
from usephase.insight.quality.codes import category, codes_of, numbered
from usephase.insight.quality.lines import lines, requirements
from usephase.insight.rules import read_pack
from usephase.insight.sensitivity.factors import GUESSES
from usephase.results.run import Run, records

TYPES = DATA_TYPES
INDICATORS = ("reliability", "completeness", "temporal", "geographical", "technological")
CONVENTION = (
    "An emission rests on every kind of input at once. For each kind (units sold, rates, use, lives, masses, factors) "
    "the emissions are shared out over the products, zones or materials that it belongs to, evenly over the cells of "
    "each; the share of a category is the mean over its kinds, weighted by the emissions that rest on them."
)
RULES = (
    "primary: measured or recorded by the company or its partners, by the column data_type",
    "secondary: published for this kind of product or place, by the column data_type",
    "default: generic, from the reference; and every value whose row does not say its data_type",
    "estimate: somebody's judgement, by the column data_type",
)
_LEDGERS = ("category_11", "category_12", "total")
_NEEDED = ("products", "segments", "regions")
_ELECTRIC, _FUEL = ("generation", "upstream", "losses"), ("combustion", "fuel_upstream")
_ACTIVITY = ("sales", "segments", "modes", "use_profiles", "lifetimes", "materials", "refrigerants", *ARCHETYPES)
_USED_BY = ("use_profile", "lifetime", "archetype")
"""Columns of products that name what several of them use."""


@dataclass(frozen=True, eq=False)
class Quality:
    """Hold what a run's emissions rest on.

    Attributes
    ----------
    kinds : DataFrame
        A row a ledger and kind of input: emissions that rest on it [t CO2e], shares of the data types, cells.
    categories : DataFrame
        A row a ledger (``total``: both) and scope (``all``, ``activity``, ``factors``): shares of the data types.
    scores : DataFrame
        A row a ledger and indicator: mean pedigree score (1 best, 5 worst) weighted by emissions over the scored
        cells, and the share of the emissions that rest on scored cells.
    lines : DataFrame
        A row a reported line: required, optional or separate, with source and how that is known. [t CO2e]
    requirements : DataFrame
        What is required, optional, and required but not listed by the catalog; share of all three. [t CO2e]
    notes : tuple of str
    variance : mapping or None
        Who makes what part of the variance of the total, if the run knows it; see `usephase.insight.quality.guesses`.
    """

    kinds: pd.DataFrame
    categories: pd.DataFrame
    scores: pd.DataFrame
    lines: pd.DataFrame
    requirements: pd.DataFrame
    notes: tuple[str, ...]
    variance: Mapping[str, Any] | None

    def share(self, ledger: str, data_type: str, scope: str = "all") -> float | None:
        """Give the share of a ledger's emissions that rests on a type of data; None where nothing is known."""
        found = self.categories[(self.categories["ledger"] == ledger) & (self.categories["scope"] == scope)]
        return float(found[data_type].iloc[0]) if len(found) else None

    def score(self, ledger: str) -> tuple[float, float] | None:
        """Give the mean score over the indicators and the share of the emissions that is scored."""
        found = self.scores[self.scores["ledger"] == ledger]
        return (float(found["score"].mean()), float(found["scored_share"].iloc[0])) if len(found) else None

    def to_document(self) -> dict[str, Any]:
        """Give all of it, JSON-able."""
        tables = {
            name: records(getattr(self, name)) for name in ("kinds", "categories", "scores", "lines", "requirements")
        }
        return {
            **tables,
            "variance": self.variance,
            "convention": CONVENTION,
            "data_types": list(RULES),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Counts:
    """How many values of a register are what."""

    values: int
    estimate: int
    generic: int
    unverified: int


@cache
def scored_least() -> float:
    """Give the share of a category's emissions that must rest on scored values for a score of the category."""
    share = read_pack("ghg_protocol").value("quality_score_least")
    assert share is not None
    return share


def data_types(register: pd.DataFrame) -> pd.Series:
    """Give the type of data of every row of a register as its catalog says it; see `RULES`."""
    return register["data_type"].where(register["data_type"].isin(TYPES), "default").astype(str)


def numbers(register: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of a register that hold a value; the others say how a name was read."""
    return register[register["distribution"] != "name"]


def uncertain(register: pd.DataFrame) -> pd.Series:
    """Tell which rows of a register hold a value with an error."""
    return ~register["distribution"].isin(("fixed", "name"))


def counts(register: pd.DataFrame) -> Counts:
    """Count the values that are somebody's judgement, that are generic, and that nobody independent has verified."""
    register = numbers(register)
    kind = data_types(register)
    unverified = ~register["verification"].isin(("limited", "reasonable"))
    return Counts(len(register), int((kind == "estimate").sum()), int((kind == "default").sum()), int(unverified.sum()))


def weak(register: pd.DataFrame) -> np.ndarray:
    """Tell which rows of a register are guesses that nobody independent has verified."""
    guessed = data_types(register).isin(GUESSES)
    return np.asarray(guessed & ~register["verification"].isin(("limited", "reasonable")), dtype=bool)


def quality(run: Run) -> Quality:
    """Weigh a run's register by the emissions that rest on it.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Quality

    Notes
    -----
    A computed aid, not a verification: what a value is, is known from its row's data_type and verification alone. The
    words of a source decide nothing.
    """
    if run not in _KNOWN:
        _KNOWN[run] = _quality(run)
    return _KNOWN[run]


# A run is weighed for its summary, its page and its answer: once.
_KNOWN: WeakKeyDictionary[Run, Quality] = WeakKeyDictionary()


def _quality(run: Run) -> Quality:
    where, notes = _places(run)
    register = run.register[["table", "row", "column"]].assign(
        **{name: category(run.register[name]) for name in ("table", "column", "pedigree")},
        data_type=category(data_types(run.register)),
    )
    parts = [part for ledger in _LEDGERS[:2] for part in _weighed(run, register, where, ledger)]
    cells = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if cells.empty:
        notes.append("the run has no emissions that its register explains")
    listed = lines(run)
    both = _with_total(cells)
    return Quality(
        kinds=_kinds(cells), categories=_categories(both), scores=_scores(both), lines=listed,
        requirements=requirements(listed), notes=tuple(notes), variance=run.meta.get("variance"),
    )  # fmt: skip


def _ledger(name: str, rows: int) -> "pd.Categorical[str]":
    return pd.Categorical.from_codes(np.full(rows, _LEDGERS.index(name), dtype=np.int64), categories=pd.Index(_LEDGERS))


@dataclass(frozen=True)
class _Places:
    """Which products use a use profile, a lifetime or an archetype, and which zones a region has."""

    use_profile: Mapping[str, frozenset[str]]
    lifetime: Mapping[str, frozenset[str]]
    archetype: Mapping[str, frozenset[str]]
    regions: Mapping[str, tuple[tuple[str, float], ...]]


def _places(run: Run) -> tuple[_Places, list[str]]:
    from usephase.catalog.read.load import load_files

    # Sales, the bulk of most catalogs, say nothing of who uses what; a workbook is one file.
    needed = {n: b for n, b in run.files.items() if n.rpartition(".")[0] in _NEEDED or n.lower().endswith(".xlsx")}
    catalog, _ = load_files(needed, "stored catalog")
    if not len(catalog["products"]):
        note = "the stored catalog cannot be read: use profiles, lives and zones are weighed evenly"
        return _Places({}, {}, {}, {}), [note]
    named: dict[str, dict[str, set[str]]] = {column: {} for column in _USED_BY}
    for table in ("products", "segments"):
        frame = catalog[table].frame
        for column, found in named.items():
            names = frame[column] if column in frame else ("",) * len(frame)
            for product, name in zip(frame["product"], names, strict=True):
                if name:
                    found.setdefault(str(name), set()).add(str(product))
    fixed = {column: {k: frozenset(v) for k, v in found.items()} for column, found in named.items()}
    regions: dict[str, tuple[tuple[str, float], ...]] = {}
    for region, mine in catalog["regions"].frame.groupby("region"):
        whole = float(mine["weight"].sum())
        zones = zip(mine["zone"].astype(str), mine["weight"].astype(float), strict=True)
        regions[str(region)] = tuple((zone, weight / whole) for zone, weight in zones)
    return _Places(fixed["use_profile"], fixed["lifetime"], fixed["archetype"], regions), []


def _means(run: Run, ledger: str, by: str) -> dict[str, float]:
    found = run.select(ledger, by)
    return {str(g): float(m) for g, m in zip(found["group"], found["mean"], strict=True) if m > 0}


def _weighed(run: Run, register: pd.DataFrame, where: _Places, ledger: str) -> list[pd.DataFrame]:
    """Share a ledger's emissions out over the cells of each kind of input."""
    products, parts = _means(run, ledger, "product"), _means(run, ledger, "component")
    coolant = parts.get("refrigerant", 0.0)
    whole = sum(products.values())
    zones = _zones(_means(run, ledger, "region"), where)
    wide = run.meta["boundary"] == "life_cycle"
    out: list[pd.DataFrame] = []

    def add(table: str, weights: Mapping[str, float], key: str, amount: float | None = None, **keep: Any) -> None:
        rows = register[register["table"] == table]
        for column, wanted in keep.items():
            rows = rows[rows[column].isin(wanted)]
        if table == "sales":
            rows = rows[rows["row"].str.endswith(f"year={run.meta['reporting_year']}")]
        if amount is not None:
            weights = weights or {"*": 1.0}
            total = sum(weights.values())
            weights = {group: w / total * amount for group, w in weights.items()}
        found = _cells(rows, weights, key, where)[["table", "pedigree", "data_type", "weight"]]
        out.append(found.assign(ledger=_ledger(ledger, len(found))))

    for table in ("sales", "segments"):
        add(table, products, "product")
    if ledger == "category_11":
        dry = _scaled(products, whole - coolant)
        electric = sum(parts.get(name, 0.0) for name in _ELECTRIC)
        add("modes", dry, "product")
        add("use_profiles", dry, "use_profile")
        add("lifetimes", products, "lifetime")
        add("archetype_modes", dry, "archetype")
        add("archetype_lives", products, "archetype")
        add("grid", zones, "zone", electric)
        add("zones", zones, "zone", parts.get("losses", 0.0), column=("loss",))
        columns = ("combustion", "upstream") if wide else ("combustion",)
        add("carriers", {}, "carrier", sum(parts.get(name, 0.0) for name in _FUEL), column=columns)
        add("refrigerants", {}, "product", coolant, column=("charge", "annual_leak"))
    else:
        materials = {name: m for name, m in _means(run, ledger, "material").items() if name != "refrigerant"}
        add("materials", _scaled(products, whole - coolant), "product")
        add("archetype_materials", _scaled(products, whole - coolant), "archetype")
        add("end_of_life", zones, "zone", whole - coolant)
        add("treatments", materials, "material", whole - coolant, column=("factor",))
        add("refrigerants", {}, "product", coolant, column=("charge", "end_of_life_loss"))
    add("gases", {}, "gas", coolant)
    return [part for part in out if len(part)]


def _scaled(weights: Mapping[str, float], amount: float) -> dict[str, float]:
    whole = sum(weights.values())
    return {group: w * amount / whole for group, w in weights.items()} if whole else {}


def _zones(regions: Mapping[str, float], where: _Places) -> dict[str, float]:
    out: dict[str, float] = {}
    for region, amount in regions.items():
        for zone, share in where.regions.get(region, ((region, 1.0),)):
            out[zone] = out.get(zone, 0.0) + amount * share
    return out


def _cells(rows: pd.DataFrame, weights: Mapping[str, float], key: str, where: _Places) -> pd.DataFrame:
    """Give rows their weight: that of each group they belong to, evenly over the group's rows."""
    if rows.empty or sum(weights.values()) <= 0:
        return rows.iloc[:0].assign(weight=[])
    codes, names = numbered(rows["row"], key)
    names[-1] = "*"
    users: Mapping[str, frozenset[str]] | None = getattr(where, key) if key in _USED_BY else None
    everything = frozenset(weights)

    def groups(name: str) -> frozenset[str]:
        if users is not None:
            return users.get(name, frozenset()) & everything if users else everything
        return everything if name == "*" or "*" in everything else frozenset({name}) & everything

    member = [groups(name) for name in names]
    count: dict[str, int] = {}
    for found, n in zip(member, np.bincount(codes, minlength=len(names)).tolist(), strict=True):
        for group in found:
            count[group] = count.get(group, 0) + n
    # Exact sums: the order in which a set hands out its members is not the same in every process.
    weight = [math.fsum(weights[g] / count[g] for g in found if count[g]) for found in member]
    return rows.assign(weight=np.array(weight, dtype=float)[codes])


def _with_total(cells: pd.DataFrame) -> pd.DataFrame:
    """Count the cells of both categories once more, as those of the total."""
    total = cells.assign(ledger=_ledger("total", len(cells))) if len(cells) else cells
    return pd.concat([cells, total], ignore_index=True) if len(cells) else cells


def _shares(cells: pd.DataFrame) -> dict[str, float]:
    whole = float(cells["weight"].sum())
    return {t: float(cells.loc[cells["data_type"] == t, "weight"].sum()) / whole for t in TYPES}


def _kinds(cells: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    if len(cells):
        for (ledger, table), part in cells.groupby(["ledger", "table"], sort=True, observed=True):
            if part["weight"].sum() > 0:
                amount = {"emissions": float(part["weight"].sum())}
                scope = "activity" if table in _ACTIVITY else "factors"
                rows.append(
                    {"ledger": ledger, "kind": table, "scope": scope, **amount, **_shares(part), "cells": len(part)}
                )
    return pd.DataFrame(rows, columns=["ledger", "kind", "scope", "emissions", *TYPES, "cells"])


def _categories(cells: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for ledger in cells["ledger"].unique() if len(cells) else ():
        mine = cells[cells["ledger"] == ledger]
        active = mine["table"].isin(_ACTIVITY)
        for scope, part in {"all": mine, "activity": mine[active], "factors": mine[~active]}.items():
            if part["weight"].sum() > 0:
                rows.append({"ledger": ledger, "scope": scope, **_shares(part)})
    return pd.DataFrame(rows, columns=["ledger", "scope", *TYPES])


def _scores(cells: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for ledger in cells["ledger"].unique() if len(cells) else ():
        mine = cells[cells["ledger"] == ledger]
        scored = mine[(mine["pedigree"] != "") & (mine["weight"] > 0)]
        if scored.empty:
            continue
        codes, texts = codes_of(scored["pedigree"])
        numbers = np.array([[float(n) for n in text.split(",")] for text in texts[:-1]])[codes]
        weight, share = scored["weight"].to_numpy(), float(scored["weight"].sum() / mine["weight"].sum())
        for i, name in enumerate(INDICATORS):
            score = float(np.average(numbers[:, i], weights=weight))
            rows.append({"ledger": ledger, "indicator": name, "score": score, "scored_share": share})
    return pd.DataFrame(rows, columns=["ledger", "indicator", "score", "scored_share"])
