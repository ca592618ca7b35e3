"""Pictures made of lines and bands: each mark against its number, under hostile names, painted as well."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tests.report.test_page_parts import TRACK
from usephase.guide import page
from usephase.report.charts.insight import cumulative
from usephase.report.charts.lines import BOTTOM_PX, TOP_PX
from usephase.report.charts.marks import Area, Box, Path, Words
from usephase.report.charts.png import png
from usephase.report.charts.run import of_track
from usephase.report.charts.style import DARK, LIGHT, text_width
from usephase.report.charts.svg import inline_svg, standalone_svg
from usephase.report.charts.years import calendar, levers
from usephase.report.folders.track import NAMES
from usephase.report.html.documents import documents
from usephase.report.language import language, languages

EN = language("en")
HOSTILE = "</text><script>alert(1)</script>$\\frac{1}{2$\x00\u202e]]>&amp;鋸" + "x" * 90


def sound(made):
    """Check what every picture keeps: well-formed in both themes, painted, on the paper, a table behind it."""
    for text in (standalone_svg(made, LIGHT), standalone_svg(made, DARK), inline_svg(made)):
        root = ET.fromstring(text)
        assert not [e for e in root.iter() if e.tag.endswith("script")]
        assert "nan" not in text
    assert png(made, LIGHT, 1.0).startswith(b"\x89PNG")
    assert made.title
    assert made.description
    assert made.table.rows
    for mark in made.marks:
        if isinstance(mark, Path | Area):
            assert all(-1 <= x <= made.width + 1 and -1 <= y <= made.height + 1 for x, y in mark.points), mark
        if isinstance(mark, Box):
            assert -0.1 <= mark.x <= mark.x + mark.width <= made.width + 0.1, mark
        if isinstance(mark, Words):
            wide = text_width(mark.text, mark.size, bold=mark.bold)
            left = mark.x - {"start": 0.0, "middle": wide / 2, "end": wide}[mark.anchor]
            assert -12 <= left <= left + wide <= made.width + 20, mark
            assert 0 <= mark.y <= made.height, mark


def areas(made):
    return [mark for mark in made.marks if isinstance(mark, Area)]


def line(made, role, least=2, **more):
    """Find the one line of a role that is thick enough to be no leader to a name."""
    found = [
        m for m in made.marks
        if isinstance(m, Path) and m.role == role and m.width > 1.0 and len(m.points) >= least
        and all(getattr(m, key) == value for key, value in more.items())
    ]  # fmt: skip
    assert len(found) == 1, found
    return found[0]


def t_a_px(made):
    """Find how much a pixel of height stands for, from the words of the vertical axis."""
    ticks = [m for m in made.marks if isinstance(m, Words) and m.anchor == "end"]
    numbers = [float(m.text.replace(",", "")) for m in ticks]
    assert ticks[0].y == BOTTOM_PX + 4
    return (numbers[-1] - numbers[0]) / (BOTTOM_PX - TOP_PX)


def spread(year, mean, half=10.0, **more):
    return {"year": year, "mean": mean, "p2_5": mean - half, "p25": mean - half / 4, "p75": mean + half / 4,
            "p97_5": mean + half, **more}  # fmt: skip


@pytest.mark.parametrize("code", languages())
def test_calendar_years_are_a_fan_of_what_is_there_and_one_with_what_is_forecast(code):
    there = [spread(year, mean, view="installed base") for year, mean in ((2024, 100.0), (2025, 60.0), (2026, 20.0))]
    ahead = [spread(year, mean, view="with forecast") for year, mean in ((2024, 100.0), (2025, 90.0), (2040, 1e-3))]
    made = calendar(documents([TRACK | {"calendar": [*there, *ahead]}]).tracked, language(code))
    sound(made)
    a_px = t_a_px(made) if code == "en" else 125 / (BOTTOM_PX - TOP_PX)
    heights = [(BOTTOM_PX - y) * a_px for _, y in line(made, "use", 3).points]
    assert heights == pytest.approx([100.0, 60.0, 20.0])
    # What a year adds that is less than a thousandth of the largest is left out: 2040.
    assert len(line(made, "change").points) == 2
    bands = areas(made)
    assert [band.role for band in bands] == ["change", "change", "wide", "narrow"]
    assert [(b.points[-1][1] - b.points[0][1]) * a_px for b in bands] == pytest.approx([20.0, 5.0, 20.0, 5.0])
    assert len(made.table.rows) == 5
    assert calendar(documents([TRACK]).tracked, EN) is None
    assert (
        calendar(documents([TRACK | {"calendar": [spread(2024, 0.0, 0.0, view="installed base")]}]).tracked, EN) is None
    )


def tracked(*names, each=-20.0):
    years = [spread(2024, 900.0), spread(2021, 1000.0, target=1000.0)]
    ahead = [spread(2025, 880.0, target=850.0), spread(2026, 860.0, target=800.0)]
    rows = [spread(year, part * each, lever=name) for name in names for year, part in ((2025, 1), (2026, 2))]
    ends = [
        spread(year, mean + part * each * len(names), 60.0) for year, mean, part in ((2025, 880.0, 1), (2026, 860.0, 2))
    ]
    return documents([TRACK | {"years": years, "outlook": ahead, "levers": rows, "with_levers": ends}]).tracked


def test_levers_are_wedges_from_the_level_without_them_to_the_level_with_all():
    made = levers(tracked("one", HOSTILE, "three"), EN)
    sound(made)
    a_px = t_a_px(made)
    top = line(made, "ink", 4, dashed=False)
    assert [(BOTTOM_PX - y) * a_px for _, y in top.points] == pytest.approx([1000.0, 900.0, 880.0, 860.0])
    wedges = areas(made)
    # Each is 20 t thick in the first year and 40 t in the second, and begins where the one above it ends.
    for wedge in wedges:
        first, last, last_below, first_below = (y for _, y in wedge.points)
        assert [(first_below - first) * a_px, (last_below - last) * a_px] == pytest.approx([20.0, 40.0])
    assert wedges[0].points[:2] == top.points[2:]
    assert all(above.points[3] == below.points[0] for above, below in pairwise(wedges))
    whiskers = [m for m in made.marks if isinstance(m, Path) and m.width == 1.4]
    assert [(a[1] - b[1]) * a_px for a, b in (m.points for m in whiskers)] == pytest.approx([120.0, 120.0])
    middle = sum(y for _, y in whiskers[-1].points) / 2
    assert middle == pytest.approx(wedges[-1].points[2][1])
    aim = line(made, "ink", dashed=True, width=1.6)
    assert [(BOTTOM_PX - y) * a_px for _, y in aim.points] == pytest.approx([1000.0, 850.0, 800.0])
    assert len(made.table.rows) == 8
    assert levers(documents([TRACK]).tracked, EN) is None


def test_of_many_levers_the_smallest_are_one_wedge_and_the_level_stays():
    made = levers(tracked(*(f"lever {i}" for i in range(24)), each=-2.0), EN)
    sound(made)
    wedges = areas(made)
    assert len(wedges) == 8
    assert (wedges[-1].points[2][1] - wedges[0].points[1][1]) * t_a_px(made) == pytest.approx(96.0)
    assert any(isinstance(m, Words) and m.text == "17 more" for m in made.marks)
    assert len(made.table.rows) == 25 * 2


@pytest.mark.parametrize("count", [1, 2, 7, 60, 30_000])
def test_shares_of_the_variance_add_up_along_a_line(count):
    shares = [0.5**i for i in range(1, min(count, 40))]
    shares = [*shares, 1 - sum(shares), *[0.0] * (count - len(shares) - 1)]
    made = cumulative(HOSTILE, shares, EN)
    sound(made)
    steps = line(made, "change").points
    top = 100.0
    assert [(BOTTOM_PX - y) * top / (BOTTOM_PX - TOP_PX) for _, y in steps[1:6:2]] == pytest.approx(
        [100 * sum(shares[: i + 1]) for i in range(min(count, 3))]
    )
    assert steps[-1][1] == pytest.approx(TOP_PX)
    assert len(steps) <= 2 * 402
    if count > 2:
        # Half, three quarters, seven eighths: three make 80 %; a factor of ten is as wide as any other.
        corner = line(made, "soft", 3)
        assert corner.points[1][0] == steps[5][0]
        assert (BOTTOM_PX - corner.points[1][1]) / (BOTTOM_PX - TOP_PX) == pytest.approx(0.8)
        assert (steps[4][0] - steps[0][0]) / (steps[2][0] - steps[0][0]) == pytest.approx(np.log2(3))
        assert ("3", "87.5\N{NO-BREAK SPACE}%") in made.table.rows
        assert "3 make 88" in made.description.replace("\N{NO-BREAK SPACE}", " ")


def test_the_guide_names_the_pictures_of_a_track_and_of_a_ranking():
    track = {f"track_{NAMES.get(kind, kind)}" for kind in of_track(documents([TRACK]).tracked, EN)}
    assert track == set(re.findall(r"`(track_[a-z_]+)`", page("over-time")))
    assert "`ranking`, `tornado` and `cumulative` as SVG and PNG" in page("sensitivity")
