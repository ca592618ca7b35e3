"""Every rule that keeps others out, one by one, against an application that would answer anything."""

import asyncio
import json
import re
import socket
from html import unescape

import pytest

from tests.serve.asgi import ask
from usephase.errors import CommandError
from usephase.serve.address import is_loopback, is_open, listen
from usephase.serve.security import Guard, Secured

PORT = 8765
HOST = ("Host", f"127.0.0.1:{PORT}")
ORIGIN = ("Origin", f"http://127.0.0.1:{PORT}")
HERE = ("Sec-Fetch-Site", "same-origin")


class Echo:
    """Answers everything with what it was sent, and remembers that it was reached."""

    def __init__(self):
        self.reached = []

    async def __call__(self, scope, receive, send):
        message = await receive()
        self.reached.append((scope["method"], scope["path"], message["body"]))
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": message["body"]})


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def guard():
    return Guard("127.0.0.1", PORT)


@pytest.fixture
def app(echo, guard):
    return Secured(echo, guard, body_max_bytes=2000, body_seconds=0.2)


@pytest.fixture
def cookie(app, guard):
    """As a browser sends it back after it opened the printed address."""
    answered = ask(app, f"/?token={guard.key}", HOST)
    assert answered.status == 200
    return ("Cookie", answered.cookies[0].partition(";")[0])


@pytest.fixture
def form(guard):
    return ("X-Usephase-Token", guard.form_token)


def refusal(answered):
    [problem] = json.loads(answered.body)["problems"]
    assert set(problem) == {"where", "what", "fix", "severity"}
    assert all(problem.values())
    return answered.status


def leads_to(answered):
    """Where the page goes on to that the key opens."""
    [there] = re.findall(r'content="0; url=([^"]*)"', answered.body.decode())
    return unescape(there)


# -- the key and the session ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/api/catalog", "/static/x.js", "/api/openapi.json", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
def test_nothing_is_answered_without_a_session(app, echo, form, path, method):
    answered = ask(app, path, HOST, HERE, form, method=method)
    assert answered.status == 401
    assert echo.reached == []


def test_the_page_without_a_session_says_how_to_get_one(app):
    answered = ask(app, "/product/x", HOST, ("Accept", "text/html,*/*"))
    assert answered.status == 401
    assert answered.headers["content-type"].startswith("text/html")
    assert b"open the address that `usephase serve` printed" in answered.body
    assert refusal(ask(app, "/api/catalog", HOST, ("Accept", "text/html,*/*"))) == 401


def test_the_printed_address_gives_a_cookie_that_scripts_and_other_sites_do_not_get(app, guard, echo):
    answered = ask(app, f"/?token={guard.key}", HOST)
    assert (answered.status, leads_to(answered)) == (200, "/")
    assert guard.key.encode() not in answered.body
    [cookie] = answered.cookies
    name, _, rest = cookie.partition("=")
    assert name == f"usephase-{PORT}"
    assert {part.strip() for part in rest.split(";")[1:]} == {"Path=/", "HttpOnly", "SameSite=Strict"}
    assert guard.key not in cookie
    assert guard.form_token not in cookie
    assert echo.reached == []  # the key goes no further than the door


def test_a_link_with_the_key_leads_on_to_its_own_view_without_the_key(app, guard):
    answered = ask(app, f"/product/A%20B?x=1&token={guard.key}&y=%3C", HOST)
    assert leads_to(answered) == "/product/A%2520B?x=1&y=%3C"  # the path arrives decoded as it stands here
    away = ask(app, f"//elsewhere.example/?token={guard.key}", HOST)
    assert leads_to(away) == "/elsewhere.example/"
    away = ask(app, f"/\\elsewhere.example/?token={guard.key}", HOST)
    assert leads_to(away) == "/elsewhere.example/"
    quoted = ask(app, f"/?x=%22%3E%3Cscript%3E&token={guard.key}", HOST)
    assert leads_to(quoted) == "/?x=%22%3E%3Cscript%3E"
    broken = ask(app, f"/a\r\nSet-Cookie: x?token={guard.key}", HOST)
    assert not re.search(r"[\r\n]", leads_to(broken))


def test_the_session_is_what_the_cookie_says_and_nothing_near_it(app, guard, cookie, echo):
    assert ask(app, "/", HOST, cookie).status == 200
    name, _, value = cookie[1].partition("=")
    for wrong in (
        f"{name}={value[:-1]}", f"{name}={value}x", f"{name}={guard.key}", f"{name}={guard.form_token}", f"{name}=",
        f"other={value}", f"usephase-{PORT + 1}={value}", "\x00", "=;;=", f"{name}=é",
    ):  # fmt: skip
        assert ask(app, "/", HOST, ("Cookie", wrong)).status == 401, wrong
    assert len(echo.reached) == 1
    foreign = (
        "theme=dark",
        'theme={"a":1}',
        "lang=en US",
        "a=b=c",
        "[x]=1",
        "prefs=a,b",
        "flag",
        'q="x',
        "é=1",
        "=;;=",
    )
    for other in foreign:
        for header in (f"{other}; {cookie[1]}", f"{cookie[1]}; {other}", f"{other};{cookie[1]};{other}"):
            assert ask(app, "/", HOST, ("Cookie", header)).status == 200, header


