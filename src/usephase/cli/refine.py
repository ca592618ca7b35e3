"""`usephase refine`: an archetype's rows as a product's own."""

import click

from usephase.cli.common import catalog_at, common, print_json, say_next
from usephase.spelling import typed


@click.command()
@click.argument("catalog")
@click.argument("product")
@common
def command(catalog: str, product: str, as_json: bool, quiet: bool) -> None:
    """Write what PRODUCT has from its archetype as rows of its own into CATALOG, ready to be replaced.

    Figures keep their middle; its draws are then its own, so that last digits and the width of totals may move.
    """
    from usephase.catalog.edit.refine import refine
    from usephase.report.language import plain

    written = refine(catalog_at(catalog), product)
    if as_json:
        print_json({"product": product, "rows": written})
        return
    for table, rows in written.items():
        click.echo(f"{table:<14} {plain()('screen.refine.rows', count=f'{rows:>4}')}")
    say_next(plain()("screen.refine.replace"), f"usephase check {typed(catalog)}", quiet=quiet)
