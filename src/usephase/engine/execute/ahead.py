"""Compile the executor without anything to execute: ``python -m usephase.engine.execute.ahead``."""

import os
from contextlib import suppress

import numpy as np

from usephase.compiling import folder
from usephase.engine.execute.kernel import execute, scratch
from usephase.engine.execute.ranks import ranked
from usephase.engine.program.code import LANES
from usephase.model.weibull import TERMS


def main() -> None:
    """Call each compiled root once, with arrays of the types that a run has."""
    numbers, table, whole = np.zeros(1), np.zeros((0, 1)), np.zeros(0, dtype=np.int64)
    sizes = np.array([1, 1, 1, 1, -1])
    with suppress(AttributeError):  # Windows has no such call
        os.nice(10)
    try:
        execute(
            0, 0, 0, 0, np.zeros((0, 6), dtype=np.int64), np.zeros((0, 2)), np.zeros((0, 8), dtype=np.int64), numbers,
            sizes, numbers, TERMS, np.zeros((0, 4), dtype=np.int64), numbers, whole, table, whole, whole,
            np.zeros((0, 1), dtype=np.uint32), np.zeros((0, 1, 1, 1), dtype=np.uint64), np.zeros((1, 1), np.uint32),
            whole, np.zeros((2, 0)), numbers, table, np.zeros((0, 3, 1, 1)), whole, np.zeros((1, LANES)),
            np.zeros(1, dtype=bool), scratch(sizes, 1),
        )  # fmt: skip
        ranked(np.zeros((1, LANES)), whole)
    finally:
        (folder() / "compiling").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
