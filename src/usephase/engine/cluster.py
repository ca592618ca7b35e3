"""Blocks on a Dask cluster: tasks handed out in a window, results in block order, the same bits as here.

A block is a function of the plan and a range of tiles, so that it does not matter which worker computes it, how often,
or when. What does matter is the code: workers with other versions are refused, since their last bits may differ.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any

from usephase.engine.blocks import BlockResult, evaluate_block
from usephase.engine.identity import surroundings
from usephase.engine.plan import Plan
from usephase.engine.study import TILE, Progress, Study
from usephase.errors import UsephaseError, WorkerError

MISSING = 'Dask is not installed → install it: pip install "usephase[cluster]"'
PATIENCE_S = 30.0
"""How long a scheduler or the first worker may take to answer."""
ABANDONED_S = 60.0
"""How long a run waits when all workers are gone."""
TRIES = 3
"""How often a block may lose its worker, or the plan all who hold it."""
AHEAD = 4
"""Blocks handed out a thread, so that a slow one does not stop the others."""
_POLL_S = 1.0

Evaluate = Callable[[Plan, Study, range, bool], BlockResult]


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
) -> Iterator[BlockResult]:
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
        If Dask is missing, the cluster does not answer, its workers have other versions, or a block fails with its
        worker more often than it may.
    """
    with _connected(address) as client:
        threads = _checked(client, study)
        window = AHEAD * threads
        yield from _Crew(client, plan, study, blocks, keep, evaluate, memory).results(window, finished, progress)


class ShortError(MemoryError):
    """A worker's memory does not suffice for a block: another's may."""

    def __init__(self, what: str, worker: str) -> None:
        super().__init__(what, worker)
        self.what, self.worker = what, worker

    def __str__(self) -> str:
        return self.what


