"""A screening from article, kind, watts, kilograms and sales holds what the whole catalog of the example gives."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from usephase import estimate, read_catalog
from usephase.catalog.reference import kinds
from usephase.catalog.values import cells

EXAMPLE = Path(__file__).parents[2] / "product_catalog"
CHOSEN = {
    "COMPRESSOR-1100": "compressor_portable", "FAN-18": "fan_pedestal", "GENERATOR-3": "generator_petrol",
    "NAILER-18": "nailer_cordless",
}  # fmt: skip
"""Kinds that the import asks about, as an analyst answers."""
KINDLESS = 10
"""Products of which no archetype is known: chargers and packs sold alone, site lights, a radio, a heated jacket …"""
DRAWS = 1024


def screening(folder: Path) -> pd.DataFrame:
    """Write the example reduced to what a list of sales says; give its products with their families."""
    whole = read_catalog(EXAMPLE)
    products = whole["products"].frame[["product", "name", "family"]].astype(str)
    proposed = kinds.propose(zip(products["name"], products["family"], strict=True))
    sure = [proposed[pair].sure for pair in zip(products["name"], products["family"], strict=True)]
    products["archetype"] = [CHOSEN.get(key, kind) for key, kind in zip(products["product"], sure, strict=True)]
    listed = products[products["archetype"] != ""].copy()
    modes = whole["modes"].frame.assign(rate=cells.best_estimates(whole["modes"].values["rate"]))
    electric = modes[(modes["carrier"] == "electricity") & (modes["rate_unit"] == "W")]
    listed["rated_power"] = listed["product"].map(electric.groupby("product")["rate"].max())
    materials = whole["materials"].frame.assign(kg=cells.best_estimates(whole["materials"].values["mass"]))
    bare = materials[materials["part"] != "packaging"]
    listed["mass"] = listed["product"].map(bare.groupby("product")["kg"].sum())
    listed.to_csv(folder / "products.csv", index=False)
    sales = pd.read_csv(EXAMPLE / "sales.csv", dtype=str, comment="#")
    sales[sales["product"].isin(listed["product"])].to_csv(folder / "sales.csv", index=False)
    for name in ("catalog.toml", "regions.csv"):
        (folder / name).write_bytes((EXAMPLE / name).read_bytes())
    return listed


@pytest.mark.slow
def test_a_screening_holds_the_detailed_figure_of_the_total_and_of_nine_families_in_ten(tmp_path: Path) -> None:
    listed = screening(tmp_path)
    whole = estimate(read_catalog(EXAMPLE), draws=DRAWS)
    assert whole.meta["products"] - len(listed) == KINDLESS
    detailed = whole.select("total", "product").set_index("group")["mean"].reindex(listed["product"])
    screened = estimate(read_catalog(tmp_path), draws=DRAWS)
    total = screened.figure("total")
    assert total["p2_5"] <= detailed.sum() <= total["p97_5"]
    families = screened.select("total", "family").set_index("group")
    by_family = detailed.groupby(listed.set_index("product")["family"]).sum()
    inside = families["p2_5"].le(by_family) & families["p97_5"].ge(by_family)
    told = pd.DataFrame({"detailed": by_family, **families[["p2_5", "p97_5"]]})
    assert np.mean(inside) >= 0.9, told
