"""How a command fails: its exit code, its message, and its JSON."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import click

from usephase.cli.common import print_json
from usephase.cli.defaults import origin

EXIT_BUG, EXIT_USAGE, EXIT_WORKER, EXIT_BUDGET, EXIT_INTERRUPTED = 1, 2, 6, 7, 130
"""7: a budget is exceeded, or a condition of --fail-if is met; no failure of the program."""
LEAST_MEMORY = 2**29
"""Bytes of address space: with less, libraries cannot be loaded, and some of them try again without end."""


def forget_output() -> None:
    """Send what is still to be written nowhere: nobody reads it any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # one that is no file
            os.dup2(nowhere, stream.fileno())


def end(code: int, tell: Callable[[], object]) -> NoReturn:
    """Exit with a code when something has been told, though it be to nobody: a reader (`head`) may have gone."""
    try:
        tell()
    except (BrokenPipeError, SystemExit):  # SystemExit is rich's way to say it
        forget_output()
    sys.exit(code)


def refuse_command(error: click.ClickException) -> NoReturn:
    """Say what is wrong with a command line, and exit."""
    came = origin(error)
    if "--json" in sys.argv:
        what = f"{error.format_message()} {came}".rstrip()
        end(error.exit_code, lambda: _print_problem(what, "see --help", where="command line"))

    def show() -> None:
        error.show()
        if came:
            click.echo(came, err=True)

    end(error.exit_code, show)


def refuse_little_memory() -> None:
    """Refuse to begin where the system gives a process so little that not even the libraries fit; load none for it."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit
    except ImportError:  # no such limits: Windows
        return
    limit = getrlimit(RLIMIT_AS)[0]
    if limit == RLIM_INFINITY or limit >= LEAST_MEMORY:
        return
    what = f"a process may take {limit / 2**20:,.0f} MB here, and the libraries alone take {LEAST_MEMORY / 2**20:,.0f}"
    fix = "raise the limit (ulimit -v)"
    if "--json" in sys.argv:
        end(EXIT_WORKER, lambda: _print_problem(what, fix))
    end(EXIT_WORKER, lambda: click.echo(f"error: {what} → {fix}", err=True))


def fail(error: Exception) -> NoReturn:
    """Say what went wrong, and exit with its code."""
    try:
        _fail(error)
    except MemoryError:  # not even words could be made: those that are here
        what, fix = "there is too little memory", "raise the limit of memory"
        text = f'{{"problems": [{{"where": "", "what": "{what}", "fix": "{fix}", "severity": "error"}}]}}\n'
        as_json = "--json" in sys.argv
        os.write(1 if as_json else 2, (text if as_json else f"error: {what} → {fix}\n").encode())
        sys.exit(EXIT_WORKER)


def _fail(error: Exception) -> NoReturn:
    from usephase.errors import RefusedError, StoreError, UsephaseError, WorkerError, refused_by_system

    if not isinstance(error, UsephaseError) and (short := refused_by_system(error)):
        _let_go(error)
        what = "there is too little memory" if isinstance(error, MemoryError) else "the system gives no more"
        told = getattr(error, "__notes__", ())
        error = WorkerError(
            f"{what} ({short}) → take fewer --workers or --draws, or raise the limit of memory and processes; "
            "--dry-run says what a run takes, and the next one goes on from its finished blocks"
        )
        for note in told:  # such as which of a run's files are there all the same
            error.add_note(note)
    if isinstance(error, OSError) and error.errno:  # what the system refuses is no bug, wherever it does
        from pathlib import Path

        from usephase.results.atomic import explain

        error = StoreError(explain(Path(str(error.filename or "writing")), error))
    as_json = "--json" in sys.argv
    if isinstance(error, RefusedError):
        problems = error.problems
        if as_json:
            end(error.exit_code, lambda: print_json({"problems": [problem.model_dump() for problem in problems]}))
        from usephase.report.terminal.printing import print_problems

        end(error.exit_code, lambda: print_problems(problems))
    if isinstance(error, UsephaseError):
        what, _, fix = str(error).partition(" → ")
        what = "; ".join([what, *getattr(error, "__notes__", ())])
        if as_json:
            end(error.exit_code, lambda: _print_problem(what, fix))
        from usephase.report.cells import printable

        # It may quote what a foreign file holds.
        end(error.exit_code, lambda: click.echo(printable(f"error: {what}" + (f" → {fix}" if fix else "")), err=True))
    log = _write_traceback(error)
    what = "; ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
    fix = f"this is a bug of usephase; please report it with {log}"
    if as_json:
        end(EXIT_BUG, lambda: _print_problem(what, fix))
    end(EXIT_BUG, lambda: click.echo(f"bug: {what}\n{fix}", err=True))


def _let_go(error: BaseException) -> None:
    """Free what the steps that failed still hold: saying so takes memory, too."""
    import gc

    at: BaseException | None = error
    while at is not None:
        at.__traceback__ = None
        at = at.__cause__ or at.__context__
    gc.collect()


def _print_problem(what: str, fix: str, where: str = "") -> None:
    print_json({"problems": [{"where": where, "what": what, "fix": fix, "severity": "error"}]})


def _write_traceback(error: Exception) -> str:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="usephase-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
        return log.name
