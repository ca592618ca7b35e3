"""Worked calculation: for every product, by region, the few numbers whose product is an emission, to redo by hand."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from usephase.engine.execute.tiles import in_blocks
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import choose_kernel, spans
from usephase.engine.plan.sums import Wanted
from usephase.engine.run.local import Study
from usephase.insight.quality.durability import resolved_of
from usephase.results.run import Run

CHOICES = tuple((basis, boundary) for basis in ("projected", "frozen") for boundary in ("minimum", "life_cycle"))
"""Grid basis and boundary of each figure by product."""
BEST, MEAN = "best_estimate", "mean"
JOINT = "joint"
"""The kind of line that holds what the mean of products is more than the product of means."""
NUMBERS = ("units", "amount", "quantity", "years", "share", "factor", "t")
COLUMNS = (
    "at", "product", "family", "region", "segment", "kind", "what", "units", "amount", "amount_unit", "quantity",
    "quantity_unit", "years", "share", "factor", "factor_unit", "t",
)  # fmt: skip
G_PER_KG = 1000.0
Array = np.ndarray
Numbers = dict[str, float]


class _Line(NamedTuple):
    """What names a line."""

    product: str
    kind: str
    name: str
    region: str


@dataclass(frozen=True)
class Worked:
    """Lines to redo by hand, and the figures that they add up to.

    Attributes
    ----------
    lines : DataFrame
        `COLUMNS`: at best estimates, then at means. ``t`` = ``units`` · ``quantity`` · ``years`` · ``share`` ·
        ``factor`` / 1000, an empty cell being 1. At means a line of the kind `JOINT` a product makes them add up.
    factors : DataFrame
        Of the best estimates' lines, ``factor`` and ``t`` under each of `CHOICES`; the headline's alone if not in full.
    products : DataFrame
        By product and category, best estimate and, in full, mean under each of `CHOICES`, if asked for. [t CO2e]
    draws : int
    whole : int
        Products of the run; those of `lines` may be fewer.
    """

    lines: pd.DataFrame
    factors: pd.DataFrame
    products: pd.DataFrame
    draws: int
    whole: int


def worked(
    run: Run,
    products: Collection[str] | None = None,
    *,
    full: bool = True,
    means: bool = True,
    choices: bool = True,
) -> Worked:
    """Work a run's headline out in lines, from its stored catalog and on its draws.

    Parameters
    ----------
    run : Run
    products : collection of str, optional
        Those wanted; default all.
    full : bool
        Whether the factors under every choice, and the means by product under each, are wanted too.
    means : bool
        Whether the lines at means are, for which all draws are made again.
    choices : bool
        Whether products under each choice are.

    Raises
    ------
    CatalogError
        If the stored catalog cannot be read any more.

    Notes
    -----
    The lines are the chains of factors by which changes between years are explained, by product and kind of user. At
    means each number is the mean of its draws, so that their product is the mean of the emissions only where they do
    not vary together: the rest is a line of its own.
    """
    meta = run.meta
    year = int(meta["reporting_year"])
    plan = compile_plan(resolved_of(run), year, calendar=False)
    own = (str(meta["grid_basis"]), str(meta["boundary"]))
    kept = tuple(p for p in plan.products if year in p.sales and (products is None or p.name in products))
    plan = replace(plan, products=kept, calendar=False)
    study = Study(str(meta["design"]), int(meta["seed"]), int(meta["draws"]))
    study = study._replace(kernel=choose_kernel(plan, study.draws))
    once = study._replace(draws=1, design="random", kernel="numpy")
    best, averaged = _chains(_chosen(plan, own), study if means else once, year, draws=means)
    lines = [*_rows(plan, best, BEST), *_rows(plan, averaged, MEAN), *_joint(plan, averaged)]
    factors: dict[str, list[float]] = {}
    for choice in CHOICES if full else (own,):
        found = best if choice == own else _chains(_chosen(plan, choice), once, year, draws=False)[0]
        for name in ("factor", "t"):
            factors[f"{name}, {', '.join(choice)}"] = [found[line].get(name, np.nan) for line in best]
    return Worked(
        pd.DataFrame(lines, columns=list(COLUMNS)).astype(dict.fromkeys(NUMBERS, float)),
        pd.DataFrame(factors),
        _by_product(plan, study if full else once, year, full) if choices else pd.DataFrame(),
        study.draws,
        len(run.select("total", "product")),
    )


def _chosen(plan: Plan, choice: tuple[str, str]) -> Plan:
    return replace(plan, grid_basis=choice[0], boundary=choice[1])


def _chains(plan: Plan, study: Study, year: int, *, draws: bool) -> tuple[dict[_Line, Numbers], dict[_Line, Numbers]]:
    """Give the numbers of each line at best estimates, and the means of draws; ``t`` is the emissions' own."""
    wanted = Wanted(years=(year,), by=frozenset(), methods=False, chained=True, by_product=True, by_segment=True)
    best: dict[_Line, Numbers] = {}
    added: dict[_Line, tuple[Numbers, Numbers]] = {}
    for block, sums in in_blocks(plan, study, spans(plan), wanted, workers=1, draws=draws):
        for lines, links in _linked(sums):
            numbers = _numbers(lines[0].kind, links)
            known = {name: np.isfinite(x) for name, x in numbers.items()}
            total = {name: np.where(known[name], x, 0.0).sum(axis=-1).tolist() for name, x in numbers.items()}
            times = {name: x.sum(axis=-1).tolist() for name, x in known.items()}
            for i, line in enumerate(lines):
                if block is None:
                    best[line] = {name: x[i] if times[name][i] else np.nan for name, x in total.items()}
                    continue
                mine, counted = added.setdefault(line, (dict.fromkeys(numbers, 0.0), dict.fromkeys(numbers, 0.0)))
                for name in numbers:
                    mine[name] += total[name][i]
                    counted[name] += times[name][i]
    means = {
        line: {name: x / counted[name] if counted[name] else np.nan for name, x in mine.items()}
        for line, (mine, counted) in added.items()
    }
    return best, means


