"""Figures in plain files: CSV, Parquet and JSON."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from usephase.insight.quality.lines import requirement
from usephase.report.cells import csv_text
from usephase.report.disclosure.facts import Facts
from usephase.results.content import STATISTICS
from usephase.results.run import UNIT, Run, records

FLAGS = ("unit", "requirement", "requirement_source", "requirement_evidence")
"""What `flagged` says of each figure."""
_WHOLE = ("year", "reporting_year", "draws", "seed")
_NUMBERS = (*STATISTICS, "low", "high")


def flagged(run: Run) -> pd.DataFrame:
    """Give the figures with unit and what the standard says of each line (required, optional, separate), as known."""
    rules = [
        requirement(ledger, phase if ledger == "category_11" else None)
        for ledger, phase in zip(run.figures["ledger"], run.figures["phase"], strict=True)
    ]
    columns = {name: [rule[i] for rule in rules] for i, name in enumerate(FLAGS[1:])}
    return run.figures.assign(unit=UNIT, **columns)


def write_xlsx(facts: Facts, path: Path) -> None:
    """Write the run's workbook."""
    from usephase.report.excel.workbook import write_workbook

    write_workbook(facts.run, path, whole=True)


def write_csv(facts: Facts, path: Path) -> None:
    """Write the figures as CSV; text that looks like a formula stays text."""
    path.write_bytes(as_csv(flagged(facts.run)))


def write_parquet(facts: Facts, path: Path) -> None:
    """Write the figures as Parquet: text, integers and doubles, the run's facts as metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = flagged(facts.run)
    fields = [pa.field(str(name), arrow_kind(str(name))) for name in frame.columns]
    columns = [pa.array(frame[field.name].tolist(), type=field.type) for field in fields]
    about = json.dumps(facts.about(), allow_nan=False).encode("ascii")
    table = pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata={b"usephase": about}))
    pq.write_table(table, path)


def arrow_kind(column: str) -> Any:
    """Give the type that a column of figures, of the register or about a run has in Parquet."""
    import pyarrow as pa

    if column == "created":
        return pa.timestamp("ms", tz="UTC")
    return pa.int64() if column in _WHOLE else pa.float64() if column in _NUMBERS else pa.string()


def write_json(facts: Facts, path: Path) -> None:
    """Write the run's answer as JSON, its lines' requirement and data quality with it."""
    write_document(document(facts), path)


def document(facts: Facts) -> dict[str, Any]:
    """Give the run's answer with flags and data quality."""
    plain = {**facts.run.to_document(), "figures": records(flagged(facts.run))}
    notes = list(facts.run.notes)
    return {**plain, "about": facts.about(), "quality": facts.quality.to_document(), "notes": notes}


def write_document(content: Mapping[str, Any], path: Path) -> None:
    """Write a document as JSON in ASCII."""
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="ascii")


def as_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV; text that looks like a formula stays text."""
    text = {name: [csv_text(x) if isinstance(x, str) else x for x in frame[name]] for name in frame.columns}
    buffer = io.StringIO()
    pd.DataFrame(text, columns=frame.columns).to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode("utf-8", "backslashreplace")
