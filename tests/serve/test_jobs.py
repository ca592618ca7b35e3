"""Long work: one at a time and in order, with progress, a stop that is obeyed, and an end for every failure."""

import logging
import threading

import pytest

from usephase.errors import NumericError, Problem, StudyError
from usephase.serve.jobs import ANSWERS_KEPT, ENDED, KEPT, Jobs, QueueFullError

SECONDS = 10


@pytest.fixture
def jobs():
    made = Jobs(waiting_max=3)
    yield made
    made.close()


class Gate:
    """Work that reports, then waits to be let through, then reports again."""

    def __init__(self):
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def __call__(self, tell):
        tell(1, 4)
        self.begun.set()
        assert self.may_go_on.wait(SECONDS)
        tell(4, 4)
        return lambda: {"answer": 42}


def gives(value):
    return lambda tell: lambda: {"answer": value}


def test_a_job_goes_from_waiting_over_running_to_done(jobs):
    gate = Gate()
    job = jobs.submit("run", {"draws": 8}, gate)
    assert gate.begun.wait(SECONDS)
    shown = job.to_document()
    assert (shown["state"], shown["kind"], shown["settings"]) == ("running", "run", {"draws": 8})
    assert shown["progress"] == {"done": 1, "total": 4, "share": 0.25}
    assert shown["result"] is None
    assert shown["started"]
    assert not shown["finished"]
    gate.may_go_on.set()
    shown = jobs.wait(job.id, SECONDS).to_document()
    assert (shown["state"], shown["result"], shown["problems"]) == ("done", {"answer": 42}, [])
    assert shown["progress"]["share"] == 1.0
    assert shown["finished"] >= shown["started"] >= shown["created"]
    assert job.to_document(result=False)["result"] is None


def test_jobs_are_done_one_at_a_time_in_their_order(jobs):
    gate, seen, running = Gate(), [], []

    def work(name):
        def do(tell):
            seen.append(name)
            running.append([job.state for job in jobs.all()].count("running"))
            return dict

        return do

    first = jobs.submit("run", {}, gate)
    assert gate.begun.wait(SECONDS)
    made = [jobs.submit("run", {"name": name}, work(name)) for name in "abc"]
    assert [job.state for job in made] == ["waiting"] * 3
    gate.may_go_on.set()
    for job in made:
        jobs.wait(job.id, SECONDS)
    assert seen == ["a", "b", "c"]
    assert running == [1, 1, 1]
    assert [job.id for job in jobs.all()] == [job.id for job in reversed([first, *made])]


def test_more_than_a_few_are_not_taken_on(jobs):
    gate = Gate()
    jobs.submit("run", {}, gate)
    assert gate.begun.wait(SECONDS)
    for _ in range(3):
        jobs.submit("run", {}, gives(1))
    with pytest.raises(QueueFullError, match="3 jobs are waiting") as refused:
        jobs.submit("run", {}, gives(1))
    assert isinstance(refused.value, StudyError)
    gate.may_go_on.set()


def test_a_running_job_stops_at_its_next_report(jobs):
    gate = Gate()
    job = jobs.submit("run", {}, gate)
    assert gate.begun.wait(SECONDS)
    assert jobs.cancel(job.id) is job
    assert job.state == "running"  # not before it notices
    gate.may_go_on.set()
    assert jobs.wait(job.id, SECONDS).state == "cancelled"
    assert job.to_document()["result"] is None
    after = jobs.submit("run", {}, gives(1))
    assert jobs.wait(after.id, SECONDS).state == "done"


def test_work_cannot_swallow_the_stop(jobs):
    gate = Gate()

    def stubborn(tell):
        try:
            gate(tell)
        except Exception:  # noqa: BLE001  what this is about
            return lambda: {"answer": "kept going"}
        return dict

    job = jobs.submit("run", {}, stubborn)
    assert gate.begun.wait(SECONDS)
    jobs.cancel(job.id)
    gate.may_go_on.set()
    assert jobs.wait(job.id, SECONDS).state == "cancelled"


