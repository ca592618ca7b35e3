"""`usephase run`: the inventory."""

from pathlib import Path
from typing import Any

import click

from usephase.cli.common import (
    catalog_argument,
    catalog_at,
    common,
    cores,
    print_json,
    progress,
    say,
    say_next,
    spoken,
)
from usephase.cli.failures import EXIT_BUDGET
from usephase.cli.stages import Stages
from usephase.compiling import compile_ahead
from usephase.spelling import typed


@click.command()
@catalog_argument()
@click.option("--results", default="results", show_default=True, metavar="DIR", help="Where the run's folder is made.")
@click.option("--draws", type=click.IntRange(min=2), help="Monte Carlo draws, instead of the catalog's.")
@click.option("--seed", type=int, help="Seed, instead of the catalog's.")
@click.option("--design", type=click.Choice(["quasi", "latin_hypercube", "random"]), help="How the draws are made.")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0, min_open=True),
    metavar="X",
    help="Draw until the Monte Carlo error of the headline is below this share of it, e.g. 0.01.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Threads; default the cores. Changes no figure.")
@click.option(
    "--kernel",
    type=click.Choice(["auto", "numpy", "numba"]),
    default="auto",
    help="Default: the faster one; the figures are the same.",
)
@click.option("--by", multiple=True, metavar="LABEL", help="Group by this label of products as well; repeatable.")
@click.option("--store-draws", is_flag=True, help="Store all draws, not those of the totals only.")
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Compute on a Dask cluster: tcp://HOST:PORT of its scheduler, or local:N for N processes here.",
)
@click.option("--memory", metavar="SIZE", help="Budget, e.g. 2GB; default half of what is available.")
@click.option("--dry-run", is_flag=True, help="Say what the run would take: blocks, memory, time; write nothing.")
@click.option("--no-cache", is_flag=True, help="Compute all; neither take finished blocks from the store nor keep any.")
@click.option(
    "--store", "store_folder", metavar="DIR", help="Where finished blocks are kept; default .store in --results."
)
@click.option("--store-size", metavar="SIZE", default="10GB", show_default=True, help="What the store may take.")
@click.option(
    "--resume", is_flag=True, help="Go on from a run that was stopped; say so if the store has nothing of it."
)
@click.option(
    "--fail-if",
    "fail_if",
    multiple=True,
    metavar="CONDITION",
    help='As "total changes by more than 10 % for unchanged sales": exit code 7; repeatable.',
)
@click.option(
    "--log", "log_file", metavar="FILE", help="Add stages, times and the end to FILE: a JSON document a line."
)
@click.option("--metrics", metavar="FILE", help="Write times, counts and totals to FILE, as Prometheus reads them.")
@spoken
@common
def command(
    catalog: str, results: str, draws: int | None, seed: int | None, design: Any, tolerance: float | None,
    workers: int | None, by: tuple[str, ...], store_draws: bool, cluster: str | None, resume: bool,
    no_cache: bool, store_folder: str | None, store_size: str, memory: str | None, dry_run: bool, kernel: Any,
    fail_if: tuple[str, ...], log_file: str | None, metrics: str | None, code: str | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Compute the inventory: figures, run.h5, workbook, report."""
    from usephase.engine.run.estimate import estimate
    from usephase.engine.run.memory import parsed
    from usephase.engine.run.store import FOLDER, Store
    from usephase.engine.run.tolerance import estimate_to
    from usephase.insight.changes.condition import judge, last_run, read_condition
    from usephase.insight.quality.guesses import weigh
    from usephase.report.folders.run import answer, sweep_runs, write_run
    from usephase.report.language import language
    from usephase.results.provenance import slug

    if no_cache and resume:
        raise click.UsageError("--resume takes up what the store has: leave out --no-cache")
    language(code)  # refused before anything is read
    conditions = [read_condition(text) for text in fail_if]
    if kernel == "auto" and not dry_run:
        compile_ahead()
    options: dict[str, Any] = {
        "draws": draws, "seed": seed, "design": design, "by": by, "workers": workers or cores(), "kernel": kernel,
        "store_draws": store_draws, "memory": memory,
    }  # fmt: skip
    if dry_run:
        _told_only(catalog_at(catalog, code), options, as_json)
        return 0
    lines: list[str] = []
    stages = Stages("run", log_file, metrics)

    def told(text: str) -> None:
        lines.append(text)
        stages.told(text)
        say(text, quiet)

    with stages.noted(catalog=catalog, results=results):
        with stages.stage("read"):
            read = catalog_at(catalog, code)
        runs = Path(results) / slug(read.settings.name)
        sweep_runs(runs)
        last = last_run(runs, read.settings.reporting_year) if conditions else None
        store = None
        if not no_cache:
            store = Store(
                Path(store_folder or Path(results) / FOLDER), parsed(store_size, "--store-size"), resume, told
            )
        options |= {"cluster": cluster, "store": store}
        try:
            with progress("drawing", quiet) as tell:
                done = estimate_to(read, tolerance, **options, progress=tell)
            if not store_draws:
                done = done.with_draws_of_totals()
            for name, taken in done.meta["stages"].items():
                stages.took(name, taken["seconds"], taken["cpu_seconds"])
            with stages.stage("quality"):
                done = weigh(done, read, workers or cores())
            with stages.stage("files"):
                folder = write_run(done, Path(results), lines, store_draws=store_draws, code=code)
        except BaseException:  # Ctrl-C too
            if store and (kept := store.kept()):
                click.echo(kept, err=True)
            raise
        stages.count(**_counts(done))
        stages.event("written", {"run": folder.as_posix(), "blocks": done.meta["blocks"]})
        verdicts = []
        if conditions and last is None:
            told(f"{runs}: no earlier run of {read.settings.reporting_year} → --fail-if has nothing to compare with")
        elif last is not None:
            again = {**options, "draws": done.meta["draws"]}
            verdicts = [judge(its, done, read, last, lambda other: estimate(other, **again)) for its in conditions]
        for verdict in verdicts:
            stages.event("condition", {"text": verdict.condition.text, "met": verdict.met, "told": str(verdict)})
        stages.code = EXIT_BUDGET if any(verdict.met for verdict in verdicts) else 0
    if as_json:
        print_json(answer(done, folder))
    else:
        from usephase.report.terminal.printing import print_summary

        print_summary(done, folder, None if quiet else read.warnings)
    for verdict in verdicts:
        if verdict.met or not quiet:
            click.echo(f"fail-if: {verdict}", err=True)
    if not as_json:
        say_next(f"usephase rank {typed(folder)}", f"usephase export {typed(folder)} --to cdp", quiet=quiet)
    return stages.code


def _counts(run: Any) -> dict[str, float]:
    """Give what is counted of a run."""
    meta = run.meta
    found = {
        "products": meta["products"], "products_unchanged": meta["blocks"]["unchanged"], "draws": meta["draws"],
        "uncertain_cells": meta["uncertain_cells"],
    }  # fmt: skip
    for ledger in ("total", "category_11", "category_12"):
        row = run.figure(ledger)
        for name in ("mean", "p2_5", "p97_5"):
            found[f'emissions_tonnes{{ledger="{ledger}",statistic="{name}"}}'] = float(row[name])
    return found


def _told_only(catalog: Any, options: dict[str, Any], as_json: bool) -> None:
    """Say what a run would take."""
    from usephase.engine.run.dry_run import dry_run
    from usephase.engine.run.memory import text
    from usephase.report.language import plain

    found = dry_run(catalog, **options)
    if as_json:
        print_json(found.to_document())
        return
    say = plain()
    memory, budget = text(found.memory_bytes), text(found.budget_bytes)
    rows = {
        "products": say("screen.dry_run.blocks", products=say.count(found.products), blocks=say.count(found.blocks)),
        "uncertain": say.count(found.uncertain_cells),
        "draws": say.count(found.draws),
        "kernel": say("screen.dry_run.threads", kernel=found.kernel, workers=found.workers),
        "memory": say("screen.dry_run.of_budget", memory=memory, budget=budget),
        "time": say("screen.dry_run.seconds", seconds=say.plain(found.seconds, 3)),
    }
    for name, value in rows.items():
        click.echo(f"{say(f'screen.dry_run.{name}'):<16} {value}")
