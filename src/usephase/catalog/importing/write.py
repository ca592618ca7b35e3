"""Write what a table says as a catalog: settings, tables, the map, and a list of what is to be decided."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from usephase.catalog.importing.mapping import Map, map_text, read_map
from usephase.catalog.importing.understand import Understood
from usephase.catalog.read.load import TO_DECIDE
from usephase.errors import StoreError
from usephase.results.atomic import all_beside

MAP = "map.toml"
_HEAD = ("row", "rows", "units", "share_of_units", "excluded", "what", "proposals", "decide")
_TABLES = ("products", "sales", "regions", "coverage")
_OURS = ("catalog.toml", *(f"{name}.csv" for name in _TABLES))


def catalog_files(found: Understood, table: Path) -> dict[str, bytes]:
    """Make the files of the catalog by name, and to_decide.csv where something is open."""
    sheet = f", sheet {found.grid.origin}" if found.grid.sheet else ""
    # What the map leaves out for good has no row anywhere: forms say it from here.
    left_out = json.dumps(found.out_of_scope, ensure_ascii=False)
    scope = f"[disclosure]\nexcluded = {left_out}\n" if found.out_of_scope else ""
    settings = (
        f"# Written by `usephase import` from {json.dumps(table.name + sheet, ensure_ascii=False)[1:-1]}.\n"
        f"[catalog]\nname = {json.dumps(table.stem, ensure_ascii=False)}\n"
        f"reporting_year = {found.reporting_year}\n{scope}"
    )
    out = {"catalog.toml": settings.encode()}
    for name in _TABLES:
        rows = found.tables[name]
        if len(rows):
            told = rows if "source" in rows else rows.assign(source=f"{table.name}{sheet} (usephase import)")
            out[f"{name}.csv"] = _csv(told.columns.tolist(), told.itertuples(index=False))
    if found.questions:
        out[TO_DECIDE] = _csv(_HEAD, _to_decide(found))
    return out


def _to_decide(found: Understood) -> Iterable[Sequence[str]]:
    whole = sum(question.units for question in found.questions if question.excluded)
    decided = found.share
    for q in found.questions:
        # The share of all units: what is open is 1 - decided of them, once each.
        share = q.units / whole * (1 - decided) if whole and q.excluded else 0.0
        yield (
            str(found.grid.lines[q.rows[0]]), str(len(set(q.rows.tolist()))), f"{q.units:.12g}", f"{share:.4g}",
            "yes" if q.excluded else "no", q.what, q.shown or "; ".join(q.proposals), q.decide,
        )  # fmt: skip


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    # A row that begins with `#` would be a comment.
    lines = stream.getvalue().split("\n")
    return "\n".join(_quoted_first(line) if line.startswith("#") else line for line in lines).encode()


def _quoted_first(line: str) -> str:
    first, comma, rest = line.partition(",")
    return f'"{first}"{comma}{rest}'


def with_map(files: Mapping[str, bytes], told: Map) -> dict[str, bytes]:
    """Give the files of a catalog with map.toml, which holds their hashes."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name in _OURS}
    return {**files, MAP: map_text(told.model_copy(update={"written": hashes})).encode()}


def write_catalog(folder: Path, files: Mapping[str, bytes], told: Map) -> list[Path]:
    """Write the catalog where nothing is yet, or in place of one that an import wrote and nobody changed since.

    Raises
    ------
    StoreError
        If something else is there, or a file was changed by hand.
    """
    _refuse_what_is_there(folder)
    data = with_map(files, told)
    with all_beside({folder / name: True for name in data}) as spares:
        for path, spare in spares.items():
            spare.write_bytes(data[path.name])
    for name in {*_OURS, TO_DECIDE} - data.keys():
        (folder / name).unlink(missing_ok=True)
    return [folder / name for name in data]


def _refuse_what_is_there(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder} is a file → name a new folder after --out")
    there = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    if not there:
        return
    if MAP not in there:
        raise StoreError(f"{folder} is not empty, and no import wrote it → name a new folder after --out")
    written = read_map(folder / MAP).written
    for name in sorted(there & {*_OURS}):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != written.get(name):
            raise StoreError(f"{folder / name} was changed since it was imported → name a new folder after --out")
