"""What the tests of the workbench share: a browser with a session at the module's desk."""

import pytest

from tests.browser.devtools import Browser


@pytest.fixture(scope="module")
def browser(desk, tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    browser.open(f"{desk.base}/?token={desk.guard.key}")
    yield browser
    browser.close()
