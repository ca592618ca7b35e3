"""Write a catalog that is a dict of settings and a dict of rows as a folder: catalog.toml and a CSV a table."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def toml_text(settings: Mapping[str, Any]) -> str:
    """Write nested settings as TOML."""
    lines: list[str] = []
    _section(lines, (), settings)
    return "\n".join(lines) + "\n"


def _section(lines: list[str], path: tuple[str, ...], section: Mapping[str, Any]) -> None:
    plain = {name: value for name, value in section.items() if not isinstance(value, Mapping)}
    if path and plain:
        lines.append(f"[{'.'.join(path)}]")
    for name, value in plain.items():
        lines.append(f"{json.dumps(name)} = {json.dumps(value)}")
    for name, value in section.items():
        if isinstance(value, Mapping):
            _section(lines, (*path, name), value)


def csv_text(rows: Sequence[Mapping[str, str]], comment: str = "") -> str:
    """Write rows as CSV; a column that some rows lack is empty there."""
    columns: dict[str, None] = {}
    for row in rows:
        columns.update(dict.fromkeys(row))
    out = io.StringIO()
    if comment:
        out.write(f"# {comment}\n")
    writer = csv.DictWriter(out, fieldnames=list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_catalog(
    folder: Path, settings: Mapping[str, Any], tables: Mapping[str, Sequence[Mapping[str, str]]], comment: str = ""
) -> Path:
    """Write a catalog folder and give it back; empty tables are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "catalog.toml").write_text(toml_text(settings), encoding="utf-8")
    for name, rows in tables.items():
        if rows:
            (folder / f"{name}.csv").write_text(csv_text(rows, comment), encoding="utf-8")
    return folder
