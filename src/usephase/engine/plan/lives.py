"""Lives of a plan made of the values of its cells: those that the program has no formula for."""

from collections.abc import Sequence

import numpy as np

from usephase.engine.plan.records import AmountPlan, Plan
from usephase.engine.plan.values import Value, Values
from usephase.errors import NumericError
from usephase.model.energy import YEARLY, remaining_hours
from usephase.model.lifetime import mean_and_shape, years_in_service

Curve = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Years in service (year, draw), share retired (year, draw) and mean life (draw,)."""
BAD_LIFE = (
    "a life is not a finite positive number of years in some draw: "
    "the amount that wears it out is 0, or t90 is below t50 → narrow the uncertainty of that row"
)


def make_life(plan: Plan, values: Values, i: int) -> Curve:
    """Make a life of a plan.

    Raises
    ------
    NumericError
        When it is not a finite positive number in some draw.
    """
    curve, v = plan.curves[i], values
    kind = curve.distribution
    t50, t90 = (None, None) if curve.t50 is None or curve.t90 is None else v.in_order(curve.t50, curve.t90)
    mean, shape = mean_and_shape(
        kind, mean=v.optional(curve.mean), scale=v.optional(curve.scale), median=v.optional(curve.median),
        t50=t50, t90=t90, shape=v.optional(curve.shape), points=curve.points,
    )  # fmt: skip
    if curve.wear is not None:
        worn = amount_of(plan, v, curve.wear, curve.wear_profile, None)
        if curve.wear_load is not None:
            worn = worn * v(curve.wear_load)
        mean = mean / worn
    if not (np.isfinite(mean).all() and np.isfinite(shape).all() and (np.asarray(mean) > 0).all()):
        raise NumericError(BAD_LIFE)
    limit = v.optional(curve.max_years)
    if kind == "weibull":
        from usephase.model.weibull import weibull_years_in_service

        size = (v.size,)
        return weibull_years_in_service(np.broadcast_to(mean, size), np.broadcast_to(shape, size), limit, plan.timing)
    means, shapes = np.asarray(mean), np.asarray(shape)
    service, retired, life = years_in_service(kind, means, shapes, limit, plan.timing, curve.points)
    wide = (len(service), v.size)
    return np.broadcast_to(service, wide), np.broadcast_to(retired, wide), np.broadcast_to(life, wide[1:])


def amount_of(plan: Plan, values: Values, amount: AmountPlan, profile: int, life: Value | None) -> Value:
    """Give the hours or cycles a year of one mode of a profile."""
    if amount.unit == "rest":
        others = [
            amount_of(plan, values, other, profile, life)
            for other in plan.profiles[profile]
            if other.unit.startswith("h/")
        ]
        return remaining_hours(others)
    assert amount.ref is not None
    value = values(amount.ref)
    if amount.unit.endswith("/life"):
        assert life is not None
        return value / life
    return value * YEARLY[amount.unit]


def laid_out(made: Sequence[Curve], draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Lay out lives as the executors take them: years in service, retirements and mean, and how many ages each has.

    Shapes (life, 3, age, draw) and (life,).
    """
    ages = np.array([len(service) for service, _, _ in made], dtype=np.int64)
    out = np.zeros((len(made), 3, int(ages.max(initial=1)), draws))
    for one, (service, retired, mean) in zip(out, made, strict=True):
        one[0, : len(service)], one[1, : len(retired)], one[2, 0] = service, retired, mean
    return out, ages
