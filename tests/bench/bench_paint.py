"""How long a page of the workbench takes to its first paint, and a slider to its answer, in a real browser.

Prints milliseconds; judges none. Run: ``pytest -m bench -n 0 -s tests/bench/bench_paint.py``; needs Chromium.
"""

import time
from pathlib import Path

import numpy as np
import pytest

import usephase
from tests.browser.desk import served
from tests.browser.devtools import Browser

CATALOG = Path(__file__).parents[2] / "product_catalog"
PAGES = (
    "/",
    "/catalog",
    "/catalog/modes",
    "/decide?name=DRILL-18",
    "/compare",
    "/ranking",
    "/runs",
    "/changes",
    "/guide",
)
REPEATS = 5
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
MOVE = """(() => {
  const slider = document.querySelector('input[type=range]');
  const begun = performance.now();
  window.took = null;
  // Two frames: the first is drawn before the second is asked for.
  const done = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.took = performance.now() - begun;
  }));
  document.getElementById('desk').addEventListener('answered', done, {once: true});
  slider.value = PLACE;
  slider.dispatchEvent(new Event('input', {bubbles: true}));
  return true;
})()"""


@pytest.mark.bench
def test_first_paint(tmp_path: Path) -> None:
    with served(str(CATALOG), tmp_path / "results") as desk:
        browser = Browser(tmp_path / "profile")
        try:
            browser.open(f"{desk.base}/?token={desk.guard.key}")
            print()
            for page in PAGES:
                taken = []
                for _ in range(REPEATS):
                    browser.open(desk.base + page)
                    browser.wait(f"({PAINT}) !== null")
                    taken.append(float(browser.run(PAINT)))
                print(f"{page:<28} first paint {np.median(taken):6.0f} ms, slowest of {REPEATS} {max(taken):6.0f} ms")
        finally:
            browser.close()


@pytest.mark.bench
def test_slider_in_the_browser(tmp_path: Path) -> None:
    usephase.read_catalog(CATALOG)
    with served(str(CATALOG), tmp_path / "results") as desk:
        browser = Browser(tmp_path / "profile")
        try:
            browser.open(f"{desk.base}/?token={desk.guard.key}")
            browser.open(f"{desk.base}/decide?name=DRILL-18")
            browser.wait("document.querySelector('[data-figure]')", seconds=120)
            time.sleep(3)
            taken = []
            for i in range(24):
                place = f"Number(slider.min) + {0.05 + 0.035 * i} * (slider.max - slider.min)"
                browser.run(MOVE.replace("PLACE", place))
                browser.wait("window.took !== null")
                taken.append(float(browser.run("window.took")))
            half, late = np.quantile(taken, (0.5, 0.95))
            print(f"\nslider to painted answer: median {half:.0f} ms, p95 {late:.0f} ms, slowest {max(taken):.0f} ms")
        finally:
            browser.close()
