"""Blocks on a cluster of local processes: the same bits, whoever computes them and whoever dies."""

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import distributed
import numpy as np
import pandas as pd
import pytest

import usephase
from tests.bench.workload import make
from tests.faults import crew as doing
from tests.faults.machine import ROOT, problems, slow_run, wait_for_blocks
from tests.faults.machine import usephase as command
from usephase.catalog.resolve import resolve
from usephase.engine.cluster import connect as cluster
from usephase.engine.cluster import workers as crew
from usephase.engine.cluster.connect import cluster_blocks
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.study import Study, cut_blocks
from usephase.engine.run.blocks import evaluate_blocks
from usephase.engine.run.store import Store
from usephase.errors import WorkerError

STUDY = Study("quasi", 1, 32)
BLOCKS = 6


@pytest.fixture(scope="module")
def plan():
    return compile_plan(resolve(make(64 * BLOCKS - 9, regions=1).catalog()))


@pytest.fixture(scope="module")
def blocks(plan):
    return [range(first, min(first + 64, len(plan.products))) for first in range(0, len(plan.products), 64)]


@pytest.fixture(scope="module")
def expected(plan, blocks):
    return list(evaluate_blocks(plan, STUDY, blocks))


@pytest.fixture(scope="module")
def two():
    """A cluster of two processes."""
    with processes(2) as made:
        yield made.scheduler_address


def processes(count):
    """Start so many workers, each with a nanny, who starts another process in the place of a killed one."""
    return distributed.LocalCluster(
        n_workers=count, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs=50
    )


def assert_same(found, expected):
    assert [r[:2] for r in found] == [r[:2] for r in expected]
    for a, b in zip(found, expected, strict=True):
        for one, other in zip(a.rows, b.rows, strict=True):
            np.testing.assert_array_equal(one, other)
        assert a.sums.best == b.sums.best
        assert a.sums.draws.keys() == b.sums.draws.keys()
        assert all(np.array_equal(x, b.sums.draws[key]) for key, x in a.sums.draws.items())


