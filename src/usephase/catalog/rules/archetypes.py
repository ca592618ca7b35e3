"""Rules of archetypes: what products may take from one, and what one must say."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from usephase.catalog.archetypes import ELECTRICITY, LABELLED
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.listing import advise, by_value, listed, series
from usephase.catalog.rules.plausible.outside import figure
from usephase.catalog.schema import ARCHETYPES, MIXED, POWER_UNITS, YEARLY_UNIT
from usephase.catalog.values import cells
from usephase.errors import Problem
from usephase.model.energy import HOURS_A_YEAR, YEARLY

LOOK = "usephase reference archetypes"
_PACKAGING = "packaging"
W_PER_KW = 1000.0
CONTRADICTION = 10.0
"""So many times more or fewer hours than the archetype's are no longer a matter of how somebody uses it."""


def known_archetypes(ctx: Context) -> Iterator[Problem]:
    """An archetype must be in the catalog or the reference."""
    known = set(ctx.text("archetypes", "archetype"))
    if all(set(ctx.text(name, "archetype")) <= known | {""} for name in ("products", *ARCHETYPES[1:])):
        return
    every = ctx.reference("archetypes").frame["archetype"]
    candidates = known | set(every)
    named = {
        str(name).casefold(): str(archetype)
        for frame in (ctx.reference("archetypes").frame, ctx.table("archetypes").frame)
        for archetype, name in zip(frame["archetype"], frame["name"], strict=True)
    }
    otherwise = f"give it a row in archetypes, or take one of `{LOOK}`"

    def say(value: str) -> tuple[str, str]:
        if its := named.get(value.strip().casefold()):
            return f"`{value}` is the name of an archetype, not its key", f"write `{its}`"
        found = _alike(value, candidates)
        fix = f"did you mean {found}? Otherwise {otherwise}" if found else advise(value, candidates, otherwise)
        return f"the archetype `{value}` is not known", fix

    for name in ("products", *ARCHETYPES[1:]):
        values = ctx.text(name, "archetype")
        rows = np.flatnonzero([value != "" and value not in known for value in values])
        if name != "products":  # those of the reference that no product names
            rows = rows[~np.isin(values[rows], every)]
        yield from by_value(ctx.table(name), rows, values[rows], "archetype", say)


def _alike(name: str, known: set[str]) -> str:
    """Name up to three archetypes that a text means, is spelled like, or begins or ends like; "" if none does."""
    from difflib import get_close_matches

    from usephase.catalog.reference.kinds import propose

    folded = name.strip().casefold().replace(" ", "_").replace("-", "_")
    words = set(folded.split("_"))
    described = folded.replace("_", " "), ""
    means = [kind for kind, _ in propose([described])[described].scores if kind in known]
    if means and not get_close_matches(folded, sorted(known), n=1, cutoff=0.85):
        return ", ".join(f"`{other}`" for other in means[:3])
    near = get_close_matches(folded, sorted(known), n=3, cutoff=0.6)
    near += sorted(other for other in known if words & set(other.split("_")))[: 3 - len(near)]
    return ", ".join(f"`{other}`" for other in dict.fromkeys(near))


def users_are_there(ctx: Context) -> Iterator[Problem]:
    """A product is for a kind of users that its archetype has."""
    user, archetype = ctx.text("products", "user"), ctx.text("products", "archetype")
    table = ctx.table("products")
    lives, modes = (ctx.table(name).frame for name in ("archetype_lives", "archetype_modes"))
    there = {*zip(lives["archetype"], lives["user"], strict=True), *zip(modes["archetype"], modes["user"], strict=True)}
    known = {name for name, its in there if its}
    rows = [
        row for row in np.flatnonzero(user != MIXED).tolist()
        if archetype[row] in known and (archetype[row], user[row]) not in there
    ]  # fmt: skip

    def say(value: str) -> tuple[str, str]:
        name, wanted = value.split("\t")
        others = series(its for of, its in there if of == name and its)
        return f"the archetype `{name}` has no {wanted} users", f"write {others}, or leave `user` empty"

    keys = np.array([f"{archetype[row]}\t{user[row]}" for row in rows], dtype=object)
    yield from by_value(table, np.array(rows, dtype=np.intp), keys, "user", say)


