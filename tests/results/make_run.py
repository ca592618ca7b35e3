"""A made-up run for tests: draws from a seeded generator, figures summed from them by hand."""

import numpy as np
import pandas as pd

from usephase.results.content import FIGURE_COLUMNS, REGISTER_COLUMNS, SERVICE_COLUMNS
from usephase.results.run import Run

FAMILIES = ("Saws", "Vacuums", "Mowers")
REGIONS = ("DEU", "USA", "Rest of Europe")
ELECTRIC = {"generation": 1.0, "upstream": 0.18, "losses": 0.07}
ROUTES = {"landfill": 0.5, "recycling": 0.1, "incineration": 0.4}
MATERIALS = {"plastic": 0.6, "ferrous": 0.3, "cardboard": 0.1}
COMBINATIONS = [(b, s) for b in ("projected", "frozen") for s in ("minimum", "life_cycle")]
LEVELS = {"p2_5": 2.5, "p5": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95, "p97_5": 97.5}


def statistics(draws, best):
    sd = draws.std(ddof=1) if draws.size > 1 else float("nan")
    return {
        "best_estimate": best, "mean": draws.mean(), "sd": sd, "mcse": sd / np.sqrt(draws.size),
        **{name: np.quantile(draws, q / 100) for name, q in LEVELS.items()},
    }  # fmt: skip


class _Figures:
    def __init__(self):
        self.rows, self.samples, self.sample_rows = [], [], []

    def add(self, ledger, basis, boundary, phase, by, group, draws, best):
        labels = dict(zip(FIGURE_COLUMNS[:7], (2024, ledger, basis, boundary, phase, by, group), strict=True))
        if by == "total":
            self.sample_rows.append(len(self.rows))
            self.samples.append(draws)
        self.rows.append(labels | statistics(draws, best))


def _names(products):
    if isinstance(products, int):
        return [f"P{i:03d}" for i in range(products)]
    return list(products)


def make_run(products=9, draws=256, spread=0.25, name="Tools and vacuums", notes=("zones.csv:3: loss is 0",), seed=1):
    """Make a run; `products` is a count or the products' names, `spread` the sigma of ln of every cell."""
    random = np.random.default_rng(seed)
    names = _names(products)
    family = {p: FAMILIES[i % 3] for i, p in enumerate(names)}

    def cell(median):
        return median * np.exp(spread * random.standard_normal(draws)), median

    use = {(p, r): cell(1000.0 * (i + 1) / (j + 1)) for i, p in enumerate(names) for j, r in enumerate(REGIONS)}
    waste = {p: cell(40.0 * (i + 1)) for i, p in enumerate(names)}
    frozen_factor = 1.3
    figures = _Figures()

    def both(pairs):
        pairs = list(pairs)
        zero = (np.zeros(draws), 0.0)
        return tuple(sum((pair[k] for pair in pairs), zero[k]) for k in (0, 1))

    def times(pair, factor):
        return pair[0] * factor, pair[1] * factor

    all_use, all_waste = both(use.values()), both(waste.values())
    for basis, boundary in COMBINATIONS:
        factor = frozen_factor if basis == "frozen" else 1.0
        parts = ELECTRIC if boundary == "life_cycle" else {"generation": 1.0}
        eleven = times(all_use, factor * sum(parts.values()))
        figures.add("category_11", basis, boundary, "direct", "total", "total", *eleven)
        figures.add("category_11", basis, boundary, "indirect", "total", "total", *times(all_use, 0.05 * factor))
        figures.add("category_11", basis, boundary, "maintenance", "total", "total", *times(all_use, 0.01 * factor))
        figures.add("total", basis, boundary, "direct", "total", "total", *both([eleven, all_waste]))
        for component, share in parts.items():
            part = times(all_use, factor * share)
            figures.add("category_11", basis, boundary, "direct", "component", component, *part)
    figures.add("category_12", None, None, None, "total", "total", *all_waste)
    figures.add("avoided", None, None, None, "total", "total", *times(all_waste, 0.4))
    figures.add("biogenic_co2", None, None, None, "total", "total", *times(all_waste, 0.1))
    for route, share in ROUTES.items():
        figures.add("category_12", None, None, None, "component", route, *times(all_waste, share))
    for material, share in MATERIALS.items():
        figures.add("category_12", None, None, None, "material", material, *times(all_waste, share))
        figures.add("avoided", None, None, None, "material", material, *times(all_waste, share * 0.4))
    groupings = {
        "product": ([(p, {p}, set(REGIONS)) for p in names]),
        "family": ([(f, {p for p in names if family[p] == f}, set(REGIONS)) for f in FAMILIES]),
        "region": ([(r, set(names), {r}) for r in REGIONS]),
    }
    for by, groups in groupings.items():
        for group, of_products, of_regions in groups:
            eleven = both(use[p, r] for p in names for r in REGIONS if p in of_products and r in of_regions)
            twelve = times(both(waste[p] for p in names if p in of_products), len(of_regions) / len(REGIONS))
            figures.add("category_11", "projected", "minimum", "direct", by, group, *eleven)
            figures.add("category_12", None, None, None, by, group, *twelve)
            figures.add("total", "projected", "minimum", "direct", by, group, *both([eleven, twelve]))
    for share, (by, group) in {
        0.3: ("segment", "home"), 0.7: ("segment", "professional"),
        0.9: ("mode", "working"), 0.1: ("mode", "standby"),
    }.items():  # fmt: skip
        figures.add("category_11", "projected", "minimum", "direct", by, group, *times(all_use, share))
    for age in range(12):
        for ledger, pair in {"category_11": all_use, "category_12": all_waste}.items():
            labels = ("projected", "minimum", "direct") if ledger == "category_11" else (None, None, None)
            figures.add(ledger, *labels, "calendar_year", str(2024 + age), *times(pair, 0.8**age / 4))
    for share, group in ((1.0, "listed"), (0.04, "extrapolated")):
        figures.add("total", "projected", "minimum", "direct", "coverage", group, *times(all_use, share))

    frame = pd.DataFrame(figures.rows, columns=list(FIGURE_COLUMNS))
    for column in FIGURE_COLUMNS[1:7]:
        frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
    return Run(
        meta=_meta(name, draws, seed), figures=frame, service=_service(names, draws, spread), register=_register(names),
        samples=np.array(figures.samples), sample_rows=np.array(figures.sample_rows, dtype=np.int64),
        files={"catalog.toml": b'[catalog]\nname = "x"\n', "products.csv": b"product\nP\n", "empty.csv": b""},
        notes=tuple(notes),
    )  # fmt: skip


