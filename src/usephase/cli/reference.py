"""`usephase reference`: the rows that ship with the package."""

from typing import Any

import click

from usephase.cli.common import common, print_json, say


@click.command()
@click.argument("table", required=False, metavar="[TABLE]")
@click.option("--where", multiple=True, metavar="KEY=VALUE", help="Only rows with this value; repeatable.")
@common
def command(table: str | None, where: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Show the built-in reference rows with source and licence."""
    from usephase.catalog import reference as data
    from usephase.results.run import records

    if table is None:
        sizes = {name: len(data.frame(name)) for name in data.names()}
        if as_json:
            print_json({"tables": [{"table": name, "rows": rows} for name, rows in sizes.items()]})
            return
        for name, rows in sizes.items():
            click.echo(f"{name:<24} {rows:>7} rows")
        say("Show one: usephase reference grid --where zone=DEU", quiet)
        return
    frame = _filtered(_known_table(table), where)
    if as_json:
        print_json({"table": table, "rows": records(frame)})
        return
    from usephase.report.terminal import print_table

    print_table(frame, f"{table}: {len(frame)} rows")


def _known_table(name: str) -> Any:
    from usephase.catalog import reference as data
    from usephase.errors import CommandError

    if name not in data.names():
        raise CommandError(f"no reference table {name!r} → use one of: {', '.join(data.names())}")
    return data.frame(name)


def _filtered(frame: Any, where: tuple[str, ...]) -> Any:
    from usephase.errors import CommandError

    for part in where:
        column, equals, value = part.partition("=")
        if not equals or column not in frame.columns:
            raise CommandError(f"--where {part}: no such column → use COLUMN=VALUE with one of: {', '.join(frame)}")
        frame = frame[frame[column].astype(str) == value]
    return frame
