"""`usephase run`: the inventory."""

from pathlib import Path
from typing import Any

import click

from usephase.cli.common import catalog_argument, catalog_at, common, cores, print_json, progress, say, spoken
from usephase.compiling import compile_ahead


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
@click.option("--resume", is_flag=True, help="Take up the finished blocks of a run of the same study that was stopped.")
@spoken
@common
def command(
    catalog: str, results: str, draws: int | None, seed: int | None, design: Any, tolerance: float | None,
    workers: int | None, by: tuple[str, ...], store_draws: bool, cluster: str | None, resume: bool,
    memory: str | None, dry_run: bool, kernel: Any, code: str | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Compute the inventory: figures, run.h5, workbook, report."""
    from usephase.engine.run.checkpoints import ONE_BLOCK, Spool
    from usephase.engine.run.tolerance import estimate_to
    from usephase.insight.quality.guesses import weigh
    from usephase.report.folders.run import answer, sweep_runs, write_run
    from usephase.report.language import language
    from usephase.results.provenance import slug

    language(code)  # refused before anything is read
    if kernel == "auto" and not dry_run:
        compile_ahead()
    read = catalog_at(catalog, code)
    options: dict[str, Any] = {
        "draws": draws, "seed": seed, "design": design, "by": by, "workers": workers or cores(), "kernel": kernel,
        "store_draws": store_draws, "memory": memory,
    }  # fmt: skip
    if dry_run:
        _told_only(read, options, as_json)
        return
    log: list[str] = []

    def told(text: str) -> None:
        log.append(text)
        say(text, quiet)

    runs = Path(results) / slug(read.settings.name)
    sweep_runs(runs)
    spool = Spool(runs, resume, told)
    try:
        with progress("drawing", quiet) as tell:
            done = estimate_to(read, tolerance, **options, cluster=cluster, spool=spool, progress=tell)
        if not store_draws:
            done = done.with_draws_of_totals()
        done = weigh(done, read, workers or cores())
        folder = write_run(done, Path(results), log, store_draws=store_draws, code=code)
    except BaseException as stop:  # Ctrl-C too
        if kept := spool.kept():
            click.echo(kept, err=True)
        elif spool.one_block and isinstance(stop, KeyboardInterrupt):
            say(ONE_BLOCK, quiet)
        raise
    spool.remove()
    if as_json:
        print_json(answer(done, folder))
        return
    from usephase.report.terminal.printing import print_summary

    print_summary(done, folder, None if quiet else read.warnings)


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
