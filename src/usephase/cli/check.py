"""`usephase check`: problems, warnings and assumptions."""

import click

from usephase.cli.common import catalog_argument, common, print_json


@click.command()
@catalog_argument
@common
def command(catalog: str, as_json: bool, quiet: bool) -> None:
    """Name every problem and warning of a catalog, and what it assumes; compute nothing."""
    from usephase.catalog import read_catalog
    from usephase.catalog.register import register
    from usephase.catalog.resolve import resolve
    from usephase.results.run import records

    read = read_catalog(catalog)
    assumptions = register(resolve(read))
    if as_json:
        problems = [problem.model_dump() for problem in read.warnings]
        print_json({"problems": problems, "register": records(assumptions)})
        return
    from usephase.report.terminal import print_check

    print_check(read, assumptions, quiet)
