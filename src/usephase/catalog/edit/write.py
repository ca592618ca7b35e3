"""Write changed files: all or none, and only over what was read."""

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from usephase.catalog.samples import FOLDER as SAMPLES
from usephase.catalog.settings import FILE
from usephase.catalog.table import Catalog
from usephase.errors import StoreError
from usephase.results.atomic import all_beside, explain

_READ_AGAIN = "read the catalog again, and look at the preview again"


def write(catalog: Catalog, changed: Mapping[str, bytes]) -> None:
    """Write files of a catalog: all of them, or none.

    Parameters
    ----------
    catalog : Catalog
        As read: its path, and the bytes that must still be there.
    changed : mapping of str to bytes
        As `in_place` or `as_option` give them.

    Raises
    ------
    StoreError
        If a file is no longer the one that was read, or cannot be written. All are looked at before any is written.
    """
    paths = {name: _path(catalog, name) for name in sorted(changed)}
    for name, path in paths.items():
        _unchanged(catalog, name, path)
    with all_beside({path: name in catalog.files for name, path in paths.items()}) as spares:
        for name, path in paths.items():
            spares[path].write_bytes(changed[name])
            if path.exists():
                with contextlib.suppress(OSError):
                    shutil.copymode(path, spares[path])
        for name, path in paths.items():
            _unchanged(catalog, name, path)


def _path(catalog: Catalog, name: str) -> Path:
    root = Path(catalog.path)
    if not catalog.path or not root.exists():
        raise StoreError(f"{catalog.path or 'the catalog'}: not on this disk → {_READ_AGAIN}")
    known = name == FILE or name.endswith((".csv", ".xlsx"))
    if not known or name.removeprefix(f"{SAMPLES}/") != Path(name).name or "\\" in name:
        raise StoreError(f"{name}: no file of a catalog → write only what editing gives")
    path = root / name if root.is_dir() else root
    if not root.is_dir() and root.name != name:
        raise StoreError(f"{name}: the catalog is the workbook {root.name} → write only what editing gives")
    return path.resolve()  # a link stays a link: what it points to is written


def _unchanged(catalog: Catalog, name: str, path: Path) -> None:
    """Refuse to write over what nobody has read."""
    try:
        there = path.read_bytes() if path.exists() else None
    except OSError as error:
        raise StoreError(explain(path, error)) from error
    if there != catalog.files.get(name):
        state = "is gone" if there is None else "is there now" if name not in catalog.files else "has changed"
        raise StoreError(f"{path}: the file {state} since it was read → {_READ_AGAIN}")
