"""Connections that say nothing, or little, keep nobody out, and end."""

import http.client
import socket
import time
from contextlib import ExitStack

import pytest

from tests.browser.desk import served
from tests.serve.build import small_catalog
from usephase.serve import connections

SECONDS = 0.5


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", SECONDS)
    with served(small_catalog(tmp_path), tmp_path / "results") as desk:
        yield desk


def ask(desk, times=1, body=None):
    """Ask as the owner over one connection; gives the statuses."""
    connection = http.client.HTTPConnection("127.0.0.1", desk.guard.port, timeout=20)
    seen = []
    for _ in range(times):
        connection.request("GET", "/api/edits", headers={"Authorization": f"Bearer {desk.guard.key}"})
        answer = connection.getresponse()
        answer.read()
        seen.append(answer.status)
    connection.close()
    return seen


def reached(stack, desk, first=b""):
    made = stack.enter_context(socket.create_connection(("127.0.0.1", desk.guard.port), timeout=20))
    if first:
        made.sendall(first)
    return made


def ends(connection, seconds, drip=b""):
    """Tell after how many seconds a connection is closed, while something drips into it."""
    started = time.monotonic()
    connection.settimeout(0.05)
    while time.monotonic() - started < seconds:
        try:
            if drip:
                connection.sendall(drip)
            if not connection.recv(1 << 16):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    else:
        pytest.fail(f"open after {seconds} s")
    return time.monotonic() - started


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1"], ids=["silent", "begun"])
def test_many_idle_connections_do_not_keep_the_owner_out(desk, first, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 60.0)
    with ExitStack() as stack:
        for _ in range(120):
            reached(stack, desk, first)
        assert ask(desk, times=3) == [200, 200, 200]


def test_many_answered_connections_do_not_keep_the_owner_out(desk):
    """Strangers who are told 401 and stay."""
    with ExitStack() as stack:
        for _ in range(120):
            reached(stack, desk, f"GET /api/edits HTTP/1.1\r\nHost: 127.0.0.1:{desk.guard.port}\r\n\r\n".encode())
        assert ask(desk, times=3) == [200, 200, 200]


@pytest.mark.parametrize(
    ("first", "drip"),
    [(b"", b""), (b"GET /", b""), (b"GET / HTTP/1.1\r\n", b"a: b\r\n"), (b"POST /x HTTP/1.1\r\nHost: x\r\n", b"c")],
    ids=["silent", "begun", "loris", "long name"],
)
def test_a_head_that_does_not_come_is_not_waited_for(desk, first, drip):
    with ExitStack() as stack:
        assert SECONDS / 2 < ends(reached(stack, desk, first), 10 * SECONDS, drip) < 6 * SECONDS


def test_the_rest_of_a_refused_request_is_not_waited_for(desk):
    head = f"POST /api/edits HTTP/1.1\r\nHost: 127.0.0.1:{desk.guard.port}\r\nContent-Length: 100000\r\n\r\n"
    with ExitStack() as stack:
        connection = reached(stack, desk, head.encode())
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 401")
        ends(connection, 10 * SECONDS, b"x")


def test_the_next_head_on_a_connection_has_to_come_too(desk):
    with ExitStack() as stack:
        connection = reached(stack, desk, f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{desk.guard.port}\r\n\r\n".encode())
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 401")
        connection.sendall(b"GET / HTTP/1.1\r\n")
        ends(connection, 10 * SECONDS, b"a: b\r\n")


def test_a_request_that_takes_longer_than_a_head_may_is_answered(desk, monkeypatch):
    plain = type(desk.workbench).edits.fget

    def slowly(self):
        time.sleep(2 * SECONDS)
        return plain(self)

    monkeypatch.setattr(type(desk.workbench), "edits", property(slowly))
    assert ask(desk, times=2) == [200, 200]