@pytest.mark.slow
def test_results_come_in_order_whoever_is_slow(plan, blocks, expected, two):
    arrived, told = [], []
    made = cluster_blocks(
        two, plan, STUDY, blocks, finished=lambda r: arrived.append(r.products.start), evaluate=doing.unevenly,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert_same(list(made), expected)
    assert sorted(arrived) == [block.start for block in blocks]
    assert arrived[0] != 0  # the first was the slowest
    assert told[-1] == (375, 375)
    assert told == sorted(told)


def test_no_more_is_handed_out_than_fits(plan, blocks, expected, two):
    arrived = []
    made = cluster_blocks(two, plan, STUDY, blocks, memory=1, finished=lambda r: arrived.append(r.products.start))
    assert_same([next(made) for _ in blocks], expected)
    made.close()


def test_a_whole_run_is_the_same_and_is_resumed(two, tmp_path):
    catalog = make(150, regions=1).catalog()
    here = usephase.estimate(catalog, draws=32)
    there = usephase.estimate(catalog, draws=32, cluster=two, store=Store(tmp_path))
    again = usephase.estimate(catalog, draws=32, store=Store(tmp_path))
    assert again.meta["blocks"] == {"count": there.meta["blocks"]["count"], "unchanged": 150}
    for run in (there, again):
        pd.testing.assert_frame_equal(run.figures, here.figures, check_exact=True)
        np.testing.assert_array_equal(run.samples, here.samples)


def test_a_worker_of_another_version_is_refused(plan, blocks, two, monkeypatch):
    mine = cluster.surroundings()
    other = {**mine, "versions": {**mine["versions"], "numpy": "1.99"}}
    here = os.getpid()
    monkeypatch.setattr(cluster, "surroundings", lambda: other if os.getpid() == here else mine)
    with pytest.raises(WorkerError, match=r"^worker tcp://.* has numpy .* \(here 1\.99\) → install the same versions"):
        list(cluster_blocks(two, plan, STUDY, blocks))


def test_what_differs_is_said():
    mine = cluster.surroundings()
    assert crew.difference(mine, mine) == ""
    assert "code" in crew.difference(mine, {**mine, "sources": "x"})
    assert "another processor, x" in crew.difference(mine, {**mine, "processor": "x"})


def test_an_error_of_a_worker_is_told(plan, blocks, two):
    with pytest.raises(WorkerError, match=r"block of products P000\d+ to P000\d+: a worker failed \(ZeroDivisionError"):
        list(cluster_blocks(two, plan, STUDY, blocks, evaluate=doing.wrongly))


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are read from /proc: Linux only")
def test_a_worker_short_of_memory_leaves_its_blocks_to_others(plan, blocks, expected, two, tmp_path):
    victim = min(pids(two))
    short = partial(doing.short_of_memory, victim=victim, folder=str(tmp_path))
    assert_same(list(cluster_blocks(two, plan, STUDY, blocks, evaluate=short)), expected)
    assert list(tmp_path.glob(f"short-{victim}-*"))


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are read from /proc: Linux only")
def test_a_block_for_which_no_worker_has_the_memory(plan, blocks, two, monkeypatch):
    monkeypatch.setattr(crew, "ABANDONED_S", 1.0)
    said = r"block of products P000128 to P000191: 2 workers had too little memory for it \(.*\), and no other is there"
    with pytest.raises(WorkerError, match=said):
        list(cluster_blocks(two, plan, STUDY, blocks, evaluate=doing.always_short_of_memory))


def test_no_scheduler_and_no_such_address(tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "PATIENCE_S", 1.0)
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
    with processes(count) as made:
        victim = pids(made.scheduler_address)[0]

        def kill(result):
            if not killed:
                os.kill(victim, signal.SIGKILL)
                killed.append(result.products.start)

        killed = []
        made_of = cluster_blocks(
            made.scheduler_address, plan, STUDY, blocks, finished=kill, evaluate=doing.slowly
        )  # fmt: skip
        found = list(made_of)
    assert killed
    assert_same(found, expected)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
def test_the_plan_is_sent_again_only_when_all_who_had_it_are_gone(plan, blocks, expected, count, monkeypatch):
    sendings = []
    send = crew.Crew._send
    monkeypatch.setattr(crew.Crew, "_send", lambda self: sendings.append(self) or send(self))
    with processes(count) as made:
        victim = pids(made.scheduler_address)[0]
        killed = []

        def kill(result):
            if not killed:
                killed.append(result.products.start)
                os.kill(victim, signal.SIGKILL)

        found = list(cluster_blocks(made.scheduler_address, plan, STUDY, blocks, finished=kill, evaluate=doing.slowly))
    assert killed
    assert_same(found, expected)
    assert len(sendings) == (2 if count == 1 else 1)


class Nobody:
    """A client whose blocks never end."""

    def submit(self, *_, **options):
        assert options["workers"] == ["b"]
        return Endless()


class Endless:
    status = "pending"

    def add_done_callback(self, _):
        pass

    def done(self):
        return False

    def cancel(self):
        pass


def test_a_block_whose_last_worker_pauses_again_and_again_is_not_handed_out_without_end(plan, blocks):
    made = crew.Crew(Nobody(), plan, STUDY, blocks, False, doing.slowly, {})
    made._short[0] = {"a": crew.ShortError("too little", "a")}
    made._waiting[0] = None
    for _ in range(crew.TRIES):
        made._hand_out({"a": {}, "b": {}})
        made._take_back({"a": {}})
        assert list(made._waiting) == [0]
    made._hand_out({"a": {}, "b": {}})
    with pytest.raises(WorkerError, match=r"block of products .*: its worker was lost or paused 4 times"):
        made._take_back({"a": {}})


def test_loggers_are_silent_while_any_run_is_on_a_cluster_and_as_they_were_afterwards():
    talker, off = logging.getLogger("distributed.client"), logging.getLogger("distributed.worker")
    before = off.disabled
    off.disabled = True
    try:
        with ExitStack() as first:
            first.enter_context(cluster._SILENCE)
            with ExitStack() as second:
                second.enter_context(cluster._SILENCE)
                first.close()
                assert talker.disabled
        assert not talker.disabled
        assert off.disabled
    finally:
        off.disabled = before


@pytest.mark.slow
def test_a_poisoned_block_ends_the_run_and_what_is_finished_is_kept(tmp_path, monkeypatch):
    catalog = make(64 * BLOCKS - 9, regions=1).catalog()
    here = usephase.estimate(catalog, draws=32)
    cut = cut_blocks(compile_plan(resolve(catalog)))
    poisoned = partial(doing.poisoned, at=cut[1].start)
    monkeypatch.setattr(cluster, "cluster_blocks", partial(cluster_blocks, evaluate=poisoned))
    with pytest.raises(WorkerError, match="--resume"):
        usephase.estimate(catalog, draws=32, cluster="local:2", store=Store(tmp_path))
    kept = len(list(tmp_path.glob("*.rows")))
    assert 0 < kept < len(cut)
    told = []
    again = usephase.estimate(catalog, draws=32, store=Store(tmp_path, resume=True, say=told.append))
    assert len(told) == 1  # none is damaged
    assert 0 < again.meta["blocks"]["unchanged"] < len(again.select("total", "product"))
    pd.testing.assert_frame_equal(again.figures, here.figures, check_exact=True)
    np.testing.assert_array_equal(again.samples, here.samples)


@pytest.fixture
def alone():
    """Give a function that starts workers without a nanny on a scheduler of their own: nobody starts them again."""
    started = []

    def start(count):
        words = [sys.executable, "-m", "tests.faults.cluster_of", str(count)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
        started.append(process)
        process.pids = [int(x) for x in process.stdout.readline().split()]
        process.address = process.stdout.readline().strip()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
        for pid in process.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_with_no_worker_left_before_the_first_block_the_run_ends(plan, blocks, alone, monkeypatch):
    monkeypatch.setattr(crew, "ABANDONED_S", 2.0)
    monkeypatch.setattr(crew, "PATIENCE_S", 6.0)
    made = alone(1)
    checked = cluster._checked

    def then_killed(*given):
        threads = checked(*given)
        os.kill(made.pids[0], signal.SIGKILL)
        return threads

    monkeypatch.setattr(cluster, "_checked", then_killed)
    with pytest.raises(WorkerError, match="no worker is left, for 2 s → start workers"):
        list(cluster_blocks(made.address, plan, STUDY, blocks, evaluate=doing.slowly))


@pytest.mark.slow
def test_with_no_worker_left_in_the_run_it_ends_and_what_is_finished_is_given(plan, blocks, alone, monkeypatch):
    monkeypatch.setattr(crew, "ABANDONED_S", 2.0)
    made = alone(2)
    arrived = []

    def kill(result):
        arrived.append(result.products.start)
        for pid in made.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    with pytest.raises(WorkerError, match="no worker is left, for 2 s → start workers"):
        list(cluster_blocks(made.address, plan, STUDY, blocks, finished=kill, evaluate=doing.slowly))
    assert arrived


def test_with_no_worker_at_all_the_run_does_not_begin(plan, blocks, alone, monkeypatch):
    monkeypatch.setattr(crew, "PATIENCE_S", 2.0)
    with pytest.raises(WorkerError, match="no worker is left, for 2 s → start workers"):
        list(cluster_blocks(alone(0).address, plan, STUDY, blocks))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are read from /proc: Linux only")
def test_a_block_left_to_a_worker_that_dies_is_not_waited_for(plan, blocks, alone, tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "ABANDONED_S", 2.0)
    made = alone(2)
    short = partial(doing.short_or_killed, victim=made.pids[0], folder=str(tmp_path))
    with pytest.raises(WorkerError, match=r"1 worker had too little memory for it \(.*\), and no other is there"):
        list(cluster_blocks(made.address, plan, STUDY, blocks, evaluate=short))


@pytest.mark.slow
def test_a_run_whose_workers_have_all_paused_ends(plan, blocks, alone, monkeypatch):
    monkeypatch.setattr(crew, "ABANDONED_S", 3.0)
    made = alone(2)
    with pytest.raises(WorkerError, match=r"the memory of all workers is full, and they have paused for 3 s → start"):
        list(cluster_blocks(made.address, plan, STUDY, blocks, evaluate=doing.pausing))


@pytest.mark.slow
def test_a_lost_scheduler_ends_the_run_with_one_message(plan, blocks, alone, capfd):
    made = alone(2)
    arrived = []

    def kill(result):
        arrived.append(result.products.start)
        made.kill()

    began = time.monotonic()
    with pytest.raises(WorkerError, match="the scheduler no longer answers"):
        list(cluster_blocks(made.address, plan, STUDY, blocks, finished=kill, evaluate=doing.slowly))
    assert arrived
    assert time.monotonic() - began < 25
    assert capfd.readouterr().err == ""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc: Linux only")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_on_a_local_cluster_says_one_thing_and_leaves_no_process(how, tmp_path):
    with on_a_local_cluster(0.4, tmp_path) as process:
        wait_for_blocks(tmp_path / "r", 2, process)
        # Ctrl-C as a terminal does: to all processes; what a system ends, it ends by its number.
        (os.killpg if how == signal.SIGINT else os.kill)(process.pid, how)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    kept, interrupted = filter(None, err.splitlines())  # click ends the line of ^C
    assert re.fullmatch(r"\d of \d+ blocks are kept in .*\.store → the next run takes them up \(--resume\)", kept)
    assert interrupted == "interrupted"
    assert nobody_is_left_in(process.pid)
    assert not list((tmp_path / "r").rglob("*.part"))


STOPS = [
    pytest.param(after, twice, how, marks=pytest.mark.slow if (i + 2 * twice + j) % 3 == 0 else pytest.mark.deep)
    for i, after in enumerate((0.0, 0.3, 1.0))
    for twice in (False, True)
    for j, how in enumerate((signal.SIGINT, signal.SIGTERM))
]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc: Linux only")
@pytest.mark.parametrize(("after", "twice", "how"), STOPS)
def test_ctrl_c_while_a_local_cluster_starts_leaves_no_process(after, twice, how, tmp_path):
    with on_a_local_cluster(1, tmp_path) as process:
        while process.poll() is None and not any(map(helps, of_session(process.pid))):
            time.sleep(0.01)
        time.sleep(after)
        stop = os.killpg if how == signal.SIGINT else os.kill
        stop(process.pid, how)
        if twice:
            time.sleep(0.1)
            with suppress(ProcessLookupError):
                stop(process.pid, how)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130 or (twice and process.returncode == -how), err
    assert out == ""
    assert "bug" not in err
    assert nobody_is_left_in(process.pid)
    assert list(tmp_path.glob("r/*/*/run.h5")) == []


@pytest.mark.slow
@pytest.mark.parametrize("twice", [False, True])
def test_ctrl_c_while_a_scheduler_does_not_answer_ends_the_command_at_once(twice, tmp_path):
    """Dask closes a client that is forgotten half-made at exit, and waits a minute for a loop that is no more."""
    catalog = make(64, regions=2).write(tmp_path / "catalog")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        words = slow_run(1, catalog, tmp_path / "r", "--cluster", address)
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
            mute.settimeout(60)
            held, _ = mute.accept()
            process.send_signal(signal.SIGINT)
            if twice:
                time.sleep(0.01)
                process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
            held.close()
    assert process.returncode == 130 or (twice and process.returncode == -signal.SIGINT), err
    assert err.strip() in ("interrupted", "")


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows sends no signal to a thread")
def test_ctrl_c_is_held_back_whichever_thread_takes_it():
    """Threads that a library started before take a signal that the main thread blocks."""
    ended = threading.Event()
    other = threading.Thread(target=ended.wait)
    other.start()
    got_to = []
    try:
        with cluster._ctrl_c_held():
            signal.pthread_kill(other.ident, signal.SIGINT)
            time.sleep(0.2)
            got_to.append("the end")
    except KeyboardInterrupt:
        got_to.append("interrupted")
    finally:
        ended.set()
        other.join()
    assert got_to == ["the end", "interrupted"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.slow
def test_a_local_cluster_takes_no_stranger():
    """Another user of this machine, who has no credentials, can start nothing on it."""
    with cluster._connected("local:1") as ours:
        address = ours.scheduler.address
        assert address.startswith("tls://")
        assert ours.submit(sum, [1, 2]).result(timeout=30) == 3
        with pytest.raises((OSError, TimeoutError, ValueError, TypeError)):
            distributed.Client(address.replace("tls://", "tcp://"), timeout=2, set_as_default=False)


def on_a_local_cluster(seconds, folder):
    """Start a run in a session of its own, as a terminal does."""
    catalog = make(64, regions=2).write(folder / "catalog")
    words = slow_run(seconds, catalog, folder / "r", "--cluster", "local:2")
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, cwd=ROOT, start_new_session=True)


def nobody_is_left_in(number):
    """Wait up to ten seconds for all processes of a session to end."""
    for _ in range(100):
        if not of_session(number):
            return True
        time.sleep(0.1)
    return False


def helps(stat):
    """Tell the first process that the start of a cluster makes from what libraries start when they are loaded."""
    with suppress(OSError):
        return b"multiprocessing" in (stat.parent / "cmdline").read_bytes()
    return False


def of_session(number):
    return [stat for stat in Path("/proc").glob("[0-9]*/stat") if session(stat) == number]


def session(stat):
    try:
        return int(stat.read_text().rpartition(")")[2].split()[3])
    except (OSError, IndexError):
        return None


def pids(address):
    with distributed.Client(address, set_as_default=False) as client:
        return list(client.run(os.getpid).values())
