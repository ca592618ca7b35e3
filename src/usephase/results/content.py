"""A run as named arrays and back: what `run.h5` means, apart from how it is stored.

Text is UTF-8 JSON in bytes; a text column is integer codes into a list of distinct texts (-1: null). So every
array has one of four plain types, and reading one can run no code.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from usephase.results.meta import wrong
from usephase.results.stream import in_file

LABEL_COLUMNS = ("ledger", "grid_basis", "boundary", "phase", "by", "group")
STATISTICS = ("best_estimate", "mean", "sd", "mcse", "p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5")
FIGURE_COLUMNS = ("year", *LABEL_COLUMNS, *STATISTICS)
SERVICE_COLUMNS = ("product", "mode", "unit", "ledger", *STATISTICS)
REGISTER_COLUMNS = (
    "table", "row", "column", "value", "distribution", "best_estimate", "low", "high", "origin", "basis", "source",
    "licence", "pedigree", "data_type", "verification", "owner", "reviewed_by", "reviewed_on", "status",
)  # fmt: skip
ADDED = {"register": {
    "data_type": "default", "verification": "none", "owner": "", "reviewed_by": "", "reviewed_on": "", "status": "open",
}}  # fmt: skip
"""Columns that runs of earlier versions do not have, and what an empty cell of them means."""
COMMON_COLUMNS = ("by", "group", "correlation", "p2_5", "p97_5", "widening")
FRAMES = {
    "figures": FIGURE_COLUMNS, "service": SERVICE_COLUMNS, "register": REGISTER_COLUMNS,
    "common_errors": COMMON_COLUMNS,
}  # fmt: skip
LATER = ("common_errors",)
"""Tables that runs of earlier versions do not have."""

Arrays = dict[str, np.ndarray]


class ContentError(ValueError):
    """Arrays that do not make a run."""


def pack(run: Mapping[str, Any]) -> Arrays:
    """Turn what a run holds, by its names, into named arrays.

    Raises
    ------
    TypeError, ValueError
        If the run's meta is not JSON-able or a table holds what is neither a number nor text.
    """
    samples, names = run["samples"], sorted(run["files"])
    arrays: Arrays = {
        "meta": _json_bytes(dict(run["meta"])),
        "notes": _json_bytes(list(run["notes"])),
        "samples": samples if in_file(samples) else np.ascontiguousarray(samples, dtype="<f8"),
        "sample_rows": np.ascontiguousarray(run["sample_rows"], dtype="<i8"),
        "files/names": _json_bytes(names),
    }
    for i, name in enumerate(names):
        arrays[f"files/{i}"] = np.frombuffer(run["files"][name], dtype=np.uint8)
    for name in FRAMES:
        arrays |= _pack_frame(name, run[name])
    return arrays


def unpack(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Turn named arrays into what a run holds, by its names; a table that it is too old to have is not among them.

    Raises
    ------
    ContentError
        If anything is missing, of another type or shape, or left over.
    """
    left = dict(arrays)
    meta = _json(left, "meta", dict)
    if found := wrong(meta):
        raise ContentError(found)
    notes = _texts(left, "notes")
    samples = _take(left, "samples", "<f8", 2)
    sample_rows = _take(left, "sample_rows", "<i8", 1)
    files = {name: _take(left, f"files/{i}", "|u1", 1).tobytes() for i, name in enumerate(_texts(left, "files/names"))}
    there = {name: columns for name, columns in FRAMES.items() if name not in LATER or f"{name}/columns" in left}
    frames = {name: _unpack_frame(left, name, columns) for name, columns in there.items()}
    if left:
        raise ContentError(f"it also holds {', '.join(sorted(left)[:5])}, which no run has")
    if len(samples) != len(sample_rows):
        raise ContentError("samples and sample_rows differ in length")
    if len(sample_rows) and not (sample_rows.min() >= 0 and sample_rows.max() < len(frames["figures"])):
        raise ContentError("sample_rows point outside the figures")
    parts = {"meta": meta, "notes": tuple(notes), "samples": samples, "sample_rows": sample_rows, "files": files}
    return parts | frames


