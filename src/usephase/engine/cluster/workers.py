"""Blocks on their way on a cluster: handed out, waited for, handed out again; who is at work, and since when nobody is.

A block that comes back without a result, whatever the reason, waits here until somebody is at work who may take it:
that is all there is to handing out again. What differs is the count of what may go wrong before the run ends.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Progress, Study
from usephase.engine.run.blocks import BlockResult
from usephase.engine.run.identity import surroundings
from usephase.errors import UsephaseError, WorkerError, refused_by_system

PATIENCE_S = 30.0
"""How long a scheduler, or a first worker, may take to answer."""
ABANDONED_S = 60.0
"""How long a run, or a block, waits for somebody who can compute it."""
TRIES = 3
"""How often a block may lose who computes it, or the plan all who hold it."""
POLL_S = 1.0

GONE = "the scheduler no longer answers → look whether it runs, then --resume"
SAME = "install the same versions on all machines: last bits may differ otherwise"

Evaluate = Callable[[Plan, Study, range, bool], BlockResult]


class ShortError(MemoryError):
    """The system gives a worker too little for a block: another's may give more."""

    def __init__(self, what: str, worker: str) -> None:
        super().__init__(what, worker)
        self.what, self.worker = what, worker

    def __str__(self) -> str:
        return self.what


