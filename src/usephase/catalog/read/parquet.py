"""Tables from Parquet files: typed columns become the texts that a CSV would hold, at full precision."""

import io
import unicodedata
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usephase.catalog.read.invisible import first
from usephase.catalog.read.limits import MAX_BYTES, MAX_CELL, MAX_CELLS, MAX_COLUMNS, MAX_NAME, MAX_ROWS, clip
from usephase.catalog.read.sources import RawTable
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
        # Texts stay references to distinct ones: a small file can repeat one text ten million times.
        found = pq.ParquetFile(io.BytesIO(data)).schema_arrow
        texts = [field.name for field in found if _is_text(_inner(field.type))]
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts)
        names = list(file.schema_arrow.names)
        meta = file.metadata
        size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        rows = meta.num_rows
        if max(rows / MAX_ROWS, len(names) / MAX_COLUMNS, size / MAX_BYTES, rows * len(names) / MAX_CELLS) > 1:
            what = f"{rows:,} rows, {len(names)} columns, {size:,} bytes when unpacked"
            fix = (
                f"keep a table to {MAX_ROWS:,} rows, {MAX_COLUMNS} columns, {MAX_CELLS:,} cells and {MAX_BYTES:,} bytes"
            )
            return None, [Problem(where=origin, what=what, fix=fix)]
        # Lists in lists can be larger than any number of rows tells: they are not unpacked.
        nested = [field for field in file.schema_arrow if pa.types.is_nested(field.type)]
        flat = [field.name for field in file.schema_arrow if not pa.types.is_nested(field.type)]
        table = file.read(columns=flat) if nested else file.read()
        characters = sum(map(_size, table.columns))
    except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        what = f"not readable as Parquet ({clip(reason, 200)})"
        return None, [Problem(where=origin, what=what, fix="write the file again")]
    if characters > MAX_BYTES:
        what, fix = f"{characters:,} bytes of text when unpacked", f"keep a table below {MAX_BYTES:,} bytes"
        return None, [Problem(where=origin, what=what, fix=fix)]
    fix = "store numbers or text"
    problems = [
        Problem(
            where=f"{origin}:1:{clip(field.name)}", what=f"the column has the type {clip(str(field.type))}", fix=fix
        )
        for field in nested
    ]
    cells: dict[str, np.ndarray] = {}
    typed: dict[str, dict[int, str]] = {}
    numbers: dict[str, np.ndarray] = {}
    for position, written in enumerate(table.column_names):
        name = unicodedata.normalize("NFC", written.strip())
        if len(name) > MAX_NAME or first(name):
            what = f"the name of column {position + 1} has invisible or broken characters, or more than {MAX_NAME}"
            problems.append(Problem(where=f"{origin}:1", what=what, fix="write the column name again"))
            continue
        if not name or name in cells:
            what = f"the column `{name}` is there twice" if name else f"column {position + 1} has no name"
            problems.append(Problem(where=f"{origin}:1", what=what, fix="delete or rename it"))
            continue
        if name.startswith("__index_level_"):
            what = f"`{name}` is the index of a data frame, not a column of a table"
            problems.append(Problem(where=f"{origin}:1:{name}", what=what, fix="write the file without the index"))
            continue
        try:
            column, kind = _texts(table.column(position))
        except UnicodeDecodeError:
            line = _first_broken(table.column(position)) + 2
            where, what = f"{origin}:{line}:{name}", "the text is not UTF-8"
            problems.append(Problem(where=where, what=what, fix="write the column as UTF-8 text"))
            continue
        except (pa.ArrowException, ValueError, OverflowError, MemoryError) as error:
            what = f"the column cannot be read ({type(error).__name__})"
            problems.append(Problem(where=f"{origin}:1:{name}", what=what, fix="store numbers or text"))
            continue
        if column is None:
            what = f"the column `{name}` has the type {clip(kind)}"
            problems.append(Problem(where=f"{origin}:1:{name}", what=what, fix="store numbers or text"))
            continue
        if (long := max(map(len, column), default=0)) > MAX_CELL:
            line = next(row for row, cell in enumerate(column) if len(cell) == long) + 2
            what, fix = f"a cell of {long:,} characters", f"keep cells below {MAX_CELL:,} characters"
            problems.append(Problem(where=f"{origin}:{line}:{name}", what=what, fix=fix))
            continue
        cells[name] = column
        if pa.types.is_primitive(_inner(table.column(position).type)):
            numbers[name] = np.ones(len(column), dtype=bool)
        if kind:
            typed[name] = dict.fromkeys(np.flatnonzero(column != "").tolist(), kind)
    lines = np.arange(table.num_rows, dtype=np.int64) + 2
    return RawTable(origin, cells, lines, typed=typed, numbers=numbers), problems


def _first_broken(column: pa.ChunkedArray) -> int:
    """Find the first row whose text is not UTF-8."""
    for row, content in enumerate(column.cast(pa.large_binary()).to_pylist()):
        try:
            (content or b"").decode()
        except UnicodeDecodeError:
            return row
    return 0


def _size(column: pa.ChunkedArray) -> int:
    """Count the bytes of a column's texts, each as often as it stands in a row."""
    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return 0
    return sum(
        pc.sum(pc.take(pc.binary_length(chunk.dictionary).cast(pa.int64()), chunk.indices)).as_py() or 0
        for chunk in column.chunks
    )


def _inner(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _texts(column: pa.ChunkedArray) -> tuple[np.ndarray | None, str]:
    """Write a column as text; also what its cells are if no table can hold them."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        if _is_text(kind.value_type):
            parts = [_by_reference(chunk) for chunk in column.chunks]
            return np.concatenate([np.empty(0, dtype=object), *parts]), ""
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), "", dtype=object), ""
    if _is_text(kind):
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


def _by_reference(chunk: pa.DictionaryArray) -> np.ndarray:
    """Write each distinct text once; a null index, and the index of a null, is the last one: empty."""
    texts = np.array([*("" if text is None else text for text in chunk.dictionary.to_pylist()), ""], dtype=object)
    return texts[pc.fill_null(chunk.indices, len(texts) - 1).to_numpy(zero_copy_only=False)]


def _float_text(value: float) -> str:
    return number_text(value) if np.isfinite(value) else repr(value)


def _written(values: list[Any], write: Any) -> np.ndarray:
    return np.array([""] * len(values) if not values else ["" if v is None else write(v) for v in values], dtype=object)
