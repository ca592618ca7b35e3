"""Settings: from catalog.toml, or the sheet `catalog`, to `Settings` and the table of the shared grid cells."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from usephase.catalog.read.damage import Damage
from usephase.catalog.read.headers import folded, known_name
from usephase.catalog.read.limits import MAX_MESSAGE, MAX_NAME, clip
from usephase.catalog.read.parquet import number_text
from usephase.catalog.read.sources import RawTable
from usephase.catalog.read.tables import read_table
from usephase.catalog.read.texts import FIRST_YEAR, LAST_YEAR, cleaned
from usephase.catalog.read.toml_file import parse_toml
from usephase.catalog.schema import TABLES, Column, Settings, TableSchema
from usephase.catalog.table import Table
from usephase.catalog.values.grammar import NUMBER
from usephase.errors import Problem
from usephase.units import nearest

FILE = "catalog.toml"
SHEET = "catalog"
SETTINGS = TableSchema(
    name=SHEET,
    columns=(Column(name="setting", key=True, required=True), *(Column(name=n) for n in ("value", "source", "note"))),
)
"""What the sheet `catalog` holds."""

_LANGUAGES = files("usephase").joinpath("report", "language")
"""Where the words of the report are, one file a language."""
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Text = Annotated[str, StringConstraints(strip_whitespace=True)]
_Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
_Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class _Catalog(_Section):
    name: _Name
    company: _Text = ""
    reporting_year: _Year
    base_year: _Year | None = None


class _Method(_Section):
    grid_basis: Literal["projected", "frozen"] = "projected"
    boundary: Literal["minimum", "life_cycle"] = "minimum"
    sales_timing: Literal["start_of_year", "mid_year"] = "mid_year"
    gwp: Literal["AR4", "AR5", "AR6"] = "AR6"


class _MonteCarlo(_Section):
    draws: Annotated[int, Field(ge=1, le=2**31)] = 8192
    seed: int = 1
    design: Literal["quasi", "latin_hypercube", "random"] = "quasi"
    precision: Literal["double"] | None = None


def _day(given: Any) -> Any:
    """Write a day of TOML, or as text, as ISO 8601 does."""
    if isinstance(given, str):
        return date.fromisoformat(given.strip()).isoformat()
    return given.isoformat() if type(given) is date else given


class _Targets(_Section):
    set_on: Annotated[str, BeforeValidator(_day)] | None = None


class _Reference(_Section):
    edition: _Name | None = None


_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Disclosure(_Section):
    partner_data_11: _Share | None = None
    partner_data_12: _Share | None = None
    excluded: _Text = ""


def _spoken(given: str) -> str:
    known = sorted(file.name.removesuffix(".toml") for file in _LANGUAGES.iterdir() if file.name.endswith(".toml"))
    if given.strip().casefold() not in known:
        raise PydanticCustomError("literal_error", "not a language", {"expected": ", ".join(known)})
    return given.strip().casefold()


class _Report(_Section):
    language: Annotated[str, AfterValidator(_spoken)] = "en"


class _Grid(_Section):
    level: str | int | float = "1"
    trend: str | int | float = "0"
    scenarios: dict[str, _Weight] = Field(default_factory=lambda: {"trend_10y": 1.0})


_Correlation = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]


class _Dependence(_Section):
    dependence: dict[str, _Correlation] = Field(default_factory=dict)


_SECTIONS: dict[str, type[_Section]] = {
    "catalog": _Catalog, "method": _Method, "monte_carlo": _MonteCarlo, "targets": _Targets,
    "disclosure": _Disclosure, "reference": _Reference, "report": _Report,
    "grid": _Grid, "dependence": _Dependence,
}  # fmt: skip
_HOME = {key: name for name, model in _SECTIONS.items() for key in model.model_fields}
_WHOLE = ("catalog.reporting_year", "catalog.base_year", "monte_carlo.draws", "monte_carlo.seed")
_NUMBERS = ("disclosure.partner_data_11", "disclosure.partner_data_12")
_SCENARIO = "grid.scenarios."
_DEPENDENCE = "dependence"
_OPEN = ("scenarios", _DEPENDENCE)
"""Settings whose own names are the user's."""
_SET_ON = "targets.set_on"
_PRECISION = "monte_carlo.precision"
NO_SINGLE = (
    "single precision is no longer computed: it brought 1.68 times in one command and was slower elsewhere",
    "delete the setting: all arithmetic is in double precision",
)


