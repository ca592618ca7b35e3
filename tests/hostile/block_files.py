"""Entries of a store in files: good ones, and ones with another header under a checksum that holds."""

import hashlib
import io
import json
from typing import Any

import numpy as np

from usephase.engine.plan.parts import LEDGERS, STATISTICS, ProductRows
from usephase.engine.run.block_file import Form, write_rows, write_sums
from usephase.engine.run.blocks import Sums

NAME = "0123456789abcdef" * 2
FORM = Form(range(512, 518), 4, True)


def sums(seed: int = 1) -> Sums:
    """Make sums in which every kind is there."""
    rng = np.random.default_rng(seed)
    keys = [
        ("component", "direct", "frozen", "generation"), ("group", "category_12", "", "region", "Đà Nẵng"),
        ("calendar", "category_11", "2031"), ("scenario", "calm", "component", "direct", "frozen", "generation"),
    ]  # fmt: skip
    return Sums({key: rng.normal(size=FORM.draws) for key in keys}, dict.fromkeys(keys, 0.25))


def rows(seed: int = 1) -> ProductRows:
    """Make the rows of some products."""
    rng = np.random.default_rng(seed)
    labels = np.array([[at % len(LEDGERS), at % 2 - 1, product] for at, product in enumerate(FORM.products)], np.int32)
    served = np.array([[4, FORM.products[0]], [0, FORM.products[1]]], np.int32)
    count = len(labels)
    return ProductRows(
        labels, rng.normal(size=(count, STATISTICS)), rng.normal(size=(count, FORM.draws)), served,
        rng.normal(size=(2, STATISTICS)),
    )  # fmt: skip


def data(what: Sums | ProductRows) -> bytes:
    """Give sums or rows as they are in a file."""
    out = io.BytesIO()
    if isinstance(what, Sums):
        write_sums(out, NAME, what)
    else:
        write_rows(out, NAME, what, FORM.products)
    return out.getvalue()


def taken_apart(good: bytes) -> tuple[dict[str, Any], bytes]:
    """Give an entry's header and the bytes of its arrays."""
    line, _, rest = good.partition(b"\n")
    length = int(line.split()[2])
    return json.loads(rest[:length]), rest[length:]


def sealed(header: Any, arrays: bytes, length: int | None = None) -> bytes:
    """Put an entry together again under a checksum that holds; the header is text or what JSON can write."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    digest = hashlib.sha256(text + arrays).hexdigest()[:32].encode()
    return b"usephase.block/3 %s %d\n" % (digest, len(text) if length is None else length) + text + arrays
