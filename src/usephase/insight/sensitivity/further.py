"""Further draws for the largest cells, until their intervals are narrow enough or a bound on their cost is met.

Each step is a sample of its own, independent of those before it, so that sums by block simply add up. Where cheap draws
leave intervals wide, as heavy tails do, exact moments are asked for first, and more is drawn only where there are none.
"""

from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from usephase.engine.adjoint.jobs import make_jobs
from usephase.engine.adjoint.passes import BLOCKS
from usephase.insight.sensitivity.estimators import Indices, indices, squares
from usephase.insight.sensitivity.exact.products import Moments, moments
from usephase.insight.sensitivity.factors import Factor
from usephase.insight.sensitivity.subject import Subject
from usephase.insight.sensitivity.sweep import Sweep, sweep
from usephase.sampling.design import REPLICATES, make_design
from usephase.sampling.streams import key

HALF = 0.01
"""Half the width of an interval that is narrow enough."""
DEAR = 4
"""So many times as many evaluations as cheap ones are made where intervals are then still too wide."""
TIMES = 2
"""Most cost of further draws, as a multiple of that of the first ones."""
CHEAP = 1 << 20
"""Evaluations of products that take a fraction of a second: so many are made until an interval is half as wide as asked
for, as one in twenty does not hold the truth."""
TOUCH = 100
"""Responses of a product to swapped cells that cost as much as evaluating it."""
SPARE, TIMES_BEFORE, LONGEST = 1.1, 3, 1 << 14
"""A step takes the draws that the intervals ask for and some more, and at most so many times those before it, and at
most so many: a Latin hypercube sorts all of them for each span."""
WHOLE = BLOCKS * REPLICATES
NAMED = 3


@dataclass(frozen=True)
class Further:
    """What further draws gave.

    Attributes
    ----------
    indices : Indices
        Of the largest cells, from all draws.
    draws : int
        How many there are in all.
    evaluations : int
        Evaluations of a product in one further draw.
    notes : tuple of str
        Which intervals are still wider, and what would make them narrow.
    """

    indices: Indices
    draws: int
    evaluations: int
    notes: tuple[str, ...]


def draw_further(
    subject: Subject, largest: list[Factor], shares: np.ndarray, first: Sweep, mine: Sweep, weights: np.ndarray
) -> Further:
    """Draw on for the largest cells.

    Parameters
    ----------
    largest : list of Factor
    shares : ndarray (factor,)
        Their weights in the variance.
    first : Sweep
        Of all cells, by the first draws.
    mine : Sweep
        Of the largest cells alone, by the same draws.
    weights : ndarray (resample, block)
    """
    sets = [f.cells for f in largest]
    jobs = make_jobs(subject.graph, subject.tapes, sets)
    untried = True
    cheap, most = bounds(subject.draws, len(jobs), int(first.touched.sum()), int(mine.touched.sum()))
    output, joint, squared = deepcopy(first.output), mine.joint.copy(), mine.squared.copy()
    draws = subject.draws
    evaluations = step = 0
    while True:
        found = indices(output, joint, squared, weights)
        half = np.maximum(found.s1_high - found.s1_low, found.st_high - found.st_low) / 2
        aim, bound = (HALF / 2, cheap) if draws < cheap else (HALF, most)
        if half.max() <= aim:
            return Further(found, draws, evaluations, ())
        if draws >= cheap and untried:
            untried, exact = False, moments(subject)
            if not isinstance(exact, str) and 0 < exact.variance < np.inf:
                return Further(_exactly(found, largest, exact), draws, evaluations, (_told(draws),))
        if draws >= bound:
            return Further(found, draws, evaluations, _notes(largest, half, draws, subject.draws))
        asked = draws * min(SPARE * (half.max() / aim) ** 2 - 1, TIMES_BEFORE)
        step, size = step + 1, min(-(-int(asked) // WHOLE) * WHOLE, bound - draws, LONGEST)
        design = partial(make_design, subject.design, key(subject.seed, "further draws", step), size)
        more = sweep(subject.graph, jobs, sets, design, size, subject.workers, subject.progress, keep=True)
        output.add(more.f_a, more.f_b)
        output.squares = output.squares + squares(more.f_a, more.f_b, more.there, more.back, shares)
        joint, squared = joint + more.joint, squared + more.squared
        draws, evaluations = draws + size, evaluations + more.evaluations


def _exactly(found: Indices, largest: list[Factor], exact: Moments) -> Indices:
    """Put exact indices of cells in place of sampled ones; their intervals are the values."""
    cells = [next(iter(f.cells)) for f in largest]
    s1, st = (np.array([part.get(cell, 0.0) for cell in cells]) / exact.variance for part in (exact.first, exact.total))
    exactly = {"s1": s1, "s1_low": s1, "s1_high": s1, "st": st, "st_low": st, "st_high": st}
    return replace(found, **exactly)


def _told(draws: int) -> str:
    return (
        f"S1 and ST of the largest inputs are exact: after {draws:,} draws their intervals were wider than ± {HALF}, "
        "and the figure multiplies out into products of independent inputs"
    )


def bounds(draws: int, jobs: int, touches: int, mine: int) -> tuple[int, int]:
    """Give how many draws of the largest cells cost next to nothing, and how many there may be.

    Parameters
    ----------
    draws : int
        The first ones.
    jobs : int
        Products to be evaluated.
    touches, mine : int
        Responses of a product to a swapped cell in one draw: of all cells, and of the largest.
    """
    cheap = CHEAP / (2 * (jobs + mine))
    most = draws * (1 + TIMES * (jobs + touches / TOUCH) / (jobs + mine / TOUCH))
    low, high = (max(draws, int(bound) // WHOLE * WHOLE) for bound in (cheap, max(DEAR * cheap, most)))
    return low, high


def put_in(found: Indices, at: np.ndarray, mine: Indices) -> Indices:
    """Put the indices of some factors in place of others."""
    arrays = {name: values.copy() for name, values in found.__dict__.items()}
    for name, values in arrays.items():
        values[at] = getattr(mine, name)
    return replace(found, **arrays)


def _notes(largest: list[Factor], half: np.ndarray, draws: int, first: int) -> tuple[str, ...]:
    wide = [f for f, h in zip(largest, half, strict=True) if h > HALF]
    if not wide:
        return ()
    names = ", ".join(" ".join(filter(None, (f.table, f.column, "·", f.row))) for f in wide[:NAMED])
    rest = f" and {len(wide) - NAMED} more" if len(wide) > NAMED else ""
    needed = 1 << int(np.ceil(np.log2(draws * (half.max() / HALF) ** 2)))
    return (
        f"after {draws:,} draws intervals are still wider than ± {HALF} (up to ± {half.max():.3f}) for {names}{rest}; "
        f"more were not drawn, as they would cost over {TIMES} times what the first {first:,} did for all cells; "
        f"--draws {needed} makes them narrower than that",
    )
