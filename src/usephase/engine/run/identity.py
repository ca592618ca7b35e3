"""What decides a block's bits, as plain data that can be compared between runs and between machines."""

import hashlib
import platform
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Study
from usephase.results.provenance import versions

_DECIDING = ("catalog", "engine", "model", "sampling")
_FILES = ("*.py", "*.csv", "*.npy")


def identity(sha256: str, plan: Plan, study: Study, keep: bool, blocks: Sequence[range]) -> dict[str, Any]:
    """Describe a plan's blocks: two runs of the same description give the same blocks, bit by bit."""
    return {
        "catalog": sha256, "design": study.design, "seed": study.seed, "draws": study.draws, "year": plan.year,
        "by": list(plan.label_names), "store draws": keep, "tiles": [block.stop for block in blocks], **surroundings(),
    }  # fmt: skip


def surroundings() -> dict[str, Any]:
    """Describe the software and the processor as far as figures depend on them."""
    return {"versions": bits_versions(), "sources": sources(), "processor": processor()}


def bits_versions() -> dict[str, str]:
    """Give the versions that decide the bits of the figures."""
    from importlib.metadata import version

    found = versions()
    wanted = {name: found[name] for name in ("usephase", "python", "numpy", "scipy")}
    return wanted | {name: version(name) for name in ("numba", "llvmlite")}


@cache
def sources() -> str:
    """Give a checksum of the package's own code and reference data, as far as figures depend on them."""
    here = Path(__file__).parents[2]
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(f for part in _DECIDING for pattern in _FILES for f in (here / part).rglob(pattern)):
        digest.update(file.relative_to(here).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def processor() -> str:
    """Describe the processor: numpy's own code, for sums and square roots of statistics, differs with what it can."""
    found = str(np.show_config(mode="dicts")["SIMD Extensions"])
    return f"{platform.machine()} {hashlib.blake2b(found.encode(), digest_size=4).hexdigest()}"


assert np.little_endian  # blocks are written as this machine has its numbers
