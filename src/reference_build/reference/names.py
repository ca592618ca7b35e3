"""Names in common use: of places, materials and products, which no library or standard lists. Written by hand."""

from collections.abc import Iterator
from pathlib import Path

from reference.common import OWN, Output, Sources, read, table

HERE = Path(__file__).resolve().parents[1] / "names"

SOURCES: Sources = {
    "names": ("Names in common use, listed by the project", OWN, "assumption"),
}


def tables(_: Path) -> Iterator[Output]:
    for name, key, columns in (
        ("place_aliases", "name", "place note"), ("place_groups", "name", "members zone note"),
        ("material_aliases", "name", "material note"), ("archetype_words", "archetype", "power_source words"),
        ("carrier_aliases", "name", "carrier note"),
    ):  # fmt: skip
        yield table(name, key, columns, ({**row, "source": "names"} for row in read(HERE, name)))
