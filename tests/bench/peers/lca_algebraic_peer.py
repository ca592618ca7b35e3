"""The small case in lca_algebraic: one symbolic expression of all cells as the amount of an activity."""

import os
import tempfile
from importlib.metadata import version

import numpy as np

os.environ["BRIGHTWAY2_DIR"] = tempfile.mkdtemp()  # before it is imported: its project is thrown away

import bw2data
import lca_algebraic as agb
import sympy
from lca_algebraic.lca import _postMultiLCAAlgebric, _preMultiLCAAlgebric
from lca_algebraic.stats import StochasticMethod, _generate_random_params

from tests.bench.peers.small import PRODUCTS, cells, report, shared_name, small, timed
from tests.bench.workload import HOURS_A_YEAR, MATERIALS, PACKAGING, ROUTES, YEARS, Z95, Belief, Workload

NOT_IDENTICAL = [
    "years in service by Simpson's rule over each year instead of the incomplete gamma function, the gamma function "
    "as a polynomial (error below 5e-5)",
    "the portfolio's total only; no product, region, year or percentile",
    "lognormal cells are the exponential of a normal parameter",
]
FOREGROUND, METHOD = "bench", ("bench", "climate", "co2e")
# Abramowitz and Stegun, 6.1.35: the gamma function of 1 + x for x from 0 to 1.
GAMMA = (1.0, -0.5748646, 0.9512363, -0.6998588, 0.4245549, -0.1010678)


def parameter(name: str, belief: Belief) -> sympy.Expr:
    """Declare a cell as a parameter; give what stands for it in the expression."""
    a, b, kind = belief.center, belief.spread, agb.DistributionType
    if belief.kind == "lognormal":
        normal = agb.newFloatParam(
            name, float(np.log(a)), std=float(np.log(b) / Z95), distrib=kind.NORMAL, save=False
        )  # fmt: skip
        return sympy.exp(normal)
    if belief.kind == "normal":
        return agb.newFloatParam(name, a, std=a * b / Z95, distrib=kind.NORMAL, save=False)
    return agb.newFloatParam(name, a, min=a * (1 - b), max=a * (1 + b), distrib=kind.TRIANGLE, save=False)


def expression(w: Workload) -> sympy.Expr:
    """Write the case. [t CO2e]"""
    c = {name: parameter(name, belief) for name, belief in cells(w)}
    factor = [c["level"] * c[f"level_{z}"] / (1 - c[f"loss_{z}"]) for z in w.regions]
    waste = {}
    for m in (*MATERIALS, PACKAGING):
        shares = [c[shared_name(f"zone=*;material={m};route={r}", "share")] for r in ROUTES]
        factors = [c[shared_name(f"material={m};route={r}", "factor")] for r in ROUTES]
        waste[m] = sum(s * f for s, f in zip(shares, factors, strict=True)) / sum(shares)
    parts = []
    for p in range(PRODUCTS):
        mine = {name: c[f"{name}_{p}"] for name in w.beliefs(p)}
        standby_h = sympy.Max(HOURS_A_YEAR - mine["on_h"] - mine["idle_h"], 0)
        kwh = mine["on_w"] * mine["on_load"] * mine["on_h"] / mine["on_efficiency"]
        kwh = (kwh + mine["idle_w"] * mine["idle_h"] + mine["standby_w"] * standby_h) * mine["allocation"] / 1e6
        scale = mine["life"] / sum(g / mine["shape"] ** i for i, g in enumerate(GAMMA))
        alive = [sympy.exp(-((i / 2 / scale) ** mine["shape"])) for i in range(1, 2 * YEARS + 1)]
        alive = [sympy.Integer(1), *alive]
        for k in range(YEARS):
            served = (alive[2 * k] + 4 * alive[2 * k + 1] + alive[2 * k + 2]) / 6
            path = w.path[:, k] + w.upstream[:, k]
            parts += [kwh * served * sum(float(n * g) * f for n, g, f in zip(w.units[p], path, factor, strict=True))]
        parts += [float(w.units[p].sum()) * sum(mine[m] * waste[m] for m in waste) / 1000]
    return sympy.Add(*parts)


def main() -> None:
    agb.initProject("bench")
    bw2data.Database("nature").write({("nature", "co2"): {"name": "co2", "unit": "kg", "type": "emission"}})
    method = bw2data.Method(METHOD)
    method.register(unit="t CO2e")
    method.write([(("nature", "co2"), 1.0)])
    agb.resetDb(FOREGROUND)
    agb.setForeground(FOREGROUND)
    emitted = agb.newActivity(FOREGROUND, "emitted", "kg", {bw2data.get_activity(("nature", "co2")): 1})
    model = agb.newActivity(FOREGROUND, "portfolio", "unit", {emitted: expression(small())})
    compiled = _preMultiLCAAlgebric(model, [METHOD])

    def total(draws: int) -> np.ndarray:
        drawn, _ = _generate_random_params(draws, StochasticMethod.RAND, seed=1)
        return _postMultiLCAAlgebric([METHOD], compiled, **drawn).to_numpy().ravel()

    seconds, found = timed(total, 4096)
    report("lca_algebraic", version("lca_algebraic"), seconds, found, NOT_IDENTICAL)


if __name__ == "__main__":
    main()
