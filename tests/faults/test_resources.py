"""Too few threads, or too little memory to load a library: exit code 6 and a remedy, no bug of ours."""

import errno
import json
import subprocess
import sys

import pytest

from tests.faults.machine import usephase
from usephase.cli.failures import fail

THREADS = """
import sys, threading
from usephase.cli import main
def start(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = start
sys.argv = ["usephase", *sys.argv[1:]]
main()
"""


def test_threads_that_the_system_does_not_give_are_said(catalog, tmp_path):
    command = [
        sys.executable,
        "-c",
        THREADS,
        "run",
        str(catalog),
        "--results",
        str(tmp_path),
        "--draws",
        "64",
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 6, done.stderr
    (problem,) = json.loads(done.stdout)["problems"]
    assert "can't start new thread" in problem["what"]
    assert "--workers" in problem["fix"]


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("can't start new thread"),
        OSError("Could not find/load shared object file: libllvmlite.so"),
        ImportError("libx.so: failed to map segment from shared object"),
        ImportError("libx.so: cannot allocate memory in static TLS block"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
    ids=str,
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_want_of_resources_is_no_bug(error, wrapped, capsys):
    if wrapped:
        outer = ImportError("numba cannot be imported")
        outer.__cause__ = error
        error = outer
    with pytest.raises(SystemExit) as ended:
        fail(error)
    assert ended.value.code == 6
    assert " → " in capsys.readouterr().err


def test_another_error_stays_a_bug(capsys):
    with pytest.raises(SystemExit) as ended:
        fail(RuntimeError("started twice"))
    assert ended.value.code == 1
    assert "bug: RuntimeError" in capsys.readouterr().err


def test_the_command_runs_without_these_faults(catalog, tmp_path):
    assert usephase("run", catalog, "--results", tmp_path, "--draws", "64", "--quiet").returncode == 0
