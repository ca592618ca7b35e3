"""A script as users write it, from outside the package: mypy reads it (test_wheel.py), nothing runs it."""

from typing import assert_type

import pandas as pd
import xarray as xr

import usephase

try:
    catalog = usephase.read_catalog("product_catalog")
except usephase.CatalogError as error:
    raise SystemExit(
        "\n".join(f"{problem.where}: {problem.what} → {problem.fix}" for problem in error.problems)
    ) from error
products = pd.DataFrame({"product": ["FAN"]})
made = usephase.Catalog.from_frames({"products": products}, settings={"name": "Fans", "reporting_year": 2024})
lighter = made.with_edits({"modes:product=FAN;mode=on:rate": "*0.9"})
run = usephase.estimate(lighter, draws=64, seed=7, by=["brand"])
assert_type(catalog, usephase.Catalog)
assert_type(made, usephase.Catalog)
assert_type(lighter, usephase.Catalog)
assert_type(catalog.to_frames(), dict[str, pd.DataFrame])
assert_type(run, usephase.Run)
assert_type(run.figures, pd.DataFrame)
assert_type(run.draws("category_11", by="family"), pd.DataFrame)
assert_type(run.to_xarray(), xr.Dataset)
assert_type(usephase.sweep(catalog, "lifetimes:lifetime=tool_home:mean", [4, 6.5]), pd.DataFrame)
assert_type(usephase.compare(catalog, ["base", "brushless"]), usephase.Comparison)
assert_type(usephase.rank(run), usephase.Ranking)
assert_type(usephase.track(catalog), usephase.Track)
run.plot.distribution().save("picture.svg")
run.save("run.h5")
assert_type(usephase.open_run("run.h5"), usephase.Run)
print(run.figurs)  # type: ignore[attr-defined]
usephase.estimate(catalog, draws="many")  # type: ignore[arg-type]
