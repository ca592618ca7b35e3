"""What is kept: two windows on one catalog, answers that do not come, saves that fail and are tried again."""

import errno
import itertools
import json
import os
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.browser.desk import served
from tests.browser.devtools import Browser
from usephase.catalog.init import write_starter
from usephase.report.language import language

pytestmark = pytest.mark.browser

RATE = {"table": "modes", "row": "product=DRILL;mode=drilling", "column": "rate"}
NAME = {"table": "products", "row": "product=VACUUM", "column": "name"}
WORDS = language()
NO_ANSWER = """
window.real = fetch; window.tries = 0;
window.fetch = (address, asked) => {
  window.tries += asked?.method === 'POST' ? 1 : 0;
  return Promise.reject(new TypeError('no answer'));
}"""


@pytest.fixture
def catalog(tmp_path):
    write_starter(tmp_path / "starter")
    return tmp_path / "starter"


@pytest.fixture
def desk(catalog):
    with served(catalog, catalog.parent / "results") as desk:
        yield desk


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    """Two windows; each test opens its own workbench in them."""
    both = [Browser(tmp_path_factory.mktemp("profile")) for _ in range(2)]
    yield both
    for browser in both:
        browser.close()


def open_cell(desk, browser, cell):
    browser.open(f"{desk.base}/?token={desk.guard.key}")
    browser.open(f"{desk.base}/cell?{urlencode(cell)}")


def write(browser, text):
    browser.type("[data-first]", text)
    browser.wait("document.querySelector('#judged .good')")
    browser.click("[data-keep]")


def pending(desk):
    return {one["column"]: one["text"] for one in desk.ask("/edits")["edits"]}


@pytest.mark.parametrize(("choice", "left"), [("mine", "315 +/- 10%"), ("theirs", "300"), ("", "300")])
def test_the_later_of_two_windows_is_asked(desk, windows, choice, left):
    first, second = windows
    for browser in windows:
        open_cell(desk, browser, RATE)
    write(first, "300")
    first.wait("location.pathname === '/changes'")
    write(second, "*0.9")
    second.wait("document.querySelector('#conflict[open]')")
    told = second.text("#conflict")
    for text in (
        WORDS("conflict.title"),
        WORDS("conflict.lead"),
        "*0.9 → 315 +/- 10%",
        "300",
        "modes rate",
        RATE["row"],
    ):
        assert text in told
    assert pending(desk) == {"rate": "300"}
    second.click(f'#conflict button[value="{choice}"]')
    if choice:
        second.wait("location.pathname === '/changes'")
    else:
        second.wait("document.querySelector('[data-refusal] .problems')?.innerText.includes('changed meanwhile')")
        assert second.run("document.querySelector('[data-first]').value") == "*0.9"
    assert pending(desk) == {"rate": left}


def test_two_windows_with_different_cells_keep_both(desk, windows):
    first, second = windows
    open_cell(desk, first, RATE)
    open_cell(desk, second, NAME)
    write(first, "300")
    first.wait("location.pathname === '/changes'")
    write(second, "Cleaner")
    second.wait("location.pathname === '/changes'")
    assert pending(desk) == {"rate": "300", "name": "Cleaner"}
    second.wait("document.querySelector('main table')?.innerText.includes('300')")
    # The first window does not know of the second edit: it does not drop what it does not show.
    first.wait("document.documentElement.dataset.ready === 'yes'")
    first.click("[data-drop-all]")
    first.wait("document.querySelector('#preview .problems')?.innerText.includes('another window')")
    assert pending(desk) == {"rate": "300", "name": "Cleaner"}


def test_without_an_answer_nothing_is_written_and_the_text_is_kept_for_another_try(desk, windows):
    desk.ask("/edits", {"edits": [{**NAME, "text": "Cleaner"}]})
    browser = windows[0]
    open_cell(desk, browser, RATE)
    browser.type("[data-first]", "300")
    browser.wait("document.querySelector('#judged .good')")
    browser.run(NO_ANSWER)
    browser.click("[data-keep]")
    browser.wait("document.querySelector('[data-refusal] .problems')?.innerText.includes('does not answer')")
    assert browser.run("window.tries") == 2
    assert browser.run("document.querySelector('[data-first]').value") == "300"
    assert pending(desk) == {"name": "Cleaner"}
    browser.run("window.fetch = window.real")
    browser.click("[data-keep]")
    browser.wait("location.pathname === '/changes'")
    assert pending(desk) == {"name": "Cleaner", "rate": "300"}


def test_reading_fails_and_other_edits_stay(desk, windows):
    """Whatever the page cannot read, it sends no list that would take the place of the others' edits."""
    desk.ask("/edits", {"edits": [{**NAME, "text": "Cleaner"}]})
    browser = windows[0]
    open_cell(desk, browser, RATE)
    fails = (
        "window.real = fetch; window.fetch = (a, o) => (o?.method ?? 'GET') === 'GET' && String(a).startsWith('/api')"
    )
    browser.run(f"{fails} ? Promise.reject(new TypeError('no answer')) : real(a, o)")
    write(browser, "300")
    browser.wait("location.pathname === '/changes'")
    assert pending(desk) == {"name": "Cleaner", "rate": "300"}


def test_a_save_over_two_files_that_fails_is_tried_again_from_the_page(desk, windows, catalog, monkeypatch):
    """The drill takes 350 W: nine tenths are 315 W, once."""
    desk.ask("/edits", {"edits": [{**RATE, "text": "*0.9"}, {**NAME, "text": "Cleaner"}]})
    before = {file.name: file.read_bytes() for file in catalog.iterdir()}
    browser = windows[0]
    browser.open(f"{desk.base}/?token={desk.guard.key}")
    browser.open(f"{desk.base}/changes?to=files")
    browser.click("[data-preview]")
    renames, replace = itertools.count(1), Path.replace

    def second_fails(spare, target):
        if next(renames) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(spare, target)

    monkeypatch.setattr(Path, "replace", second_fails)
    for fails in (True, False):
        browser.click("[data-save]")
        browser.wait("document.querySelector('#confirm[open]')")
        browser.click('#confirm button[value="yes"]')
        if fails:
            browser.wait("document.querySelector('#preview .problems')?.innerText.includes('no space left')")
            assert {file.name: file.read_bytes() for file in catalog.iterdir()} == before
    browser.wait("location.pathname === '/catalog'")
    assert b",315 +/- 10%," in (catalog / "modes.csv").read_bytes()
    assert b"Cleaner" in (catalog / "products.csv").read_bytes()
    assert pending(desk) == {}


@pytest.mark.parametrize(("choice", "left"), [("mine", {"rate": "315 +/- 10%"}), ("theirs", {})])
def test_a_cell_that_changed_in_its_file_is_asked_about(desk, windows, catalog, choice, left):
    desk.ask("/edits", {"edits": [{**RATE, "text": "*0.9"}]})
    file = catalog / "modes.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("350 +/- 10%", "400 +/- 10%"), encoding="utf-8")
    browser = windows[0]
    browser.open(f"{desk.base}/?token={desk.guard.key}")
    browser.open(f"{desk.base}/changes?to=files")
    assert WORDS("conflict.stale", base="350 +/- 10%", now="400 +/- 10%") in browser.text("main table")
    browser.click("[data-preview]")
    browser.wait("document.querySelector('#conflict[open]')")
    browser.run("window.before = true")
    browser.click(f"#conflict button[value={json.dumps(choice)}]")
    browser.wait("!window.before && document.readyState === 'complete'")
    assert pending(desk) == left
    assert "400 +/- 10%" in file.read_text(encoding="utf-8")
