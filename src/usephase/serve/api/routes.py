"""The JSON API: what the Python API and the commands give, under ``/api``."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Body, Query, Request, Response

from usephase.catalog.edit.apply import Edit, judge
from usephase.catalog.register import register
from usephase.catalog.resolve import resolve
from usephase.catalog.rules.grids import known_paths
from usephase.catalog.table import Catalog
from usephase.errors import Problem, StudyError
from usephase.insight.comparison.choice import faulty_options
from usephase.report.html.fit import notes_of
from usephase.results.provenance import versions
from usephase.results.run import records
from usephase.serve.api import schemas as form
from usephase.serve.api.answers import REFUSALS, Answer
from usephase.serve.api.plain import plain
from usephase.serve.api.rows import column_document
from usephase.serve.api.uploads import unpack
from usephase.serve.imports import Decision
from usephase.serve.jobs import Job
from usephase.serve.work import submit
from usephase.serve.workbench import UnknownNameError, Wish, Workbench, judge_files

Page = Annotated[int, Query(ge=1, le=10_000_000)]
Size = Annotated[int, Query(ge=1, le=500)]
_QUESTION = ("of", "scenario", "grid_basis", "boundary", "rebalance")
Search = Annotated[str, Query(max_length=form.NAME_MAX)]
NameQuery = Annotated[str, Query(max_length=form.NAME_MAX)]


def router(workbench: Workbench) -> APIRouter:
    """Make the routes for one workbench."""
    api = APIRouter(prefix="/api", default_response_class=Answer, responses=REFUSALS)
    _session(api)
    _catalog(api, workbench)
    _edits(api, workbench)
    _evidence(api, workbench)
    _imports(api, workbench)
    _jobs(api, workbench)
    return api


def _session(api: APIRouter) -> None:
    @api.get("/session", response_model=form.SessionOut)
    def session(request: Request) -> Any:
        """Give what a page has to know to write."""
        return Answer({"version": versions()["usephase"], "form_token": request.app.state.guard.form_token})


def _catalog(api: APIRouter, workbench: Workbench) -> None:
    @api.get("/catalog", response_model=form.CatalogOut)
    def catalog() -> Any:
        """Describe the catalog as its files are now."""
        now = {"edits": len(workbench.edits), "path": str(workbench.path), "problems": plain(workbench.warnings)}
        return Answer(describe(workbench.catalog) | now)

    @api.put("/catalog")
    def judge_catalog(
        data: Annotated[bytes, Body(media_type="application/octet-stream")],
    ) -> Answer:
        """Check a catalog that is sent, an .xlsx or a zip of its folder: as ``usephase check``. Nothing is written."""
        sent = judge_files(unpack(data))
        resolved = resolve(sent)
        told = plain((*sent.warnings, *faulty_options(resolved)))
        return Answer(describe(sent) | {"problems": told, "register": records(register(resolved))})

    @api.get("/check")
    def check() -> Answer:
        """Give the warnings and the assumption register, as ``usephase check``."""
        problems = [problem.model_dump() for problem in workbench.warnings]
        paths = [path._asdict() for path in known_paths(workbench.resolved)]
        return Answer({"problems": problems, "paths": paths, "register": records(workbench.register())})

    @api.get("/tables/{table}", response_model=form.RowsOut)
    def table(
        table: str,
        search: Search = "",
        origin: Literal["", "catalog", "reference"] = "",
        page: Page = 1,
        size: Size = 50,
    ) -> Any:
        """Give a page of a table: the catalog's rows and the reference rows that it uses."""
        listed = workbench.rows(table)
        found = listed.found(search, origin)
        return Answer({
            "table": table, "columns": [column_document(column) for column in listed.columns], "page": page,
            "size": size, "total": len(found),
            "rows": plain(listed.to_document(found[(page - 1) * size : page * size])),
        })  # fmt: skip


