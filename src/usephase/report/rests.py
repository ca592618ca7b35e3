"""What a run rests on, in sentences computed from its register: they must be true of every catalog."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from usephase.catalog.reference import rows
from usephase.insight.quality.assess import counts, data_types, numbers
from usephase.report.language import Language, language
from usephase.report.language.inputs import input_name
from usephase.report.rounding import number, place
from usephase.results.run import UNIT, Run
from usephase.results.scenarios import scenario_share
from usephase.spelling import typed

GUESSED = ("built_in", "unstated", "estimate")
FACTORS = {
    ("gases", "gwp"): "gases", ("carriers", "combustion"): "combustion", ("carriers", "upstream"): "supply",
    ("grid", "intensity"): "grid", ("grid", "upstream"): "grid", ("treatments", "factor"): "waste",
}  # fmt: skip
"""Columns whose numbers hold a set of global warming potentials."""
UNNAMED = ("own", "unknown", "unnamed")
CUT_OFF = ("recycling", "energy_recovery")
ACTIVITY = ("modes.rate", "modes.load", "use_profiles.amount")
FAMILIES_TOLD = 8
NAMED = 4
"""Zones beyond this number are counted, not named."""
EXACT = 1e-12
"""A standard deviation below this part of the mean is rounding."""
LEAST_TOLD = 0.01
"""A share of the variance below this is not told apart: so well is it known from a short ranking."""


def known(run: Run, words: Language | None = None, *, short: bool = False) -> str:
    """Say how many values there are, and how many are judged, generic or verified by nobody."""
    words, found = words or language(), counts(run.register)
    reference = int((numbers(run.register)["origin"] == "reference").sum())
    return words(
        "rests.short" if short else "rests.counts", rows=words.count(found.values),
        estimate=words.count(found.estimate), default=words.count(found.generic),
        unverified=words.count(found.unverified), reference=words.count(reference),
    )  # fmt: skip


def lead(run: Run, words: Language | None = None) -> str:
    """Say how much of the variance of the total comes from guesses, of what, and whose; or what would tell it."""
    words, found = words or language(), run.meta.get("variance")
    if found is None:
        total = run.figure("total")
        return words("rests.constant" if total["sd"] <= EXACT * abs(total["mean"]) else "rests.unknown")
    shares: list[dict[str, Any]] = found["shares"]
    if not shares:
        return words("rests.constant")
    guesses = [part for part in shares if part["sort"] in GUESSED]
    whole = sum(part["share"] for part in guesses)
    rest = _sums(shares, "sort").get("scenario", 0.0)
    text = words("rests.none")
    if whole < LEAST_TOLD:
        known_share = _sums(shares, "sort").get("known", 0.0)
        if known_share >= LEAST_TOLD:
            text += " " + words("rests.from_known", share=_percent(100 * known_share, words))
    else:
        by_sort = _sums(guesses, "sort")
        sorts, kinds = (_listed(_sums(guesses, by), whole, f"rests.{by}", words) for by in ("sort", "kind"))
        sort = words("rests.several" if len(sorts) > 1 else f"rests.sort.{next(iter(by_sort))}")
        text = words("rests.guesses", share=_percent(100 * whole, words), kinds="; ".join(kinds), sort=sort)
        if len(sorts) > 1:
            text += " " + words("rests.sorts", sorts="; ".join(sorts))
    if rest >= LEAST_TOLD and scenario_share(run) is None:  # else it is told beside the scenarios' own figures
        text += " " + words("rests.scenario", share=_percent(100 * rest, words))
    return text


def inputs(run: Run, words: Language | None = None) -> list[tuple[str, str]]:
    """Name the inputs that move the total most, each with its share of the variance; none where that is not known."""
    words = words or language()
    found = run.meta.get("variance", {}).get("inputs", ())
    shares = words.percents(part["share"] for part in found)
    names = [input_name(part["table"], part["row"], part["column"], words) for part in found]
    return list(zip(names, shares, strict=True))


def archetypes(run: Run, words: Language | None = None) -> str:
    """Say how much of the variance rests on values of archetypes, which leads, and how to have it as one's own."""
    words = words or language()
    found = [one for one in run.meta.get("variance", {}).get("inputs", ()) if one["table"].startswith("archetype_")]
    if not found:
        return ""
    first = found[0]
    text = words(
        f"rests.archetypes_{'one' if len(found) == 1 else 'many'}", count=words.count(len(found)),
        share=_percent(100 * sum(one["share"] for one in found), words),
        name=input_name(first["table"], first["row"], first["column"], words),
    )  # fmt: skip
    if not (product := first.get("product")):
        return text
    command = f"usephase refine {typed(run.meta['catalog'].get('path', ''))} {typed(product)}"
    return f"{text} {words('rests.refine', command=command, product=words.group('product', product))}"


