"""The workbench as its readers use it: every view, edits, sliders, long work, exports; numbers as the API has them."""

import csv
import io
import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.browser.desk import served
from usephase.catalog.init import write_starter
from usephase.report.language import language
from usephase.report.rounding import common_place

pytestmark = pytest.mark.browser

RATE = {"table": "modes", "row": "product=DRILL;mode=drilling", "column": "rate"}
DRAWS = "128"
WORDS = language()
DONE = "document.querySelector('[data-job-result] [data-state=done] table')"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workbench") / "starter"
    write_starter(folder)
    return folder


@pytest.fixture(scope="module")
def desk(catalog):
    with served(catalog, catalog.parent / "results") as desk:
        yield desk


@pytest.fixture(autouse=True)
def nothing_pending(desk, browser):
    desk.ask("/edits", method="DELETE")
    browser.console.clear()
    yield
    assert browser.console == []
    assert all(address.startswith((desk.base, "data:", "about:")) for address in browser.requests)


@pytest.fixture(scope="module")
def run(desk, browser):
    """Compute the inventory from the overview; give the id of its run."""
    browser.open(f"{desk.base}/")
    assert "No run yet" in browser.text("main")
    browser.type("input[name=draws]", DRAWS)
    browser.click("form[data-job=run] button.main")
    browser.wait("location.pathname.startsWith('/runs/') && document.querySelector('#total')", seconds=60)
    return desk.ask("/runs")["runs"][0]["run"]


def shown(row, unit="t CO2e"):
    return WORDS.amount(row["mean"], row["p2_5"], row["p97_5"], unit)


def at_one_place(rows, row):
    """Write an amount at the place that a table of these rows has."""
    return WORDS.number(row["mean"], common_place(rows, "best_estimate"))


def cell_link(**cell):
    return f'a[data-cell][href="/cell?{urlencode(cell)}"]'


def test_the_session_s_key_does_not_stay_in_the_address(desk, browser):
    browser.open(f"{desk.base}/?token={desk.guard.key}")
    assert browser.run("location.search") == ""
    assert browser.run("document.cookie") == ""  # scripts cannot read it


def test_every_view_is_a_link_away(desk, browser, run):
    browser.open(f"{desk.base}/")
    for path in browser.run("[...document.querySelectorAll('nav.main a')].map((a) => a.getAttribute('href'))"):
        browser.click(f'nav.main a[href="{path}"]')
        # A product's page has an address of its own.
        browser.wait(f"location.pathname.startsWith({json.dumps(path)}) && document.readyState === 'complete'")
        browser.wait("document.documentElement.dataset.ready === 'yes'")
        assert browser.text("main h1"), path
        assert browser.text('nav.main [aria-current="page"]'), path


def test_a_run_is_computed_and_shown_as_the_api_has_it(desk, browser, run):
    figures = desk.ask(f"/runs/{run}/figures", by="total", grid_basis="projected", boundary="minimum")["figures"]
    rows = {row["ledger"]: row for row in figures if row["phase"] in (None, "direct")}
    browser.open(f"{desk.base}/runs/{run}")
    assert browser.text("#total") == shown(rows["total"])
    cards = browser.text(".cards")
    assert WORDS.interval(rows["total"]["p2_5"], rows["total"]["p97_5"], "t CO2e") in cards
    browser.open(f"{desk.base}/")
    assert browser.text(".amount") == shown(rows["total"])
    families = desk.ask(f"/runs/{run}/figures", by="family", ledger="total")["figures"]
    browser.open(f"{desk.base}/runs/{run}")
    tables = browser.run("[...document.querySelectorAll('#composition table')].map((t) => t.textContent).join()")
    for row in families:
        assert row["group"] in tables
        assert at_one_place(families, row) in tables


def test_a_run_can_be_cancelled(desk, browser):
    browser.open(f"{desk.base}/")
    before = desk.ask("/runs")["total"]
    browser.type("input[name=draws]", "60000")
    browser.click("form[data-job=run] button.main")
    browser.wait("!document.querySelector('[data-job-progress]').hidden")
    browser.click("[data-job-cancel]")
    browser.wait("document.querySelector('[data-job-result]').innerText.includes('Cancelled')", seconds=60)
    assert desk.ask("/jobs")["jobs"][0]["state"] == "cancelled"
    assert desk.ask("/runs")["total"] == before


