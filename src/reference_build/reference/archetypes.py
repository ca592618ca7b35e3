"""Archetypes: kinds of products with all that a first estimate needs. Three points of a range are 5 %, 50 % and 95 %.

What differs by kind of user or by place alone is an amount. Where the rate differs too there is a mode for each, which
the others do not use.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
from scipy import optimize, stats

from reference.common import OWN, Output, Row, Sources, read, table
from usephase.catalog.values.grammar import parse
from usephase.sampling.distributions import RECORDS, Unfit, best_estimate

FOLDER = "archetypes"
HOURS_A_YEAR = 8760.0
WIDE = 5000.0
"""Hours a year from which a range could reach beyond the year: a beta between 0 and the year is fitted to it."""
USERS = {"home": "home", "professional": "professional", "commercial": "professional"}
SHAPE_WIDTH = "± 15%"
"""As of the lives of the WEEE Calculation Tool."""
NAME = "Product archetypes of the project"

SOURCES: Sources = {
    "archetypes": (f"{NAME}: names in three languages", OWN, "assumption"),
}

# Equipment of NONROAD whose population and life by sector say how many units professionals buy.
_NONROAD = {
    "mower_walk": "Lawn mowers", "mower_riding": "Lawn & Garden Tractors", "chainsaw": "Chain Saws < 6 HP",
    "trimmer": "Trimmers/Edgers/Brush Cutter", "blower": "Leafblowers/Vacuums",
    "hedge_trimmer": "Trimmers/Edgers/Brush Cutter", "snow_blower": "Snowblowers", "tiller": "Rotary Tillers < 6 HP",
}  # fmt: skip
# Share of the units that professionals buy, by the beginning of the name: judged.
_PROFESSIONAL = {
    "demolition_hammer": 0.75, "rotary_hammer": 0.55, "welder": 0.5, "nailer": 0.5, "router": 0.45, "planer": 0.45,
    "table_saw": 0.45, "mitre_saw": 0.45, "shop_vacuum": 0.25, "vacuum": 0.05, "led_lamp": 0.25, "laptop": 0.5,
    "desktop": 0.5, "monitor": 0.5, "printer": 0.4, "ups": 0.5, "": 0.35,
}  # fmt: skip
_CHANNELS = 8.0
"""By how much the odds of professional buyers of one company differ from the market's, either way (5 % and 95 %)."""
# Rules of the index by which `rated_power` takes the place of a rate.
_RATED = re.compile(r"rate = (rated|motor power|package input power|W|label W|P_L|data-sheet W)")


def number(value: float) -> str:
    """Write a number with four digits."""
    return f"{float(f'{value:.4g}'):g}"


@cache
def spread(low: float, middle: float, high: float, top: float = np.inf) -> str:
    """Write a range: 5 %, 50 % and 95 % between 0 and `top`.

    Where no metalog passes through the three, the end that is too near moves away from the middle.
    """
    if low == high:
        return number(middle)
    if top == HOURS_A_YEAR:
        return _beta(low, middle, high)
    low = max(low, middle / 20)
    high = min(high, 0.99) if top == 1 else high
    middle = min(middle, 0.97) if top == 1 else middle
    for _ in range(200):
        text = f"p5_p50_p95({number(low)}, {number(middle)}, {number(high)})"
        if low < middle < high and _passes(text, top):
            return text
        lower, upper = np.log(middle / low), np.log(high / middle)
        if lower < upper:
            low /= 1.03
        elif top == 1:
            high += (1 - high) * 0.1
        else:
            high *= 1.03
    raise AssertionError(f"no distribution for {low}, {middle}, {high}")


def _passes(text: str, top: float) -> bool:
    """Tell whether there is a metalog through a triplet between 0 and `top`."""
    parsed = parse(text)
    try:
        RECORDS[parsed.kind].bound(parsed.params, 0.0, top)
    except Unfit:
        return False
    return True


def _beta(low: float, middle: float, high: float) -> str:
    """Fit a beta between 0 and the hours of a year to three quantiles."""
    # An end at the year itself would make a year all or nothing.
    most = 0.998 if middle > 0.9 * HOURS_A_YEAR else 0.96
    wanted = np.clip(np.array([low, middle, high]) / HOURS_A_YEAR, 0.002, most)

    def miss(logs: np.ndarray) -> np.ndarray:
        a, b = np.exp(logs)
        return np.asarray(stats.beta.ppf([0.05, 0.5, 0.95], a, b) - wanted)

    # With shapes of at least 1 it has one peak.
    a, b = np.exp(optimize.least_squares(miss, [1.0, 1.0], bounds=(0.0, 6.0)).x)
    return f"beta({number(a)}, {number(b)}, 0, {HOURS_A_YEAR:g})"


