"""Blocks on a cluster of local processes: the same bits, whoever computes them and whoever dies."""

import os
import signal
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest

import usephase
from tests.bench.workload import make
from tests.faults import crew
from tests.faults.machine import problems
from tests.faults.machine import usephase as command
from usephase.catalog.resolve import resolve
from usephase.engine import cluster, estimate
from usephase.engine.blocks import cut, evaluate_blocks
from usephase.engine.cluster import cluster_blocks
from usephase.engine.compile import compile_plan
from usephase.engine.spool import Spool
from usephase.engine.study import Study
from usephase.errors import WorkerError

distributed = pytest.importorskip("distributed", reason="the extra usephase[cluster] is not installed")

STUDY = Study("quasi", 1, 32)
BLOCKS = 6


@pytest.fixture(scope="module")
def plan():
    return compile_plan(resolve(make(64 * BLOCKS - 9, regions=1).catalog()))


@pytest.fixture(scope="module")
def blocks(plan):
    return cut(plan, 32, 1)


@pytest.fixture(scope="module")
def expected(plan, blocks):
    return list(evaluate_blocks(plan, STUDY, blocks))


@pytest.fixture(scope="module")
def two():
    """A cluster of two processes."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs=50
    ) as made:
        yield made.scheduler_address


def assert_same(found, expected):
    assert [r[:2] for r in found] == [r[:2] for r in expected]
    for a, b in zip(found, expected, strict=True):
        for one, other in zip(a.rows, b.rows, strict=True):
            np.testing.assert_array_equal(one, other)
        for one, other in zip(a.partials, b.partials, strict=True):
            assert one.best == other.best
            assert one.draws.keys() == other.draws.keys()
            assert all(np.array_equal(x, other.draws[key]) for key, x in one.draws.items())


def test_results_come_in_order_whoever_is_slow(plan, blocks, expected, two):
    arrived, told = [], []
    made = cluster_blocks(
        two, plan, STUDY, blocks, finished=lambda r: arrived.append(r.first), evaluate=crew.unevenly,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert_same(list(made), expected)
    assert sorted(arrived) == list(range(BLOCKS))
    assert arrived[0] != 0  # the first was the slowest
    assert told[-1] == (BLOCKS, BLOCKS)
    assert told == sorted(told)


def test_no_more_is_handed_out_than_fits(plan, blocks, expected, two):
    arrived = []
    made = cluster_blocks(two, plan, STUDY, blocks, memory=1, finished=lambda r: arrived.append(r.first))
    assert_same([next(made) for _ in blocks], expected)
    made.close()


def test_a_whole_run_is_the_same_and_is_resumed(two, tmp_path, monkeypatch):
    catalog = make(150, regions=1).catalog()
    here = usephase.estimate(catalog, draws=32)
    monkeypatch.setattr(estimate, "cut", lambda plan, draws: cut(plan, draws, 1))
    kept = Spool(tmp_path)
    there = usephase.estimate(catalog, draws=32, cluster=two, spool=kept)
    again = usephase.estimate(catalog, draws=32, spool=Spool(tmp_path, resume=True))
    assert again.meta["blocks"]["taken_up"] == 3
    for run in (there, again):
        pd.testing.assert_frame_equal(run.figures, here.figures, check_exact=True)
        np.testing.assert_array_equal(run.samples, here.samples)


def test_a_worker_of_another_version_is_refused(plan, blocks, two, monkeypatch):
    mine = cluster.surroundings("numpy")
    other = {**mine, "versions": {**mine["versions"], "numpy": "1.99"}}
    monkeypatch.setattr(cluster, "_expected", lambda kernel: other)
    with pytest.raises(WorkerError, match=r"^worker tcp://.* has numpy .* \(here 1\.99\) → install the same versions"):
        list(cluster_blocks(two, plan, STUDY, blocks))


def test_what_differs_is_said():
    mine = cluster.surroundings("numpy")
    assert cluster._difference(mine, mine) == ""
    assert "code" in cluster._difference(mine, {**mine, "sources": "x"})
    assert "another processor, x" in cluster._difference(mine, {**mine, "processor": "x"})


def test_an_error_of_a_worker_is_told(plan, blocks, two):
    with pytest.raises(WorkerError, match=r"block of products P000\d+ to P000\d+: a worker failed \(ZeroDivisionError"):
        list(cluster_blocks(two, plan, STUDY, blocks, evaluate=crew.wrongly))


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are read from /proc: Linux only")
def test_a_worker_short_of_memory_leaves_its_blocks_to_others(plan, blocks, expected, two, tmp_path):
    short = partial(crew.short_of_memory, folder=str(tmp_path))
    assert_same(list(cluster_blocks(two, plan, STUDY, blocks, evaluate=short)), expected)
    assert (tmp_path / "victim").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are read from /proc: Linux only")
def test_a_block_for_which_no_worker_has_the_memory(plan, blocks, two):
    said = r"block of products P000128 to P000191: 2 workers had too little memory for it \(.*\) → start fewer"
    with pytest.raises(WorkerError, match=said):
        list(cluster_blocks(two, plan, STUDY, blocks, evaluate=crew.always_short_of_memory))


def test_no_scheduler_and_no_such_address(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE_S", 1.0)
    with pytest.raises(WorkerError, match="no scheduler answers → start one"):
        list(cluster_blocks("tcp://127.0.0.1:9", None, STUDY, []))
    for wrong in ("local:", "local:many", "local:0"):
        with pytest.raises(WorkerError, match=r"write e\.g\. local:3"):
            list(cluster_blocks(wrong, None, STUDY, []))


def test_without_dask_the_remedy_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(WorkerError, match=r'pip install "usephase\[cluster\]"'):
        list(cluster_blocks("local:2", None, STUDY, []))


def test_the_command_refuses_with_exit_code_6(catalog, tmp_path):
    done = command("run", catalog, "--draws", 64, "--cluster", "local:none", "--results", tmp_path / "r", "--json")
    assert done.returncode == 6, done.stderr
    (problem,) = problems(done)
    assert "local:3" in problem["fix"]


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3])
def test_a_worker_is_killed_in_the_run(plan, blocks, expected, count):
    with distributed.LocalCluster(
        n_workers=count, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs=50
    ) as made:
        with distributed.Client(made.scheduler_address, set_as_default=False) as client:
            victim = next(iter(client.run(os.getpid).values()))

        def kill(result):
            if not killed:
                os.kill(victim, signal.SIGKILL)
                killed.append(result.first)

        killed = []
        made_of = cluster_blocks(
            made.scheduler_address, plan, STUDY, blocks, finished=kill, evaluate=crew.slowly
        )  # fmt: skip
        found = list(made_of)
    assert killed
    assert_same(found, expected)


@pytest.mark.slow
def test_a_poisoned_block_ends_the_run_and_what_is_finished_is_kept(plan, blocks, tmp_path):
    arrived = []
    with pytest.raises(WorkerError, match=r"--resume|look at the workers' memory"):
        list(
            cluster_blocks(
                "local:2", plan, STUDY, blocks, finished=lambda r: arrived.append(r.first), evaluate=crew.poisoned
            )
        )
    assert 2 not in arrived
