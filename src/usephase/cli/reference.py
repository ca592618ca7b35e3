"""`usephase reference`: the rows that ship with the package."""

from pathlib import Path
from typing import Any

import click

from usephase.cli.common import common, print_json, say


@click.command()
@click.argument("table", required=False, metavar="[TABLE | zone:CODE | import]")
@click.argument("words", nargs=-1, metavar="[WORDS | FILE]")
@click.option("--where", multiple=True, metavar="KEY=VALUE", help="Only rows with this value; repeatable.")
@click.option("--edition", is_flag=True, help="Name, date and files of the reference data: address, day, checksum.")
@click.option("--diff", metavar="EDITION", help="What moved since an earlier edition, and why; of TABLE row by row.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Of import: the rows of `grid` to write.")
@click.option(
    "--onto",
    multiple=True,
    metavar="PLACE=REGION",
    help="Of import: put a region's relative change on a place's last observation; repeatable.",
)
@common
def command(
    table: str | None,
    words: tuple[str, ...],
    where: tuple[str, ...],
    edition: bool,
    diff: str | None,
    out: Path | None,
    onto: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Show the built-in reference rows with source and licence.

    `zone:VNM` tells the whole story of one place, `--out vnm.svg` draws its paths; `zones california` or `zones NY`
    finds zones by name or state.
    `--diff EDITION` says what moved; `grid --diff EDITION --where zone=VNM` shows the rows.
    `import FILE --out grid.csv` makes grid paths of a publisher's table that you hold (IEA, NGFS, IAMC).
    """  # fmt: skip
    from usephase.catalog import reference as data
    from usephase.errors import CommandError
    from usephase.results.run import records

    if table == "import":
        _import_paths(words, out, onto, as_json, quiet)
        return
    if onto or (out and not (table or "").startswith("zone:")):
        raise CommandError("--out belongs to import and zone:CODE, --onto to import: usephase reference --help")
    if words and table != "zones":
        raise CommandError(f"{' '.join(words)}: only zones are found by words → use --where COLUMN=VALUE")
    if edition:
        _show_edition(as_json)
        return
    if diff is not None:
        _show_moved(diff, table, where, as_json)
        return
    if table is None:
        sizes = {name: len(data.frame(name)) for name in data.names()}
        if as_json:
            print_json({"tables": [{"table": name, "rows": rows} for name, rows in sizes.items()]})
            return
        for name, rows in sizes.items():
            click.echo(f"{name:<24} {rows:>7} rows")
        say("Show one: usephase reference grid --where zone=DEU; one place: usephase reference zone:DEU", quiet)
        return
    if table.startswith("zone:"):
        _show_zone(table.removeprefix("zone:"), out, as_json, quiet)
        return
    found = data.find_zones(" ".join(words)) if words else _known_table(table)
    if words and found.empty:
        raise CommandError(f"no zone is named `{' '.join(words)}` → usephase reference zones lists all")
    frame = _filtered(found, where)
    if as_json:
        print_json({"table": table, "rows": records(frame)})
        return
    from usephase.report.terminal.printing import print_table

    print_table(frame, f"{table}: {len(frame)} rows")


def _import_paths(words: tuple[str, ...], out: Path | None, onto: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    from usephase.catalog.importing.grid_paths import read_paths
    from usephase.errors import CommandError
    from usephase.report.cells import printable
    from usephase.results.atomic import beside

    if len(words) != 1 or out is None:
        raise CommandError("name one table and the file to write: usephase reference import FILE --out grid.csv")
    pairs = [tuple(text.partition("=")[::2]) for text in onto]
    if wrong := [text for text, (zone, region) in zip(onto, pairs, strict=True) if not (zone and region)]:
        raise CommandError(f'--onto {wrong[0]}: write PLACE=REGION, such as --onto "DEU=European Union"')
    found = read_paths(Path(words[0]), [(zone.strip(), region.strip()) for zone, region in pairs])
    with beside(out, replace=False) as spare:
        spare.write_text(found.text(), encoding="utf-8")
    if as_json:
        print_json({
            "out": out.as_posix(), "rows": len(found.rows), "zones": found.zones, "scenarios": found.paths,
            "not_placed": found.not_placed, "notes": found.notes,
        })  # fmt: skip
        return
    lines = [f"{out.as_posix()}: {len(found.rows):,} rows of grid, {len(found.zones):,} zones"]
    lines += [f"note: {note}" for note in found.notes]
    if found.not_placed:
        lines.append(f"no place of the reference, left out: {', '.join(found.not_placed)} (--onto PLACE=REGION)")
    lines += ["To use them put the rows into your catalog's grid.csv, and into catalog.toml, with your weights:",
              "[grid.scenarios]", *(f"{name} = 1.0  # {told}" for name, told in found.paths.items())]  # fmt: skip
    for line in lines:
        click.echo(printable(line))
    say("Every place that electric products are sold to needs a path in every scenario with a weight: `check` says "
        f"which lack one. Here: {', '.join(found.zones)}", quiet)  # fmt: skip


def _show_edition(as_json: bool) -> None:
    from usephase.catalog import reference as data

    told = data.edition()
    if as_json:
        print_json(told)
        return
    click.echo(f"reference data {told['name']} of {told['date']}")
    for file in told["files"]:
        click.echo(f"  {file['file']}  read {file['read']}  {file['address']}\n    sha256 {file['sha256']}")


def _show_moved(edition: str, table: str | None, where: tuple[str, ...], as_json: bool) -> None:
    from usephase.catalog import reference as data
    from usephase.errors import CommandError
    from usephase.results.run import records

    newest, *older = data.editions_known()
    if edition not in older:
        raise CommandError(f"no earlier edition `{edition}` → use one of: {', '.join(older)}")
    there = data.tables_moved(edition)
    if table is not None and table not in there:
        raise CommandError(f"no row of `{table}` moved that runs read → use one of: {', '.join(there)}")
    frame = _filtered(data.summary(edition) if table is None else data.moved(table, edition), where)
    if as_json:
        print_json({"edition": edition, "newest": newest, "table": table, "rows": records(frame)})
        return
    from usephase.report.terminal.printing import print_table

    numbers = frame.select_dtypes("number").columns.drop("values", errors="ignore")
    shown = frame.assign(**{name: frame[name].map("{:.4g}".format).replace("nan", "") for name in numbers})
    print_table(shown, f"{table or 'reference data'} from {edition} to {newest}")


def _show_zone(text: str, out: Path | None, as_json: bool, quiet: bool) -> None:
    from usephase.catalog import reference as data
    from usephase.catalog.names import place
    from usephase.errors import CommandError

    try:
        told = data.story(place(text) or text)
    except KeyError:
        raise CommandError(f"no zone `{text}` → find it: usephase reference zones NAME") from None
    if out is not None:
        from usephase.report.charts.run import write_picture
        from usephase.report.charts.years import grid_paths
        from usephase.report.language import language

        write_picture(grid_paths(told, language()), out)
        say(f"wrote {out.as_posix()}", quiet)
    if as_json:
        print_json(data.as_document(told))
        return
    from usephase.report.terminal.printing import print_table

    about = told.about
    click.echo(f"{told.zone}  {about['name']}")
    click.echo(f"  grid path of {about['grid']}, waste routes of {about['end_of_life']}")
    click.echo(f"  loss at low voltage {about['loss']} ({about['loss_source']})")
    if about["error"]:
        click.echo(f"  error of the path {about['error']} ({about['error_source']})")
    if about["note"]:
        click.echo(f"  {about['note']}")
    print_table(told.history, "history, kg CO2e/kWh; life_cycle holds upstream and losses")
    print_table(told.official, "official factors beside what the mix gives, kg CO2e/kWh generated")
    print_table(told.paths, "paths, kg CO2e/kWh")
    print_table(told.sources, "sources")


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
