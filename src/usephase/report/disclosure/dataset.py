"""Figures and registers of many runs as Parquet datasets: a folder each, a file a run, one schema for all."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from usephase.report.disclosure.facts import Facts
from usephase.report.disclosure.plain import FLAGS, arrow_kind, flagged
from usephase.results.atomic import write_files
from usephase.results.content import LABEL_COLUMNS, REGISTER_COLUMNS, STATISTICS
from usephase.results.provenance import moment_of, slug
from usephase.results.run import Run

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = "usephase.dataset/1"
"""Of the schemas: columns are added at the end under the same name; where one goes or changes, the name does too."""
_RUN = ("run", "catalog", "catalog_sha256", "created", "company", "reporting_year", "draws", "seed", "edition")
COLUMNS = {
    "figures": (*_RUN, "year", *LABEL_COLUMNS, *STATISTICS, *FLAGS),
    "register": (*_RUN, *REGISTER_COLUMNS),
}
"""By dataset, in order; which run a row is of comes first."""


def schema(name: str) -> "pa.Schema":
    """Give the schema of a dataset: ``figures`` or ``register``."""
    import pyarrow as pa

    fields = [pa.field(column, arrow_kind(column)) for column in COLUMNS[name]]
    return pa.schema(fields, metadata={b"schema": VERSION.encode("ascii")})


def write_dataset(facts: Facts, folder: Path) -> None:
    """Add a run to the datasets in a folder: ``figures/CATALOG/RUN.parquet`` and ``register/CATALOG/RUN.parquet``.

    The same run has the same name: written again it takes its own place.
    """
    run = facts.run
    about = _about(run)
    place = slug(run.meta["catalog"]["name"])
    for name, frame in (("figures", flagged(run)), ("register", run.register)):
        target = folder / name / place
        write_files(target, {f"{about['run']}.parquet": _writer(name, frame, about)}, replace=True)


def _about(run: Run) -> dict[str, Any]:
    meta = run.meta
    created: datetime = moment_of(meta["created"])
    content = run.figures.to_csv(index=False).encode("utf-8") + json.dumps(meta["catalog"]["sha256"]).encode("ascii")
    return {
        "run": f"{created:%Y%m%d-%H%M%S}-{hashlib.sha256(content).hexdigest()[:12]}",
        "catalog": meta["catalog"]["name"], "catalog_sha256": meta["catalog"]["sha256"], "created": created,
        "company": meta.get("company", ""), "reporting_year": int(meta["reporting_year"]),
        "draws": int(meta["draws"]), "seed": int(meta["seed"]),
        "edition": meta.get("versions", {}).get("reference data", ""),
    }  # fmt: skip


def _writer(name: str, frame: pd.DataFrame, about: Mapping[str, Any]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = schema(name)
    columns = []
    for field in made:
        known = [about[field.name]] * len(frame) if field.name in about else frame[field.name].tolist()
        columns.append(pa.array(known, type=field.type, from_pandas=True))
    return lambda path: pq.write_table(pa.Table.from_arrays(columns, schema=made), path)