def _linked(sums: dict[Any, Array]) -> Iterator[tuple[list[_Line], Array]]:
    """Give the links of chains of one kind, some at a time. Shape (link, line, draw)."""
    chains: dict[_Line, dict[int, Array]] = defaultdict(dict)
    for (_, _, _, product, kind, name, link, region), x in sums.items():
        chains[_Line(product, kind, name, region)][int(link)] = x
    for kind, links in _LINKS.items():
        mine = [line for line in chains if line.kind == kind]
        for first in range(0, len(mine), _AT_ONCE):
            some = mine[first : first + _AT_ONCE]
            nothing = np.zeros_like(chains[some[0]][0])
            yield some, np.stack([np.stack([chains[line].get(i, nothing) for line in some]) for i in range(links)])


_AT_ONCE = 128
_LINKS = {"electricity": 6, "fuel": 6, "leak": 4, "waste": 3, "gas": 3}
"""Links of each kind of chain."""


def _numbers(kind: str, links: Array) -> dict[str, Array]:
    """Give the numbers of lines from their links; NaN where a number has no meaning. Shapes (line, draw)."""
    units, t = links[0], links[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind in ("electricity", "fuel"):
            _, in_service, served, drawn, share, _ = links
            out = {"amount": served / in_service, "quantity": drawn / in_service, "years": in_service / units}
            out |= {"share": share / drawn, "factor": t * G_PER_KG / share}
        elif kind == "leak":
            _, in_service, gas, _ = links
            out = {"quantity": gas * G_PER_KG / in_service, "years": in_service / units, "share": t / gas}
        elif kind == "waste":
            out = {"quantity": links[1] / units, "factor": t * G_PER_KG / links[1]}
        else:
            out = {"quantity": links[1] * G_PER_KG / units, "factor": t / links[1]}
    return {"units": units, **out, "t": t}


def _rows(plan: Plan, found: dict[_Line, Numbers], at: str) -> Iterator[dict[str, Any]]:
    """Give a row a line; at means ``t`` is the product of the means."""
    families = {product.name: product.family for product in plan.products}
    yearly = {(p.name, mode.name) for p in plan.products for mode in p.modes if mode.rate_unit.endswith("/year")}
    for line, numbers in found.items():
        carrier, what, per, segment = _named(line)
        row: dict[str, Any] = {
            **dict.fromkeys(COLUMNS, ""),
            **dict.fromkeys(NUMBERS),
            "at": at,
            **line._asdict(),
            "family": families[line.product],
        }
        row |= {name: None if not np.isfinite(x) else x for name, x in numbers.items()}
        row |= {"what": what, "segment": segment, "amount_unit": f"{per}/year" if per else ""}
        if (line.product, what) in yearly:
            row |= {"amount": None, "amount_unit": ""}
        unit = "kWh" if carrier < 0 else plan.carriers[carrier].unit
        row["quantity_unit"], row["factor_unit"] = {
            "electricity": (f"{unit}/year", f"kg CO2e/{unit}"),
            "fuel": (f"{unit}/year", f"kg CO2e/{unit}"),
            "leak": ("kg CO2e leaked/year", ""),
            "waste": ("kg/unit", "kg CO2e/kg"),
            "gas": ("kg CO2e held/unit", "share released"),
        }[line.kind]
        if at == MEAN:
            row["t"] = multiplied(row)
        yield {name: row[name] for name in COLUMNS}


def multiplied(row: Any) -> float:
    """Multiply a line out. [t CO2e]"""
    out = 1 / G_PER_KG
    for name in ("units", "quantity", "years", "share", "factor"):
        if row[name] is not None and np.isfinite(row[name]):
            out *= row[name]
    return float(out)


def _named(line: _Line) -> tuple[int, str, str, str]:
    """Read a chain's name: the carrier, what emits, what its amount counts, and the kind of user."""
    *name, segment = line.name.split("\x1f")
    if line.kind in ("electricity", "fuel"):
        return int(name[0]), name[1], {"hour": "h", "cycle": "cycle"}[name[2]], segment
    return -1, name[0] if name else "refrigerant", "", segment


def _joint(plan: Plan, means: dict[_Line, Numbers]) -> Iterator[dict[str, Any]]:
    """Give what the means of emissions are more than the products of means, a row a product."""
    left: dict[str, float] = defaultdict(float)
    for row, line in zip(_rows(plan, means, MEAN), means, strict=True):
        left[line.product] += means[line]["t"] - row["t"]
    for product in plan.products:
        if product.name in left:
            name = {"at": MEAN, "product": product.name, "family": product.family, "kind": JOINT}
            yield {**dict.fromkeys(COLUMNS, ""), **dict.fromkeys(NUMBERS), **name, "t": left[product.name]}


def _by_product(plan: Plan, study: Study, year: int, with_means: bool) -> pd.DataFrame:
    """Give best estimates, and means if wanted, by product and category under each of `CHOICES`. [t CO2e]"""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for choice in CHOICES:
        its = _chosen(plan, choice)
        wanted = Wanted(years=(year,), by=frozenset({"product"}), methods=False)
        for block, sums in in_blocks(its, study, spans(its), wanted, workers=1, draws=with_means):
            at, size = (BEST, 1) if block is None else (MEAN, study.draws)
            for key, x in sums.items():
                if key[2] == "group" and key[5] == "product":
                    row = found.setdefault((key[6], key[3]), {})
                    name = f"{at}, {', '.join(choice)}"
                    row[name] = row.get(name, 0.0) + float(x.sum()) / size
    rows = [{"product": product, "ledger": ledger, **row} for (product, ledger), row in sorted(found.items())]
    return pd.DataFrame(rows).fillna(0.0)
