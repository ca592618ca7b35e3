"""Every view, in light and dark, has no finding of axe-core of any level."""

import json
from urllib.parse import urlencode

import pytest

from tests.browser.axe import axe_script
from tests.browser.desk import served
from usephase.catalog.init import write_starter

pytestmark = pytest.mark.browser

CELL = {"table": "modes", "row": "product=DRILL;mode=drilling", "column": "rate"}
EDIT = {**CELL, "text": "*0.9"}
SHOW = "document.querySelector('[data-state=done] table')"
VIEWS = {
    "overview": ("/", ""),
    "catalog": ("/catalog?search=drill", ""),
    "table": ("/catalog/modes", ""),
    "reference": ("/catalog/grid", ""),
    "cell": (f"/cell?{urlencode(CELL)}", ""),
    "panel": (f"/catalog/modes?{urlencode({'cell': '?' + urlencode(CELL)})}", "document.querySelector('dialog[open]')"),
    "wrong": (f"/cell?{urlencode({**CELL, 'text': '350 x'})}", ""),
    "product": ("/decide?" + urlencode({"name": "DRILL", "modes:product=DRILL;mode=drilling:rate": "*0.5"}),
                "document.querySelector('#flip svg')"),
    "refused": ("/decide?" + urlencode({"name": "PETROL-MOWER", "modes:product=PETROL-MOWER;mode=mowing:load": "7"}),
                "document.querySelector('.knob .problems')"),
    "offered": ("/decide?" + urlencode({"name": "PETROL-MOWER",
                                         "segments:product=PETROL-MOWER;segment=home:share": "0.8"}),
                "document.querySelector('[data-rebalance]')"),
    "compare": ("/compare?options=base&options=efficient_drill&draws=64", SHOW),
    "ranking": ("/ranking?method=given_data&draws=256", SHOW),
    "runs": ("/runs", ""),
    "changes": ("/changes", ""),
    "evidence": ("/evidence?kind=amount", ""),
    "fitted": ("", ""),
    "import": ("/import", ""),
    "imported": ("", ""),
    "guide": ("/guide/catalog", ""),
    "nowhere": ("/nowhere", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("axe")
    write_starter(folder / "starter")
    with served(folder / "starter", folder / "results") as desk:
        job = desk.ask("/jobs", {"kind": "run", "draws": 64})
        desk.workbench.jobs.wait(job["id"], 60)
        desk.ask("/edits", {"edits": [EDIT]})
        yield desk


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    return axe_script(tmp_path_factory.mktemp("npm"))


def findings(browser, axe, *rules):
    """Give what is found, of any level; of all rules, or of those named."""
    browser.run(f"(() => {{ {axe} }})()")
    only = f", runOnly: {json.dumps(rules)}" if rules else ""
    found = json.loads(browser.run(f"axe.run(document, {{resultTypes: ['violations']{only}}}).then(JSON.stringify)"))
    return [
        (one["impact"], one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found["violations"]
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_found(desk, browser, axe, view):
    path, there = VIEWS[view]
    if view == "fitted":
        ages = b"age,failed\n2,1\n3,1\n4,1\n6,0\n"
        path = f"/evidence?fit={desk.workbench.fit('lifetime', 'ages.csv', ages, {}).key}"
    if view == "imported":
        table = b"Article,Description,Weight,Country,Units\nK,Kettle,1,DE,5\nH,Hedge trimmer,3,EMEA,6\n"
        path = f"/import?table={desk.workbench.take_table('list.csv', table).key}"
    browser.open(desk.base + path)
    if there:
        browser.wait(there, seconds=60)
    browser.shape(1280, 900)
    assert findings(browser, axe) == []
    browser.shape(1280, 900, dark=True)
    assert findings(browser, axe, "color-contrast") == []
    browser.shape(420, 900)
    assert findings(browser, axe, "scrollable-region-focusable") == []
    assert browser.run("document.documentElement.scrollWidth") <= 420


def test_a_run_s_page_has_no_finding(desk, browser, axe):
    browser.shape(1280, 900)
    browser.open(f"{desk.base}/runs/{desk.ask('/runs')['runs'][0]['run']}")
    assert findings(browser, axe) == []
