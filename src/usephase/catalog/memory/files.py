"""Tables in memory as the files of a catalog, and places in them as their owner knows them."""

import io
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.read.parquet import number_text
from usephase.catalog.settings import FILE, home_of
from usephase.errors import CatalogError, Problem

_PLACE = re.compile(r"(.+)\.parquet(?::(\d+))?(.*)", re.DOTALL)
_HEADER = 1
"""The line of the column names, as problems count them."""


def as_files(frames: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, bytes]:
    """Write frames and settings as a catalog's files: Parquet and catalog.toml."""
    return {FILE: _toml(settings), **{f"{name}.parquet": _parquet(frame) for name, frame in frames.items()}}


def placed(refused: CatalogError, frames: Mapping[str, pd.DataFrame]) -> CatalogError:
    """Name places by frames, their index and column."""
    return CatalogError([_placed(problem, frames) for problem in refused.problems])


def _parquet(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {}
    for name in frame.columns:
        column = frame[name]
        plain = pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype)
        columns[str(name)] = pa.array(column) if plain else pa.array([_text(cell) for cell in column], pa.string())
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def _text(cell: Any) -> str | None:
    """Write a cell as a file would; a number among texts so that it can be read as one number only."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        text = number_text(float(cell))
        return f"{text}e0" if "." in text and "e" not in text else text
    return str(cell)


def _placed(problem: Problem, frames: Mapping[str, pd.DataFrame]) -> Problem:
    """Name a place by the frame and its index."""
    found = _PLACE.fullmatch(problem.where)
    if not found or found[1] not in frames:
        return problem
    name, line, rest = found.groups()
    at = -1 if line is None else int(line) - 1 - _HEADER
    index = frames[name].index
    row = f":{index[at]}" if 0 <= at < len(index) else ""
    return problem.model_copy(update={"where": f"{name}{row}{rest}"})


def _toml(settings: Mapping[str, Any]) -> bytes:
    """Write settings as catalog.toml; a setting by its own name goes into its section."""
    sections: dict[str, dict[str, Any]] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            sections.setdefault(name, {}).update(value)
        else:
            section, _, key = (name if "." in name else f"{home_of(name)}.{name}").rpartition(".")
            sections.setdefault(section, {})[key] = value
    return "\n".join(_section(name, held) for name, held in sections.items()).encode()


def _section(name: str, held: Mapping[str, Any]) -> str:
    deeper = {key: value for key, value in held.items() if isinstance(value, Mapping)}
    lines = [f"[{name}]"] + [f"{_key(key)} = {_value(v)}" for key, v in held.items() if key not in deeper]
    return "\n".join([*lines, *(_section(f"{name}.{_key(key)}", value) for key, value in deeper.items()), ""])


def _key(name: str) -> str:
    return json.dumps(str(name), ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | np.number):
        return repr(value.item() if isinstance(value, np.number) else value)
    return json.dumps(str(value), ensure_ascii=False)
