"""Runs that are stopped: Ctrl-C at any moment, kill -9 while the run is being written."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tests.faults.machine import HEEDS_CTRL_C, everything, start
from tests.results.make_run import make_run
from usephase.results.store import open_run, save_run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")

FILES = {"run.h5", "summary.json", "figures.csv", "inventory.xlsx", "report.html", "run.log"}


def interrupted(catalog, results, after):
    process = start("run", catalog, "--results", results, "--draws", "20000", "--quiet")
    time.sleep(after)
    process.send_signal(signal.SIGINT)
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
        assert {path.name for path in tmp_path.glob("results/*/*/*")} == FILES
    for folder in tmp_path.glob("results/*/*"):
        names = {path.name for path in folder.iterdir()}
        assert "run.h5" in names  # a folder without a run would look like one
        assert names <= FILES
        open_run(folder)


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
    save_run(make_run(), old)
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
    save_run(make_run(), path)
    open_run(path)


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_while_the_run_is_stored_leaves_no_folder(tmp_path, moment):
    done = stopped(
        tmp_path,
        TRAPS[moment],
        signal.SIGINT,
        "from usephase.report.folder import write_run\nwrite_run(make_run(), sys.argv[1])",
    )
    assert b"KeyboardInterrupt" in done.stderr
    assert everything(tmp_path) == {}
    assert list(tmp_path.glob("*/*")) == []
