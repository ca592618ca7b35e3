"""`usephase report`: the page of a stored run again, in another language or with further answers in it."""

from dataclasses import replace
from pathlib import Path

import click

from usephase.cli.common import common, print_json, run_at, say, spoken


@click.command()
@click.argument("run_path", metavar="RUN")
@spoken
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Default: report.html beside the run.")
@click.option(
    "--with", "answers", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="A --json answer of rank, compare or track to be shown as well; repeatable.",
)  # fmt: skip
@common
def command(
    run_path: str, code: str | None, out: Path | None, answers: tuple[Path, ...], as_json: bool, quiet: bool
) -> None:
    """Write the report of a stored run: one HTML file that opens offline."""
    from usephase.report.folders.ranking import folder_of, kept
    from usephase.report.html.documents import read_documents
    from usephase.report.html.page import write_page
    from usephase.report.language import language
    from usephase.results.atomic import beside

    documents = read_documents(answers)
    run = run_at(run_path, code)
    path = Path(run_path)
    if documents.ranking is None:
        documents = replace(documents, ranking=kept(folder_of(path)))
    target = out or (path if path.is_dir() else path.parent) / "report.html"
    with beside(target, replace=True) as spare:
        write_page(run, spare, documents=documents)
    if as_json:
        print_json({"report": target.as_posix(), "language": language().code, "bytes": target.stat().st_size})
    else:
        say(f"report in {target}", quiet)
