"""The jobs that can be asked for: each calls the Python function of its command and gives the command's JSON."""

from collections.abc import Callable
from typing import Any

from usephase.catalog.table import Catalog
from usephase.engine.run.reproduce import reproduce
from usephase.engine.run.store import FOLDER, Store
from usephase.engine.run.tolerance import estimate_to
from usephase.errors import Problem, StudyError
from usephase.insight.changes.diff import catalog_of, diff
from usephase.insight.comparison.compare import compare
from usephase.insight.quality.guesses import weigh
from usephase.insight.rules import packs
from usephase.insight.sensitivity.rank import rank
from usephase.insight.tracking.track import track
from usephase.report.folders.run import answer, write_run
from usephase.report.language import language
from usephase.serve.api.plain import plain
from usephase.serve.api.schemas import CompareJob, DiffJob, RankJob, ReproduceJob, RunJob, TrackJob
from usephase.serve.jobs import Job, Progress, Work
from usephase.serve.workbench import Workbench, unknown

AnyJob = RunJob | RankJob | CompareJob | TrackJob | DiffJob | ReproduceJob
Made = Callable[[], dict[str, Any]]


def submit(workbench: Workbench, asked: AnyJob) -> Job:
    """Take on a job; what can be refused at once is.

    Raises
    ------
    StudyError, CatalogError, QueueFullError
    """
    draws = getattr(asked, "draws", None)
    if draws is not None and draws > workbench.draws_max:
        what = f"{draws} draws are more than this workbench takes on"
        raise StudyError([Problem(where="draws", what=what, fix=f"ask for at most {workbench.draws_max}")])
    mark = workbench.mark(edited=getattr(asked, "edited", False))
    work = _WORK[type(asked)](workbench, asked)
    return workbench.jobs.submit(asked.kind, asked.model_dump(mode="json"), work, mark)


def _catalog(workbench: Workbench, asked: RunJob | RankJob | CompareJob | TrackJob) -> Catalog:
    """Give the catalog as it was when the job was asked for."""
    return workbench.edited() if asked.edited else workbench.catalog


def _options(asked: AnyJob, *leave: str) -> dict[str, Any]:
    return {name: value for name, value in asked.__dict__.items() if name not in ("kind", "edited", *leave)}


def _run(workbench: Workbench, asked: RunJob) -> Work:
    language(asked.language)
    catalog = _catalog(workbench, asked)
    options = _options(asked, "language", "tolerance", "store_draws")

    store = Store(workbench.runs.results / FOLDER)

    def work(tell: Progress) -> Made:
        done = estimate_to(
            catalog, asked.tolerance, **options, workers=workbench.workers,
            store_draws=True if asked.store_draws else None, store=store, progress=tell,
        )  # fmt: skip
        done = weigh(done, catalog, workbench.workers)
        folder = write_run(done, workbench.runs.results, store_draws=asked.store_draws, code=asked.language)
        key = workbench.runs.key(folder)
        # The figures are read from the file again: a finished job holds no memory.
        return lambda: {**answer(workbench.runs.open(key), folder), "id": key}

    return work


def _rank(workbench: Workbench, asked: RankJob) -> Work:
    catalog = _catalog(workbench, asked)
    options = _options(asked, "top")

    def work(tell: Progress) -> Made:
        done = rank(catalog, **options, workers=workbench.workers, progress=tell)
        document = done.to_document(asked.top)
        return lambda: document

    return work


def _compare(workbench: Workbench, asked: CompareJob) -> Work:
    catalog = _catalog(workbench, asked)
    options = _options(asked, "options")

    def work(tell: Progress) -> Made:
        done = compare(catalog, list(asked.options), **options, workers=workbench.workers, progress=tell)
        document = done.to_document()
        return lambda: document

    return work


def _track(workbench: Workbench, asked: TrackJob) -> Work:
    if asked.rules is not None and asked.rules not in packs():  # a path would be read otherwise
        raise unknown("rule pack", asked.rules, packs())
    catalog = _catalog(workbench, asked)
    published = None if asked.against is None else catalog_of(workbench.source(asked.against))
    options = _options(asked, "against")

    def work(tell: Progress) -> Made:
        done = track(catalog, **options, against=published, workers=workbench.workers, progress=tell)
        document = done.to_document()
        return lambda: document

    return work


def _diff(workbench: Workbench, asked: DiffJob) -> Work:
    first, second = workbench.source(asked.a), workbench.source(asked.b)

    def work(tell: Progress) -> Made:
        done = diff(first, second, of=asked.of, draws=asked.draws, workers=workbench.workers, progress=tell)
        document = done.to_document()
        return lambda: document

    return work


def _reproduce(workbench: Workbench, asked: ReproduceJob) -> Work:
    run = workbench.runs.open(asked.run)

    def work(tell: Progress) -> Made:
        document: dict[str, Any] = plain(reproduce(run, workbench.workers))
        return lambda: document

    return work


_WORK: dict[type, Callable[..., Work]] = {
    RunJob: _run, RankJob: _rank, CompareJob: _compare, TrackJob: _track, DiffJob: _diff, ReproduceJob: _reproduce,
}  # fmt: skip
