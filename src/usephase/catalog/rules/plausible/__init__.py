"""What is possible but unlikely: warnings with the likely slip, from bands that are data."""

from collections.abc import Iterator

import numpy as np

from usephase.catalog.rules.context import Context
from usephase.catalog.rules.plausible import energy, products, sales
from usephase.catalog.rules.plausible.outside import Doubts
from usephase.errors import Problem


def possible_but_unlikely(ctx: Context) -> Iterator[Problem]:
    """Ask about every number far outside what is known of such a thing, each cell once."""
    doubts = Doubts(ctx)
    for module in (products, energy, sales):
        for ask in module.QUESTIONS:
            # A number of absurd size may overflow beside its band: it is outside all the same.
            with np.errstate(all="ignore"):
                said = list(ask(ctx, doubts))
            yield from said


RULES = (possible_but_unlikely,)
