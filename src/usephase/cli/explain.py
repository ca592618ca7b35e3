"""`usephase explain`: a figure of a run worked out, down to cells and sources."""

import click

from usephase.cli.common import common, print_json, run_at


@click.command()
@click.argument("run_path", metavar="RUN")
@click.argument("figure", metavar="[FIGURE]", default="total")
@click.option(
    "--at", type=click.Choice(["mean", "best_estimate"]), default="mean", show_default=True, help="Which number."
)
@click.option(
    "--products", type=click.IntRange(min=1), default=3, show_default=True, help="Products of a sum to work out."
)
@click.option("--cells/--no-cells", default=True, show_default=True, help="Name the cells behind each factor.")
@click.option("--full", is_flag=True, help="Every part, region and cell; else a screen a product.")
@common
def command(
    run_path: str, figure: str, at: str, products: int, cells: bool, full: bool, as_json: bool, quiet: bool
) -> None:
    """Explain a number: units × energy × years × factor, down to cells and sources.

    FIGURE is LEDGER or LEDGER:BY=GROUP, such as total:product=DRILL or category_11:family=Saws.
    """
    from usephase.insight.quality.explain import explain

    found = explain(run_at(run_path), figure, at="mean" if at == "mean" else "best_estimate", products=products)
    if as_json:
        print_json(
            {"schema": "usephase.explain/1", "figure": figure, "at": at, "unit": "t CO2e", "tree": found.to_document()}
        )
        return
    from usephase.report.language import plain
    from usephase.report.terminal.explain import print_tree

    print_tree(found, at, cells=cells, full=full)
    if not full and not quiet:
        click.echo(plain()("explain.in_full"), err=True)
