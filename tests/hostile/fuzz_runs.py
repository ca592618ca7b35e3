"""Stored runs at random: bytes changed under the seal, bytes changed and sealed again, and well-sealed nonsense."""

import json
import random
from pathlib import Path

import numpy as np

from tests.hostile.fuzz import Target, mutated, mutated_bytes, said
from tests.results.make_run import make_run
from usephase.errors import StoreError
from usephase.results import store
from usephase.results.run import open_run
from usephase.results.store import seal


def runs(folder: Path) -> Target:
    """Give `open_run`; `folder` is for the file of the moment."""
    path = folder / "run.h5"
    make_run(products=2, draws=16).save(path)
    good = path.read_bytes()
    arrays = store._read(path)
    names = sorted(arrays)

    def make(rng: random.Random) -> tuple[str, bytes | dict[str, np.ndarray]]:
        kind = rng.choice(("seal", "bytes", "bytes", "arrays", "text"))
        if kind == "arrays":
            return kind, {**arrays, rng.choice(names): _odd(rng)}
        if kind == "text":
            name = rng.choice([name for name in names if arrays[name].dtype == np.uint8 and not name[6:].isdigit()])
            content = mutated(rng, arrays[name].tobytes().decode("ascii")).encode("ascii", "replace")
            return "arrays", {**arrays, name: np.frombuffer(content, np.uint8)}
        return kind, mutated_bytes(rng, good)

    def read(given: tuple[str, bytes | dict[str, np.ndarray]]) -> bool:
        kind, content = given
        if isinstance(content, bytes):
            path.write_bytes(content)
            if kind == "bytes" and len(content) >= 512:
                seal(path)
        else:
            _write(path, content)
        try:
            found = open_run(path)
        except StoreError as refused:
            return not said(*str(refused).split(" → "))
        json.dumps(found.to_document(), allow_nan=False)  # whatever opens can be shown
        return True

    return Target("runs", make, read)


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    store._write(path, arrays)
    seal(path)


def _odd(rng: random.Random) -> np.ndarray:
    count = rng.choice((0, 1, 3, 111))
    filler = rng.choice((0, -1, 1, 2**31 - 1, 7))
    kind = rng.choice(("u1", "<i4", "<i8", "<f8"))
    array = np.full(count, abs(filler) % 256 if kind == "u1" else filler).astype(kind)
    return array.reshape(rng.choice(((-1,), (1, -1), (-1, 1)))) if count else array
