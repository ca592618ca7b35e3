"""A refused input, or one that is not answered yet, has no figure and no verdict beside it, on any page.

And what stands beside an input follows it: sliders, captions and small pictures show what is written now.
"""

import json
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from tests.browser.desk import served
from tests.reference.folder import write_catalog
from usephase.report.language import language

pytestmark = pytest.mark.browser

WORDS = language()
SETTINGS = {"catalog": {"name": "Small", "reporting_year": 2024, "base_year": 2023},
            "monte_carlo": {"draws": 64, "seed": 3}, "grid": {"scenarios": {"flat": 1.0}}}  # fmt: skip
TABLES = {
    "products": [{"product": "DRILL", "use_profile": "home", "lifetime": "ten", "service_mode": "on"}],
    "modes": [{"product": "DRILL", "mode": "on", "carrier": "electricity", "rate": "500 +/- 10%", "rate_unit": "W"}],
    "segments": [{"product": "DRILL", "segment": "home", "share": "0.5"},
                 {"product": "DRILL", "segment": "trade", "share": "0.3", "use_profile": "much"},
                 {"product": "DRILL", "segment": "loan", "share": "pert(0.1, 0.2, 0.3)"}],
    "use_profiles": [{"use_profile": name, "mode": "on", "amount": amount, "amount_unit": "h/year"}
                     for name, amount in (("home", "20"), ("much", "60"))],
    "lifetimes": [{"lifetime": "ten", "distribution": "fixed", "mean": "10"}],
    "sales": [{"product": "DRILL", "region": "Z", "year": year, "units": "1000"} for year in ("2023", "2024")],
    "zones": [{"zone": "Z", "loss": "0.1"}],
    "grid": [{"zone": "Z", "scenario": "flat", "year": "2020", "intensity": "0.4"}],
    "options": [{"option": "small", "table": "modes", "row": "product=DRILL;mode=on", "column": "rate",
                 "value": "*0.8"}],
}  # fmt: skip
HOME, TRADE, LOAN = (f"segments:product=DRILL;segment={name}:share" for name in ("home", "trade", "loan"))
RATE = "modes:product=DRILL;mode=on:rate"
FIGURES = "[data-figure], .verdict-line, .versus, svg, .facts, .good, table"
"""What says something about an input."""
PLACES = "#answer, #why, #flip, #rest"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refused")
    with served(write_catalog(folder / "catalog", SETTINGS, TABLES), folder / "results") as desk:
        yield desk


@pytest.fixture(autouse=True)
def nothing_pending(desk, browser):
    desk.ask("/edits", method="DELETE")
    browser.console.clear()
    yield
    # Refused questions are errors in the browser's log.
    assert [line for line in browser.console if "status of 422" not in line] == []


def product(browser, desk, **edits):
    browser.open(f"{desk.base}/decide?{urlencode({'name': 'DRILL', **edits})}")
    settled(browser)


def settled(browser):
    browser.wait("document.querySelector('#answer').getAttribute('aria-busy') === 'false'")


def write(browser, name, text):
    """Write into a field of the desk, wherever it is folded away, and wait for what is said of it."""
    browser.run(f"{field(name)}.value = {json.dumps(text)};"
                f" {field(name)}.dispatchEvent(new Event('input', {{bubbles: true}}))")  # fmt: skip
    assert browser.run("document.querySelector('#answer').getAttribute('aria-busy')") == "true"
    assert browser.text("[data-brief]") == ""
    settled(browser)


def field(name):
    selector = f'.write[name="{name}"]'
    return f"document.querySelector({json.dumps(selector)})"


def knob(browser, name):
    """Give a cell's text, slider and caption, and whether there is a small picture."""
    root = f"{field(name)}.closest('[data-knob]')"
    return browser.run(
        "((r) => [r.querySelector('.write').value, Number(r.querySelector('.slide').value),"
        " r.querySelector('[data-said]').textContent.trim().replace(/\\u00a0/g, ' '), !!r.querySelector('svg.spark')])"
        f"({root})"
    )


def seen(browser, place, what=FIGURES):
    """Count what a reader sees of figures in a place."""
    return browser.run(
        f"[...document.querySelectorAll({json.dumps(place)})]"
        f".flatMap((p) => [...p.querySelectorAll({json.dumps(what)})])"
        ".filter((e) => e.checkVisibility({visibilityProperty: true})).length"
    )


