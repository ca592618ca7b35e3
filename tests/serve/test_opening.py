"""The browser is opened by way of a file of its owner's: no process is started with the key."""

import re
import webbrowser
from pathlib import Path
from urllib.request import url2pathname

import pytest

from usephase.serve.opening import open_browser
from usephase.serve.security import Guard


def test_the_key_is_in_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    guard = Guard()
    with open_browser(guard.address):
        (address,) = opened
        assert guard.key not in address
        page = Path(url2pathname(address.removeprefix("file://")))
        assert page.stat().st_mode & 0o077 == 0
        assert page.parent.stat().st_mode & 0o077 == 0
        assert re.search(r"url=([^\"]+)", page.read_text(encoding="utf-8"))[1] == guard.address  # type: ignore[index]
    assert not page.exists()
