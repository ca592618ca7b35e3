"""A catalog whose names are written to do harm: every view shows them as text, nothing is executed."""

import json
from urllib.parse import urlencode

import pytest

from tests.browser.desk import served
from tests.reference.folder import write_catalog

pytestmark = pytest.mark.browser

HARM = "(document.title='executed',alert(1))"
# Keys of rows cannot hold `;` and `=`; names, families and sources can.
NAMES = [
    "<script>document.write('executed'),alert(1)</script>", "\"><b>bold</b><iframe>",
    "../../etc/passwd", "..", "a/b\\c%2F?x&name#y", "{{ 7*7 }} ${7*7} {% x %}", "🪚 “säge”:ж:`x`", "modes:x:rate",
    "javascript:alert(1)",
]  # fmt: skip
KEY = "<b>mode</b>'\"&amp,"
TEXTS = [f"<img src=x onerror=\"{HARM}\">", f"<svg onload=\"{HARM}\">'\"&amp;", "=cmd()|' /C calc'!A0",
         f"<script>{HARM};</script>", f"</textarea></title><iframe srcdoc=\"<script>{HARM}</script>\">"]  # fmt: skip
EVIL = TEXTS[1]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    settings = {"catalog": {"name": EVIL, "company": EVIL, "reporting_year": 2024},
                "monte_carlo": {"draws": 64, "seed": 3}}  # fmt: skip
    tables = {
        "products": [{"product": name, "name": TEXTS[i % len(TEXTS)], "family": TEXTS[(i + 1) % len(TEXTS)],
                      "use_profile": KEY, "lifetime": KEY, "source": EVIL} for i, name in enumerate(NAMES)],
        "modes": [{"product": name, "mode": KEY, "carrier": "electricity", "rate": "200 +/- 10%", "rate_unit": "W",
                   "source": EVIL} for name in NAMES],
        "use_profiles": [{"use_profile": KEY, "mode": KEY, "amount": "240", "amount_unit": "h/year"}],
        "lifetimes": [{"lifetime": KEY, "distribution": "fixed", "mean": "5", "unit": "year"}],
        "sales": [{"product": name, "region": "XX", "year": "2024", "units": "1000"} for name in NAMES],
        "grid": [{"zone": "XX", "scenario": "trend_10y", "year": str(year), "intensity": "0.45 +/- 5%"}
                 for year in (2020, 2040)],
        "zones": [{"zone": "XX", "loss": "0.05"}],
        "options": [{"option": KEY, "table": "modes", "row": f"product={NAMES[0]};mode={KEY}", "column": "rate",
                     "value": "*0.8"}],
    }  # fmt: skip
    with served(write_catalog(folder / "catalog", settings, tables), folder / "results") as desk:
        yield desk


def harmless(browser, desk):
    """Nothing ran, nothing was loaded from elsewhere, no name became an element."""
    assert browser.console == []
    assert browser.run("document.title").endswith("· usephase")
    # The browser's own picture of a date field is such an address; nothing else of the page may be.
    known = (desk.base, "about:", "data:image/svg+xml;base64,")
    assert [address for address in browser.requests if not address.startswith(known)] == []
    assert (
        browser.run("document.querySelectorAll('main img, main iframe, [onload], [onerror], main script').length") == 0
    )
    assert browser.run("document.scripts.length") == 1


@pytest.mark.parametrize("path", ["/", "/catalog", "/catalog?search=alert", "/catalog/products", "/catalog/modes",
                                  "/catalog/options", "/decide", "/compare", "/ranking", "/track", "/runs",
                                  "/changes"])  # fmt: skip
def test_views_show_names_as_text(desk, browser, path):
    browser.open(desk.base + path)
    harmless(browser, desk)
    if path in ("/", "/catalog/products"):
        page = browser.run("document.querySelector('main').textContent")
        assert all(name in page for name in [*NAMES, *TEXTS])


@pytest.mark.parametrize("name", NAMES)
def test_a_product_of_any_name_has_its_desk_and_its_cells(desk, browser, name):
    edit = {f"modes:product={name};mode={KEY}:rate": "*0.5"}
    browser.open(f"{desk.base}/decide?{urlencode({'name': name, **edit})}")
    browser.wait("document.querySelector('.verdict-line.lower')")
    assert browser.run("document.querySelector('.answer h2').textContent").startswith(name)
    assert browser.run("document.querySelectorAll('.knob.moved').length") == 1
    browser.wait("document.querySelector('#why svg')")
    harmless(browser, desk)
    cell = {"table": "modes", "row": f"product={name};mode={KEY}", "column": "rate"}
    browser.open(f"{desk.base}/cell?{urlencode(cell)}")
    assert browser.run("document.querySelector('[data-first]').value") == "200 +/- 10%"
    harmless(browser, desk)


def test_edits_options_and_answers_show_names_as_text(desk, browser):
    rows = [{"table": "modes", "row": f"product={name};mode={KEY}", "column": "rate", "text": "*0.5"}
            for name in NAMES]  # fmt: skip
    rows.append({"table": "products", "row": f"product={NAMES[0]}", "column": "family", "text": TEXTS[0]})
    desk.ask("/edits", {"edits": rows})
    browser.open(f"{desk.base}/changes")
    browser.type("input[name=option]", "<i>new</i>")
    browser.click("[data-preview]")
    browser.wait("document.querySelector('#preview').children.length")
    harmless(browser, desk)
    browser.open(f"{desk.base}/changes?to=files")
    browser.click("[data-preview]")
    browser.wait("document.querySelector('pre.diff .add')")
    assert NAMES[0] in browser.run("document.querySelector('#preview').textContent")
    harmless(browser, desk)
    browser.open(f"{desk.base}/compare?{urlencode({'options': ['base', KEY], 'draws': 64}, doseq=True)}")
    browser.wait("document.querySelector('[data-state=done] table')", seconds=60)
    assert KEY in browser.run("document.querySelector('#options thead').textContent")
    harmless(browser, desk)
    desk.ask("/edits", method="DELETE")


def test_a_run_of_it_is_shown_and_its_report_runs_nothing(desk, browser):
    browser.open(f"{desk.base}/")
    browser.click("form[data-job=run] button.main")
    browser.wait("location.pathname.startsWith('/runs/') && document.querySelector('#total')", seconds=60)
    assert all(name in browser.run("document.querySelector('main').textContent") for name in NAMES)
    harmless(browser, desk)


def test_hostile_addresses_are_answered_with_text(desk, browser):
    for path in (f"/catalog?{urlencode({'search': EVIL})}", f"/decide?{urlencode({'name': EVIL})}",
                 f"/cell?{urlencode({'table': EVIL, 'row': EVIL, 'column': EVIL})}",
                 f"/catalog/modes?{urlencode({'cell': '//example.org/'})}",
                 f"/compare?{urlencode({'product': EVIL, 'options': NAMES[0], 'draws': EVIL})}",
                 "/guide/..%2f..%2fpyproject", "/static/x/..%2fpages.py", "/runs/..%2f.."):  # fmt: skip
        browser.run(f"fetch({json.dumps(path)}).then((answer) => answer.text()).then((text) => {{"
                    " const page = new DOMParser().parseFromString(text, 'text/html');"
                    " if (page.querySelector('main img, main [onload], main [onerror], main script, base'))"
                    " throw new Error('executable') })")  # fmt: skip
    assert browser.run("document.title").endswith("· usephase")
