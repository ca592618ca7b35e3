"""How a browser comes into the workbench, and what must not keep its owner out."""

import webbrowser

import pytest

from tests.browser.desk import served
from tests.browser.devtools import Browser
from usephase.catalog.init import write_starter
from usephase.serve.opening import open_browser

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(tmp_path):
    write_starter(tmp_path / "starter")
    with served(tmp_path / "starter", tmp_path / "results") as desk:
        yield desk


@pytest.fixture
def browser(tmp_path):
    browser = Browser(tmp_path / "profile")
    yield browser
    browser.close()


def test_the_file_that_is_opened_leads_to_a_session_without_the_key(desk, browser, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    with open_browser(desk.guard.address):
        [address] = opened
        assert desk.guard.key not in address
        browser.open(address)
    assert browser.run("location.href") == f"{desk.base}/"
    assert browser.text("main h1")
    assert desk.guard.key not in browser.run("document.documentElement.outerHTML")


def test_foreign_cookies_lock_nobody_out(desk, browser):
    browser.open(f"{desk.base}/?token={desk.guard.key}")
    for cookie in ('theme={"a":1}', "lang=en US", "a=b=c", "flag", 'q="x', "usephase=1"):
        # Pages of other ports of this machine set them: browsers do not tell ports apart.
        browser.run(f"document.cookie = {cookie!r} + '; path=/'")
    for path in ("/", "/catalog", "/changes"):
        browser.open(f"{desk.base}{path}")
        assert browser.text("main h1"), path
    assert browser.console == []
