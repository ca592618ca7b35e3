"""What commands share: options, progress, JSON."""

import codecs
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from usephase.catalog.table import Catalog
    from usephase.results.run import Run

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_CATALOG = "product_catalog"
_SOURCE = "usephase.from"


def common(function: F) -> F:
    """Add the options of every command: --json and --quiet."""
    function = click.option("--json", "as_json", is_flag=True, help="The answer as one JSON document on stdout.")(
        function
    )
    return click.option("--quiet", "-q", is_flag=True, help="No progress and no talk.")(function)


def catalog_argument(name: str = "catalog", metavar: str = "[CATALOG]", *, edits: bool = False) -> Callable[[F], F]:
    """Add the argument CATALOG, and, unless the command edits it, the option that names a database in its place."""

    def add(function: F) -> F:
        source = click.option(
            "--from", "from_", metavar="SOURCE", is_eager=True, expose_value=False, callback=_from,
            help="Read the catalog from a database: duckdb:FILE or sqlite:FILE.",
        )  # fmt: skip
        argument = click.argument(name, default=DEFAULT_CATALOG, metavar=metavar, callback=_there)
        return argument(function if edits else source(function))

    return add


def _from(context: click.Context, _: click.Parameter, value: str | None) -> None:
    from usephase.catalog import DATABASES

    if value is not None and not value.startswith(DATABASES):
        raise click.BadParameter(f"{value!r} is no database: write duckdb:FILE or sqlite:FILE")
    context.meta[_SOURCE] = value


def _there(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Say how to begin where no catalog is named and the default is not there."""
    named = context.get_parameter_source(parameter.name or "") is not ParameterSource.DEFAULT
    if source := context.meta.get(_SOURCE):
        if named:
            raise click.UsageError(f"both a catalog, {value!r}, and --from are given: name one", context)
        return str(source)
    if named or context.resilient_parsing or os.path.lexists(value):
        return value
    from usephase.errors import CatalogError, Problem

    what = f"no catalog is named, and the default, `{value}`, is not in this folder"
    fix = f"name yours; or `usephase init --example {value}` writes the example of the guide, which runs as it is"
    raise CatalogError([Problem(where=value, what=what, fix=fix)])


def catalog_at(path: str | Path, code: str | None = None) -> "Catalog":
    """Read a catalog; the answer is in its language from here on, or in that of a code."""
    from usephase.catalog import read_catalog

    return _spoken_as(read_catalog(path), code)


def run_at(path: str | Path, code: str | None = None) -> "Run":
    """Open a run; the answer is in its catalog's language from here on, or in that of a code."""
    from usephase.results.run import open_run

    return _spoken_of(open_run(path), code)


def source_at(path: str) -> "Run | Catalog":
    """Open a run or read a catalog; the answer is in its language from here on."""
    from usephase.insight.changes.diff import open_source
    from usephase.results.run import Run

    found = open_source(path)
    return _spoken_of(found) if isinstance(found, Run) else _spoken_as(found)


def _spoken_of(run: "Run", code: str | None = None) -> "Run":
    from usephase.report.language import DEFAULT, speak

    speak(code or run.meta.get("language", DEFAULT), run.meta.get("called"))
    return run


def _spoken_as(catalog: "Catalog", code: str | None = None) -> "Catalog":
    from usephase.report.language import speak

    speak(code or catalog.settings.language, catalog.called)
    return catalog


def spoken(function: F) -> F:
    """Add the option --language."""
    about = "Language of the answer, such as en, de or vi; default the catalog's own."
    return click.option("--language", "code", metavar="CODE", help=about)(function)


def cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def progress(what: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show a progress bar on a terminal; gives what to call with the work done and the work in all."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def say(text: str, quiet: bool) -> None:
    """Talk, on stderr."""
    if not quiet:
        click.echo(text, err=True)


def say_written(paths: "Iterable[Path | str]", quiet: bool) -> None:
    """Name the files that were written, on stderr."""
    from usephase.report.language import plain

    files = ", ".join(path if isinstance(path, str) else path.as_posix() for path in paths)
    say(plain()("screen.written", files=files), quiet)


def say_next(*steps: str, quiet: bool) -> None:
    """End a command with what to do next, on stderr: commands, first the first."""
    from usephase.report.language import plain

    words, told = plain(), steps[0]
    for step in steps[1:]:
        told = words("screen.then", first=told, second=step)
    say(words("screen.next", step=told), quiet)


def print_json(document: Any) -> None:
    """Print the answer as one JSON document."""
    import json

    # A sign that the encoding lacks is escaped: a readable one in its place, `"` for `“`, could end a text too early.
    escaped = codecs.lookup(sys.stdout.encoding or "utf-8").name != "utf-8"
    text = json.dumps(document, ensure_ascii=escaped, allow_nan=False, indent=1)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a path may hold bytes that are no text
        text = json.dumps(document, ensure_ascii=True, allow_nan=False, indent=1)
    click.echo(text)