def difference(run: Run, words: Language | None = None) -> str:
    """Say why mean and best estimate of the total differ; "" where they do not by what is shown and known."""
    words, row = words or language(), run.figure("total")
    mean, best = float(row["mean"]), float(row["best_estimate"])
    last = place(row["p2_5"], row["p97_5"], mean)
    noise = 3 * row["mcse"] if pd.notna(row["mcse"]) else 0.0
    if number(mean, last) == number(best, last) or abs(mean - best) <= noise:
        return ""
    size = words.percent(abs(mean / best - 1)) if best else words("headline.much")
    several = words("headline.scenario") if len(run.meta.get("scenarios", {})) > 1 else ""
    told = words("headline.above" if mean > best else "headline.below", size=size, scenario=several)
    outside = row["p2_5"] < row["p97_5"] and not row["p2_5"] <= best <= row["p97_5"]
    return f"{told} {words('headline.outside')}" if outside else told


def _percent(percent: float, words: Language) -> str:
    return f"{percent:.0f}{words.space}%"


def _sums(shares: list[dict[str, Any]], by: str) -> dict[str, float]:
    sums: dict[str, float] = {}
    for part in shares:
        sums[part[by]] = sums.get(part[by], 0.0) + part["share"]
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def _listed(sums: dict[str, float], whole: float, section: str, words: Language) -> list[str]:
    """Name the parts of a share in whole percents that add up to it; what is below one percent is the last one."""
    told = {name: share for name, share in sums.items() if share >= LEAST_TOLD}
    if len(told) < len(sums):
        told["other"] = 0.0
    exact = [100 * share for share in told.values()]
    if "other" in told:
        exact[-1] = 100 * whole - sum(exact)
    parts = [math.floor(x) for x in exact]
    for i in sorted(range(len(exact)), key=lambda i: parts[i] - exact[i])[: max(round(100 * whole) - sum(parts), 0)]:
        parts[i] += 1
    return [f"{words(f'{section}.{name}')} {_percent(n, words)}" for name, n in zip(told, parts, strict=True) if n]


def coverage(run: Run, words: Language | None = None) -> str:
    """Say what share of the sales is extrapolated, what that adds, what both come to, and what is left out for good."""
    words = words or language()
    left_out = run.meta.get("excluded", "").strip().rstrip(".")
    said = _extrapolated(run, words)
    return f"{said} {words('coverage.left_out', excluded=left_out)}" if left_out else said


def _extrapolated(run: Run, words: Language) -> str:
    given = run.register[(run.register["table"] == "coverage") & (run.register["low"] < 1)]
    found = run.select("total", "coverage")
    found = found[found["group"] == "extrapolated"]
    if given.empty and (found.empty or not float(found["mean"].iloc[0])):
        return words("coverage.none")
    open_ = sorted(
        (c - 1, row.removeprefix("family=")) for row, c in zip(given["row"], given["best_estimate"], strict=True)
    )
    families = [f"{name} {words.percent(-share)}" if share else name for share, name in open_[:FAMILIES_TOLD]]
    if len(open_) > FAMILIES_TOLD:
        families.append(words("coverage.more", count=words.count(len(open_) - FAMILIES_TOLD)))
    if found.empty or not float(found["mean"].iloc[0]):
        return words("coverage.nothing", families="; ".join(families))
    total, row = run.figure("total"), found.iloc[0]
    low, high, more, whole = (float(x) for x in (row["p2_5"], row["p97_5"], row["mean"], total["mean"]))
    both = whole + more
    if low == high:
        parts = [words.amount(x, low, high, UNIT) for x in (whole, more, both)]
    else:  # one place for all three, so that they add up
        last = place(low, high, more)
        listed, extra = round(whole, -last), round(more, -last)
        parts = [f"{words.number(x, last)}{words.space}{UNIT}" for x in (listed, extra, listed + extra)]
    named = "; ".join(families) or words("word.unnamed")
    return words(
        "coverage.said", families=named, listed=parts[0], extrapolated=parts[1], both=parts[2],
        share=words.percent(more / both) if both else words("number.none"),
    )  # fmt: skip


