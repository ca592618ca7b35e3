"""The page of a fit: what was found, how the data lie, and the row to paste. Runs no script and loads nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from usephase.insight.fitting.amount import AmountFit
from usephase.insight.fitting.api import Fit
from usephase.insight.fitting.evidence import Note
from usephase.insight.fitting.expert import ExpertFit
from usephase.insight.fitting.lifetime import LifetimeFit
from usephase.insight.fitting.mean import MeanFit
from usephase.insight.fitting.prior import Prior
from usephase.report.charts.marks import table
from usephase.report.html.parts import Code, Facts, Headline, Paragraph, Part, Section, Shown, Tabled
from usephase.report.language import Language, language


def write_fit_page(
    fit: Fit, document: Mapping[str, Any], path: Path, code: str | None = None, beside: Prior | None = None
) -> None:
    """Write the page of a fit.

    Raises
    ------
    StudyError
        If there is no such language.
    StoreError
        If the system refuses.
    """
    from usephase.results.atomic import beside as spare_beside

    text = render_fit(fit, document, code, beside)
    with spare_beside(path, replace=True) as spare:
        spare.write_bytes(text.encode("utf-8", errors="replace"))


def render_fit(fit: Fit, document: Mapping[str, Any], code: str | None = None, beside: Prior | None = None) -> str:
    """Write a fit as HTML."""
    from usephase.report.html.page import render

    words = language(code)
    kind, data = words(f"fit.kind_{document['kind']}"), document["data"]
    row = Section("row", words("fit.row"), (Paragraph(words("fit.row_lead")), Code(row_text(document["row"]))))
    parts = [*sections(fit, document, beside, words), row]
    return render(
        words, headline(fit, document, words), parts, title=f"{kind}: {data['name']}", owner=data["name"],
        heading=kind, result_title=words("fit.result"), footer=words("fit.footer", sha256=data["sha256"]),
    )  # fmt: skip


def row_text(row: Mapping[str, str]) -> str:
    """Write the cells of a row, one a line."""
    return "\n".join(f"{name}: {text}" for name, text in row.items() if text)


def notes_of(fit: Fit, code: str | None = None) -> list[str]:
    """Say what has to be known of a fit."""
    words = language(code)
    return [_said(note, words) for note in fit.notes] if isinstance(fit, LifetimeFit | AmountFit) else []


def _said(note: Note, words: Language) -> str:
    shown: dict[str, str] = {}
    for name, value in note.values.items():
        if name == "share":
            shown[name] = words.percent(float(str(value)))
        elif name == "unit":
            shown[name] = words.word("fit_unit", str(value))
        elif name == "others":
            shown[name] = ", ".join(words.word("fit_family", one) for one in str(value).split(", "))
        else:
            shown[name] = words.plain(float(f"{value:.3g}")) if isinstance(value, int | float) else str(value)
    return words(f"fit_note.{note.key}", **shown)


def headline(fit: Fit, document: Mapping[str, Any], words: Language) -> Headline:
    """Say the value, its interval, what it rests on, and what has to be known of it."""
    facts: list[tuple[str, str]] = []
    if isinstance(fit, LifetimeFit):
        unit = words.word("fit_unit", fit.lives.unit)
        low, high = fit.intervals["mean"]
        amount = words.amount(fit.mean, low, high, unit)
        lead = words("fit.lead_lifetime", interval=words.interval(low, high, unit, value=fit.mean))
        facts = [
            (words("fit.family"), words.word("fit_family", fit.distribution)),
            (words("fit.failures"), words.count(round(fit.lives.failures))),
            (words("fit.alive"), words.count(round(fit.lives.units - fit.lives.failures))),
            (words("fit.beyond"), words.percent(fit.beyond_data)),
        ]
    elif isinstance(fit, ExpertFit):
        low, middle, high = fit.pooled
        amount = words.amount(middle, low, high, fit.unit)
        lead = words("fit.lead_expert", interval=words.interval(low, high, fit.unit, value=middle))
        facts = [(words("fit.experts"), words.count(len(fit.experts)))]
    else:
        one = fit.overall if isinstance(fit, AmountFit) else fit
        low, high = one.interval
        amount = words.amount(one.mean, low, high, fit.unit)
        lead = words("fit.lead_mean", interval=words.interval(low, high, fit.unit, value=one.mean))
        count = one.tools if not isinstance(one, MeanFit) else len(one.values)
        spread = one.spread if not isinstance(one, MeanFit) else one.deviation
        facts = [(words("fit.measured"), words.count(count)), (words("fit.spread"), words.plain(spread))]
    return Headline(amount, lead, tuple(facts), tuple(notes_of(fit, words.code)))


def sections(fit: Fit, document: Mapping[str, Any], beside: Prior | None, words: Language) -> list[Section]:
    """Show how the data lie, what was tried, and what the value is made of."""
    if isinstance(fit, LifetimeFit):
        return _of_life(fit, beside, words)
    if isinstance(fit, MeanFit):
        named = {name: words.plain(value) for name, value in document["parts"].items()}
        facts = tuple((words(f"fit.part_{name}"), text) for name, text in named.items())
        facts += ((words("fit.error"), words.plain(fit.error)), (words("fit.freedom"), words.plain(fit.freedom)))
        return [Section("parts", words("fit.parts"), (Facts(facts),))]
    if isinstance(fit, AmountFit):
        rows = [
            [" · ".join(part.group.values()) or words("fit.all"), *_mean(part, words), words.count(part.tools),
             words.plain(part.spread)]
            for part in (fit.overall, *fit.groups)
        ]  # fmt: skip
        heads = [
            words("fit.group"),
            words("fit.mean"),
            words("fit.interval"),
            words("fit.measured"),
            words("fit.spread"),
        ]
        body: tuple[Part, ...] = (Paragraph(words("fit.spread_lead")), Tabled(table(words("fit.groups"), heads, rows)))
        return [Section("groups", words("fit.groups"), body)]
    rows = [
        [name, when, question, words.percent(float(weight)), *map(words.plain, given)]
        for (name, when, question), weight, given in zip(fit.asked, fit.weights, fit.given.tolist(), strict=True)
    ]
    heads = [words(f"fit.{name}") for name in ("expert", "asked_on", "question", "weight", "p10", "p50", "p90")]
    shown = table(words("fit.record"), heads, rows, text=3)
    return [Section("record", words("fit.record"), (Paragraph(words("fit.pool_lead")), Tabled(shown)))]


def _mean(part: Any, words: Language) -> tuple[str, str]:
    low, high = part.interval
    return words.amount(part.mean, low, high), words.interval(low, high, value=part.mean)


def _of_life(fit: LifetimeFit, beside: Prior | None, words: Language) -> list[Section]:
    from usephase.report.html.fit_pictures import probability_plot, survival_plot

    plots: tuple[Part, ...] = (Shown(probability_plot(fit, words)), Shown(survival_plot(fit, beside, words)))
    made = [Section("plots", words("fit.plots"), plots)]
    if fit.prior is not None:
        rows = []
        low, high = fit.prior.interval
        alone = fit.alone.interval(fit.alone.mean)
        for key, middle, (first, last) in (
            ("prior", fit.prior.mean[0], (low, high)), ("data", fit.best.mean, alone),
            ("result_both", fit.mean, fit.intervals["mean"]),
        ):  # fmt: skip
            rows.append(
                [words(f"fit.{key}"), words.amount(middle, first, last), words.interval(first, last, value=middle)]
            )
        heads = [words("fit.what"), words("fit.mean"), words("fit.interval")]
        body = (
            Paragraph(words("fit.prior_lead", name=fit.prior.name)),
            Tabled(table(words("fit.update"), heads, rows)),
        )
        made.append(Section("update", words("fit.update"), body))
    least = min(one.aic for one in fit.tried.values())
    rows = [
        [words.word("fit_family", name), words.plain(one.mean), words.plain(one.shape), words.plain(one.log_likelihood),
         words.plain(one.aic - least)]
        for name, one in sorted(fit.tried.items(), key=lambda pair: pair[1].aic)
    ]  # fmt: skip
    heads = [words(f"fit.{name}") for name in ("family", "mean", "shape", "log_likelihood", "aic")]
    gap = Paragraph(words("fit.goodness", gap=words.percent(fit.points.gap(fit.survival))))
    made.append(Section("families", words("fit.families"), (gap, Tabled(table(words("fit.families"), heads, rows)))))
    return made
