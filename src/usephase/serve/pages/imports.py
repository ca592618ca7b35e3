"""Import: a table that is sent, what its columns are taken for, what is to be decided, and the catalog of it."""

import json
from pathlib import Path
from typing import Any

from usephase.catalog.importing.columns import LEAST
from usephase.catalog.importing.mapping import ROLES
from usephase.catalog.reference import kinds
from usephase.report.language import Language
from usephase.serve.imports import Imported

QUESTIONS_MAX = 60
ROWS_MAX = 12
"""Rows of a table of the catalog that are shown."""
NOTES_MAX = 40
_SHOWN = ("products", "sales", "regions", "coverage")


def shown(found: Imported, catalog: Path, words: Language) -> dict[str, Any]:
    """Give what is shown of a table that was sent."""
    document = found.document()
    columns = [
        {**column, "name": column["column"], "decidable": bool(column["column"]), "wide": _wide(column),
         "told": _told(column, words)}
        for column in document["columns"]
    ]  # fmt: skip
    # What a column is, is decided in the table of columns.
    open_ = [q for q in document["questions"] if not (q["path"][:1] == ["columns"] and len(q["path"]) == 2)]
    questions = [{**q, "key": json.dumps(q["path"]), "share": _share(q, found, words)} for q in open_[:QUESTIONS_MAX]]
    understood = found.found
    tables = [] if understood is None else [
        {"name": name, "columns": frame.columns.tolist(), "rows": frame.head(ROWS_MAX).to_numpy().tolist(),
         "more": max(len(frame) - ROWS_MAX, 0)}
        for name in _SHOWN if len(frame := understood.tables[name])
    ]  # fmt: skip
    return {
        "key": found.key, "name": found.sent.name, "document": document, "columns": columns, "roles": ROLES,
        "questions": questions, "more": len(open_) - len(questions), "kinds": sorted(kinds.archetypes()),
        "notes": document["notes"][:NOTES_MAX], "problems": found.problems, "tables": tables,
        "map": found.map_text(), "folder": found.folder, "changes": found.changes(catalog),
        "year": document.get("reporting_year", ""), "decided": understood is not None,
        "share": words.percent(document["units_decided_share"]),
    }  # fmt: skip


def _wide(column: dict[str, Any]) -> str:
    """Say of which place and year a column of units is; "" of any other."""
    rest = str(column["read_as"]).removeprefix(column["role"]).removeprefix(f" {column['unit']}").strip()
    return rest if column["role"] == "units" else ""


def _told(column: dict[str, Any], words: Language) -> str:
    if column["decided"]:
        return words("import_page.decided")
    score = words.decimals(column["score"], 2)
    return score if column["role"] or column["score"] < LEAST else ""


def _share(question: dict[str, Any], found: Imported, words: Language) -> str:
    if found.found is None or not question["excluded"]:
        return ""
    whole = sum(q.units for q in found.questions if q.excluded)
    return words.percent(question["units"] / whole * (1 - found.found.share)) if whole else ""
