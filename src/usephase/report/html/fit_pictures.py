"""Pictures of a fitted life: the probability plot, and survival beside what was believed."""

import numpy as np

from usephase.insight.fitting.lifetime import LifetimeFit
from usephase.insight.fitting.prior import Prior
from usephase.report.charts.axes import Scale, across, scale, upward
from usephase.report.charts.marks import Area, Dot, Mark, Path, Picture, Words, table
from usephase.report.charts.style import SMALL_PX, WIDTH, text_width
from usephase.report.language import Language

_TOP_PX, _BOTTOM_PX, _LEFT_PX = 46.0, 300.0, 58.0
_SHARES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 0.8, 0.95, 0.99)
_DECADE = (1.0, 2.0, 5.0)
_CURVE_POINTS = 81
_ROWS = 12


def probability_plot(fit: LifetimeFit, words: Language) -> Picture:
    """Draw the observed shares failed on the paper of the fitted family, where its line is straight, with the band.

    The axis of shares is the family's own logarithm of age: ln Q(F).
    """
    family, points = fit.best.family, fit.points
    ages = np.geomspace(points.age[points.age > 0].min() / 1.5, max(fit.lives.last_age, points.age.max()) * 1.2, 60)
    band = fit.spread.survival(ages)
    never = fit.best.never
    low, high = (1 - (never + (1 - never) * side) for side in (band[1], band[0]))
    curve = 1 - fit.survival(ages)
    least = max(min(float(points.failed.min()), float(curve[0])), 1e-5) * 0.7
    most = min(max(float(points.failed.max()), float(curve[-1]), 2 * least) * 1.05, 0.999)

    def paper(share: np.ndarray | float) -> np.ndarray:
        return np.asarray(np.log(family.unit_quantile(np.clip(share, least, most), fit.shape)))

    up = Scale((), float(paper(least)), float(paper(most)), _BOTTOM_PX, _TOP_PX)
    along = Scale((), float(np.log(ages[0])), float(np.log(ages[-1])), _LEFT_PX, WIDTH - 12)
    marks: list[Mark] = []
    for share in (share for share in _SHARES if least <= share <= most):
        y = up(float(paper(share)))
        marks += [Path(((_LEFT_PX, y), (WIDTH - 12, y)), "rule"),
                  Words(_LEFT_PX - 7, y + 4, words.percent(share), "soft", "end", SMALL_PX)]  # fmt: skip
    for age in _round_ages(float(ages[0]), float(ages[-1])):
        x = along(float(np.log(age)))
        marks += [Path(((x, _TOP_PX), (x, _BOTTOM_PX)), "rule"),
                  Words(x, _BOTTOM_PX + 16, words.plain(age), "soft", "middle", SMALL_PX)]  # fmt: skip
    title = words("fit.age", unit=words.word("fit_unit", fit.lives.unit))
    marks.append(Words((_LEFT_PX + WIDTH) / 2, _BOTTOM_PX + 34, title, "soft", "middle", SMALL_PX))
    marks.append(Words(0, _TOP_PX - 12, words("fit.failed_axis"), "soft", "start", SMALL_PX))
    places = [along(float(value)) for value in np.log(ages)]
    edges = [list(zip(places, (up(float(v)) for v in paper(side)), strict=True)) for side in (low, high)]
    marks.append(Area((*edges[0], *reversed(edges[1])), "wide"))
    line = list(zip(places, (up(float(v)) for v in paper(curve)), strict=True))
    marks.append(Path(tuple(line), "use", 2.0))
    rows = []
    for age, share in zip(points.age.tolist(), points.failed.tolist(), strict=True):
        if age > 0:
            told = words("fit.point", age=words.plain(age), share=words.percent(share))
            marks.append(Dot(along(float(np.log(age))), up(float(paper(share))), 3.0, "accent", told))
        fitted = float(1 - fit.survival(np.array([age]))[0])
        rows.append([words.plain(age), words.percent(share), words.percent(fitted)])
    marks += _legend([("use", "fit.line"), ("wide", "fit.band"), ("accent", "fit.observed")], words)
    name = words("fit.paper", family=words.word("fit_family", fit.distribution))
    kind = words("fit.median_ranks" if points.median_ranks else "fit.product_limit")
    heads = [title, words("fit.observed"), words("fit.line")]
    behind = table(name, heads, rows[:: max(len(rows) // 60, 1)], text=0)
    description = words("fit.paper_description", gap=words.percent(points.gap(fit.survival)), kind=kind)
    return Picture("probability", name, description, _BOTTOM_PX + 44, tuple(marks), behind)


def survival_plot(fit: LifetimeFit, beside: Prior | None, words: Language) -> Picture:
    """Draw the share alive by age with its band, what was observed, and the life it is held against."""
    last = fit.max_years or max(2 * fit.mean, fit.lives.last_age * 1.1)
    if beside is not None:
        last = max(last, 2 * beside.mean[0])
    ages = np.linspace(0.0, float(last), _CURVE_POINTS)
    low, high = fit.spread.survival(ages)
    never = fit.best.never
    alive = fit.survival(ages)
    along, up = scale(0.0, float(last), _LEFT_PX, WIDTH - 12, tight=True), scale(0.0, 100.0, _BOTTOM_PX, _TOP_PX)
    unit = words.word("fit_unit", fit.lives.unit)
    marks = across(along, _TOP_PX, _BOTTOM_PX, words("fit.age", unit=unit), words)
    marks += upward(up, _LEFT_PX, WIDTH - 12, words("fit.alive_axis"), words)

    def line(shares: np.ndarray) -> list[tuple[float, float]]:
        return [(along(float(a)), up(100 * float(s))) for a, s in zip(ages, shares, strict=True)]

    marks.append(Area((*line(never + (1 - never) * high), *reversed(line(never + (1 - never) * low))), "wide"))
    keys = [("use", "fit.line"), ("wide", "fit.band"), ("accent", "fit.observed")]
    other = beside.survival(ages) if beside is not None else None
    if other is not None:
        marks.append(Path(tuple(line(other)), "change", 1.8, dashed=True))
        keys.append(("change", "fit.beside"))
    marks.append(Path(tuple(line(alive)), "use", 2.2))
    for age, share in zip(fit.points.age.tolist(), fit.points.failed.tolist(), strict=True):
        if age <= last:
            marks.append(Dot(along(age), up(100 * (1 - share)), 2.4, "accent"))
    x = along(min(fit.lives.last_age, float(last)))
    marks.append(Path(((x, _TOP_PX), (x, _BOTTOM_PX)), "soft", 1.2, dashed=True))
    marks += _legend(keys, words)
    heads = [words("fit.age", unit=unit), words("fit.line"), words("fit.band")]
    rows = []
    for i in range(0, _CURVE_POINTS, _CURVE_POINTS // _ROWS):
        ends = words.percent(never + (1 - never) * float(low[i])), words.percent(never + (1 - never) * float(high[i]))
        row = [words.plain(float(ages[i])), words.percent(float(alive[i])),
               words("number.interval", low=ends[0], high=ends[1])]  # fmt: skip
        rows.append([*row, words.percent(float(other[i]))] if other is not None else row)
    if other is not None:
        heads.append(words("fit.beside"))
    title = words("fit.survival")
    described = words("fit.survival_description", age=words.plain(fit.lives.last_age))
    return Picture("survival", title, described, _BOTTOM_PX + 44, tuple(marks), table(title, heads, rows, text=0))


def _round_ages(low: float, high: float) -> list[float]:
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    ages = [step * 10.0**power for power in range(first, last + 1) for step in _DECADE]
    inside = [age for age in ages if low <= age <= high]
    return inside if len(inside) <= 9 else [age for age in inside if f"{age:.0e}"[0] == "1"]


def _legend(keys: list[tuple[str, str]], words: Language) -> list[Mark]:
    marks: list[Mark] = []
    x = _LEFT_PX
    for role, key in keys:
        text = words(key)
        shape: Mark = Dot(x + 8, 12, 3.0, role) if role == "accent" else Path(
            ((x, 12), (x + 18, 12)), role, 8.0 if role == "wide" else 2.2, dashed=role == "change"
        )  # fmt: skip
        marks += [shape, Words(x + 24, 16, text, "ink", "start", SMALL_PX)]
        x += 24 + text_width(text, SMALL_PX) + 22
    return marks