def columns_need_an_archetype(ctx: Context) -> Iterator[Problem]:
    """What changes an archetype needs one; a year's energy and a mass also say something without."""
    table, bare = ctx.table("products"), ctx.text("products", "archetype") == ""
    user = np.flatnonzero(bare & (ctx.text("products", "user") != MIXED))
    yield from listed(
        table, user, "user", "kinds of users are those of an archetype, and the product names none",
        f"name its archetype, one of `{LOOK}`, or leave `user` empty and write its users in segments",
    )  # fmt: skip
    rated = np.flatnonzero(bare & table.values["rated_power"].present())
    yield from listed(
        table, rated, "rated_power", "a rated power takes the place of an archetype's, and the product names none",
        f"name its archetype, one of `{LOOK}`, or leave it empty and write it as `rate` in modes",
    )  # fmt: skip
    known = list(set(ctx.text("archetypes", "archetype")))  # an unknown one is said where it stands
    weighed = set(ctx.product("materials")[ctx.text("materials", "part") != _PACKAGING])
    free = np.flatnonzero(table.values["mass"].present() & (bare | np.isin(ctx.text("products", "archetype"), known)))
    what = "nothing can be scaled to the mass: the product has no materials but packaging"
    fix = f"write its materials, or name its archetype, one of `{LOOK}`"
    yield from listed(table, [row for row in free.tolist() if row not in weighed], "mass", what, fix)


def electricity_counts_once(ctx: Context) -> Iterator[Problem]:
    """A year's energy and electric modes of the product's own would count the same electricity twice."""
    given = ctx.table("products").values[LABELLED].present()
    modes = ctx.table("modes")
    electric = ctx.own("modes") & (ctx.text("modes", "carrier") == ELECTRICITY)
    both = np.zeros(len(ctx.products) + 1, dtype=bool)
    both[ctx.product("modes")[electric]] = True
    rows = np.flatnonzero(given & both[:-1])
    what = f"the product has electric modes of its own in {modes.origin}: its electricity would count twice"
    fix = "leave `energy_per_year` empty, or remove its electric modes"
    yield from listed(ctx.table("products"), rows, LABELLED, what, fix)


def rated_powers_are_used(ctx: Context) -> Iterator[Problem]:
    """A rated power that no mode takes changes nothing, and is said so."""
    table = ctx.table("products")
    takes = np.zeros(len(table), dtype=bool)
    for loan in ctx.resolved.loans.get(("modes", "rate"), ()):
        if loan.column == "rated_power":
            takes[loan.source] = True
    archetype = ctx.text("products", "archetype")
    known = np.isin(archetype, list(set(ctx.text("archetypes", "archetype"))))
    own = set(ctx.product("modes")[ctx.own("modes")])
    labelled = table.values[LABELLED].present()
    rows = np.flatnonzero(table.values["rated_power"].present() & ~takes & known)

    def say(value: str) -> tuple[str, str]:
        what, _, name = value.partition("\t")
        if what == "own":
            return "the product has modes of its own: `rated_power` is not used", "write it as `rate` in modes"
        if what == "label":
            told = "`energy_per_year` is what counts: `rated_power` is not used"
            if name:
                return f"{told}, and the two contradict each other: {name}", "correct the one that is wrong"
            return told, "nothing to do, or leave it empty"
        told = f"no mode of `{name}` has a rate that a rated power gives: `rated_power` is not used"
        return told, "write what a label says in `energy_per_year`, or modes of its own; else leave it empty"

    hours = _hours_at_full_load(ctx) if labelled[rows].any() else {}
    energy, power = (cells.best_estimates(table.values[name]) for name in (LABELLED, "rated_power"))

    def key(row: int) -> str:
        if row in own:
            return "own"
        if not labelled[row]:
            return f"kind\t{archetype[row]}"
        return f"label\t{_contradiction(energy[row] * W_PER_KW, power[row], hours.get(archetype[row]))}"

    keys = [key(row) for row in rows.tolist()]
    yield from by_value(table, rows, np.array(keys, dtype=object), "rated_power", say, "warning")


def _hours_at_full_load(ctx: Context) -> dict[str, tuple[float, float]]:
    """Give the least and the most hours a year at full rated power that the users of archetypes run their main mode."""
    table = ctx.table("archetype_modes")
    rows = table.frame.assign(**{
        name: cells.best_estimates(table.values[name]) for name in ("load", "efficiency", "amount")
    })  # fmt: skip
    mains = rows[(rows["rated"] == "yes") & (rows["user"] == "") & (rows["region"] == "")]
    out: dict[str, tuple[float, float]] = {}
    for main in mains.to_dict("records"):
        its = rows[(rows["archetype"] == main["archetype"]) & (rows["mode"] == main["mode"])]
        amount = its["amount"] * its["amount_unit"].map(YEARLY) * main["load"] / main["efficiency"]
        if amount.notna().any():
            out[main["archetype"]] = float(amount.min()), float(amount.max())
    return out


