"""`usephase rank`: what drives a figure."""

from pathlib import Path
from typing import Any

import click

from usephase.cli.common import catalog_argument, catalog_at, common, cores, print_json, progress, run_at, say_written

METHODS = ("sobol", "closed_form", "morris", "delta", "pawn", "regression", "given_data")


@click.command()
@catalog_argument("study", "[CATALOG|RUN]")
@click.option(
    "--of",
    default="total",
    show_default=True,
    metavar="FIGURE",
    help="LEDGER or LEDGER:BY=GROUP, e.g. total:family=Saws.",
)
@click.option("--method", type=click.Choice(METHODS), default="sobol", show_default=True, help="How to rank.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Show the first N rows; default 20, in JSON all.")
@click.option(
    "--draws", type=click.IntRange(min=2), help="Size of the sample; default 2,048, with more for the leading cells."
)
@click.option("--seed", type=int, help="Seed, instead of the catalog's.")
@click.option("--pairs", type=click.IntRange(min=2), metavar="N", help="Second-order indices of the first N cells.")
@click.option(
    "--simplify", "product", metavar="PRODUCT",
    help="The product's figure from the few cells that carry 95 % of its total-order indices, and what that loses.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), help="Threads; default the cores. Changes no figure.")
@click.option("--out", metavar="DIR", help="Write ranking.json, ranking.csv and the charts there.")
@common
def command(
    study: str, of: str, method: Any, top: int | None, draws: int | None, seed: int | None, pairs: int | None,
    product: str | None, workers: int | None, out: str | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Rank the uncertain cells by what they add to the variance of a figure.

    A run (its folder or run.h5) is ranked as it was drawn; its folder gets the ranking, in its report and workbook too.
    """
    from usephase.insight.sensitivity.rank import rank

    given, is_run = _read(study)
    if product is not None:
        _simplify(given, product, of, draws, seed, workers or cores(), as_json)
        return
    with progress("ranking", quiet) as tell:
        answer = rank(
            given, of, method, draws=draws, seed=seed, pairs=pairs or 0, workers=workers or cores(), progress=tell
        )
    if out or is_run:
        from usephase.report.folders.ranking import add_to_run, write_ranking

        written = write_ranking(answer, Path(out)) if out else add_to_run(answer, Path(study))
        say_written(written, quiet)
    if as_json:
        print_json(answer.to_document(top))
        return
    from usephase.report.terminal.ranking import print_ranking

    print_ranking(answer, top or 20)


def _read(study: str) -> tuple[Any, bool]:
    """Open a run or read a catalog, and tell which it was."""
    from usephase.results.store import NAME

    path = Path(study)
    if path.suffix == ".h5" or (path / NAME).exists():
        return run_at(path), True

    return catalog_at(study), False


def _simplify(
    given: Any, product: str, of: str, draws: int | None, seed: int | None, workers: int, as_json: bool
) -> None:
    from usephase.insight.sensitivity.exact.simplify import simplify

    if ":" in of:
        raise click.BadParameter("with --simplify give a ledger only: the product is the group", param_hint="--of")
    found = simplify(given, product, ledger=of, draws=draws, seed=seed, workers=workers)
    if as_json:
        print_json(found.to_document())
        return
    from usephase.report.terminal.simplify import print_simplified

    print_simplified(found)
