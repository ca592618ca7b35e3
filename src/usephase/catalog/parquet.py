"""Tables from Parquet files: typed columns become the texts that a CSV would hold, at full precision."""

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usephase.catalog.sources import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, RawTable
from usephase.errors import Problem


def number_text(value: float) -> str:
    """Write a number so that reading it gives the same double; a whole one without `.0`, as keys and years need it."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def read_parquet(data: bytes, origin: str) -> tuple[RawTable | None, list[Problem]]:
    """Read a Parquet file.

    Parameters
    ----------
    data : bytes
        The file.
    origin : str
        Its name.

    Returns
    -------
    RawTable or None
        None where no table can be made out.
    list of Problem
    """
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        names = list(file.schema_arrow.names)
        meta = file.metadata
        size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        if meta.num_rows > MAX_ROWS or len(names) > MAX_COLUMNS or size > MAX_BYTES:
            what = f"{meta.num_rows:,} rows, {len(names)} columns, {size:,} bytes when unpacked"
            fix = f"keep a table to {MAX_ROWS:,} rows, {MAX_COLUMNS} columns and {MAX_BYTES:,} bytes"
            return None, [Problem(where=origin, what=what, fix=fix)]
        table = file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        what = f"not readable as Parquet ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        return None, [Problem(where=origin, what=what, fix="write the file again")]
    problems = []
    cells: dict[str, np.ndarray] = {}
    typed: dict[str, dict[int, str]] = {}
    for position, written in enumerate(names):
        name = written.strip()
        if not name or name in cells:
            what = f"the column `{name}` is there twice" if name else f"column {position + 1} has no name"
            problems.append(Problem(where=f"{origin}:1", what=what, fix="delete or rename it"))
            continue
        if name.startswith("__index_level_"):
            what = f"`{name}` is the index of a data frame, not a column of a table"
            problems.append(Problem(where=f"{origin}:1:{name}", what=what, fix="write the file without the index"))
            continue
        try:
            texts, kind = _texts(table.column(position))
        except UnicodeDecodeError:
            line = _first_broken(table.column(position)) + 2
            where, what = f"{origin}:{line}:{name}", "the text is not UTF-8"
            problems.append(Problem(where=where, what=what, fix="write the column as UTF-8 text"))
            continue
        except (pa.ArrowException, ValueError, OverflowError) as error:
            what = f"the column cannot be read ({type(error).__name__})"
            problems.append(Problem(where=f"{origin}:1:{name}", what=what, fix="store numbers or text"))
            continue
        if texts is None:
            what = f"the column `{name}` has the type {kind}"
            problems.append(Problem(where=f"{origin}:1:{name}", what=what, fix="store numbers or text"))
            continue
        cells[name] = texts
        if kind:
            typed[name] = dict.fromkeys(np.flatnonzero(texts != "").tolist(), kind)
    lines = np.arange(table.num_rows, dtype=np.int64) + 2
    return RawTable(origin, cells, lines, typed=typed), problems


def _first_broken(column: pa.ChunkedArray) -> int:
    """Find the first row whose text is not UTF-8."""
    for row, content in enumerate(column.cast(pa.large_binary()).to_pylist()):
        try:
            (content or b"").decode()
        except UnicodeDecodeError:
            return row
    return 0


def _texts(column: pa.ChunkedArray) -> tuple[np.ndarray | None, str]:
    """Write a column as text; also what its cells are if no table can hold them."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), "", dtype=object), ""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return np.array(pc.fill_null(column, "").to_pylist(), dtype=object), ""
    if pa.types.is_floating(kind):
        return _written(column.cast(pa.float64()).to_pylist(), _float_text), ""
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return _written(column.to_pylist(), str), ""
    if pa.types.is_boolean(kind):
        return _written(column.to_pylist(), lambda value: str(value).upper()), "a truth value"
    if pa.types.is_temporal(kind):
        return _written(column.to_pylist(), str), "a date"
    return None, str(kind)


def _float_text(value: float) -> str:
    return number_text(value) if np.isfinite(value) else repr(value)


def _written(values: list[Any], write: Any) -> np.ndarray:
    return np.array([""] * len(values) if not values else ["" if v is None else write(v) for v in values], dtype=object)
