"""What a comparison can do in Python besides holding its differences."""

from collections.abc import Mapping
from functools import partial

from usephase.door import inner
from usephase.faces.notebook import as_html
from usephase.faces.plots import Plots
from usephase.insight.comparison.records import Comparison as _Comparison
from usephase.report.charts.insight import comparisons
from usephase.report.charts.marks import Picture
from usephase.report.html.documents import documents
from usephase.report.html.insight import compared
from usephase.report.language import language


class Comparison(_Comparison):
    """Hold the answer of a comparison."""

    @property
    def plot(self) -> Plots:
        """Draw the report's own pictures, one an answer: see ``dir(comparison.plot)``."""
        read = documents([inner(self).to_document()]).comparison
        made: Mapping[str, Picture] = {} if read is None else {p.name: p for p in comparisons(read, language())}
        return Plots(partial(_named, made), tuple(made))

    def __repr__(self) -> str:
        """Say in a line what is compared."""
        held = inner(self)
        return f"<Comparison of {', '.join(map(str, held.options))}>"

    def _repr_html_(self) -> str:
        return as_html(repr(self)[1:-1], compared(documents([inner(self).to_document()]), language()))


def _named(made: Mapping[str, Picture], name: str) -> Picture:
    return made[name]
