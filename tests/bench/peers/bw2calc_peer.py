"""The small case in Brightway: a matrix whose uncertain exchanges are drawn anew and solved once a draw.

Products of cells are chains of activities; a divisor is an activity's own output. An exchange is drawn once a draw,
so what products share stays shared.
"""

import warnings
from collections import Counter
from importlib.metadata import version

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it recommends another solver for large matrices
    import bw2calc
    import bw_processing
    from stats_arrays import LognormalUncertainty, NormalUncertainty, TriangularUncertainty

from scipy.special import gamma, gammainc

from tests.bench.peers.small import PRODUCTS, report, small, timed
from tests.bench.workload import HOURS_A_YEAR, MATERIALS, PACKAGING, ROUTES, YEARS, Z95, Belief, Workload

NOT_IDENTICAL = [
    "a matrix is linear: the profile of years in service is that of the best life; the drawn mean life scales it",
    "standby hours are those of the best hours; drawn waste shares are not divided by their sum",
    "the portfolio's total only; no product, region, year or percentile",
    "one sparse system is drawn and solved a draw; SciPy's SuperLU, no pypardiso",
]
SEED = 1


class Matrix:
    """Exchanges of activities by name."""

    def __init__(self) -> None:
        self.number: dict[str, int] = {}
        self.rows: list[tuple[int, int, Belief | float, bool]] = []
        self.direct: list[tuple[int, Belief | float]] = []
        self.made: Counter[str] = Counter()

    def at(self, name: str) -> int:
        """Number an activity."""
        return self.number.setdefault(name, len(self.number) + 1)

    def make(self, name: str, uses: dict[str, Belief | float], output: Belief | float = 1.0) -> None:
        """Add an activity that gives `output` of itself and uses others."""
        self.made[name] += 1
        self.rows.append((self.at(name), self.at(name), output, False))
        self.rows += [(self.at(other), self.at(name), amount, True) for other, amount in uses.items()]

    def emit(self, name: str, co2e: Belief | float) -> None:
        """Let an activity emit, in kg CO2e."""
        self.direct.append((self.at(name), co2e))


def model(w: Workload) -> Matrix:
    """Write the case as activities."""
    m, shared = Matrix(), w.shared()
    m.make("grid", {})
    m.emit("grid", shared["settings", "grid", "level"])
    for r, zone in enumerate(w.regions):
        loss = shared["zones", f"zone={zone}", "loss"]
        delivered = Belief("triangular", 1 - loss.center, loss.center * loss.spread / (1 - loss.center))
        m.make(f"{zone} generated", {"grid": shared["zones", f"zone={zone}", "level"]})
        m.make(f"{zone} delivered", {f"{zone} generated": 1.0}, delivered)
        for k in range(YEARS):
            m.make(f"{zone} {k}", {f"{zone} delivered": float(w.path[r, k] + w.upstream[r, k])})
    for material in (*MATERIALS, PACKAGING):
        uses = {}
        for route in ROUTES:
            m.make(f"{material} {route}", {})
            m.emit(f"{material} {route}", shared["treatments", f"material={material};route={route}", "factor"])
            uses[f"{material} {route}"] = shared["end_of_life", f"zone=*;material={material};route={route}", "share"]
        m.make(f"{material} waste", uses)
    for p in range(PRODUCTS):
        _product(m, w, p)
    sold = {f"{p} {what}": float(w.units[p].sum()) for p in range(PRODUCTS) for what in ("use", "waste")}
    m.make("portfolio", sold)
    assert set(m.made.values()) == {1}
    return m


def _product(m: Matrix, w: Workload, p: int) -> None:
    c = w.beliefs(p)
    life, shape = c["life"].center, c["shape"].center
    x = (np.arange(YEARS + 1) * gamma(1 + 1 / shape) / life) ** shape
    served = np.diff(life * gammainc(1 / shape, x))
    mix = w.units[p] / w.units[p].sum()
    m.make(
        f"{p} kWh a year",
        {f"{z} {k}": float(mix[r] * served[k]) for r, z in enumerate(w.regions) for k in range(YEARS)},
    )
    m.make(f"{p} lived", {f"{p} kWh a year": Belief("lognormal", 1.0, c["life"].spread)})
    standby_h = HOURS_A_YEAR - c["on_h"].center - c["idle_h"].center
    m.make(f"{p} drawn", {f"{p} lived": 1e-3}, c["on_efficiency"])
    m.make(f"{p} on W", {f"{p} drawn": c["on_w"]})
    m.make(f"{p} on h", {f"{p} on W": c["on_load"]})
    m.make(f"{p} idle h", {f"{p} idle W": c["idle_w"]})
    m.make(f"{p} idle W", {f"{p} lived": 1e-3})
    m.make(f"{p} standby", {f"{p} lived": c["standby_w"]})
    m.make(f"{p} year", {f"{p} on h": c["on_h"], f"{p} idle h": c["idle_h"], f"{p} standby": standby_h / 1000})
    m.make(f"{p} use", {f"{p} year": c["allocation"]})
    m.make(f"{p} waste", {f"{material} waste": c[material] for material in (*MATERIALS, PACKAGING)})


def uncertain(amount: Belief | float) -> tuple[float, ...]:
    """Give an exchange's distribution: kind, loc, scale, shape, minimum, maximum, negative."""
    nan = float("nan")
    if not isinstance(amount, Belief):
        return (0, amount, nan, nan, nan, nan, False)
    a, b = amount.center, amount.spread
    if amount.kind == "lognormal":
        return (LognormalUncertainty.id, np.log(a), np.log(b) / Z95, nan, nan, nan, False)
    if amount.kind == "normal":
        return (NormalUncertainty.id, a, a * b / Z95, nan, nan, nan, False)
    return (TriangularUncertainty.id, a, nan, nan, a * (1 - b), a * (1 + b), False)


def package(m: Matrix) -> bw_processing.Datapackage:
    """Put the matrices into Brightway's form."""
    out = bw_processing.create_datapackage()

    def add(matrix: str, rows: list[tuple[int, int, Belief | float, bool]]) -> None:
        amounts = [row[2] for row in rows]
        out.add_persistent_vector(
            matrix=matrix,
            indices_array=np.array([row[:2] for row in rows], dtype=bw_processing.INDICES_DTYPE),
            data_array=np.array([a.center if isinstance(a, Belief) else a for a in amounts]),
            flip_array=np.array([row[3] for row in rows]),
            distributions_array=np.array([uncertain(a) for a in amounts], dtype=bw_processing.UNCERTAINTY_DTYPE),
        )

    gas = 10_000
    add("technosphere_matrix", m.rows)
    add("biosphere_matrix", [(gas, at, amount, False) for at, amount in m.direct])
    add("characterization_matrix", [(gas, gas, 1.0, False)])
    return out


def main() -> None:
    m = model(small())
    lca = bw2calc.LCA(
        {m.at("portfolio"): 1}, data_objs=[package(m)], use_distributions=True, seed_override=SEED
    )  # fmt: skip
    lca.lci()
    lca.lcia()

    def total(draws: int) -> np.ndarray:
        out = np.empty(draws)
        for i in range(draws):
            next(lca)
            out[i] = lca.score / 1000
        return out

    seconds, found = timed(total, 500)
    report("bw2calc", version("bw2calc"), seconds, found, NOT_IDENTICAL)


if __name__ == "__main__":
    main()
