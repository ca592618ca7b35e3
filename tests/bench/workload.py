"""The benchmarks' catalog: P products with 15 uncertain cells of their own, sold in R regions with uncertain grids.

The numbers are made once, rounded to what the catalog's text says, and kept, so that other programs can compute the
very same model from them. Needs numpy alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from usephase.catalog.table import Catalog

YEAR = 2024
YEARS = 30
"""Calendar years of a unit's life; whatever still runs then is scrapped."""
FAMILIES = 20
HOURS_A_YEAR = 8760.0
MATERIALS = ("steel", "plastic", "electronics", "cells")
PACKAGING = "cardboard"
ROUTES = ("recycling", "incineration", "landfill")
SHARES = (0.55, 0.25, 0.20)
Z95 = 1.959963984540054
Address = tuple[str, str, str]


class Belief(NamedTuple):
    """An uncertain value: ``lognormal`` (median, 95 % factor), ``normal`` (mean, 95 % half-width as a share),
    ``triangular`` (mode, half its width as a share) or ``fixed`` (the number).
    """

    kind: str
    center: float
    spread: float

    def text(self) -> str:
        """Write it as a catalog does."""
        a, b = self.center, self.spread
        if self.kind == "lognormal":
            return f"{a!r} */ {b!r}"
        if self.kind == "normal":
            return f"{a!r} ± {100 * b:.10g}%"
        if self.kind == "triangular":
            return f"triangular({a * (1 - b)!r}, {a!r}, {a * (1 + b)!r})"
        return repr(a)

    def draw(self, rng: np.random.Generator, draws: int) -> np.ndarray:
        """Draw it with numpy's own generators. Shape (draw,)."""
        a, b = self.center, self.spread
        if self.kind == "lognormal":
            return rng.lognormal(np.log(a), np.log(b) / Z95, draws)
        if self.kind == "normal":
            return rng.normal(a, a * b / Z95, draws)
        if self.kind == "triangular":
            return rng.triangular(a * (1 - b), a, a * (1 + b), draws)
        return np.full(draws, a)


@dataclass(frozen=True)
class Own:
    """One of the 15 cells that each product has to itself; `low` and `high` bound the centers."""

    table: str
    row: str
    column: str
    kind: str
    low: float
    high: float
    spread: float


IN_OTHER_ROWS = ("on_h", "idle_h", "life", "shape")
"""Own cells that are not keyed by the product: each use profile's mode and each life is a group of its own."""
OWN = {
    "on_w": Own("modes", "product={};mode=on", "rate", "lognormal", 50, 1500, 1.25),
    "on_load": Own("modes", "product={};mode=on", "load", "triangular", 0.4, 0.7, 0.25),
    "on_efficiency": Own("modes", "product={};mode=on", "efficiency", "normal", 0.65, 0.85, 0.04),
    "idle_w": Own("modes", "product={};mode=idle", "rate", "lognormal", 2, 20, 1.3),
    "standby_w": Own("modes", "product={};mode=standby", "rate", "lognormal", 0.3, 2, 1.5),
    "on_h": Own("use_profiles", "use_profile={};mode=on", "amount", "lognormal", 30, 600, 1.4),
    "idle_h": Own("use_profiles", "use_profile={};mode=idle", "amount", "triangular", 200, 900, 0.3),
    "life": Own("lifetimes", "lifetime={}", "mean", "lognormal", 4, 9, 1.2),
    "shape": Own("lifetimes", "lifetime={}", "shape", "normal", 1.8, 3, 0.15),
    "steel": Own("materials", "product={};part=product;material=steel", "mass", "lognormal", 0.5, 6, 1.1),
    "plastic": Own("materials", "product={};part=product;material=plastic", "mass", "normal", 0.3, 3, 0.1),
    "electronics": Own(
        "materials", "product={};part=product;material=electronics", "mass", "lognormal", 0.05, 0.5, 1.2
    ),
    "cells": Own("materials", "product={};part=battery;material=cells", "mass", "normal", 0.1, 0.9, 0.05),
    "cardboard": Own("materials", "product={};part=packaging;material=cardboard", "mass", "triangular", 0.2, 1, 0.2),
    "allocation": Own("products", "product={}", "allocation", "normal", 0.8, 0.9, 0.02),
}
assert len(OWN) == 15


