"""What a text that is not a value looks like, and the forms that it may be rewritten to."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from statistics import NormalDist
from typing import NamedTuple

from usephase.catalog.read.limits import clip
from usephase.catalog.values.refusal import FORMS, Refusal, decimal_text, is_error
from usephase.sampling.distributions import FUNCTIONS, Z95
from usephase.units import ONE, UnitError, conversion

Tries = Sequence[tuple[str, str]]
LIMIT = "if that is as far as it may go"
"""The meaning of a proposal that takes the column's own limit for the other end."""
MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
PIECES = re.compile(
    r"(?:(?<=[\d%kKM)])|\b)\s*(?:(?:pcs?|pces?|pieces?|units?|ea|each|items?|sets?|nos?|st(?:k|ck|ück|ueck)?|einheit(?:en)?"
    r"|exemplare?|pi[eè]ces?|unit[eé]s?|unidades?|uds?|unidad|piezas?|pezz[io]|unit[aà]|szt|ks|kpl|db|adet|cái|chiếc|bộ|шт)\.?"
    r"|[台个個件]|(?:/|per|p\.)\s*(?:year|yr|a)\.?)(?=\s*(?:$|±|\+))",
    re.I,
)
"""What is counted in a column of units, after its number: dropping it changes nothing."""
_NOTHING = re.compile(r"n\.?\s*/?\s*a\.?|none|null|nil|tb[acd]|unknown|missing|[-–—?.]+", re.I)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf(?:inity)?|∞)", re.I)
_DATE = re.compile(
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}"
    rf"|\d{{1,2}}[-/. ]{MONTHS}(?:[-/. ]\d{{2,4}})?"
    rf"|{MONTHS}[-/. ]\d{{1,4}})(?:[T ]\d{{1,2}}:\d{{2}}.*)?|\d{{1,2}}:\d{{2}}(?::\d{{2}})?",
    re.I,
)
_TOKEN = re.compile(r"(?<![\w.,])\d+(?:[ .,'’_]\d+)*(?![\d])")
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:([ .,'’_])\d{3})(?:\1\d{3})*(?:([.,])(\d+))?")
_LAKHS = re.compile(r"[1-9]\d{0,1}(?:,\d{2})+,\d{3}(?:\.\d+)?")
_PLACES = 15
"""So many places before or behind the point are written out."""
LONGEST = 100
_ABOUT_95 = 0.05
"""So near to 1.96 standard deviations are 95 % meant: twice the standard deviation is."""
_X = r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
_UNIT = r"%|[^\W\d_][\w/·³ ]{0,30}?"
_U = rf"\s*({_UNIT})?\s*"
_UP_TO = r"(?:-|–|—|to|bis|and|und|\.\.+|…|;|\|)"
_IN_BRACKETS = rf"{_X}{_U}[(\[]\s*{_X}\s*(?:{_UP_TO}|,)\s*{_X}\s*[)\]]{_U}"
_WIDTH_IN_BRACKETS = r"([^()]+)\(\s*((?:±|\+\s*/?\s*-)[^()]+)\)"
_ABOUT_WORD = r"(?:ca\.?|circa|approx(?:imately|\.)?|about|around|est(?:imated?|\.)?)"
_ASK = "write a best estimate, or how"
_MULTIPLIERS = {
    "k": 10**3, "tsd": 10**3, "thousand": 10**3, "m": 10**6, "mio": 10**6, "mn": 10**6, "mln": 10**6, "million": 10**6,
    "bn": 10**9, "billion": 10**9, "mrd": 10**9, "dozen": 12, "doz": 12, "dz": 12, "dutzend": 12, "hundred": 100,
    "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_CURRENCY = r"(?:[$€£¥₫]|USD|EUR|GBP|CNY|JPY|VND|CHF)"
_CALL = rf"([^\W\d]\w*)\s*[(\[{{](.+)[)\]}}]\s*({_UNIT})?"
_PART = re.compile(rf"{_X}{_U}")
_CALLED = {
    "tri": "triangular", "triang": "triangular", "triangle": "triangular", "u": "uniform", "unif": "uniform",
    "n": "normal", "norm": "normal", "gauss": "normal", "gaussian": "normal", "betapert": "pert",
    "ln": "lognormal", "logn": "lognormal", "lognorm": "lognormal", "log_normal": "lognormal",
    "discr": "discrete", "choice": "discrete", "t": "student",
}  # fmt: skip
"""Other names of distributions whose parameters are the same."""
_PARAMETERS = {
    "mean": "mean mu µ μ m loc average avg", "sd": "sd std stdev stddev sigma σ s scale", "median": "median med mean",
    "gsd": "gsd", "low": "low min lower minimum a from", "high": "high max upper maximum b to",
    "mode": "mode likely likeliest ml c best peak", "scale": "scale λ lambda theta θ sd std se",
    "shape": "shape k alpha α",
    "df": "df dof ν nu n", "a": "a alpha α", "b": "b beta β",
}  # fmt: skip
"""What people call the parameters of a form, by the form's own name of each."""
_NAMED = re.compile(r"([^\W\d]\w*)\s*[=:]\s*(.+)")
_LOG_SD = re.compile(r"(?:σ|sigma|sd|std|s)\s*[=:]\s*(.+)", re.I)
_LEVEL = (
    r"(?:(\d\d(?:[.,]\d+)?)\s*%\s*(?:c\.?i\.?|confidence|interval|conf\.?|cl|range|ki|vi)?|"
    r"(?:k\s*=\s*)?([123])\s*(?:σ|sigmas?|sds?|s\.d\.|std\.?)|k\s*=\s*([123]))"
)
"""How sure it is that a value lies in an interval: ``95 %``, ``2σ``, ``k=2``."""


def explain(text: str) -> Refusal:
    """Say what a text that is not a value looks like, and what to write.

    Parameters
    ----------
    text : str
        A cell that no form of an uncertain value matches.

    Returns
    -------
    Refusal
    """
    shown = clip(text)
    if is_error(text):
        return Refusal(f"`{shown}` is the error of a spreadsheet formula", "repair the formula, or write the number")
    if _NOT_FINITE.fullmatch(text):
        return Refusal(f"`{shown}` is not a finite number", "write a number, or leave the cell empty for the default")
    if _NOTHING.fullmatch(text):
        return Refusal(
            f"`{shown}` is not a number",
            "write a best estimate with its uncertainty, or leave the cell empty if the column has a default",
        )
    if text.casefold() in ("true", "false", "yes", "no"):
        return Refusal(f"`{shown}` is a truth value, not a number", FORMS)
    if len(text) <= LONGEST and _DATE.fullmatch(text):
        return Refusal(f"`{shown}` is a date, not a number", "write the number; format the column as text or number")
    return rewritten(text) or Refusal(f"`{shown}` is not a number or an uncertain value", FORMS)


def rewritten(text: str) -> Refusal | None:
    """Refuse a text with the forms that it may mean; None where nothing of it is understood."""
    if len(text) > LONGEST:  # no form below is as long, and the patterns would take their time
        return None
    return _first(_SPELLINGS, text) or _numbers(text) or _first(_SHAPES, text)


class _Rewrite(NamedTuple):
    """Say of texts of one pattern what they have, and what they may be rewritten to (None: not this text)."""

    what: str
    pattern: re.Pattern[str]
    write: Callable[[re.Match[str]], Tries | None]
    fix: str = FORMS
    everywhere: bool = False


def _first(rules: Iterable[_Rewrite], text: str) -> Refusal | None:
    for rule in rules:
        found = rule.pattern.search(text) if rule.everywhere else rule.pattern.fullmatch(text)
        tries = rule.write(found) if found else None
        if tries is not None and (text, "") not in tries:
            return Refusal(f"`{clip(text)}` {rule.what}", rule.fix, tries)
    return None


def _whole(what: str, pattern: str, write: Callable[[re.Match[str]], Tries | None], fix: str = FORMS) -> _Rewrite:
    return _Rewrite(what, re.compile(pattern, re.I), write, fix)


def _spelt(what: str, pattern: str, new: Callable[[re.Match[str]], str] | str) -> _Rewrite:
    """Replace a spelling wherever it stands in a text."""
    spelling = re.compile(pattern, re.I)
    return _Rewrite(
        what, spelling, lambda found: [(" ".join(spelling.sub(new, found.string).split()), "")], everywhere=True
    )


def _ascii(found: re.Match[str]) -> str:
    digit = unicodedata.decimal(found[0], None)
    return unicodedata.normalize("NFKC", found[0]) if digit is None else str(digit)


def _inner(found: re.Match[str]) -> Tries:
    return [(next(group.strip() for group in found.groups() if group), "")]


def _plain(number: Decimal | float) -> str:
    """Write a number without an exponent, and so that its point is that of decimals; a huge or tiny one with it."""
    value = Decimal(str(number))
    return decimal_text(f"{value:f}") if abs(value.adjusted()) <= _PLACES else str(value).replace("E", "e")


def _unit(*written: str | None) -> str | None:
    """Give the one unit of a text with a space before it, "" without one; None where there are two."""
    units = {unit.strip() for unit in written if unit}
    if len(units) > 1:
        return None
    return f" {units.pop()}" if units else ""


def _in_one_unit(parts: Iterable[tuple[str, str | None]]) -> tuple[list[str], str] | None:
    """Write numbers in the unit of the last that has one; None where a unit cannot be converted to it."""
    parts = list(parts)
    last = next((unit for _, unit in reversed(parts) if unit), "").strip()
    try:
        factors = [conversion(unit.strip(), last) if unit and unit.strip() != last else ONE for _, unit in parts]
    except UnitError:
        return None
    numbers = [
        number if factor == ONE else f"{factor.times(float(number)):.12g}"
        for (number, _), factor in zip(parts, factors, strict=True)
    ]
    return numbers, f" {last}" if last else ""


def _times(found: re.Match[str]) -> Tries | None:
    word = found[2].casefold().rstrip(".")
    if word == "m" and found[2] != "M":
        return None
    return [(_plain(Decimal(found[1]) * _MULTIPLIERS[word]), "")]


def _power(found: re.Match[str]) -> Tries | None:
    exponent = int((found[2] or found[3]).translate(_SUPERSCRIPT))
    return [(f"{_plain(Decimal(found[1] or 1).scaleb(exponent))}{_unit(found[4])}", "")] if abs(exponent) < 16 else None


def _product(found: re.Match[str]) -> Tries | None:
    first, second, unit = Decimal(found[1]), Decimal(found[3]), _unit(found[2], found[4])
    if unit is None or not first or not second:
        return None
    spread = [(f"{found[1]} */ {found[3]}{unit}", "for a factor either way")] if 1 < second < 5 else []
    return [*spread, (f"{_plain(first * second)}{unit}", "for the product" if spread else "")]


def _fraction(found: re.Match[str]) -> Tries | None:
    whole, above, below = int(found[1] or 0), int(found[2]), int(found[3])
    return [(f"{_plain(float(f'{whole + above / below:.6g}'))}{_unit(found[4])}", "")] if 0 < above < below else None


def _vulgar(found: re.Match[str]) -> Tries:
    value = float(found[1] or 0) + unicodedata.numeric(found[2])
    return [(f"{_plain(float(f'{value:.6g}'))}{_unit(found[3])}", "")]


def _other_factor(found: re.Match[str]) -> Tries | None:
    unit = _unit(found[2], found[4])
    return None if unit is None else [(f"{found[1]} */ {found[3]}{unit}", "")]


def _range(found: re.Match[str]) -> Tries | None:
    ends = _in_one_unit([(found[1], found[2]), (found[3], found[4])])
    if ends is None or float(ends[0][0]) == float(ends[0][1]):
        return None
    low, high = sorted(ends[0], key=float)
    return [(f"uniform({low}, {high}){ends[1]}", "")]


def _around(found: re.Match[str]) -> Tries | None:
    unit, low, mode, high = _unit(found[2], found[5]), found[3], found[1], found[4]
    if unit is None or not float(low) <= float(mode) <= float(high) or float(low) == float(high):
        return None
    return [(f"triangular({low}, {mode}, {high}){unit}", "")]


def _bracketed(found: re.Match[str]) -> Tries | None:
    """Take a number out of its brackets, which accounts write for a negative one."""
    number, unit = found[1].strip(), _unit(found[2]) or ""
    ends = re.fullmatch(r"(\d+),(\d+)", number)
    if re.search(r",\s", number) or (ends and not _GROUPS.fullmatch(number)):
        return None
    range_ = ends and not ends[2].startswith("0") and int(ends[1]) < int(ends[2])
    between = [(f"uniform({ends[1]}, {ends[2]}){unit}", "for a range")] if ends and range_ else []
    return [(f"{number}{unit}", ""), (f"-{number}{unit}", "for a negative number"), *between]


def _deviations(level: Sequence[str | None]) -> float | None:
    """Give how many standard deviations a level lies from the mean: 1.96 for ``95 %``, 2 for ``2σ``."""
    percent, sigmas, coverage = level
    if percent:
        share = float(percent.replace(",", ".")) / 100
        return NormalDist().inv_cdf((1 + share) / 2) if 0 < share < 1 else None
    return float(sigmas or coverage or 0)


def _with_level(found: re.Match[str]) -> Tries | None:
    """Write a half-width that names its level as one of 95 %, or by its standard deviation."""
    number, first, half, second, *level = found.groups()
    percent = second is not None and second.strip() == "%"
    unit, deviations = _unit(first, None if percent else second), _deviations(level)
    if unit is None or deviations is None:
        return None
    if abs(deviations - Z95) < _ABOUT_95:
        return [(f"{number} ± {half}{'%' if percent else ''}{unit}", "")]
    width = float(half) * (abs(float(number)) / 100 if percent else 1)
    return [(f"normal({number}, {width / deviations:.4g}){unit}", "")]


def _interval(found: re.Match[str]) -> Tries | None:
    """Write a number with its interval of a level by the form whose interval that is."""
    number, first, *level, low, second, high, third = found.groups()
    return _of_level(level, [(low, second), (number, first), (high, third)])


def _level_behind(found: re.Match[str]) -> Tries | None:
    number, first, low, second, high, third, *level = found.groups()
    return _of_level(level, [(low, second), (number, first), (high, third)])


def _of_level(level: Sequence[str | None], written: Sequence[tuple[str, str | None]]) -> Tries | None:
    deviations, parts = _deviations(level), _in_one_unit(written)
    if deviations is None or parts is None:
        return None
    ends, unit = parts
    least, middle, most = map(float, ends)
    if not least < middle < most:
        return None
    usual, half = abs(deviations - Z95) < _ABOUT_95, (most - least) / 2
    if abs(least + most - 2 * middle) <= 0.02 * half:
        return [(f"{ends[1]} ± {half:.4g}{unit}" if usual else f"normal({ends[1]}, {half / deviations:.4g}){unit}", "")]
    if least > 0 and abs(math.log(least * most / middle**2)) <= 0.02 * math.log(most / least):
        factor = math.sqrt(most / least)
        gsd = math.exp(math.log(factor) / deviations)
        return [(f"{ends[1]} */ {factor:.4g}{unit}" if usual else f"lognormal({ends[1]}, {gsd:.4g}){unit}", "")]
    ten, five = (abs(deviations - NormalDist().inv_cdf(share)) < 0.01 for share in (0.9, 0.95))
    form = "p10_p50_p90" if ten else "p5_p50_p95"
    why = "" if ten or five else "with the ends as the 5 % and 95 % points"
    return [(f"{form}({', '.join(ends)}){unit}", why)]


def _uneven(found: re.Match[str]) -> Tries | None:
    """Write a number with two widths, ``1000 +100/-50``, as a triangular one."""
    number, first, sign, one, its, other_sign, other, others, last = found.groups()
    percent = (its or "").strip() == "%" or (others or "").strip() == "%"
    unit = _unit(first, last) if percent else _unit(first, its, others, last)
    if unit is None or sign == other_sign:
        return None
    middle = float(number)
    size = abs(middle) / 100 if percent else 1.0
    above, below = (float(width) * size for width in ((one, other) if sign == "+" else (other, one)))
    return [(f"triangular({middle - below:.12g}, {number}, {middle + above:.12g}){unit}", "")]


def _three(found: re.Match[str]) -> Tries | None:
    """Write three rising numbers as a triangular one."""
    numbers, unit = list(found.groups()[:3]), _unit(found[4])
    low, mode, high = map(float, numbers)
    return [(f"triangular({', '.join(numbers)}){unit}", "")] if low <= mode <= high and low < high else None


def _percentiles(found: re.Match[str]) -> Tries | None:
    numbers = [found[i] for i in (2, 4, 6)]
    names = [found[i] for i in (1, 3, 5)]
    form = {("10", "50", "90"): "p10_p50_p90", ("5", "50", "95"): "p5_p50_p95"}
    name = form.get(tuple(names))  # type: ignore[arg-type] # a pattern's groups are texts
    return [(f"{name}({', '.join(numbers)}){_unit(found[7])}", "")] if name else None


def _about(found: re.Match[str]) -> Tries:
    number = next(group.strip() for group in found.groups() if group)
    plain = _PART.fullmatch(number)
    return [(number, ""), *([(f"{plain[1]}{_unit(plain[2])} ± 20%", "with how far it may be off")] if plain else [])]


def _at_least(found: re.Match[str]) -> Tries:
    unit = _unit(found[2])
    top = 100 if unit == " %" else 1
    return [(f"uniform({found[1]}, {top}){unit}", LIMIT)] if 0 < float(found[1]) < top else []


def _at_most(found: re.Match[str]) -> Tries:
    return [(f"uniform(0, {found[1]}){_unit(found[2])}", LIMIT)] if float(found[1]) > 0 else []


def called(found: re.Match[str]) -> Tries | None:
    """Read a distribution with another name, other brackets or separators, or units inside the brackets."""
    name, inside = found[1].casefold(), found[2].strip()
    name = _CALLED.get(name, name)
    if name not in FUNCTIONS or FUNCTIONS[name].inner or FUNCTIONS[name].named or re.search(r"[()\[\]]", inside):
        return None
    if FUNCTIONS[name].pairs:
        return _weighted(name, inside, found[3])
    if name == "lognormal" and (tries := _spread_of_logarithms(inside, found[3])):
        return tries
    texts = _named_parameters(name, _parameters(name, inside))
    read = [(text, _numbers(text)) for text in texts]
    texts = [found.tries[0][0] if found and len(found.tries) == 1 else text for text, found in read]
    parts = [part for text in texts if (part := _PART.fullmatch(text)) is not None]
    if len(parts) != len(texts):
        return None
    if name in ("normal", "student") and len(parts) > 1 and parts[1][2] == "%" != parts[0][2]:
        width = _plain(float(f"{abs(float(parts[0][1])) * float(parts[1][1]) / 100:.12g}"))
        numbers, unit = [parts[0][1], width, *(part[1] for part in parts[2:])], _unit(parts[0][2])
    elif (one := _in_one_unit([(part[1], part[2]) for part in parts])) is None:
        return None
    else:
        numbers, unit = one
    if not unit or (found[3] and unit == _unit(found[3])):
        unit = _unit(found[3])
    elif found[3]:
        return None
    if name == "empirical" and len(numbers) == 1:
        return [(f"{numbers[0]}{unit}", "")]
    why = f"if {numbers[1]} is the standard deviation" if found[1].casefold() == "n" and len(numbers) == 2 else ""
    return [(f"{name}({', '.join(numbers)}){unit}", why)]


def _without_brackets(found: re.Match[str]) -> Tries | None:
    """Put brackets around the parameters of a distribution: ``triangular 900 1000 1100``."""
    return called(whole) if (whole := re.fullmatch(_CALL, f"{found[1]}({found[2]}){found[5] or ''}")) else None


def _parameters(name: str, inside: str) -> list[str]:
    """Part the parameters of a distribution, whatever stands between them."""
    if re.search("[;|]", inside):
        return re.split(r"\s*[;|]\s*", inside)
    counts = FUNCTIONS[name].counts or ()
    texts = re.split(r"\s*,\s*", inside)
    if counts and len(texts) not in counts:
        if half := re.fullmatch(rf"{_X}\s*(?:±|\+\s*/?\s*-)\s*{_X}\s*(%?)", inside):
            middle = float(half[1])
            width = float(half[2]) * (abs(middle) / 100 if half[3] else 1)
            ends = [f"{middle - width:.12g}", half[1], f"{middle + width:.12g}"]
            return ends if 3 in counts else [ends[0], ends[2]]
        for between in (r",\s+", rf"(?<=[\w%.])\s*{_UP_TO}\s*(?=[\d.+-])", r"\s+"):  # decimal commas; a range; blanks
            if len(others := re.split(between, inside, flags=re.I)) in counts:
                return others
    return texts


def _named_parameters(name: str, texts: list[str]) -> list[str]:
    """Leave out the names of parameters that stand in their places: ``normal(mean=1000, sd=100)``."""
    form = re.sub(r"^\w+\(|\).*", "", FUNCTIONS[name].form).split(",")
    named = [_NAMED.fullmatch(text) for text in texts]
    right = all(
        one is None or one[1].casefold() in _PARAMETERS.get(own.strip(), own).split()
        for one, own in zip(named, form, strict=False)
    )
    return [one[2] if one else text for one, text in zip(named, texts, strict=True)] if right else texts


def _weighted(name: str, inside: str, unit: str | None) -> Tries | None:
    """Write listed values with their weights: equal ones where there is none, percentages behind a blank."""
    parts = re.split(r"\s*[;,]\s*", inside)
    if any(":" in part for part in parts):
        return [(f"{name}({inside.replace(';', ',')}){_unit(unit)}", "")]
    weighted = [re.fullmatch(rf"{_X}\s+[(]?{_X}\s*%[)]?", part) for part in parts]
    if all(weighted):
        return [(f"{name}({', '.join(f'{one[1]}: {one[2]}' for one in weighted if one)}){_unit(unit)}", "")]
    if all(re.fullmatch(_X, part) for part in parts) and len(parts) > 1:
        return [(f"{name}({', '.join(f'{part}: 1' for part in parts)}){_unit(unit)}", "if all are equally likely")]
    return None


def _spread_of_logarithms(inside: str, last: str | None) -> Tries:
    """Write a lognormal whose width is given in per cent or as the standard deviation of the logarithm."""
    parts = _parameters("lognormal", inside)
    first = _PART.fullmatch(re.sub(r"^\w+\s*=\s*", "", parts[0]))
    unit = None if first is None else _unit(first[2], last)
    if len(parts) != 2 or first is None or unit is None:
        return []
    if percent := re.fullmatch(rf"(?:\w+\s*=\s*)?{_X}\s*%", parts[1]):
        factor = _plain(float(f"{1 + float(percent[1]) / 100:.6g}"))
        if float(factor) <= 1:
            return []
        return [
            (f"lognormal({first[1]}, {factor}){unit}", f"for a geometric standard deviation of {factor}"),
            (f"{first[1]} */ {factor}{unit}", f"if 95 % lie within {percent[1]} %"),
        ]
    named = _LOG_SD.fullmatch(parts[1])
    width = re.fullmatch(_X, named[1] if named else parts[1])
    if width is None or not 0 < float(width[1]) < (5 if named else 1):
        return []
    spread, why = math.exp(float(width[1])), f"if {width[1]} is the standard deviation of the logarithm"
    tries = [(f"lognormal({first[1]}, {spread:.5g}){unit}", why)]
    if not unit and -10 < float(first[1]) < 15:
        tries.append((f"lognormal({math.exp(float(first[1])):.5g}, {spread:.5g})", f"if {first[1]} is its mean"))
    return tries


_SPELLINGS = (
    _spelt("has digits of another script or width", r"(?![0-9])\d|[！-～]", _ascii),
    _whole("stands in quotation marks", r"""["'“”„‟‘’«»`]+\s*(.+?)\s*["'“”„‟‘’«»`]*""", _inner),
    _whole("begins with `=`", r"=\s*(.+)", _inner),
    _whole("lacks its closing bracket", r"([^()]*\([^()]*(?:\([^()]*\))?[^()]*)", lambda found: [(f"{found[1]})", "")]),
    _whole("stands in brackets", rf"[(\[]\s*(\d[\d.,'’ ]*)\s*[)\]]{_U}", _bracketed),
    _whole("stands in brackets", r"[(\[{]\s*(\d[^()\[\]{}]*(?:±|\+\s*/?\s*-|\*\s*/)[^()\[\]{}]*)[)\]}]", _inner),
    _whole("looks like a hexadecimal number", "0x[0-9a-f]+", lambda found: [], "write the number in decimal digits"),
    _whole("has a multiplier behind the number", rf"{_X}\s*({'|'.join(_MULTIPLIERS)})\.?", _times),
    _whole("is a power of ten",
           rf"(?:{_X}\s*[x×*·]\s*)?10(?:\s*(?:\^|\*\*)\s*([+-]?\d+)|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)){_U}", _power),
    _whole("has its factor in another form", rf"{_X}{_U}(?:[x×*]\s*[/÷:]|[/÷]\s*[x×*])\s*{_X}{_U}", _other_factor),
    _whole("can be a product or a factor", rf"{_X}{_U}[x×*]\s*{_X}{_U}", _product),
    _spelt("has `±` in another form", r"\s*(?:-\s*/?\s*\+|∓|plus[\s/-]*(?:or\s*)?minus)\s*(?=[\d.,])", " ± "),
    _whole("has a sign of currency", rf"{_CURRENCY}\s*(\d.*)|(\d.*?)\s*{_CURRENCY}", _inner),
    _whole("has signs beside the number", r"([+-]?[\d.,].*?)(?:,[-–—]*|\.[-–—]+|\s*[*†‡§#?]+)", _inner),
    _whole("has a thousands separator", r"([1-9]\d{0,2}(?:\.\d{3})+)(\.(?:\d{1,2}|\d{4,}))",
           lambda found: [(found[1].replace(".", "") + found[2], "")]),
    _whole("names the level of its interval",
           rf"{_X}{_U}(?:±|\+\s*/?\s*-)\s*{_X}\s*({_UNIT})?\s*[(\[,]\s*{_LEVEL}\s*[)\]]?", _with_level),
    _whole("names the level of its interval",
           rf"{_X}{_U}[(\[,;]?\s*{_LEVEL}\s*[:;,=(\[]*\s*{_X}{_U}(?:{_UP_TO}|,)\s*{_X}{_U}[)\]]*", _interval),
    _whole("names the level of its interval",
           rf"{_X}{_U}[(\[]\s*{_X}{_U}(?:{_UP_TO}|,)\s*{_X}{_U}[)\]]?\s*[,;(\[]\s*{_LEVEL}\s*[)\]]*", _level_behind),
    _whole("has a width for each side",
           rf"{_X}{_U}[(\[]?\s*([+-])\s*{_X}{_U}[/,;|]?\s*([+-])\s*{_X}{_U}(?:[)\]]{_U})?", _uneven),
    _whole("is three numbers, not one",
           rf"{_X}(?:\s*[/;|]\s*|,\s+){_X}(?:\s*[/;|]\s*|,\s+){_X}{_U}", _three),
    _whole("is three numbers, not one", rf"[(\[]\s*{_X}\s*[/,;|]\s*{_X}\s*[/,;|]\s*{_X}\s*[)\]]{_U}", _three),
    _whole("gives percentiles in another form",
           rf"p(\d+)\s*[=:]\s*{_X}\s*[,;/|]?\s*p(\d+)\s*[=:]\s*{_X}\s*[,;/|]?\s*p(\d+)\s*[=:]\s*{_X}{_U}",
           _percentiles),
    _whole("is a distribution in another form", _CALL, called),
    _whole("is a distribution without its brackets",
           rf"([^\W\d]\w*):?\s+({_X}(?:[\s,;|–-]+(?:to\s+)?{_X})+)\s*({_UNIT})?",
           _without_brackets),
    _whole("is a number and its range", _IN_BRACKETS, _around),
    _whole("is a range, not a number", rf"[(\[]\s*{_X}()\s*(?:{_UP_TO}|,)\s*{_X}\s*[)\]]{_U}", _range),
    _spelt("has no digit before its point", r"(?<![\d.,])[,·٫](?=\d)", "0."),
    _spelt("has a decimal point of another form", r"(?<=\d)[·٫](?=\d)", "."),
)  # fmt: skip
"""Texts that are no values, by what is found before separators of thousands are looked for, and what they may mean.

The first that has an answer is taken. A rewritten text may be of another of these forms: whoever proposes it follows it
to one that is accepted.
"""
_SHAPES = (
    _whole("does not say how far it may be off",
           rf"(?:[~≈∼≃]|{_ABOUT_WORD})\s*([\d.,+-].*)|([+-]?[\d.,].*?)\s*(?:[(\[]\s*{_ABOUT_WORD}\s*[)\]]|{_ABOUT_WORD})",
           _about),
    _whole("has a remark beside the number", r"([+-]?[\d.,].*?)\s*[(\[{][^\d()\[\]±%+]+[)\]}]", _inner),
    _whole("is a range, not a number", rf"(?:between |from |von |zwischen )?{_X}{_U}{_UP_TO}\s*{_X}{_U}", _range),
    _whole("is a mean and its standard deviation", rf"{_X}{_U}\(?\s*(?:sd|std|s\.d\.|σ)\s*[:=]?\s*{_X}\s*\)?{_U}",
           lambda found: [(f"normal({found[1]}, {found[3]}){_unit(found[2] or found[4])}", "")]),
    _whole("has its width in brackets", _WIDTH_IN_BRACKETS, lambda found: [(f"{found[1].strip()} {found[2]}", "")]),
    _whole("is a bound, not a number", rf"(?:>=?|≥|min\.?|at least|over|above|more than)\s*{_X}{_U}", _at_least,
           f"{_ASK} high it may be as well, as a uniform"),
    _whole("is a bound, not a number", rf"{_X}{_U}(?:\+|or more|and more)", _at_least,
           f"{_ASK} high it may be as well, as a uniform"),
    _whole("is a bound, not a number", rf"(?:<=?|≤|max\.?|at most|up to|under|below|less than)\s*{_X}{_U}", _at_most,
           f"{_ASK} low it may be as well, as a uniform"),
    _whole("is a bound, not a number", rf"{_X}{_U}[(\[]?\s*(?:max(?:imum|\.)?|or less|at most)\s*[)\]]?", _at_most,
           f"{_ASK} low it may be as well, as a uniform"),
    _whole("is a fraction", rf"(?:(\d+)\s+)?(\d+)\s*[/⁄]\s*(\d+){_U}", _fraction),
    _whole("is a fraction", rf"(\d*)\s*([¼-¾⅐-⅞]){_U}", _vulgar),
)  # fmt: skip
"""The same of what is found after them."""


def _numbers(text: str) -> Refusal | None:
    """Read numbers with separators of thousands, and decimal commas."""
    plain = _TOKEN.sub("1", text)
    if "(" in text and not re.fullmatch(rf"{_IN_BRACKETS}|{_WIDTH_IN_BRACKETS}", plain):
        return None  # commas part the parameters of a distribution
    seen: list[tuple[str, str]] = []
    thousands = _TOKEN.sub(lambda m: _reading(m[0], seen)[0], text)
    decimals = _TOKEN.sub(lambda m: _reading(m[0], [])[1], text)
    if not seen or "" in (thousands, decimals):
        return None
    shown = clip(text)
    if thousands != decimals:
        what = f"`{shown}` has a separator that can be read as thousands or as decimals"
        return Refusal(what, FORMS, [(thousands, "for thousands"), (decimals, "for decimals")])
    kind = seen[0][1]
    return Refusal(f"`{shown}` has {kind}", FORMS, [(thousands, "")])


def _reading(token: str, seen: list[tuple[str, str]]) -> tuple[str, str]:
    """Give a number as thousands and as decimals; the same where there is one reading."""
    groups = _GROUPS.fullmatch(token)
    if token.isdigit() or re.fullmatch(r"\d+\.\d+", token):
        return token, token
    if groups and groups[2] != groups[1]:
        whole = re.sub(r"\D", "", token[: groups.start(2)] if groups[2] else token)
        plain = f"{whole}.{groups[3]}" if groups[2] else whole
        if groups[1] == "," and token.count(",") == 1 and not groups[2]:
            seen.append((token, "a decimal comma"))
            return plain, decimal_text(token.replace(",", "."))
        name = "underscores" if groups[1] == "_" else "a thousands separator"
        seen.append((token, name + (" and a decimal comma" if groups[2] == "," else "")))
        return plain, plain
    if _LAKHS.fullmatch(token):
        seen.append((token, "a thousands separator"))
        return token.replace(",", ""), token.replace(",", "")
    if re.fullmatch(r"\d+,\d+", token):
        seen.append((token, "a decimal comma"))
        return token.replace(",", "."), token.replace(",", ".")
    if re.fullmatch(r"[\d_.]+", token) and "_" in token:
        seen.append((token, "underscores"))
        return token.replace("_", ""), token.replace("_", "")
    return token, token