_HELD = ("archetypes", "archetype_lives", "archetype_masses")


def _listed(*ids: str) -> list[str]:
    return [name for name in dict.fromkeys(";".join(ids).split(";")) if name]


class _Ids:
    """Make a source of every set of sources that rows name."""

    def __init__(self, raw: Path) -> None:
        self.known = {row["source_id"]: row for row in read(raw, f"{FOLDER}/archetype_sources")}
        self.made: Sources = {}
        held = (row for name in _HELD for row in read(raw, f"{FOLDER}/{name}"))
        sets = {";".join(_listed(row["source_id"], more)) for row in held for more in ("", "assump", "nonroad")}
        self.codes = {ids: f"arch{i:03d}" for i, ids in enumerate(sorted(sets))}

    def code(self, ids: str) -> str:
        """Give the code of some sources, in order."""
        listed = _listed(ids)
        code = self.codes[";".join(listed)]
        told = [self._told(name) for name in listed]
        licence = OWN if all(_is_own(self.known[name]) for name in listed) else "single fact quoted"
        self.made[code] = (f"{NAME}: {'; '.join(told)}", licence, "assumption")
        return code

    def _told(self, name: str) -> str:
        row = self.known[name]
        if name == "assump":
            return "own judgement of middle or range"
        if name == "calendar":
            return "a definition"
        title = re.split(r"[(:;,]", row["title"])[0].strip() if len(row["title"]) > 60 else row["title"]
        recalled = ", recalled" if row["read_directly_or_recalled"].startswith("recalled") else ""
        return f"{row['publisher']} {row['year'][:4]}, {title}{recalled}"


def _is_own(row: Mapping[str, str]) -> bool:
    return row["licence"].startswith(("own", "Apache-2.0 (own")) or row["licence"] == "-"


def _basis(row: Mapping[str, str]) -> str:
    """Say what the middle and the range of a row's weakest number rest on."""
    word = {"study": "cited_text", "measured_survey": "source_dataset", "regulation_test_standard": "cited_text",
            "manufacturer": "cited_text", "assumption": "assumption"}  # fmt: skip
    middle = word[row["basis"]]
    return middle if middle == "assumption" else f"{middle} (middle); assumption (range)"


def _three(row: Mapping[str, str], name: str, scale: float = 1.0) -> tuple[float, float, float] | None:
    texts = [row[f"{name}_{end}"] for end in ("low", "mode", "high")]
    if texts == ["", "", ""]:
        return None
    low, middle, high = (float(text) * scale for text in texts)
    return low, middle, high


class _Mode:
    """One mode of an archetype: its rows by kind of user and place."""

    def __init__(self, index: Mapping[str, str], rows: list[dict[str, str]], rated: bool) -> None:
        self.rows = rows
        self.share = 1.0  # of the rated power
        typical = float(index["typical_rated_power_w"] or 0)
        self.rated = rated and typical > 0 and _RATED.match(index["sku_rule"]) is not None
        if self.rated:
            middle = float(np.mean([float(row["rate_mode"]) for row in rows]))
            self.share = middle / typical if 0.2 < middle / typical < 0.85 else 1.0

    def design(self, row: Mapping[str, str]) -> tuple[object, ...]:
        """Give what belongs to the product and not to its users."""
        return row["carrier"], row["rate_unit"], *(_three(row, name) for name in ("rate", "load", "efficiency"))

    def cells(self, row: Mapping[str, str]) -> dict[str, str]:
        """Write rate, load and efficiency."""
        rate, load, efficiency = _three(row, "rate", 1 / self.share), _three(row, "load"), _three(row, "efficiency")
        assert rate is not None
        cells = {"carrier": row["carrier"], "rate": spread(*rate), "rate_unit": row["rate_unit"]}
        if row["rate_unit"] == "Wh/cycle":
            cells |= {"rate": spread(*(x / 1000 for x in rate)), "rate_unit": "kWh/cycle"}
        if load is not None:
            low, middle, high = (x * self.share for x in load)
            cells["load"] = spread(low, middle, high, 1.0)
        elif self.share != 1:
            cells["load"] = number(self.share)
        if efficiency is not None:
            cells["efficiency"] = spread(*efficiency, 1.0)
        return cells | ({"rated": "yes"} if self.rated else {})


