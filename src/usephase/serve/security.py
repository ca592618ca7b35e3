"""Who may ask what: the key, the host, the origin, the form token, the size and the time of every request.

A page of another site can make a browser send requests to this machine. Four things keep it out: a session cookie that
browsers do not send along from elsewhere, a check of the name that was asked for (against rebinding of names), a check
of where a request comes from, and a token that writes have to carry and only our own pages know.
"""

import asyncio
import hmac
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from usephase.serve.address import bracketed, is_open, is_plain_address, names_of, shown_host, split_host

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_MAX_BYTES = 32 * 2**20
BODY_SECONDS = 30.0
"""How long the body of one request may take to arrive."""
READING = ("GET", "HEAD")
WRITING = ("POST", "PUT", "DELETE")
FORM_HEADER = "x-usephase-token"
_HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>usephase</title>'
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}


class Guard:
    """Hold the secrets of one workbench and the names it answers to.

    Parameters
    ----------
    host : str
        The address it is bound to.
    port : int

    Attributes
    ----------
    key : str
        Stands in the address that is printed; exchanged for the cookie.
    form_token : str
        What writes carry in the header ``X-Usephase-Token``; pages hold it.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 8765) -> None:
        self.host = host
        self.port = port
        self.key = secrets.token_urlsafe(32)
        self.form_token = secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)
        self._names = names_of(host)

    @property
    def address(self) -> str:
        """Where a browser finds the workbench, with the key."""
        return f"http://{bracketed(shown_host(self.host))}:{self.port}/?token={self.key}"

    @property
    def cookie_name(self) -> str:
        """Of the session; browsers do not tell ports apart, two workbenches would share one name."""
        return f"usephase-{self.port}"

    @property
    def cookie(self) -> str:
        """The header that starts a session."""
        return f"{self.cookie_name}={self._session}; Path=/; HttpOnly; SameSite=Strict"

    def knows_host(self, host: str) -> bool:
        """Tell whether a Host header names this server."""
        name, port = split_host(host)
        if port != str(self.port):
            return False
        return name in self._names or (is_open(self.host) and is_plain_address(name))

    def has_session(self, cookies: Iterable[str]) -> bool:
        """Tell whether one of the Cookie headers holds the session."""
        return any(_same(found, self._session) for found in _values(cookies, self.cookie_name))

    def is_key(self, text: str) -> bool:
        """Tell whether a text is the key."""
        return _same(text, self.key)

    def is_form_token(self, text: str) -> bool:
        """Tell whether a text is what writes have to carry."""
        return _same(text, self.form_token)


class Refused(Exception):  # noqa: N818 (an answer, not a failure)
    """A request that is answered without looking at what it asks for."""

    def __init__(self, status: int, what: str, fix: str) -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.fix = fix


class Secured:
    """Let only requests of the workbench's own pages and of holders of its key through."""

    def __init__(
        self, app: App, guard: Guard, body_max_bytes: int = BODY_MAX_BYTES, body_seconds: float = BODY_SECONDS
    ) -> None:
        self.app = app
        self.guard = guard
        self.body_max_bytes = body_max_bytes
        self.body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # nothing here speaks another protocol
        send = _with_headers(send)
        try:
            entered = self._check(scope)
            if entered is not None:
                await _enter(send, entered, self.guard.cookie)
                return
            body = await self._body(scope, receive)
        except Refused as refused:
            await answer(scope, send, refused)
            return
        await self.app(scope, _again(body, receive), send)

    def _check(self, scope: Scope) -> str | None:
        """Refuse what may not pass; gives the page to go on to when the key was shown in the address."""
        headers = _Headers(scope)
        method = scope["method"]
        if method not in (*READING, *WRITING):
            raise Refused(405, f"{method[:20]} is not used here", "use GET, HEAD, POST, PUT or DELETE")
        host = headers.only("host")
        if host is None or not self.guard.knows_host(host):
            raise Refused(421, "this server does not answer to that name", "use the address that was printed")
        _check_site(scope, headers, host, writes=method in WRITING)
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        shown = [value for name, value in query if name == "token"]
        if method == "GET" and any(map(self.guard.is_key, shown)):
            rest = urlencode([(name, value) for name, value in query if name != "token"])
            return "/" + quote(scope["path"].lstrip("/\\"), safe="/") + (f"?{rest}" if rest else "")
        bearer = headers.only("authorization") or ""
        if bearer[:7].lower() == "bearer " and self.guard.is_key(bearer[7:].strip()):
            return None  # no browser sends this on its own: no form token is needed
        if not self.guard.has_session(headers.all("cookie")):
            raise Refused(401, "this browser has no session", "open the address that `usephase serve` printed")
        if method in WRITING and not self.guard.is_form_token(headers.only(FORM_HEADER) or ""):
            raise Refused(403, "the form token is missing or of another session", "reload the page and try again")
        return None

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Read the whole body, within its bounds."""
        length = _Headers(scope).only("content-length")
        limit = Refused(413, f"more than {self.body_max_bytes // 2**20} MB", "send less")
        if length is not None and not re.fullmatch(r"\d{1,18}", length, re.ASCII):
            raise Refused(400, "the length of the body is no number", "send its bytes")
        if length is not None and int(length) > self.body_max_bytes:
            raise limit
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refused(400, "the request broke off", "send it again")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self.body_max_bytes:
                        raise limit
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise Refused(408, "the request took too long to arrive", "send it again") from None


async def answer(scope: Scope, send: Send, refused: Refused) -> None:
    """Write a refusal: a page for browsers that ask for one, JSON for everybody else."""
    wants_page = "text/html" in ",".join(_Headers(scope).all("accept")) and not scope["path"].startswith("/api/")
    if wants_page:
        text = f"{_HEAD}<h1>{refused.status}</h1><p>{refused.what}.</p><p>To go on: {refused.fix}.</p></html>\n"
        kind = b"text/html; charset=utf-8"
    else:
        problem = {"where": "request", "what": refused.what, "fix": refused.fix, "severity": "error"}
        text = json.dumps({"problems": [problem]})
        kind = b"application/json"
    body = text.encode("utf-8", errors="replace")
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    if refused.status in (408, 413):
        headers.append((b"connection", b"close"))  # what is left of the body is not read
    if refused.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if refused.status == 405:
        headers.append((b"allow", ", ".join((*READING, *WRITING)).encode()))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _enter(send: Send, target: str, cookie: str) -> None:
    """Give the session, and a page of ours that goes on to what was asked for.

    No redirect: where another page led here (a file, a mail), browsers count what follows as asked by that page, and
    keep a strict cookie back. What our own page asks for comes with it.
    """
    to = escape(target, quote=True)
    body = (f'{_HEAD}<meta http-equiv="refresh" content="0; url={to}"><p><a href="{to}">Go on</a></p></html>\n').encode(
        "ascii"
    )
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"set-cookie", cookie.encode("ascii")),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _check_site(scope: Scope, headers: "_Headers", host: str, *, writes: bool) -> None:
    """Refuse what a page of another site, or of another port, makes a browser ask."""
    elsewhere = Refused(403, "the request comes from another site", "use the workbench's own pages")
    origin = headers.only("origin")
    if origin is not None and origin != f"{scope.get('scheme', 'http')}://{host}" and (writes or origin != "null"):
        raise elsewhere
    site = headers.only("sec-fetch-site")
    if site in (None, "same-origin", "none"):
        return
    # To follow a link from elsewhere is all right: it shows a page that the other site cannot read.
    if writes or headers.only("sec-fetch-mode") != "navigate" or headers.only("sec-fetch-dest") not in (
        None, "document",
    ):  # fmt: skip
        raise elsewhere


class _Headers:
    """Look up the headers of a request."""

    def __init__(self, scope: Scope) -> None:
        self.items = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]

    def all(self, name: str) -> list[str]:
        return [value for found, value in self.items if found == name]

    def only(self, name: str) -> str | None:
        """Give a header that may be there once; twice is refused, since two readers could take either."""
        found = self.all(name)
        if len(found) > 1:
            raise Refused(400, f"the header {name} is there {len(found)} times", "send it once")
        return found[0] if found else None


def _with_headers(send: Send) -> Send:
    """Add the headers of every answer; an answer may have a stricter one of its own."""

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", []))
            there = {name.lower() for name, _ in own}
            extra = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in there]
            message = {**message, "headers": own + extra}
        await send(message)

    return sender


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already to the application, and after it what else comes."""
    given = False

    async def receiver() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiver


def _values(cookies: Iterable[str], name: str) -> Iterable[str]:
    """Give the values of one cookie; other sites of this host may set any others, which are passed over (RFC 6265)."""
    for header in cookies:
        for pair in header.split(";"):
            found, equals, value = pair.strip(" \t").partition("=")
            if equals and found.rstrip(" \t") == name:
                yield value.strip(" \t").removeprefix('"').removesuffix('"')


def _same(a: str, b: str) -> bool:
    return hmac.compare_digest(a.encode("utf-8", "surrogatepass"), b.encode("utf-8"))