@dataclass(frozen=True)
class Workload:
    """The numbers of a catalog.

    Attributes
    ----------
    own : dict of ndarray (product,)
        Centers of each product's cells, keys as in `OWN`.
    units : ndarray (product, region)
    path, upstream : ndarray (region, year)
        Intensity and fuel supply from `YEAR` on. [kg/kWh]
    loss : ndarray (region,)
    fixed : tuple of str
        Own cells that are plain numbers.
    """

    own: Mapping[str, np.ndarray]
    units: np.ndarray
    path: np.ndarray
    upstream: np.ndarray
    loss: np.ndarray
    fixed: tuple[str, ...] = ()

    @property
    def products(self) -> tuple[str, ...]:
        """Names of the products."""
        return tuple(f"P{p:06d}" for p in range(len(self.units)))

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions, which are zones."""
        return tuple(f"Z{r:02d}" for r in range(len(self.path)))

    def beliefs(self, product: int) -> dict[str, Belief]:
        """Give a product's own cells."""
        return {
            name: Belief("fixed" if name in self.fixed else own.kind, float(self.own[name][product]), own.spread)
            for name, own in OWN.items()
        }

    def shared(self) -> dict[Address, Belief]:
        """Give the cells that all products share, by their address in the catalog."""
        out: dict[Address, Belief] = {("settings", "grid", "level"): Belief("lognormal", 1.0, 1.05)}
        for zone, loss in zip(self.regions, self.loss, strict=True):
            out["zones", f"zone={zone}", "level"] = Belief("lognormal", 1.0, 1.15)
            out["zones", f"zone={zone}", "loss"] = Belief("triangular", float(loss), 0.2)
        for material, factor in zip((*MATERIALS, PACKAGING), (0.02, 0.9, 0.3, 0.8, 0.2), strict=True):
            for i, (route, share) in enumerate(zip(ROUTES, SHARES, strict=True)):
                waste = f"material={material};route={route}"
                out["end_of_life", f"zone=*;{waste}", "share"] = Belief("normal", share, 0.1)
                center = round(factor * (0.3, 2.0, 1.0)[i], 4)
                out["treatments", waste, "factor"] = Belief("lognormal", center, 1.5)
        return out

    def files(self) -> dict[str, bytes]:
        """Write the catalog's files into memory."""
        tables = {name: "\n".join(lines) + "\n" for name, lines in self._tables().items()}
        return {f"{name}.csv": text.encode() for name, text in tables.items()} | {"catalog.toml": _SETTINGS.encode()}

    def write(self, folder: Path) -> Path:
        """Write the catalog as a folder and give it back."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.files().items():
            (folder / name).write_bytes(data)
        return folder

    def catalog(self) -> "Catalog":
        """Read the catalog from memory, checked."""
        from usephase.catalog import read_files

        return read_files(self.files())

    def _tables(self) -> dict[str, Iterable[str]]:
        shared = self.shared()
        waste = [(m, r) for m in (*MATERIALS, PACKAGING) for r in ROUTES]
        grid = enumerate(zip(self.regions, self.path.tolist(), self.upstream.tolist(), strict=True))
        return {
            **self._own_tables(),
            "sales": self._sales(),
            "zones": ["zone,level,loss"] + [
                f'{z},{shared["zones", f"zone={z}", "level"].text()},"{shared["zones", f"zone={z}", "loss"].text()}"'
                for z in self.regions
            ],
            "grid": ["zone,scenario,year,intensity,upstream"] + [
                f"{z},path,{YEAR + k},{g!r},{w!r}"
                for _, (z, path, upstream) in grid for k, (g, w) in enumerate(zip(path, upstream, strict=True))
            ],
            "end_of_life": ["zone,material,route,share"] + [
                f"*,{m},{r},{shared['end_of_life', f'zone=*;material={m};route={r}', 'share'].text()}" for m, r in waste
            ],
            "treatments": ["material,route,factor"] + [
                f"{m},{r},{shared['treatments', f'material={m};route={r}', 'factor'].text()}" for m, r in waste
            ],
        }  # fmt: skip

    def _own_tables(self) -> dict[str, list[str]]:
        out = {
            "products": ["product,family,use_profile,lifetime,allocation"],
            "modes": ["product,mode,carrier,rate,rate_unit,load,efficiency"],
            "use_profiles": ["use_profile,mode,amount,amount_unit"],
            "lifetimes": ["lifetime,mean,shape,max_years"],
            "materials": ["product,part,material,mass"],
        }
        for p, name in enumerate(self.products):
            t = {cell: f'"{belief.text()}"' for cell, belief in self.beliefs(p).items()}
            out["products"].append(f"{name},F{p % FAMILIES:02d},{name},{name},{t['allocation']}")
            out["modes"] += [
                f"{name},on,electricity,{t['on_w']},W,{t['on_load']},{t['on_efficiency']}",
                f"{name},idle,electricity,{t['idle_w']},W,1,1",
                f"{name},standby,electricity,{t['standby_w']},W,1,1",
            ]
            out["use_profiles"] += [
                f"{name},on,{t['on_h']},h/year",
                f"{name},idle,{t['idle_h']},h/year",
                f"{name},standby,,rest",
            ]
            out["lifetimes"].append(f"{name},{t['life']},{t['shape']},{YEARS}")
            for material in (*MATERIALS, PACKAGING):
                part = {"cells": "battery", PACKAGING: "packaging"}.get(material, "product")
                out["materials"].append(f"{name},{part},{material},{t[material]}")
        return out

    def _sales(self) -> Iterator[str]:
        yield "product,region,year,units"
        for name, row in zip(self.products, self.units.tolist(), strict=True):
            for region, units in zip(self.regions, row, strict=True):
                yield f"{name},{region},{YEAR},{units}"


_SETTINGS = f"""[catalog]
name = "Workload"
reporting_year = {YEAR}
[method]
sales_timing = "start_of_year"
boundary = "life_cycle"
[grid]
level = "1.0 */ 1.05"
[grid.scenarios]
path = 1.0
"""


def make(products: int, regions: int = 30, seed: int = 1, fixed: tuple[str, ...] = ()) -> Workload:
    """Make up a catalog. The same arguments give the same numbers."""
    rng = np.random.default_rng(seed)
    own = {
        name: np.round(o.low * (o.high / o.low) ** rng.random(products), 4 if o.high < 10 else 2)
        for name, o in OWN.items()
    }
    start, fall = rng.uniform(0.05, 0.9, (regions, 1)), rng.uniform(0.2, 0.9, (regions, 1))
    path = np.round(start * (1 - fall * np.arange(YEARS) / (YEARS - 1)), 5)
    return Workload(
        own,
        np.round(10 ** rng.uniform(1, 4, (products, regions))).astype(int),
        path,
        np.round(0.15 * path, 6),
        np.round(rng.uniform(0.03, 0.15, regions), 3),
        fixed,
    )
