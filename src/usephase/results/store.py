"""The run file: named arrays in HDF5, sealed by a checksum that is looked at before HDF5 is.

The first 512 bytes (HDF5's user block, which every HDF5 reader skips) say in plain text that this is a run, of
which schema and length, and the SHA-256 of all that follows. A file that was cut off or changed by so much as a bit
is therefore refused before a parser touches it. Behind the seal only plain contiguous arrays are accepted: no links
but hard ones, no external storage, no virtual datasets, no compression, no objects. Memory is thus bounded by the
file's length.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from usephase.errors import StoreError
from usephase.results.atomic import beside, explain, is_plain_file
from usephase.results.content import ContentError
from usephase.results.stream import in_file, pieces

T = TypeVar("T")

NAME = "run.h5"
VERSION = 1
BYTES_MAX = 64 * 2**30
ARRAYS_MAX = 1_000
_SEAL_BYTES = 512
_OVERHEAD_BYTES = 4096  # a dataset's header, attribute and place in its group: less than this
_MAGIC = b"usephase.run/"
_SEAL = re.compile(rb"usephase\.run/(\d{1,9})\nlength (\d{1,18})\nsha256 ([0-9a-f]{64})\n\0*")
_TYPES = ("|u1", "<i4", "<i8", "<f8")
_ABOUT = "A usephase run: figures, draws, assumption register and catalog. Text is JSON in bytes."


def write_arrays(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays to one sealed file, whole or not at all."""
    target = Path(path)
    with beside(target, replace=True) as spare:
        try:
            _write(spare, arrays)
        except (RuntimeError, ValueError) as error:  # how HDF5 reports what it cannot write
            raise StoreError(f"{target}: HDF5 cannot write ({error}) → look at the disk") from error
        seal(spare)


