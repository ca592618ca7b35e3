"""Write the reference tables of the package from the raw data.

    python src/reference_build/build_reference.py PATH_TO_RAW_DATA

The same raw data give the same bytes. What is decided on the way is explained in SOURCES.md beside the tables.
"""

import csv
import hashlib
import json
import sys
from pathlib import Path

from reference import archetypes, fuels, grid, informative, losses, names, plausible, use, waste
from reference.common import FACTS, READ, Output, Sources

FOLDER = Path(__file__).resolve().parents[1] / "usephase/catalog/reference"
READINGS = Path(__file__).resolve().parent / "names/readings.csv"
EDITION, DATE = "2026.11", "2026-11-30"
"""Name and day of the edition that this script writes."""
FAMILIES = (grid, losses, fuels, waste, use, informative, plausible, names, archetypes)


def main(raw: Path) -> None:
    sources: Sources = {}
    used: set[str] = set()
    inside: dict[str, dict[str, str]] = {"gwp_set": {}}
    for family in FAMILIES:
        further = getattr(family, "further_sources", lambda _: {})(raw)
        twice = (sources.keys() & family.SOURCES.keys()) | (family.SOURCES.keys() & further.keys())
        assert not twice, f"source code declared twice: {twice}"
        sources |= family.SOURCES | further
        inside["gwp_set"] |= getattr(family, "GWP_SETS", {})
        for output in family.tables(raw):
            output.write(FOLDER)
            used |= {row["source"] for row in output.rows}
    assert used == sources.keys(), f"source codes unknown or unused: {used ^ sources.keys()}"
    strange = {code for told in inside.values() for code in told} - sources.keys()
    assert not strange, f"of no source: {strange}"
    assert len({text for text, _, _ in sources.values()}) == len(sources), "two sources of one text"
    rows = [
        {
            "code": code,
            "text": text,
            "licence": licence,
            "basis": basis,
            **{name: told.get(code, "") for name, told in inside.items()},
        }
        for code, (text, licence, basis) in sources.items()
    ]
    Output("sources", ("code",), ("code", "text", "licence", "basis", *inside), tuple(rows)).write(FOLDER)
    _edition(raw)


def _edition(raw: Path) -> None:
    """Write which raw files the edition was built from: checksum, address and day of reading."""
    with READINGS.open(encoding="utf-8", newline="") as stream:
        told = {row["file"]: row for row in csv.DictReader(stream)}
    files = [
        {
            "file": name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "address": told[name]["address"], "read": told[name]["read"],
        }
        for name, path in sorted(
            (path.relative_to(folder).with_suffix("").as_posix(), path)
            for folder in (raw, FACTS)
            for path in READ
            if path.is_relative_to(folder)
        )
    ]  # fmt: skip
    text = json.dumps({"name": EDITION, "date": DATE, "files": files}, indent=1) + "\n"
    (FOLDER / "edition.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
