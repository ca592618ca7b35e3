"""Entries of a store at random: bytes changed, and headers and arrays changed under a checksum that holds."""

import json
import random
from pathlib import Path
from typing import Any

from tests.hostile.block_files import FORM, NAME, data, rows, sealed, sums, taken_apart
from tests.hostile.fuzz import Target, mutated, mutated_bytes
from usephase.engine.plan.parts import ProductRows
from usephase.engine.run.block_file import read_rows, read_sums
from usephase.engine.run.blocks import Sums

NUMBERS = (
    0,
    1,
    -1,
    2,
    3,
    6,
    2**31,
    2**61,
    2**62,
    2**64,
    10**30,
    0.5,
    1e308,
    True,
    None,
    "1",
    [],
    {},
    [1],
    float("nan"),
)


def blocks(folder: Path) -> Target:
    """Give what reads sums and rows; `folder` is for the file of the moment."""
    path = folder / "entry"
    made = (sums(), rows())
    goods = [data(what) for what in made]

    def make(rng: random.Random) -> tuple[int, str, bytes]:
        which = rng.randrange(2)
        header, arrays = taken_apart(goods[which])
        kind = rng.choice(("bytes", "bytes", "text", "field", "arrays"))
        if kind == "bytes":
            return which, kind, mutated_bytes(rng, goods[which])
        if kind == "text":
            text = mutated(rng, json.dumps(header)).encode("utf-8", "surrogatepass")
            return which, kind, sealed(text, arrays)
        if kind == "field":
            arrays = arrays if rng.random() < 0.8 else mutated_bytes(rng, arrays)
            return which, kind, sealed(_edited(rng, header), arrays)
        return which, kind, sealed(header, mutated_bytes(rng, arrays))

    def read(given: tuple[int, str, bytes]) -> bool:
        which, kind, content = given
        path.write_bytes(content)
        found = read_rows(path, NAME, FORM) if which else read_sums(path, NAME, FORM.draws)
        if found is None:
            return False
        if kind == "bytes":
            assert data(found) == goods[which], "a changed entry was taken for a whole one"
        _usable(found)
        return True

    return Target("blocks", make, read)


def _edited(rng: random.Random, header: dict[str, Any]) -> dict[str, Any]:
    """Change a value somewhere in a header."""
    whole = json.loads(json.dumps(header))
    at: Any = whole
    while True:
        key = rng.choice(list(at) if isinstance(at, dict) else range(len(at)))
        if isinstance(at[key], dict | list) and at[key] and rng.random() < 0.8:
            at = at[key]
            continue
        at[key] = rng.choice(NUMBERS)
        return whole


def _usable(found: Sums | ProductRows) -> None:
    """Do with an entry what a run does with it."""
    if isinstance(found, Sums):
        assert all(x.shape == (FORM.draws,) for x in found.draws.values())
        assert all(isinstance(part, str) for key in found.draws for part in key)
        return
    count = len(found.labels)
    assert count == len(found.numbers)
    assert len(found.draws) in (0, count)
    for products in (found.labels[:, 2], found.served[:, 1]):
        assert all(product in FORM.products for product in products.tolist())
