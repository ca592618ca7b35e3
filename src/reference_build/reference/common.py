"""What every family of reference tables needs: reading, numbers as text, and the shape of a table."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from usephase.catalog.reference.shipped import packed

Row = Mapping[str, str]
Sources = dict[str, tuple[str, str, str]]
"""Code → source text, licence, basis."""
SETTING, AR4, AR5, AR6 = "setting", "AR4", "AR5", "AR6"
"""Set of global warming potentials inside a factor: the one that the catalog's settings choose, or the publisher's."""

OWN = "Apache-2.0 (own assumption)"


@dataclass(frozen=True)
class Output:
    """One table to be written: rows are sorted by `keys` (`year` as a number)."""

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def write(self, folder: Path) -> None:
        rows = sorted(self.rows, key=lambda row: [_sort(key, row[key]) for key in self.keys])
        seen = [tuple(row[key] for key in self.keys) for row in rows]
        assert len(set(seen)) == len(seen), f"{self.name}: a key twice"
        whole = pd.DataFrame(rows, columns=list(self.columns)).fillna("")
        file = f"{self.name}.csv"
        packed(whole, file).to_csv(folder / file, index=False, lineterminator="\n")


def _sort(key: str, text: str) -> tuple[int, str]:
    return (int(text or -1), "") if key in ("year", "mass_year") else (0, text)


def table(name: str, keys: str, columns: str, rows: Iterable[Row]) -> Output:
    """Declare a table; key columns come first, `source` last."""
    head = tuple(keys.split())
    return Output(name, head, (*head, *columns.split(), "source"), tuple(rows))


FACTS = Path(__file__).resolve().parents[1] / "facts"
"""Single facts that the raw data lack, written by hand with where they were read."""
READ: set[Path] = set()
"""Raw files that a build has read."""


def read(raw: Path, name: str) -> list[dict[str, str]]:
    """Read one raw file as text."""
    path = raw / f"{name}.csv"
    READ.add(path)
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def text(value: float, decimals: int = 6) -> str:
    """Write a number without exponent and without trailing zeros."""
    out = f"{value:.{decimals}f}"
    if "." in out:
        out = out.rstrip("0").rstrip(".")
    return "0" if out == "-0" else out


def triangular(low: float, mode: float, high: float, decimals: int = 4) -> str:
    return f"triangular({text(low, decimals)}, {text(mode, decimals)}, {text(high, decimals)})"


def codes(listed: str) -> frozenset[str]:
    """Make a set of codes from a line of them."""
    return frozenset(listed.split())
