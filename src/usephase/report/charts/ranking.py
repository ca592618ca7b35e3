"""Charts of a ranking: indices with intervals, tornado, cumulative share."""

from typing import TYPE_CHECKING, Any

import numpy as np

from usephase.insight.sensitivity.ranking import Ranking
from usephase.report.terminal.ranking import cell_name
from usephase.results.run import UNIT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 15
_ROW_INCHES, _NAME_LENGTH = 0.32, 60
ALONE, ALL, LOW, HIGH, LINE = "#1f77b4", "#0b3d5c", "#4c9f70", "#c8553d", "#808080"


def cumulative_share(ranking: Ranking) -> np.ndarray:
    """Give the share of variance of each row and those before it. Shape (row,)."""
    return np.asarray(ranking.rows["share_of_variance"].cumsum().to_numpy(dtype=float))


def ranking_chart(ranking: Ranking, shown: int = SHOWN) -> "Figure":
    """Draw S1 and ST of the leading cells with their 95 % intervals."""
    rows = ranking.rows[ranking.rows["share_of_variance"] > 0].head(shown)
    figure, axes = _canvas(len(rows))
    at = np.arange(len(rows))
    for name, shift, colour, label in (("st", -0.17, ALL, "in all (ST)"), ("s1", 0.17, ALONE, "alone (S1)")):
        value = rows[name].to_numpy(dtype=float)
        axes.barh(at + shift, value, height=0.32, color=colour, label=label)
        for y, low, high in zip(at + shift, rows[f"{name}_low"], rows[f"{name}_high"], strict=True):
            axes.plot([low, high], [y, y], color="black", linewidth=1)
    _names(axes, [cell_name(row) for _, row in rows.iterrows()])
    axes.set_xlabel(f"Share of the variance of {ranking.figure}")
    axes.legend(loc="lower right", frameon=False)
    return figure


def tornado_chart(ranking: Ranking, shown: int = SHOWN) -> "Figure":
    """Draw what each cell's 5th and 95th percentile makes of the best estimate."""
    rows = ranking.tornado.head(shown)
    figure, axes = _canvas(len(rows))
    at = np.arange(len(rows))
    best = rows["best_estimate"].to_numpy(dtype=float)
    for name, colour, label in (("at_low", LOW, "cell at 5 %"), ("at_high", HIGH, "cell at 95 %")):
        axes.barh(at, rows[name].to_numpy(dtype=float) - best, left=best, height=0.6, color=colour, label=label)
    _names(axes, [cell_name(row) for _, row in rows.iterrows()])
    axes.set_xlabel(f"{ranking.figure} [{UNIT}]")
    axes.legend(loc="lower right", frameon=False)
    return figure


def cumulative_chart(ranking: Ranking) -> "Figure":
    """Draw how many cells make how much of the variance."""
    figure, axes = _canvas(12)
    share = cumulative_share(ranking)
    axes.step(np.arange(1, len(share) + 1), share, where="post", color=ALL)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda cells, _: f"{cells:,.0f}")
    many = ranking.summary.get("cells_for_80_percent")
    if many is not None:
        axes.plot([1, many, many], [0.8, 0.8, 0], color=LINE, linestyle="--", linewidth=1)
        axes.annotate(f"{many:,} make 80 %", (many, 0.02), xytext=(4, 0), textcoords="offset points")
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("Leading cells")
    axes.set_ylabel("Cumulative share of total-order indices")
    return figure


def _canvas(rows: int) -> "tuple[Figure, Any]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1.2 + _ROW_INCHES * max(rows, 3)), layout="constrained")
    return figure, figure.add_subplot()


def _names(axes: Any, names: list[str]) -> None:
    short = [name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1] + "…" for name in names]
    axes.set_yticks(np.arange(len(names)), short)
    axes.invert_yaxis()
