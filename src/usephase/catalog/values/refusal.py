"""Why a text is not a value, and what to write instead."""

import re
from collections.abc import Sequence
from decimal import Decimal

from usephase.catalog.read.limits import clip

MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|GETTING_DATA|#+)", re.I)
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
_TWO_READINGS = re.compile(r"(?<![\w.,])([1-9]\d{0,2})\.(\d{3})(?![\d.]|,\d)")
_CALLED = re.compile(r"[^\W\d]\w*\s*\(")
_FIRST_OF_TWO = re.compile(r"(?:[^\W\d]\w*\s*\(\s*)?[1-9]\d{0,2}\.\d{3}(?![\d.]|,\d)")
_SPREAD = re.compile(r"((?:lognormal\s*\()?[^,*×±%]*?)(,.*|\s*(?:\*\s*/|×).*|\s*(?:±|\+\s*/?\s*-)[^%]*%.*)", re.I)
DECIMALS = r"(?:^|[^0-9.,])(?:[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{4,}\.[0-9]+|0+\.[0-9]+)(?:[^0-9.,]|$)"
"""A number whose point can only be that of decimals, for RE2 and `re`; it says the same of the points beside it."""
_X = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_U = r"\s*(%|[^\W\d_][\w/·³ ]{0,30}?)?\s*"
_RANGE = re.compile(rf"(?:between |from |von |zwischen )?{_X}{_U}(?:-|–|—|to|bis|and|und|\.\.+|…)\s*{_X}{_U}", re.I)
_AROUND = re.compile(rf"{_X}{_U}[(\[]\s*{_X}\s*(?:-|–|—|to|;|\.\.+)\s*{_X}\s*[)\]]{_U}", re.I)
_WIDTH_IN_BRACKETS = re.compile(r"([^()]+)\(\s*((?:±|\+\s*/?\s*-)[^()]+)\)")
_ABOUT = re.compile(
    r"(?:~|≈|∼|≃|ca\.?|circa|approx(?:imately|\.)?|about|around)\s*(.+)|(.+?)\s*(?:ca\.|approx\.?)", re.I
)
_BOUND = re.compile(
    rf"(>=?|≥|min\.?|at least|over|above|more than|<=?|≤|max\.?|at most|up to|under|below|less than)\s*{_X}{_U}", re.I
)
_LOWER = (">", "≥", "min", "at least", "over", "above", "more")
_TIMES = re.compile(rf"{_X}\s*(k|tsd\.?|thousand|mio\.?|mn|mln|million|(?-i:M)|bn|billion)", re.I)
_OTHER_FACTOR = re.compile(rf"{_X}{_U}(?:x\s*[/÷]|/\s*[x*×])\s*{_X}{_U}", re.I)
_AROUND_NUMBER = re.compile(r"[$€£¥]\s*(\d[\d.,]*)|(\d[\d.,]*?)(?:,[-–—]*|[.,][-–—]+|\s*[$€£¥])")
_LAST_POINT = re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+\.(?:\d{1,2}|\d{4,}))")
LIMIT = "if that is as far as it may go"
"""The meaning of a proposal that takes the column's own limit for the other end."""
_LONGEST = 100
_FORMS = "write a form such as `12.5`, `12.5 ± 10%`, `12.5 */ 1.4` or `triangular(10, 12, 15)`"


class Refusal(ValueError):  # noqa: N818 (it is no failure of the program)
    """A cell that is refused: what is wrong and what to do.

    Parameters
    ----------
    what, fix : str
    tries : sequence of (str, str), optional
        Texts to write instead, the likeliest first, each with what it would mean ("" = nothing to say). Whoever reads
        the cell proposes those that the cell takes; `fix` is said where it takes none.
    impossible : bool
        Whether the text is a value, and refused for what it means: it is outside what is possible.
    """

    def __init__(self, what: str, fix: str, tries: Sequence[tuple[str, str]] = (), *, impossible: bool = False) -> None:
        self.otherwise, self.tries, self.impossible = fix, tuple(tries), impossible
        self.what = what
        self.fix = " or ".join(f"`{text}`{meaning and f' {meaning}'}" for text, meaning in tries)
        self.fix = f"write {self.fix}" if tries else fix
        super().__init__(f"{what} → {self.fix}")

    def narrowed(self, tries: Sequence[tuple[str, str]]) -> "Refusal":
        """Give the refusal with other proposals."""
        return Refusal(self.what, self.otherwise, tries, impossible=self.impossible)


