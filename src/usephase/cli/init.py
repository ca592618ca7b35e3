"""`usephase init`: a catalog to begin with."""

from pathlib import Path

import click

from usephase.cli.common import common, print_json, say_next
from usephase.spelling import typed


@click.command()
@click.argument("directory", metavar="DIR")
@click.option("--xlsx", is_flag=True, help="One Excel workbook with notes and drop-downs instead of CSV files.")
@click.option("--example", is_flag=True, help="The worked example of the guide (61 products) instead.")
@click.option("--language", default="en", metavar="CODE", help="Language of the report and of the sheet `start`.")
@common
def command(directory: str, xlsx: bool, example: bool, language: str, as_json: bool, quiet: bool) -> None:
    """Write a documented starter catalog that runs as it is."""
    from usephase.catalog.init import write_starter
    from usephase.report.language import language as spoken
    from usephase.report.language import speak

    words = spoken(language).section("start") if xlsx else None
    written = write_starter(Path(directory), xlsx=xlsx, example=example, language=language, words=words)
    if as_json:
        print_json({"written": [path.as_posix() for path in written]})
        return
    for path in written:
        click.echo(path.as_posix())
    target = written[0] if xlsx else Path(directory)
    speak(language)
    say_next(f"usephase run {typed(target)}", quiet=quiet)