def test_a_waiting_job_is_cancelled_at_once_and_never_begun(jobs):
    gate, begun = Gate(), []
    first = jobs.submit("run", {}, gate)
    assert gate.begun.wait(SECONDS)
    job = jobs.submit("run", {}, lambda tell: begun.append(1) or (dict))
    assert jobs.cancel(job.id).state == "cancelled"
    gate.may_go_on.set()
    assert jobs.wait(first.id, SECONDS).state == "done"
    assert jobs.wait(jobs.submit("run", {}, gives(1)).id, SECONDS).state == "done"
    assert begun == []


def test_a_job_that_has_ended_stays_as_it_ended(jobs):
    job = jobs.submit("run", {}, gives(7))
    assert jobs.wait(job.id, SECONDS).state == "done"
    jobs.cancel(job.id)
    assert job.to_document()["state"] == "done"
    assert job.to_document()["result"] == {"answer": 7}
    assert jobs.cancel("no such") is None
    assert jobs.get("no such") is None
    assert jobs.wait("no such", 0.01) is None


def test_a_refusal_keeps_every_problem(jobs):
    problems = [Problem(where="options", what="there is no option x", fix="use y"),
                Problem(where="draws", what="too few", fix="ask for more")]  # fmt: skip

    def refuse(tell):
        raise StudyError(problems)

    shown = jobs.wait(jobs.submit("compare", {}, refuse).id, SECONDS).to_document()
    assert shown["state"] == "refused"
    assert shown["problems"] == [problem.model_dump() for problem in problems]


def test_a_failure_says_what_it_is(jobs):
    def fail(tell):
        raise NumericError("draw 3 has no finite answer → look at modes.csv")

    shown = jobs.wait(jobs.submit("run", {}, fail).id, SECONDS).to_document()
    assert shown["state"] == "failed"
    [problem] = shown["problems"]
    assert (problem["what"], problem["fix"]) == ("draw 3 has no finite answer", "look at modes.csv")


def test_a_bug_ends_its_job_and_is_logged_and_the_next_one_runs(jobs, caplog):
    def bug(tell):
        raise ZeroDivisionError("by zero")

    with caplog.at_level(logging.ERROR, "usephase.serve"):
        shown = jobs.wait(jobs.submit("rank", {}, bug).id, SECONDS).to_document()
    assert shown["state"] == "failed"
    assert "ZeroDivisionError" in shown["problems"][0]["what"]
    assert "bug" in shown["problems"][0]["fix"]
    assert "Traceback" in caplog.text
    assert jobs.wait(jobs.submit("run", {}, gives(1)).id, SECONDS).state == "done"


def test_old_jobs_and_their_answers_are_let_go(jobs):
    made = [jobs.wait(jobs.submit("run", {}, gives(i)).id, SECONDS) for i in range(KEPT + 5)]
    assert len(jobs.all()) == KEPT
    assert jobs.get(made[0].id) is None
    answered = [job.to_document()["result"] for job in reversed(jobs.all())]
    assert answered[-ANSWERS_KEPT:] == [{"answer": i} for i in range(KEPT + 5 - ANSWERS_KEPT, KEPT + 5)]
    assert set(map(str, answered[:-ANSWERS_KEPT])) == {"None"}
    assert all(job.work is None for job in made)


def test_closing_cancels_what_runs_and_what_waits():
    jobs, gate = Jobs(), Gate()
    first, second = jobs.submit("run", {}, gate), jobs.submit("run", {}, gives(1))
    assert gate.begun.wait(SECONDS)
    threading.Timer(0.05, gate.may_go_on.set).start()
    jobs.close(SECONDS)
    assert (first.state, second.state) == ("cancelled", "cancelled")
    with pytest.raises(QueueFullError, match="closing"):
        jobs.submit("run", {}, gives(1))
    assert all(job.state in ENDED for job in jobs.all())


def test_ids_cannot_be_guessed(jobs):
    ids = [jobs.wait(jobs.submit("run", {}, gives(i)).id, SECONDS).id for i in range(20)]
    assert len(set(ids)) == 20
    assert all(len(key) == 12 for key in ids)
