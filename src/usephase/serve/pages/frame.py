"""The frame of every page: templates, addresses, the style sheet that the report has too, and static files."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from usephase.report.cells import printable
from usephase.report.charts.marks import Picture
from usephase.report.charts.style import DARK, LIGHT, picture_rules, variables
from usephase.report.charts.svg import inline_svg
from usephase.report.language import DEFAULT, Language, language

STYLE = "style.css"
SCRIPTS = (
    "workbench.js",
    "live.js",
    "cell.js",
    "product.js",
    "job.js",
    "changes.js",
    "take.js",
    "evidence.js",
    "import.js",
)
ICON = "icon.svg"
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_KEEP = "private, max-age=31536000, immutable"
"""An asset's address changes with its content, so that a browser may keep it."""

PAGES = (
    ("overview", "/", "Overview"),
    ("catalog", "/catalog", "Catalog"),
    ("decide", "/decide", "Decide"),
    ("compare", "/compare", "Compare"),
    ("ranking", "/ranking", "Ranking"),
    ("track", "/track", "Over time"),
    ("runs", "/runs", "Runs"),
    ("import", "/import", "Import"),
    ("evidence", "/evidence", "Evidence"),
    ("changes", "/changes", "Changes"),
    ("guide", "/guide", "Guide"),
)
"""The navigation: name, address, title."""


def words() -> Language:
    """Give the words that the report uses as well."""
    return language(DEFAULT)


def address(path: str, **query: object) -> str:
    """Write an address; empty values are left out, sequences are repeated."""
    there = {name: value for name, value in query.items() if value not in (None, "", (), [])}
    return f"{path}?{urlencode(there, doseq=True)}" if there else path


@cache
def asset(name: str) -> bytes:
    """Read a static file; the style sheet is put together from the report's and the workbench's own.

    Raises
    ------
    KeyError
        If there is no such file.
    """
    if name not in (STYLE, ICON, *SCRIPTS):
        raise KeyError(name)
    own = resources.files("usephase.serve").joinpath("static", "workbench.css" if name == STYLE else name).read_bytes()
    if name != STYLE:
        return own
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{variables(DARK)}}}}}"
    head = f":root{{color-scheme:light dark;{variables(LIGHT)}}}{dark}{picture_rules()}\n"
    return head.encode() + _report_template("page.css").encode() + own


@cache
def mark() -> str:
    """Give a mark that changes with the assets, for their addresses."""
    every = b"".join(asset(name) for name in (STYLE, ICON, *SCRIPTS))
    return hashlib.sha256(every).hexdigest()[:12]


def asset_response(name: str) -> Response:
    """Answer a request for a static file."""
    try:
        content = asset(name)
    except KeyError:
        return Response("no such file\n", status_code=404, media_type="text/plain")
    kind = _KINDS[name[name.rindex(".") :]]
    return Response(content, headers={"content-type": kind, "cache-control": _KEEP})


class Frame:
    """Write pages and pieces of pages.

    Parameters
    ----------
    form_token : str
        What writes have to carry; the scripts find it in the page.
    """

    def __init__(self, form_token: str) -> None:
        self._token = form_token
        self.words = words()
        self._environment = Environment(
            loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, finalize=_shown,
        )  # fmt: skip
        self._environment.filters.update(svg=_svg, ticks=_ticks)
        self._environment.globals.update(
            t=self.words, url=address, pages=PAGES, asset=lambda name: f"/static/{mark()}/{name}"
        )

    def page(self, name: str, here: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """Write a whole page; `here` is its name in the navigation."""
        known = {"here": here, "form_token": self._token, **context}
        return self.html(name, known, status)

    def html(self, name: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """Write a page or a piece of one."""
        text = self._environment.get_template(name).render(**context)
        # Half a character, which a name may hold, has no form in UTF-8.
        return HTMLResponse(text.encode("utf-8", errors="replace"), status_code=status)


def query_of(request: Request, *names: str) -> dict[str, str]:
    """Give parameters of the address, stripped; "" where one is missing."""
    return {name: request.query_params.get(name, "").strip() for name in names}


def _template(name: str) -> str | None:
    own = resources.files("usephase.serve").joinpath("templates", name)
    if own.is_file():
        return own.read_text(encoding="utf-8")
    return _report_template(name)


def _report_template(name: str) -> str:
    return resources.files("usephase.report").joinpath("templates", name).read_text(encoding="utf-8")


def _svg(picture: Picture) -> Markup:
    # Marked as safe: `inline_svg` escapes every text that it writes.
    return Markup(inline_svg(picture))  # noqa: S704


def _ticks(text: str) -> Markup:
    """Set what stands between backticks as code."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:
        return escape(printable(text))
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(part) if i % 2 else part for i, part in enumerate(parts))


def _shown(value: object) -> object:
    # Control characters and those that turn the reading direction are made visible; markup stays markup.
    return printable(value) if type(value) is str else value
