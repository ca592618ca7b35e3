"""The real command in a process of its own, and small or read-only disks for it to write to."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
FEW = ["--draws", "64", "--quiet"]

# What a shell starts in the background ignores Ctrl-C, and so would all that the tests start from there.
HEEDS_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"

MOUNTS = sys.platform == "linux" and hasattr(os, "geteuid") and os.geteuid() == 0
WHY_NOT = "no small disk can be made here: that needs Linux and the right to mount (root)"


def usephase(*arguments: object, timeout: float = 120, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [*_main(), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, **options)


def start(*arguments: object) -> "subprocess.Popen[str]":
    """Start a command."""
    command = [*_main(), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def slow_run(seconds: float, catalog: Path, results: Path, *more: object) -> list[str]:
    """Give the words that start a run whose blocks are small and take so many seconds more, in the folder `ROOT`."""
    command = ["run", catalog, "--results", results, "--draws", 48, *more]
    return [sys.executable, "-m", "tests.faults.slow_run", *map(str, (seconds, *command))]


def wait_for_blocks(results: Path, count: int, process: "subprocess.Popen[str]") -> None:
    """Wait until a run has kept so many finished blocks."""
    for _ in range(3000):
        if len(list(Path(results).glob(".store/*.rows"))) >= count:
            return
        assert process.poll() is None, process.stderr and process.stderr.read()
        time.sleep(0.02)
    raise AssertionError("no block was finished in a minute")


def _main() -> list[str]:
    code = "import sys; from usephase.cli import main; sys.argv[0] = 'usephase'; main()"
    return [sys.executable, "-c", f"{HEEDS_CTRL_C}; {code}"]


def problems(done: "subprocess.CompletedProcess[str]") -> list[dict[str, str]]:
    """Read the problems of a refusal with --json, each of which has a place, a reason and a remedy."""
    found = json.loads(done.stdout)["problems"]
    assert found
    for problem in found:
        assert set(problem) == {"where", "what", "fix", "severity"}
        assert problem["what"]
        assert problem["fix"]
    return found


@contextmanager
def small_disk(folder: Path, size: str, *options: str) -> Iterator[Path]:
    """Give a folder that is a disk of its own, of a size such as ``1m``."""
    folder.mkdir(exist_ok=True)
    what = ",".join([f"size={size}", *options])
    subprocess.run(["mount", "-t", "tmpfs", "-o", what, "usephase-test", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a mounted disk read-only for a while."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)


def everything(folder: Path) -> dict[str, bytes]:
    """Give every file below a folder with its content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
