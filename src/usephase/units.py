"""Units: from a unit as written to the factor into another unit of the same dimension.

A unit is a base unit or a ratio of two (``W``, ``kWh/cycle``, ``kg CO2e/kWh``). Factors are kept as fractions, so that
``57 %`` is 0.57 to the last bit.

References
----------
hp and gal: NIST SP 811 (2008), appendix B.8 (mechanical horsepower 550 ft·lbf/s; US liquid gallon 231 in³); lb and oz:
avoirdupois, the same table. A year is 365 days.
"""

import difflib
import re
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import NamedTuple

PURE = ""
"""The unit of a pure number."""

# unit: (dimension, size in the dimension's base unit). Bases: W, kWh, L, kg, h, cycle, life, 1.
_BASE: dict[str, tuple[str, Fraction]] = {
    "W": ("power", Fraction(1)),
    "kW": ("power", Fraction(1000)),
    "hp": ("power", Fraction("745.699872")),
    "Wh": ("energy", Fraction(1, 1000)),
    "kWh": ("energy", Fraction(1)),
    "MWh": ("energy", Fraction(1000)),
    "J": ("energy", Fraction(1, 3_600_000)),
    "kJ": ("energy", Fraction(1, 3600)),
    "MJ": ("energy", Fraction(10, 36)),
    "GJ": ("energy", Fraction(10_000, 36)),
    "mL": ("volume", Fraction(1, 1000)),
    "L": ("volume", Fraction(1)),
    "m3": ("volume", Fraction(1000)),
    "cm3": ("volume", Fraction(1, 1000)),
    "gal": ("volume", Fraction("3.785411784")),
    "mg": ("mass", Fraction(1, 1_000_000)),
    "g": ("mass", Fraction(1, 1000)),
    "kg": ("mass", Fraction(1)),
    "t": ("mass", Fraction(1000)),
    "lb": ("mass", Fraction("0.45359237")),
    "oz": ("mass", Fraction("0.028349523125")),
    "h": ("time", Fraction(1)),
    "day": ("time", Fraction(24)),
    "week": ("time", Fraction(7 * 24)),
    "month": ("time", Fraction(365 * 24, 12)),
    "year": ("time", Fraction(365 * 24)),
    "cycle": ("cycle", Fraction(1)),
    "life": ("life", Fraction(1)),
    "%": ("number", Fraction(1, 100)),
    PURE: ("number", Fraction(1)),
}

_SPELLINGS = {
    "litre": "L", "litres": "L", "liter": "L", "liters": "L", "millilitre": "mL", "millilitres": "mL",
    "milliliter": "mL", "milliliters": "mL", "m³": "m3", "cm³": "cm3", "gallon": "gal", "gallons": "gal",
    "hours": "h", "hour": "h", "hr": "h", "hrs": "h", "days": "day", "d": "day", "weeks": "week", "wk": "week",
    "months": "month", "years": "year", "yr": "year", "yrs": "year", "y": "year", "a": "year", "annum": "year",
    "cycles": "cycle", "lifetime": "life", "watt": "W", "watts": "W", "kilowatt": "kW", "kilowatts": "kW",
    "watt-hour": "Wh", "watt-hours": "Wh", "watt hours": "Wh", "kilowatt-hour": "kWh", "kilowatt-hours": "kWh",
    "kilowatt hours": "kWh", "kw h": "kWh", "kw·h": "kWh", "kwhr": "kWh", "horsepower": "hp", "gram": "g",
    "grams": "g", "gramme": "g", "grammes": "g", "kilogram": "kg", "kilograms": "kg", "kilo": "kg", "kilos": "kg",
    "kgs": "kg", "tonne": "t", "tonnes": "t", "lbs": "lb", "pound": "lb", "pounds": "lb", "ounce": "oz",
    "ounces": "oz", "joule": "J", "joules": "J", "megajoule": "MJ", "megajoules": "MJ", "percent": "%",
    "per cent": "%", "pct": "%",
}  # fmt: skip

_FOLDED = {unit.casefold(): unit for unit in _BASE} | _SPELLINGS
"""Every spelling without regard to case."""
_CASE_MATTERS = frozenset({"Mg", "ML", "mWh", "mJ"})
"""What another reader takes for mega or milli: said so in a unit that has letters of both cases, else taken."""
_PER = re.compile(r"\s+per\s+|\s*/\s*|\s+(?=p\.?\s?a\.?$)(?:p\.?\s?)", re.IGNORECASE)

_GAS = re.compile(r"\s*CO(?:2|₂)(?:\s*-?eq?)?$", re.IGNORECASE)


class UnitError(ValueError):
    """A unit that is not known, or is of another dimension than the one asked for."""


