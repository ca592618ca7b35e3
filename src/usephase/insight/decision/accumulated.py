"""What the units of a year have emitted up to each age, with every option."""

import numpy as np
import pandas as pd

from usephase.insight.comparison.paired import Paired, paired_sums

COLUMNS = ("option", "year", "age", "mean", "p2_5", "p97_5")
_ALL_BUT = 1e-6


def accumulated(paired: Paired) -> pd.DataFrame:
    """Add up the calendar view of the sale year's units, draw by draw.

    Parameters
    ----------
    paired : Paired

    Returns
    -------
    DataFrame
        A row an option and calendar year, to the year by which all but a millionth is emitted. [t CO2e]
    """
    first = paired.catalog.settings.reporting_year
    rows = []
    for choice in paired.chosen:
        sums = paired_sums(paired, choice.name)
        years = sorted({int(key[2]) for key in sums if key[0] == "calendar"})
        reached = np.zeros(paired.study.draws)
        made = []
        for year in years:
            for ledger in ("category_11", "category_12"):
                reached = reached + sums.get(("calendar", ledger, str(year)), 0.0)
            made.append((choice.name, year, year - first, reached.mean(), *np.quantile(reached, (0.025, 0.975))))
        whole = abs(made[-1][3]) if made else 0.0
        enough = next((i for i, row in enumerate(made) if abs(row[3]) >= (1 - _ALL_BUT) * whole), len(made))
        rows += made[: enough + 1]
    return pd.DataFrame(rows, columns=list(COLUMNS))
