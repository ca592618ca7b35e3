"""The command line: the answer to stdout, progress and talk to stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from usephase.catalog.table import Catalog
    from usephase.results.run import Run

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_CATALOG = "product_catalog"
EXIT_BUG, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


class _Group(click.Group):
    """Turn every failure into its exit code and, where asked, its JSON."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        try:
            super().main(*args, **kwargs)
        except click.exceptions.Exit as stop:
            sys.exit(stop.exit_code)
        except click.ClickException as error:
            _refuse_command(error)
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            sys.exit(EXIT_INTERRUPTED)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        except Exception as error:  # noqa: BLE001  the last resort: every failure has its exit code
            _fail(error)
        sys.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="usephase")
def main() -> None:
    """Emissions of sold products in use and at end of life (Scope 3 Categories 11 and 12), with uncertainty."""


def _common(function: F) -> F:
    function = click.option("--json", "as_json", is_flag=True, help="The answer as one JSON document on stdout.")(
        function
    )
    return click.option("--quiet", "-q", is_flag=True, help="No progress and no talk.")(function)


def _catalog_argument(function: F) -> F:
    return click.argument("catalog", default=DEFAULT_CATALOG, metavar="[CATALOG]")(function)


@main.command()
@click.argument("directory", metavar="DIR")
@click.option("--xlsx", is_flag=True, help="One Excel workbook with notes and drop-downs instead of CSV files.")
@_common
def init(directory: str, xlsx: bool, as_json: bool, quiet: bool) -> None:
    """Write a documented starter catalog that runs as it is."""
    from usephase.catalog.init import write_starter

    written = write_starter(Path(directory), xlsx=xlsx)
    if as_json:
        _print_json({"written": [path.as_posix() for path in written]})
        return
    for path in written:
        click.echo(path.as_posix())
    target = written[0] if xlsx else Path(directory)
    _say(f"Next: usephase run {target.as_posix()}", quiet)


@main.command()
@_catalog_argument
@_common
def check(catalog: str, as_json: bool, quiet: bool) -> None:
    """Name every problem and warning of a catalog, and what it assumes; compute nothing."""
    from usephase.catalog import read_catalog
    from usephase.catalog.register import register
    from usephase.catalog.resolve import resolve
    from usephase.results.run import records

    read = read_catalog(catalog)
    assumptions = register(resolve(read))
    if as_json:
        problems = [problem.model_dump() for problem in read.warnings]
        _print_json({"problems": problems, "register": records(assumptions)})
        return
    from usephase.report.terminal import print_check

    print_check(read, assumptions, quiet)


