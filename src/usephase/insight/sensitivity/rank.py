"""Rank every uncertain cell of a catalog by what it adds to the variance of a figure."""

import time
from collections.abc import Iterator
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd

from usephase.catalog import read_files
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.engine.adjoint.jobs import make_jobs
from usephase.engine.plan.cells import GUESS
from usephase.engine.plan.compile import compile_plan
from usephase.engine.run.furthest import naming_the_furthest
from usephase.engine.run.statistics import standard_error
from usephase.errors import Problem, StudyError
from usephase.insight.figure import check, parse
from usephase.insight.sensitivity.draws.methods import by_method
from usephase.insight.sensitivity.estimators import Indices, OutputSums, indices, largest, resampling, squares
from usephase.insight.sensitivity.exact.closed_form import closed_form
from usephase.insight.sensitivity.factors import Factor, Group, known_of, list_factors, list_groups, tied
from usephase.insight.sensitivity.further import draw_further, put_in
from usephase.insight.sensitivity.measure_next import measure_next, worth_knowing
from usephase.insight.sensitivity.ranking import INDEX_COLUMNS, Ranking, cells_that_make, ranked
from usephase.insight.sensitivity.stability import stability
from usephase.insight.sensitivity.subject import Progress, Subject
from usephase.insight.sensitivity.sweep import Sweep, sweep
from usephase.insight.sensitivity.tornado import tornado
from usephase.results.run import Run
from usephase.sampling.design import DesignName

Method = Literal["sobol", "closed_form", "morris", "delta", "pawn", "regression", "given_data"]
METHODS: tuple[Method, ...] = ("sobol", "closed_form", "morris", "delta", "pawn", "regression", "given_data")
DRAWS = 2048
"""Draws of a ranking unless asked for."""
LEAST_DRAWS = 64
LEADING = 100
"""Rows that a tornado is drawn for."""
_FIRST, _GUESSES_NAMED = 10, 3
"""So many of the first rows are looked at for shared guesses; so many of those, and of their cells, are named."""
_OWN_TABLES = {
    ("archetype_modes", "amount"): "use_profiles", ("archetype_modes", "rate"): "modes",
    ("archetype_modes", "load"): "modes", ("archetype_modes", "efficiency"): "modes",
    ("archetype_lives", "mean"): "lifetimes", ("archetype_lives", "share"): "segments",
    ("archetype_lives", "shape"): "lifetimes", ("archetype_lives", "max_years"): "lifetimes",
    ("archetype_materials", "mass"): "materials",
}  # fmt: skip
"""The table whose rows say for a product itself what a column of an archetype says."""
FROM_DRAWS = ("delta", "pawn", "regression", "given_data")
"""Methods that need no more than the draws that a run has."""


