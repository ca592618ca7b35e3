"""Rule packs: what a standard asks of a target, as dated rows with their source and how it is known."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path

from usephase.errors import Problem, StudyError

COLUMNS = ("rule", "ambition", "value", "unit", "valid_from", "valid_to", "source", "evidence", "note")
EVIDENCE = {
    "V": "read in the source",
    "V2": "read in a secondary source",
    "M": "recalled, not checked against the source",
    "C": "chosen or computed here",
}
"""What the mark of a row says."""
AMBITIOUS = ("absolute_rate", "absolute_reduction", "net_zero_ambition")
"""What a path can start from: a rate a year, the whole reduction, or the share that is gone in `net_zero_year`."""
BY_DAY = ("sbti_v2", "sbti_near_term_v1")
"""Packs of near-term targets, the newest first: without a name the first one in force on the day is taken."""
UNVERIFIED = "unverified"
"""How the note of a row begins whose own text was not read, whatever its mark says of another text."""


@dataclass(frozen=True)
class Rule:
    """One row of a rule pack."""

    rule: str
    ambition: str
    value: float
    unit: str
    valid_from: str
    valid_to: str
    source: str
    evidence: str
    note: str

    @property
    def verified(self) -> bool:
        """Tell whether the rule was read in the text that sets it."""
        return self.evidence in ("V", "C") and not self.note.startswith(UNVERIFIED)

    def in_force(self, day: date) -> bool:
        """Tell whether the rule holds on a day; without a date it always has or always will."""
        begun = not self.valid_from or date.fromisoformat(self.valid_from) <= day
        return begun and (not self.valid_to or date.fromisoformat(self.valid_to) >= day)

    def named(self) -> str:
        """Name the rule with its ambition."""
        return f"{self.rule} {self.ambition}".strip()

    def dates(self) -> str:
        """Say when the rule holds."""
        parts = (("from", self.valid_from), ("to", self.valid_to))
        return " ".join(f"{word} {day}" for word, day in parts if day) or "always"

    def to_document(self) -> dict[str, object]:
        """Give the row with the meaning of its mark."""
        return {**self.__dict__, "evidence_meaning": EVIDENCE[self.evidence], "verified": self.verified}


@dataclass(frozen=True)
class Pack:
    """A named set of rules."""

    name: str
    rows: tuple[Rule, ...]

    def find(self, rule: str, ambition: str = "") -> Rule | None:
        """Find a rule; one without an ambition answers for every ambition."""
        for wanted in (ambition, ""):
            for row in self.rows:
                if row.rule == rule and row.ambition == wanted:
                    return row
        return None

    def value(self, rule: str, ambition: str = "") -> float | None:
        """Give a rule's value, None if the pack has no such rule."""
        row = self.find(rule, ambition)
        return None if row is None else row.value

    def limited(self, day: date) -> tuple["Pack", tuple[Rule, ...]]:
        """Give the pack with the rows in force on a day, and the rows that are not and that no other row replaces."""
        held = tuple(row for row in self.rows if row.in_force(day))
        known = {(row.rule, row.ambition) for row in held}
        return Pack(self.name, held), tuple(row for row in self.rows if (row.rule, row.ambition) not in known)

    def ambitions(self) -> tuple[str, ...]:
        """List the ambitions that a path is given for, the least ambitious one first."""
        rated = [row for row in self.rows if row.rule in AMBITIOUS and row.ambition]
        return tuple(row.ambition for row in sorted(rated, key=lambda row: row.value))


@cache
def packs() -> tuple[str, ...]:
    """List the packs that ship with the package."""
    names = (entry.name for entry in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".csv") for name in names if name.endswith(".csv")))


def pack_of(name: str | None, day: date) -> Pack:
    """Read the pack of a name; without one the newest of near-term targets that is in force on a day."""
    found = (pack for pack in map(read_pack, BY_DAY) if pack.limited(day)[0].ambitions())
    return next(found, read_pack(BY_DAY[0])) if name is None else read_pack(name)


def read_pack(name: str) -> Pack:
    """Read a rule pack.

    Parameters
    ----------
    name : str
        One of `packs`, or the path of a CSV file with the columns `COLUMNS`.

    Raises
    ------
    StudyError
        If there is no such pack, or a row cannot be understood.
    """
    if name in packs():
        text, place = resources.files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8"), name
    elif name.endswith(".csv") and Path(name).is_file():
        text, place = Path(name).read_text(encoding="utf-8-sig"), Path(name).name
    else:
        fix = f"use one of: {', '.join(packs())}; or a CSV file with the columns {', '.join(COLUMNS)}"
        raise StudyError([Problem(where=f"--rules {name}", what="there is no such rule pack", fix=fix)])
    reader = csv.DictReader(io.StringIO(text))
    lacking = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if lacking:
        fix = f"write the columns {', '.join(COLUMNS)}"
        raise StudyError([Problem(where=f"{place}:1", what=f"columns are missing: {', '.join(lacking)}", fix=fix)])
    rows, problems = [], []
    for row in reader:
        where = f"{place}:{reader.line_num}"
        cells = {column: (row[column] or "").strip() for column in COLUMNS}
        try:
            value = float(cells["value"])
        except ValueError:
            problems.append(
                Problem(where=f"{where}:value", what=f"`{cells['value']}` is no number", fix="write a number")
            )
            continue
        if cells["evidence"] not in EVIDENCE:
            fix = "; ".join(f"{mark}: {meaning}" for mark, meaning in EVIDENCE.items())
            problems.append(Problem(where=f"{where}:evidence", what="the row does not say how it is known", fix=fix))
            continue
        wrong = [column for column in ("valid_from", "valid_to") if not _is_date(cells[column])]
        if wrong:
            fix = "write a day as 2027-02-01, or leave the cell empty"
            what = f"`{cells[wrong[0]]}` is no day"
            problems.append(Problem(where=f"{where}:{wrong[0]}", what=what, fix=fix))
            continue
        rows.append(Rule(**{**cells, "value": value}))  # type: ignore[arg-type]
    if problems:
        raise StudyError(problems)
    return Pack(Path(place).stem, tuple(rows))


def _is_date(text: str) -> bool:
    try:
        return not text or bool(date.fromisoformat(text))
    except ValueError:
        return False