def _amount(row: Mapping[str, str]) -> dict[str, str]:
    three = _three(row, "amount")
    assert three is not None
    wide = row["amount_unit"] == "h/year" and three[2] > WIDE
    return {"amount": spread(*three, HOURS_A_YEAR if wide else np.inf), "amount_unit": row["amount_unit"]}


def _anywhere(rows: list[dict[str, str]]) -> dict[str, str]:
    """Make the row of all other places: as wide as those of the known ones together."""
    out = dict(rows[0]) | {"region": "", "basis": "assumption", "source_id": f"{rows[0]['source_id']};assump"}
    for name in ("rate", "amount"):
        out[f"{name}_low"] = str(min(float(row[f"{name}_low"]) for row in rows))
        out[f"{name}_high"] = str(max(float(row[f"{name}_high"]) for row in rows))
        out[f"{name}_mode"] = str(np.exp(np.mean([np.log(float(row[f"{name}_mode"])) for row in rows])))
    return out


def _guess(row: Mapping[str, str]) -> str:
    """Name the guess of amounts that rows of a family and a kind of user share; "" where they are not guessed."""
    return f"{row['family'].lower()}, {USERS[row['user']]}" if row["amount_basis"] == "assumption" else ""


def _guess_of_design(row: Mapping[str, str]) -> str:
    """Name the guess of load and efficiency that the rows of a family share."""
    guessed = "assumption" in (row["load_basis"], row["efficiency_basis"])
    return f"{row['family'].lower()}, {row['power_source']}" if guessed else ""


def _modes(raw: Path, ids: _Ids) -> Iterator[Row]:
    index = {row["archetype"]: row for row in read(raw, f"{FOLDER}/archetype_index")}
    by_mode: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    first: dict[tuple[str, str], str] = {}
    for row in read(raw, f"{FOLDER}/archetypes"):
        by_mode[row["archetype"], row["mode"]].append(row)
        first.setdefault((row["archetype"], row["user"]), row["mode"])
    for (archetype, name), rows in by_mode.items():
        leading = {mode for (its, _), mode in first.items() if its == archetype}
        mode = _Mode(index[archetype], rows, name in leading and rows[0]["rate_unit"] == "W")
        users = list(dict.fromkeys(row["user"] for row in rows))
        one = len({user for its, user in first if its == archetype}) == 1
        alike = len({mode.design(row) for row in rows}) == 1
        general: tuple[object, ...] = ()
        for user in users:
            mine = [row for row in rows if row["user"] == user]
            places = {row["region"]: row for row in mine} if len(mine) > 1 else {"": mine[0]}
            if "" not in places:
                places = {"": _anywhere(mine), **places}
            of = "" if one else USERS[user]
            apart = len({mode.design(row) for row in mine}) > 1
            its_name = name
            if not alike and users.index(user):
                its_name = f"{name}_{USERS[user]}"
            for place, row in places.items():
                about = {
                    "archetype": archetype, "mode": its_name, "user": of, "region": place, "note": _note(row),
                    "guess": _guess(row), "basis": _basis(row), "source": ids.code(row["source_id"]),
                }  # fmt: skip
                if place and apart:  # another rate there: a mode of its own, and none of the one for anywhere
                    yield about | {"amount": "0", "amount_unit": row["amount_unit"], "note": "", "guess": ""}
                    about |= {"mode": f"{its_name}_{place.lower()}"}
                    yield about | {"user": "", "region": "", "guess": _guess_of_design(row), **mode.cells(row)}
                    yield about | {"user": of, "region": place, **_amount(row)}
                    continue
                held = (its_name,)
                if not place and general != held:
                    general = held
                    whole = mode.cells(row) | (_amount(row) if not of else {"guess": _guess_of_design(row)})
                    yield about | {"user": "", "region": "", **whole}
                if of or place:
                    yield about | _amount(row)


def _rested(modes: list[Row]) -> Iterator[Row]:
    """Let standby take the rest of the year where the best estimates of hours are more than a year."""
    hours: dict[tuple[str, str], float] = defaultdict(float)
    for row in modes:
        if row.get("amount_unit") == "h/year" and row["region"] == "":
            parsed = parse(row["amount"])
            hours[row["archetype"], row["user"]] += best_estimate(parsed.kind, np.array(parsed.params))
    for row in modes:
        full = hours[row["archetype"], row["user"]] > HOURS_A_YEAR
        yield {**row, "amount": "", "amount_unit": "rest"} if full and row["mode"] == "standby" else row


