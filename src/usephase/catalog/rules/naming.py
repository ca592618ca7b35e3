"""Rules of names: what would make a row text or a grouping ambiguous."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from usephase.catalog.rules.context import Context
from usephase.catalog.rules.listing import by_value
from usephase.catalog.schema import TABLES
from usephase.errors import Problem

GROUPINGS = (
    "total", "product", "family", "region", "segment", "component", "mode", "material", "calendar_year", "coverage",
)  # fmt: skip
"""What figures are grouped by without any label."""
FIGURE_COLUMNS = ("year", "ledger", "grid_basis", "boundary", "phase", "by", "group")
_ROW_TEXTS = ("options", "correlations")


def labels_are_free(ctx: Context) -> Iterator[Problem]:
    """A label is not named like a grouping that is there anyway."""
    table = ctx.table("products")
    for label in ctx.catalog.labels:
        if label in GROUPINGS or label in FIGURE_COLUMNS:
            where = f"{table.origin}!{table.letters.get(label, 'A')}1" if table.sheet else f"{table.origin}:1:{label}"
            what = f"figures have a `{label}` already, so no label can be called that"
            yield Problem(where=where, what=what, fix=f"name the column otherwise, such as `{label}_label`")


def names_fit_into_row_texts(ctx: Context) -> Iterator[Problem]:
    """`;` and `=` separate the parts of a row text, so no key may hold them."""
    for name, schema in TABLES.items():
        if name in (*_ROW_TEXTS, "settings"):
            continue
        for column in (c.name for c in schema.columns if c.key and c.kind == "text"):
            codes, names = pd.factorize(ctx.text(name, column))
            bad = np.array([";" in text or "=" in text for text in names], dtype=bool)
            if bad.any():
                rows = np.flatnonzero(bad[codes])

                def say(value: str) -> tuple[str, str]:
                    shown = value.replace(";", ",").replace("=", " ")
                    return f"`{value}` holds `;` or `=`, which separate keys", f"write it without, such as `{shown}`"

                yield from by_value(ctx.table(name), rows, ctx.text(name, column)[rows], column, say, limit=3)


RULES = (labels_are_free, names_fit_into_row_texts)
