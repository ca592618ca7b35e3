"""Runs that are stopped: Ctrl-C at any moment, kill -9 while the run is being written."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from click.testing import CliRunner

from tests.faults.machine import HEEDS_CTRL_C, everything, start, usephase
from tests.results.make_run import make_run
from usephase.cli import main
from usephase.results.run import open_run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")

FILES = {"run.h5", "summary.json", "figures.csv", "inventory.xlsx", "report.html", "run.log"}


def interrupted(catalog, results, after, how=signal.SIGINT):
    process = start("run", catalog, "--results", results, "--draws", "20000", "--quiet")
    time.sleep(after)
    process.send_signal(how)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_ctrl_c_in_the_computation_leaves_nothing(catalog, tmp_path):
    code, out, err = interrupted(catalog, tmp_path / "results", 1.5)
    assert code == 130, err
    assert out == ""
    assert err.strip() == "interrupted"
    assert everything(tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.6, 1, 1.5, 2, 2.5, 3, 3.5, 4, 6])
def test_ctrl_c_at_any_moment_leaves_whole_files_only(catalog, tmp_path, after):
    code, _, err = interrupted(catalog, tmp_path / "results", after)
    # An interpreter that is ending, after all is written, has no handler any more: the signal itself ends it.
    assert code in (130, 0, -signal.SIGINT), err
    assert "Traceback" not in err
    if code != 130:
        assert {path.name for path in tmp_path.glob("results/[!.]*/*/*")} == FILES
    for folder in tmp_path.glob("results/[!.]*/*"):
        names = {path.name for path in folder.iterdir()}
        assert "run.h5" in names  # a folder without a run would look like one
        assert names <= FILES
        open_run(folder)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("after", [2.5, 4])
def test_a_kill_that_can_be_heeded_leaves_whole_files_only(catalog, tmp_path, after, how):
    code, _, err = interrupted(catalog, tmp_path / "results", after, how)
    assert code in (130, 0, -how), err
    assert "Traceback" not in err
    assert not [name for name in everything(tmp_path) if name.endswith(".part")]
    if code != -how or everything(tmp_path):
        for folder in tmp_path.glob("results/[!.]*/*"):
            open_run(folder)


COMMAND = """
    import os, sys
    from usephase.cli import main
    from usephase.results import atomic
    sys.argv = ["usephase", *sys.argv[2:]]
    sync = atomic._sync

    def stop(spare):
        if "NAME" in spare.name:
            os.kill(os.getpid(), HOW)
        sync(spare)

    atomic._sync = stop
    main()
"""
"""A command that stops itself by a signal when it has written a file, and not yet renamed it."""


def stopped_command(how, name, *words):
    code = textwrap.dedent(COMMAND).replace("HOW", str(int(how))).replace("NAME", name)
    command = [sys.executable, "-c", f"{HEEDS_CTRL_C}\n{code}", "", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_a_catalog_is_written_leaves_nothing(tmp_path, how):
    done = stopped_command(how, "modes", "init", tmp_path / "mine")
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")
    assert everything(tmp_path) == {}
    assert not (tmp_path / "mine").exists()


def test_what_kill_9_leaves_half_written_is_swept_by_the_next_start(tmp_path):
    done = stopped_command(signal.SIGKILL, "modes", "init", tmp_path / "mine")
    assert done.returncode == -signal.SIGKILL
    assert all(name.endswith(".part") for name in everything(tmp_path))
    done = usephase("init", tmp_path / "mine")
    assert done.returncode == 0, done.stderr
    assert not [name for name in everything(tmp_path) if name.endswith(".part")]


@pytest.mark.slow
@pytest.mark.parametrize("last", ["run.h5", "inventory.xlsx"])
def test_what_kill_9_leaves_of_a_run_is_swept_by_the_next_start(catalog, tmp_path, last):
    words = ("run", catalog, "--results", tmp_path / "results", "--draws", "64", "--quiet")
    done = stopped_command(signal.SIGKILL, last, *words)
    assert done.returncode == -signal.SIGKILL, done.stderr
    [left] = [name for name in everything(tmp_path) if name.endswith(".part")]
    assert last in left
    done = usephase(*words)
    assert done.returncode == 0, done.stderr
    assert not [name for name in everything(tmp_path) if name.endswith(".part")]
    for folder in tmp_path.glob("results/[!.]*/*"):
        open_run(folder)  # none is left that is no run


@pytest.mark.slow
def test_a_run_that_has_nothing_to_resume_says_so(catalog, tmp_path):
    done = usephase("run", catalog, "--results", tmp_path / "results", "--draws", "64", "--resume")
    assert done.returncode == 0
    assert "nothing of this study is there → all is computed" in done.stderr


WRITE = """
    import sys
    from tests.results.make_run import make_run
    from usephase.results import store
    {trap}
    {write}
