"""A catalog that is sent: one workbook, or a zip of a folder; unpacked in memory, within bounds."""

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from usephase.errors import CatalogError, Problem

FILES_MAX = 64
UNPACKED_MAX_BYTES = 256 * 2**20


def unpack(data: bytes) -> dict[str, bytes]:
    """Give the files of a catalog that was sent, by name.

    Parameters
    ----------
    data : bytes
        An .xlsx, or a zip whose files lie in one folder.

    Returns
    -------
    dict of str to bytes
        As `usephase.catalog.read_files` takes them. Names are the last parts of those in the zip: no path is kept.

    Raises
    ------
    CatalogError
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "[Content_Types].xml" in archive.namelist():
                return {"catalog.xlsx": data}
            return _files(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        raise _refused(
            "neither a workbook nor a zip of a catalog's folder", "send the .xlsx, or zip the folder"
        ) from None


def _files(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_hidden(entry.filename)]
    if len(entries) > FILES_MAX:
        raise _refused(f"{len(entries)} files", f"a catalog has at most {FILES_MAX}: leave the others out")
    if sum(entry.file_size for entry in entries) > UNPACKED_MAX_BYTES:
        raise _refused(f"more than {UNPACKED_MAX_BYTES // 2**20} MB unpacked", "start `usephase serve` on the folder")
    files: dict[str, bytes] = {}
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/")).name
        if name in files:
            raise _refused(f"{name} is there twice", "zip one catalog's folder alone")
        files[name] = archive.read(entry)  # never more than the size that was added up: zipfile stops there
    return files


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not parts or any(part.startswith((".", "~$", "__MACOSX")) and part != ".." for part in parts)


def _refused(what: str, fix: str) -> CatalogError:
    return CatalogError([Problem(where="catalog", what=what, fix=fix)])
