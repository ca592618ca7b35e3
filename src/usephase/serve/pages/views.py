"""The pages of the workbench: written on the server, every view with an address of its own."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from usephase.catalog.edit.judge import judge
from usephase.catalog.edit.records import Edit
from usephase.catalog.rules.notes import readings_of_range
from usephase.errors import Problem, UsephaseError
from usephase.guide import topics
from usephase.insight.comparison.between_cells import SETS
from usephase.insight.rules import packs, read_pack
from usephase.insight.what_if.records import Influence, Slider
from usephase.report.language import calling
from usephase.results.provenance import versions
from usephase.serve.api.answers import problems_of, status_of
from usephase.serve.api.rows import NAMES
from usephase.serve.pages import catalog as pages_catalog
from usephase.serve.pages import decide as pages_decide
from usephase.serve.pages import evidence as pages_evidence
from usephase.serve.pages import imports as pages_imports
from usephase.serve.pages import product as pages_product
from usephase.serve.pages import runs as pages_runs
from usephase.serve.pages import studies as pages_studies
from usephase.serve.pages.cells import captions, density_picture, described
from usephase.serve.pages.frame import Frame, asset_response, query_of
from usephase.serve.pages.guide import guide_page
from usephase.serve.runs import UnknownRunError
from usephase.serve.workbench import Workbench, unknown


def router(workbench: Workbench, form_token: str) -> APIRouter:
    """Make the routes of all pages, of their live pieces, and of the static files.

    Parameters
    ----------
    workbench : Workbench
        What the pages show.
    form_token : str
        What writes have to carry; every page holds it for its scripts.
    """
    return _Pages(workbench, Frame(form_token)).routes()


class _Pages:
    def __init__(self, workbench: Workbench, frame: Frame) -> None:
        self.workbench = workbench
        self.frame = frame
        self.words = frame.words

    def routes(self) -> APIRouter:
        made = APIRouter(include_in_schema=False, route_class=self._route_class())
        calls: dict[str, Callable[..., Response]] = {
            "/static/{version}/{name}": _static,
            "/": self.overview,
            "/catalog": self.catalog,
            "/catalog/{table}": self.table,
            "/cell": self.cell,
            "/decide": self.decide,
            "/decide/{product:path}": self.decide,
            "/product": self.product,
            "/compare": self.compare,
            "/ranking": self.ranking,
            "/track": self.track,
            "/diff": self.diff,
            "/runs": self.runs,
            "/runs/{run}": self.run,
            "/runs/{run}/explain": self.explain,
            "/evidence": self.evidence,
            "/import": self.import_,
            "/changes": self.changes,
            "/guide": self.guide,
            "/guide/{topic}": self.topic,
            "/pieces/search": self.piece_search,
            "/pieces/rows/{table}": self.piece_rows,
            "/pieces/cell": self.piece_cell,
            "/pieces/judge": self.piece_judge,
            "/pieces/what-if": self.piece_what_if,
            "/pieces/why": self.piece_why,
            "/pieces/inputs/{group}": self.piece_inputs,
            "/pieces/evidence/{fit}": self.piece_evidence,
            "/pieces/import/{table}": self.piece_import,
            "/pieces/job/{job}": self.piece_job,
            "/{rest:path}": self.nowhere,
        }
        for path, call in calls.items():
            made.add_api_route(path, call, methods=["GET"], response_class=Response)
        return made

    # -- views -----------------------------------------------------------------------------------------------

    def overview(self) -> Response:
        catalog = self.workbench.catalog
        newest = pages_runs.newest(self.workbench.runs, self.words)
        return self._page("overview.html.j2", "overview", {
            "settings": catalog.settings, "warnings": self.workbench.warnings, "newest": newest,
            "products": self._products(), "path": catalog.path,
            "files": len(catalog.files), "version": versions()["usephase"],
            "tables": pages_catalog.tables(self.workbench.resolved, self.words),
        })  # fmt: skip

    def catalog(self, request: Request) -> Response:
        search = query_of(request, "search")["search"]
        return self._page("catalog.html.j2", "catalog", {
            "tables": pages_catalog.tables(self.workbench.resolved, self.words), **self._found(search),
        })  # fmt: skip

    def table(self, request: Request, table: str) -> Response:
        context = self._rows(request, table)
        about = [(entry["name"], entry["rows"]) for entry in pages_catalog.tables(self.workbench.resolved, self.words)]
        return self._page("table.html.j2", "catalog", {**context, "others": about})

    def cell(self, request: Request) -> Response:
        return self._page("cell.html.j2", "catalog", self._cell(request))

    def product(self, request: Request) -> Response:
        """Lead from the address that this page had before."""
        query = request.url.query
        return RedirectResponse(f"/decide?{query}" if query else "/decide")

    def decide(self, request: Request, product: str = "") -> Response:
        known = self._products()
        asked = pages_product.Question.of_items(request.query_params.multi_items())
        name = product or asked.product or (known[0]["product"] if known else "")
        context: dict[str, Any] = {"products": known, "name": name, "asked": asked, "left_out": ()}
        if name:
            what_if = self.workbench.what_if(name)
            held = what_if.sliders()
            mattering = self._influences(name)
            context |= pages_decide.inputs(name, held, mattering, asked, self.workbench.resolved, self.words)
            context["left_out"] = pages_product.left_out(held, asked)
            fields = [field for _, listed in context["leading"] for field in listed]
            fields += [field for group in context["rest"] for field in group["fields"]]
            context["versions"] = self._versions([field["slider"] for field in fields])
            context["settings"] = self.workbench.catalog.settings
            options = self.workbench.option_edits(name)
            context["options"], context["starts"] = list(options), pages_decide.starts(name, options)
            context["sets"] = any(one.table in SETS and one.column == "share" for one in held)
            context["path"] = pages_decide.decide_path(name)
        return self._page("decide.html.j2", "decide", context)

    def compare(self, request: Request) -> Response:
        query = request.query_params
        known = self.workbench.options()
        # With commas, as the command writes them; but a name may have one.
        chosen = [name for part in query.getlist("options") for name in ([part] if part in known else part.split(","))]
        context = {"options": known, "chosen": chosen,
                   "products": pages_catalog.products_of(self.workbench.resolved)}  # fmt: skip
        return self._study("compare", request, context)

    def ranking(self, request: Request) -> Response:
        context = {"figures": pages_studies.figures(self.workbench.resolved), "methods": pages_studies.METHODS}
        return self._study("ranking", request, context)

    def track(self, request: Request) -> Response:
        years = self.workbench.catalog["sales"].frame["year"]
        ambitions = dict.fromkeys(name for pack in packs() for name in read_pack(pack).ambitions())
        known = {"years": sorted(set(years.astype(int).tolist())), "packs": packs(), "ambitions": list(ambitions)}
        return self._study("track", request, known)

    def diff(self, request: Request) -> Response:
        known = pages_runs.listed(self.workbench.runs, self.words)
        return self._study("diff", request, {"runs": known}, here="runs")

    def runs(self) -> Response:
        return self._page("runs.html.j2", "runs", {"runs": pages_runs.listed(self.workbench.runs, self.words)})

    def run(self, run: str) -> Response:
        return self._page("run.html.j2", "runs", pages_runs.shown(self.workbench.runs, run, self.words))

    def explain(self, request: Request, run: str) -> Response:
        figure = query_of(request, "figure")["figure"]
        return self._page("explain.html.j2", "runs", pages_runs.explained(self.workbench.runs, run, figure, self.words))

    def evidence(self, request: Request) -> Response:
        query, resolved = query_of(request, "kind", "fit"), self.workbench.resolved
        context: dict[str, Any] = {**pages_evidence.asked(resolved, query["kind"]), "held": None}
        if query["fit"]:
            context["held"] = pages_evidence.shown(self.workbench.evidence(query["fit"]), resolved, self.words)
        return self._page("evidence.html.j2", "evidence", context)

    def import_(self, request: Request) -> Response:
        table = query_of(request, "table")["table"]
        return self._page("import.html.j2", "import", self._imported(table) if table else {"held": None})

    def _imported(self, table: str) -> dict[str, Any]:
        held = pages_imports.shown(self.workbench.imported(table), self.workbench.path, self.words)
        return {"held": held, "frame_catalog": self._about()["catalog"]}

    def changes(self, request: Request) -> Response:
        catalog, edits = self.workbench.catalog, self.workbench.edits
        stale = {conflict[:3]: conflict for conflict in self.workbench.stale()}
        versions = self.workbench.versions([one.cell for one in edits])
        beside = self.workbench.beside()
        judged = [judge(catalog, one.settled, beside) for one in edits]
        lines = [
            {"edit": one.edit, "text": one.text, "place": one.place, "problems": one.problems, "version": version,
             "before": described(one.before, self.words) if one.before else "",
             "after": described(one.after, self.words) if one.after else "",
             "was": one.before.text if one.before else "", "stale": stale.get(one.edit[:3]), "base": held.base}
            for one, held, version in zip(judged, edits, versions, strict=True)
        ]  # fmt: skip
        query = query_of(request, "to", "option")
        return self._page("changes.html.j2", "changes", {
            "lines": lines, "options": self.workbench.options(), "to": query["to"] or "option",
            "option": query["option"], "path": catalog.path, "version": self.workbench.edits_version,
        })  # fmt: skip

    def guide(self) -> Response:
        return self.topic("serve")

    def topic(self, topic: str) -> Response:
        name, text = guide_page(topic)
        return self._page("guide.html.j2", "guide", {"topics": topics(), "topic": name, "text": text})

    def nowhere(self, rest: str) -> Response:
        if rest.startswith("api/"):
            raise HTTPException(404)
        problem = Problem(where=f"/{rest[:100]}", what="there is no such page", fix="choose one above")
        return self._page("problems.html.j2", "", {"problems": (problem,)}, 404)

    # -- live pieces -----------------------------------------------------------------------------------------

    def piece_search(self, request: Request) -> Response:
        return self._piece("piece_search.html.j2", self._found(query_of(request, "search")["search"]))

    def piece_rows(self, request: Request, table: str) -> Response:
        return self._piece("piece_rows.html.j2", self._rows(request, table))

    def piece_cell(self, request: Request) -> Response:
        return self._piece("piece_cell.html.j2", self._cell(request))

    def piece_judge(self, request: Request) -> Response:
        return self._piece("piece_judge.html.j2", self._cell(request))

    def piece_what_if(self, request: Request) -> Response:
        asked = pages_product.Question.of_items(request.query_params.multi_items())
        what_if = self.workbench.what_if(asked.product)
        answer, status = None, 200
        context: dict[str, Any] = {"refusal": (), "release": (), "offer": False}
        try:
            answer = what_if.answer(asked.edits, against=self._against(asked), **_choices(asked))
            context |= pages_product.shown(answer, asked, self.words)
            changed = answer.edits != answer.against
            wide = pages_decide.width_of(query_of(request, "wide")["wide"], 1600)
            context |= pages_decide.verdict(answer, context["amount"], changed, self.words, wide)
            context |= {"changed": changed, "against": asked.against}
        except UsephaseError as error:
            context["refusal"], status = problems_of(error), status_of(error)
        meant = captions(self.workbench.desk, answer.edits if answer else asked.edits, self.words)
        if answer is None and not any(one.refused for one in meant.values()):
            context["release"] = pages_product.releasable(asked, what_if)
            context["offer"] = bool(context["release"] or what_if.rebalanced(asked.edits))
        context["moved"] = pages_product.moved(asked, answer, meant)
        return self._piece("piece_answer.html.j2", context, status)

    def piece_why(self, request: Request) -> Response:
        """Say what makes the difference and where it flips: asked for once nothing is moved any more."""
        asked = pages_product.Question.of_items(request.query_params.multi_items())
        what_if, words = self.workbench.what_if(asked.product), self.words
        wide = {name: pages_decide.width_of(text) for name, text in query_of(request, "wide", "flip").items()}
        choices, against = _choices(asked), self._against(asked)
        answer = what_if.answer(asked.edits, against=against, **choices)
        per = asked.per if asked.per in answer.amounts else next(iter(answer.amounts))
        context = pages_product.shown(answer, asked, words)
        counted = {**choices, "per": per}
        context["apart"] = ()
        if not asked.scenario and answer.edits != answer.against:
            shared = {name: value for name, value in counted.items() if name != "scenario"}
            apart = what_if.by_scenario(asked.edits, against=against, **shared)
            context["apart"] = pages_product.under_scenarios(apart, answer.amounts[per], answer.draws, words)
        why = what_if.why(asked.edits, against=against, **counted)
        context |= pages_decide.reasons(why, asked, words, wide["wide"])
        limit = pages_decide.limit_of(asked.budget)
        context |= {"flips": None, "budget": "", "drawn": answer.edits != answer.against}
        if limit is not None:
            told = {"edits": asked.edits, **counted}
            context["budget"] = pages_decide.budget_told(what_if, told, limit, context["unit"], words)
        table, _, rest = asked.over.partition(":")
        row, _, column = rest.rpartition(":")
        if column and answer.edits != answer.against:
            found = what_if.curve((table, row, column), asked.edits, against=against, **counted)
            context |= pages_decide.flipped(found, asked.product, limit, words, wide["flip"])
        return self._piece("piece_why.html.j2", context)

    def piece_inputs(self, request: Request, group: str) -> Response:
        asked = pages_product.Question.of_items(request.query_params.multi_items())
        held = self.workbench.what_if(asked.product).sliders()
        found = pages_decide.group_fields(
            held, self._influences(asked.product), group, asked, self.workbench.resolved, self.words
        )
        return self._piece("piece_inputs.html.j2", {
            "fields": found, "group": group, "versions": self._versions([field["slider"] for field in found]),
        })  # fmt: skip

    def piece_import(self, table: str) -> Response:
        return self._piece("piece_import.html.j2", self._imported(table))

    def piece_evidence(self, fit: str) -> Response:
        held = pages_evidence.shown(self.workbench.evidence(fit), self.workbench.resolved, self.words)
        return self._piece("piece_evidence.html.j2", {"held": held})

    def piece_job(self, request: Request, job: str) -> Response:
        found = self.workbench.jobs.get(job)
        if found is None:
            fix = "start it again: only the last answers are kept"
            raise UnknownRunError([Problem(where="job", what="there is no such job", fix=fix)])
        document = found.to_document()
        result = document["result"]
        query = query_of(request, "grid_basis", "boundary")
        view = pages_studies.View(
            query["grid_basis"] if query["grid_basis"] in pages_studies.BASES else "",
            query["boundary"] if query["boundary"] in pages_studies.BOUNDARIES else "",
        )
        return self._piece("piece_job.html.j2", {
            "job": document, "stale": found.mark != self.workbench.mark(edited=found.settings.get("edited", False)),
            "sections": pages_studies.sections(found.kind, result, view, self.words) if result else [],
            "drivers": pages_studies.drivers(found.kind, result, self.words) if result else [],
        })  # fmt: skip

    # -- parts -----------------------------------------------------------------------------------------------

    def _products(self) -> list[dict[str, str]]:
        known = pages_catalog.products_of(self.workbench.resolved)
        return [{**one, "path": pages_decide.decide_path(one["product"])} for one in known]

    def _influences(self, product: str) -> tuple[Influence, ...]:
        try:
            return self.workbench.what_if(product).influences()
        except UsephaseError:  # no finite figure to rank by: the page still has every input
            return ()

    def _versions(self, held: Sequence[Slider]) -> dict[str, str]:
        cells = [(one.table, one.row, one.column) for one in held]
        return dict(zip(map(":".join, cells), self.workbench.versions(cells), strict=True))

    def _against(self, asked: pages_product.Question) -> tuple[Edit, ...]:
        if not asked.against:
            return ()
        options = self.workbench.option_edits(asked.product)
        if asked.against not in options:
            raise unknown("option", asked.against, list(options))
        return options[asked.against]

    def _found(self, search: str) -> dict[str, Any]:
        pending = pages_catalog.pending_of(self.workbench, self.words)
        found = pages_catalog.hits(self.workbench, search, pending, self.words) if search else []
        return {"search": search, "hits": found}

    def _rows(self, request: Request, table: str) -> dict[str, Any]:
        if table not in NAMES:
            raise unknown("table", table, NAMES)
        query = query_of(request, "search", "origin", "page")
        number = int(query["page"]) if query["page"].isdecimal() and len(query["page"]) < 9 else 1
        pending = pages_catalog.pending_of(self.workbench, self.words)
        listed = self.workbench.rows(table)
        return pages_catalog.page_of(listed, query["search"], query["origin"], number, pending, self.words)

    def _cell(self, request: Request) -> dict[str, Any]:
        query = query_of(request, "table", "row", "column")
        if not pages_catalog.editable(query["table"], query["column"]):
            raise unknown("cell", f"{query['table']} {query['column']}", [])
        catalog = self.workbench.catalog
        address = (query["table"], query["row"], query["column"])
        pending = next((one.text for one in self.workbench.edits if one.cell == address), None)
        [version] = self.workbench.versions([address])
        base = judge(catalog, Edit(*address, ""))
        asked = request.query_params.get("text")
        written = base.before.text if base.before else ""
        text = asked if asked is not None else pending if pending is not None else written
        judged = judge(catalog, Edit(*address, text), self.workbench.beside())
        touched = text != written
        asks = readings_of_range(text) if address[::2] == ("use_profiles", "amount") else None
        picture = density_picture(judged.before, judged.after if touched else None, _unit(judged), self.words)
        return {
            **dict(zip(("table", "row", "column"), address, strict=True)), "judged": judged, "text": text,
            "version": version, "written": written, "pending": pending, "touched": touched, "picture": picture,
            "asks": asks, "meaning": pages_catalog.meaning(query["table"], query["column"]),
            "origin_badge": pages_catalog.cell_badge(self.workbench.resolved, *address, judged.origin),
            "before": described(judged.before, self.words) if judged.before else "",
            "after": described(judged.after, self.words) if judged.after else "",
        }  # fmt: skip

    def _study(self, kind: str, request: Request, context: dict[str, Any], here: str = "") -> Response:
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        edits = len(self.workbench.edits)
        known = {"query": query, "kind": kind, "settings": self.workbench.catalog.settings, "edits": edits}
        return self._page(f"{kind}.html.j2", here or kind, {**known, **context})

    def _page(self, name: str, here: str, context: dict[str, Any], status: int = 200) -> Response:
        return self.frame.page(name, here, {"frame": self._about(), **context}, status)

    def _piece(self, name: str, context: dict[str, Any], status: int = 200) -> Response:
        return self.frame.html(name, context, status)

    def _about(self) -> dict[str, Any]:
        try:
            settings = self.workbench.catalog.settings
        except UsephaseError:
            return {"catalog": "refused catalog", "company": "", "year": "", "pending": len(self.workbench.edits)}
        return {"catalog": settings.name, "company": settings.company, "year": settings.reporting_year,
                "pending": len(self.workbench.edits)}  # fmt: skip

    def _refused(self, request: Request, error: UsephaseError) -> Response:
        problems, status = problems_of(error), status_of(error)
        if request.url.path.startswith("/pieces/"):
            return self._piece("piece_problems.html.j2", {"problems": problems}, status)
        return self._page("problems.html.j2", "", {"problems": problems}, status)

    def _route_class(self) -> type[APIRoute]:
        pages = self

        class PageRoute(APIRoute):
            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                usual = super().get_route_handler()

                async def handler(request: Request) -> Response:
                    try:
                        with calling(pages.workbench.called):
                            return await usual(request)
                    except UsephaseError as error:
                        return pages._refused(request, error)

                return handler

        return PageRoute


def _choices(asked: pages_product.Question) -> dict[str, Any]:
    return {
        "of": asked.of, "scenario": asked.scenario or None, "grid_basis": asked.grid_basis or None,
        "boundary": asked.boundary or None, "rebalance": asked.rebalance,
    }  # fmt: skip


def _static(version: str, name: str) -> Response:
    return asset_response(name)


def _unit(judged: Any) -> str:
    return next((view.unit for view in (judged.after, judged.before) if view is not None and view.unit), "")
