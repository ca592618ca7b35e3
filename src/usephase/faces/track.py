"""What a track of sale years can do in Python besides holding its figures."""

from usephase.door import inner
from usephase.faces.notebook import as_html
from usephase.insight.tracking.track import Track as _Track
from usephase.report.html.documents import documents
from usephase.report.html.insight import tracked
from usephase.report.language import language


class Track(_Track):
    """Hold the inventory over its sale years."""

    def __repr__(self) -> str:
        """Say in a line which years there are."""
        meta = inner(self).meta
        return f"<Track {meta['catalog']['name']}: {meta['base_year']} to {meta['reporting_year']} and on>"

    def _repr_html_(self) -> str:
        return as_html(repr(self)[1:-1], tracked(documents([inner(self).to_document()]), language()))
