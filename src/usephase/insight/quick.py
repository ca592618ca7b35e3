"""The quasi design for a sweep that asks for a product's cells in turn: the same bits, keys and orders made once."""

import numpy as np

from usephase.insight.drawn import seeds_of
from usephase.sampling.compiled import positions, scrambled
from usephase.sampling.design import REPLICATES, Design, Quasi, directions, order_words, sobol_digits
from usephase.sampling.streams import key


class QuickQuasi:
    """Give the uniforms of `Quasi`, keeping each group's key and run order while its cells are asked for."""

    replicated = True

    def __init__(self, seed: int, prefix: str = "") -> None:
        self.seed, self.prefix = seed, prefix
        self._kept: dict[tuple[str, int, int], tuple[np.uint64, np.ndarray]] = {}

    def uniforms(self, group: str, dimension: int, start: int, stop: int) -> np.ndarray:
        """Give the uniforms in (0, 1) of draws `start` … `stop` − 1. Shape (draw,)."""
        wide = directions().shape[0]
        name = self.prefix + group
        if dimension >= wide:
            name, dimension = f"{name}\x1f{dimension // wide}", dimension % wide
        at = (name, start, stop)
        size = _power_of_two(-(-stop // REPLICATES))
        if at not in self._kept:
            if len(self._kept) > 64:
                self._kept.clear()
            stream = key(self.seed, name)
            points = positions(order_words(stream, size.bit_length()), start, stop)
            self._kept[at] = np.uint64(stream), points
        stream_word, points = self._kept[at]
        seeds = np.empty(REPLICATES, dtype=np.uint32)
        seeds_of(stream_word, dimension, seeds)
        return np.asarray(scrambled(sobol_digits(dimension, size), points, seeds, start))


def quick(design: Design) -> Design:
    """Give a design of the same numbers that is quick for a sweep."""
    return QuickQuasi(design.seed) if isinstance(design, Quasi) else design


def _power_of_two(least: int) -> int:
    return 1 << max(least - 1, 0).bit_length()
