"""Long work, one at a time: a short queue, progress, and a stop that is looked for whenever work is reported."""

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from usephase.errors import Problem, RefusedError, StudyError, UsephaseError
from usephase.results.provenance import created

State = Literal["waiting", "running", "done", "refused", "failed", "cancelled"]
Progress = Callable[[int, int], None]
Work = Callable[[Progress], Callable[[], dict[str, Any]]]
"""Does the work and gives what makes its answer: a large one is written out when it is asked for."""

WAITING_MAX = 4
KEPT = 32
"""Finished jobs that are remembered."""
ANSWERS_KEPT = 8
ENDED: tuple[State, ...] = ("done", "refused", "failed", "cancelled")
_log = logging.getLogger("usephase.serve")


class QueueFullError(StudyError):
    """There is more waiting than is taken on."""


class _Cancelled(BaseException):
    """Stop the work: no `except Exception` on the way holds it up."""


@dataclass
class Job:
    """Hold one piece of work and how far it is.

    Attributes
    ----------
    kind : str
        What is computed: ``run``, ``rank``, …
    settings : dict
        As asked for.
    mark : str
        What it was computed from; another mark now says that the answer is out of date.
    progress : (int, int)
        The work done and the work in all; (0, 0) as long as nothing is known.
    problems : tuple of Problem
        Why it was refused or failed.
    """

    kind: str
    settings: dict[str, Any]
    work: Work | None = field(repr=False)
    mark: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    state: State = "waiting"
    progress: tuple[int, int] = (0, 0)
    created: str = field(default_factory=created)
    started: str | None = None
    finished: str | None = None
    problems: tuple[Problem, ...] = ()
    answer: Callable[[], dict[str, Any]] | None = field(default=None, repr=False)
    stop: threading.Event = field(default_factory=threading.Event, repr=False)

    def to_document(self, result: bool = True) -> dict[str, Any]:
        """Give the job as the API shows it; the result is null unless it is done and still kept."""
        share = self.progress[0] / self.progress[1] if self.progress[1] else 0.0
        return {
            "id": self.id, "kind": self.kind, "settings": self.settings, "state": self.state,
            "progress": {"done": self.progress[0], "total": self.progress[1], "share": min(share, 1.0)},
            "created": self.created, "started": self.started, "finished": self.finished,
            "problems": [problem.model_dump() for problem in self.problems],
            "result": self.answer() if result and self.answer else None,
        }  # fmt: skip


class Jobs:
    """Do jobs in the order in which they were asked for.

    Parameters
    ----------
    waiting_max : int
        Jobs that may wait.
    """

    def __init__(self, waiting_max: int = WAITING_MAX) -> None:
        self.waiting_max = waiting_max
        self._jobs: dict[str, Job] = {}
        self._queue: deque[Job] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, kind: str, settings: dict[str, Any], work: Work, mark: str = "") -> Job:
        """Take on a job.

        Raises
        ------
        QueueFullError
            If too many are waiting, or the workbench is closing.
        """
        with self._changed:
            if self._closed or len(self._queue) >= self.waiting_max:
                what = "the workbench is closing" if self._closed else f"{len(self._queue)} jobs are waiting already"
                raise QueueFullError([Problem(where="jobs", what=what, fix="wait, or cancel one of them")])
            job = Job(kind, settings, work, mark)
            self._jobs[job.id] = job
            self._queue.append(job)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="usephase-jobs", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return job

    def get(self, key: str) -> Job | None:
        """Find a job."""
        with self._changed:
            return self._jobs.get(key)

    def all(self) -> list[Job]:
        """List the jobs, the newest first."""
        with self._changed:
            return list(reversed(self._jobs.values()))

    def cancel(self, key: str) -> Job | None:
        """Stop a job: at once if it waits, at its next report of progress if it runs. One that has ended stays."""
        with self._changed:
            job = self._jobs.get(key)
            if job is None:
                return None
            job.stop.set()
            if job in self._queue:
                self._queue.remove(job)
                self._end(job, "cancelled")
            return job

    def wait(self, key: str, seconds: float) -> Job | None:
        """Wait until a job has ended, at most so long."""
        with self._changed:
            job = self._jobs.get(key)
            if job is not None:
                self._changed.wait_for(lambda: job.state in ENDED, timeout=seconds)
            return job

    def close(self, seconds: float = 5.0) -> None:
        """Cancel everything and wait for the work to stop, at most so long."""
        with self._changed:
            self._closed = True
            for job in list(self._jobs.values()):
                if job.state not in ENDED:
                    self.cancel(job.id)
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if not self._queue:
                    return
                job = self._queue.popleft()
                job.state, job.started = "running", created()
            self._do(job)

    def _do(self, job: Job) -> None:
        def tell(done: int, total: int) -> None:
            job.progress = (done, total)
            if job.stop.is_set():
                raise _Cancelled

        state: State = "failed"
        problems: tuple[Problem, ...] = ()
        answer = None
        try:
            assert job.work is not None
            tell(0, 0)
            answer = job.work(tell)
            state = "done"
        except _Cancelled:
            state = "cancelled"
        except RefusedError as error:
            state, problems = "refused", error.problems
        except UsephaseError as error:
            what, _, fix = str(error).partition(" → ")
            problems = (Problem(where=job.kind, what=what, fix=fix),)
        except Exception as error:  # noqa: BLE001  a bug ends its job, not the workbench
            _log.exception("job %s failed", job.kind)
            what = f"{type(error).__name__}: {error}"
            problems = (Problem(where=job.kind, what=what, fix="this is a bug of usephase; please report it"),)
        with self._changed:
            job.problems, job.answer = problems, answer
            self._end(job, state)

    def _end(self, job: Job, state: State) -> None:
        job.state, job.finished, job.work = state, created(), None
        ended = [one for one in self._jobs.values() if one.state in ENDED]
        for old in ended[:-KEPT]:
            del self._jobs[old.id]
        answered = [one for one in ended if one.answer is not None]
        for old in answered[:-ANSWERS_KEPT]:
            old.answer = None
        self._changed.notify_all()
