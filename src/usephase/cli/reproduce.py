"""`usephase reproduce`: a run computed again."""

import sys
from pathlib import Path
from typing import Any

import click

from usephase.cli.common import common, cores, print_json, run_at

EXIT_DIFFERENT = 5
_SHOWN = 10


@click.command()
@click.argument("run_path", metavar="RUN")
@click.option("--workers", type=click.IntRange(min=1), help="Threads; default the cores.")
@common
def command(run_path: str, workers: int | None, as_json: bool, quiet: bool) -> None:
    """Compute a run again from what it stored and say whether every figure is bitwise the same."""
    from usephase.engine.run.reproduce import reproduce as again
    from usephase.insight.changes.reference_change import changed_since

    path = Path(run_path)
    if path.suffix.lower() == ".zip":
        from usephase.report.disclosure.audit import open_package

        run = open_package(path)
    else:
        run = run_at(path / "run.h5" if path.is_dir() else path)
    outcome = again(run, workers or cores())
    renewed = changed_since(run)
    if as_json:
        print_json({**outcome._asdict(), "reference": renewed})
    elif outcome.identical:
        click.echo(f"identical: all {outcome.figures} figures are bitwise the same")
    else:
        click.echo(f"different: {len(outcome.differing)} of {outcome.figures} figures")
        for row in outcome.differing[:20]:
            labels = " ".join(str(v) for k, v in row.items() if k != "difference" and v)
            size = "only in one run" if row["difference"] is None else f"relative difference {row['difference']:.3g}"
            click.echo(f"  {labels}: {size}")
        for name, (then, now) in outcome.versions.items():
            click.echo(f"  {name} was {then} and is {now}")
        if not outcome.versions and not renewed:
            click.echo("  versions and reference data are those of the run: look at the processor, or report a bug")
    if renewed and not as_json:
        _tell_of(renewed, path)
    if not outcome.identical:
        sys.exit(EXIT_DIFFERENT)


def _tell_of(renewed: list[dict[str, Any]], path: Path) -> None:
    """Name reference rows that were other ones when the run was made."""
    click.echo(f"  {len(renewed):,} reference values that the run used are others now:")
    for cell in renewed[:_SHOWN]:
        place = f"{cell['table']} {cell['row']} {cell['column']}"
        click.echo(f"    {place}: {cell['before'] or 'none'} → {cell['after'] or 'none'}")
    if len(renewed) > _SHOWN:
        click.echo(f"    and {len(renewed) - _SHOWN:,} more: --json has them all")
    click.echo(f"  what they do: usephase diff {path} CATALOG")
