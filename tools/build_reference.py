"""Write the reference tables of the package from the raw data: python tools/build_reference.py PATH_TO_RAW_DATA.

The same raw data give the same bytes. What is decided on the way is explained in SOURCES.md beside the tables.
"""

import sys
from pathlib import Path

from reference import fuels, grid, informative, losses, use, waste
from reference.common import Output, Sources

FOLDER = Path(__file__).resolve().parents[1] / "src/usephase/catalog/reference"
FAMILIES = (grid, losses, fuels, waste, use, informative)


def main(raw: Path) -> None:
    sources: Sources = {}
    used: set[str] = set()
    for family in FAMILIES:
        twice = sources.keys() & family.SOURCES.keys()
        assert not twice, f"source code declared twice: {twice}"
        sources |= family.SOURCES
        for output in family.tables(raw):
            output.write(FOLDER)
            used |= {row["source"] for row in output.rows}
    assert used == sources.keys(), f"source codes unknown or unused: {used ^ sources.keys()}"
    rows = [
        {"code": code, "text": text, "licence": licence, "basis": basis}
        for code, (text, licence, basis) in sources.items()
    ]
    Output("sources", ("code",), ("code", "text", "licence", "basis"), tuple(rows)).write(FOLDER)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
