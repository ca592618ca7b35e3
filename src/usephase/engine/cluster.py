"""Blocks on a Dask cluster: connect, look at the workers, and hand the blocks to them; the same bits as here.

A block is a function of the plan and a range of tiles, so that it does not matter which worker computes it, how often,
or when. What does matter is the code: workers with other versions are refused, since their last bits may differ.
"""

import logging
import signal
from asyncio import CancelledError
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from threading import Lock
from typing import Any

from usephase.engine import crew
from usephase.engine.blocks import BlockResult, evaluate_block
from usephase.engine.crew import GONE, SAME, Crew, Evaluate, Watch, difference
from usephase.engine.identity import surroundings
from usephase.engine.plan import Plan
from usephase.engine.study import Progress, Study
from usephase.errors import UsephaseError, WorkerError

MISSING = 'Dask is not installed → install it: pip install "usephase[cluster]"'
AHEAD = 4
"""Blocks handed out a thread, so that a slow one does not stop the others."""
_TALKERS = ("distributed", "tornado", "asyncio")


def cluster_blocks(
    address: str,
    plan: Plan,
    study: Study,
    blocks: Sequence[range],
    keep: bool = False,
    memory: int | None = None,
    finished: Callable[[BlockResult], None] | None = None,
    progress: Progress | None = None,
    evaluate: Evaluate = evaluate_block,
) -> Generator[BlockResult, None, None]:
    """Evaluate blocks on a cluster.

    Parameters
    ----------
    address : str
        ``tcp://HOST:PORT`` of a scheduler, or ``local:N`` for N processes on this machine.
    plan, study, blocks, keep
        As in `usephase.engine.blocks.evaluate_blocks`.
    memory : int, optional
        Bytes that results may take here while they wait for those before them.
    finished : callable, optional
        Given every result as it comes in, in any order.
    progress : callable, optional
        Told the work done and the work in all.
    evaluate : callable
        What a worker does with a block.

    Yields
    ------
    BlockResult, in the order of `blocks`.

    Raises
    ------
    WorkerError
        If Dask is missing, the cluster does not answer or answers no more, its workers have other versions or are all
        gone or full, or a block fails with its worker more often than it may.
    """
    with _connected(address) as client, _answering(client):
        expected = _expected(study.kernel)
        threads = _checked(client, study, expected)
        made = Crew(client, plan, study, blocks, keep, evaluate, expected)
        yield from made.results(AHEAD * threads, memory, finished, progress)


def _expected(kernel: str) -> dict[str, Any]:
    """Describe this process: what workers have to be like."""
    return surroundings(kernel)


def _checked(client: Any, study: Study, expected: dict[str, Any]) -> int:
    """Refuse workers of other versions; give the number of threads."""
    active = Watch(client).wait(crew.PATIENCE_S)
    for address, there in sorted(client.run(surroundings, study.kernel, on_error="return").items()):
        if isinstance(there, OSError):  # lost since; a task looks again at whoever computes it
            continue
        if isinstance(there, BaseException):
            raise WorkerError(
                f"worker {address} cannot load usephase ({type(there).__name__}: {there}) → "
                'install it there: pip install "usephase[cluster]"'
            )
        if differs := difference(expected, there):
            raise WorkerError(f"worker {address} has {differs} → {SAME}")
    return max(1, sum(worker["nthreads"] for worker in active.values()))


@contextmanager
def _answering(client: Any) -> Iterator[None]:
    """Whatever fails once the connection is lost fails for that reason, by errors of many kinds."""
    try:
        yield
    except UsephaseError:
        raise
    except (Exception, CancelledError) as error:
        if client.status == "running":
            raise
        raise WorkerError(GONE) from error


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise WorkerError(MISSING) from error
    with ExitStack() as stack:
        stack.enter_context(_SILENCE)
        if address.startswith("local:"):
            count = address.removeprefix("local:")
            if not count.isdigit() or not int(count):
                raise WorkerError(f"{address}: not a number of processes → write e.g. local:3")
            try:
                here = _started(distributed, int(count))
            except (OSError, RuntimeError) as error:
                raise WorkerError(f"{address}: the processes cannot be started ({error}) → start fewer") from error
            address = stack.enter_context(here).scheduler_address
        try:
            client = distributed.Client(address, timeout=crew.PATIENCE_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise WorkerError(
                f"{address}: no scheduler answers → start one (dask scheduler) and give its tcp://HOST:PORT"
            ) from error
        yield stack.enter_context(client)


def _started(distributed: Any, count: int) -> Any:
    """Start processes that leave Ctrl-C to this one, which ends them in order."""
    with _ctrl_c_blocked():
        return distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )  # fmt: skip


@contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """Hold Ctrl-C back until the end; threads and processes that start meanwhile never get it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which would let it through again when it starts itself
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Silence(AbstractContextManager[None]):
    """Silence what Dask and its loop log while any run here is on a cluster: what matters of it is said by an error."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs = 0
        self._silenced: list[logging.Logger] = []

    def __enter__(self) -> None:
        import_module("distributed.nanny")  # all loggers are there before they are silenced
        with self._lock:
            self._runs += 1
            if self._runs == 1:
                names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in _TALKERS]
                self._silenced = [one for one in map(logging.getLogger, names) if not one.disabled]
                for logger in self._silenced:
                    logger.disabled = True

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._runs -= 1
            if not self._runs:
                for logger in self._silenced:
                    logger.disabled = False


_SILENCE = _Silence()