def rank(
    study: Run | Catalog,
    of: str = "total",
    method: Method = "sobol",
    *,
    draws: int | None = None,
    seed: int | None = None,
    design: DesignName | None = None,
    pairs: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> Ranking:
    """Rank the uncertain cells of a catalog by what they add to the variance of a figure.

    Parameters
    ----------
    study : Run or Catalog
        A run is ranked with its own seed and design.
    of : str
        The figure: ``LEDGER`` or ``LEDGER:BY=GROUP``, on the headline's basis and boundary.
    method : str
        ``sobol``: first-order and total-order indices, exact for the model. ``closed_form``: the same from moments,
        where cells are independent and the figure is affine in them. ``morris``, ``delta``, ``pawn``: SALib's, on the
        leading cells. ``regression``: standardized and partial rank regression. ``given_data``: first-order indices
        from draws as a run makes them, without further evaluations of the model.
    draws : int, optional
        Size of the sample; default 2,048 and more for the largest cells of ``sobol``, or a run's own for the methods
        that need its draws only.
    seed, design : optional
        Instead of the catalog's or the run's.
    pairs : int
        Give second-order indices of this many leading cells.
    workers : int
        Threads; changes no figure.

    Returns
    -------
    Ranking

    Raises
    ------
    StudyError
        A figure or method that there is not, or too few draws.
    NumericError
        A draw without a finite value.

    Notes
    -----
    Cells that a catalog declares as correlated are ranked as one: a variance cannot be divided between inputs that
    depend on each other.
    """
    started = time.perf_counter()
    run = study if isinstance(study, Run) and method in FROM_DRAWS else None
    if run is not None and (draws, seed, design) == (None, None, None):
        draws = run.meta["draws"]
    else:
        run = None
    subject = _subject(study, of, method, draws, seed, design, workers, progress)
    with naming_the_furthest(subject.resolved):
        if method == "sobol":
            answer = _sobol(subject, pairs, draws is None)
        elif method == "closed_form":
            answer = closed_form(subject)
        else:
            answer = by_method(subject, method, run)
    seconds = round(time.perf_counter() - started, 3)
    return Ranking(**{**answer.__dict__, "seconds": seconds})


def subject_of(study: Run | Catalog, of: str, draws: int | None = None, seed: int | None = None) -> Subject:
    """Resolve and compile what a ranking of a figure is about."""
    return _subject(study, of, "sobol", draws, seed, None, 1, None)


def _subject(
    study: Run | Catalog, of: str, method: str, draws: int | None, seed: int | None, design: DesignName | None,
    workers: int, progress: Progress | None,
) -> Subject:  # fmt: skip
    if method not in METHODS:
        fix = f"use one of: {', '.join(METHODS)}"
        raise StudyError([Problem(where=f"method {method}", what="there is no such method", fix=fix)])
    figure = parse(of)
    if isinstance(study, Run):
        meta = study.meta
        catalog = read_files(dict(study.files), meta["catalog"].get("path", "stored catalog"), study.register)
        known: tuple[Any, ...] = (meta["seed"], meta["design"], meta["reporting_year"])
    else:
        catalog = study
        known = (catalog.settings.seed, catalog.settings.design, catalog.settings.reporting_year)
    labels = (figure.by,) if figure.by in ("brand", "name", *catalog.labels) else ()
    resolved = resolve(catalog)
    plan = compile_plan(resolved, known[2], labels, calendar=False)
    figure = check(figure, plan)
    count = DRAWS if draws is None else draws
    if count < LEAST_DRAWS:
        fix = f"ask for at least {LEAST_DRAWS}; {DRAWS} is usual"
        raise StudyError([Problem(where=f"draws {count}", what="too few to estimate an index", fix=fix)])
    return Subject(
        resolved=resolved, plan=plan, figure=figure, factors=list_factors(plan.cells, resolved),
        design=design or known[1], seed=known[0] if seed is None else seed, draws=count, workers=workers,
        progress=progress,
    )  # fmt: skip


def _sobol(subject: Subject, pairs: int, on: bool) -> Ranking:
    """Sweep all cells, and draw on for the largest ones if their intervals are wide."""
    factors = subject.factors
    groups = list_groups(factors, subject.families)
    # A group of one factor is that factor, and many groupings find the same cells: each set is swapped once.
    sets = list(dict.fromkeys([f.cells for f in factors] + [g.cells for g in groups]))
    at = {cells: i for i, cells in enumerate(sets)}
    done = swept(subject, sets)
    weights, group_at = resampling(subject.seed), [at[g.cells] for g in groups]
    next_, told, large, mine = pd.DataFrame(), notes(subject, done.output), list[Factor](), None
    own = done.squared[: len(factors)]
    leading, shares = largest(own)
    if not done.output.constant:
        first = done.joint.sum(axis=1)
        large = [factors[i] for i in leading]
        cells, sources = worth_knowing(factors, groups, first[: len(factors)], own.sum(axis=1), first[group_at])
        known = [f.cells for f in cells] + [g.cells for g in sources]
        place = {cells: i for i, cells in enumerate(dict.fromkeys([*(f.cells for f in large), *known]))}
        kept = swept(subject, list(place), keep=True)
        mine = kept.of([place[f.cells] for f in large])
        done.output.squares = squares(kept.f_a, kept.f_b, mine.there, mine.back, shares)
        next_ = measure_next(subject, kept.of([place[cells] for cells in known]), cells, sources)
    found = indices(done.output, done.joint, done.squared, weights, subject.workers)
    firm = stability(found, done.output, own, weights)
    evaluations = done.evaluations
    if on and mine is not None:
        more = draw_further(subject, large, shares, done, mine, weights)
        found = put_in(found, leading, more.indices)
        firm |= {"largest_cells": len(large), "draws_of_largest": more.draws}
        evaluations, told = evaluations + more.evaluations, (*told, *more.notes)
    rows = ranked(_rows(factors, found), "sobol")
    told = (*told, *places_of_guesses(subject, rows))
    grouped = _groups(groups, found, group_at)
    summary = summarize(subject, rows, done.output, done.f_a) | firm
    second = pd.DataFrame()
    if pairs > 1 and not done.output.constant:
        second = _pairs(subject, rows.head(pairs), done.output)
    return Ranking(
        figure=str(subject.figure), method="sobol", rows=rows, groups=grouped, summary=summary,
        evaluations=evaluations, draws=subject.draws, seed=subject.seed, notes=told, pairs=second,
        tornado=tornado(subject, leading_factors(factors, rows)), measure_next=next_,
    )  # fmt: skip


def places_of_guesses(subject: Subject, rows: pd.DataFrame) -> Iterator[str]:
    """Say of the shared guesses among the first rows which cells they are, and what takes their place."""
    guesses = {f.row: f for f in subject.factors if f.row.startswith(f"group={GUESS}:")}
    for row in [row for row in rows["row"].head(_FIRST) if row in guesses][:_GUESSES_NAMED]:
        cells = sorted(subject.plan.cells.name[cell] for cell in guesses[row].cells)
        table, _, column = cells[0]
        own = _OWN_TABLES.get((table, column), table)
        named = ", ".join(f"`{key}`" for _, key, _ in cells[:_GUESSES_NAMED])
        more = f" and {len(cells) - _GUESSES_NAMED} more" if len(cells) > _GUESSES_NAMED else ""
        yield (
            f"`{row.removeprefix('group=')}` is the column {column} of {table} in {named}{more}: such a row in the "
            f"catalog's {table} takes its place, and rows of a product's own in {own} do"
        )


def leading_factors(factors: list[Factor], rows: pd.DataFrame, count: int = LEADING) -> list[Factor]:
    """Give the factors of the first rows that have an effect."""
    of = {(f.table, f.row, f.column): f for f in factors}
    shown = rows[rows["st"] > 0].head(count)
    return [of[key] for key in zip(shown["table"], shown["row"], shown["column"], strict=True)]


def swept(subject: Subject, sets: list[frozenset[int]], *, every: bool = True, keep: bool = False) -> Sweep:
    """Sweep the figure for factors given as sets of cells."""
    jobs = make_jobs(subject.graph, subject.tapes, sets, every)
    tell = None if keep else subject.progress
    return sweep(subject.graph, jobs, sets, subject.make_design, subject.draws, subject.workers, tell, keep=keep)


def _rows(factors: list[Factor], found: Indices) -> pd.DataFrame:
    count = len(factors)
    return pd.DataFrame(
        {
            "table": [f.table for f in factors],
            "row": [f.row for f in factors],
            "column": [f.column for f in factors],
            **{name: getattr(found, name)[:count] for name in INDEX_COLUMNS},
            "share_of_variance": 0.0,
            **known_of(factors),
            "cells": [len(f.cells) for f in factors],
        }
    )


def _groups(groups: list[Group], found: Indices, at: list[int]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "by": [g.by for g in groups],
            "group": [g.name for g in groups],
            "cells": [len(g.cells) for g in groups],
            **{name: getattr(found, name)[at] for name in INDEX_COLUMNS},
        }
    )
    whole = frame.groupby("by")["st"].transform("sum")
    frame["share_of_variance"] = np.where(whole > 0, frame["st"] / whole.where(whole > 0, 1.0), np.nan)
    order = {by: i for i, by in enumerate(("table", "column", "family", "source", "data_type"))}
    keys = frame["by"].map(order)
    return (
        frame.assign(_o=keys, _s=-frame["st"])
        .sort_values(["_o", "_s", "group"], ignore_index=True)
        .drop(columns=["_o", "_s"])
    )


