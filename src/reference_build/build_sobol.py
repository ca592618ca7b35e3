"""Write the package's Sobol direction numbers (Joe and Kuo, 2008, criterion D6) in the form the sampler uses.

The numbers come from the table that SciPy carries (scipy.stats.qmc.Sobol); storing them with the package keeps a
run reproducible whatever SciPy is installed. Bits are reversed, because the scrambling works from the low end.

Usage: python src/reference_build/build_sobol.py
"""

from pathlib import Path

import numpy as np
from scipy.stats import qmc

DIMENSIONS = 1024
TARGET = Path(__file__).resolve().parents[1] / "usephase/sampling/sobol_directions.npy"


def reverse_bits(x: np.ndarray) -> np.ndarray:
    out = np.zeros_like(x)
    for bit in range(32):
        out |= ((x >> np.uint32(bit)) & np.uint32(1)) << np.uint32(31 - bit)
    return out


directions = qmc.Sobol(DIMENSIONS, scramble=False, bits=32)._sv.astype(np.uint32)
np.save(TARGET, reverse_bits(directions), allow_pickle=False)
