"""`usephase chart`: one picture of a run, for slides."""

from pathlib import Path

import click

from usephase.cli.common import common, print_json, run_at, say, spoken


@click.command()
@click.argument("run_path", metavar="RUN")
@click.argument("kind", metavar="KIND")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Ends in .svg or .png.")
@spoken
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@click.option(
    "--with", "answers", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="A --json answer of rank, compare or track, for the kinds that show one.",
)  # fmt: skip
@common
def command(
    run_path: str, kind: str, out: Path, code: str | None, theme: str, answers: tuple[Path, ...], as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Write one picture of a stored run as SVG or PNG.

    KIND: components, distribution, years, choices, service-hours, service-cycles, product, family, region, segment,
    mode, material, a label of --by; with --with FILE: ranking, comparison, track, outlook, change,
    calendar, levers, abatement.
    """
    from usephase.report.charts.run import write_chart
    from usephase.report.html.documents import read_documents

    documents = read_documents(answers)
    made = write_chart(run_at(run_path, code), kind, out, theme=theme, documents=documents)
    if as_json:
        print_json({"chart": out.as_posix(), "kind": kind, "title": made.title, "description": made.description})
    else:
        say(f"{made.title}: {out}", quiet)