def _note(row: Mapping[str, str]) -> str:
    told = [row["note"]] if row["note"] else []
    if row.get("calibrated_to"):
        told.append(f"set to {row['calibrated_to']}")
    return "; ".join(told)


def _professional(raw: Path) -> dict[str, float]:
    """Give the share of units that professionals buy of NONROAD's equipment: population over life, by sector."""
    sold: dict[tuple[str, str], float] = defaultdict(float)
    for row in read(raw, "nonroad_equipment_us_epa"):
        if row["quality_flag"] == "ok":
            bought = float(row["population_units_us"]) / float(row["median_life_years"])
            sold[row["equipment"], row["sector"]] += bought
    return {
        name: sold[name, "commercial"] / (sold[name, "commercial"] + sold[name, "residential"])
        for name in dict.fromkeys(_NONROAD.values())
    }


def _longest(name: str, known: Iterable[str]) -> str:
    return max((start for start in known if name.startswith(start)), key=len, default="")


def _lives(raw: Path, ids: _Ids, modes: list[Row]) -> Iterator[Row]:
    rows = read(raw, f"{FOLDER}/archetype_lives")
    users: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        users[row["archetype"]].append(USERS[row["user"]])
    known = _professional(raw)
    there = {(row["archetype"], row["mode"]) for row in modes}
    for row in rows:
        archetype, user = row["archetype"], USERS[row["user"]]
        mean = _three(row, "mean")
        assert mean is not None
        wears = row["wear_mode"] if row["unit"] == "hour" else ""
        if wears and user == "professional" and (archetype, f"{wears}_professional") in there:
            wears += "_professional"
        sources = row["source_id"]
        share = ""
        if len(users[archetype]) > 1:
            machine = _longest(archetype, _NONROAD)
            part = known[_NONROAD[machine]] if machine else _PROFESSIONAL[_longest(archetype, _PROFESSIONAL)]
            odds = part / (1 - part)
            ends = [x / (1 + x) for x in (odds / _CHANNELS, odds, odds * _CHANNELS)]
            share = number(1 - part) if user == "home" else spread(*ends, 1.0)
            sources += ";nonroad" if machine else ";assump"
        unit = row["unit"]
        yield {
            "archetype": archetype, "user": user, "share": share, "mean": spread(*mean), "unit": unit, "mode": wears,
            "max_years": row["max_years"], "shape": f"{row['shape']} {SHAPE_WIDTH}", "note": row["note"],
            "guess": user if row["basis"] == "assumption" else "",
            "basis": _basis(row), "source": ids.code(sources),
        }  # fmt: skip


def _materials(raw: Path, ids: _Ids) -> Iterator[Row]:
    for row in read(raw, f"{FOLDER}/archetype_masses"):
        mass = _three(row, "mass")
        assert mass is not None
        yield {
            "archetype": row["archetype"], "part": row["part"], "material": row["material"], "mass": spread(*mass),
            "basis": _basis(row), "source": ids.code(row["source_id"]),
        }  # fmt: skip


def _built(raw: Path) -> tuple[Sources, tuple[Output, ...]]:
    ids = _Ids(raw)
    modes = list(_rested(list(_modes(raw, ids))))
    lives = list(_lives(raw, ids, modes))
    materials = list(_materials(raw, ids))
    names = [
        {"archetype": row["archetype"], "name": row["name"], "family": row["family"], "source": "archetypes"}
        for row in read(raw, f"{FOLDER}/archetype_index")
    ]
    outputs = (
        table("archetypes", "archetype", "name family", names),
        table(
            "archetype_modes", "archetype mode user region",
            "carrier rate rate_unit load efficiency rated amount amount_unit guess note basis", modes,
        ),
        table("archetype_lives", "archetype user", "share mean unit mode max_years shape guess note basis", lives),
        table("archetype_materials", "archetype part material", "mass basis", materials),
    )  # fmt: skip
    return ids.made, outputs


def further_sources(raw: Path) -> Sources:
    return _built(raw)[0]


def tables(raw: Path) -> Iterator[Output]:
    yield from _built(raw)[1]