def read_as(made: Callable[[Mapping[str, np.ndarray]], T], path: str | os.PathLike[str]) -> T:
    """Read the arrays of a file or of a run's folder, verify every checksum, and give what is made of them."""
    target = Path(path)
    try:
        if target.is_dir():
            target = target / NAME
        if not is_plain_file(target):
            raise StoreError(f"{target}: not a regular file → give the path of a {NAME}")
        _verify_seal(target)
        return made(_read(target))
    except ContentError as error:
        raise StoreError(f"{target}: the content is not a run's: {error} → run again") from error
    except OSError as error:
        raise StoreError(_unreadable(target, error)) from error
    except (RuntimeError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        # What h5py raises on structures that HDF5 itself finds impossible.
        raise StoreError(_damaged(target, f"HDF5 cannot read it ({error})")) from error


def seal(path: Path) -> None:
    """Write the first 512 bytes of a run file: schema, length and SHA-256 of all that follows."""
    with path.open("r+b") as file:
        digest, length = _digest(file)
        text = b"%s%d\nlength %d\nsha256 %s\n" % (_MAGIC, VERSION, length, digest.encode("ascii"))
        file.seek(0)
        file.write(text.ljust(_SEAL_BYTES, b"\0"))


def checksum(array: np.ndarray) -> str:
    """Give the SHA-256 of an array's type, shape and values."""
    found = hashlib.sha256(f"{array.dtype.str} {array.shape}\n".encode("ascii"))
    for piece in pieces(array):
        found.update(np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data)
    return found.hexdigest()


def content_checksum(checksums: Mapping[str, str]) -> str:
    """Give the SHA-256 of the whole logical content: every array's name and checksum, sorted by name."""
    lines = (f"{name} {checksums[name]}\n" for name in sorted(checksums))
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def _write(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    import h5py

    checksums = {name: checksum(array) for name, array in arrays.items()}
    _reserve(path, sum(array.nbytes for array in arrays.values()) + _OVERHEAD_BYTES * (len(arrays) + 8))
    with h5py.File(path, "r+", libver="v110", locking=False) as file:
        file.attrs["about"] = np.bytes_(_ABOUT)
        file.attrs["sha256"] = np.bytes_(content_checksum(checksums))
        _make_groups(file, arrays)
        for name in sorted(arrays):
            array = arrays[name]
            if in_file(array):  # too large for memory: from file to file
                stored = file.create_dataset(name, shape=array.shape, dtype=array.dtype, track_times=False)
                first = 0
                for piece in pieces(array):
                    stored[first : first + len(piece)] = piece
                    first += len(piece)
            else:
                stored = file.create_dataset(name, data=array, track_times=False)
            stored.attrs["sha256"] = np.bytes_(checksums[name])


def _make_groups(file: Any, names: Iterable[str]) -> None:
    """Make the groups that names lead through; left to HDF5, older ones would hold the moment."""
    import h5py

    timeless = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
    timeless.set_obj_track_times(False)
    parts = [name.split("/") for name in names]
    for group in sorted({"/".join(p[:n]) for p in parts for n in range(1, len(p))}):
        h5py.h5g.create(file.id, group.encode(), None, timeless)


def _read(path: Path) -> dict[str, np.ndarray]:
    import h5py

    limit = min(path.stat().st_size, BYTES_MAX)
    with h5py.File(path, "r", locking=False) as file:
        stored = dict(_walk(path, file, ""))
        size = 0
        for name, dataset in stored.items():
            _require_plain(path, name, dataset)
            size += dataset.size * dataset.dtype.itemsize
            if size > limit:
                raise StoreError(_damaged(path, "it claims more data than the file has room for"))
        arrays = {name: np.asarray(dataset[()]) for name, dataset in stored.items()}
        written = {name: _attribute(dataset) for name, dataset in stored.items()}
        whole = _attribute(file)
    found = {name: checksum(array) for name, array in arrays.items()}
    for name in sorted(found):
        if found[name] != written[name]:
            raise StoreError(_damaged(path, f"the checksum of {name} is wrong"))
    if content_checksum(found) != whole:
        raise StoreError(_damaged(path, "the checksum of the whole content is wrong"))
    return arrays


def _walk(path: Path, group: Any, prefix: str) -> list[tuple[str, Any]]:
    """List the datasets of a file two levels deep; links of other kinds are refused before they are followed."""
    import h5py

    found: list[tuple[str, Any]] = []
    if len(group) > ARRAYS_MAX:
        raise StoreError(_foreign(path, "too many parts"))
    for name in group:
        if len(found) > ARRAYS_MAX:  # many names can stand for few arrays
            raise StoreError(_foreign(path, "too many parts"))
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise StoreError(_foreign(path, f"{prefix}{name} is a soft or external link"))
        item = group[name]
        if isinstance(item, h5py.Dataset):
            found.append((f"{prefix}{name}", item))
        elif isinstance(item, h5py.Group) and not prefix:
            found += _walk(path, item, f"{name}/")
        else:
            raise StoreError(_foreign(path, f"{prefix}{name} is neither an array nor a group of arrays"))
    return found


def _require_plain(path: Path, name: str, dataset: Any) -> None:
    import h5py

    plist = dataset.id.get_create_plist()
    if dataset.is_virtual:
        raise StoreError(_foreign(path, f"{name} is a virtual dataset"))
    if plist.get_external_count() > 0:
        raise StoreError(_foreign(path, f"{name} is stored in another file"))
    if plist.get_layout() != h5py.h5d.CONTIGUOUS or plist.get_nfilters() > 0:
        raise StoreError(_foreign(path, f"{name} is compressed or in chunks"))
    if dataset.dtype.str not in _TYPES or dataset.dtype.hasobject or dataset.shape is None:
        raise StoreError(_foreign(path, f"{name} is of a type that no run has"))


def _attribute(item: Any) -> str:
    if "sha256" not in item.attrs:
        return ""
    attribute = item.attrs.get_id("sha256")
    if attribute.dtype.str != "|S64" or attribute.shape != ():  # anything else is not looked at: it may be of any size
        return ""
    return bytes(item.attrs["sha256"]).decode("ascii", "replace")


def _verify_seal(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(_SEAL_BYTES)
        if not head:
            raise StoreError(_damaged(path, "the file is empty"))
        if not head.startswith(_MAGIC):
            if _MAGIC.startswith(head) or head == b"\0" * len(head):
                raise StoreError(_damaged(path, "its beginning is missing"))
            raise StoreError(f"{path}: not a usephase run → give the path of a {NAME} that usephase wrote")
        match = _SEAL.fullmatch(head)
        if match is None or int(match[1]) < 1:
            raise StoreError(_damaged(path, "its beginning cannot be read"))
        version, length = int(match[1]), int(match[2])
        if version > VERSION:
            raise StoreError(
                f"{path}: written by a newer usephase (schema {version}; this one reads up to {VERSION}) → "
                "update usephase"
            )
        have = os.fstat(file.fileno()).st_size - _SEAL_BYTES
        if have < length:
            raise StoreError(_damaged(path, f"it is cut off: {max(have, 0):,} of {length:,} bytes are there"))
        digest, length_read = _digest(file)
        if length_read != length or digest.encode("ascii") != match[3]:
            raise StoreError(_damaged(path, "its checksum is wrong: bytes were changed after it was written"))


def _digest(file: Any) -> tuple[str, int]:
    file.seek(_SEAL_BYTES)
    found = hashlib.sha256()
    length = 0
    while piece := file.read(1 << 20):
        found.update(piece)
        length += len(piece)
    return found.hexdigest(), length


def _reserve(path: Path, size: int) -> None:
    """Write an empty HDF5 file and take the disk space for all that will follow.

    HDF5 does not survive a disk that fills up while it writes: it can bring down the process. So the system is asked
    before, in the plain way that fails as a plain error. When HDF5 closes the file it gives back what is left over.
    """
    import h5py

    _allocate(path, size)
    # By the lower interface, which alone can leave out the moment that older HDF5 notes in the root group: the same
    # run is the same bytes, whenever it is stored. A truncated file needs the little that was shown to be there.
    made = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    made.set_userblock(_SEAL_BYTES)
    made.set_obj_track_times(False)
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    access.set_file_locking(False, False)
    h5py.h5f.create(os.fsencode(path), h5py.h5f.ACC_TRUNC, made, access).close()
    _allocate(path, size)


def _allocate(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)


def _damaged(path: Path, what: str) -> str:
    return f"{path}: the file is damaged: {what} → take it from a backup, or run again"


def _foreign(path: Path, what: str) -> str:
    return f"{path}: not accepted as a run: {what}, and usephase never writes that → do not trust this file"


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{path}: there is no such file → {_instead(path.parent)}"
    return explain(path, error) if error.errno else _damaged(path, f"HDF5 cannot read it ({error})")


def _instead(folder: Path) -> str:
    """Say what to name in place of a folder that is no run."""
    if (folder / "catalog.toml").is_file():
        return f"this is a catalog: compute it with `usephase run {folder}`, which ends with the path of its run"
    held = [run.parent for pattern in (NAME, f"*/{NAME}") for run in folder.glob(f"*/{pattern}")]
    if held:
        newest = max(held, key=lambda run: run.name)
        return f"it holds {len(held)} run{'s' if len(held) > 1 else ''}: name one, such as the newest, {newest}"
    return f"check the path; a run is a folder with {NAME}"
