"""Category 12: what a kilogram emits by route, and which way it goes in which country."""

from collections.abc import Iterator
from pathlib import Path

from reference import routes, treatments
from reference.common import Output, Sources, table

SOURCES: Sources = {**treatments.SOURCES, **routes.SOURCES}
GWP_SETS = treatments.GWP_SETS


def tables(raw: Path) -> Iterator[Output]:
    yield table("treatments", "material route", "factor avoided biogenic", treatments.rows(raw))
    yield table("end_of_life", "zone material route", "share", routes.rows(raw))