def test_exports_are_what_the_links_say(desk, browser, run):
    browser.open(f"{desk.base}/runs/{run}")
    links = browser.run("[...document.querySelectorAll('main a.button')].map((a) => a.getAttribute('href'))")
    assert {path.rpartition("/")[2] for path in links if "/export/" in path} >= {"xlsx", "csv", "cdp", "ghg-protocol"}
    [path] = [path for path in links if path.endswith("/export/csv")]
    held = browser.run(f"fetch({json.dumps(path)}).then((answer) => answer.text())")
    rows = list(csv.DictReader(io.StringIO(held)))
    total = next(row for row in desk.ask(f"/runs/{run}/figures", by="total", ledger="category_12")["figures"])
    assert float(next(row for row in rows if row["ledger"] == "category_12")["mean"]) == total["mean"]
    report = Request(f"{desk.base}/api/runs/{run}/report", headers={"authorization": f"Bearer {desk.guard.key}"})
    with urlopen(report, timeout=60) as answer:
        assert browser.text("#total") in answer.read().decode()


def test_the_catalog_is_searched_as_one_types(desk, browser):
    browser.open(f"{desk.base}/catalog")
    browser.type("main input[type=search]", "petrol-mower rated")
    browser.wait("document.querySelector('#found .told')?.innerText.startsWith('Nothing')")
    browser.type("main input[type=search]", "NONROAD")
    browser.wait("document.querySelector('#found h2')")
    assert "modes" in browser.text("#found")
    assert browser.run("location.search") == "?search=NONROAD"
    browser.open(browser.run("location.href"))
    assert "PETROL-MOWER" in browser.text("#found")


def test_a_table_shows_own_and_reference_rows_with_badges(desk, browser):
    browser.open(f"{desk.base}/catalog/grid")
    listed = desk.ask("/tables/grid", size=500)
    assert browser.text("#rows .told").startswith(f"{listed['total']:,} rows".replace(",", ""))
    assert {row["origin"] for row in listed["rows"]} == {"reference"}
    assert browser.run("[...document.querySelectorAll('#rows .badge.catalog')].length") == 0
    assert browser.run("[...document.querySelectorAll('#rows .badge.reference, #rows .badge.assumption')].length") > 0
    browser.open(f"{desk.base}/catalog/modes")
    # What a row calls an estimate has the badge of an assumption.
    badges = browser.run("document.querySelectorAll('#rows .badge.catalog, #rows .badge.assumption').length")
    assert badges == len(desk.ask("/tables/modes")["rows"])
    assert browser.run("document.querySelectorAll('#rows .badge.assumption').length") > 0
    assert browser.run("document.querySelectorAll('#rows svg.spark').length") > 0


def test_a_cell_is_edited_wrongly_and_rightly(desk, browser, catalog):
    browser.open(f"{desk.base}/catalog/modes")
    browser.click(cell_link(**RATE))
    browser.wait("document.querySelector('dialog[open] [data-first]')")
    assert browser.run("document.querySelector('dialog [data-first]').value") == "350 +/- 10%"
    assert browser.run("document.querySelectorAll('dialog svg[role=img]').length") == 1
    browser.type("dialog [data-first]", "350 +/- ten")
    browser.wait("document.querySelector('dialog .problems')")
    told = desk.ask("/judge", {**RATE, "text": "350 +/- ten"})["problems"][0]
    assert told["what"].replace("`", "") in browser.text("dialog .problems")
    assert told["fix"].replace("`", "") in browser.text("dialog .problems")
    assert browser.run("document.querySelector('dialog [data-keep]').disabled") is True
    assert browser.run("document.querySelector('dialog [data-first]').getAttribute('aria-invalid')") == "true"
    browser.type("dialog [data-first]", "300 +/- 5%")
    browser.wait("document.querySelector('dialog .good')")
    after = desk.ask("/judge", {**RATE, "text": "300 +/- 5%"})["after"]
    assert WORDS.interval(after["p2_5"], after["p97_5"], "W", value=300.0) in browser.text("dialog .good")
    browser.click("dialog [data-keep]")
    browser.wait("document.querySelector('td.edited ins')")
    held = {**RATE, "text": "300 +/- 5%", "asked": "300 +/- 5%", "base": "350 +/- 10%"}
    assert desk.ask("/edits")["edits"] == [held]
    assert "350 +/- 10%" in (catalog / "modes.csv").read_text()  # nothing is written yet
    assert browser.text("nav.main .count").startswith("1")