def gwp(run: Run, words: Language | None = None) -> str:
    """Name the sets of global warming potentials that are inside the factors that the run used."""
    words = words or language()
    told: dict[str, dict[str, None]] = {}
    for table, column, origin, source in _factors(run, FACTORS):
        known = rows.gwp_set(source, column) if origin == "reference" else "own" if source else "unnamed"
        found = run.meta.get("gwp", "AR6") if known == "setting" else "unknown" if known is None else known
        if found:  # nothing is said of factors of CO2 alone
            told.setdefault(str(found), {})[words(f"rests.factor.{FACTORS[table, column]}")] = None
    if not told:
        return words("rests.gwp_none")
    sets = sorted((name for name in told if name not in UNNAMED), reverse=True)
    parts = [words("rests.gwp_part", set=name, kinds=", ".join(told[name])) for name in sets]
    wanted = pd.MultiIndex.from_tuples(FACTORS)
    own = run.register[(run.register["high"] > 0) & (run.register["origin"] != "reference")]
    bare = own[pd.MultiIndex.from_frame(own[["table", "column"]]).isin(wanted) & (own["source"].fillna("") == "")]
    parts += [
        words(f"rests.gwp_{name}", count=words.count(len(bare)), kinds=", ".join(told[name]))
        for name in UNNAMED
        if name in told
    ]
    text = words("rests.gwp", sets="; ".join(parts))
    if len(sets) == len(parts) == 1:
        return f"{text} {words('rests.gwp_one')}"
    return f"{text} {words('rests.gwp_mixed')}" if len(sets) > 1 else text


def boundaries(run: Run, words: Language | None = None) -> str:
    """Say of each carrier that the run used what either boundary really holds of it."""
    words = words or language()
    register, said = run.register, []
    parts = run.figures[(run.figures["by"] == "component") & (run.figures["mean"] > 0)]["group"].unique()
    if "generation" in parts:
        lost = _losses(register, words) if "losses" in parts else words("rests.no_losses")
        for kind, zones in _zones(register).items():
            said.append(words(f"rests.electricity.{kind}", zones=_named(zones, words), losses=lost))
    if "combustion" in parts:
        fuels = register[register["table"] == "carriers"]
        burnt = list(dict.fromkeys(fuels.loc[fuels["column"] == "combustion", "row"]))
        supplied = set(fuels.loc[(fuels["column"] == "upstream") & (fuels["high"] > 0), "row"])
        for kind, wanted in (("supplied", True), ("bare", False)):
            carriers = [row.removeprefix("carrier=").replace("_", " ") for row in burnt if (row in supplied) is wanted]
            if carriers:
                said.append(words(f"rests.fuel.{kind}", carriers=", ".join(carriers)))
    if "refrigerant" in parts:
        said.append(words("rests.refrigerants"))
    return " ".join(said)


def _named(zones: Iterable[str], words: Language) -> str:
    """Name zones, or count them if there are many."""
    names = [words.group("region", zone) for zone in sorted(zones)]
    return ", ".join(names) if len(names) <= NAMED else words("rests.zones", count=words.count(len(names)))


def _zone(rows: pd.Series) -> pd.Series:
    return rows.str.extract(r"(?:^|;)zone=([^;]*)", expand=False)


def _losses(register: pd.DataFrame, words: Language) -> str:
    """Say that losses are added, and in which zones of use there are none."""
    given = register[(register["table"] == "zones") & (register["column"] == "loss")]
    none = set(_zone(given.loc[~(given["high"] > 0), "row"]))
    return words("rests.some_losses", zones=_named(none, words)) if none else words("rests.losses")


