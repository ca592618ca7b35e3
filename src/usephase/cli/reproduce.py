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
    from usephase.report.language import plain

    path = Path(run_path)
    if path.suffix.lower() == ".zip":
        from usephase.report.disclosure.audit import open_package

        run = open_package(path)
    else:
        run = run_at(path / "run.h5" if path.is_dir() else path)
    outcome, say = again(run, workers or cores()), plain()
    renewed = changed_since(run)
    if as_json:
        print_json({**outcome._asdict(), "reference": renewed})
    elif outcome.identical:
        click.echo(say("screen.reproduce.identical", figures=outcome.figures))
    else:
        click.echo(say("screen.reproduce.different", count=len(outcome.differing), figures=outcome.figures))
        for row in outcome.differing[:20]:
            labels = " ".join(str(v) for k, v in row.items() if k != "difference" and v)
            told = say("screen.reproduce.one_run")
            if row["difference"] is not None:
                told = say("screen.reproduce.size", size=say.plain(row["difference"], 3))
            click.echo(f"  {labels}: {told}")
        for name, (then, now) in outcome.versions.items():
            click.echo(f"  {say('screen.reproduce.version', name=name, then=then, now=now)}")
        if not outcome.versions and not renewed:
            click.echo(f"  {say('screen.reproduce.no_reason')}")
    if renewed and not as_json:
        _tell_of(renewed, path)
    if not outcome.identical:
        sys.exit(EXIT_DIFFERENT)


def _tell_of(renewed: list[dict[str, Any]], path: Path) -> None:
    """Name reference rows that were other ones when the run was made."""
    from usephase.report.language import plain

    say = plain()
    click.echo(f"  {say('screen.reproduce.others', count=say.count(len(renewed)))}")
    for cell in renewed[:_SHOWN]:
        place = f"{cell['table']} {cell['row']} {cell['column']}"
        then, now = (cell[name] or say("word.none") for name in ("before", "after"))
        click.echo(f"    {place}: {then} → {now}")
    if len(renewed) > _SHOWN:
        click.echo(f"    {say('screen.more_json', count=say.count(len(renewed) - _SHOWN))}")
    click.echo(f"  what they do: usephase diff {path} CATALOG")
