"""Numbers as people write them: decimal points or commas, marks between thousands, units behind; told by the column."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from usephase.units import UnitError, conversion

POINT, COMMA = "1,234.5", "1.234,5"
"""The two ways to write a number, as map.toml names them: by what parts thousands and decimals."""
STYLES = (POINT, COMMA)
_NOTHING = re.compile(r"(?i)n\.?\s*/?\s*[aevbd]\.?|k\.?\s*a\.?|none|null|nil|nan|[-–—?./]+|")
_LONGEST, _MOST = 40, Decimal(10) ** 15
_SIGNED = re.compile(r"([+-]|−|–)?\s*(.*?)\s*([-−])?")
_UNIT_BEHIND = re.compile(r"([\d.,' ’]*\d)\s*([^\d\s.,'’][^\d]*\d?)?")
_THOUSANDS = {POINT: r",' ’", COMMA: r".' ’"}
_DECIMAL = {POINT: r"\.", COMMA: ","}
_FORM = {
    style: re.compile(rf"(?:[1-9]\d{{0,2}}(?P<mark>[{_THOUSANDS[style]}])\d{{3}}(?:(?P=mark)\d{{3}})*|\d+)"
                      rf"(?:{_DECIMAL[style]}\d+)?|{_DECIMAL[style]}\d+")
    for style in STYLES
}  # fmt: skip
_PARTS = {style: re.compile(f"[{_THOUSANDS[style]}]") for style in STYLES}


class Number(NamedTuple):
    """A cell's number in each way in which it can be read, and the unit behind it; no readings: it is no number."""

    readings: Mapping[str, Decimal]
    unit: str = ""

    @property
    def open(self) -> bool:
        """Whether the two ways give two numbers."""
        return len(set(self.readings.values())) > 1


def is_nothing(text: str) -> bool:
    """Tell whether a cell says that there is no number."""
    return _NOTHING.fullmatch(text) is not None


def read_number(text: str, stored: bool = False) -> Number:
    """Read a cell in both ways; one that a file stores as a number has one."""
    if stored:
        try:
            value = Decimal(text)
            return Number(dict.fromkeys(STYLES, value) if value.is_finite() and abs(value) < _MOST else {})
        except ArithmeticError:
            return Number({})
    if len(text) > _LONGEST:
        return Number({})
    bracketed = text.startswith("(") and text.endswith(")")
    found = _SIGNED.fullmatch(text[1:-1].strip() if bracketed else text)
    body = _UNIT_BEHIND.fullmatch(found[2]) if found else None
    if found is None or body is None:
        return Number({})
    sign = -1 if bracketed or found[3] or (found[1] and found[1] != "+") else 1
    readings = {
        style: sign * Decimal(_PARTS[style].sub("", body[1]).replace(",", "."))
        for style in STYLES
        if _FORM[style].fullmatch(body[1])
    }
    return Number(readings, (body[2] or "").strip())


def style_of(numbers: Sequence[Number]) -> str:
    """Tell in which way a column writes its numbers: "" where nothing shows it, "mixed" where both are written."""
    one_way = {style for number in numbers if len(number.readings) == 1 for style in number.readings}
    return one_way.pop() if len(one_way) == 1 else "mixed" if one_way else ""


@cache
def factor(unit: str, to: str) -> Fraction | None:
    """Give the factor of a unit into another one, exactly; None where it is none of that kind."""
    try:
        found = conversion(unit, to)
    except UnitError:
        return None
    return Fraction(str(found.numerator)) / Fraction(str(found.denominator))


def written(value: Fraction) -> str:
    """Write a number exactly where few digits do, else to the nearest double."""
    scaled, digits = value, 0
    while scaled.denominator != 1 and digits < 12:
        scaled, digits = scaled * 10, digits + 1
    if scaled.denominator != 1:
        return repr(float(value))
    text = f"{Decimal(scaled.numerator).scaleb(-digits):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
