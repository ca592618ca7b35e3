"""`usephase track`: the inventory over its sale years."""

from pathlib import Path
from typing import Any

import click

from usephase.cli.common import catalog_argument, catalog_at, common, cores, print_json, progress, say_written


@click.command()
@catalog_argument()
@click.option("--base-year", type=int, metavar="YEAR", help="Base year, instead of the catalog's.")
@click.option("--rules", metavar="PACK", help="Rule pack, or a CSV file; default SBTi's near-term rules of the day.")
@click.option(
    "--ambition", metavar="NAME", help="One of the pack's, e.g. 1.5c; default its least ambitious one; sets a target."
)
@click.option("--target-year", type=int, metavar="YEAR", help="Target year, instead of the pack's; sets a target.")
@click.option(
    "--rate",
    type=click.FloatRange(0, 1),
    metavar="X",
    help="Linear rate a year of your own, from the base year; sets a target.",
)
@click.option(
    "--set-on", metavar="DATE",
    help="Day on which the target is set, as 2026-11-29; default the catalog's, else today. Its rules hold.",
)  # fmt: skip
@click.option(
    "--of", multiple=True, metavar="FIGURE", help="What the target covers, added up; default total. Repeatable."
)
@click.option(
    "--by-product", is_flag=True, help="Explain the change by product instead of by the family's mean product."
)
@click.option(
    "--growth", type=float, default=0.0, metavar="X", help="Change a year of the units after the last sale year."
)
@click.option("--revenue", multiple=True, metavar="YEAR=AMOUNT", help="For the economic intensity; repeatable.")
@click.option(
    "--intensity", "intensities", multiple=True, type=click.Choice(("unit", "mass", "service", "revenue")),
    help="Set a target for this intensity, at the pack's rate; repeatable.",
)  # fmt: skip
@click.option(
    "--other-scope-3",
    type=click.FloatRange(min=0),
    metavar="T",
    help="Scope 3 besides Categories 11 and 12; without it the coverage of a target is not assessed.",
)
@click.option(
    "--lever",
    "levers",
    multiple=True,
    metavar="OPTION:START:FULL:OWNER",
    help="An option that reaches the market; FULL and OWNER may be left out; repeatable.",
)
@click.option(
    "--against", metavar="CATALOG_OR_RUN", help="What the base year was published with: is it to be recalculated?"
)
@click.option(
    "--threshold", type=click.FloatRange(0, 1), metavar="X", help="For that, instead of the pack's, e.g. 0.05."
)
@click.option("--log", metavar="FILE", help="Append the reason for or against recalculating to this file.")
@click.option("--charts", metavar="DIR", help="Write the charts there.")
@click.option(
    "--out", metavar="PATH", help="Write track.xlsx, track.json and the charts into this folder, or one .xlsx or .json."
)
@click.option("--draws", type=click.IntRange(min=2), help="Monte Carlo draws, instead of the catalog's.")
@click.option("--seed", type=int, help="Seed, instead of the catalog's.")
@click.option("--design", type=click.Choice(["quasi", "latin_hypercube", "random"]), help="How the draws are made.")
@click.option("--workers", type=click.IntRange(min=1), help="Threads; default the cores. Changes no figure.")
@common
def command(
    catalog: str, revenue: tuple[str, ...], of: tuple[str, ...], against: str | None, log: str | None,
    charts: str | None, out: str | None, workers: int | None, as_json: bool, quiet: bool,
    **options: Any,
) -> None:  # fmt: skip
    """Track base year to reporting year and forecast: change split, target path and probability."""
    from usephase.insight.changes.diff import catalog_of, open_source
    from usephase.insight.tracking.track import track
    from usephase.report.folders.track import place, write_track

    target = None if out is None else place(Path(out))
    published = None if against is None else catalog_of(open_source(against))
    amounts = dict(_revenue(text) for text in revenue)
    read = catalog_at(catalog)
    with progress("sale years", quiet) as tell:
        done = track(
            read, of=of or None, revenue=amounts, against=published, workers=workers or cores(),
            progress=tell, **options,
        )  # fmt: skip
    if log and "recalculation" in done.extras:
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(
                f"{done.meta['created']}  {done.meta['catalog']['name']}: {done.extras['recalculation']['reason']}\n"
            )
    if charts:
        from usephase.report.folders.track import write_track_charts

        written = write_track_charts(done, Path(charts))
        say_written(written, quiet)
    if target is not None:
        say_written(write_track(done, target), quiet)
    if as_json:
        print_json(done.to_document())
        return
    from usephase.report.terminal.track import print_track

    print_track(done, quiet)


def _revenue(text: str) -> tuple[int, float]:
    from usephase.errors import CommandError

    year, _, value = text.partition("=")
    try:
        number = float(value)
        if not year.strip().isdigit() or not 0 < number < float("inf"):
            raise ValueError
    except ValueError:
        raise CommandError(f"--revenue {text}: not understood → write YEAR=AMOUNT, e.g. 2024=1.2e9") from None
    return int(year), number