def home_of(name: str) -> str:
    """Name the section in which a setting stands; of an unknown one that of the catalog, where it is refused."""
    return _HOME.get(name, "catalog")


class SettingsTable(Table):
    """The one row of the grid's shared cells; its places are those of settings."""

    def place(self, row: int, column: str = "") -> str:
        """Name a setting as its user finds it: ``catalog.toml:grid.level`` or ``catalog!B7``."""
        return self.letters.get(column) or (f"{self.origin}!A1" if self.sheet else f"{self.origin}:grid")

    def key(self, row: int) -> str:
        """Write the row as `options` do."""
        return "grid"


@dataclass(frozen=True)
class ReadSettings:
    """Hold what the settings say, and what is wrong with them.

    Attributes
    ----------
    given : mapping of str to Any
        The valid ones by their name in `Settings`, defaults included; some required ones may be missing.
    damaged : tuple of Damage
        Those that are not as they were meant.
    """

    given: dict[str, Any]
    table: Table
    problems: list[Problem]
    damaged: tuple[Damage, ...] = ()

    def settings(self, fallback_year: int) -> Settings:
        """Make the settings; a missing or refused required one gets a stand-in, so that the tables can be checked."""
        return Settings(**{"name": "", "reporting_year": fallback_year, **self.given})


@dataclass
class _Source:
    """Settings as nested mappings, and where each one stands."""

    data: dict[str, Any]
    origin: str
    places: dict[str, str] | None = None
    problems: list[Problem] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)

    def place(self, dotted: str) -> str:
        if self.places is None:
            return f"{self.origin}:{clip(dotted, MAX_NAME)}"
        return self.places.get(dotted, self.origin)

    def add(self, dotted: str, what: str, fix: str) -> None:
        what, fix = clip(what, MAX_MESSAGE), clip(fix, MAX_MESSAGE)
        self.problems.append(Problem(where=self.place(dotted), what=what, fix=fix))
        self.lost.update(dotted.split(".")[:2])


def from_toml(data: bytes, origin: str = FILE) -> ReadSettings:
    """Read catalog.toml.

    Parameters
    ----------
    data : bytes
        The file.
    origin : str
        Its name.

    Returns
    -------
    ReadSettings
    """
    source = _Source({}, origin)
    source.data, problem = parse_toml(data, origin)
    if problem is not None:
        source.problems.append(problem)
    return _validated(source)