def test_a_cell_s_address_opens_its_editor(desk, browser):
    browser.open(f"{desk.base}/catalog/modes")
    browser.click(cell_link(**RATE))
    browser.wait("document.querySelector('dialog[open] [data-first]')")
    browser.open(browser.run("location.href"))
    browser.wait("document.querySelector('dialog[open] [data-first]')?.value === '350 +/- 10%'")
    browser.key("Escape", 27)
    browser.wait("!document.querySelector('dialog[open]') && !location.search")


def test_pending_edits_become_an_option(desk, browser, catalog):
    desk.ask("/edits", {"edits": [{**RATE, "text": "*0.8"}]})
    before = (catalog / "options.csv").read_bytes()
    browser.open(f"{desk.base}/changes")
    browser.type("input[name=option]", "frugal")
    browser.click("[data-preview]")
    browser.wait("document.querySelector('pre.diff .add')")
    [file] = desk.ask("/edits/preview", {"to": "option", "option": "frugal"})["files"]
    assert browser.run("document.querySelector('pre.diff').textContent.replace(/\\n/g, '')") == file["diff"].replace(
        "\n", ""
    )
    browser.click("[data-save]")
    browser.wait("document.querySelector('#confirm[open]')")
    browser.click('#confirm button[value="no"]')
    browser.wait("!document.querySelector('#confirm[open]')")
    assert (catalog / "options.csv").read_bytes() == before
    browser.click("[data-save]")
    browser.wait("document.querySelector('#confirm[open]')")
    browser.click('#confirm button[value="yes"]')
    browser.wait("location.pathname === '/compare'")
    assert (catalog / "options.csv").read_bytes().startswith(before)
    assert "frugal" in desk.ask("/catalog")["options"]
    browser.wait(DONE, seconds=60)


def test_pending_edits_are_written_to_their_cells_alone(desk, browser, catalog):
    before = (catalog / "products.csv").read_text()
    cell = {"table": "products", "row": "product=VACUUM", "column": "name"}
    desk.ask("/edits", {"edits": [{**cell, "text": "Vacuum cleaner, 800 watts"}]})
    browser.open(f"{desk.base}/changes?to=files")
    browser.click("[data-preview]")
    browser.wait("document.querySelector('[data-save]')")
    browser.click("[data-save]")
    browser.wait("document.querySelector('#confirm[open]')")
    browser.click('#confirm button[value="yes"]')
    browser.wait("location.pathname === '/catalog'")
    after = (catalog / "products.csv").read_text()
    assert after == before.replace("Vacuum cleaner 800 W", '"Vacuum cleaner, 800 watts"')
    assert desk.ask("/edits")["edits"] == []


