"""The part of the API that is about stored runs: figures, pictures, the report, exports, differences."""

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from usephase.errors import Problem, StudyError
from usephase.insight.changes.diff import diff
from usephase.report.charts.run import write_chart
from usephase.report.disclosure.export import DATASET, FORMS, NAMES, default_name, export
from usephase.report.folders.run import answer
from usephase.report.html.page import render_page
from usephase.results.run import UNIT, records
from usephase.serve.api import schemas as form
from usephase.serve.api.answers import REFUSALS, Answer
from usephase.serve.api.routes import NameQuery, Page, Size
from usephase.serve.workbench import Workbench

REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
"""Of the report's page, which holds its own style sheet and runs no script."""
DIFF_DRAWS = 256
_KINDS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".csv": "text/csv; charset=utf-8",
    ".json": "application/json", ".parquet": "application/vnd.apache.parquet", ".zip": "application/zip",
    ".svg": "image/svg+xml", ".png": "image/png",
}  # fmt: skip


def router(workbench: Workbench) -> APIRouter:
    """Make the routes for one workbench."""
    api = APIRouter(prefix="/api", default_response_class=Answer, responses=REFUSALS)
    _read(api, workbench)
    _files(api, workbench)

    @api.get("/diff")
    def difference(
        a: NameQuery,
        b: NameQuery,
        of: Annotated[list[str] | None, Query(max_length=16)] = None,
        draws: Annotated[int, Query(ge=2, le=1024)] = DIFF_DRAWS,
    ) -> Answer:
        """Tell two runs apart, as ``usephase diff``; ``catalog`` stands for the catalog as it is. More draws: a job."""
        first, second = workbench.source(a), workbench.source(b)
        done = diff(first, second, of=tuple(of or ("total",)), draws=draws, workers=workbench.workers)
        return Answer(done.to_document())

    return api


def _read(api: APIRouter, workbench: Workbench) -> None:
    runs = workbench.runs

    @api.get("/runs", response_model=form.RunsOut)
    def listed(page: Page = 1, size: Size = 20) -> Any:
        """List the stored runs, the newest first."""
        keys = list(runs.folders())
        shown = keys[(page - 1) * size : page * size]
        return Answer({"page": page, "size": size, "total": len(keys), "runs": [_about(workbench, k) for k in shown]})

    @api.get("/runs/{run}")
    def document(run: str) -> Answer:
        """Give a run as ``usephase run --json`` did."""
        return Answer(answer(runs.open(run), runs.folder(run)))

    @api.get("/runs/{run}/figures", response_model=form.FiguresOut)
    def figures(
        run: str,
        ledger: form.Ledger | None = None,
        by: Annotated[str | None, Query(max_length=form.NAME_MAX)] = None,
        group: Annotated[str | None, Query(max_length=form.NAME_MAX)] = None,
        phase: Literal["direct", "indirect", "maintenance"] | None = None,
        grid_basis: form.GridBasis | None = None,
        boundary: form.Boundary | None = None,
    ) -> Any:
        """Give a run's figures; those that a label makes no difference to match any."""
        found = runs.open(run).figures
        for name, wanted in (("ledger", ledger), ("by", by), ("group", group)):
            if wanted is not None:
                found = found[found[name] == wanted]
        for name, wanted in (("phase", phase), ("grid_basis", grid_basis), ("boundary", boundary)):
            if wanted is not None:
                found = found[found[name].isna() | (found[name] == wanted)]
        return Answer({"run": run, "unit": UNIT, "figures": records(found)})

    @api.get("/runs/{run}/register")
    def assumptions(run: str) -> Answer:
        """Give the assumption register and the notes of a run."""
        opened = runs.open(run)
        return Answer({"run": run, "register": records(opened.register), "notes": list(opened.notes)})


def _files(api: APIRouter, workbench: Workbench) -> None:
    runs = workbench.runs

    @api.get("/runs/{run}/report", response_class=Response, responses={200: {"content": {"text/html": {}}}})
    def report(run: str, language: Annotated[str, Query(max_length=20)] = "en") -> Response:
        """Give the report of a run: one page that opens offline."""
        text = render_page(runs.open(run), language)
        headers = {"content-security-policy": REPORT_POLICY}
        return Response(text.encode("utf-8", errors="replace"), headers=headers, media_type="text/html; charset=utf-8")

    @api.get(
        "/runs/{run}/charts/{kind}",
        response_class=Response,
        responses={200: {"content": {_KINDS[".svg"]: {}, _KINDS[".png"]: {}}}},
    )
    def chart(
        run: str,
        kind: str,
        form: Literal["svg", "png"] = "svg",
        theme: Literal["light", "dark"] = "light",
        language: Annotated[str, Query(max_length=20)] = "en",
    ) -> Response:
        """Draw one picture of a run, as ``usephase chart``."""
        opened = runs.open(run)
        with tempfile.TemporaryDirectory(prefix="usephase-") as folder:
            target = Path(folder) / f"chart.{form}"
            write_chart(opened, kind, target, code=language, theme=theme)
            return _file(target, inline=True)

    @api.get(
        "/runs/{run}/export/{to}",
        response_class=Response,
        responses={200: {"content": {kind: {} for kind in dict.fromkeys(_KINDS.values())}}},
    )
    def exported(run: str, to: str, form: Literal["", "xlsx", "csv", "json"] = "") -> Response:
        """Give a run in the form that others ask for, as ``usephase export``; `form` is the kind of file of a form."""
        if to not in NAMES or to == DATASET:  # that is a folder
            raise StudyError(
                [Problem(where="to", what="there is no such export", fix=f"use one of: {', '.join(NAMES)}")]
            )
        opened = runs.open(run)
        name = default_name(to)
        if form and to in FORMS:
            name = f"{name.removesuffix('.xlsx')}.{form}"
        with tempfile.TemporaryDirectory(prefix="usephase-") as folder:
            target = Path(folder) / name
            export(opened, to, target, workers=workbench.workers)
            return _file(target)


def _about(workbench: Workbench, key: str) -> dict[str, Any]:
    try:
        return workbench.runs.about(key)
    except StudyError as error:  # deleted since it was listed
        return {"run": key, "folder": "", "problems": [problem.model_dump() for problem in error.problems]}


def _file(path: Path, *, inline: bool = False) -> Response:
    headers = {"content-disposition": "inline" if inline else f'attachment; filename="{path.name}"'}
    if path.suffix == ".svg":
        headers["content-security-policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return Response(path.read_bytes(), headers=headers, media_type=_KINDS[path.suffix])