def is_error(text: str) -> bool:
    """Tell whether a text is the error value of a spreadsheet, such as ``#REF!``."""
    return bool(_ERROR.fullmatch(text.strip()))


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
    if len(text) > _LONGEST:  # no form below is as long, and the patterns would take their time
        return Refusal(f"`{shown}` is not a number or an uncertain value", _FORMS)
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
        return Refusal(f"`{shown}` is a truth value, not a number", _FORMS)
    if _DATE.fullmatch(text):
        return Refusal(f"`{shown}` is a date, not a number", "write the number; format the column as text or number")
    for explained in (_times, _marked, _other_factor, _numbers, _about, _range, _around, _width_in_brackets, _bound):
        if (found := explained(text)) is not None:
            return found
    return Refusal(f"`{shown}` is not a number or an uncertain value", _FORMS)


def no_unit(text: str) -> Refusal | None:
    """Refuse a number followed by what looks like a unit and is none: ``57k``, ``100 to 200``."""
    return None if len(text) > _LONGEST else _times(text) or _range(text) or _other_factor(text)


def two_readings(text: str, everywhere: bool = False) -> Refusal | None:
    """Refuse a number whose point may part thousands or decimals: ``60.000``; None for any other text.

    Everywhere: in the parameters of a distribution too. A factor or a percentage is then no count, and shows nothing of
    the count beside it; a first number that has one reading does.
    """
    spread = ""
    if everywhere:
        text = re.sub(r"\s*,\s*", ", ", text) if _CALLED.match(text) else text
        if (found := _SPREAD.fullmatch(text)) and (found[2][0] != "," or text.casefold().startswith("lognormal")):
            text, spread = found[1], found[2]
    shown = everywhere and _FIRST_OF_TWO.match(text)
    if not _TWO_READINGS.search(text) or ("(" in text and not everywhere):
        return None
    if not shown and re.search(DECIMALS, text.replace(", ", " ")):
        return None
    thousands = _TWO_READINGS.sub(r"\1\2", text) + spread
    decimals = _TWO_READINGS.sub(lambda m: decimal_text(m[0]), text) + spread
    return Refusal(
        f"`{clip(text + spread)}` can be read as {thousands} or as {decimals}", _FORMS,
        [(thousands, "for thousands"), (decimals, "for decimals")],
    )  # fmt: skip


def decimal_text(number: str) -> str:
    """Write a decimal number so that its point cannot be taken for one between thousands: ``60``, ``1.2340``."""
    short = number.rstrip("0").rstrip(".") if "." in number and "e" not in number else number
    return f"{short}0" if _TWO_READINGS.fullmatch(short) else short


def _numbers(text: str) -> Refusal | None:
    """Read numbers with separators of thousands, and decimal commas."""
    plain = _TOKEN.sub("1", text)
    if "(" in text and not (_AROUND.fullmatch(plain) or _WIDTH_IN_BRACKETS.fullmatch(plain)):
        return None  # commas part the parameters of a distribution
    seen: list[tuple[str, str]] = []
    thousands = _TOKEN.sub(lambda m: _reading(m[0], seen)[0], text)
    decimals = _TOKEN.sub(lambda m: _reading(m[0], [])[1], text)
    if not seen or "" in (thousands, decimals):
        return None
    shown = clip(text)
    if thousands != decimals:
        what = f"`{shown}` has a separator that can be read as thousands or as decimals"
        return Refusal(what, _FORMS, [(thousands, "for thousands"), (decimals, "for decimals")])
    kind = seen[0][1]
    return Refusal(f"`{shown}` has {kind}", _FORMS, [(thousands, "")])


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