def test_a_wrong_key_opens_nothing(app, guard):
    for wrong in ("", guard.key[:-1], guard.key + "x", guard.form_token, "é"):
        answered = ask(app, f"/?token={wrong}".encode().decode("latin-1"), HOST)
        assert answered.status == 401
        assert not answered.cookies


def test_secrets_are_long_and_new_every_time():
    first, second = Guard(), Guard()
    for one in (first, second):
        assert len({one.key, one.form_token, one.cookie}) == 3
        assert min(len(one.key), len(one.form_token)) >= 43  # 256 bits
    assert first.key != second.key
    assert first.cookie != second.cookie
    assert first.form_token != second.form_token


def test_a_script_may_show_the_key_instead(app, guard, echo):
    assert ask(app, "/api/jobs", HOST, ("Authorization", f"Bearer {guard.key}"), method="POST").status == 200
    assert refusal(ask(app, "/api/jobs", HOST, ("Authorization", "Bearer x"), method="POST")) == 401
    assert refusal(ask(app, "/api/jobs", HOST, ("Authorization", f"Basic {guard.key}"))) == 401
    assert len(echo.reached) == 1


# -- the name it was asked under --------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"LOCALHOST:{PORT}", f"[::1]:{PORT}"])
def test_the_names_of_this_machine_are_known(app, cookie, host):
    assert ask(app, "/", ("Host", host), cookie).status == 200


@pytest.mark.parametrize(
    "host",
    [
        f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}", f"127.0.0.1.evil.example:{PORT}",
        f"evil.example@127.0.0.1:{PORT}", f"localhost.evil.example:{PORT}", f"192.168.0.1:{PORT}", "", "[::1]",
        f"127.0.0.1:{PORT}, evil.example", f"127.0.0.1:{PORT}:{PORT}",
    ],
)  # fmt: skip
def test_a_rebound_name_is_refused_even_with_the_session(app, guard, cookie, host, echo):
    assert refusal(ask(app, "/", ("Host", host), cookie)) == 421
    assert refusal(ask(app, f"/?token={guard.key}", ("Host", host))) == 421
    assert echo.reached == []


def test_a_request_needs_one_host(app, cookie):
    assert refusal(ask(app, "/", cookie)) == 421
    assert refusal(ask(app, "/", HOST, HOST, cookie)) == 400


def test_another_address_answers_to_itself_only():
    far = Guard("192.168.7.7", PORT)
    assert far.knows_host(f"192.168.7.7:{PORT}")
    assert not far.knows_host(f"127.0.0.1:{PORT}")
    every = Guard("0.0.0.0", PORT)
    # A plain address cannot be rebound by a name server; a name other than the machine's own could.
    assert every.knows_host(f"10.1.2.3:{PORT}")
    assert every.knows_host(f"{socket.gethostname()}:{PORT}")
    assert not every.knows_host(f"evil.example:{PORT}")
    assert Guard("::", PORT).knows_host(f"[fe80::1]:{PORT}")
    assert "0.0.0.0" not in every.address


@pytest.mark.parametrize(
    ("host", "near"), [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True),
                       ("0.0.0.0", False), ("::", False), ("192.168.0.1", False), ("example.org", False), ("", False)]
)  # fmt: skip
def test_what_is_reached_from_this_machine_only(host, near):
    assert is_loopback(host) == near
    assert is_open(host) == (host in ("0.0.0.0", "::", ""))


# -- where it comes from ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_needs_the_form_token(app, cookie, form, guard, method, echo):
    assert refusal(ask(app, "/api/edits", HOST, cookie, method=method)) == 403
    for wrong in ("", guard.key, form[1][:-1], form[1] + "x", "é"):
        assert refusal(ask(app, "/api/edits", HOST, cookie, (form[0], wrong), method=method)) == 403
    assert refusal(ask(app, f"/api/edits?X-Usephase-Token={form[1]}", HOST, cookie, method=method)) == 403
    assert echo.reached == []
    assert ask(app, "/api/edits", HOST, cookie, form, ORIGIN, HERE, method=method).status == 200
    assert ask(app, "/api/edits", HOST, cookie, form, method=method).status == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", f"http://127.0.0.1:{PORT + 1}", f"https://127.0.0.1:{PORT}", "http://127.0.0.1",
     f"http://localhost:{PORT}", f"http://127.0.0.1:{PORT}.evil.example", "", f"http://127.0.0.1:{PORT}/"],
)  # fmt: skip
def test_a_write_from_another_origin_is_refused(app, cookie, form, guard, origin, echo):
    assert refusal(ask(app, "/api/edits", HOST, cookie, form, ("Origin", origin), method="PUT")) == 403
    key = ("Authorization", f"Bearer {guard.key}")
    assert refusal(ask(app, "/api/edits", HOST, key, ("Origin", origin), method="PUT")) == 403
    assert echo.reached == []


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none-of-these"])
def test_a_write_that_the_browser_marks_as_foreign_is_refused(app, cookie, form, site, echo):
    mark = ("Sec-Fetch-Site", site)
    assert refusal(ask(app, "/api/edits", HOST, cookie, form, mark, method="POST")) == 403
    navigation = (("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"))
    assert refusal(ask(app, "/api/edits", HOST, cookie, form, mark, *navigation, method="POST")) == 403
    assert echo.reached == []