class Factor(NamedTuple):
    """Convert by ``value * numerator / denominator`` (two correctly rounded steps at most)."""

    numerator: float
    denominator: float

    def times(self, value: float) -> float:
        """Convert one number."""
        return value * self.numerator / self.denominator


ONE = Factor(1.0, 1.0)


def _part(text: str, one_case: bool) -> str:
    plain = _GAS.sub("", text.strip().rstrip("."))
    if plain in _BASE or (plain in _CASE_MATTERS and not one_case):
        return plain
    return _FOLDED.get(plain.casefold(), plain)


@cache
def spell(unit: str) -> str:
    """Write a unit in the one way used here.

    Parameters
    ----------
    unit : str
        As somebody wrote it: ``l / h``, ``kg CO2e/kWh``, ``hours/yr``.

    Returns
    -------
    str
        ``L/h``, ``kg/kWh``, ``h/year``; an unknown part stays as it is.
    """
    whole = _PER.sub("/", unit.strip())
    one_case = whole == whole.upper() or whole == whole.lower()
    return "/".join(_part(part, one_case) for part in whole.split("/"))


@cache
def _measure(unit: str) -> tuple[tuple[str, ...], Fraction]:
    """Give dimension and size of a unit as spelled here."""
    parts = unit.split("/")
    if len(parts) > 2 or (len(parts) == 2 and "" in parts) or any(part not in _BASE for part in parts):
        raise UnitError(f"`{unit}` is not a unit that is known here")
    found = [_BASE[part] for part in parts]
    size = found[0][1] / found[1][1] if len(found) == 2 else found[0][1]
    return tuple(dimension for dimension, _ in found), size


@cache
def conversion(unit: str, to: str) -> Factor:
    """Give the factor from one unit into another.

    Parameters
    ----------
    unit, to : str
        In any spelling; "" is a pure number.

    Returns
    -------
    Factor

    Raises
    ------
    UnitError
        If a unit is unknown or the dimensions differ.
    """
    source, target = spell(unit), spell(to)
    if source == target:
        return ONE
    dimension, size = _measure(source)
    wanted, base = _measure(target)
    if dimension != wanted:
        aim = f"`{target}`" if target else "a pure number"
        raise UnitError(f"`{source}` cannot be converted to {aim}")
    ratio = size / base
    return Factor(float(ratio.numerator), float(ratio.denominator))


_RATES = {
    ("power",): "W",
    ("energy", "cycle"): "kWh/cycle",
    ("energy", "time"): "kWh/year",
    ("volume", "time"): "L/h",
    ("mass", "time"): "kg/h",
    ("volume", "cycle"): "L/cycle",
    ("mass", "cycle"): "kg/cycle",
}


def canonical_rate(unit: str) -> str:
    """Name the canonical unit of a rate: W, kWh/year, kWh/cycle, L/h, kg/h, L/cycle or kg/cycle.

    Parameters
    ----------
    unit : str
        In any spelling.

    Returns
    -------
    str

    Raises
    ------
    UnitError
        If it is no unit of a rate.
    """
    dimension, _ = _measure(spell(unit))
    try:
        return _RATES[dimension]
    except KeyError:
        raise UnitError(
            f"`{unit}` is not a power, an energy a year, an energy or fuel per cycle, or a fuel per hour"
        ) from None


def nearest(word: str, known: Iterable[str]) -> str:
    """Find the known word that looks most like `word`; "" if none does."""
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.strip().casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


# -- units that are understood only to say what to write instead ---------------------------------------------------

_PREFIXES: dict[str, int | Fraction] = {
    "T": 10**12, "G": 10**9, "M": 10**6, "k": 1000, "h": 100, "d": Fraction(1, 10), "c": Fraction(1, 100),
    "m": Fraction(1, 1000), "µ": Fraction(1, 10**6), "μ": Fraction(1, 10**6), "u": Fraction(1, 10**6),
    "n": Fraction(1, 10**9),
}  # fmt: skip
_WORDS = {
    "tera": "T", "giga": "G", "mega": "M", "kilo": "k", "hecto": "h", "deci": "d", "centi": "c", "milli": "m",
    "micro": "µ", "nano": "n",
}  # fmt: skip
_METRIC_HP = Fraction("735.49875")
_FOREIGN: dict[str, tuple[str, Fraction]] = {
    **dict.fromkeys(("ps", "cv", "ch", "pk"), ("power", _METRIC_HP)), "bhp": _BASE["hp"],
    "btu": ("energy", Fraction("1055.05585262") / 3_600_000), "kcal": ("energy", Fraction(41868, 36_000_000)),
}  # fmt: skip
"""Metric horsepower (75 kgf·m/s), that of brakes, and international table units of heat: NIST SP 811, appendix B.8."""
_TIMES = {
    name: Fraction(1, parts)
    for parts, names in ((60, "min mins minute minutes"), (3600, "s sec secs second seconds"))
    for name in names.split()
}
_PREFIXED = re.compile(rf"([{''.join(_PREFIXES)}])(Wh?|J|[lL]|g|t)")
_WORDED = re.compile(rf"({'|'.join(_WORDS)})[ -]?(watt|watt[ -]hour|joule|lit(?:re|er)|gram(?:me)?|tonne)s?")
_SYMBOLS = {"watt": "W", "joule": "J", "lit": "L", "gra": "g", "ton": "t"}
_ELECTRIC = re.compile(r"(k?W)_?el?")
_AS_LONG, _AS_LIKE = 4, 0.85


