"""Pictures drawn by matplotlib, as writers of files."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "png")


def pictures(
    drawn: Mapping[str, Callable[[], "Figure"]], formats: tuple[str, ...] = FORMATS
) -> dict[str, Callable[[Path], object]]:
    """Give what writes each picture in each format, by the name of its file; drawn when it is written."""
    return {f"{name}.{form}": partial(_write, draw, form) for name, draw in drawn.items() for form in formats}


def _write(draw: Callable[[], "Figure"], form: str, path: Path) -> None:
    draw().savefig(path, format=form, bbox_inches="tight", dpi=150)
