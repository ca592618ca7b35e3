import base64
import dataclasses
import hashlib
import os
import re
import subprocess
import sys

import pytest

from tests.report.html_reader import read, rows, table
from tests.results.make_run import FAMILIES, make_run
from usephase.report.html.page import render_page
from usephase.results.run import open_run

SECTIONS = [
    "result", "composition", "distribution", "years", "choices", "products", "service", "apart",
    "coverage", "quality", "method", "notes", "register", "reproduce",
]  # fmt: skip
HOSTILE = [
    "<script>document.title='executed'</script>", '"><img src=x onerror="document.title=1">', "{{ 7 * 7 }}", "{year}",
    "</title></style><b>", "a\x00b\u202egpj.exe", "-->]]>&lt;i&gt;", "' onmouseover='alert(1)",
]  # fmt: skip


def figure(run, changes, ledger="total", by="total", group="total", **labels):
    """Give the run with other numbers in one figure."""
    figures = run.figures.copy()
    found = run.select(ledger, by, **labels)
    position = found.index[found["group"] == group][0]
    for name, value in changes.items():
        figures.loc[position, name] = value
    return dataclasses.replace(run, figures=figures)


@pytest.fixture(scope="module")
def run():
    return make_run(products=12)


@pytest.fixture(scope="module")
def page(run):
    return render_page(run)


@pytest.fixture(scope="module")
def root(page):
    return read(page)


def test_the_sections_are_there_in_their_order_and_the_contents_lead_to_them(root):
    assert [e.attributes["id"] for e in root.all("section")] == SECTIONS
    (nav,) = root.all("nav")
    assert [a.attributes["href"] for a in nav.all("a")] == [f"#{name}" for name in SECTIONS]


def test_nothing_is_loaded_and_nothing_runs(page, root):
    names = {e.name for e in root.all()}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "input", "base", "image", "use"}
    for element in root.all():
        for name, value in element.attributes.items():
            assert not name.startswith("on")
            assert name not in ("style", "src", "srcset", "data", "xlink:href", "action")
            if name == "href":
                assert value.startswith("#")
    assert not re.search(r"url\(|@import|expression\(|//[a-z]", next(root.all("style")).text())


