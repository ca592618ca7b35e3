"""A catalog of any size for benchmarks: 15 uncertain cells a product and 200 rows that products share."""

from pathlib import Path
from typing import Any

import numpy as np

from tests.reference.folder import write_catalog
from usephase.catalog import read_catalog
from usephase.catalog.table import Catalog

PROFILES, LIVES, ZONES, MATERIALS = 70, 70, 40, 4
LOCAL_CELLS = 15
SHARED_ROWS = PROFILES + LIVES + ZONES + 5 * MATERIALS
assert SHARED_ROWS == 200


def make_catalog(folder: Path, products: int, seed: int = 1) -> Catalog:
    """Write and read a catalog: two modes, two regions and eight masses a product."""
    rng = np.random.default_rng(seed)
    tables: dict[str, list[dict[str, str]]] = {
        "zones": [{"zone": f"Z{i}", "level": "1 */ 1.15", "loss": "0.05"} for i in range(ZONES)],
        "grid": [
            {"zone": f"Z{i}", "scenario": "path", "year": year, "intensity": f"{x * (0.1 + rng.random()):.4f}"}
            for i in range(ZONES) for year, x in (("2020", 0.8), ("2050", 0.2))
        ],
        "use_profiles": [
            {"use_profile": f"U{i}", "mode": mode, "amount": amount, "amount_unit": "h/year"}
            for i in range(PROFILES)
            for mode, amount in (("on", f"{20 + 500 * rng.random():.1f} */ 1.6"), ("standby", "2000"))
        ],
        "lifetimes": [{"lifetime": f"L{i}", "mean": f"{4 + 10 * rng.random():.2f} */ 1.3"} for i in range(LIVES)],
        "treatments": [
            {"material": f"M{m}", "route": route, "factor": f"{0.05 + rng.random():.4f} */ 1.5"}
            for m in range(MATERIALS) for route in ("recycling", "landfill", "incineration")
        ],
        "end_of_life": [
            {"zone": "*", "material": f"M{m}", "route": route, "share": share}
            for m in range(MATERIALS)
            for route, share in (("recycling", "0.5 ± 10%"), ("landfill", "0.3 ± 10%"), ("incineration", "0.2"))
        ],
        "products": [], "modes": [], "sales": [], "materials": [],
    }  # fmt: skip
    for p in range(products):
        name = f"P{p:06d}"
        tables["products"].append(
            {
                "product": name,
                "family": f"F{p % 20}",
                "use_profile": f"U{p % PROFILES}",
                "lifetime": f"L{p * 7 % LIVES}",
            }
        )
        for mode, watt in (("on", 50 + 500 * rng.random()), ("standby", 0.5)):
            row = {"product": name, "mode": mode, "carrier": "electricity", "rate": f"{watt:.2f} */ 1.3"}
            row |= {"rate_unit": "W", "load": "0.6 ± 15%", "efficiency": "0.8 ± 5%" if mode == "on" else "1"}
            tables["modes"].append(row)
        for r in (p % ZONES, (p + 13) % ZONES):
            units = f"{100 + 10000 * rng.random() ** 3:.1f} */ 1.1"
            tables["sales"].append({"product": name, "region": f"Z{r}", "year": "2024", "units": units})
        for part in ("product", "packaging"):
            for m in range(MATERIALS):
                mass = f"{0.1 + rng.random():.3f} */ 1.2"
                tables["materials"].append({"product": name, "part": part, "material": f"M{m}", "mass": mass})
    settings: dict[str, Any] = {
        "catalog": {"name": "Bench", "reporting_year": 2024},
        "grid": {"scenarios": {"path": 1.0}},
    }
    return read_catalog(write_catalog(folder, settings, tables))
