"""Reasons for a change between two sale years: chains of factors from the program, split draw by draw."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from threadpoolctl import threadpool_limits

from usephase.engine.execute.tiles import BLOCK, Finished, in_blocks
from usephase.engine.plan.records import Plan, ProductPlan
from usephase.engine.plan.study import spans
from usephase.engine.plan.sums import Wanted
from usephase.engine.run.local import Study
from usephase.insight.comparison.ties import settled
from usephase.insight.tracking.change import split

EFFECTS = (
    "volume", "mix", "energy_per_year", "lifetime", "use", "grid", "fuels", "end_of_life",
    "mass", "refrigerants", "allocation", "method",
)  # fmt: skip
"""In the order in which they are told."""
NOT_COMPANY = frozenset({"grid"})
"""What changes without the company: shown on a line of its own, never credited to it."""
CHAINS = {
    "electricity": ("category_11", ("volume", "mix", "lifetime", "use", "energy_per_year", "allocation", "grid")),
    "fuel": ("category_11", ("volume", "mix", "lifetime", "use", "energy_per_year", "allocation", "fuels")),
    "leak": ("category_11", ("volume", "mix", "lifetime", "refrigerants", "allocation")),
    "waste": ("category_12", ("volume", "mix", "mass", "end_of_life")),
    "gas": ("category_12", ("volume", "mix", "refrigerants", "end_of_life")),
}
"""The category of each kind of chain, and the factor that each link adds: the first two are all units, and its own."""

Array = np.ndarray
Group = tuple[str, str]
Effects = dict[Group, dict[str, Array]]


@dataclass
class Reasons:
    """What each factor did between two sale years.

    Attributes
    ----------
    effects : dict of (by, group) to dict of str to ndarray (draw,)
        By total, ledger, family and region. [t CO2e]
    """

    effects: Effects = field(default_factory=dict)


def reasons(
    plan: Plan,
    study: Study,
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
        With the sales of both years.
    study : Study
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
    names = [_line(product, by_product) for product in plan.products]
    order = sorted(range(len(names)), key=lambda i: names[i])
    plan = replace(plan, products=tuple(plan.products[i] for i in order), calendar=False)
    names = [names[i] for i in order]
    edges = [i for i, name in enumerate(names) if not i or names[i - 1] != name]
    families = [range(first, stop) for first, stop in zip(edges, [*edges[1:], len(names)], strict=True)]
    years = (before, after)
    out, sizes = Reasons(), dict[Group, Array]()
    count, done = -(-study.draws // BLOCK) * len(families), 0
    with threadpool_limits(1, user_api="blas"):
        everything = {year: np.zeros(study.draws) for year in years}
        sold = Wanted(years=years, by=frozenset(), methods=False, units=True)
        for block, sums in in_blocks(plan, study, spans(plan), sold, workers):
            for year in years if block is not None else ():
                everything[year][block] += sums.get(("sold", str(year), "units"), 0.0)
        wanted = Wanted(years=years, by=frozenset(), methods=False, chained=True, by_product=by_product)
        for block, sums in in_blocks(plan, study, families, wanted, workers):
            if block is None:
                continue
            found = _split(sums, years, {year: x[block] for year, x in everything.items()})
            for (group, effect), x in found.items():
                into = out.effects.setdefault(group, {}) if effect else sizes
                key = effect or group
                if key not in into:
                    into[key] = np.zeros(study.draws)  # type: ignore[index]
                into[key][block] += x  # type: ignore[index]
            done += 1
            if progress:
                progress(done, count)
    for group, effects in out.effects.items():
        for effect, x in effects.items():
            effects[effect] = settled(x, sizes[group])
    return out


def _line(product: ProductPlan, by_product: bool) -> str:
    return product.name if by_product or not product.family else product.family


def _split(sums: Finished, years: tuple[int, int], everything: dict[int, Array]) -> dict[tuple[Group, str], Array]:
    """Split the chains of one family; effect "" is the size that the others are measured by."""
    chains: dict[tuple[str, str, str], dict[str, dict[tuple[int, int], Array]]] = defaultdict(lambda: defaultdict(dict))
    for (_, sold, _, family, kind, name, link, region), x in sums.items():
        chains[family, kind, name][region][int(sold), int(link)] = x
    size = len(everything[years[0]])
    out: dict[tuple[Group, str], Array] = {}
    for (family, kind, _), by_region in chains.items():
        ledger, effects = CHAINS[kind]
        # Regions without units in both years have nothing to split.
        regions = [r for r, links in by_region.items() if any(links[y, 0].any() for y in years if (y, 0) in links)]
        whole = {year: np.zeros((len(effects), len(regions), size)) for year in years}
        for year, links in whole.items():
            links[0] = everything[year]
            for i, region in enumerate(regions):
                for j in range(len(effects) - 1):
                    links[j + 1, i] = by_region[region].get((year, j), 0.0)
        before, after = (whole[year] for year in years)
        parts = split(before, after)
        groups = (("total", "total"), ("ledger", ledger), ("family", family))
        for effect, part in (("", before[-1] + after[-1]), *zip(effects, parts, strict=True)):
            total = part.sum(axis=0)
            for group in groups:
                _add(out, group, effect, total)
            for region, x in zip(regions, part, strict=True):
                if not effect or x.any():
                    _add(out, ("region", region), effect, x)
    return out


def _add(into: dict[tuple[Group, str], Array], group: Group, effect: str, x: Array) -> None:
    key = (group, effect)
    into[key] = into[key] + x if key in into else x.copy()