"""
TRAPS = {
    "before anything is written": "store._write = lambda *_: stop()",
    "while HDF5 writes": "write = store._write; store._write = lambda *a: (write(*a), stop())",
    "before the seal": "store.seal = lambda _: stop()",
}

MOMENTS = [name if name == "while HDF5 writes" else pytest.param(name, marks=pytest.mark.slow) for name in TRAPS]


def stopped(path, trap, how, write="make_run(seed=2).save(sys.argv[1])"):
    """Write a run in a process that stops itself by a signal at a chosen moment."""
    code = textwrap.dedent(WRITE).format(trap=f"import os; stop = lambda: os.kill(os.getpid(), {int(how)})", write="")
    code += f"{HEEDS_CTRL_C}\n{trap}\n{write}\n"
    return subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_while_writing_leaves_the_old_run_or_none(tmp_path, moment):
    old = tmp_path / "old" / "run.h5"
    make_run().save(old)
    before = old.read_bytes()
    new = tmp_path / "new" / "run.h5"
    for path in (old, new):
        done = stopped(path, TRAPS[moment], signal.SIGKILL)
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert old.read_bytes() == before
    open_run(old)
    assert not new.exists()


def test_what_a_kill_leaves_behind_does_not_hinder_the_next_run(tmp_path):
    path = tmp_path / "run.h5"
    stopped(path, TRAPS["before the seal"], signal.SIGKILL)
    make_run().save(path)
    open_run(path)


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_while_the_run_is_stored_leaves_no_folder(tmp_path, moment):
    done = stopped(
        tmp_path,
        TRAPS[moment],
        signal.SIGINT,
        "from usephase.report.folders.run import write_run\nwrite_run(make_run(), sys.argv[1])",
    )
    assert b"KeyboardInterrupt" in done.stderr
    assert everything(tmp_path) == {}
    assert list(tmp_path.glob("*/*")) == []


def test_ctrl_c_in_the_making_of_a_class_is_no_bug(monkeypatch):
    """Python 3.11 makes a RuntimeError of what `__set_name__` raises: as when a library is being loaded."""

    class Stops:
        def __set_name__(self, owner, name):
            raise KeyboardInterrupt

    monkeypatch.setattr("usephase.cli.guide.command.callback", lambda **_: type("Made", (), {"part": Stops()}))
    done = CliRunner().invoke(main, ["guide"])
    assert (done.exit_code, done.stderr.strip()) == (130, "interrupted")


@pytest.mark.parametrize(("words", "code"), [("--version", 0), ("reference zones", 0), ("check nowhere", 3)])
def test_who_reads_only_the_first_lines_is_no_failure(words: str, code: int) -> None:
    # As `usephase ... 2>&1 | head`: rich, click and plain prints meet a pipe that nobody reads.
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-m", "usephase", *words.split()], stdout=writer, stderr=writer, timeout=60)
    os.close(writer)
    assert done.returncode == code
