"""A picture as PNG, painted by matplotlib from the same marks as the SVG."""

import warnings
from io import BytesIO
from typing import Any, assert_never

from usephase.report.cells import printable
from usephase.report.charts.marks import Area, Box, Dot, Link, Mark, Path, Picture, Words
from usephase.report.charts.style import Theme
from usephase.report.charts.svg import backdrop, origin, outer_size

_DPI = 72.0
_POINTS_A_PX = 72.0 / _DPI
_FONT = "DejaVu Sans"
_FONT_SCALE = 0.88
"""The painted font is wider than what browsers use for the same size."""
_ALIGN = {"start": "left", "middle": "center", "end": "right"}


def png(picture: Picture, theme: Theme, scale: float = 2.0) -> bytes:
    """Paint a picture; the same picture gives the same bytes on one version of matplotlib.

    Parameters
    ----------
    scale : float
        Pixels of the image a pixel of the picture.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = outer_size(picture)
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI * scale)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    left, top = origin()
    axes.set(xlim=(-left, width - left), ylim=(height - top, -top))
    axes.set_axis_off()
    for order, mark in enumerate((*backdrop(picture), *picture.marks)):
        _paint(axes, mark, theme, order)
    out = BytesIO()
    with warnings.catch_warnings():
        # A name in a script that the font has not is drawn as boxes: the SVG has it in full.
        warnings.filterwarnings("ignore", message=".*missing from.*font.*")
        figure.savefig(out, format="png", dpi=_DPI * scale, metadata={"Software": None})
    return out.getvalue()


def _paint(axes: Any, mark: Mark, theme: Theme, order: int) -> None:
    from matplotlib.patches import Circle, Polygon, Rectangle

    if isinstance(mark, Link):
        for each in mark.marks:
            _paint(axes, each, theme, order)
        return
    color = theme.colors[mark.role]
    filled: dict[str, Any] = {"facecolor": color, "edgecolor": "none", "linewidth": 0.0, "zorder": order}
    match mark:
        case Box():
            axes.add_patch(Rectangle((mark.x, mark.y), max(mark.width, 0.0), mark.height, **filled))
        case Dot():
            axes.add_patch(Circle((mark.x, mark.y), mark.radius, **filled))
        case Area():
            axes.add_patch(Polygon(mark.points, closed=True, alpha=mark.opacity, **filled))
        case Path():
            x, y = zip(*mark.points, strict=True)
            style = (0, (5, 4)) if mark.dashed else "solid"
            axes.plot(x, y, color=color, linewidth=mark.width * _POINTS_A_PX, linestyle=style, zorder=order)
        case Words():
            axes.text(
                mark.x, mark.y, printable(mark.text), color=color, fontsize=mark.size * _POINTS_A_PX * _FONT_SCALE,
                fontfamily=_FONT, fontweight="bold" if mark.bold else "normal", ha=_ALIGN[mark.anchor], va="baseline",
                zorder=order, parse_math=False,
            )  # fmt: skip
        case _:
            assert_never(mark)
