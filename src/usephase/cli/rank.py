"""`usephase rank`: what drives a figure."""

from typing import Any

import click

from usephase.cli.common import catalog_argument, common, cores, print_json, progress

METHODS = ("sobol", "closed_form", "morris", "delta", "pawn", "regression", "given_data")


@click.command()
@catalog_argument
@click.option(
    "--of",
    default="total",
    show_default=True,
    metavar="FIGURE",
    help="LEDGER or LEDGER:BY=GROUP, e.g. total:family=Saws.",
)
@click.option("--method", type=click.Choice(METHODS), default="sobol", show_default=True, help="How to rank.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Show the first N rows; default 20, in JSON all.")
@click.option("--draws", type=click.IntRange(min=2), help="Size of the sample.")
@click.option("--seed", type=int, help="Seed, instead of the catalog's.")
@click.option("--pairs", type=click.IntRange(min=2), metavar="N", help="Second-order indices of the first N cells.")
@click.option("--workers", type=click.IntRange(min=1), help="Threads; default the cores. Changes no figure.")
@common
def command(
    catalog: str, of: str, method: Any, top: int | None, draws: int | None, seed: int | None, pairs: int | None,
    workers: int | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Rank the uncertain cells by what they add to the variance of a figure."""
    from usephase.catalog import read_catalog
    from usephase.insight.sensitivity import rank

    read = read_catalog(catalog)
    with progress("ranking", quiet) as tell:
        answer = rank(
            read, of, method, draws=draws, seed=seed, pairs=pairs or 0, workers=workers or cores(), progress=tell
        )
    if as_json:
        print_json(answer.to_document(top))
        return
    from usephase.report.ranking_terminal import print_ranking

    print_ranking(answer, top or 20)
