"""Draw until a figure is known well enough."""

from typing import Any

from usephase.catalog.table import Catalog
from usephase.engine.run.estimate import estimate
from usephase.errors import NumericError
from usephase.results.run import Run

FIRST_DRAWS = 256
MOST_DRAWS = 2**20


def estimate_to(catalog: Catalog, tolerance: float | None, *, draws: int | None = None, **options: Any) -> Run:
    """Estimate a catalog, doubling the draws until the headline's Monte Carlo error is small enough.

    Parameters
    ----------
    catalog : Catalog
    tolerance : float or None
        Largest Monte Carlo standard error of the total's mean, relative to it. None: the draws asked for, once.
    draws : int, optional
        With a tolerance, the number to begin with.

    Raises
    ------
    NumericError
        If `MOST_DRAWS` do not suffice.
    """
    if tolerance is None:
        return estimate(catalog, draws=draws, **options)
    count = draws or FIRST_DRAWS
    while True:
        run = estimate(catalog, draws=count, **options)
        total = run.figure("total")
        if total["mcse"] <= tolerance * abs(total["mean"]):
            reached = f"{count} draws reach a Monte Carlo error of {total['mcse'] / abs(total['mean']):.2g}"
            notes = (*run.notes, f"tolerance {tolerance:g}: {reached} of the total")
            return Run(**{**run.__dict__, "notes": notes}) if total["mean"] else run
        if count >= MOST_DRAWS:
            raise NumericError(f"{count} draws do not reach a tolerance of {tolerance:g} → ask for a larger one")
        count *= 2
