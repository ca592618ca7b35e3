"""How the API answers: JSON that is always valid, and a list of problems for everything that is refused."""

import json
import logging
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from usephase.errors import CatalogError, CommandError, NumericError, Problem, RefusedError, StoreError
from usephase.serve.api.schemas import Problems
from usephase.serve.jobs import QueueFullError
from usephase.serve.runs import UnknownRunError
from usephase.serve.workbench import ChangedError, Conflict, ConflictError, UnknownNameError

_log = logging.getLogger("usephase.serve")
_SHOWN = 200
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (UnknownRunError, 404),
    (UnknownNameError, 404),
    (ChangedError, 409),
    (QueueFullError, 429),
    (RefusedError, 422),
    (CommandError, 422),
    (NumericError, 422),
    (StoreError, 409),
)
"""The first kind that fits gives the status."""
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problems, "description": "Not understood."},
    401: {"model": Problems, "description": "No session."},
    403: {"model": Problems, "description": "From another site, or without the form token."},
    404: {"model": Problems, "description": "There is no such thing."},
    409: {"model": Problems, "description": "The files are not as they were, or cannot be read or written."},
    413: {"model": Problems, "description": "Too large."},
    421: {"model": Problems, "description": "Another server is meant."},
    422: {"model": Problems, "description": "Refused: every problem, as the command gives it."},
    429: {"model": Problems, "description": "Too many jobs are waiting."},
}


class Answer(JSONResponse):
    """JSON in ASCII: half characters, which names in old files may hold, stay valid."""

    def render(self, content: Any) -> bytes:
        """Write the document; a number that is none is a bug, and not sent."""
        return json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")


def refused(problems: Iterable[Problem], status: int = 422, conflicts: Iterable[Conflict] = ()) -> Answer:
    """Answer with problems, and with the cells that somebody else has changed meanwhile."""
    listed: dict[str, Any] = {"problems": [problem.model_dump() for problem in problems]}
    if found := [conflict._asdict() for conflict in conflicts]:
        listed["conflicts"] = found
    return Answer(listed, status)


def problems_of(error: Exception) -> tuple[Problem, ...]:
    """Give what is wrong, as the command line's JSON does."""
    if isinstance(error, RefusedError):
        return error.problems
    what, _, fix = str(error).partition(" → ")
    return (Problem(where="", what=what, fix=fix),)


def status_of(error: Exception) -> int:
    """Give the status of a refusal; 500 for what is none."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def add_handlers(app: FastAPI) -> None:
    """Turn every refusal below ``/api`` into its JSON."""

    async def known(request: Request, error: Exception) -> Answer:
        conflicts = error.conflicts if isinstance(error, ConflictError) else ()
        return refused(problems_of(error), status_of(error), conflicts)

    async def invalid(request: Request, error: Exception) -> Answer:
        assert isinstance(error, RequestValidationError)
        return refused(_invalid(one) for one in error.errors())

    async def http(request: Request, error: Exception) -> Answer:
        assert isinstance(error, HTTPException)
        fix = "see /api/openapi.json"
        answer = refused([Problem(where=request.url.path[:_SHOWN], what=str(error.detail), fix=fix)], error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    async def bug(request: Request, error: Exception) -> Answer:
        _log.exception("%s %s", request.method, request.url.path, exc_info=error)
        what = f"{type(error).__name__}: {error}"
        return refused([Problem(where="", what=what, fix="this is a bug of usephase; please report it")], 500)

    for kind, _ in _STATUS:
        app.add_exception_handler(kind, known)
    app.add_exception_handler(CatalogError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, bug)


def _invalid(error: Any) -> Problem:
    where = ".".join(str(part) for part in error["loc"])[:_SHOWN]
    return Problem(where=where or "request", what=str(error["msg"])[:_SHOWN], fix="see /api/openapi.json")
