"""The workload's model as most analysts would write it: numpy's own random numbers, scipy's incomplete gamma function,
loops over products, years and regions with arrays over the draws.

It gives less than the engine does: the headline's basis and boundary only, no phases, components, routes, segments
or families, no Monte Carlo errors and no best estimates.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import gamma, gammainc

from tests.bench.workload import HOURS_A_YEAR, MATERIALS, OWN, PACKAGING, ROUTES, YEARS, Address, Workload

PERCENTILES = (2.5, 5, 25, 50, 75, 95, 97.5)
LEDGERS = ("category_11", "category_12", "total")
T_PER_KG = KW_PER_W = 1e-3

Own = Callable[[int], Mapping[str, np.ndarray]]
Shared = Mapping[Address, np.ndarray]


@dataclass
class Answer:
    """What came out. [t CO2e]

    Attributes
    ----------
    products : dict of ledger to ndarray (product, statistic)
        Mean, standard deviation and `PERCENTILES`.
    total : dict of ledger to ndarray (draw,)
    regions, years : dict of ledger to ndarray (region or year, draw)
    materials : dict of material to ndarray (draw,)
    """

    products: dict[str, np.ndarray]
    total: dict[str, np.ndarray]
    regions: dict[str, np.ndarray]
    years: dict[str, np.ndarray]
    materials: dict[str, np.ndarray]


def draws_of_numpy(w: Workload, draws: int, seed: int = 1) -> tuple[Own, Shared]:
    """Draw with numpy's generator: the shared cells now, a product's own when it is asked for."""
    rng = np.random.default_rng(seed)

    def own(product: int) -> dict[str, np.ndarray]:
        return {name: belief.draw(rng, draws) for name, belief in w.beliefs(product).items()}

    return own, {address: belief.draw(rng, draws) for address, belief in w.shared().items()}


def draws_of_engine(w: Workload, cells: Mapping[Address, np.ndarray]) -> tuple[Own, Shared]:
    """Take the engine's draws of the cells."""

    def own(product: int) -> dict[str, np.ndarray]:
        name = w.products[product]
        return {cell: cells[o.table, o.row.format(name), o.column] for cell, o in OWN.items()}

    return own, {address: cells[address] for address in w.shared()}


def grid_factors(w: Workload, shared: Shared) -> list[list[np.ndarray]]:
    """Give kg CO2e per kWh by region and year, over the draws."""
    out = []
    for r, zone in enumerate(w.regions):
        level = shared["settings", "grid", "level"] * shared["zones", f"zone={zone}", "level"]
        delivered = 1 - shared["zones", f"zone={zone}", "loss"]
        out.append([(w.path[r, k] + w.upstream[r, k]) * level / delivered for k in range(YEARS)])
    return out


def waste_factors(shared: Shared) -> dict[str, np.ndarray]:
    """Give kg CO2e per kg discarded by material, over the draws."""
    out = {}
    for material in (*MATERIALS, PACKAGING):
        shares = [shared["end_of_life", f"zone=*;material={material};route={route}", "share"] for route in ROUTES]
        factors = [shared["treatments", f"material={material};route={route}", "factor"] for route in ROUTES]
        out[material] = sum(s * f for s, f in zip(shares, factors, strict=True)) / sum(shares)
    return out


def lives(mean: np.ndarray, shape: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Split Weibull lives, scrapped after `YEARS`, into years in service and shares retired, over the draws."""
    scale = mean / gamma(1 + 1 / shape)
    served, retired = [], []
    before, alive = np.zeros_like(mean), np.ones_like(mean)
    for k in range(YEARS):
        x = ((k + 1) / scale) ** shape
        until = mean * gammainc(1 / shape, x)
        served.append(until - before)
        still = np.exp(-x) if k + 1 < YEARS else np.zeros_like(mean)
        retired.append(alive - still)
        before, alive = until, still
    return served, retired


def shared_factors(w: Workload, shared: Shared) -> tuple[list[list[np.ndarray]], dict[str, np.ndarray]]:
    """Give what all products share, computed once: `grid_factors` and `waste_factors`."""
    return grid_factors(w, shared), waste_factors(shared)


def plain(
    w: Workload,
    own: Own,
    shared: Shared,
    products: range | None = None,
    factors: tuple[list[list[np.ndarray]], dict[str, np.ndarray]] | None = None,
) -> Answer:
    """Estimate the workload.

    Parameters
    ----------
    own, shared
        The draws of the cells.
    products : range, optional
        Only these.
    factors : optional
        As `shared_factors` gives them, if they are there already.
    """
    grid, waste = factors or shared_factors(w, shared)
    draws = len(grid[0][0])
    products = products if products is not None else range(len(w.units))
    out = Answer(
        {ledger: np.zeros((len(products), 2 + len(PERCENTILES))) for ledger in LEDGERS},
        {ledger: np.zeros(draws) for ledger in LEDGERS},
        {ledger: np.zeros((len(w.regions), draws)) for ledger in LEDGERS},
        {ledger: np.zeros((YEARS, draws)) for ledger in LEDGERS[:2]},
        {material: np.zeros(draws) for material in waste},
    )
    for at, p in enumerate(products):
        c = own(p)
        units = w.units[p].tolist()
        standby_h = np.maximum(HOURS_A_YEAR - c["on_h"] - c["idle_h"], 0)
        kwh = c["on_w"] * c["on_load"] * c["on_h"] / c["on_efficiency"]
        kwh = (kwh + c["idle_w"] * c["idle_h"] + c["standby_w"] * standby_h) * KW_PER_W
        served, retired = lives(c["life"], c["shape"])

        category_11 = np.zeros(draws)
        for k in range(YEARS):
            tonnes_per_factor = kwh * served[k] * c["allocation"] * T_PER_KG
            for r in range(len(units)):
                t = tonnes_per_factor * grid[r][k] * units[r]
                category_11 += t
                out.regions["category_11"][r] += t
                out.years["category_11"][k] += t

        discarded = {material: c[material] * factor for material, factor in waste.items()}
        unit_t = sum(discarded.values()) * T_PER_KG
        category_12 = unit_t * sum(units)
        for r in range(len(units)):
            out.regions["category_12"][r] += unit_t * units[r]
        for material, kg in discarded.items():
            out.materials[material] += kg * sum(units) * T_PER_KG
        out.years["category_12"][0] += discarded[PACKAGING] * sum(units) * T_PER_KG
        later = category_12 - discarded[PACKAGING] * sum(units) * T_PER_KG
        for k in range(YEARS):
            out.years["category_12"][k] += later * retired[k]

        for ledger, x in zip(LEDGERS, (category_11, category_12, category_11 + category_12), strict=True):
            out.total[ledger] += x
            out.products[ledger][at] = [x.mean(), x.std(ddof=1), *np.percentile(x, PERCENTILES)]
    out.regions["total"] = out.regions["category_11"] + out.regions["category_12"]
    return out
