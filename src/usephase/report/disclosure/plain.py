"""Figures in plain files: CSV, Parquet, JSON, and the audit package (zip)."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from usephase.errors import StoreError
from usephase.insight.quality.lines import requirement
from usephase.report.cells import csv_text
from usephase.report.disclosure.facts import Facts
from usephase.results.atomic import explain
from usephase.results.content import LABEL_COLUMNS
from usephase.results.provenance import moment_of
from usephase.results.run import Run, open_run, records
from usephase.results.store import NAME

_README = """Audit package of a run of usephase.

run.h5         the run: catalog, settings, versions, figures, draws of the totals, checksums
catalog/       the catalog as it was read, byte for byte
figures.csv    every figure [t CO2e], unrounded, with what the standard says of its line
register.csv   every value that a figure depends on, with its range, source and licence
factors.csv    of these the emission factors, grids, losses and waste data
quality.json   what the emissions rest on
SHA256SUMS     checksum of every file

usephase reproduce, on run.h5, or on this package, computes the run again and compares every figure bit by bit.
"""
_SUMS = "SHA256SUMS"
FACTORS = ("grid", "reference_grid", "zones", "carriers", "gases", "treatments", "end_of_life", "settings")


def flagged(run: Run) -> pd.DataFrame:
    """Give the figures with what the standard says of each line (required, optional, separate), and how it is known."""
    rules = [
        requirement(ledger, phase if ledger == "category_11" else None)
        for ledger, phase in zip(run.figures["ledger"], run.figures["phase"], strict=True)
    ]
    names = ("requirement", "requirement_source", "requirement_evidence")
    columns = {name: [rule[i] for rule in rules] for i, name in enumerate(names)}
    return run.figures.assign(**columns)


def write_xlsx(facts: Facts, path: Path) -> None:
    """Write the run's workbook."""
    from usephase.report.excel.workbook import write_workbook

    write_workbook(facts.run, path)


def write_csv(facts: Facts, path: Path) -> None:
    """Write the figures as CSV; text that looks like a formula stays text."""
    path.write_bytes(_csv(flagged(facts.run)))


def write_parquet(facts: Facts, path: Path) -> None:
    """Write the figures as Parquet: text, integers and doubles, the run's facts as metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = flagged(facts.run)
    text = [*LABEL_COLUMNS, "requirement", "requirement_source", "requirement_evidence"]
    fields = [
        pa.field(str(name), pa.string() if name in text else pa.int64() if name == "year" else pa.float64())
        for name in frame.columns
    ]
    columns = [pa.array(frame[field.name].tolist(), type=field.type) for field in fields]
    about = json.dumps(facts.about(), allow_nan=False).encode("ascii")
    table = pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata={b"usephase": about}))
    pq.write_table(table, path)


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


def write_audit(facts: Facts, path: Path) -> None:
    """Write the audit package: catalog, factors, run, register and checksums in one zip."""
    run = facts.run
    with TemporaryDirectory() as folder:
        stored = Path(folder) / NAME
        run.save(stored)
        files = {NAME: stored.read_bytes()}
    register = run.register
    files |= {f"catalog/{name}": content for name, content in sorted(run.files.items())}
    files |= {
        "figures.csv": _csv(flagged(run)),
        "register.csv": _csv(register),
        "factors.csv": _csv(register[register["table"].isin(FACTORS)]),
        "quality.json": (json.dumps(facts.quality.to_document(), indent=1, allow_nan=False) + "\n").encode("ascii"),
        "README.txt": _README.encode("ascii"),
    }
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    files[_SUMS] = sums.encode("utf-8")
    # The run's time, not the clock's.
    moment = moment_of(run.meta["created"]).timetuple()[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, moment), content, zipfile.ZIP_DEFLATED)


def open_package(path: Path) -> Run:
    """Read the run of an audit package, after its checksums.

    Raises
    ------
    StoreError
        If the file is not a whole audit package, or any of its files was changed.
    """
    try:
        with zipfile.ZipFile(path) as archive, TemporaryDirectory() as folder:
            sums = archive.read(_SUMS).decode("utf-8")
            for line in sums.splitlines():
                wanted, _, name = line.partition("  ")
                if hashlib.sha256(archive.read(name)).hexdigest() != wanted:
                    raise StoreError(f"{path}: {name} was changed after the package was written → get it again")
            stored = Path(folder) / NAME
            stored.write_bytes(archive.read(NAME))
            return open_run(stored)
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: not an audit package ({error}) → make one with export --to audit") from error
    except OSError as error:
        raise StoreError(explain(path, error)) from error


def _csv(frame: pd.DataFrame) -> bytes:
    text = {name: [csv_text(x) if isinstance(x, str) else x for x in frame[name]] for name in frame.columns}
    buffer = io.StringIO()
    pd.DataFrame(text, columns=frame.columns).to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode("utf-8", "backslashreplace")
