"""What a run would take: its size, memory and time, from the plan and from a few draws of one tile."""

import time
from typing import Any, NamedTuple

from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.study import KernelChoice, Study, choose_kernel, cut_blocks, spans
from usephase.engine.run import memory as room
from usephase.engine.run.blocks import evaluate_block

PROBE_DRAWS = (64, 256)
"""Draws of the two trials; what they differ by is the cost of draws, the rest that of a tile."""


class DryRun(NamedTuple):
    """What a run would be.

    Attributes
    ----------
    memory_bytes, budget_bytes : int
        At the peak, and allowed.
    seconds : float
        With the threads that fit; reading and reports not included.
    """

    products: int
    tiles: int
    blocks: int
    uncertain_cells: int
    draws: int
    kernel: str
    workers: int
    memory_bytes: int
    budget_bytes: int
    seconds: float

    def to_document(self) -> dict[str, Any]:
        """Give the answer of ``usephase run --dry-run --json``."""
        return {"schema": "usephase.dry_run/1", **self._asdict()}


def dry_run(
    catalog: Catalog, *, draws: int | None = None, seed: int | None = None, design: Any = None,
    by: tuple[str, ...] = (), workers: int = 1, store_draws: bool | None = None, kernel: KernelChoice = "auto",
    memory: str | int | None = None, **others: Any,
) -> DryRun:  # fmt: skip
    """Estimate what a run would take; writes nothing. Parameters as of `usephase.estimate`, which may have more."""
    settings = catalog.settings
    study = Study(design or settings.design, settings.seed if seed is None else seed, draws or settings.draws)
    plan = compile_plan(resolve(catalog), None, tuple(by))
    study = study._replace(kernel=choose_kernel(plan, study.draws, kernel))
    _, keep = room.kept(plan, study, store_draws)
    threads, allowed = room.within(plan, study, keep, workers, memory)
    blocks = cut_blocks(plan)
    chosen = sum(1 for weight in settings.scenarios.values() if weight > 0)
    first = spans(plan)[0]
    few, more = PROBE_DRAWS
    evaluate_block(plan, study._replace(draws=few), first)  # whatever is compiled or kept is made here
    taken = []
    for count in PROBE_DRAWS:
        started = time.perf_counter()
        evaluate_block(plan, study._replace(draws=count), first)
        taken.append(time.perf_counter() - started)
    a_draw = max(taken[1] - taken[0], 0.0) / (more - few)
    share = len(plan.products) / len(first)
    seconds = share * (max(taken[0] - few * a_draw, 0.0) + study.draws * a_draw / threads)
    return DryRun(
        products=len(plan.products), tiles=len(spans(plan)), blocks=len(blocks),
        uncertain_cells=len(plan.cells) - (chosen == 1), draws=study.draws, kernel=study.kernel,
        workers=threads, memory_bytes=room.needed(plan, study, keep, threads),
        budget_bytes=allowed, seconds=round(seconds, 3),
    )  # fmt: skip
