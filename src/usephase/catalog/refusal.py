"""Why a text is not a value, and what to write instead."""

import re

from usephase.catalog.limits import clip

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
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:([,\s_'’.])\d{3})(?:\1\d{3})*(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"\d,\d")
_RANGE = re.compile(r"([\d.]+)\s*(?:-|–|—|to|\.\.+)\s*([\d.]+)")
_LONGEST = 100
FORMS = "`12.5`, `12.5 ± 10%`, `12.5 */ 1.4` or `triangular(10, 12, 15)`"


class Refusal(ValueError):  # noqa: N818 (it is no failure of the program)
    """A cell that is refused: what is wrong and what to do."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(f"{what} → {fix}")
        self.what = what
        self.fix = fix


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
        return Refusal(f"`{shown}` is not a number or an uncertain value", f"write a form such as {FORMS}")
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
        return Refusal(f"`{shown}` is a truth value, not a number", f"write a number or an uncertain value: {FORMS}")
    if _DATE.fullmatch(text):
        return Refusal(f"`{shown}` is a date, not a number", "write the number; format the column as text or number")
    if thousands := _THOUSANDS.fullmatch(text):
        return _thousands(text, thousands[1])
    if _DECIMAL_COMMA.search(text) and "(" not in text:
        comma = _DECIMAL_COMMA.sub(lambda m: m[0].replace(",", "."), text)
        return Refusal(f"`{shown}` has a decimal comma", f"write a decimal point: `{comma}`")
    if "_" in text and re.fullmatch(r"[+-]?[\d_.]+", text):
        return Refusal(f"`{shown}` has underscores", f"write `{text.replace('_', '')}`")
    if ends := _RANGE.fullmatch(text):
        return Refusal(f"`{shown}` is a range, not a number", f"write `uniform({ends[1]}, {ends[2]})`")
    return Refusal(f"`{shown}` is not a number or an uncertain value", f"write a form such as {FORMS}")


def _thousands(text: str, separator: str) -> Refusal:
    plain = text.replace(separator, "")
    if separator == "," and text.count(",") == 1 and "." not in text:
        return Refusal(
            f"`{text}` has a separator that can be read as thousands or as decimals",
            f"write `{plain}`, or with a decimal point `{text.replace(',', '.')}`",
        )
    return Refusal(f"`{text}` has a thousands separator", f"write `{plain}`")
