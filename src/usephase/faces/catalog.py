"""What a catalog can do in Python besides holding its tables."""

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from usephase.catalog.edit.apply import apply
from usephase.catalog.edit.records import Edit
from usephase.catalog.memory import frames as catalog_frames
from usephase.catalog.table import Catalog as _Catalog
from usephase.door import hand, inner
from usephase.insight.decision.cell_names import parts


class Catalog(_Catalog):
    """Hold what is sold and what is assumed about it, as read and checked."""

    @classmethod
    def from_frames(cls, frames: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> "Catalog":
        """Read and check a catalog from frames; see `usephase.catalog.memory.frames.from_frames`.

        Examples
        --------
        >>> import pandas as pd, usephase
        >>> catalog = usephase.Catalog.from_frames(
        ...     {
        ...         "products": pd.DataFrame({"product": ["FAN"], "lifetime": ["five"]}),
        ...         "modes": pd.DataFrame({"product": ["FAN"], "mode": ["on"], "carrier": ["electricity"],
        ...                                "rate": ["20 ± 10%"], "rate_unit": ["kWh/year"]}),
        ...         "lifetimes": pd.DataFrame({"lifetime": ["five"], "distribution": ["fixed"], "mean": [5]}),
        ...         "sales": pd.DataFrame({"product": ["FAN"], "region": ["FRA"], "year": [2024], "units": [1000]}),
        ...     },
        ...     settings={"name": "Fans", "reporting_year": 2024},
        ... )
        >>> catalog
        <Catalog Fans: 1 product, 1 row of sales, reporting year 2024>
        >>> catalog.to_frames()["modes"]["rate"].tolist()
        ['20 ± 10%']
        """
        made: Catalog = hand(catalog_frames.from_frames(frames, settings))
        return made

    def to_frames(self, *, distributions: bool = False) -> dict[str, pd.DataFrame]:
        """Give the tables that have rows; uncertain columns as text, or as objects with their quantiles."""
        return catalog_frames.to_frames(inner(self), distributions=distributions)

    def with_edits(self, edits: Mapping[str, object]) -> "Catalog":
        """Give a new catalog with other texts in some cells; what is not edited keeps its draws.

        Parameters
        ----------
        edits : mapping of str to object
            ``TABLE:ROW:COLUMN``, the row as in options, to a value, or a step such as ``*0.9`` on what is there.

        Raises
        ------
        CatalogError
            With every problem of the edits, or of the catalog with them.
        """
        made: Catalog = hand(apply(inner(self), [Edit(*parts(cell), str(text)) for cell, text in edits.items()]))
        return made

    def __repr__(self) -> str:
        """Say in a line what it is of."""
        held = inner(self)
        counts = [
            f"{len(held[name]):,} {one if len(held[name]) == 1 else many}"
            for name, one, many in (("products", "product", "products"), ("sales", "row of sales", "rows of sales"))
        ]
        year = held.settings.reporting_year
        return f"<Catalog {held.settings.name}: {', '.join(counts)}, reporting year {year}>"

    def _repr_html_(self) -> str:
        held = inner(self)
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{len(table):,}</td></tr>"
            for name, table in held.tables.items()
            if len(table)
        )
        said = "".join(f"<li>{escape(str(problem))}</li>" for problem in held.warnings)
        return (
            f"<p>{escape(repr(self)[1:-1])}</p><table><tr><th>table</th><th>rows</th></tr>{rows}</table><ul>{said}</ul>"
        )
