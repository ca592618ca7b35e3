"""Reasons for a change between two sale years, and what was sold and is in service, from the lines of a catalog."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

from usephase.engine.local import Study
from usephase.engine.plan import Plan
from usephase.engine.shared import Shared
from usephase.engine.values import Values
from usephase.insight.change import split
from usephase.insight.lines import Families

EFFECTS = (
    "volume", "mix", "energy_per_year", "lifetime", "use", "grid", "fuels", "end_of_life",
    "mass", "refrigerants", "allocation", "method",
)  # fmt: skip
"""In the order in which they are told."""
NOT_COMPANY = frozenset({"grid"})
"""What changes without the company: shown on a line of its own, never credited to it."""
BLOCK = 2048
"""Draws evaluated at a time; the lines of a family are held for all of them."""

Array = np.ndarray
Group = tuple[str, str]


@dataclass
class Reasons:
    """Effects, sales and installed base, in draws.

    Attributes
    ----------
    effects : dict of (by, group) to dict of str to ndarray (draw,)
        What each factor did between the two years, by total, ledger, family and region. [t CO2e]
    units, mass_kg : dict of int to ndarray (draw,)
        Sold, by sale year.
    in_service : dict of int to ndarray (draw,)
        Mean units in service, by calendar year.
    """

    effects: dict[Group, dict[str, Array]] = field(default_factory=dict)
    units: dict[int, Array] = field(default_factory=dict)
    mass_kg: dict[int, Array] = field(default_factory=dict)
    in_service: dict[int, Array] = field(default_factory=dict)


def reasons(
    plan: Plan,
    study: Study,
    years: Sequence[int],
    before: int,
    after: int,
    *,
    by_product: bool = False,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Reasons:
    """Split the change of the headline between two sale years of one catalog.

    Parameters
    ----------
    plan : Plan
        With the sales of all `years`.
    study : Study
    years : sequence of int
        Sale years whose sales and installed base are counted.
    before, after : int
        Sale years to compare.
    by_product : bool
        Every product is a line of its own, instead of the mean of its family.
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the work done and the work in all.

    Returns
    -------
    Reasons
    """
    starts = range(0, study.draws, BLOCK)

    def block(start: int) -> Reasons:
        stop = min(start + BLOCK, study.draws)
        shared = Shared(plan, Values(plan.cells, study.make(), start, stop))
        return _block(Families(plan, shared, tuple(years), (before, after), by_product), plan, before, after)

    parts = []
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max_workers=workers) as pool:
        for part in pool.map(block, starts):
            parts.append(part)
            if progress:
                progress(len(parts), len(starts))
    return _joined(parts)


def _block(families: Families, plan: Plan, before: int, after: int) -> Reasons:
    out = Reasons()
    everything = families.units()
    regions = plan.regions
    for name, lines, sold in families:
        for line in lines:
            # Regions without units in both years have nothing to split.
            sold_in = np.flatnonzero(np.any([line.links[year][0].any(axis=1) for year in (before, after)], axis=0))
            chains = [_whole(line.links[year][:, sold_in], everything[year]) for year in (before, after)]
            parts = split(*chains)
            for effect, part in zip(line.effects, parts, strict=True):
                total = part.sum(axis=0)
                for group in (("total", "total"), ("ledger", line.ledger), ("family", name)):
                    _add(out.effects, group, effect, total)
                for r, x in zip(sold_in.tolist(), part, strict=True):
                    if x.any():
                        _add(out.effects, ("region", regions[r]), effect, x)
        for into, held in ((out.units, sold.units), (out.mass_kg, sold.mass_kg)):
            for year, x in held.items():
                into[year] = into[year] + x.sum(axis=0) if year in into else x.sum(axis=0)
        for year, x in sold.in_service.items():
            out.in_service[year] = out.in_service[year] + x if year in out.in_service else x
    return out


def _whole(links: Array, units: Array) -> Array:
    """Put all units sold before the links of a line."""
    return np.concatenate([np.broadcast_to(units, (1, *links.shape[1:])), links])


def _add(effects: dict[Group, dict[str, Array]], group: Group, effect: str, x: Array) -> None:
    mine = effects.setdefault(group, {})
    mine[effect] = mine[effect] + x if effect in mine else x.copy()


def _joined(parts: list[Reasons]) -> Reasons:
    """Put blocks of draws behind each other; what a block lacks is zero there."""
    sizes = [len(next(iter(part.units.values()))) for part in parts]
    edges = [0, *np.cumsum(sizes).tolist()]
    out = Reasons()
    for part, (start, stop) in zip(parts, pairwise(edges), strict=True):
        for group, effects in part.effects.items():
            mine = out.effects.setdefault(group, {})
            for effect, x in effects.items():
                mine.setdefault(effect, np.zeros(edges[-1]))[start:stop] = x
        for name in ("units", "mass_kg", "in_service"):
            into: dict[int, Array] = getattr(out, name)
            for year, x in getattr(part, name).items():
                into.setdefault(year, np.zeros(edges[-1]))[start:stop] = x
    return out
