"""The decision page: a study of a drill by mouse and by keyboard alone, its numbers those of the API."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.browser.desk import served
from tests.browser.devtools import Browser
from usephase.report.language import language
from usephase.report.rounding import place

pytestmark = pytest.mark.browser

CATALOG = Path(__file__).parents[1] / "cases" / "drill"
WORDS = language()
CHARGER = {"table": "modes", "row": "product=DRILL;mode=charger", "column": "rate"}
EFFICIENCY = {"table": "modes", "row": "product=DRILL;mode=drilling", "column": "efficiency"}
SEEN = "document.querySelector('#flip svg') && document.querySelector('#why').getAttribute('aria-busy') === 'false'"
LIGHT_BYTES = 400_000


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with served(CATALOG, tmp_path_factory.mktemp("results")) as desk:
        yield desk


@pytest.fixture(autouse=True)
def quiet(desk, browser):
    desk.ask("/edits", method="DELETE")
    browser.shape(1280, 900)
    browser.console.clear()
    yield
    assert browser.console == []
    assert all(address.startswith((desk.base, "data:", "about:")) for address in browser.requests)


def name_of(cell):
    return ":".join(cell.values())


def field(cell):
    return f'.write[name="{name_of(cell)}"]'


def difference(answer, per="unit"):
    """Give a difference, and the place that its own interval has it written at."""
    change = answer["amounts"][per]["difference"]
    return change["mean"], place(change["p2_5"], change["p97_5"], change["mean"])


def test_a_study_by_mouse_has_the_numbers_of_the_api(desk, browser):
    browser.open(f"{desk.base}/decide/DRILL")
    browser.wait("document.querySelector('[data-lead]')")
    leading = browser.run("[...document.querySelectorAll('.cells > .knob .write')].map((f) => f.name)")
    cells = [":".join(one[key] for key in ("table", "row", "column"))
             for one in desk.ask("/influences", product="DRILL")["influences"]]  # fmt: skip
    assert len(leading) == 8
    assert set(leading) <= set(cells[:12])
    # The charger of the saved option, and a better motor of one's own.
    listed = browser.run("[...document.querySelector('[data-start]').options].map((o) => o.value)")
    start = next(value for value in listed if "charger" in value and "lifetimes" not in value)
    browser.open(desk.base + start)
    browser.wait(SEEN)
    edits = [{**CHARGER, "text": "*0.4"}, {**EFFICIENCY, "text": "+0.05"}]
    answer = desk.ask("/what-if", {"product": "DRILL", "edits": edits})
    mean, last = difference(answer)
    lead = browser.text(".lead-sentence")
    assert f"{WORDS.number(abs(mean), last)} kg" in lead
    assert "less, in all 2,048 draws" in lead
    why = desk.ask("/why", {"product": "DRILL", "edits": edits})
    assert sum(one["mean"] for one in why["contributions"]) == pytest.approx(mean, rel=1e-9)
    share = why["contributions"][0]["mean"] / mean
    assert lead.endswith(f"charger makes {WORDS.percent(share)} of it")
    bars = browser.run("[...document.querySelectorAll('#why svg a')].map((a) => a.getAttribute('href'))")
    assert bars == [f"/cell?{urlencode(dict(zip(('table', 'row', 'column'), one['cells'][0], strict=True)))}"
                    for one in why["contributions"]]  # fmt: skip
    over = browser.run("document.querySelector('[name=over]').value").split(":")
    curve = desk.ask("/curve", {"product": "DRILL", "edits": edits,
                                "over": dict(zip(("table", "row", "column"), over, strict=True))})  # fmt: skip
    rows = browser.run("[...document.querySelectorAll('#flip tbody tr')].map((r) => r.children[0].textContent)")
    assert rows == [WORDS.plain(value) for value in curve["values"]]
    # A bar opens its cell, with its source beside it.
    browser.click("#why svg a")
    browser.wait("document.querySelector('dialog#panel[open] [data-first]')")
    assert browser.run("document.querySelector('#cell-title').textContent").startswith("rate")


def test_a_study_by_keyboard_alone(desk, browser):
    browser.open(f"{desk.base}/decide/DRILL")
    browser.wait("document.querySelector('[data-lead]')")
    browser.run("document.querySelector('.cells .slide').focus()")
    for _ in range(5):
        browser.key("ArrowLeft", 37)
    browser.wait(SEEN)
    name, text = browser.run("[...document.querySelectorAll('.write')].filter((f) => f.value !== f.dataset.default)"
                             ".map((f) => [f.name, f.value])[0]")  # fmt: skip
    table, rest = name.split(":", 1)
    row, column = rest.rsplit(":", 1)
    edits = [{"table": table, "row": row, "column": column, "text": text}]
    answer = desk.ask("/what-if", {"product": "DRILL", "edits": edits})
    shown = float(browser.run("document.querySelector('[data-figure=edited]').dataset.value"))
    assert shown == pytest.approx(answer["amounts"]["unit"]["edited"]["mean"], rel=1e-12)
    # What a screen reader hears is the sentence.
    assert browser.run("document.querySelector('#told').textContent") == browser.text(".lead-sentence")
    # The bar is reached and opened with the keyboard.
    browser.run("document.querySelector('#why svg a').focus()")
    browser.key("Enter", 13, "\r")
    browser.wait("document.querySelector('dialog#panel[open] [data-first]')")
    browser.key("Escape", 27)
    browser.wait("!document.querySelector('dialog#panel[open]')")


def test_break_even_budget_and_segments_are_those_of_the_api(desk, browser):
    asked = {name_of(CHARGER): "*0.4", name_of(EFFICIENCY): "+0.05", "over": name_of(CHARGER), "budget": "12"}
    browser.open(f"{desk.base}/decide/DRILL?{urlencode(asked)}")
    browser.wait(SEEN)
    edits = [{**CHARGER, "text": "*0.4"}, {**EFFICIENCY, "text": "+0.05"}]
    curve = desk.ask("/curve", {"product": "DRILL", "edits": edits, "over": CHARGER})
    low, middle, high = curve["break_even"]
    assert curve["side"] == "edited"
    assert low < middle < high
    even = WORDS.amount(middle, low, high, "W")
    assert f"equal where it is {even}" in browser.text("[data-even]")
    assert f"even at {even}" in browser.run("document.querySelector('#flip svg').textContent")
    heads = browser.run("[...document.querySelectorAll('#flip thead th')].map((h) => h.textContent)")
    assert [line["segment"] for line in curve["segments"]] == ["home", "pro"]
    assert [head.split(" [")[0] for head in heads[-2:]] == ["home", "pro"]
    kept = browser.text("[data-budget]")
    assert kept.startswith("The budget of 12 kg CO2e/unit is kept in ")
    # At the break-even, the charger's power makes up for the better motor.
    at = desk.ask("/what-if", {"product": "DRILL", "edits": [{**CHARGER, "text": f"{middle} W"}, edits[1]]})
    assert abs(at["amounts"]["unit"]["difference"]["mean"]) < 0.15
    # The address asks all of it again.
    address = browser.run("location.href")
    browser.open(address)
    browser.wait(SEEN)
    assert browser.text("[data-budget]") == kept


def test_a_design_is_held_against_a_saved_option(desk, browser):
    edits = [{**CHARGER, "text": "*0.4"}, {**EFFICIENCY, "text": "+0.05"}]
    asked = {"against": "better_charger", name_of(CHARGER): "*0.4"}
    browser.open(f"{desk.base}/decide/DRILL?{urlencode(asked)}")
    browser.wait(SEEN)
    answer = desk.ask("/what-if", {"product": "DRILL", "edits": edits[:1], "against": edits})
    mean, last = difference(answer)
    assert mean > 0
    assert f"{WORDS.number(mean, last)} kg" in browser.text(".lead-sentence")
    assert browser.text(".versus").startswith("better_charger")
    # Only what differs is a reason: the charger is the same in both.
    assert browser.run("document.querySelectorAll('#why svg a').length") == 1


def test_a_design_is_kept_as_an_option_once_it_was_looked_at(desk, browser):
    browser.open(f"{desk.base}/decide/DRILL?{urlencode({name_of(CHARGER): '*0.5'})}")
    browser.wait(SEEN)
    browser.type("[data-option-name]", "half_charger")
    browser.click("[data-keep-option]")
    browser.wait("location.pathname === '/changes' && document.querySelector('[name=option]')")
    assert browser.run("document.querySelector('[name=option]').value") == "half_charger"
    assert [edit["text"] for edit in desk.ask("/edits")["edits"]] == ["0.4 */ 1.5"]


@pytest.mark.parametrize("width", [1440, 390])
def test_pictures_are_drawn_for_their_room_and_no_text_is_below_11_px(desk, browser, width):
    browser.shape(width, 900)
    browser.open(f"{desk.base}/decide/DRILL?{urlencode({name_of(CHARGER): '*0.5'})}")
    browser.wait(SEEN)
    sizes = browser.run(
        "[...document.querySelectorAll('#answer svg text, #why svg text, #flip svg text')].map((t) => {"
        " const svg = t.ownerSVGElement; return parseFloat(t.getAttribute('font-size'))"
        " * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width })"
    )
    assert min(sizes) >= 11
    assert browser.run("document.documentElement.scrollWidth") <= width


def test_a_page_weighs_little_without_a_cache(desk, tmp_path):
    window = Browser(tmp_path / "profile", width=1440)
    try:
        window.open(f"{desk.base}/?token={desk.guard.key}")
        window.open(f"{desk.base}/decide/DRILL?{urlencode({name_of(CHARGER): '*0.5'})}")
        window.wait(SEEN)
        bytes_ = window.run(
            "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
            ".reduce((sum, one) => sum + one.decodedBodySize, 0)"
        )
        assert 10_000 < bytes_ < LIGHT_BYTES
    finally:
        window.close()


def test_the_address_that_the_page_had_before_leads_to_it(desk, browser):
    browser.open(f"{desk.base}/product?name=DRILL")
    browser.wait("document.querySelector('[data-lead]')")
    assert browser.run("location.pathname") == "/decide/DRILL"


def test_a_picture_is_taken_along_as_svg_png_and_csv(desk, browser):
    browser.open(f"{desk.base}/decide/DRILL?{urlencode({name_of(CHARGER): '*0.5'})}")
    browser.wait(SEEN)
    browser.run("window.taken = []; URL.createObjectURL = (blob) => { window.taken.push(blob); return '#' };")
    browser.click("#why details.behind summary")
    for form in ("svg", "png", "csv"):
        browser.click(f"#why [data-take={form}]")
        browser.wait("window.taken.length")
        kind, size, text = browser.run("((b) => b.text().then((t) => [b.type, b.size, t]))(window.taken.pop())")
        assert kind.endswith({"svg": "svg+xml"}.get(form, form))
        assert size > 100
        if form == "svg":
            assert "What makes the difference" in text
            assert "class=" not in text
            assert "<a " not in text
        if form == "csv":
            assert text.splitlines()[1].startswith("the catalog as it is,")