def from_sheet(raw: RawTable) -> ReadSettings:
    """Read the sheet `catalog`.

    Parameters
    ----------
    raw : RawTable
        Columns `setting` and `value`. A setting is written with its section (`catalog.name`, `monte_carlo.draws`,
        `grid.scenarios.trend_10y`); the section may be left out, since no two sections share a name.

    Returns
    -------
    ReadSettings
    """
    source = _Source({}, raw.origin, {})
    places = source.places
    assert places is not None
    for name in ("setting", "value"):
        if name not in raw.cells:
            fix = "name the two columns `setting` and `value`"
            source.problems.append(Problem(where=f"{raw.origin}!A1", what=f"the column `{name}` is missing", fix=fix))
    for name in raw.cells:
        if name not in ("setting", "value", "source", "note"):
            fix = "the sheet has the columns `setting` and `value` (and `note`)"
            where = raw.place(raw.header_line, name)
            source.problems.append(Problem(where=where, what=f"the column `{name}` is not known", fix=fix))
    if source.problems:
        return _validated(source)
    cells = {}
    refused: set[int] = set()
    for name in ("setting", "value"):
        cells[name], findings = cleaned(raw.cells[name])
        for found in findings:
            where = raw.place(int(raw.line[found.row]), name)
            source.problems.append(Problem(where=where, what=found.what, fix=found.fix))
            refused.add(found.row)
    known = [*_SECTIONS, *_HOME]
    for row, (setting, text) in enumerate(zip(cells["setting"], cells["value"], strict=True)):
        place = raw.place(int(raw.line[row]), "value")
        kind = raw.typed.get("value", {}).get(row, "")
        # A scenario's name, the third part, is the user's own.
        parts = setting.split(".")
        setting = ".".join([*(known_name(part, known) or part for part in parts[:2]), *parts[2:]])
        first = setting.partition(".")[0]
        dotted = setting
        if first not in _SECTIONS and "." not in setting.removeprefix("scenarios."):
            dotted = f"{_HOME.get(first) or _HOME.get(nearest(clip(first), _HOME), 'catalog')}.{setting}"
        if not setting:
            where = raw.place(int(raw.line[row]), "setting")
            source.problems.append(Problem(where=where, what="a value without a setting", fix="name the setting"))
        elif dotted in places:
            what = f"`{dotted}` is there twice: also in {places[dotted]}"
            source.problems.append(Problem(where=place, what=what, fix="delete one of the two rows"))
        elif kind and not (kind == "a date" and dotted == _SET_ON):
            places[dotted] = place
            source.add(dotted, f"the cell holds {kind} (`{text}`)", "format the cell as text or number, write it again")
        else:
            places[dotted] = place
            if row in refused:
                source.lost.update(dotted.split(".")[:2])
            elif text:
                _put(source.data, dotted, text.removesuffix(" 00:00:00") if kind else text)
    return _validated(source)