def test_data_are_fitted_looked_at_and_accepted(desk, browser, catalog):
    browser.open(f"{desk.base}/evidence")
    browser.click('input[name=kind][value="lifetime"]')
    browser.run(
        "(() => { const files = new DataTransfer(); files.items.add(new File(['age,failed\\n2,1\\n3,1\\n4,1\\n6,0\\n'],"
        " 'returns.csv')); document.querySelector('input[type=file]').files = files.files })()"
    )
    browser.click("#evidence button.main")
    browser.wait("document.querySelector('#accept')", seconds=60)
    assert browser.run("document.querySelectorAll('#fitted figure svg').length") == 2
    assert "returns" in browser.text("#fit-title")
    address = browser.run("location.href")
    browser.open(address)  # it shows the fit again
    browser.type("#accept input[name=to]", "lifetimes:lifetime=measured")
    browser.click("#accept button.main")
    browser.wait("document.querySelector('#preview pre.diff')")
    before = (catalog / "lifetimes.csv").read_text()
    assert "measured" not in before
    browser.click("#preview button.main")
    browser.wait("document.querySelector('#confirm[open]')")
    browser.click('#confirm button[value="yes"]')
    browser.wait("document.querySelector('#preview a')")
    assert "measured,lognormal," in (catalog / "lifetimes.csv").read_text()
    browser.click("#preview a")
    browser.wait("location.pathname === '/catalog/lifetimes'")
    assert "sha256" in browser.text("main")


def test_a_table_is_imported_decided_and_taken_along(desk, browser, catalog):
    browser.open(f"{desk.base}/import")
    rows = (
        "Article number,Description,Weight,Country,Units\\nK-1,Kettle 1.7 L,1.1,Germany,90\\nX-1,<b>Odd</b>,2,Poland,10"
    )
    browser.run(
        f"(() => {{ const files = new DataTransfer(); files.items.add(new File(['{rows}'], '<i>list</i>.csv'));"
        " document.querySelector('input[name=file]').files = files.files })()"
    )
    browser.type("#import input[name=year]", "2024")
    browser.click("#import button.main")
    browser.wait("document.querySelector('#decide')", seconds=60)
    assert "2 rows: 1 decided, 1 to decide; 90\xa0% of the units" in browser.text("#imported [data-summary]")
    assert browser.run("document.querySelectorAll('#imported b, #imported i').length") == 0
    address = browser.run("location.href")
    browser.open(address)  # it shows the table again
    browser.type("#decide [data-path]", "toaster")
    browser.run("document.querySelector('[data-column=Weight]').value = 'mass'")
    browser.type("tr:has([data-column=Weight]) [data-unit]", "kg")
    browser.click("#decide-button")
    browser.wait("document.querySelector('[data-summary]').textContent.includes('2 decided, 0 to decide')", seconds=60)
    assert browser.run(
        "[...document.querySelectorAll('[data-rows=products] tbody tr')].map((r) => r.cells[0].textContent)"
    ) == ["K-1", "X-1"]
    assert '= "toaster"' in browser.run("document.querySelector('details.group code').textContent")
    size = browser.run(
        "fetch(document.querySelector('a[download]').href).then((a) => a.arrayBuffer()).then((b) => b.byteLength)"
    )
    assert size > 500
    assert not list(catalog.parent.glob("*list*"))


def test_a_slider_moves_the_answer_and_the_address_keeps_it(desk, browser):
    browser.open(f"{desk.base}/decide?name=DRILL")
    browser.wait("document.querySelector('[data-figure=base]')")
    base = desk.ask("/what-if", {"product": "DRILL"})["amounts"]["unit"]["base"]
    assert browser.text("[data-figure=base]").startswith(WORDS.amount(base["mean"], base["p2_5"], base["p97_5"]))
    name = "modes:product=DRILL;mode=drilling:rate"
    write = f'.write[name="{name}"]'
    browser.run(
        f"(() => {{ const s = document.querySelector({json.dumps(write)}).parentElement.querySelector('.slide');"
        " for (const part of [0.9, 0.4, 0]) { s.value = Number(s.min) + part * (s.max - s.min);"
        " s.dispatchEvent(new Event('input', {bubbles: true})) } })()"
    )
    browser.wait("document.querySelector('.verdict-line.lower')")
    text = browser.run(f"document.querySelector({json.dumps(write)}).value")
    assert text.startswith("*0.")
    amount = desk.ask("/what-if", {"product": "DRILL", "edits": [{**RATE, "text": text}]})["amounts"]["unit"]
    edited, change = amount["edited"], amount["difference"]
    browser.wait(f"document.querySelector('[data-figure=edited]').dataset.value === '{edited['mean']!r}'")
    assert browser.text("[data-figure=edited]").startswith(
        WORDS.amount(edited["mean"], edited["p2_5"], edited["p97_5"])
    )
    assert WORDS.percent(change["relative_mean"]) in browser.text(".verdict-line")
    browser.open(browser.run("location.href"))
    browser.wait(f"document.querySelector('[data-figure=edited]')?.dataset.value === '{edited['mean']!r}'")
    assert browser.run(f"document.querySelector({json.dumps(write)}).value") == text
    browser.click("[data-reset]")
    browser.wait("document.querySelector('.versus')?.innerText.includes('Nothing moved')")
    assert browser.run("location.search") == ""


