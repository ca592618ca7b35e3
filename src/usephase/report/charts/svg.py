"""A picture as SVG: text stays text, no script, no date; the same picture gives the same bytes."""

from html import escape
from typing import assert_never

from usephase.report.cells import printable
from usephase.report.charts.marks import Area, Box, Dot, Link, Mark, Path, Picture, Point, Words
from usephase.report.charts.style import FONTS, TITLE_PX, Theme, shortened

_MARGIN_PX = 16.0
_TITLE_SPACE_PX = 34.0


def inline_svg(picture: Picture) -> str:
    """Write a picture for a page: colours by class, so that they follow the page's theme."""
    head = f'<svg viewBox="0 0 {_n(picture.width)} {_n(picture.height)}"'
    return _wrapped(picture, head, "", None)


def standalone_svg(picture: Picture, theme: Theme) -> str:
    """Write a picture as a file of its own, with its title above and a background."""
    width, height = outer_size(picture)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}"'
    head += f' viewBox="{_n(-_MARGIN_PX)} {_n(-_TITLE_SPACE_PX)} {_n(width)} {_n(height)}"'
    head += f' font-family="{escape(", ".join(FONTS))}"'
    back = "".join(_mark(mark, theme) for mark in backdrop(picture))
    return _wrapped(picture, head, back, theme) + "\n"


def outer_size(picture: Picture) -> tuple[float, float]:
    """Give the size of a picture with its title and margins. [px]"""
    return picture.width + 2 * _MARGIN_PX, picture.height + _TITLE_SPACE_PX + _MARGIN_PX


def backdrop(picture: Picture) -> tuple[Mark, ...]:
    """Make the paper and the title of a picture that stands alone."""
    width, height = outer_size(picture)
    title = Words(0, 22 - _TITLE_SPACE_PX, shortened(picture.title, picture.width, TITLE_PX), size=TITLE_PX, bold=True)
    return Box(-_MARGIN_PX, -_TITLE_SPACE_PX, width, height, "paper"), title


def origin() -> Point:
    """Give where a picture's own corner lies in one that stands alone. [px]"""
    return _MARGIN_PX, _TITLE_SPACE_PX


def _wrapped(picture: Picture, head: str, back: str, theme: Theme | None) -> str:
    name = escape(picture.name)
    # What can be followed is no part of an image.
    role = "group" if theme is None and any(isinstance(mark, Link) for mark in picture.marks) else "img"
    body = "".join(_mark(mark, theme) for mark in picture.marks)
    return (
        f'{head} role="{role}" aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{_t(picture.title)}'
        f'</title><desc id="{name}-desc">{_t(picture.description)}</desc>{back}{body}</svg>'
    )


def _mark(mark: Mark, theme: Theme | None) -> str:
    match mark:
        case Box():
            size = f'width="{_n(max(mark.width, 0))}" height="{_n(mark.height)}"'
            return _closed(
                f'rect x="{_n(mark.x)}" y="{_n(mark.y)}" {size}{_fill(mark.role, theme)}', "rect", mark.title
            )
        case Dot():
            place = f'cx="{_n(mark.x)}" cy="{_n(mark.y)}" r="{_n(mark.radius)}"'
            return _closed(f"circle {place}{_fill(mark.role, theme)}", "circle", mark.title)
        case Area():
            clear = f' fill-opacity="{mark.opacity:g}"' if mark.opacity < 1 else ""
            return f'<polygon points="{_points(mark.points)}"{_fill(mark.role, theme)}{clear}/>'
        case Path():
            dash = ' stroke-dasharray="5 4"' if mark.dashed else ""
            stroke = f'{_stroke(mark.role, theme)} stroke-width="{_n(mark.width)}"{dash}'
            return _closed(f'polyline points="{_points(mark.points)}"{stroke}', "polyline", mark.title)
        case Words():
            anchor = "" if mark.anchor == "start" else f' text-anchor="{mark.anchor}"'
            weight = ' font-weight="600"' if mark.bold else ""
            place = f'x="{_n(mark.x)}" y="{_n(mark.y)}" font-size="{_n(mark.size)}"'
            return f"<text {place}{anchor}{weight}{_fill(mark.role, theme)}>{_t(mark.text)}</text>"
        case Link():
            inner = "".join(_mark(each, theme) for each in mark.marks)
            if theme is not None:
                return inner
            return f'<a href="{escape(mark.address)}" data-cell="" aria-label="{_t(mark.label)}">{inner}</a>'
        case _:
            assert_never(mark)


def _closed(start: str, name: str, title: str) -> str:
    return f"<{start}><title>{_t(title)}</title></{name}>" if title else f"<{start}/>"


def _fill(role: str, theme: Theme | None) -> str:
    return f' class="f-{role}"' if theme is None else f' fill="{theme.colors[role]}"'


def _stroke(role: str, theme: Theme | None) -> str:
    return f' class="s-{role}"' if theme is None else f' fill="none" stroke="{theme.colors[role]}"'


def _points(points: tuple[Point, ...]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _t(text: str) -> str:
    return escape(printable(text))


def _n(value: float) -> str:
    # Tenths of a pixel: enough for the eye, and few bytes; -0.0 is 0.
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
