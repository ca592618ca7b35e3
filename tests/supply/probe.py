"""Run commands in a process of its own that may not reach the network, or at another time and place; print figures.

    python probe.py FOLDER COMMANDS    the commands as JSON: a list of lists of arguments

Prints a line a command: its exit code; and last the checksum of the figures in FOLDER/results.
"""

import hashlib
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

FAMILIES = (socket.AF_INET, socket.AF_INET6)


def cut_the_network() -> None:
    """Refuse every socket of the internet and every look-up of a name."""

    class Refused(socket.socket):
        def __init__(self, family: int = -1, *rest: Any, **more: Any) -> None:
            if family in (-1, *FAMILIES) and not more.get("fileno") and not (len(rest) > 2 and rest[2]):
                raise OSError("the network is cut")
            super().__init__(family, *rest, **more)

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError("the network is cut")

    socket.socket = Refused  # type: ignore[misc]
    socket.create_connection = refuse
    socket.getaddrinfo = refuse
    socket.gethostbyname = refuse


def set_the_clock(text: str) -> None:
    """Let `datetime.now` give another time wherever usephase asks for it."""
    from datetime import datetime

    import usephase.results.provenance as provenance

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromisoformat(text).astimezone(tz)

    provenance.datetime = Clock  # type: ignore[misc]


def main() -> int:
    cut_the_network()
    if clock := os.environ.get("PROBE_CLOCK"):
        set_the_clock(clock)
    if place := os.environ.get("PROBE_LOCALE"):
        import locale

        locale.setlocale(locale.LC_ALL, place)
    from click.testing import CliRunner

    from usephase.cli import main as command

    folder = Path(sys.argv[1])
    failed = 0
    for arguments in json.loads(sys.argv[2]):
        run = next(iter(sorted(folder.glob("results/*/*/run.h5"))), None)
        given = [str(run.parent) if word == "RUN" and run else word for word in arguments]
        outcome = CliRunner().invoke(command, given)
        print(" ".join(arguments), outcome.exit_code)
        if outcome.exit_code:
            failed = 1
            print(outcome.output, file=sys.stderr)
    figures = sorted(folder.glob("results/*/*/figures.csv"))
    print("figures", hashlib.sha256(figures[0].read_bytes()).hexdigest() if figures else "none")
    return failed


if __name__ == "__main__":
    sys.exit(main())
