"""What every table, column and setting means, for notes in workbooks and the nomenclature page."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

EVERYWHERE = "*"
"""The table name under which columns that every table may have are described."""


class Description(BaseModel):
    """Say what a column or a setting means; `unit` is "" for text and pure numbers."""

    model_config = ConfigDict(frozen=True)

    table: str
    column: str
    meaning: str
    unit: str = ""
    ghg_protocol_term: str = ""


@cache
def descriptions() -> Mapping[tuple[str, str], Description]:
    """Give every description by table and column; a setting's table is ``catalog`` and its column is dotted."""
    text = files("usephase.catalog").joinpath("descriptions.csv").read_text(encoding="utf-8")
    rows = [Description.model_validate(row) for row in csv.DictReader(text.splitlines())]
    return MappingProxyType({(row.table, row.column): row for row in rows})


def describe(table: str, column: str) -> Description | None:
    """Find the description of a column, the ones that every table may have included; None for a label."""
    known = descriptions()
    return known.get((table, column)) or known.get((EVERYWHERE, column))