def test_no_refused_field_of_the_desk_has_a_figure_beside_it(desk, browser):
    product(browser, desk)
    assert seen(browser, "#answer") > 4
    names = browser.run("[...document.querySelectorAll('.write')].map((f) => f.name)")
    assert len(names) > 12
    for name in names:
        before = browser.run(f"{field(name)}.value")
        for text in ("-7", "much", "1 furlong"):
            write(browser, name, text)
            assert seen(browser, PLACES) == 0, (name, text)
            assert browser.text("#answer .problems"), (name, text)
            assert browser.text("[data-brief]") in ("", WORDS("what_if.refused"))
            assert browser.run(f"{field(name)}.getAttribute('aria-invalid')") == "true"
            said = knob(browser, name)
            assert said[2:] == ["", False], (name, text)
        write(browser, name, before)
        assert browser.run(f"{field(name)}.getAttribute('aria-invalid')") == "false"
        assert seen(browser, "#answer") > 4
    assert browser.run("location.search") == ""


@pytest.mark.parametrize(
    "asked", [{HOME: "1"}, {RATE: "0.1 kg"}, {RATE: "400", TRADE: "0"}, {HOME: "0.9", LOAN: "0.9"}]
)
def test_no_refused_address_has_a_figure(desk, browser, asked):
    product(browser, desk, **asked)
    assert browser.text("#answer .problems")
    assert seen(browser, PLACES) == 0
    assert browser.text("[data-brief]") in ("", WORDS("what_if.refused"))


@pytest.mark.parametrize("asked", [{"of": "total:mode=of"}, {"per": "x"}, {"grid_basis": "x"}, {"boundary": "x"}])
def test_a_choice_that_there_is_not_is_the_default_and_shown_as_such(desk, browser, asked):
    product(browser, desk, **asked)
    [name] = asked
    chosen = f"document.querySelector('input[name={name}]:checked')"
    assert browser.run(f"{chosen}.value") == browser.run(f"{chosen}.dataset.default")
    assert browser.run("location.search") == ""


def test_an_edit_that_has_no_field_is_said_to_be_left_out(desk, browser):
    product(browser, desk, **{"modes:product=DRILL;mode=off:rate": "3"})
    assert "modes:product=DRILL;mode=off:rate is no input" in browser.text("main .problems")
    assert "Nothing moved" in browser.text("#answer")


