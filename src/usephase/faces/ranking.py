"""What a ranking can do in Python besides holding its rows."""

from usephase.door import inner
from usephase.faces.notebook import as_html
from usephase.insight.sensitivity.ranking import Ranking as _Ranking
from usephase.report.html.documents import documents
from usephase.report.html.insight import ranked
from usephase.report.language import language


class Ranking(_Ranking):
    """Hold the answer of a ranking."""

    def __repr__(self) -> str:
        """Say in a line what is ranked."""
        held = inner(self)
        return f"<Ranking of {len(held.rows):,} inputs by what they add to {held.figure}, {held.method}>"

    def _repr_html_(self) -> str:
        return as_html(repr(self)[1:-1], ranked(documents([inner(self).to_document()]), language()))