@main.command()
@_catalog_argument
@click.option("--results", default="results", show_default=True, metavar="DIR", help="Where the run's folder is made.")
@click.option("--draws", type=click.IntRange(min=2), help="Monte Carlo draws, instead of the catalog's.")
@click.option("--seed", type=int, help="Seed, instead of the catalog's.")
@click.option("--design", type=click.Choice(["quasi", "latin_hypercube", "random"]), help="How the draws are made.")
@click.option("--tolerance", type=click.FloatRange(min=0, min_open=True), metavar="X",
              help="Draw until the Monte Carlo error of the headline is below this share of it, e.g. 0.01.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), help="Threads; default the cores. Changes no figure.")
@click.option("--by", multiple=True, metavar="LABEL", help="Group by this label of products as well; repeatable.")
@click.option("--store-draws", is_flag=True, help="Store all draws, not those of the totals only.")
@_common
def run(
    catalog: str, results: str, draws: int | None, seed: int | None, design: Any, tolerance: float | None,
    workers: int | None, by: tuple[str, ...], store_draws: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Compute the inventory: figures, run.h5, workbook."""
    from usephase.catalog import read_catalog
    from usephase.engine.tolerance import estimate_to
    from usephase.report.folder import write_run

    read = read_catalog(catalog)
    with _progress("drawing", quiet) as progress:
        done = estimate_to(
            read, tolerance, draws=draws, seed=seed, design=design, by=by, workers=workers or _cores(),
            store_draws=True if store_draws else None, progress=progress,
        )  # fmt: skip
    folder = write_run(done, Path(results), store_draws=store_draws)
    if as_json:
        _print_json(done.to_document(folder))
        return
    _show_run(done, read, folder, quiet)


@main.command()
@click.argument("run_path", metavar="RUN")
@click.option("--workers", type=click.IntRange(min=1), help="Threads; default the cores.")
@_common
def reproduce(run_path: str, workers: int | None, as_json: bool, quiet: bool) -> None:
    """Compute a run again from what it stored and say whether every figure is bitwise the same."""
    from usephase.engine.reproduce import reproduce as again
    from usephase.results.store import open_run

    path = Path(run_path)
    outcome = again(open_run(path / "run.h5" if path.is_dir() else path), workers or _cores())
    if as_json:
        _print_json(outcome._asdict())
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
    if not outcome.identical:
        sys.exit(EXIT_DIFFERENT)


EXIT_DIFFERENT = 5


@main.command()
@click.argument("table", required=False, metavar="[TABLE]")
@click.option("--where", multiple=True, metavar="KEY=VALUE", help="Only rows with this value; repeatable.")
@_common
def reference(table: str | None, where: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Show the built-in reference rows with source and licence."""
    from usephase.catalog import reference as data
    from usephase.results.run import records

    if table is None:
        sizes = {name: len(data.frame(name)) for name in data.names()}
        if as_json:
            _print_json({"tables": [{"table": name, "rows": rows} for name, rows in sizes.items()]})
            return
        for name, rows in sizes.items():
            click.echo(f"{name:<24} {rows:>7} rows")
        _say("Show one: usephase reference grid --where zone=DEU", quiet)
        return
    frame = _filtered(_known_table(table), where)
    if as_json:
        _print_json({"table": table, "rows": records(frame)})
        return
    from usephase.report.terminal import print_table

    print_table(frame, f"{table}: {len(frame)} rows")


@main.command()
@click.argument("topic", required=False, metavar="[TOPIC]")
@_common
def guide(topic: str | None, as_json: bool, quiet: bool) -> None:
    """Read the guide."""
    from usephase.guide import page, topics

    if topic is None:
        if as_json:
            _print_json({"topics": [{"topic": name, "title": title} for name, title in topics()]})
            return
        for name, title in topics():
            click.echo(f"{name:<28} {title}")
        _say("Read one: usephase guide model", quiet)
        return
    text = page(topic)
    if as_json:
        _print_json({"topic": topic, "markdown": text})
        return
    from usephase.report.terminal import print_markdown

    print_markdown(text)


# Helpers


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


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _show_run(done: "Run", read: "Catalog", folder: Path, quiet: bool) -> None:
    from usephase.report.terminal import print_summary

    print_summary(done, folder, None if quiet else read.warnings)


@contextmanager
def _progress(what: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        click.echo(text, err=True)


def _print_json(document: Any) -> None:
    import json

    click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1))


def _refuse_command(error: click.ClickException) -> NoReturn:
    if "--json" in sys.argv:
        what = error.format_message()
        _print_json({"problems": [{"where": "command line", "what": what, "fix": "see --help", "severity": "error"}]})
    else:
        error.show()
    sys.exit(error.exit_code)


def _fail(error: Exception) -> NoReturn:
    from usephase.errors import RefusedError, UsephaseError

    as_json = "--json" in sys.argv
    if isinstance(error, RefusedError):
        if as_json:
            _print_json({"problems": [problem.model_dump() for problem in error.problems]})
        else:
            from usephase.report.terminal import print_problems

            print_problems(error.problems)
        sys.exit(error.exit_code)
    if isinstance(error, UsephaseError):
        what, _, fix = str(error).partition(" → ")
        if as_json:
            _print_json({"problems": [{"where": "", "what": what, "fix": fix, "severity": "error"}]})
        else:
            click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    log = _write_traceback(error)
    what = f"{type(error).__name__}: {error}"
    fix = f"this is a bug of usephase; please report it with {log}"
    if as_json:
        _print_json({"problems": [{"where": "", "what": what, "fix": fix, "severity": "error"}]})
    else:
        click.echo(f"bug: {what}\n{fix}", err=True)
    sys.exit(EXIT_BUG)


def _write_traceback(error: Exception) -> str:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="usephase-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
        return log.name
