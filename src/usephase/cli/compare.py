"""`usephase compare`: paired comparison of design options."""

from pathlib import Path

import click

from usephase.cli.common import catalog_argument, catalog_at, common, cores, print_json, progress, say_written
from usephase.cli.failures import EXIT_BUDGET


@click.command()
@catalog_argument()
@click.option(
    "--options", "names", required=True, metavar="A,B,…", help="Options; base is the catalog itself, a+b two."
)
@click.option("--product", metavar="P", help="Look at one product only.")
@click.option("--factorial", is_flag=True, help="Every combination of the options; a|b are alternatives.")
@click.option(
    "--margin",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    metavar="%",
    help="Better by more than this.",
)
@click.option(
    "--per",
    type=click.Choice(["unit", "service", "year", "portfolio"]),
    default="portfolio",
    show_default=True,
    help="Measure of break-evens, maps and of what decides.",
)
@click.option("--break-even", "cells", multiple=True, metavar="CELL", help="TABLE:ROW:COLUMN[=LOW..HIGH]; repeatable.")
@click.option("--map", "maps", nargs=2, multiple=True, metavar="CELL CELL", help="The difference over two cells.")
@click.option("--budget", multiple=True, metavar="LIMIT", help='As "category_11 per unit <= 120 kg"; exit code 7.')
@click.option("--percentile", type=click.FloatRange(0, 100), default=95.0, show_default=True, help="To keep a budget.")
@click.option(
    "--by",
    "groupings",
    multiple=True,
    type=click.Choice(["segment", "region", "scenario"]),
    help="Split the difference by kind of user, region or grid scenario; repeatable.",
)
@click.option("--quick", is_flag=True, help="Leave out the products that no option touches.")
@click.option("--out", metavar="DIR", help="Write comparison.json, comparison.xlsx and the charts there.")
@click.option("--draws", type=click.IntRange(min=2), help="Monte Carlo draws, instead of the catalog's.")
@click.option("--seed", type=int, help="Seed, instead of the catalog's.")
@click.option("--workers", type=click.IntRange(min=1), help="Threads; default the cores. Changes no figure.")
@common
def command(
    catalog: str, names: str, product: str | None, factorial: bool, margin: float, per: str,
    cells: tuple[str, ...], maps: tuple[tuple[str, str], ...], budget: tuple[str, ...], percentile: float,
    groupings: tuple[str, ...], quick: bool, out: str | None, draws: int | None, seed: int | None,
    workers: int | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Compare design options: difference, probability, contributions, what decides."""
    from usephase.insight.comparison.compare import compare

    read = catalog_at(catalog)
    with progress("comparing", quiet) as tell:
        done = compare(
            read, names.split(","), product=product, combine=factorial, margin=margin / 100, whole=not quick,
            per=per, break_even=cells, flips=maps, budget=budget, percentile=percentile, draws=draws, seed=seed,
            workers=workers or cores(), progress=tell,
        )  # fmt: skip
    if out:
        from usephase.report.folders.comparison import write_comparison

        say_written(write_comparison(done, Path(out)), quiet)
    if as_json:
        print_json(done.to_document())
    else:
        from usephase.report.terminal.comparison import print_comparison

        print_comparison(done, groupings)
    exceeded = [verdict for verdict in done.further["budgets"] if not verdict.kept]
    for verdict in exceeded if as_json or quiet else ():
        click.echo(f"budget: {verdict}", err=True)
    return EXIT_BUDGET if exceeded else 0
