"""Too few threads, or too little memory for a run or for its libraries: exit code 6 and a remedy, no bug of ours."""

import errno
import json
import re
import signal
import subprocess
import sys

import pytest

from usephase.cli.failures import fail
from usephase.results.run import open_run

LIMITED = """
import resource, sys
from usephase.cli import main
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) * 2**20,) * 2)
sys.argv = ["usephase", *sys.argv[2:]]
main()
"""
THREADS = """
import sys, threading
from usephase.cli import main
def start(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = start
sys.argv = ["usephase", *sys.argv[1:]]
main()
"""
LOADER = 127
"""How the loader of libraries ends a process that has no memory for a thread's own data."""


def run(program, *words):
    words = [sys.executable, "-c", program, *map(str, words)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


def test_threads_that_the_system_does_not_give_are_said(catalog, tmp_path):
    done = run(THREADS, "run", catalog, "--results", tmp_path, "--draws", 64, "--json")
    assert done.returncode == 6, done.stderr
    (problem,) = json.loads(done.stdout)["problems"]
    assert "can't start new thread" in problem["what"]
    assert "--workers" in problem["fix"]


limits = pytest.mark.skipif(sys.platform != "linux", reason="limits of address space hold as here on Linux only")


@limits
@pytest.mark.parametrize("form", ["--json", "--quiet"])
def test_a_limit_below_what_libraries_take_is_said_at_once(form, catalog, tmp_path):
    done = run(LIMITED, 300, "run", catalog, "--results", tmp_path, form)
    assert done.returncode == 6, done.stderr
    said = done.stdout if form == "--json" else done.stderr
    assert "a process may take 300 MB here" in said
    assert "ulimit -v" in said


@limits
@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["numpy", "numba"])
@pytest.mark.parametrize("megabytes", [520, 700, 850, 1000, 1300])
def test_a_limit_of_memory_ends_a_run_in_words_wherever_it_is_met(megabytes, kernel, catalog, tmp_path):
    done = run(LIMITED, megabytes, "run", catalog, "--results", tmp_path, "--draws", 64, "--kernel", kernel, "--json")
    kept = list(tmp_path.rglob("run.h5"))
    if done.returncode == 6:
        (problem,) = json.loads(done.stdout)["problems"]
        assert problem["fix"]
        for path in kept:  # the memory ended where the files beside it were made
            assert re.search(r"not written: \w", problem["what"]), problem
            assert f"the run itself is whole: usephase report and usephase export take {path}" in problem["what"]
            assert len(open_run(path).figures)
    elif done.returncode in (-signal.SIGABRT, LOADER):  # LLVM and the loader end the process: nobody can catch that
        assert re.search("bad_alloc|out of memory|cannot allocate memory", done.stderr), done.stderr
        assert not kept
    else:
        assert done.returncode == 0, done.stderr
        assert len(kept) == 1


@limits
def test_without_a_limit_the_same_program_runs(catalog, tmp_path):
    done = run(LIMITED, 2**20, "run", catalog, "--results", tmp_path, "--draws", 64, "--json")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("form", ["--json", "--quiet"])
def test_memory_that_does_not_suffice_for_words_ends_as_too_little_memory(form, monkeypatch, capfd):
    def refuse(*_, **__):
        raise MemoryError

    monkeypatch.setattr(sys, "argv", ["usephase", "run", form])
    monkeypatch.setattr("usephase.cli.failures.end", refuse)
    with pytest.raises(SystemExit) as stopped:
        fail(MemoryError())
    assert stopped.value.code == 6
    out, err = capfd.readouterr()
    if form == "--json":
        assert json.loads(out)["problems"][0]["fix"] == "raise the limit of memory"
    else:
        assert err == "error: there is too little memory → raise the limit of memory\n"


REFUSED = ImportError("libx.so: failed to map segment from shared object")


def because(error, reason):
    """Give an error as libraries raise it: in place of what the system said."""
    error.__context__ = reason
    return error


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("can't start new thread"),
        because(OSError("Could not find/load shared object file 'libllvmlite.so'"), OSError(str(REFUSED))),
        REFUSED,
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


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("started twice"),
        because(
            OSError("Could not find/load shared object file 'libllvmlite.so'"),
            OSError("libllvmlite.so: cannot open shared object file: No such file or directory"),
        ),
    ],
    ids=str,
)
def test_another_error_stays_a_bug(error, capsys):
    with pytest.raises(SystemExit) as ended:
        fail(error)
    assert ended.value.code == 1
    assert f"bug: {type(error).__name__}" in capsys.readouterr().err
