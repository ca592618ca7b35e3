"""Rules of names: each that a row uses must be the name of something, and none may make a row text ambiguous."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from usephase.catalog.read.set_apart import is_sum
from usephase.catalog.read.texts import NO_YEAR
from usephase.catalog.resolve import ELECTRICITY
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.listing import ROWS, advise, by_value, listed
from usephase.catalog.schema import BELIEVED, REVIEWED, TABLES
from usephase.errors import Problem

GROUPINGS = (
    "total", "product", "family", "region", "segment", "component", "mode", "material", "calendar_year", "coverage",
)  # fmt: skip
"""What figures are grouped by without any label."""
FIGURE_COLUMNS = ("year", "ledger", "grid_basis", "boundary", "phase", "by", "group")
_ROW_TEXTS = ("options", "correlations", "reviews")


def some_products(ctx: Context) -> Iterator[Problem]:
    """A catalog must list products."""
    if not len(ctx.products) and not any(p.where.startswith(ctx.table("products").origin) for p in ctx.found):
        origin = ctx.table("products").origin
        yield Problem(where=origin, what="there are no products", fix="give every product that is sold a row")


def known_products(ctx: Context) -> Iterator[Problem]:
    """The product of a row must be in `products`."""
    if not len(ctx.products):
        return
    limit = 1 if ctx.incomplete("products") else ROWS
    for name in ("sales", "segments", "modes", "materials", "refrigerants"):
        rows = np.flatnonzero(ctx.product(name) < 0)

        def say(value: str) -> tuple[str, str]:
            what = f"the product `{value}` is not in products"
            if is_sum(value):
                return what, "delete the row if it is a total: totals are added up anyway"
            return what, advise(value, ctx.products, "give it a row in products")

        yield from by_value(ctx.table(name), rows, ctx.text(name, "product")[rows], "product", say, limit=limit)


def _unknown(ctx: Context, name: str, column: str, target: str, noun: str) -> Iterator[Problem]:
    """Name the cells whose text is the key of no row of `target`, of the catalog or of the reference."""
    key = noun.replace(" ", "_")
    values = ctx.text(name, column)
    known = set(ctx.text(target, key))
    rows = np.flatnonzero([value != "" and value not in known for value in values])
    if not len(rows):
        return
    candidates = known | set(ctx.reference(target).frame[key])

    def say(value: str) -> tuple[str, str]:
        otherwise = f"give it a row in {target}, or take one of `usephase reference {target}`"
        return f"the {noun} `{value}` is not known", advise(value, candidates, otherwise)

    limit = 1 if ctx.incomplete(target) else ROWS
    yield from by_value(ctx.table(name), rows, values[rows], column, say, limit=limit)


def known_use_profiles(ctx: Context) -> Iterator[Problem]:
    """A use profile must be in the catalog or the reference."""
    for name in ("products", "segments"):
        yield from _unknown(ctx, name, "use_profile", "use_profiles", "use profile")


def known_lifetimes(ctx: Context) -> Iterator[Problem]:
    """A lifetime must be in the catalog or the reference."""
    for name in ("products", "segments", "survival"):
        yield from _unknown(ctx, name, "lifetime", "lifetimes", "lifetime")


def known_gases(ctx: Context) -> Iterator[Problem]:
    """A refrigerant must be a gas of the catalog or the reference."""
    yield from _unknown(ctx, "refrigerants", "gas", "gases", "gas")


def known_carriers(ctx: Context) -> Iterator[Problem]:
    """A carrier must be electricity, or one of the catalog or the reference."""
    values = ctx.text("modes", "carrier")
    known = {*ctx.text("carriers", "carrier"), ELECTRICITY, ""}
    rows = np.flatnonzero([value not in known for value in values])
    if len(rows):
        candidates = known | set(ctx.reference("carriers").frame["carrier"])

        def say(value: str) -> tuple[str, str]:
            otherwise = f"give it a row in carriers, or take `{ELECTRICITY}` or one of `usephase reference carriers`"
            return f"the carrier `{value}` is not known", advise(value, candidates - {""}, otherwise)

        limit = 1 if ctx.incomplete("carriers") else ROWS
        yield from by_value(ctx.table("modes"), rows, values[rows], "carrier", say, limit=limit)


def electricity_is_no_fuel(ctx: Context) -> Iterator[Problem]:
    """The factor of electricity comes from the grid, never from `carriers`."""
    rows = np.flatnonzero(ctx.text("carriers", "carrier") == ELECTRICITY)
    fix = "give its intensity in grid, or name a supply of your own differently"
    yield from listed(ctx.table("carriers"), rows, "carrier", f"`{ELECTRICITY}` is not a carrier with factors", fix)


def known_families(ctx: Context) -> Iterator[Problem]:
    """The family of a coverage must be one of `products`."""
    known = set(ctx.text("products", "family")) - {""}
    values = ctx.text("coverage", "family")
    rows = np.flatnonzero([value not in known for value in values])

    def say(value: str) -> tuple[str, str]:
        return f"no product is of the family `{value}`", advise(value, known, "remove the row")

    yield from by_value(ctx.table("coverage"), rows, values[rows], "family", say)


def lifetimes_given(ctx: Context) -> Iterator[Problem]:
    """What is used, or holds a refrigerant, must have a lifetime."""
    uses = ctx.uses
    lasting = np.concatenate([ctx.product("refrigerants"), ctx.product("modes")[ctx.yearly]])
    used = (uses["profile"] != "").to_numpy(dtype=bool)
    open_ = uses[(used | np.isin(uses["product"].to_numpy(), lasting)) & (uses["lifetime"] == "").to_numpy(dtype=bool)]
    fix = "name a row of lifetimes, or one of `usephase reference lifetimes`"
    whole, part = open_[open_["segment"] < 0], open_[open_["segment"] >= 0]
    what = "a product with a use profile, a year's energy or a refrigerant needs a lifetime"
    yield from listed(ctx.table("products"), whole["product"], "lifetime", what, fix)
    what = "neither the segment nor its product has a lifetime"
    yield from listed(ctx.table("segments"), part["segment"], "lifetime", what, fix)


def labels_are_free(ctx: Context) -> Iterator[Problem]:
    """A label is not named like a grouping that is there anyway."""
    table = ctx.table("products")
    for label in ctx.catalog.labels:
        if label in GROUPINGS or label in FIGURE_COLUMNS:
            where = f"{table.origin}!{table.letters.get(label, 'A')}1" if table.sheet else f"{table.origin}:1:{label}"
            what = f"figures have a `{label}` already, so no label can be called that"
            yield Problem(where=where, what=what, fix=f"name the column otherwise, such as `{label}_label`")


def names_fit_into_row_texts(ctx: Context) -> Iterator[Problem]:
    """`;` and `=` separate the parts of a row text, so no key may hold them."""
    for name, schema in TABLES.items():
        if name in (*_ROW_TEXTS, "settings"):
            continue
        for column in (c.name for c in schema.columns if c.key and c.kind == "text"):
            codes, names = pd.factorize(ctx.text(name, column))
            bad = np.array([";" in text or "=" in text for text in names], dtype=bool)
            if bad.any():
                rows = np.flatnonzero(bad[codes])

                def say(value: str) -> tuple[str, str]:
                    shown = value.replace(";", ",").replace("=", " ")
                    return f"`{value}` holds `;` or `=`, which separate keys", f"write it without, such as `{shown}`"

                yield from by_value(ctx.table(name), rows, ctx.text(name, column)[rows], column, say, limit=3)


def target_regions_sold_in(ctx: Context) -> Iterator[Problem]:
    """The region of a target must be one that is sold in, in some year."""
    known = set(ctx.resolved.regions)
    values = ctx.text("targets", "region")
    rows = np.flatnonzero([value != "" and value not in known for value in values])

    def say(value: str) -> tuple[str, str]:
        otherwise = "write a region of sales, or leave it empty for all regions"
        return f"nothing is sold in the region `{value}` of the target", advise(value, known, otherwise)

    yield from by_value(ctx.table("targets"), rows, values[rows], "region", say)


def target_years_fit(ctx: Context) -> Iterator[Problem]:
    """The base year of a target must have sales, and lie before its year."""
    table, settings = ctx.table("targets"), ctx.catalog.settings
    sold = sorted({int(year) for year in ctx.text("sales", "year")})
    if not sold or not len(table):
        return
    named, end = ctx.text("targets", "base_year"), ctx.text("targets", "year")
    base = np.where(named == NO_YEAR, settings.base_year or sold[0], named)
    unsold = np.flatnonzero(~np.isin(base, sold))
    fix = f"write one of: {', '.join(map(str, sold))}"
    yield from by_value(
        table, unsold, base[unsold].astype(str).astype(object), "base_year",
        lambda year: (f"there are no sales of the base year {year}", fix),
    )  # fmt: skip
    late = np.flatnonzero((base >= end) & (end != NO_YEAR))
    yield from by_value(
        table, late, base[late].astype(str).astype(object), "year",
        lambda year: (f"the year is not after the base year {year}", f"write a year after {year}"),
    )  # fmt: skip


def reviews_name_values(ctx: Context) -> Iterator[Problem]:
    """A review must be of a table's value, by somebody, on a day."""
    table = ctx.table("reviews")
    names, columns, days = (ctx.text("reviews", name) for name in ("table", "column", "reviewed_on"))
    known = {*BELIEVED} - {""}
    unknown = np.flatnonzero([name not in known for name in names])
    yield from by_value(
        table, unknown, names[unknown], "table",
        lambda name: (f"the register has no table `{name}`", advise(name, known, "write the register's name")),
    )  # fmt: skip
    pairs = list(zip(names, columns, strict=True))
    foreign = np.flatnonzero([name in known and column not in _valued(name) for name, column in pairs])

    def say(column: str) -> tuple[str, str]:
        of = {name for name, other in pairs if other == column and name in known}
        choices = set().union(*map(_valued, of))
        return f"`{column}` is no column of values there", advise(column, choices, "write the register's name")

    yield from by_value(table, foreign, columns[foreign], "column", say)
    undated = np.flatnonzero([not _is_day(day) for day in days])
    yield from by_value(
        table,
        undated,
        days[undated],
        "reviewed_on",
        lambda day: (f"`{day}` is no day", "write it as 2026-11-29"),
    )
    nobody = np.flatnonzero((ctx.text("reviews", "reviewed_by") == "") & (ctx.text("reviews", "status") != REVIEWED[2]))
    yield from listed(table, nobody, "reviewed_by", "nobody is named who reviewed it", "write a name")


def _valued(table: str) -> set[str]:
    found = set(BELIEVED[table].value_columns)
    return found | {"materials": {"material"}, "modes": {"carrier"}}.get(table, set())


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


RULES = (
    some_products, known_products, known_use_profiles, known_lifetimes, known_gases, known_carriers,
    electricity_is_no_fuel, known_families, lifetimes_given, target_regions_sold_in, target_years_fit,
    reviews_name_values, labels_are_free, names_fit_into_row_texts,
)  # fmt: skip
