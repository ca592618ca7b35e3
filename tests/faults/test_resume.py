"""Runs that are stopped and taken up again: the same bits, nothing finished computed twice, clear words."""

import random
import re
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.bench.workload import make
from tests.faults.machine import ROOT, slow_run, wait_for_blocks
from usephase.engine.plan.study import cut_by, hashes
from usephase.results.run import Run, open_run

PRODUCTS = 61
STARTS = [part.start for part in cut_by(hashes([f"P{i:06d}" for i in range(PRODUCTS)]), 4, 12)]
BLOCKS = len(STARTS)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return make(PRODUCTS, regions=2).write(tmp_path_factory.mktemp("large") / "catalog")


def run(*given):
    return subprocess.run(slow_run(*given), capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)


def begin(*given):
    return subprocess.Popen(slow_run(*given), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def kept_in(results):
    return set((Path(results) / ".store").glob("*.rows"))


def stored(results):
    (path,) = Path(results).glob("*/*/run.h5")
    return open_run(path)


def computed(done):
    return [int(n) for n in re.findall(r"^computed (\d+)$", done.stderr, re.M)]


def assert_same(a: Run, b: Run):
    pd.testing.assert_frame_equal(a.figures, b.figures, check_exact=True)
    pd.testing.assert_frame_equal(a.service, b.service, check_exact=True)
    np.testing.assert_array_equal(a.samples, b.samples)


@pytest.fixture(scope="module")
def whole(large, tmp_path_factory):
    results = tmp_path_factory.mktemp("whole")
    done = run(0, large, results)
    assert done.returncode == 0, done.stderr
    assert computed(done) == STARTS
    assert len(kept_in(results)) == BLOCKS
    found = stored(results)
    assert found.meta["blocks"] == {"count": BLOCKS, "unchanged": 0}
    return found


def killed(large, results, count, *more):
    """Kill a run when so many blocks are finished; give how many are."""
    process = begin(0.25, large, results, *more)
    wait_for_blocks(results, count, process)
    process.kill()
    process.communicate()
    return len(kept_in(results))


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(large, whole, tmp_path):
    finished = killed(large, tmp_path, 3)
    assert 3 <= finished < BLOCKS
    done = run(0, large, tmp_path, "--resume", "--workers", 2)
    assert done.returncode == 0, done.stderr
    assert len(computed(done)) == BLOCKS - finished
    again = stored(tmp_path)
    assert_same(again, whole)
    assert again.meta["blocks"]["unchanged"] > 0


@pytest.mark.slow
def test_ctrl_c_keeps_the_blocks_and_says_so(large, whole, tmp_path):
    process = begin(0.25, large, tmp_path)
    wait_for_blocks(tmp_path, 2, process)
    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=60)
    assert process.returncode == 130, talk
    assert re.search(rf"\d of {BLOCKS} blocks are kept in .*\.store → the next run takes them up", talk)
    assert "interrupted" in talk
    done = run(0, large, tmp_path, "--resume")
    assert len(computed(done)) < BLOCKS - 1
    assert_same(stored(tmp_path), whole)


@pytest.mark.slow
def test_too_little_memory_is_said_and_the_blocks_are_kept(large, whole, tmp_path, monkeypatch):
    monkeypatch.setenv("SHORT_OF_MEMORY", str(STARTS[3]))
    done = run(0, large, tmp_path)
    assert done.returncode == 6, done.stderr
    assert "too little memory" in done.stderr
    assert "--dry-run" in done.stderr
    assert f"3 of {BLOCKS} blocks are kept" in done.stderr
    monkeypatch.delenv("SHORT_OF_MEMORY")
    again = run(0, large, tmp_path, "--resume")
    assert computed(again) == STARTS[3:]
    assert_same(stored(tmp_path), whole)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.deep) for seed in (2, 3))])
def test_killed_at_random_moments_again_and_again(large, whole, tmp_path, seed):
    rng = random.Random(seed)
    known: set[Path] = set()
    for attempt in range(6):
        before = {path: path.stat().st_ino for path in known}
        process = begin(0.1, large, tmp_path, "--store-draws", *(["--resume"] if attempt else []))
        if len(known) < BLOCKS - 1:  # each kill has at least a block more to lose
            wait_for_blocks(tmp_path, len(known) + 1, process)
        time.sleep(rng.uniform(0, 0.4))
        process.kill()
        _, talk = process.communicate()
        again = {int(n) for n in re.findall(r"^computed (\d+)$", talk, re.M)}
        assert len(again) <= BLOCKS - len(known)
        assert before == {path: path.stat().st_ino for path in known}  # none is written twice
        known = kept_in(tmp_path)
    assert len(known) >= 3  # else no kill has met a finished block
    done = run(0, large, tmp_path, "--store-draws", "--resume")
    assert done.returncode == 0, done.stderr
    assert len(computed(done)) == BLOCKS - len(known)
    for again in [open_run(path) for path in tmp_path.glob("*/*/run.h5")]:
        pd.testing.assert_frame_equal(again.figures, whole.figures, check_exact=True)