def _times(text: str) -> Refusal | None:
    found = _TIMES.fullmatch(text)
    if not found:
        return None
    word = found[2].casefold()
    factor = 1000 if word.startswith(("k", "t")) else 10**9 if word.startswith("b") else 10**6
    plain = f"{Decimal(found[1]) * factor:f}"
    what = f"`{text}` has the multiplier `{found[2]}`"
    return Refusal(what, _FORMS, [(plain.rstrip("0").rstrip(".") if "." in plain else plain, "")])


def _marked(text: str) -> Refusal | None:
    """Read a number with a currency, a trailing comma or ``,-``, and one with two kinds of points: ``1.000.5``."""
    if found := _AROUND_NUMBER.fullmatch(text):
        return Refusal(f"`{clip(text)}` has signs beside the number", _FORMS, [(found[1] or found[2], "")])
    if not _LAST_POINT.fullmatch(text):
        return None
    whole, _, decimals = text.rpartition(".")
    return Refusal(f"`{clip(text)}` has a thousands separator", _FORMS, [(f"{whole.replace('.', '')}.{decimals}", "")])


def _other_factor(text: str) -> Refusal | None:
    found = _OTHER_FACTOR.fullmatch(text)
    unit = _unit(found[2], found[4]) if found else None
    if found is None or unit is None:
        return None
    return Refusal(f"`{clip(text)}` has its factor in another form", _FORMS, [(f"{found[1]} */ {found[3]}{unit}", "")])


def _unit(*written: str | None) -> str | None:
    """Give the one unit of a text with a space before it, "" without one; None where there are two."""
    units = {unit.strip() for unit in written if unit}
    if len(units) > 1:
        return None
    return f" {units.pop()}" if units else ""


def _range(text: str) -> Refusal | None:
    found = _RANGE.fullmatch(text)
    if not found:
        return None
    unit = _unit(found[2], found[4])
    ends = sorted((found[1], found[3]), key=float)
    if unit is None or float(ends[0]) == float(ends[1]):
        return None
    return Refusal(
        f"`{clip(text)}` is a range, not a number", _FORMS, [(f"uniform({ends[0]}, {ends[1]}){unit}", "")]
    )  # fmt: skip


def _around(text: str) -> Refusal | None:
    found = _AROUND.fullmatch(text)
    if not found:
        return None
    unit = _unit(found[2], found[5])
    low, mode, high = found[3], found[1], found[4]
    if unit is None or not float(low) <= float(mode) <= float(high) or float(low) == float(high):
        return None
    what = f"`{clip(text)}` is a number and its range"
    return Refusal(what, _FORMS, [(f"triangular({low}, {mode}, {high}){unit}", "")])


def _width_in_brackets(text: str) -> Refusal | None:
    found = _WIDTH_IN_BRACKETS.fullmatch(text)
    if not found:
        return None
    return Refusal(
        f"`{clip(text)}` has its width in brackets", _FORMS, [(f"{found[1].strip()} {found[2].strip()}", "")]
    )


def _about(text: str) -> Refusal | None:
    found = _ABOUT.fullmatch(text)
    if not found:
        return None
    number = (found[1] or found[2]).strip()
    plain = re.fullmatch(rf"{_X}{_U}", number)
    wide = [(f"{plain[1]}{_unit(plain[2])} ± 20%", "with how far it may be off")] if plain else []
    return Refusal(f"`{clip(text)}` does not say how far it may be off", _FORMS, [(number, ""), *wide])


def _bound(text: str) -> Refusal | None:
    found = _BOUND.fullmatch(text)
    if not found:
        return None
    number, unit = float(found[2]), _unit(found[3])
    lower = found[1].casefold().startswith(_LOWER)
    top = 100 if unit == " %" else 1
    if lower:
        tries = [(f"uniform({found[2]}, {top}){unit}", LIMIT)] if 0 < number < top else []
    else:
        tries = [(f"uniform(0, {found[2]}){unit}", LIMIT)] if number > 0 else []
    ask = f"write a best estimate, or how {'high' if lower else 'low'} it may be as well, as a uniform"
    return Refusal(f"`{clip(text)}` is a bound, not a number", ask, tries)