def _zones(register: pd.DataFrame) -> dict[str, list[str]]:
    """Give the zones by whether their series of electricity has an upstream part."""
    grid = register[register["table"] == "grid"]
    zone = _zone(grid["row"])
    supplied = set(zone[(grid["column"] == "upstream") & (grid["high"] > 0)])
    found = {"supplied": sorted(supplied), "bare": sorted(set(zone) - supplied)}
    return {kind: zones for kind, zones in found.items() if zones}


def _factors(run: Run, columns: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    """Give the distinct (table, column, origin, source) of the factors above 0 in some columns, in their order."""
    names = ["table", "column", "origin", "source"]
    used = run.register.loc[run.register["high"] > 0, names].fillna("").drop_duplicates().astype(str)
    for wanted in columns:
        for found in used[(used["table"] == wanted[0]) & (used["column"] == wanted[1])].itertuples(index=False):
            yield found[0], found[1], found[2], found[3]


def partners(run: Run, words: Language | None = None) -> str:
    """Say what share of each category rests on data from partners in the value chain, if the settings give it."""
    words, given = words or language(), run.meta.get("partner_data", {})
    if not given:
        return words("rests.no_partners")
    shares = [f"{words(f'short.{ledger}')} {words.percent(share)}" for ledger, share in sorted(given.items())]
    return words("rests.partners", shares="; ".join(shares))


def recycling(run: Run, words: Language | None = None) -> str:
    """Say that recycling and energy recovery of the reference are cut off, and count the catalog's own factors."""
    words, register = words or language(), run.register
    # A row may go on with its year.
    routes = register["row"].astype(str).str.extract(r"(?:^|;)route=([^;]*)", expand=False)
    there = register[(register["table"] == "treatments") & (register["column"] == "factor") & routes.isin(CUT_OFF)]
    built_in = there["origin"] == "reference"
    own = int((~built_in & (there["high"] > 0)).sum())
    parts = [words("rests.recycling")] if built_in.any() else []
    parts += [words("rests.recycling_own", count=words.count(own))] if own else []
    return " ".join(parts) or words("rests.recycling_none")


_OWN_FACTORS = (("grid", "intensity"), ("grid", "upstream"), ("carriers", "combustion"), ("carriers", "upstream"),
                ("treatments", "factor"))  # fmt: skip
"""Factors of a catalog's own in which an offset, a certificate or a contract may be."""


def _levels(register: pd.DataFrame) -> int:
    """Count the catalog's own levels that scale electricity factors: all but a plain 1."""
    own = register[register["table"].isin(("zones", "settings")) & (register["column"] == "level")]
    return int(((own["origin"] == "catalog") & ~((own["low"] == 1) & (own["high"] == 1))).sum())


def offsets(run: Run, words: Language | None = None) -> str:
    """Say that usephase takes off no offsets or trades, and count the catalog's own factors, which may hold some."""
    words, register = words or language(), run.register
    named = pd.MultiIndex.from_frame(register[["table", "column"]].astype(str)).isin(_OWN_FACTORS)
    own = int((named & (register["origin"] == "catalog").to_numpy(dtype=bool)).sum()) + _levels(register)
    parts = [words("rests.offsets"), *([words("rests.offsets_own", count=words.count(own))] if own else [])]
    return " ".join(parts)


def measured(run: Run, words: Language | None = None) -> str:
    """Say how many values of rates and use the catalog calls primary."""
    words, register = words or language(), run.register
    used = data_types(register[(register["table"] + "." + register["column"]).isin(ACTIVITY)])
    primary = words.count(int((used == "primary").sum()))
    return words("rests.measured", primary=primary, rows=words.count(len(used)))


def location(run: Run, words: Language | None = None) -> str:
    """Say whose electricity factors these are: location-based averages of which zones, or the catalog's own."""
    words, grid = words or language(), run.register[run.register["table"] == "grid"]
    if grid.empty:
        return words("rests.location_none")
    zone, levels = _zone(grid["row"]), _levels(run.register)
    own = set(zone[grid["origin"] == "catalog"])
    average = _named(set(zone) - own, words)
    if not own and not levels:
        return words("rests.location", zones=average)
    mine = [words("rests.location_factors", zones=_named(own, words))] if own else []
    mine += [words("rests.location_levels", count=words.count(levels))] if levels else []
    said = words("rests.location_own", own=", ".join(mine))
    return f"{words('rests.location_average', zones=average)} {said}" if average else said
