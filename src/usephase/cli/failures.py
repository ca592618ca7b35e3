"""How a command fails: its exit code, its message, and its JSON."""

import errno
import sys
from typing import NoReturn

import click

from usephase.cli.common import print_json

EXIT_BUG, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


def refuse_command(error: click.ClickException) -> NoReturn:
    """Say what is wrong with a command line, and exit."""
    if "--json" in sys.argv:
        what = error.format_message()
        print_json({"problems": [{"where": "command line", "what": what, "fix": "see --help", "severity": "error"}]})
    else:
        error.show()
    sys.exit(error.exit_code)


def fail(error: Exception) -> NoReturn:
    """Say what went wrong, and exit with its code."""
    from usephase.errors import RefusedError, StoreError, UsephaseError, WorkerError, refused_by_system

    if not isinstance(error, UsephaseError) and (short := refused_by_system(error)):
        what = "there is too little memory" if isinstance(error, MemoryError) else "the system gives no more"
        error = WorkerError(
            f"{what} ({short}) → take fewer --workers or --draws, or raise the limit of memory and processes; "
            "--dry-run says what a run takes, --resume takes up finished blocks"
        )
    elif lacking := _lacking(error):
        error = WorkerError(
            f"the system gives too few resources ({lacking}) → raise the limit on processes or memory (ulimit -u, -v), "
            "or take fewer --workers; --resume takes up finished blocks"
        )
    if isinstance(error, OSError) and error.errno:  # what the system refuses is no bug, wherever it does
        from pathlib import Path

        from usephase.results.atomic import explain

        error = StoreError(explain(Path(str(error.filename or "writing")), error))
    as_json = "--json" in sys.argv
    if isinstance(error, RefusedError):
        if as_json:
            print_json({"problems": [problem.model_dump() for problem in error.problems]})
        else:
            from usephase.report.terminal import print_problems

            print_problems(error.problems)
        sys.exit(error.exit_code)
    if isinstance(error, UsephaseError):
        what, _, fix = str(error).partition(" → ")
        if as_json:
            print_json({"problems": [{"where": "", "what": what, "fix": fix, "severity": "error"}]})
        else:
            from usephase.report.cells import printable

            click.echo(printable(f"error: {error}"), err=True)  # it may quote what a foreign file holds
        sys.exit(error.exit_code)
    log = _write_traceback(error)
    what = f"{type(error).__name__}: {error}"
    fix = f"this is a bug of usephase; please report it with {log}"
    if as_json:
        print_json({"problems": [{"where": "", "what": what, "fix": fix, "severity": "error"}]})
    else:
        click.echo(f"bug: {what}\n{fix}", err=True)
    sys.exit(EXIT_BUG)


_LACKING = (
    "can't start new thread", "failed to map segment", "cannot allocate memory", "could not load shared object",
    "could not find/load shared object",
)  # fmt: skip
"""What Python, the loader of libraries and llvmlite say when the system gives no more threads or memory."""


def _lacking(error: BaseException | None) -> str:
    """Say what the system did not give, if that is what an error comes from; else nothing."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        text = str(error)
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return text
        if isinstance(error, RuntimeError | OSError | ImportError) and any(w in text.lower() for w in _LACKING):
            return text.splitlines()[0]
        seen.append(error)
        error = error.__cause__ or error.__context__
    return ""


def _write_traceback(error: Exception) -> str:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="usephase-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
        return log.name