def _pack_frame(name: str, frame: pd.DataFrame) -> Arrays:
    arrays: Arrays = {}
    columns: list[list[str]] = []
    for column in frame.columns:
        series = frame[column]
        here = f"{name}/{column}"
        if pd.api.types.is_integer_dtype(series.dtype):
            kind = "integer"
            arrays[here] = series.to_numpy(dtype="<i8")
        elif pd.api.types.is_float_dtype(series.dtype):
            kind = "number"
            arrays[here] = series.to_numpy(dtype="<f8")
        else:
            kind = "object" if series.dtype == object else "text"
            arrays[here], arrays[f"{here}.texts"] = _pack_texts(here, series)
        columns.append([str(column), kind])
    arrays[f"{name}/columns"] = _json_bytes(columns)
    return arrays


def _pack_texts(here: str, series: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    codes, texts = pd.factorize(series.astype(object), use_na_sentinel=True)
    strangers = [text for text in texts if not isinstance(text, str)]
    if strangers:
        raise TypeError(f"{here} holds {strangers[0]!r}, which is not text")
    return codes.astype("<i4"), _json_bytes([str(text) for text in texts])


def _unpack_frame(left: Arrays, name: str, expected: tuple[str, ...]) -> pd.DataFrame:
    columns = _json(left, f"{name}/columns", list)
    if not all(isinstance(c, list) and len(c) == 2 and all(isinstance(part, str) for part in c) for c in columns):
        raise ContentError(f"{name}/columns is no list of names and kinds")
    there = [column for column, _ in columns]
    added = {column: text for column, text in ADDED.get(name, {}).items() if column not in there}
    if there != [column for column in expected if column not in added]:
        raise ContentError(f"{name} has other columns than a run's")
    data = {column: _unpack_column(left, f"{name}/{column}", kind) for column, kind in columns}
    if len({len(values) for values in data.values()}) > 1:
        raise ContentError(f"the columns of {name} differ in length")
    return pd.DataFrame(data, columns=there).assign(**added).astype(dict.fromkeys(added, "str"))[list(expected)]


def _unpack_column(left: Arrays, here: str, kind: str) -> Any:
    if kind == "integer":
        return _take(left, here, "<i8", 1)
    if kind == "number":
        return _take(left, here, "<f8", 1)
    if kind not in ("object", "text"):
        raise ContentError(f"{here} is of the unknown kind {kind!r}")
    codes = _take(left, here, "<i4", 1)
    texts = np.array([*_texts(left, f"{here}.texts"), None], dtype=object)
    if len(codes) and not (codes.min() >= -1 and codes.max() < len(texts) - 1):
        raise ContentError(f"{here} points outside its texts")
    values = texts[codes]  # -1 is the last: null
    return pd.array(values, dtype="str") if kind == "text" else pd.Series(values, dtype=object)


def _take(left: Arrays, name: str, dtype: str, dimensions: int) -> np.ndarray:
    if name not in left:
        raise ContentError(f"{name} is missing")
    array = left.pop(name)
    if array.dtype.str != dtype or array.ndim != dimensions:
        raise ContentError(f"{name} is of another type or shape")
    return array


def _json_bytes(value: Any) -> np.ndarray:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    whole = text.encode("utf-8", "replace").decode("utf-8")  # a path may hold bytes that are no text
    if not whole.isascii():
        whole = json.dumps(json.loads(whole), ensure_ascii=True)
    return np.frombuffer(whole.encode("ascii"), dtype=np.uint8)


def _json(left: Arrays, name: str, kind: type) -> Any:
    try:
        text = _take(left, name, "|u1", 1).tobytes().decode("ascii")
        value = json.loads(text, parse_constant=_refuse_constant)
        if "\\ud" in text.lower():  # half a character would break whatever writes it
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise ContentError(f"{name} cannot be read as JSON") from error
    if not isinstance(value, kind):
        raise ContentError(f"{name} is not a JSON {'object' if kind is dict else 'list'}")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _texts(left: Arrays, name: str) -> list[str]:
    value = _json(left, name, list)
    if not all(isinstance(item, str) for item in value):
        raise ContentError(f"{name} is no list of texts")
    return list(value)