class _Crew:
    """Tasks on their way: handed out, waited for, handed out again."""

    def __init__(
        self, client: Any, plan: Plan, study: Study, blocks: Sequence[range], keep: bool, evaluate: Evaluate,
        memory: int | None,
    ) -> None:  # fmt: skip
        self.client, self.plan, self.study, self.blocks, self.keep = client, plan, study, blocks, keep
        self.evaluate, self.memory = evaluate, memory
        self.expected = _expected(study.kernel)
        self.running: dict[Any, int] = {}
        self.done: SimpleQueue[Any] = SimpleQueue()
        self.tries = [0] * len(blocks)
        self.short: dict[int, set[str]] = {}
        """By block the workers that had too little memory for it."""
        self.scatterings = 0
        self.sent: Any = None

    def results(
        self, window: int, finished: Callable[[BlockResult], None] | None, progress: Progress | None
    ) -> Iterator[BlockResult]:
        """Give results in order; at most `window` blocks are handed out or wait for those before them."""
        self._scatter()
        held: dict[int, BlockResult] = {}
        given = handed = done = 0
        total = sum(map(len, self.blocks))
        while given < len(self.blocks):
            while handed < len(self.blocks) and handed < given + window:
                self._submit(handed)
                handed += 1
            for number, result in self._next():
                if finished:
                    finished(result)
                held[number] = result
                done += len(self.blocks[number])
                if self.memory:  # what waits here must fit
                    window = max(1, min(window, self.memory // max(_bytes(result), 1)))
            if progress:
                progress(done, total)
            while given in held:
                yield held.pop(given)
                given += 1

    def _scatter(self) -> None:
        self.scatterings += 1
        if self.scatterings > TRIES:
            raise WorkerError(
                f"all workers were lost {TRIES} times, each time with a block on its way → "
                "look at the workers' memory and log, then --resume"
            )
        # To every worker, so that the loss of one loses nothing; without hashing what may be large.
        self.sent = self.client.scatter(self.plan, broadcast=True, hash=False)

    def _submit(self, number: int) -> None:
        future = self.client.submit(
            _task, self.evaluate, self.sent, self.study, self.blocks[number], self.keep, self.expected,
            key=f"usephase-{id(self):x}-{number}-{self.tries[number]}-{self.scatterings}", pure=False,
            priority=-number, workers=self._others(number) if number in self.short else None,
        )  # fmt: skip
        self.running[future] = number
        future.add_done_callback(self.done.put)

    def _next(self) -> list[tuple[int, BlockResult]]:
        """Wait until something ends; give what succeeded, and hand out again what was lost."""
        waited = 0.0
        ended: list[Any] = []
        while not ended:
            with suppress(Empty):
                ended.append(self.done.get(timeout=_POLL_S))
                while True:
                    ended.append(self.done.get_nowait())
            ended += [f for f in self.running if f.status in ("lost", "cancelled") and f not in ended]
            ended = [f for f in ended if f in self.running]
            waited = 0.0 if self.client.scheduler_info()["workers"] else waited + _POLL_S
            if self.client.status != "running":
                raise WorkerError("the scheduler no longer answers → look whether it runs, then --resume")
            if waited >= ABANDONED_S:
                raise WorkerError(f"no worker is left, for {ABANDONED_S:.0f} s → start workers, then --resume")
        out: list[tuple[int, BlockResult | None]] = []
        lost: list[int] = []
        for future in ended:
            number = self.running.pop(future)
            if future.status == "finished":
                out.append((number, self._fetched(future, number, lost)))
            elif future.status == "error":
                self._elsewhere(number, self._explained(future, number))
            else:  # lost or cancelled: with the plan, or with the worker that held the result
                lost.append(number)
            future.release()
        if lost:
            # What still runs depends on the plan that was lost too, and ends as lost in its turn.
            self._scatter()
            for number in lost:
                self._again(number)
        return [(number, result) for number, result in out if result is not None]

    def _fetched(self, future: Any, number: int, lost: list[int]) -> Any:
        try:
            return future.result(timeout=PATIENCE_S)
        except UsephaseError:
            raise
        except Exception:  # noqa: BLE001  its worker is gone since: many kinds of errors say so
            lost.append(number)
            return None

    def _elsewhere(self, number: int, short: "ShortError") -> None:
        """Hand out a block to the workers that had not too little memory for it."""
        self.short.setdefault(number, set()).add(short.worker)
        if len(self.short[number]) > TRIES or not self._others(number):
            raise WorkerError(
                f"{self._name(number)}: {len(self.short[number])} workers had too little memory for it ({short}) → "
                "start fewer processes on a machine (--dry-run says what one thread takes), then --resume"
            ) from short
        self.tries[number] += 1
        self._submit(number)

    def _others(self, number: int) -> list[str]:
        there = self.client.scheduler_info(n_workers=-1)["workers"]
        return [address for address in there if address not in self.short[number]]

    def _again(self, number: int) -> None:
        self.tries[number] += 1
        if self.tries[number] > TRIES:
            raise WorkerError(
                f"{self._name(number)}: its worker was lost {self.tries[number]} times → "
                "look at the workers' memory and log, then --resume"
            )
        self._submit(number)

    def _explained(self, future: Any, number: int) -> "ShortError":
        """Raise what ended a block, or give it if a worker had too little memory: the one error that may pass."""
        error = future.exception(timeout=PATIENCE_S)
        if isinstance(error, UsephaseError):
            raise error
        if isinstance(error, ShortError):
            return error
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            raise WorkerError(
                f"{self._name(number)}: every worker that computed it died → "
                "look at the workers' memory and log, then --resume"
            ) from error
        raise WorkerError(
            f"{self._name(number)}: a worker failed ({type(error).__name__}: {error}) → "
            "look at the workers' log, then --resume"
        ) from error

    def _name(self, number: int) -> str:
        block, products = self.blocks[number], self.plan.products
        last = min(block.stop * TILE, len(products)) - 1
        return f"block of products {products[block.start * TILE].name} to {products[last].name}"


def _task(
    evaluate: Evaluate, plan: Plan, study: Study, block: range, keep: bool, expected: dict[str, Any]
) -> BlockResult:
    """Compute a block on a worker, which may have joined after the others were looked at."""
    if difference := _difference(expected, surroundings(study.kernel)):
        raise WorkerError(f"a worker has {difference} → {_SAME}")
    try:
        return evaluate(plan, study, block, keep)
    except MemoryError as error:
        from distributed import get_worker

        raise ShortError(str(error) or "the system gives no more", get_worker().address) from None


_SAME = "install the same versions on all machines: last bits may differ otherwise"


def _expected(kernel: str) -> dict[str, Any]:
    """Describe this process: what workers have to be like."""
    return surroundings(kernel)


def _difference(here: dict[str, Any], there: dict[str, Any]) -> str:
    """Say how a worker differs from the client; empty if their bits are the same."""
    ours, theirs = dict(here["versions"]), dict(there["versions"])
    names = [name for name in ours if ours[name] != theirs.get(name)]
    parts = [f"{name} {theirs.get(name, 'none')} (here {ours[name]})" for name in names]
    if not parts and here["sources"] != there["sources"]:
        parts = ["another state of usephase's code under the same version"]
    if not parts and here["processor"] != there["processor"]:
        parts = [f"another processor, {there['processor']} (here {here['processor']})"]
    return ", ".join(parts)


def _checked(client: Any, study: Study) -> int:
    """Refuse workers of other versions; give the number of threads."""
    from distributed import TimeoutError as Late

    try:
        client.wait_for_workers(1, timeout=PATIENCE_S)
    except (Late, TimeoutError) as error:
        raise WorkerError("the cluster has no workers → start some: dask worker tcp://HOST:PORT") from error
    here = _expected(study.kernel)
    for address, there in sorted(client.run(surroundings, study.kernel, on_error="return").items()):
        if isinstance(there, OSError):  # lost since; a task looks again at whoever computes it
            continue
        if isinstance(there, BaseException):
            raise WorkerError(
                f"worker {address} cannot load usephase ({type(there).__name__}: {there}) → "
                'install it there: pip install "usephase[cluster]"'
            )
        if difference := _difference(here, there):
            raise WorkerError(f"worker {address} has {difference} → {_SAME}")
    return max(1, sum(worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()))


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise WorkerError(MISSING) from error
    with ExitStack() as stack:
        if address.startswith("local:"):
            count = address.removeprefix("local:")
            if not count.isdigit() or not int(count):
                raise WorkerError(f"{address}: not a number of processes → write e.g. local:3")
            try:
                here = distributed.LocalCluster(
                    n_workers=int(count), threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )  # fmt: skip
            except (OSError, RuntimeError) as error:
                raise WorkerError(f"{address}: the processes cannot be started ({error}) → start fewer") from error
            address = stack.enter_context(here).scheduler_address
        try:
            client = distributed.Client(address, timeout=PATIENCE_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise WorkerError(
                f"{address}: no scheduler answers → start one (dask scheduler) and give its tcp://HOST:PORT"
            ) from error
        yield stack.enter_context(client)


def _bytes(result: BlockResult) -> int:
    sums = sum(x.nbytes for part in result.partials for x in part.draws.values())
    return sums + sum(array.nbytes for array in result.rows)