def from_texts(given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Put settings, dotted or by their own name, and their texts where TOML has them, as the types it has."""
    data: dict[str, Any] = {}
    for name, text in given:
        _put(data, name if "." in name.removeprefix("scenarios.") else f"{home_of(name)}.{name}", text)
    return data


def _put(data: dict[str, Any], dotted: str, text: str) -> None:
    """Put a cell's text where TOML would have put it, as the type TOML would have given it."""
    value: Any = text
    if dotted.startswith(_SCENARIO):
        path = ["grid", "scenarios", dotted.removeprefix(_SCENARIO)]
        value = _as_number(text)
    else:
        path = dotted.split(".")
        if dotted in _WHOLE and re.fullmatch(r"[+-]?[0-9]{1,40}", text):
            value = int(text)
        elif dotted in _NUMBERS or path[0] == _DEPENDENCE:
            value = _as_number(text)
    for part in path[:-1]:
        inner = data.setdefault(part, {})
        if not isinstance(inner, dict):
            return  # the section itself was set to a value, which is refused
        data = inner
    data[path[-1]] = value


def _as_number(text: str) -> Any:
    return float(text) if re.fullmatch(NUMBER, text) else text


# -- validation ----------------------------------------------------------------------------------------------


def _validated(source: _Source) -> ReadSettings:
    unreadable = bool(source.problems) and not source.data
    if unreadable:
        source.lost.update(_HOME)
    source.data = _as_known(source, source.data, _SECTIONS)
    for name in [name for name in source.data if name not in _SECTIONS]:
        _outside(source, name)
    given: dict[str, Any] = {}
    for name, model in _SECTIONS.items():
        section = source.data.get(name, {})
        if not isinstance(section, Mapping):
            source.add(name, f"`{name}` is a value, not a section", f"write `[{name}]` and its settings below it")
            source.lost.update(model.model_fields)
            section = {}
        if name == _DEPENDENCE:
            section = {name: _flat(section)}
        given.update(_section(source, name, model, _as_known(source, section, model.model_fields, f"{name}.")))
    if given.pop("precision", None) is not None:
        what, fix = "double precision is the only one", "delete the setting: it says what holds without it"
        source.problems.append(Problem(where=source.place(_PRECISION), what=what, fix=fix, severity="warning"))
    dependent = given.get(_DEPENDENCE) or {}
    table = _grid_table(source, given.pop("level", "1"), given.pop("trend", "0"), dependent)
    scenarios = given.get("scenarios")
    if scenarios is not None:
        given["scenarios"] = _weights(source, scenarios)
    damaged = (Damage("settings", frozenset(source.lost), whole=unreadable),) if source.lost else ()
    return ReadSettings({k: v for k, v in given.items() if v is not None}, table, source.problems, damaged)


def _flat(section: Mapping[str, Any]) -> dict[str, Any]:
    """Name columns as ``TABLE.COLUMN``, which TOML without quotes and the sheet take for a section in a section."""
    out: dict[str, Any] = {}
    for name, value in section.items():
        out |= {f"{name}.{key}": inner for key, inner in value.items()} if isinstance(value, dict) else {name: value}
    return out


def _as_known(source: _Source, data: Mapping[str, Any], known: Iterable[str], prefix: str = "") -> dict[str, Any]:
    """Name settings as they are known, whatever the case of their letters."""
    out: dict[str, Any] = {}
    written: dict[str, str] = {}
    for key, value in data.items():
        name = known_name(key, known) or key
        if name in out:
            what = f"`{clip(written[name])}` and `{clip(key)}` are both `{prefix}{name}`"
            source.add(f"{prefix}{name}", what, "delete one of the two")
            continue
        out[name], written[name] = value, key
    return out


def _outside(source: _Source, name: str) -> None:
    """Refuse what is no section: a setting outside its own, or a section that is called otherwise."""
    value, absent = source.data[name], [section for section in _SECTIONS if section not in source.data]
    what, fix = f"the setting `{clip(name)}` is not known", f"Known are {', '.join(_SECTIONS)}"
    if (key := known_name(name, _HOME)) and not isinstance(value, Mapping):
        what, fix = f"the setting `{key}` stands outside its section", f"write it below `[{_HOME[key]}]`"
        source.lost.add(key)
    else:
        inside = {*map(folded, value)} if isinstance(value, Mapping) else set()
        source.lost.update(inside & _HOME.keys())
        shared = {section: len(inside & _SECTIONS[section].model_fields.keys()) for section in absent}
        most = max(absent, key=shared.__getitem__, default="")
        meant = nearest(clip(name), _SECTIONS) or (most if most and shared[most] else "")
        fix = f"did you mean `{meant}`? {fix}" if meant else fix
        source.lost.update(_SECTIONS[meant].model_fields if meant in absent else ())
    source.add(name, what, fix)


def _section(source: _Source, name: str, model: type[_Section], data: dict[str, Any]) -> dict[str, Any]:
    """Give a section's valid settings and defaults; report the others, except what stands elsewhere."""
    wrong: set[str] = set()
    try:
        return dict(model(**data))
    except ValidationError as refused:
        errors = refused.errors()
        strange = [str(error["loc"][0]) for error in errors if error["type"] == "extra_forbidden"]
        missing = [str(error["loc"][0]) for error in errors if error["type"] == "missing"]
        for error in errors:
            key = str(error["loc"][0])
            parts = [str(part) for part in error["loc"][: 2 if key in _OPEN else 1]]
            dotted = ".".join(parts if key == _DEPENDENCE else [name, *parts])
            if error["type"] == "extra_forbidden":
                _unknown(source, dotted, key, list(model.model_fields), missing)
            elif error["type"] == "missing" and (key in source.lost or len(strange) >= len(missing)):
                source.lost.add(key)
            elif key not in wrong or key in _OPEN:
                source.add(dotted, *_words(dotted, error))
            wrong.add(key)
    fields = model.model_fields
    good = {key: data[key] for key in data if key in fields and key not in wrong}
    defaults = {
        key: info.get_default(call_default_factory=True) for key, info in fields.items() if not info.is_required()
    }
    # A valid setting beside a refused one is kept as validated: missing required ones get a stand-in here only.
    stand_in = {
        key: {"name": "-", "reporting_year": FIRST_YEAR}[key] for key, info in fields.items() if info.is_required()
    }
    made = dict(model(**{**stand_in, **good}))
    return {key: made[key] for key in made if key in good or key in defaults}


def _unknown(source: _Source, dotted: str, key: str, known: list[str], missing: list[str]) -> None:
    """Refuse a setting that is not known; where a required one is missing, it is likely that one."""
    what, fix = f"the setting `{clip(key)}` is not known", f"Known are {', '.join(known)}"
    if missing:
        what += f", and the required `{'` and `'.join(missing)}` {'is' if len(missing) == 1 else 'are'} missing"
    if close := nearest(clip(key), missing or known):
        fix = f"did you mean `{close}`? {fix}"
    elif missing:
        fix = f"rename it to `{missing[0]}`, if that is what it is. {fix}"
    source.add(dotted, what, fix)


def _words(dotted: str, error: Any) -> tuple[str, str]:
    """Say in our words what pydantic found."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if isinstance(value, str):
        value = clip(value)
    if dotted in ("grid.level", "grid.trend"):
        return f"`{value}` is not a value", 'write a number, or an uncertain value in quotes: `"1 */ 1.1"`'
    shown = f"`{value}`" if not isinstance(value, dict) else "a section"
    share = ": it is a share, write 0.12 for 12 %" if dotted in _NUMBERS else ""
    if dotted == _SET_ON:
        return f"{shown} is not a day", "write it as 2026-11-29"
    if kind == "missing":
        return (
            f"the required setting `{dotted}` is missing",
            f"write `{dotted.rpartition('.')[2]} = …` under `[{dotted.partition('.')[0]}]`",
        )
    if dotted == _PRECISION:
        return NO_SINGLE if value == "single" else (f"{shown} is not one of its words", "delete the setting")
    if kind == "literal_error":
        words = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        close = nearest(str(value), words.split(", "))
        return f"{shown} is not one of its words", (
            f"did you mean `{close}`? " if close else ""
        ) + f"write one of {words}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = "at least" if kind.startswith("greater") else "at most"
        limit = context.get("ge", context.get("le"))
        return f"{shown} is {'too small' if 'ge' in context else 'too large'}", f"write {bound} {limit}{share}"
    if kind == "less_than":
        return f"{shown} is too large", f"write a number below {context['lt']:g}"
    if kind.startswith(("int", "float", "finite")):
        number = "a whole number" if kind.startswith("int") else "a finite number"
        return f"{shown} is not {number}", f"write {number}, without quotes{share}"
    if kind == "string_too_short":
        return "the text is empty", "write a name"
    if kind.startswith("dict"):
        return f"{shown} is not a section", "write `[grid.scenarios]` and below it `name = weight`"
    return f"{shown} is not a text", "write a text in double quotes"


def _weights(source: _Source, weights: Mapping[str, float]) -> dict[str, float]:
    """Divide the scenarios' weights by their sum; one of weight 0 is never drawn and left out."""
    total = sum(weights[name] for name in sorted(weights))
    if not 0 < total < math.inf:
        source.add("grid.scenarios", "the weights of the scenarios have no sum above 0", "give one a weight above 0")
        return {"trend_10y": 1.0}
    for name in weights:
        if name.strip() in ("", "*"):
            source.add(
                f"grid.scenarios.{name}", f"`{name}` cannot name a scenario", "name a scenario of the grid paths"
            )
    return {name: weights[name] / total for name in sorted(weights) if weights[name] > 0}


def _grid_table(source: _Source, level: Any, trend: Any, dependent: Iterable[str]) -> Table:
    """Make the one-row table of the uncertain settings; it also knows where common errors are stated."""
    written = {"level": level, "trend": trend}
    cells = {
        name: np.array([value if isinstance(value, str) else _text(value)], dtype=object)
        for name, value in written.items()
    }
    read = read_table(RawTable(source.origin, cells, np.array([1], dtype=np.int64)), TABLES["settings"])
    for problem in read.problems:
        dotted = f"grid.{problem.where.rpartition(':')[2]}"
        source.problems.append(problem.model_copy(update={"where": source.place(dotted)}))
    made = read.table
    places = {name: source.place(f"grid.{name}") for name in written}
    places |= {name: source.place(name) for name in (f"{_DEPENDENCE}.{column}" for column in dependent)}
    return SettingsTable(
        "settings", made.frame, made.values, made.line, source.origin, source.places is not None, places
    )  # fmt: skip


def _text(value: float) -> str:
    return str(value) if isinstance(value, int) or not math.isfinite(value) else number_text(value)
