"""`usephase diff`: what tells two runs apart."""

import click

from usephase.cli.common import common, cores, print_json, progress, source_at


@click.command()
@click.argument("first", metavar="RUN")
@click.argument("second", metavar="RUN")
@click.option("--of", multiple=True, metavar="FIGURE", help="Figures, added up; default total. Repeatable.")
@click.option("--draws", type=click.IntRange(min=2), help="Draws of the comparison; default the first's, at most 1024.")
@click.option("--workers", type=click.IntRange(min=1), help="Threads; default the cores. Changes no figure.")
@common
def command(
    first: str, second: str, of: tuple[str, ...], draws: int | None, workers: int | None, as_json: bool, quiet: bool
) -> None:
    """Tell which inputs of two runs (or catalogs) differ, and what each does to the figure."""
    from usephase.insight.changes.diff import diff, open_source

    sources = source_at(first), open_source(second)
    with progress("differences", quiet) as tell:
        done = diff(*sources, of=of or ("total",), draws=draws, workers=workers or cores(), progress=tell)
    if as_json:
        print_json(done.to_document())
        return
    from usephase.report.terminal.diff import print_diff

    print_diff(done, quiet)
