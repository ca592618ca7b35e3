import dataclasses

import numpy as np
import pytest

from tests.browser.chromium import run as chromium
from tests.browser.chromium import screenshot
from tests.report.html_reader import read
from tests.results.make_run import make_run
from usephase.report.charts.run import write_chart
from usephase.report.charts.style import DARK, LIGHT
from usephase.report.html.page import write_page

pytestmark = pytest.mark.browser

DARK_OPTION = "--blink-settings=preferredColorScheme=0"
HOSTILE = [
    "<script>document.title='executed'</script>", "<img src=x onerror=\"document.title='executed'\">",
    "</style><svg onload=\"document.title='executed'\">", "javascript:document.title='executed'",
    "<style>*{display:none}</style>", '"><iframe srcdoc="<script>parent.document.title=1</script>">',
]  # fmt: skip


def rgb(color):
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


def page_of(run, folder, name="report.html", code="en"):
    write_page(run, folder / name, code)
    return folder / name


@pytest.mark.parametrize(("theme", "options"), [(LIGHT, ()), (DARK, (DARK_OPTION,))], ids=["light", "dark"])
def test_the_page_is_drawn_in_the_reader_s_theme(tmp_path, theme, options):
    pixels, console = screenshot(tmp_path, page_of(make_run(), tmp_path), *options)
    assert console == []
    assert tuple(pixels[2, 2]) == rgb(theme.colors["paper"])
    colors = {tuple(color) for color in np.unique(pixels.reshape(-1, 3), axis=0).tolist()}
    assert {rgb(theme.colors[role]) for role in ("ink", "use", "waste", "rule", "panel")} <= colors
    other = DARK if theme is LIGHT else LIGHT
    assert rgb(other.colors["use"]) not in colors


@pytest.mark.parametrize("code", ["en", "vi"])
def test_names_that_others_wrote_execute_nothing(tmp_path, code):
    hostile = make_run(products=HOSTILE, name=HOSTILE[0], notes=HOSTILE)
    hostile = dataclasses.replace(hostile, meta={**hostile.meta, "company": HOSTILE[2]})
    dom, console = chromium(tmp_path, page_of(hostile, tmp_path, code=code), "--dump-dom")
    root = read(dom.removeprefix("<!DOCTYPE html>"))
    assert console == []
    assert HOSTILE[0] in next(root.all("title")).text()
    assert not {"script", "img", "iframe"} & {element.name for element in root.all()}
    assert len(list(root.all("style"))) == 1
    assert {cell.text() for cell in root.all("th")} >= set(HOSTILE)


def test_the_page_prints_on_several_sheets_without_its_contents(tmp_path):
    page = page_of(make_run(products=40), tmp_path)
    chromium(tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'report.pdf'}")
    content = (tmp_path / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert 4 <= content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") <= 20


def test_the_page_fits_a_telephone(tmp_path):
    pixels, _ = screenshot(tmp_path, page_of(make_run(), tmp_path), width=500, height=1400)
    # What would stick out to the right would leave the margin there coloured.
    margin = pixels[100:, -8:]
    assert (margin == np.array(rgb(LIGHT.colors["paper"]))).all(axis=2).mean() > 0.99


def test_a_picture_for_slides_is_drawn_with_its_title_and_bars(tmp_path):
    write_chart(make_run(), "family", tmp_path / "family.svg")
    pixels, console = screenshot(tmp_path, tmp_path / "family.svg", width=800, height=300)
    assert console == []
    bar = (pixels == np.array(rgb(LIGHT.colors["use"]))).all(axis=2)
    assert bar.any(axis=1).sum() >= 3 * 14
