"""What a catalog may contain: one declaration a table and a column, and the settings."""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["text", "choice", "number", "year", "value"]
Naming = Literal["", "place", "material", "carrier"]
"""What a column of text names that has other names: see `usephase.catalog.names`."""
DEFAULT = "default of the column"
"""Source of a value that nobody wrote."""


class Column(BaseModel):
    """Declare one column.

    `low` and `high` are the physical range of a number or an uncertain value; an open bound is excluded.
    `below` is what to do with a value under the range, if that is likely meant otherwise; ``{}`` stands for the number
    without its sign. `default` is None where an empty cell means "none". `unit` is the canonical unit ("" = a pure
    number).
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind = "text"
    key: bool = False
    required: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    unit: str = ""
    naming: Naming = ""
    below: str = ""


class TableSchema(BaseModel):
    """Declare one table; `labels` allows further text columns."""

    model_config = ConfigDict(frozen=True)

    name: str
    columns: tuple[Column, ...]
    required: bool = False
    labels: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the key columns, in the order in which a row is written."""
        return tuple(c.name for c in self.columns if c.key)

    @property
    def value_columns(self) -> tuple[str, ...]:
        """Names of the uncertain columns."""
        return tuple(c.name for c in self.columns if c.kind == "value")

    def column(self, name: str) -> Column:
        """Find a column by name; raises KeyError."""
        for c in self.columns:
            if c.name == name:
                return c
        raise KeyError(name)


ADDS_UP = {
    "sales": "units", "materials": "mass", "regions": "weight", "end_of_life": "share", "segments": "share",
}  # fmt: skip
"""What the rows of a table give parts of."""
NAMINGS: dict[str, Naming] = {"region": "place", "zone": "place", "material": "material", "carrier": "carrier"}


def _key(name: str, *, optional: bool = False) -> Column:
    naming = NAMINGS.get(name, "")
    return Column(name=name, key=True, required=not optional, default="" if optional else None, naming=naming)


def _text(name: str, default: str = "", naming: Naming = "") -> Column:
    return Column(name=name, default=default, naming=naming)


def _year(name: str = "year", *, optional: bool = False) -> Column:
    return Column(name=name, kind="year", key=True, required=not optional, default="" if optional else None)


def _choice(name: str, *choices: str, default: str | None = None, required: bool = False) -> Column:
    return Column(name=name, kind="choice", choices=choices, default=default, required=required)


def _user(*, optional: bool = False) -> Column:
    default = "" if optional else None
    return Column(name="user", kind="choice", choices=USERS, key=True, required=not optional, default=default)


def _value(
    name: str,
    default: str | None = None,
    *,
    required: bool = False,
    low: float = 0.0,
    high: float = math.inf,
    low_open: bool = False,
    high_open: bool = False,
    unit: str = "",
    below: str = "",
) -> Column:
    return Column(
        name=name, kind="value", default=default, required=required, unit=unit, below=below,
        low=low, high=high, low_open=low_open, high_open=high_open,
    )  # fmt: skip


DATA_TYPES = ("primary", "secondary", "default", "estimate")
VERIFICATIONS = ("none", "limited", "reasonable")
EVERYWHERE = (
    _text("source"), _text("pedigree"), _choice("data_type", *DATA_TYPES, default="default"),
    _choice("verification", *VERIFICATIONS, default="none"),
)  # fmt: skip
"""Columns that every table may have: what is known about a row."""
MUTE = frozenset({column.name for column in EVERYWHERE} | {"name"})
"""Columns that change no figure."""


def _table(name: str, *columns: Column, required: bool = False, labels: bool = False) -> TableSchema:
    return TableSchema(name=name, columns=(*columns, *EVERYWHERE), required=required, labels=labels)


POWER_UNITS = ("W", "kW", "hp")
YEARLY_UNIT = "kWh/year"
"""The unit of a rate that takes no amount: a year's energy."""
CYCLE_UNITS = ("Wh/cycle", "kWh/cycle", "MJ/cycle")
FUEL_UNITS = ("L/h", "mL/h", "gal/h", "kg/h", "g/h", "L/cycle", "kg/cycle")
RATE_UNITS = (*POWER_UNITS, YEARLY_UNIT, *CYCLE_UNITS, *FUEL_UNITS)
AMOUNT_UNITS = ("h/year", "h/day", "cycle/year", "cycle/day", "cycle/week", "h/life", "cycle/life", "rest")
SOLD_AS = ("final", "kit", "accessory", "intermediate", "fuel", "lease")
REFRIGERANT_SERVICES = ("topped_up", "hermetic")
CARRIER_UNITS = ("L", "kg", "m3", "kWh", "MJ")
TARGET_SCOPES = ("category_11+12", "category_11", "category_12")
TARGET_KINDS = ("absolute", "per_unit", "per_service", "per_mass", "per_revenue")
REVIEWED = ("approved", "questioned", "open")
"""What a review says of a value; a row that is open names an owner alone."""
COMPUTED = ("11", "12")
"""Categories of scope 3 that the catalog computes."""
CATEGORIES = tuple(str(n) for n in range(1, 16))
SCOPES = ("scope1", "scope2")