def test_a_cell_of_the_desk_is_judged_as_one_types(desk, browser):
    browser.open(f"{desk.base}/decide?name=DRILL")
    write = '.write[name="modes:product=DRILL;mode=drilling:load"]'
    browser.type(write, "1.5")
    browser.wait(f"document.querySelector({json.dumps(write)}).parentElement.querySelector('.problems')")
    assert browser.run(f"document.querySelector({json.dumps(write)}).getAttribute('aria-invalid')") == "true"
    browser.wait("document.querySelector('#answer .refused .problems')")
    browser.type(write, "0.4")
    browser.wait("document.querySelector('.verdict-line.lower') && !document.querySelector('#answer .problems')")
    browser.wait(f"document.querySelector({json.dumps(write)}).getAttribute('aria-invalid') === 'false'")
    browser.console.clear()  # the refused question is an error in the browser's log


@pytest.mark.parametrize(
    ("choice", "asked"),
    [("of=category_12", {"of": "category_12"}), ("grid_basis=frozen", {"grid_basis": "frozen"}),
     ("boundary=life_cycle", {"boundary": "life_cycle"})],
)  # fmt: skip
def test_toggles_ask_what_they_say(desk, browser, choice, asked):
    browser.open(f"{desk.base}/decide?name=DRILL")
    name, _, value = choice.partition("=")
    browser.click(f'input[name="{name}"][value="{value}"]')
    mean = desk.ask("/what-if", {"product": "DRILL", **asked})["amounts"]["unit"]["base"]["mean"]
    browser.wait(f"document.querySelector('[data-figure=base]')?.dataset.value === '{mean!r}'")
    assert choice in browser.run("location.search")


def test_options_are_compared_side_by_side(desk, browser):
    browser.open(f"{desk.base}/compare")
    browser.click('input[name=options][value="efficient_drill"]')
    browser.type("input[name=draws]", DRAWS)
    browser.click("form[data-job] button.main")
    browser.wait(DONE, seconds=60)
    [job] = [job for job in desk.ask("/jobs")["jobs"] if job["kind"] == "compare"][:1]
    result = desk.ask(f"/jobs/{job['id']}")["result"]
    page = browser.run("document.querySelector('[data-job-result]').textContent")
    for boundary in ("minimum", "life_cycle"):
        if boundary == "life_cycle":
            browser.click('input[name="boundary"][value="life_cycle"]')
            browser.wait("document.querySelector('#options caption')?.textContent.includes('life-cycle')")
            page = browser.run("document.querySelector('[data-job-result]').textContent")
        rows = [row for row in result["figures"] if row["by"] in ("total", "component")
                and row["phase"] in (None, "direct") and row["grid_basis"] in (None, "projected")
                and row["boundary"] in (None, boundary)]  # fmt: skip
        for option in ("base", "efficient_drill"):
            [total] = [row for row in rows if (row["ledger"], row["by"], row["option"]) == ("total", "total", option)]
            assert WORDS.number(total["mean"], common_place(rows)) in page
    difference = next(row for row in result["differences"] if row["per"] == "portfolio" and row["product"] is None)
    assert shown(difference) in page
    assert "efficient_drill" in browser.run("location.search")


