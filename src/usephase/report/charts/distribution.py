"""The distribution of the total: a histogram of its draws with the interval, the mean and the best estimate."""

from itertools import pairwise

import numpy as np

from usephase.report.charts.axes import SAME, Scale, across, scale
from usephase.report.charts.marks import Box, Mark, Path, Picture, Words, table
from usephase.report.charts.style import SMALL_PX, WIDTH, text_width
from usephase.report.language import Language
from usephase.report.spread import Spread
from usephase.results.run import UNIT, Run

_TOP_PX, _BOTTOM_PX = 46.0, 236.0
_BINS_MAX, _BINS_MIN = 60, 12
_EDGE_SHARE = 0.001
_POINTS = ("p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5")


def distribution(run: Run, words: Language) -> Picture:
    """Draw the draws of the total on the headline basis and boundary."""
    row = run.figure("total")
    draws = run.draws("total").to_numpy()[0]
    title = words("chart.distribution")
    low, high = (float(np.quantile(draws, q)) for q in (_EDGE_SHARE, 1 - _EDGE_SHARE))
    figure = Spread.of(row)
    ends = figure.low, figure.high
    spread = high - low > SAME * max(abs(low), abs(high))
    marked = figure.best, figure.mean
    axis = scale(min(low, *marked), max(high, *marked), 12, WIDTH - 12, count=7, tight=spread)
    marks: list[Mark] = across(axis, _BOTTOM_PX, _BOTTOM_PX + 5, UNIT, words)
    if spread:
        marks += _columns(draws, low, high, ends, axis, words)
    marks.append(Path(((12, _BOTTOM_PX), (WIDTH - 12, _BOTTOM_PX)), "soft"))
    mean, best = figure.amount(words, UNIT), figure.best_amount(words, UNIT)
    marks += _flags([
        (axis(figure.mean), "accent", words("chart.mean_is", mean=mean)),
        (axis(figure.best), "change", words("chart.best_is", best=best)),
    ])  # fmt: skip
    description = words("chart.distribution_description", draws=words.count(len(draws)),
                        interval=figure.interval(words, UNIT), mean=mean, best=best)  # fmt: skip
    rows = [[words("statistic.best_estimate"), figure.best_amount(words)],
            [words("statistic.mean"), figure.amount(words)]]  # fmt: skip
    rows += [[words(f"statistic.{name}"), words.amount(row[name], *ends)] for name in _POINTS]
    if row["sd"] == row["sd"]:
        rows.append([words("statistic.sd"), words.amount(row["sd"], *ends)])
    behind = table(title, [words("table.statistic"), words("table.value", unit=UNIT)], rows)
    return Picture("distribution", title, description, _BOTTOM_PX + 44, tuple(marks), behind)


def _columns(
    draws: np.ndarray, low: float, high: float, ends: tuple[float, float], axis: Scale, words: Language
) -> list[Mark]:
    quarter = np.quantile(draws, 0.75) - np.quantile(draws, 0.25)
    wanted = (high - low) / (2 * quarter / len(draws) ** (1 / 3)) if quarter else _BINS_MAX
    counts, edges = np.histogram(draws, bins=int(np.clip(wanted, _BINS_MIN, _BINS_MAX)), range=(low, high))
    tallest = max(int(counts.max()), 1)
    marks: list[Mark] = []
    for count, left, right in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if not count:
            continue
        # A column that an end of the interval cuts is drawn in two, so that the shading ends where the interval does.
        cuts = [left, *(end for end in ends if left < end < right), right]
        height = (_BOTTOM_PX - _TOP_PX) * count / tallest
        told = words("chart.column", range=words.interval(left, right, UNIT), share=words.percent(count / len(draws)))
        for a, b in pairwise(cuts):
            role = "narrow" if ends[0] <= (a + b) / 2 <= ends[1] else "wide"
            gap = 0.8 if b == right else 0.0
            marks.append(Box(axis(a), _BOTTOM_PX - height, axis(b) - axis(a) - gap, height, role, told))
    return marks


def _flags(flags: list[tuple[float, str, str]]) -> list[Mark]:
    marks: list[Mark] = []
    for level, (x, role, text) in enumerate(flags):
        other = flags[1 - level][0]
        y = 14.0 + 17.0 * level
        wide = text_width(text, SMALL_PX) + 8
        # Away from the other flag, where there is room for it.
        leftward = x - wide > 0 and (x < other or x + wide > WIDTH)
        anchor, at = ("end", x - 6) if leftward else ("start", x + 6)
        marks.append(Path(((x, y - 10), (x, _BOTTOM_PX)), role, 1.8, dashed=level > 0))
        # Paper behind the words: the other flag may stand where they are.
        left = at if anchor == "start" else at - wide
        marks.append(Box(left - 2, y - 12, wide, 15, "paper"))
        marks.append(Words(at, y, text, "ink", anchor, SMALL_PX, bold=level == 0))
    return marks
