"""Spool block files at random: bytes changed, and headers and arrays changed under a checksum that holds."""

import json
import random
from pathlib import Path
from typing import Any

from tests.hostile.block_files import FORM, block, data, same, sealed, taken_apart
from tests.hostile.fuzz import Target, mutated, mutated_bytes
from usephase.engine.plan.study import TILE
from usephase.engine.run.block_file import read_block
from usephase.engine.run.blocks import BlockResult, Reducer

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
    """Give `read_block`; `folder` is for the file of the moment."""
    path = folder / "block-000000"
    made = block()
    good = data(made)
    header, arrays = taken_apart(good)

    def make(rng: random.Random) -> tuple[str, bytes]:
        kind = rng.choice(("bytes", "bytes", "text", "field", "arrays"))
        if kind == "bytes":
            return kind, mutated_bytes(rng, good)
        if kind == "text":
            text = mutated(rng, json.dumps(header)).encode("utf-8", "surrogatepass")
            return kind, sealed(text, arrays)
        if kind == "field":
            return kind, sealed(_edited(rng, header), arrays if rng.random() < 0.8 else mutated_bytes(rng, arrays))
        return kind, sealed(header, mutated_bytes(rng, arrays))

    def read(given: tuple[str, bytes]) -> bool:
        kind, content = given
        path.write_bytes(content)
        found = read_block(path, FORM)
        if found is None:
            return False
        if kind == "bytes":
            assert same(found, made), "a changed block was taken for a whole one"
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


def _usable(found: BlockResult) -> None:
    """Do with a block what a run does with it."""
    reducer = Reducer()
    reducer.add(found)
    draws, _ = reducer.whole()
    assert all(x.shape == (FORM.draws,) and all(isinstance(part, str) for part in key) for key, x in draws.items())
    count = len(found.rows.labels)
    assert count == len(found.rows.numbers)
    assert len(found.rows.draws) in (0, count)
    for products in (found.rows.labels[:, 2], found.rows.served[:, 1]):
        assert ((products >= FORM.tiles.start * TILE) & (products < FORM.tiles.stop * TILE)).all()
