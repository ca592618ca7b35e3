"""`usephase review`: who answers for values, who approved them, and which have changed since."""

from datetime import date, datetime

import click

from usephase.cli.common import catalog_argument, catalog_at, common, print_json, say

_SHOWN = ("table", "row", "column", "value", "status", "reviewed_by", "reviewed_on", "owner")


@click.command()
@catalog_argument(edits=True)
@click.option(
    "--cell", "cells", multiple=True, metavar="TABLE[:ROW]:COLUMN",
    help="Values, as check --register lists them: modes, modes:rate or modes:product=DRILL;mode=drilling:rate.",
)  # fmt: skip
@click.option("--by", default="", metavar="NAME", help="Who reviews.")
@click.option(
    "--status", type=click.Choice(("approved", "questioned", "open")), default="approved", show_default=True,
    help="What the review says; open only names an owner.",
)  # fmt: skip
@click.option("--owner", default="", metavar="NAME", help="Who answers for the values.")
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Day of the review; default today."
)
@common
def command(
    catalog: str, cells: tuple[str, ...], by: str, status: str, owner: str, day: datetime | None, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Mark values of a catalog as reviewed, or say where its review stands.

    Reviews are rows of the table reviews, with the value that was reviewed: a value that changes loses its approval.
    """
    from usephase.catalog.edit.review import mark
    from usephase.catalog.edit.reviewed import CHANGED, OPEN, STATUSES
    from usephase.catalog.register import register
    from usephase.catalog.resolve import resolve
    from usephase.results.run import records

    if not cells and (by or owner or day):
        raise click.UsageError("say which values with --cell")
    if cells and status != OPEN and not by:
        raise click.UsageError("say who reviews with --by")
    if cells and status == OPEN and not owner:
        raise click.UsageError("--status open only names an owner: give --owner")
    read = catalog_at(catalog)
    if cells:
        on = day.date() if day else date.today()
        count = mark(read, register(resolve(read)), cells, by=by, status=status, owner=owner, on=on)
        say(f"{count:,} value{'s' * (count != 1)}: {status}, in the table reviews", quiet or as_json)
        read = catalog_at(catalog)
    found = register(resolve(read))
    counts = {name: int((found["status"] == name).sum()) for name in STATUSES}
    moved = found[found["status"] == CHANGED]
    if as_json:
        print_json({"values": len(found), "status": counts, "changed": records(moved[list(_SHOWN)])})
        return
    from usephase.report.terminal.printing import print_table

    click.echo(f"Of {len(found):,} values: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
    if len(moved):
        print_table(moved[list(_SHOWN)], "Changed since they were approved")