def test_the_policy_allows_the_one_style_and_nothing_else(root):
    (style,) = root.all("style")
    digest = base64.b64encode(hashlib.sha256(style.text().encode()).digest()).decode()
    policy = root.one(**{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_headline_is_rounded_by_its_interval(run):
    # Half-width (14 800 - 10 200) / 2 = 2 300: hundreds. 9 500 / 12 345 = 77 %, 2 845 / 12 345 = 23 %.
    # The categories have the place of the table of what they are made of: 9 500 + 2 800 = 12 300.
    changed = figure(run, {"mean": 12345.6, "p2_5": 10200.4, "p97_5": 14800.3, "best_estimate": 11876.0, "mcse": 1.0})
    changed = figure(changed, {"mean": 9500.0, "p2_5": 8000.0, "p97_5": 11000.0}, "category_11")
    changed = figure(changed, {"mean": 2845.6, "p2_5": 2000.0, "p97_5": 3700.0}, "category_12")
    result = read(render_page(changed)).one(id="result")
    text = result.text().replace("\N{NO-BREAK SPACE}", " ")
    for expected in ("12,300 t CO2e", "10,200 to 14,800 t CO2e", "11,900 t CO2e", "9,500 t CO2e (77 %)",
                     "2,800 t CO2e (23 %)", "projected grid, minimum boundary", "4.0 % above"):  # fmt: skip
        assert expected in text, expected
    vietnamese = read(render_page(changed, "vi")).one(id="result").text().replace("\N{NO-BREAK SPACE}", " ")
    for expected in ("12.300 t CO2e", "10.200 đến 14.800 t CO2e", "11.900 t CO2e", "4,0 %"):
        assert expected in vietnamese, expected


def test_the_categories_beside_the_headline_are_those_of_the_table(run):
    # The total's interval supports thousands; a small category needs hundreds, there as here.
    changed = figure(run, {"mean": 223800.0, "p2_5": 194800.0, "p97_5": 254900.0})
    changed = figure(changed, {"mean": 219600.0, "p2_5": 190700.0, "p97_5": 250700.0}, "category_11")
    changed = figure(changed, {"mean": 4200.0, "p2_5": 3200.0, "p97_5": 5100.0}, "category_12")
    page = read(render_page(changed))
    for name, numbers in (("result", ("224,000", "219,600 t", "4,200 t")), ("composition", ("219,600", "4,200"))):
        text = page.one(id=name).text().replace("\N{NO-BREAK SPACE}", " ")
        assert all(number in text for number in numbers), text[:600]


@pytest.mark.parametrize(("mean", "best", "mcse", "expected"), [
    (110.0, 100.0, 0.1, "The mean is 10 % above"),
    (90.0, 100.0, 0.1, "The mean is 10 % below"),
    (110.0, 100.0, 5.0, "Mean and best estimate agree"),
    (100.2, 100.0, 0.001, "Mean and best estimate agree"),
])  # fmt: skip
def test_mean_and_best_estimate_are_told_apart_where_they_are_known_to_differ(run, mean, best, mcse, expected):
    changed = figure(run, {"mean": mean, "best_estimate": best, "mcse": mcse, "p2_5": 60.0, "p97_5": 160.0})
    assert expected in read(render_page(changed)).one(id="result").text().replace("\N{NO-BREAK SPACE}", " ")


def test_every_picture_has_words_and_a_table_behind_it(root):
    figures = list(root.all("figure"))
    assert len(figures) >= 8
    for element in figures:
        (svg,) = element.all("svg")
        title, description = svg.children[0], svg.children[1]
        assert svg.attributes["role"] == "img"
        assert svg.attributes["aria-labelledby"] == f"{title.attributes['id']} {description.attributes['id']}"
        assert title.text() == next(element.all("figcaption")).text()
        assert len(description.text()) > 30
        (behind,) = next(element.all("details")).all("table")
        assert len(rows(behind)) > 1


def test_tables_name_their_rows_and_columns(root):
    for found in root.all("table"):
        assert next(found.all("caption")).text()
        header, *body = [list(row.children) for row in found.all("tr")]
        assert all(cell.name == "th" and cell.attributes["scope"] == "col" for cell in header)
        assert all(row[0].name == "th" and row[0].attributes["scope"] == "row" for row in body)
        assert {len(row) for row in body} <= {len(header)}


def test_names_of_elements_are_unique_and_headings_leave_none_out(root):
    names = [e.attributes["id"] for e in root.all() if "id" in e.attributes]
    assert len(names) == len(set(names))
    assert len(list(root.all("h1"))) == 1
    assert not [e for e in root.all() if e.name in ("h3", "h4", "h5", "h6")]
    for element in root.all():
        for reference in element.attributes.get("aria-labelledby", "").split():
            assert reference in names


def test_scrolled_tables_can_be_reached_by_keyboard(root):
    scrolled = [e for e in root.all("div") if e.attributes.get("class", "").startswith("scroll")]
    assert scrolled
    assert all(e.attributes["tabindex"] == "0" and e.attributes["aria-label"] for e in scrolled)
    first = next(root.all("a"))
    assert first.attributes["href"] == "#content"
    assert root.one(id="content").name == "main"


def test_groupings_hold_every_group_and_their_shares(run):
    changed = run
    for name, mean in zip(FAMILIES, (600.0, 300.0, 100.0), strict=True):
        numbers = {"mean": mean, "p2_5": mean * 0.9, "p97_5": mean * 1.1, "best_estimate": mean}
        changed = figure(changed, numbers, by="family", group=name)
    found = table(read(render_page(changed)), "Category 11 + 12: by family")
    plain = [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in found]
    assert plain == [
        ["Group", "Mean [t CO2e]", "95 % interval [t CO2e]", "Best estimate [t CO2e]", "Share of the mean"],
        ["Saws", "600", "540 to 660", "600", "60 %"],
        ["Vacuums", "300", "270 to 330", "300", "30 %"],
        ["Mowers", "100", "90 to 110", "100", "10 %"],
    ]


def test_products_are_all_listed(root, run):
    found = table(root, "Products: totals and both categories")
    assert {row[0] for row in found[1:]} == set(run.select("total", "product")["group"])


def test_names_that_others_wrote_stay_text():
    plain = read(render_page(make_run(products=len(HOSTILE))))
    hostile = make_run(products=HOSTILE, name=HOSTILE[0], notes=(*HOSTILE, "\ud800"))
    hostile = dataclasses.replace(hostile, meta={**hostile.meta, "company": HOSTILE[1], "scenarios": {HOSTILE[0]: 1.0}})
    page = render_page(hostile)
    root = read(page)
    assert {e.name for e in root.all()} - {"li"} == {e.name for e in plain.all()} - {"li"}
    attributes = {name for e in root.all() for name in e.attributes}
    assert attributes == {name for e in plain.all() for name in e.attributes}
    found = {row[0] for row in table(root, "Products: totals and both categories")[1:]}
    assert {HOSTILE[0], HOSTILE[1], "{{ 7 * 7 }}", "{year}", HOSTILE[4], HOSTILE[6]} <= found
    assert not re.search("[\x00\u202e\ud800]", page)
    assert next(root.all("h1")).text() == HOSTILE[0]


def test_the_same_run_gives_the_same_bytes_in_any_process(run, page, tmp_path):
    run.save(tmp_path / "run.h5")
    assert render_page(open_run(tmp_path / "run.h5")) == page
    code = "import sys, usephase; from usephase.report.html.page import render_page as render\n"
    code += "print(render(usephase.open_run(sys.argv[1])))"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C.UTF-8", "TZ": "Asia/Ho_Chi_Minh"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run.h5")], capture_output=True, check=True, env=environment
    )
    assert done.stdout.decode() == page + "\n"


