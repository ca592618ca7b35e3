"""The command line: the answer to stdout, progress and talk to stderr.

Each command is a module of its own, loaded when it is called.
"""

import math
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from importlib import import_module
from keyword import iskeyword
from typing import Any, NoReturn

import click

from usephase.cli.defaults import name_variables, project_defaults
from usephase.cli.encoding import make_readable
from usephase.cli.failures import EXIT_INTERRUPTED, end, fail, forget_output, refuse_command, refuse_little_memory
from usephase.heap import hold_one_heap

_AGAIN_S = 1.0
COMMANDS = {
    "init": "Write a documented starter catalog that runs as it is, or the example of the guide.",
    "import": "Make a catalog from a table of products and sales as you have it: any column names, any layout.",
    "check": "Name every problem and warning of a catalog, and what it assumes; compute nothing.",
    "run": "Compute the inventory: figures, run.h5, workbook, report.",
    "rank": "Rank what makes a figure uncertain, cell by cell.",
    "track": "Follow the inventory from the base year over the forecast to the target.",
    "compare": "Compare design options, paired: difference, probability, what makes it up, what decides it.",
    "refine": "Write what a product has from its archetype as rows of its own.",
    "review": "Mark values as reviewed, and tell which have changed since they were approved.",
    "fit": "Turn data into an uncertain value: lives, means, populations, experts.",
    "explain": "Work a figure of a run out, down to units × energy × years × factor, cells and sources.",
    "diff": "Tell which inputs of two runs differ, and what each does to the figure.",
    "report": "Write the report of a stored run: one HTML file that opens offline.",
    "chart": "Write one picture of a stored run for slides, as SVG or PNG.",
    "export": "Write a stored run as a file or as a disclosure form: CDP, ESRS, IFRS, GHG Protocol.",
    "reproduce": "Compute a run again from what it stored and compare bit by bit.",
    "serve": "Open the workbench in a browser: look, move inputs, compare.",
    "reference": "Show the built-in reference rows with source and licence.",
    "guide": "Read the guide.",
}
"""Commands in the order of the help, with what each does; the module `usephase.cli.NAME` has the function `command`."""


class _Group(click.Group):
    """Load commands by name, and turn every failure into its exit code and, where asked, its JSON."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        refuse_little_memory()
        hold_one_heap()
        # `import` is a word of Python's.
        command: click.Command = import_module(f"usephase.cli.{cmd_name}{'_' * iskeyword(cmd_name)}").command
        name_variables(command, f"usephase_{cmd_name}")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:  # click would take any for the output's
            if _unread():
                _end_unread()
            fail(error)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        make_readable()
        out = sys.stdout
        try:
            with _stops_heeded():
                run = super().main
                code = copy_context().run(lambda: run(*args, **kwargs))  # what it speaks ends with it
        except click.exceptions.Exit as stop:
            sys.exit(stop.exit_code)
        except click.ClickException as error:
            refuse_command(error)
        except (KeyboardInterrupt, click.Abort):
            _end_interrupted()
        except SystemExit as stop:
            # So rich ends where nobody reads its output, and click, which then wraps it; 1 would be a bug.
            if stop.code == 1 and (isinstance(stop.__context__, BrokenPipeError) or sys.stdout is not out):
                _end_unread()
            raise
        except Exception as error:  # noqa: BLE001  the last resort: every failure has its exit code
            if _is_interrupt(error):
                _end_interrupted()
            fail(error)
        sys.exit(code if isinstance(code, int) else 0)


def _unread() -> bool:
    """Tell whether it is the output that nobody reads any more, not the connection to a worker."""
    import select

    if not hasattr(select, "poll"):  # Windows
        return True
    ends = select.poll()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # one that is no file
            ends.register(stream.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in ends.poll(0))


def _end_unread() -> NoReturn:
    """End in silence, as other tools do whose reader (`head`) has gone: what was asked for is done."""
    forget_output()
    sys.exit(0)


def _end_interrupted() -> NoReturn:
    end(EXIT_INTERRUPTED, lambda: click.echo("interrupted", err=True))


def _is_interrupt(error: BaseException | None) -> bool:
    """Tell Ctrl-C where Python or a library made another error of it, as in the making of a class."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


@contextmanager
def _stops_heeded() -> Iterator[None]:
    """Let what ends a process by default, a kill or the end of its terminal, end it as Ctrl-C does: tidily.

    One that comes right after another does not break off the tidying up that the first began, nor the
    end of the interpreter that follows it: after a stop the handlers stay.
    """
    heeded = -math.inf

    def stop(number: int, frame: object) -> None:
        nonlocal heeded
        if time.monotonic() - heeded > _AGAIN_S:
            heeded = time.monotonic()
            raise KeyboardInterrupt

    before = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP") if threading.current_thread() is threading.main_thread() else ():
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        if heeded == -math.inf:
            for number, handler in before.items():
                signal.signal(number, handler)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="usephase")
@click.pass_context
def main(context: click.Context) -> None:
    """Emissions of sold products in use and at end of life (Scope 3 Categories 11 and 12), with uncertainty."""
    name = context.invoked_subcommand or ""
    if command := main.get_command(context, name):
        context.default_map = project_defaults(COMMANDS, name, command)