def test_what_is_not_answered_yet_has_no_figure_beside_it(desk, browser):
    product(browser, desk)
    browser.run("window.fetch = () => new Promise(() => {})")  # an answer that never comes
    browser.run(f"{field(RATE)}.value = '*0.5'; {field(RATE)}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    browser.wait("getComputedStyle(document.querySelector('[data-figure]')).visibility === 'hidden'")
    assert seen(browser, PLACES) == 0
    assert browser.text("[data-brief]") == ""
    assert knob(browser, RATE)[2:] == ["", False]


def test_sliders_captions_and_pictures_follow_what_is_written(desk, browser):
    product(browser, desk)
    base = knob(browser, RATE)
    assert base == ["500 +/- 10%", 500, "500 W (450 to 550)", True]
    write(browser, RATE, "400 +/- 5%")
    assert knob(browser, RATE) == ["400 +/- 5%", 400, "400 W (380 to 420)", True]
    write(browser, RATE, "*1.04")
    assert knob(browser, RATE) == ["*1.04", 520, "520 W (468 to 572)", True]
    write(browser, RATE, "900")  # further than the slider went
    assert knob(browser, RATE) == ["900", 900, "900 W", False]
    write(browser, RATE, "500 +/- 10%")
    assert knob(browser, RATE) == base


def test_a_field_and_its_caption_follow_the_slider(desk, browser):
    product(browser, desk)
    slide = f"{field(RATE)}.closest('[data-knob]').querySelector('.slide')"
    browser.run(f"{slide}.value = 475; {slide}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    settled(browser)
    assert knob(browser, RATE) == ["*0.95", 475, "475 W (428 to 522)", True]
    browser.run("document.getElementById('scale').checked = false")
    browser.run(f"{slide}.value = 525; {slide}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    settled(browser)
    assert knob(browser, RATE) == ["525 W", 525, "525 W", False]


def test_a_verdict_of_all_draws_says_of_how_many(desk, browser):
    product(browser, desk)
    for text, said in (("*0.5", "lower than the base in all 2,048 draws."),
                       ("*1.5", "lower than the base in none of 2,048 draws.")):  # fmt: skip
        write(browser, RATE, text)
        assert browser.text(".verdict-line").endswith(said)
    assert browser.text(".verdict-line").startswith("+")


def test_undone_reset_and_come_back_to_all_of_it_follows(desk, browser):
    product(browser, desk)
    base = knob(browser, RATE)
    browser.type(f'.write[name="{RATE}"]', "400 +/- 5%")
    browser.wait(f"{field(RATE)}.closest('[data-knob]').querySelector('[data-said]').innerText.includes('400')")
    browser.run("document.execCommand('undo')")
    settled(browser)
    browser.wait(f"{field(RATE)}.closest('[data-knob]').querySelector('[data-said]').innerText.includes('500')")
    assert knob(browser, RATE) == base
    write(browser, RATE, "400 +/- 5%")
    browser.open(f"{desk.base}/catalog")
    browser.run("history.back()")
    browser.wait("location.pathname === '/decide/DRILL' && document.querySelector('[data-figure]')")
    browser.wait(f"{field(RATE)}.closest('[data-knob]').querySelector('[data-said]').innerText.includes('400')")
    assert knob(browser, RATE) == ["400 +/- 5%", 400, "400 W (380 to 420)", True]
    browser.click("[data-reset]")
    browser.wait("document.querySelector('.versus')?.innerText.includes('Nothing moved')")
    assert knob(browser, RATE) == base


def test_the_other_segments_are_rebalanced(desk, browser):
    product(browser, desk)
    write(browser, HOME, "0.75")
    assert seen(browser, PLACES) == 0
    browser.click("[data-rebalance]")
    browser.wait("document.querySelector('.verdict-line')")
    assert [knob(browser, name)[:2] for name in (HOME, TRADE, LOAN)] == [["0.75", 0.75], ["0.15", 0.15], ["*0.5", 0.1]]
    # 0.75 · 40 + 0.15 · 120 + 0.1 · 40 kg.
    mean = float(browser.run("document.querySelector('[data-figure=edited]').dataset.value"))
    assert mean == pytest.approx(52, rel=0.01)
    address = browser.run("location.href")
    browser.open(address)
    browser.wait("document.querySelector('.verdict-line')")
    assert [knob(browser, name)[0] for name in (HOME, TRADE, LOAN)] == ["0.75", "0.15", "*0.5"]
    # The last ones moved are held: first one follows, then, when all are moved by hand, the one moved longest ago.
    write(browser, TRADE, "0.2")
    assert [knob(browser, name)[0] for name in (HOME, TRADE, LOAN)] == ["0.75", "0.2", "*0.25"]
    write(browser, LOAN, "0.4")
    browser.wait(f"{field(HOME)}.value === '0.4'")
    browser.wait("document.querySelector('.verdict-line')")
    assert [knob(browser, name)[0] for name in (HOME, TRADE, LOAN)] == ["0.4", "0.2", "0.4"]
    # What followed stays when nothing follows any more, and is kept with the rest.
    browser.click("[data-follow]")
    settled(browser)
    assert [knob(browser, name)[0] for name in (HOME, TRADE, LOAN)] == ["0.4", "0.2", "0.4"]
    browser.click("[data-keep-all]")
    browser.wait("location.pathname === '/changes'")
    assert {edit["text"] for edit in desk.ask("/edits")["edits"]} == {"0.4", "0.2"}
    # Each of them would be refused alone: together nothing is wrong.
    assert browser.run("document.querySelectorAll('.problems').length") == 0


def test_the_api_rebalances_when_it_is_asked_to(desk):
    edit = {"table": "segments", "row": "product=DRILL;segment=home", "column": "share", "text": "0.75"}
    with pytest.raises(HTTPError, match="422"):
        desk.ask("/what-if", {"product": "DRILL", "edits": [edit]})
    answer = desk.ask("/what-if", {"product": "DRILL", "edits": [edit], "rebalance": True})
    assert sorted(one["text"] for one in answer["edits"]) == ["*0.5", "0.15", "0.75"]


def test_the_editor_of_a_cell_has_no_figure_beside_what_is_refused(desk, browser):
    cell = {"table": "modes", "row": "product=DRILL;mode=on", "column": "rate"}
    panel = urlencode({"cell": "?" + urlencode(cell)})
    for address, place in ((f"/cell?{urlencode(cell)}", ".judged"), (f"/catalog/modes?{panel}", "dialog .judged")):
        browser.open(desk.base + address)
        browser.wait(f"document.querySelector('{place} svg')")
        for text in ("-3", "350 +/- ten", "3 furlongs"):
            browser.type("[data-first]", text)
            browser.wait(f"document.querySelector('{place} .problems')")
            assert seen(browser, place) == 0
            assert browser.run("document.querySelector('[data-keep]').disabled") is True
        browser.type("[data-first]", "450")
        browser.wait(f"document.querySelector('{place} .good')")
        browser.run("window.fetch = () => new Promise(() => {})")
        browser.type("[data-first]", "460")
        browser.wait(f"getComputedStyle(document.querySelector('{place} .good')).visibility === 'hidden'")
        assert seen(browser, place) == 0


def test_rows_show_what_a_pending_edit_means(desk, browser):
    cell = {"table": "modes", "row": "product=DRILL;mode=on", "column": "rate"}
    for text, meaning, picture in (("400 +/- 5%", "400 W (380 to 420)", 1), ("*0.8", "400 W (360 to 440)", 1),
                                   ("450", "450 W", 0)):  # fmt: skip
        desk.ask("/edits", {"edits": [{**cell, "text": text}]})
        for path in ("/catalog/modes", "/catalog?search=DRILL+on"):
            browser.open(desk.base + path)
            assert browser.text("td.edited .meaning").strip().replace("\xa0", " ") == meaning
            assert browser.run("document.querySelectorAll('td.edited svg.spark').length") == picture


STUDIES = {
    "/compare?options=base&options=small&draws=16": {"draws": "32", "product": "DRILL"},
    "/ranking?method=regression&draws=64": {"draws": "32", "of": "category_11", "method": "sobol"},
    "/diff?a=catalog&b=catalog&draws=16": {"draws": "32"},
    "/track?base_year=2023&draws=16": {"draws": "32", "target_year": "2040"},
}


@pytest.mark.parametrize("address", STUDIES)
def test_an_answer_to_other_settings_is_not_shown(desk, browser, address):
    browser.open(desk.base + address)
    browser.wait("document.querySelector('[data-job-result] [data-state=done]')", seconds=60)
    assert seen(browser, "[data-job-result]") > 0
    for name, text in STUDIES[address].items():
        place = f"document.querySelector('form[data-job] [name={name}]')"
        before = browser.run(f"{place}.value")
        for value, shown in ((text, False), ("1" if name == "draws" else text, False), (before, True)):
            browser.run(f"{place}.value = {json.dumps(value)};"
                        f" {place}.dispatchEvent(new Event('input', {{bubbles: true}}))")  # fmt: skip
            assert (seen(browser, "[data-job-result]") > 0) == shown, (name, value)
            assert (WORDS("what_if.stale") in browser.text("main")) == (not shown)
    # An answer that comes when other settings are there already is not shown either.
    browser.click("form[data-job] button.main")
    browser.run("(() => { const f = document.querySelector('form[data-job] [name=draws]'); f.value = 8;"
                " f.dispatchEvent(new Event('input', {bubbles: true})) })()")  # fmt: skip
    browser.wait("document.querySelector('[data-job-progress]').hidden", seconds=60)
    browser.wait("document.querySelector('[data-job-result] [data-state=done]')")
    assert seen(browser, "[data-job-result]") == 0


def test_an_answer_from_other_pending_edits_is_not_shown(desk, browser):
    cell = {"table": "modes", "row": "product=DRILL;mode=on", "column": "rate"}
    desk.ask("/edits", {"edits": [{**cell, "text": "400"}]})
    browser.open(f"{desk.base}/compare?options=small&draws=16&edited=true")
    assert browser.run("document.querySelector('input[name=edited]').checked") is True
    browser.wait("document.querySelector('[data-job-result] [data-state=done] table')", seconds=60)
    desk.ask("/edits", {"edits": [{**cell, "text": "300"}]})
    browser.open(browser.run("location.href"))
    browser.wait("document.querySelector('[data-job-result] [data-state=done]')")
    assert seen(browser, "[data-job-result]") == 0
    assert WORDS("what_if.changed") in browser.text("main")


def test_a_job_that_is_refused_has_no_figure_beside_it(desk, browser):
    browser.open(f"{desk.base}/compare?options=base&options=small&draws=16")
    browser.wait("document.querySelector('[data-job-result] [data-state=done] table')", seconds=60)
    browser.run("document.querySelector('form[data-job] [name=draws]').removeAttribute('max')")
    browser.type("form[data-job] [name=draws]", "99999999")
    browser.click("form[data-job] button.main")
    browser.wait("document.querySelector('[data-job-result] .problems')")
    assert seen(browser, "[data-job-result]") == 0