def _edits(api: APIRouter, workbench: Workbench) -> None:
    @api.post("/judge")
    def judge_edit(asked: form.JudgeIn) -> Answer:
        """Say what would come of an edit: its problems, what the cell would mean, what it means now."""
        beside = [known_edit(workbench, edit) for edit in asked.beside]
        judged = judge(workbench.catalog, known_edit(workbench, asked), beside)
        return Answer({**plain(judged), "accepted": judged.accepted})

    @api.get("/sliders")
    def sliders_of(product: NameQuery) -> Answer:
        """List the cells that a product's figures depend on, with a range to move them in."""
        return Answer({"product": product, "sliders": plain(workbench.what_if(product).sliders())})

    @api.post("/what-if")
    def what_if(asked: form.WhatIfIn) -> Answer:
        """Say what edits make of one product, paired with what it is."""
        what_if, made = workbench.what_if(asked.product), question(asked)
        told = plain(what_if.answer(**made))
        if asked.scenarios:
            apart = {name: value for name, value in made.items() if name != "scenario"}
            told["by_scenario"] = plain(what_if.by_scenario(**apart, per=asked.scenarios_per))
        return Answer(told)

    @api.post("/why")
    def why(asked: form.WhyIn) -> Answer:
        """Say what makes the difference of a what-if: the part of each change, which sum to it."""
        return Answer(plain(workbench.what_if(asked.product).why(**question(asked), per=asked.per)))

    @api.post("/curve")
    def curve(asked: form.CurveIn) -> Answer:
        """Show the difference of a what-if over values of one cell, and where it flips."""
        table = known_table(workbench, asked.over.table)
        found = workbench.what_if(asked.product).curve(
            (table, asked.over.row, asked.over.column), **question(asked), per=asked.per, low=asked.low, high=asked.high
        )
        return Answer(plain(found))

    @api.get("/influences")
    def influences(product: NameQuery, of: NameQuery = "total", per: form.Per = "unit") -> Answer:
        """Rank the cells of a product by what they explain of its variance, and by what moving them does."""
        return Answer({"product": product, "influences": plain(workbench.what_if(product).influences(of, per))})

    def question(asked: form.WhatIfIn) -> dict[str, Any]:
        made = {name: value for name, value in asked.__dict__.items() if name in _QUESTION}
        sides = {name: [known_edit(workbench, edit) for edit in getattr(asked, name)] for name in ("edits", "against")}
        return made | sides

    def pending() -> Answer:
        held = [
            {**one.edit._asdict(), "text": one.text, "asked": one.edit.text, "base": one.base}
            for one in workbench.edits
        ]
        return Answer({"version": workbench.edits_version, "edits": held})

    @api.get("/edits", response_model=form.EditsOut)
    def edits() -> Any:
        """List the pending edits."""
        return pending()

    @api.post("/edits", response_model=form.EditsOut)
    def keep_edits(asked: form.WishesIn) -> Any:
        """Add edits to the pending ones, if the catalog with them is sound."""
        for one in asked.edits:
            known_table(workbench, one.table)
        workbench.keep([Wish((one.table, one.row, one.column), one.text, one.version) for one in asked.edits])
        return pending()

    @api.delete("/edits", response_model=form.EditsOut)
    def drop_edits(version: NameQuery | None = None) -> Any:
        """Forget the pending edits; with a version only if they are still those that it stands for."""
        workbench.drop_edits(version)
        return pending()

    @api.post("/edits/preview")
    def preview(asked: form.PreviewIn) -> Answer:
        """Show what saving would change, file by file."""
        return Answer(plain(workbench.preview(asked.to, asked.option)))

    @api.post("/edits/save")
    def save(asked: form.SaveIn) -> Answer:
        """Write what a preview showed: its digest is needed. The pending edits are done with."""
        written = workbench.save(asked.to, asked.option, asked.digest)
        return Answer({"written": written, "to": asked.to, "option": asked.option})


def _evidence(api: APIRouter, workbench: Workbench) -> None:
    @api.post("/evidence")
    def fit(
        asked: Annotated[form.FitIn, Query()], data: Annotated[bytes, Body(media_type="application/octet-stream")] = b""
    ) -> Answer:
        """Fit data that are sent (.csv, .xlsx or .parquet): as ``usephase fit``. Nothing is written."""
        settings = {name: value for name, value in asked.__dict__.items() if name not in ("kind", "name")}
        settings["by"] = tuple(name for part in asked.by.split(",") if (name := part.strip()))
        made = workbench.fit(asked.kind, asked.name, data, settings)
        return Answer({"id": made.key, **made.document, "notes": notes_of(made.found, "en")})

    @api.post("/evidence/{fit}/preview")
    def preview_fit(fit: str, asked: form.FittedIn) -> Answer:
        """Show what writing a fit into a row would change, file by file."""
        return Answer(plain(workbench.preview_evidence(fit, asked.to, asked.mode, joint=asked.joint)))

    @api.post("/evidence/{fit}/write")
    def write_fit(fit: str, asked: form.FittedWriteIn) -> Answer:
        """Write what a preview showed: its digest is needed."""
        written = workbench.write_evidence(fit, asked.to, asked.digest, asked.mode, joint=asked.joint)
        return Answer({"written": written, "to": asked.to})