def test_a_ranking_names_the_cells_of_the_api(desk, browser):
    browser.open(f"{desk.base}/ranking?of=category_11&method=given_data&draws=256")
    browser.wait(DONE, seconds=60)
    [job] = [job for job in desk.ask("/jobs")["jobs"] if job["kind"] == "rank"][:1]
    first = desk.ask(f"/jobs/{job['id']}")["result"]["rows"][0]
    row = browser.text("[data-job-result] .rows tbody tr")
    assert f"{first['table']} {first['column']}" in row
    assert first["row"] in row
    assert first["share_of_variance"] is None  # this method divides no variance


def test_years_are_followed(desk, browser):
    browser.open(f"{desk.base}/track?base_year=2023&draws=64")
    browser.wait(DONE, seconds=60)
    [job] = [job for job in desk.ask("/jobs")["jobs"] if job["kind"] == "track"][:1]
    page = browser.run("document.querySelector('[data-job-result]').textContent")
    for year in desk.ask(f"/jobs/{job['id']}")["result"]["years"]:
        assert shown(year, "") in page
    assert "No target is set, and none is judged." in page


def test_a_target_is_set_in_the_form_of_the_years(desk, browser):
    browser.open(f"{desk.base}/track?base_year=2023&draws=64&target_year=2031&set_on=2026-11-29")
    browser.wait(DONE, seconds=60)
    page = browser.run("document.querySelector('[data-job-result]').textContent")
    assert "(sbti_near_term_v1, well_below_2c, set on 2026-11-29); probability that it is met:" in page
    assert "cannot be assessed until the rest of scope 3 of 2023 is given" in page
    browser.type("input[name=other_scope_3]", "1000")
    browser.click("form[data-job=track] button.main")
    browser.wait("document.querySelector('[data-job-result]').textContent.includes('of scope 3 in 2023')", seconds=60)


def test_two_runs_are_told_apart(desk, browser, run):
    desk.ask("/edits", {"edits": [{**RATE, "text": "*2"}]})
    browser.open(f"{desk.base}/")
    browser.click("input[name=edited]")
    browser.type("input[name=draws]", DRAWS)
    browser.click("form[data-job=run] button.main")
    browser.wait("location.pathname.startsWith('/runs/') && document.querySelector('#total')", seconds=60)
    browser.open(f"{desk.base}/runs")
    assert browser.run("document.querySelectorAll('tbody tr').length") == desk.ask("/runs")["total"] == 2
    browser.click("[data-pair] button.main")
    browser.wait("location.pathname === '/diff'")
    browser.wait(DONE, seconds=60)
    page = browser.run("document.querySelector('[data-job-result]').textContent")
    assert "product=DRILL;mode=drilling" in page
    [job] = [job for job in desk.ask("/jobs")["jobs"] if job["kind"] == "diff"][:1]
    assert shown(desk.ask(f"/jobs/{job['id']}")["result"]["difference"]) in page


def test_the_keyboard_is_enough(desk, browser):
    browser.open(f"{desk.base}/")
    browser.key("Tab", 9)
    assert browser.run("document.activeElement.className") == "skip"
    browser.key("/", 191, "/")
    browser.wait("document.activeElement.id === 'find'")
    browser.type("#find", "dehumidifier")
    browser.key("Enter", 13, "\r")
    browser.wait("location.pathname === '/catalog' && document.querySelector('#found a.cell')")
    browser.run("document.querySelector('#found a.cell').focus()")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    browser.key("Tab", 9)
    assert browser.run(outline) != "none"
    browser.key("Enter", 13, "\r")
    browser.wait("document.querySelector('dialog[open] [data-first]') === document.activeElement")


def test_the_guide_leads_on(desk, browser):
    browser.open(f"{desk.base}/guide")
    assert browser.text("article h1") == "The workbench"
    browser.click('article a[href="/guide/python-api"]')
    browser.wait("location.pathname === '/guide/python-api'")


@pytest.mark.parametrize("path", ["/nowhere", "/runs/none~such", "/catalog/nothing", "/decide?name=NONE", "/guide/x"])
def test_what_is_not_there_is_said_with_a_way_on(desk, browser, path):
    browser.open(f"{desk.base}{path}")
    assert browser.text("main .problems .fix")
    browser.console.clear()  # the status is an error in the browser's log
