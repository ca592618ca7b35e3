"""The workbench as a web application, and the server that runs it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import socket
from typing import TYPE_CHECKING

from fastapi import FastAPI

from usephase.results.provenance import versions
from usephase.serve.api import routes as api
from usephase.serve.api import runs as api_runs
from usephase.serve.api.answers import Answer, add_handlers
from usephase.serve.pages import views as pages
from usephase.serve.security import Guard, Secured
from usephase.serve.workbench import Workbench

if TYPE_CHECKING:
    from uvicorn import Server

KEEP_ALIVE_SECONDS = 10
CONNECTIONS_MAX = 100


def make_app(workbench: Workbench, guard: Guard) -> Secured:
    """Put the API and the pages of a workbench together.

    Parameters
    ----------
    workbench : Workbench
        Closed when the application shuts down.
    guard : Guard
        Of the address that it will be served at.
    """

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        workbench.close()

    app = FastAPI(
        title="usephase", version=versions()["usephase"], openapi_url="/api/openapi.json", docs_url=None,
        redoc_url=None, lifespan=life, default_response_class=Answer,
        description="Emissions of sold products in use and at end of life. Amounts are unrounded, in t CO2e.",
    )  # fmt: skip
    app.state.guard = guard
    app.state.workbench = workbench
    add_handlers(app)
    app.include_router(api.router(workbench))
    app.include_router(api_runs.router(workbench))
    app.include_router(pages.router(workbench, guard.form_token))
    return Secured(app, guard)  # around everything, so that no answer goes out without its headers


def make_server(workbench: Workbench, guard: Guard) -> "Server":
    """Make the server of a workbench; it does not run yet."""
    import uvicorn

    from usephase.serve.connections import Connection

    config = uvicorn.Config(
        make_app(workbench, guard), log_level="warning", access_log=False, server_header=False, date_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS, limit_concurrency=CONNECTIONS_MAX, timeout_graceful_shutdown=5,
        proxy_headers=False, ws="none", http=Connection,
    )  # fmt: skip
    return uvicorn.Server(config)


def serve(workbench: Workbench, guard: Guard, bound: socket) -> None:
    """Serve a workbench at a socket until it is interrupted."""
    make_server(workbench, guard).run(sockets=[bound])
