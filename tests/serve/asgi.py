"""Ask an ASGI application exactly what a test says: no client adds, follows or repairs anything."""

import asyncio
from typing import Any, NamedTuple


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str]


def ask(app: Any, path: str, *headers: tuple[str, str], method: str = "GET", body: Any = b"") -> Answered:
    """Send one request; `body` is bytes, or a list of them (parts), None in it for a part that never comes."""
    parts = [body] if isinstance(body, bytes) else list(body)
    target, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": target, "raw_path": target.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8765),
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        if part is None:
            await asyncio.sleep(30)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    start = sent[0]
    pairs = [(name.decode().lower(), value.decode("latin-1")) for name, value in start["headers"]]
    whole = b"".join(message.get("body", b"") for message in sent[1:])
    return Answered(start["status"], dict(pairs), whole, [value for name, value in pairs if name == "set-cookie"])