def _imports(api: APIRouter, workbench: Workbench) -> None:
    @api.post("/imports")
    def take(
        asked: Annotated[form.TableIn, Query()],
        data: Annotated[bytes, Body(media_type="application/octet-stream")] = b"",
    ) -> Answer:
        """Read a table of products and sales (.csv, .xlsx or .parquet): as ``usephase import``. Nothing is written."""
        return Answer(workbench.take_table(asked.name, data, asked.year, asked.sheet).document())

    @api.post("/imports/{sent}/map")
    def take_map(sent: str, data: Annotated[bytes, Body(media_type="application/octet-stream")] = b"") -> Answer:
        """Decide as a map.toml of another year says."""
        return Answer(workbench.take_map(sent, data).document())

    @api.post("/imports/{sent}/decide")
    def decide(sent: str, asked: form.DecideIn) -> Answer:
        """Decide about columns and questions; the answer has an id of its own."""
        decisions = [Decision(one.path, one.value.strip(), one.unit.strip()) for one in asked.decisions]
        return Answer(workbench.decide(sent, decisions, asked.year).document())

    @api.get("/imports/{sent}/catalog", response_class=Response, responses={200: {"content": {"application/zip": {}}}})
    def archive(sent: str) -> Response:
        """Give the catalog as a zip: its tables, map.toml and to_decide.csv."""
        found = workbench.imported(sent)
        if found.found is None:
            fix = "decide what the page asks first"
            raise StudyError([Problem(where="import", what="nothing of the table is decided yet", fix=fix)])
        name = quote(f"{found.folder}.zip")
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(found.archive(), media_type="application/zip", headers=headers)


def _jobs(api: APIRouter, workbench: Workbench) -> None:
    @api.post("/jobs", status_code=202, response_model=form.JobOut)
    def start(asked: form.JobIn, response: Response) -> Any:
        """Start a run, ranking, comparison, …; its progress and result are found under its id."""
        job = submit(workbench, asked)
        return Answer(job.to_document(), 202, {"location": f"/api/jobs/{job.id}"})

    @api.get("/jobs", response_model=form.JobsOut)
    def jobs() -> Any:
        """List the jobs."""
        return Answer({"jobs": [job.to_document(result=False) for job in workbench.jobs.all()]})

    @api.get("/jobs/{job}", response_model=form.JobOut)
    def job(job: str, result: bool = True) -> Any:
        """Tell how far a job is, and give its result when it is done."""
        return Answer(_found(workbench.jobs.get(job)).to_document(result))

    @api.delete("/jobs/{job}", response_model=form.JobOut)
    def cancel(job: str) -> Any:
        """Cancel a job: it stops at its next step."""
        return Answer(_found(workbench.jobs.cancel(job)).to_document(result=False))


def describe(catalog: Catalog) -> dict[str, Any]:
    """Describe a catalog at a glance."""
    options = sorted(set(catalog["options"].frame["option"].tolist()))
    tables = [
        {"table": name, "rows": len(table), "uncertain": list(table.values)} for name, table in catalog.tables.items()
    ]
    described: dict[str, Any] = plain({
        "name": catalog.settings.name, "path": catalog.path, "sha256": catalog.sha256, "settings": catalog.settings,
        "labels": catalog.labels, "options": options, "tables": tables, "problems": catalog.warnings, "edits": 0,
    })  # fmt: skip
    return described


def known_edit(workbench: Workbench, asked: form.EditIn) -> Edit:
    """Take an edit whose table the catalog has.

    Raises
    ------
    StudyError
    """
    return Edit(known_table(workbench, asked.table), asked.row, asked.column, asked.text)


def known_table(workbench: Workbench, table: str) -> str:
    """Take the name of a table that the catalog has.

    Raises
    ------
    StudyError
    """
    tables = workbench.catalog.tables
    if table not in tables:
        fix = f"use one of: {', '.join(tables)}"
        raise StudyError([Problem(where=f"edit {table}", what="there is no such table", fix=fix)])
    return table


def _found(job: Job | None) -> Job:
    if job is None:
        fix = "start it again; only the last ones are kept"
        raise UnknownNameError([Problem(where="job", what="there is no such job", fix=fix)])
    return job
