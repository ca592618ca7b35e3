"""Names in common use: of places and materials, which libraries and standards do not list. Written by hand, beside."""

from collections.abc import Iterator
from pathlib import Path

from reference.common import OWN, Output, Sources, read, table

HERE = Path(__file__).resolve().parents[1] / "names"

SOURCES: Sources = {
    "names": ("Names in common use, listed by the project", OWN, "assumption"),
}


def tables(_: Path) -> Iterator[Output]:
    for name, columns in (("place_aliases", "place note"), ("place_groups", "members zone note"),
                          ("material_aliases", "material note")):  # fmt: skip
        yield table(name, "name", columns, ({**row, "source": "names"} for row in read(HERE, name)))