def test_a_run_without_spread_is_written(run):
    fixed = make_run(products=2, draws=1, spread=0.0)
    text = read(render_page(fixed)).one(id="distribution").text()
    assert "Mean and best estimate agree" in read(render_page(fixed)).one(id="result").text()
    assert "Standard deviation" not in text


def test_a_run_without_emissions_is_written():
    run = make_run(products=1)
    numbers = run.figures.select_dtypes("float").columns
    zero = dataclasses.replace(run, figures=run.figures.assign(**dict.fromkeys(numbers, 0.0)), samples=run.samples * 0)
    root = read(render_page(zero))
    assert root.one(id="result").text().count("0\N{NO-BREAK SPACE}t CO2e") >= 3
    assert "years" not in [e.attributes["id"] for e in root.all("section")]


def test_nothing_but_the_run_s_own_time_is_on_the_page(page):
    assert set(re.findall(r"20\d\d-\d\d-\d\d", page)) == {"2025-03-04"}
    assert "product_catalog" not in page


def test_the_page_of_the_worked_example_is_small_and_its_headline_is_the_run_s(tmp_path):
    from pathlib import Path

    from usephase import estimate, read_catalog

    run = estimate(read_catalog(Path(__file__).parents[2] / "product_catalog"), draws=16, seed=1)
    page = render_page(run)
    assert len(page.encode()) < 2_000_000
    root = read(page)
    # Its catalog is there, so that the numbers can be explained.
    after = SECTIONS.index("products") + 1
    wanted = [*SECTIONS[:after], "explained", *SECTIONS[after:]]
    assert [e.attributes["id"] for e in root.all("section")] == wanted
    families = table(root, "Category 11 + 12: by family")[1:]
    assert len(families) == run.select("total", "family")["group"].nunique()
    mean = run.figure("total")["mean"]
    shown = float(
        re.sub(
            "[^0-9.]",
            "",
            next(e for e in root.all("p") if e.attributes.get("class") == "amount")
            .text()
            .partition("\N{NO-BREAK SPACE}")[0],
        )
    )
    assert shown == pytest.approx(mean, rel=0.02)
