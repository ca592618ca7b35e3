"""Why a text is not a value, and what to write instead."""

import re
from collections.abc import Sequence

from usephase.catalog.read.limits import clip

_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|GETTING_DATA|#+)", re.I)
_TWO_READINGS = re.compile(r"(?<![\w.,])([1-9]\d{0,2})\.(\d{3})(?![\d.]|,\d)")
_CALLED = re.compile(r"[^\W\d]\w*\s*\(")
_FIRST_OF_TWO = re.compile(r"(?:[^\W\d]\w*\s*\(\s*)?[1-9]\d{0,2}\.\d{3}(?![\d.]|,\d)")
_SPREAD = re.compile(r"((?:lognormal\s*\()?[^,*×±%]*?)(,.*|\s*(?:\*\s*/|×).*|\s*(?:±|\+\s*/?\s*-)[^%]*%.*)", re.I)
DECIMALS = r"(?:^|[^0-9.,])(?:[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{4,}\.[0-9]+|0+\.[0-9]+)(?:[^0-9.,]|$)"
"""A number whose point can only be that of decimals, for RE2 and `re`; it says the same of the points beside it."""
FORMS = "write a form such as `12.5`, `12.5 ± 10%`, `12.5 */ 1.4` or `triangular(10, 12, 15)`"


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
    lead : str
        What is said before the texts to write.
    """

    def __init__(
        self,
        what: str,
        fix: str,
        tries: Sequence[tuple[str, str]] = (),
        *,
        impossible: bool = False,
        lead: str = "write ",
    ) -> None:
        self.otherwise, self.tries, self.impossible, self.lead = fix, tuple(tries), impossible, lead
        self.what = what
        self.fix = " or ".join(f"`{text}`{meaning and f' {meaning}'}" for text, meaning in tries)
        self.fix = f"{lead}{self.fix}" if tries else fix
        super().__init__(f"{what} → {self.fix}")

    def narrowed(self, tries: Sequence[tuple[str, str]]) -> "Refusal":
        """Give the refusal with other proposals."""
        return Refusal(self.what, self.otherwise, tries, impossible=self.impossible, lead=self.lead)


def is_error(text: str) -> bool:
    """Tell whether a text is the error value of a spreadsheet, such as ``#REF!``."""
    return bool(_ERROR.fullmatch(text.strip()))


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
        f"`{clip(text + spread)}` can be read as {thousands} or as {decimals}", FORMS,
        [(thousands, "for thousands"), (decimals, "for decimals")],
    )  # fmt: skip


def certain(text: str) -> str:
    """Write the numbers of a text that the program has made so that the points of all are those of decimals."""
    return _TWO_READINGS.sub(lambda found: decimal_text(found[0]), text)


def decimal_text(number: str) -> str:
    """Write a decimal number so that its point cannot be taken for one between thousands: ``60``, ``1.2340``."""
    short = number.rstrip("0").rstrip(".") if "." in number and "e" not in number else number
    return f"{short}0" if _TWO_READINGS.fullmatch(short) else short