def test_another_port_s_page_may_link_here_but_not_read_or_embed(app, cookie, echo):
    """Browsers send the cookie along from other ports of this machine: to them that is the same site."""
    near = ("Sec-Fetch-Site", "same-site")
    for mode, kind in (("no-cors", "script"), ("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe")):
        marks = (("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", kind))
        assert refusal(ask(app, "/api/catalog", HOST, cookie, near, *marks)) == 403
    assert echo.reached == []
    link = (("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"))
    assert ask(app, "/catalog", HOST, cookie, near, *link).status == 200


def test_a_read_with_a_foreign_origin_is_refused(app, cookie):
    assert refusal(ask(app, "/api/catalog", HOST, cookie, ("Origin", "https://evil.example"))) == 403


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PATCH", "BREW"])
def test_no_other_method_passes(app, cookie, form, method, echo):
    answered = ask(app, "/api/edits", HOST, cookie, form, method=method)
    assert refusal(answered) == 405
    assert "access-control-allow-origin" not in answered.headers
    assert echo.reached == []


# -- size and time ----------------------------------------------------------------------------------------------


def test_a_body_up_to_the_limit_arrives_whole(app, cookie, form, echo):
    body = [b"a" * 1500, b"", b"b" * 500]
    assert ask(app, "/api/x", HOST, cookie, form, method="PUT", body=body).body == b"a" * 1500 + b"b" * 500


@pytest.mark.parametrize("told", [(), (("Content-Length", "2001"),), (("Content-Length", "5"),)])
def test_a_larger_body_is_refused_whatever_length_it_claims(app, cookie, form, told, echo):
    body = [b"a" * 1000, b"b" * 1000, b"c"]
    answered = ask(app, "/api/x", HOST, cookie, form, *told, method="PUT", body=body)
    assert refusal(answered) == 413
    assert answered.headers["connection"] == "close"
    assert echo.reached == []


@pytest.mark.parametrize("length", ["-1", "+5", "1e3", "²", " ", "9" * 30])
def test_a_length_that_is_none_is_refused(app, cookie, form, length):
    answered = ask(app, "/api/x", HOST, cookie, form, ("Content-Length", length), method="PUT", body=b"x")
    assert refusal(answered) == 400


def test_a_body_that_does_not_arrive_is_not_waited_for(app, cookie, form, echo):
    answered = ask(app, "/api/x", HOST, cookie, form, method="PUT", body=[b"a", None])
    assert refusal(answered) == 408
    assert refusal(ask(app, "/api/x", HOST, cookie, form, method="PUT", body=[])) == 400
    assert echo.reached == []


# -- what every answer carries ----------------------------------------------------------------------------------


def test_every_answer_tells_the_browser_to_run_nothing_else(app, cookie, form, guard):
    answers = [
        ask(app, "/", HOST, cookie), ask(app, "/", HOST), ask(app, "/", ("Host", "x")),
        ask(app, f"/?token={guard.key}", HOST), ask(app, "/", HOST, cookie, method="POST"),
    ]  # fmt: skip
    assert [answered.status for answered in answers] == [200, 401, 421, 200, 403]
    for answered in answers:
        policy = dict(
            part.strip().partition(" ")[::2] for part in answered.headers["content-security-policy"].split(";")
        )
        assert policy == {
            "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:",
            "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
        }  # fmt: skip
        assert answered.headers["x-content-type-options"] == "nosniff"
        assert answered.headers["referrer-policy"] == "no-referrer"
        assert answered.headers["cache-control"] == "no-store"
        assert answered.headers["x-frame-options"] == "DENY"
        assert answered.headers["cross-origin-resource-policy"] == "same-origin"
        assert answered.headers["cross-origin-opener-policy"] == "same-origin"


def test_only_http_is_spoken(echo, guard):
    """A websocket is not bound by the same origin: it is not opened at all."""
    messages = []

    async def send(message):
        messages.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    asyncio.run(Secured(echo, guard)({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert [message["type"] for message in messages] in ([], ["websocket.close"])
    assert echo.reached == []


def test_a_port_that_is_taken_is_said():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port}: cannot listen.*--port"):
            listen("127.0.0.1", port)
    with pytest.raises(CommandError, match="cannot listen"):
        listen("203.0.113.1", 0)
