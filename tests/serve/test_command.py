"""The command: what it prints, whom it warns, and that it ends when it is told to."""

import http.client
import json
import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from tests.serve.build import small_catalog
from usephase.cli import main


@pytest.fixture
def served(monkeypatch):
    """What would have been served, instead of serving it."""
    seen = []

    def serve(workbench, guard, bound):
        seen.append((workbench, guard, bound.getsockname()))
        bound.close()
        workbench.close()

    monkeypatch.setattr("usephase.serve.app.serve", serve)
    return seen


def run(*arguments):
    return CliRunner().invoke(main, ["serve", *map(str, arguments)])


def test_the_address_is_printed_with_the_key_and_only_this_machine_is_served(tmp_path, served):
    done = run(small_catalog(tmp_path), "--port", 0, "--results", tmp_path / "results")
    assert done.exit_code == 0, done.output
    [(bench, guard, (host, port))] = served
    assert done.stdout == f"http://127.0.0.1:{port}/?token={guard.key}\n"
    assert (host, guard.port) == ("127.0.0.1", port)
    assert "WARNING" not in done.stderr
    assert bench.runs.results == tmp_path / "results"


def test_another_address_is_warned_of_loudly(tmp_path, served):
    done = run(small_catalog(tmp_path), "--port", 0, "--host", "0.0.0.0", "--quiet")
    assert done.exit_code == 0
    assert "WARNING: listening at 0.0.0.0" in done.stderr
    assert "not encrypted" in done.stderr


def test_json_and_a_browser(tmp_path, served, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    done = run(small_catalog(tmp_path), "--port", 0, "--json", "--open")
    told = json.loads(done.stdout)
    assert told["catalog"] == "Small things"
    assert "token" in told["address"]
    assert [address.partition(":")[0] for address in opened] == ["file"]  # with the key in it, not in its address


def test_a_catalog_that_is_refused_is_not_served(tmp_path, served):
    path = small_catalog(tmp_path)
    (path / "sales.csv").unlink()
    done = run(path, "--port", 0)
    assert done.exit_code == 3
    assert "sales.csv" in done.output
    assert served == []


def test_the_start_of_other_commands_loads_no_server():
    code = "import sys, usephase.cli; print(sorted({'fastapi', 'uvicorn', 'starlette', 'jinja2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_real_server_answers_its_own_and_ends_when_interrupted(tmp_path):
    code = "from usephase.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", str(small_catalog(tmp_path)), "--port", "0", "--json", "--quiet"]
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\ncat /proc/[0-9]*/cmdline >"{opened}.every" 2>&-\necho "$@" >"{opened}"\n')
    browser.chmod(0o755)
    with subprocess.Popen(
        [*command, "--open"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "BROWSER": f"{browser} %s"},
    ) as process:  # fmt: skip
        lines = [process.stdout.readline() for _ in range(4)]
        address = urlsplit(json.loads("".join(lines))["address"])
        try:
            seen = {}
            for name, headers in {
                "stranger": {}, "script": {"Authorization": f"Bearer {address.query.partition('=')[2]}"},
                "rebound": {"Host": "evil.example"},
            }.items():  # fmt: skip
                connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
                connection.request("GET", "/api/catalog", headers=headers)
                answer = connection.getresponse()
                seen[name] = answer.status
                body = answer.read()
                if name == "script":
                    assert json.loads(body)["name"] == "Small things"
                assert answer.getheader("server") is None
                connection.close()
        finally:
            process.send_signal(signal.SIGINT)
            errors = process.communicate(timeout=30)[1]
    assert opened.read_text().startswith("file://")
    key = address.query.partition("=")[2]
    assert key not in opened.read_text() + opened.with_suffix(".every").read_bytes().decode(errors="replace")
    assert seen == {"stranger": 401, "script": 200, "rebound": 421}
    assert process.returncode in (0, 130)
    assert "Traceback" not in errors
