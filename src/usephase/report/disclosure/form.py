"""Disclosure forms: fields declared as data with their limits, source and evidence, and the answers put into them."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
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

    `evidence` is V (read in the source), V2 (read in a secondary source) or M (recalled).
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
class Declared:
    """A form without answers."""

    name: str
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
        return Form(self, tuple(ordered), tuple(notes), about)


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
            "schema": "usephase.form/1", "form": self.declared.name, "title": self.declared.title,
            "note": self.declared.note, **self.about, "fields": [line.to_document() for line in self.lines],
            "notes": list(self.notes),
        }  # fmt: skip


def declared(name: str) -> Declared:
    """Read the declaration of a form that ships with the package."""
    place = resources.files("usephase.report").joinpath("forms", f"{name.replace('-', '_')}.toml")
    data = tomllib.loads(place.read_text(encoding="utf-8"))
    fields = tuple(Field(**{**field, "options": tuple(field.get("options", ()))}) for field in data["field"])
    return Declared(name, data["title"], data["note"], tuple(data["rows"]), fields)


def shorten(text: str, characters: int) -> str:
    """Cut text to a number of characters at the end of a sentence, and say so."""
    if len(text) <= characters:
        return text
    room = text[: characters - len(_CUT)]
    end = max(room.rfind(". "), room.rfind(".\n"))
    return (room[: end + 1] if end > 0 else room) + _CUT