def _service(names, draws, spread):
    rows = []
    for i, product in enumerate(names):
        hour = 0.1 * (i + 1) * np.exp(spread * np.random.default_rng(i).standard_normal(draws))
        for ledger, factor in {"category_11": 1.0, "category_12": 0.05}.items():
            labels = {"product": product, "mode": "working", "unit": "kg CO2e/h", "ledger": ledger}
            rows.append(labels | statistics(hour * factor, 0.1 * (i + 1) * factor))
    return pd.DataFrame(rows, columns=list(SERVICE_COLUMNS))


def _register(names):
    rows = [
        ("grid", "zone=DEU;scenario=*;year=2024", "intensity", "0.35", "fixed", 0.35, 0.35, 0.35, "reference",
         "life-cycle", "Ember, yearly electricity data", "CC BY 4.0", "", "default", "none"),
        ("reference_grid", "zone=DEU", "level", "1 */ 1.10", "lognormal", 1.0, 0.909, 1.1, "reference", "assumption",
         "usephase default", "", "", "default", "none"),
        ("treatments", "material=plastic;route=landfill", "factor", "0.03", "fixed", 0.03, 0.03, 0.03, "reference",
         "memory_unverified (factor); derived (biogenic)", "EPA Emission Factors Hub", "public domain",
         "", "default", "none"),
    ]  # fmt: skip
    rows += [
        ("modes", f"product={p};mode=working", "rate", "500 W ± 10%", "normal", 500.0, 450.0, 550.0, "catalog", "",
         "data sheet", "", "2,1,1,2,1", "primary", "limited")
        for p in names
    ]  # fmt: skip
    return pd.DataFrame([(*row, "", "", "", "open") for row in rows], columns=list(REGISTER_COLUMNS))


def _meta(name, draws, seed):
    return {
        "schema": "usephase.run/1",
        "catalog": {"name": name, "sha256": "ab" * 32, "path": "product_catalog"},
        "company": "Example Tools Ltd", "reporting_year": 2024, "base_year": 2021, "draws": draws, "seed": seed,
        "design": "quasi", "kernel": "numpy", "grid_basis": "projected", "boundary": "minimum",
        "sales_timing": "mid_year", "gwp": "AR6", "scenarios": {"trend_10y": 1.0}, "by": [], "workers": 2,
        "versions": {"usephase": "0.1.0", "python": "3.11.7", "numpy": "2.4.6", "scipy": "1.17.0", "pandas": "3.1.0",
                     "h5py": "3.16.0"},
        "created": "2025-03-04T05:06:07Z", "seconds": 3.21,
    }  # fmt: skip
