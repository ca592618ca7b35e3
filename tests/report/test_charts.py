import dataclasses
import re
import struct
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tests.report.test_page_parts import COMPARE, RANK, TRACK
from tests.results.make_run import make_run
from usephase.errors import StudyError
from usephase.report.charts.axes import scale, tick_text
from usephase.report.charts.bars import Bar, bars, folded
from usephase.report.charts.insight import abatement
from usephase.report.charts.marks import Area, Box, Path, Words
from usephase.report.charts.png import png
from usephase.report.charts.run import KINDS, OF_DOCUMENTS, picture, write_chart
from usephase.report.charts.style import DARK, GRAPHIC_ROLES, LIGHT, TEXT_ROLES, shortened, text_width
from usephase.report.charts.svg import inline_svg, standalone_svg
from usephase.report.charts.years import outlook
from usephase.report.html.documents import documents
from usephase.report.language import language

SVG = "{http://www.w3.org/2000/svg}"
EN, VI = language("en"), language("vi")
OF_RUN = [kind for kind in KINDS if kind not in (*OF_DOCUMENTS, "service-cycles")]


@pytest.fixture(scope="module")
def run():
    return make_run(products=20)


def luminance(color):
    """Give the relative luminance of WCAG 2.2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_as_the_standard_defines_it():
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_words_and_shapes_can_be_told_from_the_paper(theme):
    colors = theme.colors
    for role in (*TEXT_ROLES, "link", "use"):
        assert contrast(colors[role], colors["paper"]) >= 4.5, role
    for role in TEXT_ROLES:
        assert contrast(colors[role], colors["panel"]) >= 4.5, role
    for role in GRAPHIC_ROLES:
        assert contrast(colors[role], colors["paper"]) >= 3.0, role
    assert contrast(colors["accent"], colors["narrow"]) >= 3.0


def test_both_themes_know_the_same_roles():
    assert set(LIGHT.colors) == set(DARK.colors)


@pytest.mark.parametrize(("low", "high", "ticks"), [
    (0, 87, [0, 20, 40, 60, 80, 100]), (0, 100, [0, 20, 40, 60, 80, 100]), (-3, 2, [-3, -2, -1, 0, 1, 2]),
    (0, 0.0051, [0, 0.002, 0.004, 0.006]), (0, 9, [0, 2, 4, 6, 8, 10]), (0, 11, [0, 2.5, 5, 7.5, 10, 12.5]),
    (0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
])  # fmt: skip
def test_ticks_are_round_and_hold_the_range(low, high, ticks):
    assert scale(low, high, 0, 100).ticks == pytest.approx(ticks)


def test_a_scale_is_linear_between_its_ends():
    axis = scale(0, 100, 50, 250)
    assert [axis(v) for v in (0, 25, 100)] == [50, 100, 250]


@pytest.mark.parametrize(("ticks", "texts"), [
    ((0, 2.5, 5), ["0", "2.5", "5.0"]), ((0, 50_000, 100_000), ["0", "50,000", "100,000"]),
    ((0.002, 0.004), ["0.002", "0.004"]),
    ((-20, 0, 20), ["-20", "0", "20"]), ((0, 0.25, 0.5), ["0", "0.25", "0.50"]),
])  # fmt: skip
def test_ticks_are_written_with_the_digits_of_their_step(ticks, texts):
    assert [tick_text(tick, ticks, EN) for tick in ticks] == texts
    assert tick_text(2.5, (0, 2.5, 5), VI) == "2,5"


def test_bars_are_as_long_as_their_means_and_whiskers_end_at_the_interval():
    made = bars("x", "X", [Bar("a", 100.0, 80.0, 130.0), Bar("b", 25.0, 20.0, 30.0)], "kg", EN)
    first, second = [m for m in made.marks if isinstance(m, Box)]
    assert first.width == pytest.approx(4 * second.width)
    lines = [m for m in made.marks if isinstance(m, Path) and m.role == "ink"]
    whisker = lines[0].points
    assert whisker[0][0] - first.x == pytest.approx(0.8 * first.width)
    assert whisker[1][0] - first.x == pytest.approx(1.3 * first.width)


def test_bars_below_zero_go_the_other_way():
    made = bars("x", "X", [Bar("up", 40.0, 30.0, 50.0), Bar("down", -20.0, -30.0, -10.0)], "kg", EN)
    up, down = [m for m in made.marks if isinstance(m, Box)]
    assert down.x + down.width == pytest.approx(up.x)
    assert up.width == pytest.approx(2 * down.width)


def test_a_rest_is_summed_and_written_but_not_drawn():
    rows = [Bar(f"g{i}", float(100 - i), 90.0, 110.0) for i in range(20)]
    shown = folded(rows, EN, 14)
    assert [row.label for row in shown[-2:]] == ["g12", "7 more"]
    assert shown[-1].mean == sum(100 - i for i in range(13, 20))
    assert shown[-1].low is None
    made = bars("x", "X", rows, "kg", EN, drawn=shown)
    assert len([m for m in made.marks if isinstance(m, Box)]) == 13
    assert folded(rows[:14], EN, 14) == rows[:14]


def test_the_histogram_holds_all_draws_between_its_ends(run):
    made = picture(run, "distribution")
    boxes = [m for m in made.marks if isinstance(m, Box) and m.role in ("wide", "narrow")]
    dark = [m for m in boxes if m.role == "narrow"]
    draws = run.draws("total").to_numpy()[0]
    # Columns of one width: what is dark is the share of the draws in the 95 % interval.
    area = {role: sum(m.width * m.height for m in boxes if m.role == role) for role in ("wide", "narrow")}
    assert area["narrow"] / sum(area.values()) == pytest.approx(0.95, abs=0.02)
    low, high = np.quantile(draws, [0.025, 0.975])
    left, right = min(m.x for m in dark), max(m.x + m.width for m in dark)
    mean_line, best_line = [m for m in made.marks if isinstance(m, Path) and m.width > 1.5]
    place = (draws.mean() - low) / (high - low)
    assert mean_line.points[0][0] == pytest.approx(left + place * (right - left), abs=1.5)
    best = run.figure("total")["best_estimate"]
    assert best_line.points[0][0] == pytest.approx(left + (best - low) / (high - low) * (right - left), abs=1.5)


def test_the_fan_ends_where_all_but_half_a_percent_is_shown(run):
    made = picture(run, "years")
    # Means fall by 0.8 a year for 12 years: 1 - 0.8^n of 1 - 0.8^12 reaches 99.5 % only in the last year.
    bands = [m for m in made.marks if isinstance(m, Area)]
    assert [len(m.points) for m in bands] == [24, 24]
    (line,) = [m for m in made.marks if isinstance(m, Path) and m.role == "use" and len(m.points) > 2]
    floor = 300.0
    heights = [floor - y for _, y in line.points]
    assert [b / a for a, b in pairwise(heights)] == pytest.approx([0.8] * 11)
    assert any(isinstance(m, Words) and m.text == "reporting year 2024" for m in made.marks)


def test_a_long_tail_of_years_is_one_row_of_the_table(run):
    figures = run.figures.copy()
    late = (figures["by"] == "calendar_year") & (figures["group"].astype(str) > "2030")
    numbers = figures.select_dtypes("float").columns
    figures.loc[late, numbers] *= 1e-6
    made = picture(dataclasses.replace(run, figures=figures), "years")
    assert made.table.rows[-1][0] == "2031 to 2035, together"
    assert made.table.rows[-2][0] == "2030"


@pytest.mark.parametrize("kind", OF_RUN)
@pytest.mark.parametrize("code", ["en", "vi"])
def test_every_kind_is_well_formed_in_every_language(run, kind, code):
    made = picture(run, kind, code)
    for text in (standalone_svg(made, LIGHT), standalone_svg(made, DARK)):
        root = ET.fromstring(text)
        assert root.tag == f"{SVG}svg"
        assert root.find(f"{SVG}title").text == made.title
        assert len(root.findall(f"{SVG}text")) >= 4
        assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {
            "svg", "title", "desc", "rect", "circle", "polyline", "polygon", "text",
        }  # fmt: skip
        assert not re.search(r"\bstyle=|class=|nan|inf\b", text)
    assert made.table.rows
    assert ET.fromstring(inline_svg(made)).attrib["role"] == "img"


def test_marks_stay_on_the_picture(run):
    for kind in OF_RUN:
        made = picture(run, kind)
        for mark in made.marks:
            if isinstance(mark, Box):
                assert -0.1 <= mark.x <= mark.x + mark.width <= made.width + 0.1, kind
            if isinstance(mark, Words) and mark.anchor == "end":
                assert mark.x - text_width(mark.text, mark.size, bold=mark.bold) >= -12, (kind, mark.text)


def test_pictures_of_other_commands(run):
    given = documents([RANK, COMPARE, TRACK])
    for kind in ("ranking", "comparison", "track", "change"):
        made = picture(run, kind, documents=given)
        ET.fromstring(standalone_svg(made, LIGHT))
        with pytest.raises(StudyError, match="nothing to draw"):
            picture(run, kind)
    targets = [m for m in picture(run, "track", documents=given).marks if isinstance(m, Path) and m.role == "accent"]
    assert len(targets) == 2


def test_what_is_ahead_is_a_fan_for_each_scenario():
    def row(year, *means):
        apart = [
            {
                "scenario": name,
                "weight": weight,
                "mean": mean,
                "p2_5": mean - 50,
                "p97_5": mean + 50,
                "probability_met": 0.5,
            }
            for name, weight, mean in zip(("clean", "flat"), (0.3, 0.7), means, strict=True)
        ]
        return {"year": year, "mean": sum(means) / 2, "p2_5": 800.0, "p97_5": 1100.0, "target": 900.0,
                "by_scenario": apart}  # fmt: skip

    found = documents([TRACK | {"years": [row(2021, 1000.0, 1000.0), row(2024, 900.0, 950.0)],
                                   "outlook": [row(2030, 600.0, 900.0)]}])  # fmt: skip
    made = outlook(found.tracked, language("en"))
    ET.fromstring(standalone_svg(made, LIGHT))
    assert png(made, LIGHT, 1.0)
    fans = [mark for mark in made.marks if isinstance(mark, Area)]
    assert len(fans) == 2
    # A fan of 100 t is as wide in 2024 as in 2030: its ends are at equal distances.
    heights = {round(fan.points[3][1] - fan.points[0][1], 6) for fan in fans}
    heights |= {round(fan.points[2][1] - fan.points[1][1], 6) for fan in fans}
    assert len(heights) == 1
    assert [row[:3] for row in made.table.rows] == [
        ("clean, weight 30\N{NO-BREAK SPACE}%", "2024", "900"), ("clean, weight 30\N{NO-BREAK SPACE}%", "2030", "600"),
        ("flat, weight 70\N{NO-BREAK SPACE}%", "2024", "950"), ("flat, weight 70\N{NO-BREAK SPACE}%", "2030", "900"),
    ]  # fmt: skip
    assert outlook(documents([TRACK]).tracked, language("en")) is None


def test_an_unknown_kind_is_refused_with_what_there_is(run):
    with pytest.raises(StudyError) as caught:
        picture(run, "pie")
    assert all(kind in caught.value.problems[0].fix for kind in KINDS)


def test_names_that_others_wrote_are_text_in_a_picture():
    names = [
        "</text><script>alert(1)</script>",
        "a\x00\x1b[31mb\u202e",
        "$\\frac{1}{2}$",
        "<!--",
        "]]>",
        "&amp;",
        "鋸" * 40,
    ]
    made = picture(make_run(products=names), "product")
    root = ET.fromstring(standalone_svg(made, LIGHT))
    texts = {e.text for e in root.iter(f"{SVG}text")}
    assert {"$\\frac{1}{2}$", "<!--", "]]>", "&amp;"} <= texts
    assert not [e for e in root.iter() if e.tag.endswith("script")]
    assert any(text.startswith("鋸") and text.endswith("…") for text in texts)


def test_files_are_the_same_bytes_each_time(run, tmp_path):
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        write_chart(run, "family", tmp_path / name)
    for form in ("svg", "png"):
        assert (tmp_path / f"a.{form}").read_bytes() == (tmp_path / f"b.{form}").read_bytes()


def test_a_png_has_twice_the_picture_s_size_and_the_theme_s_paper(tmp_path):
    from matplotlib.image import imread

    hostile = make_run(products=["$\\frac{1}{2$", "鋸", "a\x00b"])
    made = write_chart(hostile, "product", tmp_path / "x.png", code="vi", theme="dark")
    content = (tmp_path / "x.png").read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == (2 * (720 + 32), round(2 * (made.height + 34 + 16)))
    pixels = (imread(tmp_path / "x.png")[:, :, :3] * 255).round().astype(int)
    assert tuple(pixels[3, 3]) == (0x11, 0x19, 0x1F)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20
    assert b"Software" not in content


@pytest.mark.parametrize("name", ["x.gif", "x", "x.html"])
def test_another_ending_is_refused(run, tmp_path, name):
    with pytest.raises(StudyError, match=r"svg or .png"):
        write_chart(run, "family", tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_text_is_cut_to_its_width():
    assert shortened("short", 200) == "short"
    cut = shortened("a very long name of a product that nobody can read", 100)
    assert cut.endswith("…")
    assert 60 < text_width(cut, 13) <= 100
    assert text_width("e\u0301", 13) == text_width("e", 13)


@pytest.mark.parametrize("size", [1e-300, 1e-9, 0.1, 1.0, 19571.8936168448, 1e15, 1e300])
@pytest.mark.parametrize("apart", [0, 1, 2, 7, 1000])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("tight", [False, True])
def test_a_scale_holds_values_that_differ_in_their_last_places(size, apart, sign, tight):
    low = sign * size
    high = low + apart * np.spacing(size)
    axis = scale(low, high, 12, 500, tight=tight)
    places = [axis(value) for value in (*axis.ticks, low, high)]
    assert all(12 - 1e-6 <= place <= 500 + 1e-6 for place in places)


def test_the_cost_curve_is_as_wide_as_what_is_abated_and_as_high_as_a_t_costs():
    def lever(name, abated, cost, low=None, high=None):
        ends = {"abated_p2_5": abated * 0.9, "abated_p97_5": abated * 1.1, "cost_per_t_p2_5": low}
        return {"lever": name, "year": 2031, "abated": abated, "cost_per_t": cost, "cost_per_t_p97_5": high, **ends}

    curve = [lever("saves", 100.0, -50.0, -80.0, -20.0), lever("</svg>costs", 300.0, 200.0), lever("free", 40.0, None)]
    made = abatement(documents([TRACK | {"abatement": curve}]).tracked, EN)
    ET.fromstring(standalone_svg(made, DARK))
    assert png(made, LIGHT, 1.0)
    first, second = (mark for mark in made.marks if isinstance(mark, Box))
    assert (second.width + 1) / (first.width + 1) == pytest.approx(3.0)
    assert second.height / first.height == pytest.approx(4.0)
    assert first.y == pytest.approx(second.y + second.height)  # below 0, and above it
    (whisker,) = (mark for mark in made.marks if isinstance(mark, Path) and mark.width == 1.4)
    assert abs(whisker.points[0][1] - whisker.points[1][1]) / first.height == pytest.approx(60 / 50)
    assert [row[0] for row in made.table.rows] == ["1 saves", "2 </svg>costs"]
    assert [row[2] for row in made.table.rows] == ["100", "400"]
    assert abatement(documents([TRACK | {"abatement": curve[2:]}]).tracked, EN) is None
    assert abatement(documents([TRACK]).tracked, EN) is None
    with pytest.raises(StudyError, match="give the options a cost"):
        picture(make_run(products=1), "abatement", documents=documents([TRACK]))