def _pairs(subject: Subject, leading: pd.DataFrame, output: OutputSums) -> pd.DataFrame:
    """Estimate what each two of the leading factors add together beyond what each adds alone."""
    of = {(f.table, f.row, f.column): f for f in subject.factors}
    chosen = [of[key] for key in zip(leading["table"], leading["row"], leading["column"], strict=True)]
    couples = list(combinations(chosen, 2))
    sets = [f.cells for f in chosen] + [a.cells | b.cells for a, b in couples]
    done = swept(subject, sets, every=False)
    # What a pair adds beyond both alone is a sum over draws like any other: its interval comes from its own sums.
    alone = done.joint[: len(chosen)]
    number = {id(f): i for i, f in enumerate(chosen)}
    beyond = np.array([
        done.joint[len(chosen) + k] - alone[number[id(a)]] - alone[number[id(b)]] for k, (a, b) in enumerate(couples)
    ])  # fmt: skip
    found = indices(output, beyond, done.squared[len(chosen) :], resampling(subject.seed))
    frame = pd.DataFrame(
        [
            {
                "table": a.table,
                "row": a.row,
                "column": a.column,
                "table_2": b.table,
                "row_2": b.row,
                "column_2": b.column,
            }
            for a, b in couples
        ]
    )
    frame["s2"], frame["s2_low"], frame["s2_high"] = found.s1, found.s1_low, found.s1_high
    return frame.sort_values("s2", ascending=False, ignore_index=True, kind="stable")


