"""The report's pictures, as a notebook shows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from usephase.report.charts.marks import Picture
from usephase.report.charts.run import FORMATS, content
from usephase.report.charts.style import THEMES
from usephase.report.charts.svg import standalone_svg
from usephase.results.atomic import beside


@dataclass(frozen=True)
class Plot:
    """Hold one picture; a notebook shows it, `save` writes it as SVG or PNG."""

    picture: Picture
    theme: str = "light"

    @property
    def svg(self) -> str:
        """Give the picture as SVG."""
        return standalone_svg(self.picture, THEMES[self.theme])

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        """Say what it shows."""
        return f"<Plot {self.picture.title}>"

    def save(self, path: str | PathLike[str]) -> None:
        """Write it to a file that ends in .svg or .png.

        Raises
        ------
        ValueError
            For another ending.
        StoreError
            If the system refuses.
        """
        form = Path(path).suffix.lower().removeprefix(".")
        if form not in FORMATS:
            raise ValueError(f"{Path(path).name}: end the name in .svg or .png")
        with beside(Path(path), replace=True) as spare:
            spare.write_bytes(content(self.picture, form, self.theme))


class Plots:
    """Draw the pictures of one answer: ``plots.distribution()``, or ``plots("family")``.

    Parameters
    ----------
    draw : callable
        From a kind to its picture.
    kinds : sequence of str
        What it draws.
    """

    def __init__(self, draw: Callable[[str], Picture], kinds: tuple[str, ...]) -> None:
        self._draw, self._kinds = draw, kinds

    def __call__(self, kind: str, theme: str = "light") -> Plot:
        """Draw one picture, light or dark."""
        return Plot(self._draw(kind), theme)

    def __getattr__(self, name: str) -> Callable[..., Plot]:
        """Give what draws the picture of a name."""
        kind = self._named().get(name)
        if name.startswith("_") or kind is None:
            raise AttributeError(f"there is no plot {name!r}; there are {', '.join(self._named())}")
        return lambda theme="light": self(kind, theme)

    def _named(self) -> Mapping[str, Any]:
        return {kind.replace("-", "_"): kind for kind in self._kinds}

    def __dir__(self) -> list[str]:
        """List the plots."""
        return [*super().__dir__(), *self._named()]
