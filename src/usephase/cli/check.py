"""`usephase check`: problems, warnings and assumptions."""

from dataclasses import replace

import click

from usephase.cli.common import catalog_argument, catalog_at, common, print_json, say_next
from usephase.spelling import typed


@click.command()
@catalog_argument()
@click.option("--register", "listed", is_flag=True, help="List what the catalog assumes, value by value.")
@common
def command(catalog: str, listed: bool, as_json: bool, quiet: bool) -> None:
    """Name every problem and warning of a catalog, and what it assumes; compute nothing."""
    from usephase.catalog.register import register
    from usephase.catalog.resolve import resolve
    from usephase.catalog.rules.grids import known_paths
    from usephase.results.run import records

    read = catalog_at(catalog)
    resolved = resolve(read)
    assumptions = register(resolved)
    if len(resolved.tables["options"]):  # only options need the engine to be judged
        from usephase.insight.comparison.choice import faulty_options

        read = replace(read, warnings=(*read.warnings, *faulty_options(resolved)))
    if as_json:
        problems = [problem.model_dump() for problem in read.warnings]
        paths_told = [path._asdict() for path in known_paths(resolved)]
        print_json({"problems": problems, "paths": paths_told, "register": records(assumptions)})
        return
    from usephase.report.terminal.printing import print_check

    paths = () if listed or quiet else known_paths(resolved)
    print_check(read, assumptions, catalog, paths, listed=listed, quiet=quiet)
    say_next(f"usephase run {typed(catalog)}", quiet=quiet)
