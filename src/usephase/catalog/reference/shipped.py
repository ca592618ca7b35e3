"""Files that ship with the reference data, read as text."""

import csv
import io
import json
import lzma
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import groupby
from typing import Any, TextIO

import pandas as pd


def folder(*path: str) -> Traversable:
    """Give a file or folder beside the reference tables."""
    return files("usephase.catalog.reference").joinpath(*path)


LISTED = {"grid.csv": ("year", "intensity", "upstream")}
"""Columns whose cells list the values of several rows, by file: a path of `grid` is one line there."""


def rows(*path: str) -> pd.DataFrame:
    """Read a table of texts; a line that lists the values of several rows becomes those rows."""
    # Not with pandas, whose reader says of Ctrl-C that the file is damaged.
    with _opened(*path) as stream:
        head, *cells = csv.reader(stream)
    listed = [head.index(column) for column in LISTED.get(path[-1], ()) if column in head]
    if listed:
        return pd.DataFrame(dict(zip(head, _unpacked(cells, listed), strict=True)), dtype=str)
    return pd.DataFrame(cells, columns=head, dtype=str)


PACKED = ".xz"
"""What the name of a table of an earlier edition ends with: it is read rarely, and nobody edits it."""


def is_there(*path: str) -> bool:
    """Tell whether a table is there, plain or compressed."""
    return any(folder(*path[:-1], path[-1] + end).is_file() for end in ("", PACKED))


def _opened(*path: str) -> TextIO:
    plain, packed_ = folder(*path), folder(*path[:-1], path[-1] + PACKED)
    data = plain.read_bytes() if plain.is_file() else lzma.decompress(packed_.read_bytes())
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")


def _unpacked(lines: list[list[str]], listed: list[int]) -> list[list[str]]:
    """Make columns of lines; what stands before the first listed column names a path, whose years are put in order."""
    first, numbered = listed[0], enumerate(lines)
    at: list[int] = []
    values: list[list[str]] = [[] for _ in listed]
    for _, path in groupby(numbered, key=lambda one: one[1][:first]):
        begin, sources = len(at), 0
        for n, line in path:
            sources += 1
            for column, i in zip(values, listed, strict=True):
                column += line[i].split(" ")
            at += [n] * (len(values[0]) - len(at))
        if sources > 1:  # of few paths
            years = values[0][begin:]
            order = sorted(range(len(years)), key=lambda i: int(years[i]))
            at[begin:] = [at[begin + i] for i in order]
            for column in values:
                column[begin:] = [column[begin + i] for i in order]
    told = dict(zip(listed, values, strict=True))
    return [told[i] if i in told else [lines[n][i] for n in at] for i in range(len(lines[0]))]


def packed(table: pd.DataFrame, file: str) -> pd.DataFrame:
    """Put rows that differ in the columns of `LISTED` alone into one, in the order in which they come."""
    listed = [column for column in LISTED.get(file, ()) if column in table]
    rest = [column for column in table if column not in listed]
    return table.groupby(rest, sort=False, as_index=False)[listed].agg(" ".join)[[*table]] if listed else table


def document(*path: str) -> dict[str, Any]:
    """Read a JSON object."""
    told: dict[str, Any] = json.loads(folder(*path).read_text(encoding="utf-8"))
    return told
