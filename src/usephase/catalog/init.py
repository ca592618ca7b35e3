"""Write a catalog to begin with: the starter, small and documented, or the worked example of the guide."""

import csv
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from usephase.catalog.schema import TABLES
from usephase.errors import StoreError
from usephase.results.atomic import all_beside, beside, sweep

SETTINGS = "catalog.toml"
BOOK = "catalog.xlsx"
EXAMPLE = "of the example that `usephase init` writes"
"""How warnings name rows and settings of the starter that were left in."""


FIRST = "first"
"""The folder of the starter whose few rows a workbook begins with: what is sold, by its archetype."""
OTHERS = ("coverage", "targets", "scope3", "reviews")
"""Tables of the workbook's starter of which the folder's has none."""


def write_starter(
    target: Path,
    xlsx: bool = False,
    example: bool = False,
    language: str = "en",
    words: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write the starter catalog, or the worked example, where nothing is yet.

    Parameters
    ----------
    target : Path
        A folder, new or empty; with `xlsx` a workbook's name or the folder to put ``catalog.xlsx`` in.
    xlsx : bool
        One workbook with drop-downs and notes instead of a folder of CSV files.
    example : bool
        The worked example of the guide, product_catalog, instead of the starter.
    language : str
        Code of the report's language, written into the settings unless it is the default.
    words : mapping of str to str, optional
        Texts of the sheet that a workbook opens on (see `usephase.catalog.book.write_book`); without them it has none.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    StoreError
        If something is there already, or cannot be written.
    """
    source = _example() if example else _starter()
    try:
        if xlsx:
            return [_write_book(source, target, language, words, example=example)]
        return _write_folder(source, target, language)
    except OSError as error:
        raise StoreError(f"cannot write the catalog to {target}: {error.strerror or error}") from error


def starter_tables(first: bool = False) -> dict[str, list[list[str]]]:
    """Read the starter's tables as text, header first, comments left out; by name, in the order of the schema.

    `first`: the few rows that the workbook begins with instead.
    """
    return _tables(_starter().joinpath(FIRST) if first else _starter())


def starter_settings() -> dict[str, str]:
    """Read the starter's settings, names dotted: ``{"monte_carlo.draws": "8192"}``."""
    return _settings(_starter())


def _starter() -> Traversable:
    return files("usephase.catalog").joinpath("starter")


def _example() -> Traversable:
    """Find the worked example: in the package, where a wheel puts it, or at the top of the checkout."""
    packed = files("usephase.catalog").joinpath("example")
    return packed if packed.is_dir() else Path(__file__).parents[3] / "product_catalog"


def _tables(source: Traversable) -> dict[str, list[list[str]]]:
    found = {}
    for name in TABLES:
        entry = source.joinpath(f"{name}.csv")
        if entry.is_file():
            lines = entry.read_text(encoding="utf-8").splitlines()
            found[name] = list(csv.reader(line for line in lines if not line.startswith("#")))
    return found


def _settings(source: Traversable) -> dict[str, str]:
    return _dotted(tomllib.loads(source.joinpath(SETTINGS).read_text(encoding="utf-8")))


def _dotted(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in settings.items():
        flat |= _dotted(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: str(value)}
    return flat


def _write_folder(source: Traversable, target: Path, language: str) -> list[Path]:
    if target.exists() and not target.is_dir():
        raise StoreError(f"{target} is a file: name a new folder, or remove it first")
    sweep(target)
    if target.is_dir() and any(target.iterdir()):
        raise StoreError(f"{target} is not empty, and nothing is overwritten: name a new folder")
    entries = [entry for entry in source.iterdir() if entry.name.endswith((".csv", ".toml", ".md"))]
    data = {target / entry.name: entry.read_bytes() for entry in sorted(entries, key=lambda entry: entry.name)}
    if language != "en":
        data[target / SETTINGS] += f'\n[report]\nlanguage = "{language}"\n'.encode()
    with all_beside(dict.fromkeys(data, False)) as spares:
        for path, spare in spares.items():
            spare.write_bytes(data[path])
    return list(data)


def _write_book(
    source: Traversable, target: Path, language: str, words: Mapping[str, str] | None, *, example: bool
) -> Path:
    from usephase.catalog.book import write_book  # xlsxwriter takes a while to load

    path = target if target.suffix.lower() == ".xlsx" else target / BOOK
    if path.exists():
        raise StoreError(f"{path} is there already, and nothing is overwritten: give another name")
    if path.parent.exists() and not path.parent.is_dir():
        raise StoreError(f"{path.parent} is a file: name a folder or a workbook")
    settings, tables, examples = _settings(source), _tables(source), {}
    if language != "en":
        settings["report.language"] = language
    if not example:
        examples = tables
        settings["catalog.base_year"] = ""  # its sales are nobody's first question
        heads = {name: rows[:1] for name, rows in tables.items()}
        heads |= {name: [[column.name for column in TABLES[name].columns]] for name in OTHERS}
        tables = starter_tables(first=True)
        tables |= {name: rows for name, rows in heads.items() if name not in tables}
    with beside(path, replace=False) as spare:
        write_book(spare, settings, tables, examples, words)
    return path
