"""`usephase import`: a catalog from a table as companies have it."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from usephase.cli.common import common, print_json, say_next
from usephase.spelling import typed

_LISTED = 5


@click.command("import")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The catalog to write.")
@click.option("--map", "map_", type=click.Path(path_type=Path), metavar="MAP.toml", help="What was decided before.")
@click.option("--year", type=int, help="The year of the sales, where the table has none; else the year to report.")
@click.option("--sheet", default="", help="The sheet of a workbook; else the one most like products and sales.")
@click.option("--check", "only_check", is_flag=True, help="Say what the table changes against DIR; write nothing.")
@common
def command(
    table: Path, out: Path, map_: Path | None, year: int | None, sheet: str, only_check: bool, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Make a catalog from TABLE (CSV, .xlsx, .parquet): products and units sold, under any column names."""
    from usephase.catalog.importing.answer import answer_of
    from usephase.catalog.importing.changes import compare_with
    from usephase.catalog.importing.mapping import Map, read_map
    from usephase.catalog.importing.take import take_table
    from usephase.catalog.importing.write import MAP, catalog_files, write_catalog
    from usephase.catalog.read.load import TO_DECIDE
    from usephase.report.language import plain

    if only_check and map_ is None and (out / MAP).is_file():
        map_ = out / MAP
    told = read_map(map_) if map_ is not None else Map()
    # Asked without a terminal, nothing could be answered; with a map everything is.
    asks = map_ is None and not (as_json or quiet or only_check) and sys.stdin.isatty() and sys.stderr.isatty()
    found = take_table(table, told, date.today().year - 1, year, sheet, _ask if asks else None)
    document = answer_of(found, out)
    if only_check:
        document["changes"] = compare_with(found, out)
    else:
        write_catalog(out, catalog_files(found, table), found.told)
    if as_json:
        print_json(document)
        return
    _print(document)
    if only_check:
        _print_changes(document["changes"])
    elif any(q["excluded"] for q in document["questions"]):
        decide = plain()("screen.import.decide", file=typed(out / TO_DECIDE), map=typed(out / MAP))
        again = f"usephase import {typed(table)} --map {typed(out / MAP)} --out {typed(out)}"
        say_next(decide, again, quiet=quiet)
    else:
        say_next(f"usephase check {typed(out)}", f"usephase run {typed(out)}", quiet=quiet)


def _print(document: dict[str, Any]) -> None:
    from usephase.report.cells import printable

    lines = [
        f"catalog        {document['catalog']}, reporting year {document['reporting_year']}",
        f"rows           {document['rows']:,}: {document['decided']:,} decided, {document['to_decide']:,} to decide",
        f"units decided  {100 * document['units_decided_share']:.4g} %",
    ]
    lines += [f"column         {theirs} → {ours}" for theirs, ours in document["read_as"].items()]
    lines += [f"not read       {theirs}: {why}" for theirs, why in document["not_read"].items()]
    lines += [f"note           {note}" for note in document["notes"]]
    questions = document["questions"]
    for q in questions[:_LISTED]:
        proposed = f" (proposed: {q['proposals']})" if q["proposals"] else ""
        lines.append(f"to decide      row {q['row']}: {q['what']}{proposed}")
    if len(questions) > _LISTED:
        lines.append(f"to decide      and {len(questions) - _LISTED:,} more, in to_decide.csv")
    for line in lines:
        click.echo(printable(line))


def _print_changes(changes: dict[str, Any]) -> None:
    from usephase.report.cells import printable

    lines = [f"compared       {changes['year']} with {changes['year_before']}"]
    for name in ("new_products", "vanished_products", "new_places", "vanished_places"):
        listed = changes[name]
        more = f" and {len(listed) - 10:,} more" if len(listed) > 10 else ""
        lines.append(
            f"{name.replace('_', ' '):<17} {len(listed):,}{': ' if listed else ''}{', '.join(listed[:10])}{more}"
        )
    lines += [
        f"jump           {one['product']}: {one['before']:,.0f} → {one['now']:,.0f} units, {one['factor']:.3g} times"
        for one in changes["jumps"]
    ]
    for line in lines:
        click.echo(printable(line))


def _ask(question: Any, share: float) -> str:
    """Put a question on the terminal; an empty answer leaves it to to_decide.csv."""
    about = f" ({100 * share:.3g} % of the units)" if share else ""
    click.echo(f"\n{question.what}{about}", err=True)
    for i, value in enumerate(question.proposals, start=1):
        click.echo(f"  {i}  {value}", err=True)
    if question.decide:
        click.echo(f"  {question.decide}", err=True)
    default = question.proposals[0] if not question.path and question.proposals else ""
    answer = str(click.prompt("number, value, or Enter to leave it open" if question.path else "year", default=default,
                              show_default=bool(default), err=True)).strip()  # fmt: skip
    if question.path and answer.isdigit() and 1 <= int(answer) <= len(question.proposals):
        return str(question.proposals[int(answer) - 1])
    return answer