def _contradiction(energy_wh: float, power_w: float, hours: tuple[float, float] | None) -> str:
    """Say how a year's energy and a rated power do not belong to one product; "" where they may."""
    if not power_w > 0:
        return ""
    needed = energy_wh / power_w
    told = f"that is {figure(needed)} hours a year at full rated power"
    if needed > HOURS_A_YEAR:
        return f"{told}, more than a year has"
    least, most = hours or (needed, needed)
    if needed > CONTRADICTION * most or needed * CONTRADICTION < least:
        return f"{told}, where the archetype has {figure(least)}{f' to {figure(most)}' if most > least else ''}"
    return ""


def modes_say_what_they_draw(ctx: Context) -> Iterator[Problem]:
    """Every mode of an archetype has a row of all users and places with carrier and rate, and amounts that fit."""
    table, rows = ctx.table("archetype_modes"), ctx.table("archetype_modes").frame
    own = ctx.own("archetype_modes")
    general = ((rows["user"] == "") & (rows["region"] == "")).to_numpy(dtype=bool)
    rate = table.values["rate"]
    for column, empty in (("carrier", (rows["carrier"] == "").to_numpy(dtype=bool)), ("rate", cells.empty(rate))):
        at = np.flatnonzero(own & general & empty)
        what = f"the mode has no {column}: the row without user and region says what it draws"
        yield from listed(table, at, column, what, f"write its {column}")
    named = pd.MultiIndex.from_frame(rows[["archetype", "mode"]])
    lacking = np.flatnonzero(own & ~general & ~named.isin(named[general]))
    what = "the mode has no row without user and region, which says what it draws"
    yield from listed(table, lacking, "mode", what, "give it one, with carrier and rate")
    unit = ctx.text("archetype_modes", "amount_unit")
    more = np.flatnonzero(own & ~general & (cells.empty(table.values["amount"]) & (unit != "rest")))
    what = "a row of one kind of users or one place gives an amount, and this one has none"
    yield from listed(table, more, "amount", what, "write how much they use the mode")


def rated_modes_are_in_power(ctx: Context) -> Iterator[Problem]:
    """What a rated power takes the place of is a power."""
    rows = ctx.table("archetype_modes").frame
    unit = rows["rate_unit"].to_numpy(dtype=object)
    at = np.flatnonzero(ctx.own("archetype_modes") & (rows["rated"] == "yes") & ~np.isin(unit, [*POWER_UNITS, ""]))
    what = "the rate is no power, so that no rated power can take its place"
    yield from listed(ctx.table("archetype_modes"), at, "rated", what, "write `no`, or the rate in W, kW or hp")


def lives_wear_by_modes(ctx: Context) -> Iterator[Problem]:
    """A life in hours or cycles names the mode that wears it out."""
    table, unit = ctx.table("archetype_lives"), ctx.text("archetype_lives", "unit")
    mode, archetype = ctx.text("archetype_lives", "mode"), ctx.text("archetype_lives", "archetype")
    rows = ctx.table("archetype_modes").frame
    there = set(zip(rows["archetype"], rows["mode"], strict=True))
    open_ = np.flatnonzero(ctx.own("archetype_lives") & (unit != "year") & (mode == ""))
    what = "a life in hours or cycles needs the mode that wears it out"
    yield from listed(table, open_, "mode", what, "name one of the archetype's modes, or write the life in years")
    yearly = rows[rows["rate_unit"] == YEARLY_UNIT]
    rated = set(zip(yearly["archetype"], yearly["mode"], strict=True))
    bad = [
        row for row in np.flatnonzero(ctx.own("archetype_lives") & (mode != "")).tolist()
        if (archetype[row], mode[row]) not in there or (archetype[row], mode[row]) in rated
    ]  # fmt: skip
    what = "the archetype has no such mode with an amount"
    yield from listed(table, bad, "mode", what, "name one of its modes in archetype_modes")


RULES = (
    known_archetypes, users_are_there, columns_need_an_archetype, electricity_counts_once, rated_powers_are_used,
    modes_say_what_they_draw, rated_modes_are_in_power, lives_wear_by_modes,
)  # fmt: skip
