"""map.toml: what was decided about a table, column by column and name by name; with it the next year asks nothing."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from usephase.catalog.importing.numerals import STYLES, factor
from usephase.catalog.read.files import read_bytes
from usephase.catalog.read.limits import MAX_BYTES
from usephase.catalog.read.texts import FIRST_YEAR, LAST_YEAR
from usephase.errors import CatalogError, Problem
from usephase.units import nearest

ROLES = (
    "product", "name", "family", "brand", "archetype", "rated_power", "energy_per_year", "mass", "user", "region",
    "year", "units",
)  # fmt: skip
"""What a column of theirs can be here."""
UNITS = {"rated_power": "W", "energy_per_year": "kWh/year", "mass": "kg"}
"""The columns that need a unit, with the one they have in the catalog."""
COMMON_UNITS = {"rated_power": ("W", "kW"), "energy_per_year": ("kWh/year",), "mass": ("kg", "g")}
NONE = "none"
"""The archetype of what is left out for good: an accessory, a spare part."""
UNFILLED = "KIND or none"
"""What stands in a proposed line where a person has to write the archetype: it is refused as it stands."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ColumnRule(_Record):
    """Say what one column of theirs is.

    Parameters
    ----------
    role : str
        One of `ROLES`; "" is not read. In map.toml ``is``.
    unit : str
        Of its numbers; ``thousand`` of units.
    numbers : str
        How its numbers are written, `1,234.5` or `1.234,5`; "" is told by the column.
    place, year : str
        Of the units in a column of its own for a place, a year, or both.
    """

    role: Literal["", *ROLES] = Field(default="", alias="is")  # type: ignore[valid-type]
    unit: str = ""
    numbers: Literal["", *STYLES] = ""  # type: ignore[valid-type]
    place: str = ""
    year: int | None = Field(default=None, ge=FIRST_YEAR, le=LAST_YEAR)

    @model_validator(mode="after")
    def _unit_fits(self) -> "ColumnRule":
        if self.role in UNITS and self.unit and factor(self.unit, UNITS[self.role]) is None:
            raise ValueError(f"`{self.unit}` is no unit of `{self.role}`: write one such as {UNITS[self.role]}")
        return self


class RowRules(_Record):
    """Say what becomes of rows that can be meant in two ways; "" leaves them to be decided."""

    duplicates: Literal["", "add", "once"] = ""
    returns: Literal["", "subtract", "leave_out"] = ""
    without_product: Literal["", "as_above", "leave_out"] = ""


class Map(_Record):
    """Hold everything decided about a table; `place` and `archetype` are of the rows that say none."""

    sheet: str = ""
    year: int | None = Field(default=None, ge=FIRST_YEAR, le=LAST_YEAR)
    place: str = ""
    archetype: str = ""
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    rows: RowRules = RowRules()
    places: dict[str, str] = Field(default_factory=dict)
    archetypes: dict[str, str] = Field(default_factory=dict)
    written: dict[str, str] = Field(default_factory=dict)

    def with_entry(self, path: tuple[str, ...], value: Any) -> "Map":
        """Give the map with one entry more: ``("places", "EMEA")``, ``("year",)``.

        Raises
        ------
        CatalogError
            If it is none that a map can have.
        """
        document = self.model_dump(by_alias=True)
        at = document
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
        return _validated("map.toml", document)


def read_map(path: Path) -> Map:
    """Read a map.toml.

    Raises
    ------
    CatalogError
        With every entry that is wrong, by its name in the file.
    """
    data, problem = read_bytes(path, None, MAX_BYTES)
    if problem is not None:
        raise CatalogError([problem])
    return map_of(path.name, data)


def map_of(origin: str, data: bytes) -> Map:
    """Read the bytes of a map.toml."""
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        fix = "repair that line: names and texts stand in quotes"
        raise CatalogError([Problem(where=origin, what=f"not readable as TOML ({error})", fix=fix)]) from error
    return _validated(origin, document)


def _validated(origin: str, document: Mapping[str, Any]) -> Map:
    try:
        return Map.model_validate(document)
    except ValidationError as error:
        raise CatalogError([_explained(origin, found) for found in error.errors()]) from error


def _explained(origin: str, found: Mapping[str, Any]) -> Problem:
    at = [str(part) for part in found["loc"]]
    where, given = f"{origin}:{'.'.join(at)}", found.get("input")
    if found["type"] == "extra_forbidden":
        known = [field.alias or name for name, field in (ColumnRule if "columns" in at else Map).model_fields.items()]
        close = nearest(at[-1], known)
        fix = f"did you mean `{close}`? " if close else ""
        return Problem(where=where, what=f"`{at[-1]}` is not known", fix=f"{fix}Known are {', '.join(known)}")
    choices = found.get("ctx", {}).get("expected")
    fix = f"write {choices}" if choices else found["msg"][:1].lower() + found["msg"][1:]
    return Problem(where=where, what=f"`{given}` is not taken", fix=fix)


_HEAD = """# What `usephase import` decided about a table. With --map it decides the same again, and asks nothing.
# Change a line and import again. `is = ""`: the column is not read. Archetypes: `usephase reference archetypes`;
# "none" leaves a product out for good. A place is a code or a name, or a group with shares: "DEU 0.5, FRA 0.5".
"""


_ROWS = """
[rows]
# duplicates = "once" or "add"; returns = "subtract" or "leave_out"; without_product = "as_above" or "leave_out\""""


def map_text(told: Map) -> str:
    """Write a map as TOML."""
    lines = [_HEAD]
    lines += [
        f"{name} = {quoted(getattr(told, name))}" for name in ("sheet", "place", "archetype") if getattr(told, name)
    ]
    lines += [f"year = {told.year}"] if told.year is not None else []
    lines += ["\n[columns]"]
    for theirs, rule in told.columns.items():
        held = rule.model_dump(by_alias=True)
        parts = [f"{k} = {quoted(v)}" for k, v in held.items() if k == "is" or v not in ("", None)]
        lines.append(f"{quoted(theirs)} = {{ {', '.join(parts)} }}")
    lines += [_ROWS, *(f"{name} = {quoted(rule)}" for name, rule in told.rows.model_dump().items() if rule)]
    for name in ("places", "archetypes", "written"):
        entries = getattr(told, name)
        about = (
            "  # SHA-256 of each file as it was written: a file changed since is not replaced"
            if name == "written"
            else ""
        )
        lines += [f"\n[{name}]{about}", *(f"{quoted(key)} = {quoted(entries[key])}" for key in sorted(entries))]
    return "\n".join(lines) + "\n"


def quoted(value: object) -> str:
    """Write a text, or a number, as TOML does."""
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
