"""Blocks of a plan in files: good ones, and ones with another header under a checksum that holds."""

import hashlib
import io
import json
from typing import Any

import numpy as np

from usephase.engine.plan.parts import LEDGERS, STATISTICS, ProductRows
from usephase.engine.plan.study import TILE
from usephase.engine.run.block_file import Form, write_block
from usephase.engine.run.blocks import BlockResult, Partial

FORM = Form(range(8, 10), 4, 20 * TILE)
PRODUCTS = range(8 * TILE, 8 * TILE + 6)


def block(seed: int = 1) -> BlockResult:
    """Make a block of two tiles in which every kind of sum is there."""
    rng = np.random.default_rng(seed)
    keys = [
        ("component", "direct", "frozen", "generation"), ("group", "category_12", "", "region", "Đà Nẵng"),
        ("calendar", "category_11", "2031"),
    ]  # fmt: skip
    draws = {key: rng.normal(size=FORM.draws) for key in keys}
    labels = np.array([[at % len(LEDGERS), at % 2 - 1, product] for at, product in enumerate(PRODUCTS)], np.int32)
    served = np.array([[4, PRODUCTS[0]], [0, PRODUCTS[1]]], np.int32)
    count = len(labels)
    rows = ProductRows(
        labels, rng.normal(size=(count, STATISTICS)), rng.normal(size=(count, FORM.draws)), served,
        rng.normal(size=(2, STATISTICS)),
    )  # fmt: skip
    return BlockResult(8, 10, (Partial(8, 10, draws, dict.fromkeys(keys, 0.25)),), rows)


def data(result: BlockResult) -> bytes:
    """Give a block as it is in a file."""
    out = io.BytesIO()
    write_block(out, result)
    return out.getvalue()


def taken_apart(good: bytes) -> tuple[dict[str, Any], bytes]:
    """Give a block's header and the bytes of its arrays."""
    line, _, rest = good.partition(b"\n")
    length = int(line.split()[2])
    return json.loads(rest[:length]), rest[length:]


def sealed(header: Any, arrays: bytes, length: int | None = None) -> bytes:
    """Put a block together again under a checksum that holds; the header is text or what JSON can write."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    digest = hashlib.blake2b(text + arrays, digest_size=16).hexdigest().encode()
    return b"usephase.block/2 %s %d\n" % (digest, len(text) if length is None else length) + text + arrays


def same(a: BlockResult, b: BlockResult) -> bool:
    """Tell whether two blocks are the same, bit by bit."""
    return data(a) == data(b)
