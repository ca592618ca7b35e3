"""How much of the spread of a run's total comes from guesses, and which inputs move it most: a short ranking."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.table import Catalog
from usephase.engine.adjoint.jobs import make_jobs
from usephase.engine.adjoint.tape import list_tapes
from usephase.engine.plan.cells import SCENARIO
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.records import Plan
from usephase.errors import NumericError
from usephase.heap import give_back
from usephase.insight.figure import parse
from usephase.insight.quality.assess import uncertain
from usephase.insight.quality.common_errors import share_errors
from usephase.insight.quality.durability import remember, resolved_of
from usephase.insight.sensitivity.factors import list_factors
from usephase.insight.sensitivity.subject import graph_of
from usephase.insight.sensitivity.sweep import sweep
from usephase.results.run import Run
from usephase.sampling.design import make_design

PART, LEAST_DRAWS, MOST_DRAWS, MOST_CELLS = 16, 2048, 512, 250_000
"""One in so many of the run's draws are ranked, up to a number: a few percent of the run's time. Runs of few draws, and
catalogs of very many cells, are left to ``usephase rank``; such catalogs tell no common errors either."""
SORTS = ("built_in", "unstated", "estimate", "known", "scenario")
"""Whose guess it is, the least known first: the reference's; a catalog's that names no type of data; somebody's
judgement; no guess; and the weights of the grid scenarios."""
KINDS = {
    "use_profiles": "use", "products": "use", "lifetimes": "lives", "modes": "energy", "segments": "users",
    "sales": "units", "materials": "masses", "grid": "grid", "zones": "grid", "reference_grid": "grid",
    "settings": "grid", "carriers": "fuels", "refrigerants": "refrigerants", "gases": "refrigerants",
    "end_of_life": "waste", "treatments": "waste", "archetype_modes": "use", "archetype_lives": "lives",
    "archetype_materials": "masses",
}  # fmt: skip
"""What the values of a table are; correlated ones of several kinds are `JOINT`."""
JOINT = "joint"
INPUTS, LEAST_SHARE = 8, 0.01
"""So many inputs are named, none with a smaller share of the variance: so well is it known from a short ranking."""


def weigh(run: Run, catalog: Catalog | None = None, workers: int = 1) -> Run:
    """Add to a run what its guesses add to the variance of its total, as ``variance`` in its meta.

    Also its intervals if judgements shared errors, see `usephase.insight.quality.common_errors`.

    Parameters
    ----------
    run : Run
    catalog : Catalog, optional
        The one it was estimated from; by default the one that it stored.
    workers : int
        Threads; changes no figure.

    Returns
    -------
    Run
        ``variance`` has ``draws``, ``shares``, each with ``kind``, ``sort`` and ``share``, and ``inputs``, each with
        ``table``, ``row``, ``column``, ``share`` and, of an archetype's values, the ``product`` that emits most, the
        largest first; none where nothing varies. The same run where a
        short ranking says too little or would take too long.

    Notes
    -----
    An input's share is (S1 + ST) / 2: all that it does alone, and half of what it does together with others. For
    interactions of two this is its Shapley effect, so that the inputs of a kind add up; the shares are scaled to 1.
    """
    meta = run.meta
    resolved = resolved_of(run) if catalog is None else resolve(catalog)
    remember(run, resolved)
    if meta["uncertain_cells"] > MOST_CELLS:
        return run
    plan = compile_plan(resolved, meta["reporting_year"], calendar=False)
    try:
        weighed = _weighed(run, resolved, plan, workers) if meta["draws"] >= LEAST_DRAWS else run
        give_back()  # the short ranking's jobs
        made = share_errors(weighed, resolved, plan, workers)
        remember(made, resolved)
        return made
    except NumericError:  # a draw that the run did not make: the run itself stands
        return run


def _weighed(run: Run, resolved: Resolved, plan: Plan, workers: int) -> Run:
    meta = run.meta
    spread = run.register[uncertain(run.register)]
    known = {
        (table, row, column): _sort(origin, kind)
        for table, row, column, origin, kind in zip(
            *(spread[name] for name in ("table", "row", "column", "origin", "data_type")), strict=True
        )
    }
    factors = list_factors(plan.cells, resolved)
    groups = []
    for factor in factors:
        names = [plan.cells.name[of] for cell in factor.cells for of in plan.cells.partners.get(cell, (cell,))]
        kinds = {"scenario" if name == SCENARIO else KINDS.get(name[0], JOINT) for name in names}
        sorts = [SORTS.index("scenario" if name == SCENARIO else known.get(name, "unstated")) for name in names]
        groups.append((kinds.pop() if len(kinds) == 1 else JOINT, SORTS[min(sorts)]))
    cells = [factor.cells for factor in factors]
    draws = min(meta["draws"] // PART, MOST_DRAWS)
    graph = graph_of(plan, parse("total"))
    jobs = make_jobs(graph, list_tapes(graph), cells)
    done = sweep(graph, jobs, cells, lambda: make_design(meta["design"], meta["seed"], draws), draws, workers)
    parts = done.joint.sum(axis=1) + done.squared.sum(axis=1)
    by_group: dict[tuple[str, str], float] = defaultdict(float)
    for group, part in zip(groups, parts.tolist(), strict=True):
        by_group[group] += part
    whole = 0.0 if done.output.constant else sum(max(part, 0.0) for part in by_group.values())
    shares: list[dict[str, Any]] = [
        {"kind": kind, "sort": sort, "share": max(part, 0.0) / whole}
        for (kind, sort), part in by_group.items()
        if whole > 0
    ]
    shares.sort(key=lambda found: (-found["share"], found["kind"], found["sort"]))
    users = _largest_users(run, resolved)
    inputs = [
        {
            "table": factors[i].table,
            "row": factors[i].row,
            "column": factors[i].column,
            "share": float(parts[i] / whole),
            "product": users.get(factors[i].row.partition(";")[0].removeprefix("archetype="), ""),
        }
        for i in (np.argsort(-parts, kind="stable")[:INPUTS].tolist() if whole > 0 else ())
        if parts[i] >= LEAST_SHARE * whole
    ]
    return replace(run, meta={**meta, "variance": {"draws": draws, "shares": shares, "inputs": inputs}})


def _largest_users(run: Run, resolved: Resolved) -> dict[str, str]:
    """Name of each archetype the product that emits most: whose values come from there."""
    frame = resolved.tables["products"].frame
    means = run.select("total", "product").set_index("group")["mean"]
    told = frame[frame["archetype"] != ""].assign(mean=lambda rows: rows["product"].map(means))
    listed = told.sort_values("mean", kind="stable").drop_duplicates("archetype", keep="last")
    return dict(zip(listed["archetype"].astype(str), listed["product"].astype(str), strict=True))


def _sort(origin: str, data_type: str) -> str:
    if data_type in ("primary", "secondary"):
        return "known"
    return "estimate" if data_type == "estimate" else "built_in" if origin == "reference" else "unstated"
