"""The small case in OpenTURNS: a joint distribution of all cells and one symbolic function of them."""

import numpy as np
import openturns as ot

from tests.bench.peers.small import PRODUCTS, cells, report, shared_name, small, timed
from tests.bench.workload import HOURS_A_YEAR, MATERIALS, PACKAGING, ROUTES, YEARS, Z95, Belief, Workload

NOT_IDENTICAL = [
    "years in service by Simpson's rule over each year instead of the incomplete gamma function",
    "the portfolio's total only; no product, region, year or percentile",
    "OpenTURNS's own random numbers, in double precision",
]


def marginal(belief: Belief) -> ot.Distribution:
    """Give a cell's distribution."""
    a, b = belief.center, belief.spread
    if belief.kind == "lognormal":
        return ot.LogNormal(float(np.log(a)), float(np.log(b) / Z95), 0.0)
    if belief.kind == "normal":
        return ot.Normal(a, a * b / Z95)
    return ot.Triangular(a * (1 - b), a, a * (1 + b))


def program(w: Workload) -> str:
    """Write the model in the language of OpenTURNS's formulas."""
    lines = []
    for r, zone in enumerate(w.regions):
        lines.append(f"var f{r} := level * level_{zone} / (1 - loss_{zone});")
    for m in (*MATERIALS, PACKAGING):
        share, factor = (
            [shared_name(row.format(m=m, r=r), column) for r in ROUTES]
            for row, column in (("zone=*;material={m};route={r}", "share"), ("material={m};route={r}", "factor"))
        )
        products = " + ".join(f"{s} * {f}" for s, f in zip(share, factor, strict=True))
        lines.append(f"var w_{m} := ({products}) / ({' + '.join(share)});")
    lines.append("total := 0;")
    for p in range(PRODUCTS):
        lines.append(
            f"var kwh{p} := (on_w_{p} * on_load_{p} * on_h_{p} / on_efficiency_{p} + idle_w_{p} * idle_h_{p} "
            f"+ standby_w_{p} * max({HOURS_A_YEAR} - on_h_{p} - idle_h_{p}, 0)) * allocation_{p} / 1e6;"
        )
        lines.append(f"var scale{p} := life_{p} / gamma(1 + 1 / shape_{p});")
        lines += [f"var s{p}_{i} := exp(-(({i / 2} / scale{p})^shape_{p}));" for i in range(2 * YEARS + 1)]
        for k in range(YEARS):
            served = f"(s{p}_{2 * k} + 4 * s{p}_{2 * k + 1} + s{p}_{2 * k + 2}) / 6"
            met = " + ".join(
                f"{units * (w.path[r, k] + w.upstream[r, k]):.17g} * f{r}" for r, units in enumerate(w.units[p])
            )
            lines.append(f"total += kwh{p} * {served} * ({met});")
        waste = " + ".join(f"{m}_{p} * w_{m}" for m in (*MATERIALS, PACKAGING))
        lines.append(f"total += {w.units[p].sum()} * ({waste}) / 1000;")
    return "\n".join(lines)


def main() -> None:
    w = small()
    listed = list(cells(w))
    model = ot.SymbolicFunction([name for name, _ in listed], ["total"], program(w))
    joint = ot.JointDistribution([marginal(belief) for _, belief in listed])
    ot.TBB.Disable()  # one thread
    seconds, total = timed(lambda n: np.asarray(model(joint.getSample(n))).ravel(), 4096)
    report("OpenTURNS", ot.__version__, seconds, total, NOT_IDENTICAL)


if __name__ == "__main__":
    main()
