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
from threading import Lock, current_thread, main_thread
from typing import Any

from usephase.engine.cluster import workers as crew
from usephase.engine.cluster.workers import GONE, SAME, Crew, Evaluate, Watch, difference
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Progress, Study
from usephase.engine.run.blocks import BlockResult, evaluate_block
from usephase.engine.run.identity import surroundings
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
        As in `usephase.engine.run.blocks.evaluate_blocks`.
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
        expected = surroundings()
        threads = _checked(client, expected)
        made = Crew(client, plan, study, blocks, keep, evaluate, expected)
        yield from made.results(AHEAD * threads, memory, finished, progress)


def _checked(client: Any, expected: dict[str, Any]) -> int:
    """Refuse workers of other versions; give the number of threads."""
    active = Watch(client).wait(crew.PATIENCE_S)
    for address, there in sorted(client.run(surroundings, on_error="return").items()):
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
    stack = ExitStack()
    try:
        stack.enter_context(_SILENCE)
        security = None
        if address.startswith("local:"):
            count = address.removeprefix("local:")
            if not count.isdigit() or not int(count):
                raise WorkerError(f"{address}: not a number of processes → write e.g. local:3")
            security = _secured()
            try:
                with _ctrl_c_held():
                    here = stack.enter_context(_started(distributed, int(count), security))
            except (OSError, RuntimeError) as error:
                raise WorkerError(f"{address}: the processes cannot be started ({error}) → start fewer") from error
            address = here.scheduler_address
        try:
            client = _client(distributed, address, security, stack)
        except (OSError, ValueError, TimeoutError) as error:
            raise WorkerError(
                f"{address}: no scheduler answers → start one (dask scheduler) and give its tcp://HOST:PORT"
            ) from error
        yield client
    finally:
        with _ctrl_c_held():  # a second one would leave processes behind
            stack.close()


def _client(distributed: Any, address: str, security: Any, stack: ExitStack) -> Any:
    """Connect; `stack` closes the client even if Ctrl-C comes meanwhile: at exit it would wait a minute for a loop."""

    class Client(distributed.Client):  # type: ignore[misc]
        def start(self, **how: Any) -> None:
            stack.callback(self.close)
            super().start(**how)

    secured = {"security": security} if security else {}
    return Client(address, timeout=crew.PATIENCE_S, set_as_default=False, **secured)


def _secured() -> Any:
    """Make credentials for processes of this machine alone: other users of it have none, and so can start nothing."""
    try:
        return import_module("distributed.security").Security.temporary()
    except ImportError as error:
        raise WorkerError(MISSING) from error


def _started(distributed: Any, count: int, security: Any) -> Any:
    return distributed.LocalCluster(
        n_workers=count, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL, protocol="tls://", security=security,
    )  # fmt: skip


@contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Hold Ctrl-C, a kill and a hang-up back until the end; what starts meanwhile never gets Ctrl-C.

    Blocking it keeps it from what starts here. It does not keep it from this process, where a thread that a library
    started before may take it for all: so it is written down, and heeded at the end. A kill is not blocked: processes
    that inherit that could not be ended.
    """
    came: list[int] = []
    names = ("SIGINT", "SIGTERM", "SIGHUP") if current_thread() is main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    heed = {number: handler for number in numbers if (handler := signal.getsignal(number)) is not None}
    blocks = hasattr(signal, "pthread_sigmask")
    if blocks:
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # which would let it through again when it starts itself
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    for number in heed:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        if blocks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in heed.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


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
