"""Disclosure forms: fields declared as data with their limits, source and evidence, and the answers put into them."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any, NamedTuple

from usephase.errors import Problem, StudyError
from usephase.insight.rules import EVIDENCE
from usephase.report.cells import printable

COLUMNS = (
    "section", "row", "column", "field", "value", "unit", "status", "note", "force", "limits", "source", "evidence",
    "evidence_meaning",
)  # fmt: skip
"""Columns of a form as a table."""
FILLED, BLANK, NONE = "filled", "to fill in", "not available"
_CUT = " [shortened]"

Value = float | str | tuple[str, ...] | None


@dataclass(frozen=True)
class Field:
    """Declare a field of a form: what it takes, and where the rule is from.

    `evidence` is V (read in the source), V2 (read in a secondary source) or M (recalled). `editions` are those of the
    form that have the field; empty: all.
    """

    key: str
    label: str
    kind: str
    source: str
    evidence: str
    section: str = ""
    force: str = ""
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    decimals: int | None = None
    characters: int | None = None
    options: tuple[str, ...] = ()
    editions: tuple[str, ...] = ()

    def limits(self) -> str:
        """Say in words what the field takes."""
        parts = []
        if math.isfinite(self.low) and math.isfinite(self.high):
            parts.append(f"{self.low:,.0f} to {self.high:,.0f}")
        elif math.isfinite(self.low):
            parts.append(f"at least {self.low:,.0f}")
        if self.decimals is not None:
            parts.append(f"at most {self.decimals} decimals")
        if self.characters is not None:
            parts.append(f"at most {self.characters:,} characters")
        if self.options:
            parts.append("one of: " * (self.kind == "choice") + "; ".join(self.options))
        return "; ".join(parts)

    def fit(self, value: Value, where: str) -> Value:
        """Hold a value against the field's limits.

        Numbers are rounded to the decimals that the field takes; too long text loses whole sentences at its end.

        Raises
        ------
        StudyError
            If a number is out of range or no number, or an option is not the field's.
        """
        if value is None:
            return None
        if self.kind == "number":
            return self._number(value, where)
        if self.kind == "text":
            text = "\n".join(printable(line) for line in str(value).split("\n"))
            return text if self.characters is None else shorten(text, self.characters)
        chosen = value if isinstance(value, tuple) else (str(value),)
        foreign = [option for option in chosen if option not in self.options]
        if foreign:
            raise self._refusal(where, f"`{', '.join(foreign)}` is not among the field's options")
        return chosen if self.kind == "choices" else chosen[0]

    def _number(self, value: Value, where: str) -> float:
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self._refusal(where, f"{value} is not a finite number")
        number = float(value) if self.decimals is None else round(float(value), self.decimals)
        if not self.low <= number <= self.high:
            raise self._refusal(where, f"{number:,} is out of the field's range")
        return number

    def _refusal(self, where: str, what: str) -> StudyError:
        fix = f"the field takes {self.limits() or 'what its kind says'} [{self.evidence}: {self.source}]"
        return StudyError([Problem(where=where, what=what, fix=fix)])


class Answer(NamedTuple):
    """Answer a field: its value, or None with the reason in `note`; `status` says who can fill it."""

    value: Value
    note: str = ""
    status: str = FILLED


def blank(reason: str) -> Answer:
    """Leave a field to the company, with what it needs to know."""
    return Answer(None, reason, BLANK)


def absent(reason: str) -> Answer:
    """Leave a field empty that could not be computed, with the reason."""
    return Answer(None, reason, NONE)


@dataclass(frozen=True)
class Line:
    """One field of a filled form."""

    field: Field
    row: str
    column: str
    answer: Answer

    def to_document(self) -> dict[str, Any]:
        """Give the line as plain values, in the order of `COLUMNS`."""
        field, answer = self.field, self.answer
        value = list(answer.value) if isinstance(answer.value, tuple) else answer.value
        return dict(zip(COLUMNS, (
            field.section, self.row, self.column, field.label, value, field.unit, answer.status, answer.note,
            field.force, field.limits(), field.source, field.evidence, EVIDENCE[field.evidence],
        ), strict=True))  # fmt: skip

    def text(self) -> float | str | None:
        """Give the value as one cell: several options are one a line."""
        value = self.answer.value
        return "\n".join(value) if isinstance(value, tuple) else value


@dataclass(frozen=True)
class Edition:
    """Date an edition of a form: when it was issued, and the reporting years that it is for.

    A year of 0 leaves that end open; from `early_year` on the edition may be used although another one applies.
    """

    name: str
    issued: str
    source: str
    evidence: str
    title: str = ""
    note: str = ""
    first_year: int = 0
    early_year: int = 0
    last_year: int = 0

    def applies(self, year: int) -> bool:
        """Tell whether a reporting year takes this edition without a choice."""
        return self.first_year <= year <= (self.last_year or year)

    def told(self, year: int) -> str:
        """Say what the edition is, and whether a reporting year may use it."""
        said = f"Edition {self.name}, issued {self.issued} [{self.evidence}: {self.source}]."
        if self.applies(year):
            return said
        if self.early_year and self.early_year <= year < self.first_year:
            return f"{said} It applies from {self.first_year} on; {year} may use it: state that it does."
        ends = f"from {self.early_year or self.first_year} on" if year < self.first_year else f"up to {self.last_year}"
        return f"{said} It is for reporting years {ends}: for {year} this is a comparison, not to be filed."


@dataclass(frozen=True)
class Declared:
    """A form without answers, in one edition."""

    name: str
    edition: Edition
    title: str
    note: str
    rows: tuple[str, ...]
    fields: tuple[Field, ...]

    def line(self, key: str, row: str, answer: Answer, column: str = "") -> Line:
        """Answer a field; its limits hold."""
        field = next(field for field in self.fields if field.key == key)
        where = " / ".join(part for part in (self.name, row, column, field.label) if part)
        return Line(field, row, column, answer._replace(value=field.fit(answer.value, where)))

    def filled(self, lines: Sequence[Line], notes: Sequence[str], about: dict[str, Any]) -> "Form":
        """Make the filled form.

        Raises
        ------
        KeyError
            If a declared field was not answered: blanks are answers too.
        """
        missing = {field.key for field in self.fields} - {line.field.key for line in lines}
        if missing:
            raise KeyError(f"{self.name}: not answered: {', '.join(sorted(missing))}")
        order = {field.key: i for i, field in enumerate(self.fields)}
        ordered = lines if self.rows else sorted(lines, key=lambda line: order[line.field.key])
        told = self.edition.told(int(about["reporting_year"]))
        return Form(self, tuple(ordered), (told, *notes), about)


@dataclass(frozen=True)
class Form:
    """A filled form: every declared field with its answer."""

    declared: Declared
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    about: dict[str, Any]

    def find(self, key: str, row: str = "", column: str = "") -> Line:
        """Find a line; raises KeyError."""
        for line in self.lines:
            if (line.field.key, line.row, line.column) == (key, row, column):
                return line
        raise KeyError((key, row, column))

    def to_document(self) -> dict[str, Any]:
        """Give the form as one JSON-able document."""
        return {
            "schema": "usephase.form/1", "form": self.declared.name, "edition": asdict(self.declared.edition),
            "title": self.declared.title, "note": self.declared.note,
            **self.about, "fields": [line.to_document() for line in self.lines],
            "notes": list(self.notes),
        }  # fmt: skip


def declared(name: str, edition: str = "", year: int = 0) -> Declared:
    """Read the declaration of a form that ships with the package.

    Parameters
    ----------
    name : str
    edition : str
        Default the first that applies to the reporting year, before all of them the oldest.
    year : int
        The reporting year.

    Raises
    ------
    StudyError
        If the form has no such edition.
    """
    data = _read(name)
    known = editions(name)
    found = [one for one in known if one.name == edition] if edition else [one for one in known if one.applies(year)]
    if edition and not found:
        fix = f"use one of: {', '.join(one.name for one in known)}; or leave it out"
        raise StudyError([Problem(where=f"--edition {edition}", what=f"{name} has no such edition", fix=fix)])
    chosen = (found or known)[0]
    lists = ("options", "editions")
    fields = (Field(**{**field, **{key: tuple(field.get(key, ())) for key in lists}}) for field in data["field"])
    return Declared(
        name, chosen, chosen.title or data["title"], chosen.note or data["note"], tuple(data["rows"]),
        tuple(field for field in fields if not field.editions or chosen.name in field.editions),
    )  # fmt: skip


def editions(name: str) -> tuple[Edition, ...]:
    """List the editions of a form, the oldest first."""
    return tuple(Edition(**one) for one in _read(name)["edition"])


def _read(name: str) -> dict[str, Any]:
    place = resources.files("usephase.report").joinpath("forms", f"{name.replace('-', '_')}.toml")
    return tomllib.loads(place.read_text(encoding="utf-8"))


def shorten(text: str, characters: int) -> str:
    """Cut text to a number of characters at the end of a sentence, and say so."""
    if len(text) <= characters:
        return text
    room = text[: characters - len(_CUT)]
    end = max(room.rfind(". "), room.rfind(".\n"))
    return (room[: end + 1] if end > 0 else room) + _CUT
