"""A run's figures as a table of one grouping: a row a group, the ledgers side by side, the largest first."""

from dataclasses import dataclass

import pandas as pd

from usephase.results.run import Run

LEDGERS = ("total", "category_11", "category_12", "avoided", "biogenic_co2")
PARTS = {"category_11": "component", "category_12": "route"}
"""The section of the language that names the components of a category."""
COUNTED = ("total", "category_11", "category_12")


@dataclass(frozen=True)
class Breakdown:
    """Hold one grouping on the headline basis and boundary.

    Attributes
    ----------
    groups : tuple of str
        Ascending for calendar years, else by falling mean of the main ledger.
    ledgers : mapping of str to DataFrame
        The statistics of every ledger that has the grouping, index `groups`; NaN where a group is not in it.
    main : str
        The ledger that leads: ``total`` where there is one.
    """

    by: str
    groups: tuple[str, ...]
    ledgers: dict[str, pd.DataFrame]
    main: str

    @property
    def leading(self) -> pd.DataFrame:
        """The statistics of the main ledger."""
        return self.ledgers[self.main]

    def shares(self) -> pd.Series:
        """Give each group's share of the mean of all groups; NaN where that is 0."""
        means = self.leading["mean"]
        whole = means.sum()
        return means / whole if whole else means * float("nan")


def breakdown(run: Run, by: str) -> Breakdown | None:
    """Collect one grouping; None if the run has no figures of it."""
    found = {ledger: run.select(ledger, by).set_index("group") for ledger in LEDGERS}
    found = {ledger: frame for ledger, frame in found.items() if len(frame)}
    if not found:
        return None
    main = next(iter(found))
    names = list(dict.fromkeys(group for frame in found.values() for group in frame.index))
    if by == "calendar_year":
        names.sort(key=int)
    else:
        means = found[main]["mean"]
        names.sort(key=lambda name: (-means.get(name, 0.0), name))
    return Breakdown(by, tuple(names), {ledger: frame.reindex(names) for ledger, frame in found.items()}, main)