class Watch:
    """Watch who is on a cluster, and for how long nobody has been at work."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._since: float | None = None

    def look(self, patience: float) -> dict[str, Any]:
        """Give who is at work, by address; none, until nobody has been for as long as the patience.

        Raises
        ------
        WorkerError
            If the patience is over, or the scheduler does not answer.
        """
        there = self._workers()
        active = {address: worker for address, worker in there.items() if _active(worker)}
        now = time.monotonic()
        if active:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= patience:
            raise WorkerError(_why_nobody(there, patience))
        return active

    def wait(self, patience: float) -> dict[str, Any]:
        """Wait until somebody is at work; give who is."""
        while not (active := self.look(patience)):
            time.sleep(min(POLL_S, patience) / 4)
        return active

    def _workers(self) -> dict[str, Any]:
        if self._client.status != "running":
            raise WorkerError(GONE)
        return _asked(self._client, "identity")["workers"]  # not `scheduler_info`, which waits without end


class Crew:
    """The blocks of a run and the workers of a cluster.

    Parameters
    ----------
    client : distributed.Client
    plan, study, blocks, keep
        As in `usephase.engine.run.blocks.evaluate_blocks`.
    evaluate : callable
        What a worker does with a block.
    expected : mapping
        What a worker has to be like, as `usephase.engine.run.identity.surroundings` says it.
    """

    def __init__(
        self, client: Any, plan: Plan, study: Study, blocks: Sequence[range], keep: bool, evaluate: Evaluate,
        expected: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self._client, self._plan, self._study, self._blocks, self._keep = client, plan, study, blocks, keep
        self._evaluate, self._expected = evaluate, expected
        self._watch = Watch(client)
        self._waiting: dict[int, float | None] = {}
        """Blocks to be handed out, and since when nobody at work may take them."""
        self._running: dict[Any, int] = {}
        self._only: dict[Any, set[str]] = {}
        """Of what runs, the workers that it was left to; anybody if it is not there."""
        self._ended: SimpleQueue[Any] = SimpleQueue()
        self._losses = [0] * len(blocks)
        self._short: dict[int, dict[str, ShortError]] = {}
        """By block the workers that had too little memory for it."""
        self._handed = self._sendings = 0
        self._sent: Any = None

    def results(
        self, window: int, memory: int | None, finished: Callable[[BlockResult], None] | None, progress: Progress | None
    ) -> Iterator[BlockResult]:
        """Give results in order.

        Parameters
        ----------
        window : int
            Blocks that are handed out or wait for those before them at most.
        memory, finished, progress
            As in `usephase.engine.cluster.connect.cluster_blocks`.
        """
        self._send()
        held: dict[int, BlockResult] = {}
        given = opened = done = 0
        total = sum(map(len, self._blocks))
        while given < len(self._blocks):
            while opened < len(self._blocks) and opened < given + window:
                self._waiting[opened] = None
                opened += 1
            for number, result in self._next():
                if finished:
                    finished(result)
                held[number] = result
                done += len(self._blocks[number])
                if memory:  # what waits here must fit
                    window = max(1, min(window, memory // max(_bytes(result), 1)))
            if progress:
                progress(done, total)
            while given in held:
                yield held.pop(given)
                given += 1

    def _next(self) -> Iterator[tuple[int, BlockResult]]:
        """Hand out what waits until something ends; give what succeeded, then raise what failed."""
        ended: list[Any] = []
        while not ended:
            active = self._watch.look(ABANDONED_S)
            self._take_back(active)
            self._hand_out(active)
            ended = self._wait()
        failure: UsephaseError | None = None
        lost = False
        for future in ended:
            number, state = self._forget(future), future.status
            try:
                result = self._fetched(future, number)
            except UsephaseError as error:
                failure = failure or error
                continue
            if result is not None:
                yield number, result
            else:
                self._waiting[number] = None
                lost = lost or state != "error"
        if failure:
            raise failure
        if lost and not self._holders():
            # What still runs depends on the plan that was lost too, and ends as lost in its turn.
            self._send()

    def _wait(self) -> list[Any]:
        """Wait a moment for something to end; give what did."""
        ended: dict[Any, None] = {}
        with suppress(Empty):
            ended[self._ended.get(timeout=POLL_S)] = None
            while True:
                ended[self._ended.get_nowait()] = None
        ended |= dict.fromkeys(future for future in self._running if future.status in ("lost", "cancelled"))
        return [future for future in ended if future in self._running]

    def _send(self) -> None:
        """Send the plan to every worker, so that the loss of one loses nothing."""
        while True:
            self._sendings += 1
            if self._sendings > TRIES:
                raise WorkerError(
                    f"all workers that had the plan were lost, {TRIES} times → "
                    "look at the workers' memory and log, then --resume"
                )
            self._watch.wait(ABANDONED_S)
            # They may be gone before it is there: then the scheduler has nobody to send it to, or a broken line.
            with suppress(OSError, TimeoutError, ValueError, KeyError):
                self._sent = self._client.scatter(self._plan, broadcast=True, hash=False)  # no hash: it may be large
                return

    def _holders(self) -> Sequence[str]:
        """Give the workers that hold the plan: its scheduler knows before this process is told of a loss."""
        return _asked(self._client, "who_has", keys=[self._sent.key]).get(self._sent.key, ())

    def _hand_out(self, active: Mapping[str, Any]) -> None:
        now = time.monotonic()
        for number, since in list(self._waiting.items()):
            short = self._short.get(number, {})
            may = active.keys() - short.keys()
            if not may:
                self._waiting[number] = since or now
                if short and now - (since or now) >= ABANDONED_S:
                    raise self._too_large(number)
                continue
            del self._waiting[number]
            self._handed += 1
            future = self._client.submit(
                _task, self._evaluate, self._sent, self._study, self._blocks[number], self._keep, self._expected,
                key=f"usephase-{id(self):x}-{number}-{self._handed}", pure=False, priority=-number,
                workers=sorted(may) if short else None,
            )  # fmt: skip
            self._running[future] = number
            if short:
                self._only[future] = may
            future.add_done_callback(self._ended.put)

    def _take_back(self, active: Mapping[str, Any]) -> None:
        """Take back what was left to workers of whom none is at work any more: Dask would wait for them for ever."""
        for future in [future for future, only in self._only.items() if not only & active.keys()]:
            if not future.done():
                number = self._forget(future)
                future.cancel()
                self._waiting[number] = None
                self._count_loss(number)

    def _forget(self, future: Any) -> int:
        self._only.pop(future, None)
        return self._running.pop(future)

    def _fetched(self, future: Any, number: int) -> BlockResult | None:
        """Give what came of a block; None if it is to be handed out again; raise if that has been done too often."""
        try:
            if future.status == "finished":
                # Its worker may be gone since, and many kinds of errors say so.
                with suppress(Exception):
                    return future.result(timeout=PATIENCE_S)
            elif future.status == "error":
                self._judge(future.exception(timeout=PATIENCE_S), number)
                return None
        finally:
            future.release()
        self._count_loss(number)
        return None

    def _count_loss(self, number: int) -> None:
        self._losses[number] += 1
        if self._losses[number] > TRIES:
            raise WorkerError(
                f"{self._name(number)}: its worker was lost or paused {self._losses[number]} times → "
                "look at the workers' memory and log, then --resume"
            )

    def _judge(self, error: BaseException, number: int) -> None:
        """Raise what ended a block, unless it is a shortage of one worker, which another may not have."""
        if isinstance(error, UsephaseError):
            raise error
        if isinstance(error, ShortError):
            self._short.setdefault(number, {})[error.worker] = error
            if len(self._short[number]) > TRIES:
                raise self._too_large(number)
            return
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            raise WorkerError(
                f"{self._name(number)}: every worker that had it died, at it or at a block beside it → "
                "look at the workers' memory and log, then --resume"
            ) from error
        raise WorkerError(
            f"{self._name(number)}: a worker failed ({type(error).__name__}: {error}) → "
            "look at the workers' log, then --resume"
        ) from error

    def _too_large(self, number: int) -> WorkerError:
        short = self._short[number]
        last = list(short.values())[-1]
        count = f"{len(short)} worker{'s' if len(short) > 1 else ''}"
        error = WorkerError(
            f"{self._name(number)}: {count} had too little memory for it ({last}), and no other is there → "
            "start fewer processes on a machine (--dry-run says what one thread takes), then --resume"
        )
        error.__cause__ = last
        return error

    def _name(self, number: int) -> str:
        block, products = self._blocks[number], self._plan.products
        return f"block of products {products[block.start].name} to {products[block.stop - 1].name}"


def difference(here: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    """Say how a worker differs from the client; empty if their bits are the same."""
    ours, theirs = dict(here["versions"]), dict(there["versions"])
    names = [name for name in ours if ours[name] != theirs.get(name)]
    parts = [f"{name} {theirs.get(name, 'none')} (here {ours[name]})" for name in names]
    if not parts and here["sources"] != there["sources"]:
        parts = ["another state of usephase's code under the same version"]
    if not parts and here["processor"] != there["processor"]:
        parts = [f"another processor, {there['processor']} (here {here['processor']})"]
    return ", ".join(parts)


def _task(
    evaluate: Evaluate, plan: Plan, study: Study, block: range, keep: bool, expected: Mapping[str, Any]
) -> BlockResult:
    """Compute a block on a worker, which may have joined after the others were looked at."""
    if differs := difference(expected, surroundings()):
        raise WorkerError(f"a worker has {differs} → {SAME}")
    try:
        return evaluate(plan, study, block, keep)
    except Exception as error:
        if not (short := refused_by_system(error)):
            raise
        from distributed import get_worker

        raise ShortError(short, get_worker().address) from None


def _asked(client: Any, what: str, **about: Any) -> Any:
    """Ask the scheduler, and wait for the answer no longer than patience lasts."""
    try:
        return client.sync(getattr(client.scheduler, what), callback_timeout=PATIENCE_S, **about)
    except (OSError, TimeoutError) as error:
        raise WorkerError(GONE) from error


def _active(worker: Mapping[str, Any]) -> bool:
    """Tell whether a worker takes tasks, or is still at one: one whose memory is full finishes what it has begun."""
    counts = worker.get("metrics", {}).get("task_counts", {})
    return worker["status"] == "running" or (worker["status"] == "paused" and counts.get("executing", 0) > 0)


def _why_nobody(there: Mapping[str, Any], patience: float) -> str:
    if any(worker["status"] == "paused" for worker in there.values()):
        return (
            f"the memory of all workers is full, and they have paused for {patience:.0f} s → "
            "start fewer processes on a machine or give them more memory (dask worker --memory-limit), then --resume"
        )
    return f"no worker is left, for {patience:.0f} s → start workers (dask worker tcp://HOST:PORT), then --resume"


def _bytes(result: BlockResult) -> int:
    return sum(x.nbytes for x in result.sums.draws.values()) + sum(array.nbytes for array in result.rows)
