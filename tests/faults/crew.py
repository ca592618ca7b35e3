"""What workers do with a block in these tests. A module of its own: worker processes import it."""

import os
import time
from pathlib import Path

import numpy as np

from usephase.engine.run.blocks import evaluate_block


def slowly(plan, study, block, keep):
    """Take long enough for a worker to be killed in the middle."""
    time.sleep(0.4)
    return evaluate_block(plan, study, block, keep)


def slowly_in_small_tiles(plan, study, block, keep, seconds):
    """Take so many seconds more a block, with the tiles of `tests.faults.slow_run`."""
    from usephase.engine.plan import study as studies

    studies.TILE = 4
    time.sleep(seconds)
    return evaluate_block(plan, study, block, keep)


def unevenly(plan, study, block, keep):
    """Be slowest at the first block, so that all others wait for it."""
    time.sleep(2.0 if block.start == 0 else 0.0)
    return evaluate_block(plan, study, block, keep)


def poisoned(plan, study, block, keep, at):
    """Die at one block, every time."""
    if block.start == at:
        os._exit(1)
    return evaluate_block(plan, study, block, keep)


def wrongly(plan, study, block, keep):
    """Fail as a program fails."""
    raise ZeroDivisionError("division by zero")


def short_of_memory(plan, study, block, keep, victim, folder):
    """Ask for more memory than the system gives, in one process; others wait until it has done so once."""
    if os.getpid() == victim:
        (Path(folder) / f"short-{victim}-{block.start}").touch()
        _refused()
    _wait_for(folder)
    return evaluate_block(plan, study, block, keep)


def short_or_killed(plan, study, block, keep, victim, folder):
    """Ask for more memory than the system gives, in one process; die in the other when that has come to pass."""
    if os.getpid() == victim:
        (Path(folder) / f"short-{victim}-{block.start}").touch()
        _refused()
    _wait_for(folder)
    time.sleep(1)
    os._exit(1)


def pausing(plan, study, block, keep):
    """Pause, as a worker does whose memory is full."""
    from distributed import Status, get_worker

    worker = get_worker()
    worker.loop.add_callback(setattr, worker, "status", Status.paused)
    return evaluate_block(plan, study, block, keep)


def _wait_for(folder):
    for _ in range(1000):
        if list(Path(folder).glob("short-*")):
            return
        time.sleep(0.02)


def always_short_of_memory(plan, study, block, keep):
    """Ask for more memory than the system gives at the third block, wherever it is computed."""
    if block.start == 2 * 64:
        _refused()
    return evaluate_block(plan, study, block, keep)


def _refused():
    """Touch half a gigabyte where a sixteenth of one more is allowed."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**26, before[1]))
    try:
        np.ones(2**26)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