USERS = ("home", "professional")
MIXED = "mixed"
"""The `user` of a product that all kinds of users buy, in the shares of its archetype."""
ARCHETYPES = ("archetypes", "archetype_modes", "archetype_lives", "archetype_materials")
"""The tables of archetypes."""

_AVOIDED = (
    "book what is avoided in the column `avoided`, as a positive number, and here only what is emitted: here `0`, "
    "there `{}`"
)
_POSITIVE = "write what is avoided as a positive number: `{}`; what is emitted belongs in the column `factor`"

SCHEMAS: tuple[TableSchema, ...] = (
    _table(
        "products",
        _key("product"), _text("name"), _text("family"), _text("brand"), _text("use_profile"), _text("lifetime"),
        _text("service_mode"), _value("annual_use_change", "0", low=-1.0, low_open=True),
        _value("allocation", "1", high=1.0),
        _choice("sold_as", *SOLD_AS, default="final"),
        _text("archetype"), _choice("user", *USERS, MIXED, default=MIXED),
        _value("rated_power", low_open=True, unit="W"), _value("energy_per_year", unit=YEARLY_UNIT),
        _value("mass", low_open=True, unit="kg"),
        required=True, labels=True,
    ),
    _table(
        "segments",
        _key("product"), _key("segment"), _value("share", required=True, high=1.0), _text("use_profile"),
        _text("lifetime"),
    ),
    _table(
        "modes",
        _key("product"), _key("mode"), Column(name="carrier", required=True, naming="carrier"),
        _value("rate", required=True),
        _choice("rate_unit", *RATE_UNITS, default=""), _value("load", "1", high=1.0),
        _value("efficiency", "1", high=1.0, low_open=True),
        _choice("phase", "direct", "indirect", "maintenance", default="direct"),
    ),
    _table(
        "use_profiles",
        _key("use_profile"), _key("mode"), _key("region", optional=True), _value("amount"),
        _choice("amount_unit", *AMOUNT_UNITS, default=""),
    ),
    _table(
        "lifetimes",
        _key("lifetime"), _year("from_year", optional=True),
        _choice(
            "distribution", "fixed", "weibull", "lognormal", "gamma", "normal", "loglogistic", "table",
            default="weibull",
        ),
        _value("mean", low_open=True), _choice("unit", "year", "hour", "full_load_hour", "cycle", default="year"),
        _text("mode"), _value("max_years", low_open=True, unit="year"), _value("shape", low_open=True),
        _value("t50", low_open=True), _value("t90", low_open=True), _value("scale", low_open=True),
        _value("median", low_open=True),
    ),
    _table(
        "survival",
        _key("lifetime"), _year("from_year", optional=True),
        Column(name="age", kind="number", key=True, required=True, low=0.0),
        Column(name="share", kind="number", required=True, low=0.0, high=1.0),
    ),
    _table("sales", _key("product"), _key("region"), _year(), _value("units", required=True), required=True),
    _table(
        "regions", _key("region"), _key("zone"),
        Column(name="weight", kind="number", default="1", low=0.0, low_open=True),
    ),
    _table(
        "zones",
        _key("zone"), _value("level", "1", low_open=True),
        _value("trend", "0", low=-1.0, low_open=True),
        _value("loss", high=1.0, high_open=True), _text("grid", naming="place"), _text("end_of_life", naming="place"),
    ),
    _table(
        "grid",
        _key("zone"), _key("scenario"), _year(), _value("intensity", required=True, unit="kg/kWh"),
        _value("upstream", "0", unit="kg/kWh"),
    ),
    _table(
        "carriers",
        _key("carrier"), _choice("unit", *CARRIER_UNITS, required=True), _value("combustion", required=True),
        _value("upstream", "0"), _value("biogenic", "0"), _value("density", low_open=True, unit="kg/L"),
        _value("heating_value", low_open=True, unit="MJ/kg"),
    ),
    _table(
        "refrigerants",
        _key("product"), _key("gas"), _value("charge", required=True, unit="kg"), _value("annual_leak", "0", high=1.0),
        _choice("service", *REFRIGERANT_SERVICES, default="topped_up"), _value("end_of_life_loss", "1", high=1.0),
    ),
    _table("gases", _key("gas"), _value("gwp", required=True)),
    _table(
        "materials", _key("product"), _key("part"), _key("material"), _value("mass", required=True, unit="kg"),
    ),
    _table(
        "end_of_life",
        _key("zone"), _key("material"), _key("route"), _year(optional=True), _value("share", required=True, high=1.0),
    ),
    _table(
        "treatments",
        _key("material"), _key("route"), _year(optional=True),
        _value("factor", required=True, unit="kg/kg", below=_AVOIDED),
        _value("avoided", "0", unit="kg/kg", below=_POSITIVE), _value("biogenic", "0", unit="kg/kg"),
    ),
    _table(
        "options",
        _key("option"), _key("table"), _key("row"), _key("column"), Column(name="value", required=True),
    ),
    _table(
        "correlations",
        _key("group"), _key("table"), _key("row", optional=True), _key("column"),
        Column(name="correlation", kind="number", required=True, low=0.0, high=1.0, high_open=True),
    ),
    _table("coverage", _key("family"), _value("covered", required=True, high=1.0, low_open=True)),
    _table("archetypes", _key("archetype"), _text("name"), _text("family")),
    _table(
        "archetype_modes",
        _key("archetype"), _key("mode"), _user(optional=True), _key("region", optional=True),
        _text("carrier", naming="carrier"),
        _value("rate"), _choice("rate_unit", *RATE_UNITS, default=""), _value("load", "1", high=1.0),
        _value("efficiency", "1", high=1.0, low_open=True),
        _choice("phase", "direct", "indirect", "maintenance", default="direct"),
        _choice("rated", "yes", "no", default="no"), _value("amount"),
        _choice("amount_unit", *AMOUNT_UNITS, default=""), _text("guess"),
    ),
    _table(
        "archetype_lives",
        _key("archetype"), _user(), _value("share", "1", high=1.0), _value("mean", required=True, low_open=True),
        _choice("unit", "year", "hour", "cycle", default="year"), _text("mode"),
        _value("max_years", low_open=True, unit="year"), _value("shape", low_open=True), _text("guess"),
    ),
    _table(
        "archetype_materials", _key("archetype"), _key("part"), _key("material"),
        _value("mass", required=True, unit="kg"),
    ),
    _table(
        "targets", _key("target"), _text("region", naming="place"),
        _choice("scope", *TARGET_SCOPES, default=TARGET_SCOPES[0]),
        Column(name="base_year", kind="year", default=""), Column(name="year", kind="year", required=True),
        Column(name="reduction", kind="number", required=True, low=0.0, high=1.0),
        _choice("kind", *TARGET_KINDS, default=TARGET_KINDS[0]), _text("owner"), _text("status", "proposed"),
    ),
    _table(
        "scope3", _year(),
        Column(name="category", kind="choice", key=True, required=True, choices=(*CATEGORIES, *SCOPES)),
        Column(name="emissions", kind="number", required=True, low=0.0),
    ),
    _table(
        "reviews", _key("table"), _key("row"), _key("column"), _key("value"), _key("reviewed_on"),
        _text("reviewed_by"), _choice("status", *REVIEWED, default=REVIEWED[0]), _text("owner"),
    ),
    _table("settings", _value("level", "1", low_open=True), _value("trend", "0", low=-1.0, low_open=True)),
)  # fmt: skip
TABLES: dict[str, TableSchema] = {schema.name: schema for schema in SCHEMAS}
"""Every table by name. ``settings`` is made from catalog.toml, never read from a file of its own."""
REFERENCE_GRID = TableSchema(
    name="reference_grid",
    columns=tuple(c for c in TABLES["zones"].columns if c.name in ("zone", "level") or c in EVERYWHERE),
)
"""How well the reference knows its grid paths: a table that only the reference has."""
BELIEVED: dict[str, TableSchema] = {
    schema.name: schema for schema in (*SCHEMAS, REFERENCE_GRID) if schema.value_columns
}
"""Tables with uncertain values, by name."""


def schema_of(name: str) -> TableSchema:
    """Find the declaration of a table, ``reference_grid`` included; raises KeyError."""
    return REFERENCE_GRID if name == REFERENCE_GRID.name else TABLES[name]


class Settings(BaseModel):
    """Hold what catalog.toml decides (`[grid]` level and trend are uncertain values: table ``settings``)."""

    model_config = ConfigDict(frozen=True)

    name: str
    reporting_year: int
    company: str = ""
    base_year: int | None = None
    grid_basis: Literal["projected", "frozen"] = "projected"
    boundary: Literal["minimum", "life_cycle"] = "minimum"
    sales_timing: Literal["start_of_year", "mid_year"] = "mid_year"
    gwp: Literal["AR4", "AR5", "AR6"] = "AR6"
    set_on: str | None = None
    edition: str | None = None
    partner_data_11: float | None = None
    partner_data_12: float | None = None
    excluded: str = ""
    language: str = "en"
    draws: int = Field(default=8192, ge=2)
    seed: int = 1
    design: Literal["quasi", "latin_hypercube", "random"] = "quasi"
    scenarios: dict[str, float] = Field(default_factory=lambda: {"trend_10y": 1.0})
    dependence: dict[str, float] = Field(default_factory=dict)
