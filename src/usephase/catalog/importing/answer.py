"""The answer to an import as one document: what `usephase import --json` prints, and the workbench shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from usephase.catalog.importing.body import Question
from usephase.catalog.importing.grid import Grid
from usephase.catalog.importing.mapping import ColumnRule
from usephase.catalog.importing.understand import Understood


def answer_of(found: Understood, out: Path) -> dict[str, Any]:
    """Say what a table was taken for, what was noticed and what is open."""
    return {
        "catalog": out.as_posix(), "rows": found.rows, "decided": found.rows - found.to_decide,
        "to_decide": found.to_decide,
        "columns": {c.theirs: c.rule.role for c in found.columns if c.rule.role},
        "read_as": {c.theirs: read_as(c.rule) for c in found.columns if c.rule.role},
        "units_decided_share": found.share, "reporting_year": found.reporting_year,
        "not_read": {c.theirs: c.why for c in found.columns if c.why and not c.rule.role},
        "notes": list(found.notes), "questions": questions_of(found.grid, found.questions),
    }  # fmt: skip


def questions_of(grid: Grid, questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Say what is to be decided."""
    return [
        {"row": int(grid.lines[q.rows[0]]), "rows": len({*q.rows.tolist()}), "units": q.units, "excluded": q.excluded,
         "what": q.what, "proposals": q.shown or "; ".join(q.proposals), "decide": q.decide}
        for q in questions
    ]  # fmt: skip


def read_as(rule: ColumnRule) -> str:
    """Say what a column is here: its role, unit, place and year."""
    return " ".join(part for part in (rule.role, rule.unit, rule.place, str(rule.year or "")) if part)