def _sized(part: str) -> tuple[str, Fraction] | None:
    """Give dimension and size of a base unit with any SI prefix or base of time; None where it is no unit."""
    if part in _BASE:
        return _BASE[part]
    if part.casefold() in _TIMES:
        return "time", _TIMES[part.casefold()]
    if part.casefold() in _FOREIGN:
        return _FOREIGN[part.casefold()]
    prefix, symbol = "", ""
    if found := _PREFIXED.fullmatch(part):
        prefix, symbol = found[1], found[2].replace("l", "L")
    elif found := _WORDED.fullmatch(part.casefold()):
        prefix = _WORDS[found[1]]
        symbol = "Wh" if "hour" in found[2] else _SYMBOLS.get(found[2], _SYMBOLS.get(found[2][:3], ""))
    if not symbol or (symbol == "t" and prefix not in ("k", "M", "G")):  # mt: a metric ton to many
        return None
    dimension, size = _BASE[symbol]
    return dimension, size * _PREFIXES[prefix]


def _understood(unit: str) -> tuple[tuple[str, ...], Fraction] | None:
    """Give dimension and size of a unit as spelled here, prefixes and bases of time included; None of another text."""
    found = [_sized(part) for part in unit.split("/")]
    known = [part for part in found if part is not None]
    if len(known) != len(found) or len(found) > 2 or PURE in unit.split("/"):
        return None
    dimension, size = tuple(name for name, _ in known), known[0][1] / (known[1][1] if len(known) > 1 else 1)
    return (("power",), size * 1000) if dimension == ("energy", "time") and unit.endswith("/h") else (dimension, size)


def is_known(unit: str) -> bool:
    """Tell whether a text is a unit in any spelling, be it one that no column takes."""
    return _understood(spell(unit)) is not None


def equal(unit: str, allowed: Iterable[str]) -> tuple[str, Fraction] | None:
    """Find the one of some units that a unit can be converted to in the plainest numbers.

    Parameters
    ----------
    unit : str
        In any spelling, with any SI prefix, to any base of time: ``MW``, ``kWh/day``, ``min/day``.
    allowed : iterable of str
        As spelled here.

    Returns
    -------
    (str, Fraction) or None
        The unit, and how many of it one of `unit` is; None where it is of another dimension, or no unit.
    """
    spelled = spell(unit)
    found = _understood(spelled)
    read = zip(_PER.sub("/", unit.strip()).split("/"), spelled.split("/"), strict=True)
    if found is None or any(_sized(part) not in (None, _sized(taken)) for part, taken in read):  # ML: mega or milli
        return None
    same = [(to, found[1] / size) for to in allowed for kind, size in [_understood(to) or ((), 1)] if kind == found[0]]
    return min(same, key=lambda each: (*_far_from_plain(each[1]), max(each[1], 1 / each[1])), default=None)


def _far_from_plain(ratio: Fraction) -> tuple[bool, bool]:
    """Tell of a ratio whether neither it nor its inverse is whole, and whether its decimals do not end."""
    return 1 not in ratio.as_integer_ratio(), 10**18 % ratio.denominator != 0


def respelt(word: str, allowed: Iterable[str]) -> str:
    """Find the one of some units that a word misspells; "" where it is a unit itself, or may be another one.

    Only words that are written out are mended: of a symbol every letter counts.
    """
    allowed = tuple(allowed)
    words = {**_FOLDED, **{unit.casefold(): unit for unit in allowed if "/" not in unit}}
    parts = []
    for part in spell(word).split("/"):
        if _sized(part) is None:
            parts.append(found[1] if (found := _ELECTRIC.fullmatch(part)) else _mended(part.casefold(), words))
        else:
            parts.append(part)
    unit = "/".join(parts)
    return unit if unit in allowed else ""


def _mended(part: str, words: dict[str, str]) -> str:
    near = {
        unit
        for name, unit in words.items()
        if len(name) >= _AS_LONG <= len(part)
        and name[0] == part[0]
        and (sorted(name) == sorted(part) or difflib.SequenceMatcher(None, part, name).ratio() >= _AS_LIKE)
    }
    return near.pop() if len(near) == 1 else ""