def summarize(subject: Subject, rows: pd.DataFrame, output: OutputSums, f_a: np.ndarray) -> dict[str, Any]:
    """Give the scalars of a ranking with S1 and ST."""
    constant = output.constant
    total = None if constant else float(rows["s1"].sum())
    low, high = np.quantile(f_a, [0.025, 0.975])
    error = float(standard_error(f_a[None, :], subject.make_design().replicated)[0])
    variance = float(f_a.var(ddof=1))
    return {
        "mean": float(f_a.mean()), "sd": float(np.sqrt(variance)), "p2_5": float(low), "p97_5": float(high),
        "uncertain_cells": int(sum(len(f.cells) for f in subject.factors)),
        "cells_with_effect": int((rows["st"] > 0).sum()),
        "sum_s1": total, "interaction_share": None if total is None else 1 - total,
        "cells_for_80_percent": None if constant else cells_that_make(rows["share_of_variance"].to_numpy()),
        "effective_sample_size": variance / error**2 if error > 0 and not constant else None,
    }  # fmt: skip


def notes(subject: Subject, output: OutputSums | None = None) -> tuple[str, ...]:
    """Say what a reader of a ranking must know."""
    out = [
        f"{len(factor.cells)} cells {tied(factor)} are ranked as one: an index of one of them alone is not valid"
        for factor in subject.factors
        if factor.joint and not factor.row.startswith(f"group={GUESS}:")
    ]
    guessed = [factor for factor in subject.factors if factor.row.startswith(f"group={GUESS}:")]
    if guessed:
        many = sum(len(factor.cells) for factor in guessed)
        out.append(f"{many} cells of archetypes share {len(guessed)} guesses or masses of parts: each is ranked as one")
    if output is not None and output.constant:
        out.append(f"{subject.figure} is the same in all draws: it has no variance to divide, so no index is given")
    return tuple(out)
