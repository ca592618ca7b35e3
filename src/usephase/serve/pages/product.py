"""One product's what-if: what an address asks, its cells as fields, the numbers of the answer."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usephase.catalog.edit.records import Edit
from usephase.catalog.resolve import Resolved
from usephase.catalog.row_texts import row_texts
from usephase.engine.run.figures import BASES, BOUNDARIES
from usephase.errors import Problem
from usephase.insight.comparison.between_cells import SETS
from usephase.insight.what_if.ask import WhatIf
from usephase.insight.what_if.records import Amount, Answer, Part, Slider, UnderScenario
from usephase.report.charts.axes import across, scale
from usephase.report.charts.bars import Bar, bars
from usephase.report.charts.marks import Box, Mark, Path, Picture, Table, table
from usephase.report.charts.style import WIDTH
from usephase.report.language import Language
from usephase.report.rounding import common_place, place, shown_number
from usephase.report.scenarios import name_of as name_of_scenario
from usephase.serve.pages.catalog import badge_of, meaning
from usephase.serve.pages.cells import Caption, caption, flags

FIGURES = (
    ("total", "Category 11 + 12"), ("category_11", "Category 11, use"), ("category_12", "Category 12, end of life"),
)  # fmt: skip
PER = (
    ("unit", "A unit sold"), ("service", "An hour or cycle of service"), ("year", "A year of service"),
    ("portfolio", "All units of the year"),
)  # fmt: skip
_CHOICES = {"of": dict(FIGURES), "per": dict(PER), "grid_basis": BASES, "boundary": BOUNDARIES}
_ROLES = {"category_11": "use", "category_12": "waste"}
_TOP_PX, _BOTTOM_PX = 46.0, 226.0


@dataclass(frozen=True)
class Question:
    """Hold what an address asks: a product, the choices, and edits of its cells (``TABLE:ROW:COLUMN=TEXT``)."""

    product: str = ""
    of: str = "total"
    per: str = "unit"
    scenario: str = ""
    grid_basis: str = ""
    boundary: str = ""
    rebalance: bool = False
    against: str = ""
    over: str = ""
    budget: str = ""
    edits: tuple[Edit, ...] = ()

    @classmethod
    def of_items(cls, items: Iterable[tuple[str, str]]) -> "Question":
        """Read the parameters of an address."""
        known: dict[str, str] = {}
        edits = []
        for name, text in items:
            parts = name.split(":")
            if len(parts) >= 3:
                # A row's text may hold colons; tables and columns do not.
                edits.append(Edit(parts[0], ":".join(parts[1:-1]), parts[-1], text))
            elif text in _CHOICES.get(name, ()) or name in ("scenario", "against", "over", "budget"):
                known[name] = text
            elif name == "rebalance":
                known[name] = "yes"
            elif name == "name":
                known["product"] = text
        rebalance = bool(known.pop("rebalance", ""))
        return cls(**{name: text for name, text in known.items() if text}, rebalance=rebalance, edits=tuple(edits))

    def texts(self) -> dict[str, str]:
        """Give the edits by their cell's address."""
        return {name_of(e): e.text for e in self.edits}


def name_of(edit: Edit | Slider) -> str:
    """Write a cell's address as the page's fields are named."""
    return f"{edit.table}:{edit.row}:{edit.column}"


def fields(sliders: Sequence[Slider], asked: Question, resolved: Resolved, words: Language) -> list[dict[str, Any]]:
    """Give a product's cells as fields to move and to write in, each with what it means as it is."""
    texts = asked.texts()
    rows = {
        name: {row: i for i, row in enumerate(row_texts(resolved.tables[name]).tolist())}
        for name in dict.fromkeys(one.table for one in sliders)
    }
    made = []
    for one in sliders:
        name = name_of(one)
        low, high = min(one.low, one.value), max(one.high, one.value)
        values = resolved.tables[one.table].values[one.column]
        made.append({
            "name": name, "slider": one, "text": texts.get(name, one.text or f"{one.value:.6g}"),
            "base": one.text or f"{one.value:.6g}", "label": _label(one), "column": one.column,
            "about": meaning(one.table, one.column), "low": low, "high": high, "moves": high > low,
            "badge": badge_of(one.origin, one.badge), "moved": name in texts, "matters": "",
            "shown": caption(values, rows[one.table][one.row], one.unit, words),
        })  # fmt: skip
    return made


def shown(answer: Answer, asked: Question, words: Language) -> dict[str, Any]:
    """Give what the answer's piece of the page shows."""
    per = asked.per if asked.per in answer.amounts else next(iter(answer.amounts))
    amount = answer.amounts[per]
    base, edited, change = amount.base, amount.edited, amount.difference
    last = last_place(amount)
    ends = change.p2_5, change.p97_5
    relative = "" if change.relative_mean is None else _signed(words.percent(change.relative_mean), change.mean)
    lower = "" if change.probability_lower is None else words.in_draws(change.probability_lower, answer.draws)
    return {
        "answer": answer, "per": per, "per_word": dict(PER)[per], "changed": bool(answer.edits), "unit": amount.unit,
        "base": _written(base.mean, amount, words),
        "base_interval": words.interval(base.p2_5, base.p97_5, amount.unit, last=last),
        "edited": _written(edited.mean, amount, words),
        "edited_interval": words.interval(edited.p2_5, edited.p97_5, amount.unit, last=last),
        "change": _change(amount, words), "change_interval": words.interval(*ends, amount.unit, last=last),
        "relative": relative, "lower": lower, "means": (base.mean, edited.mean), "way": _way(change.mean),
        "best": _written(edited.best_estimate, amount, words),
        "picture": distribution(amount, bool(answer.edits), words), "parts": _parts(answer, words),
        "rounded": _rounded(answer, words), "amount": amount,
        "others": [
            (dict(PER)[name], _written(a.edited.mean, a, words), _change(a, words))
            for name, a in answer.amounts.items()
        ],
        "milliseconds": f"{answer.seconds * 1000:.0f}", "draws": words.count(answer.draws),
        "basis": words(f"basis.{answer.grid_basis}"), "boundary": words(f"boundary.{answer.boundary}"),
    }  # fmt: skip


def left_out(sliders: Sequence[Slider], asked: Question) -> list[Problem]:
    """Say which edits of an address have no field, and are not asked about."""
    there = {name_of(one) for one in sliders}
    what, fix = "is no input of this product: the edit is left out", "move one of the inputs below"
    return [Problem(where=name, what=what, fix=fix, severity="warning") for name in asked.texts() if name not in there]


def moved(
    asked: Question, answer: Answer | None, meant: Mapping[tuple[str, str, str], Caption]
) -> list[dict[str, Any]]:
    """Give what each edited cell means now, and which ones follow another."""
    edits = answer.edits if answer else asked.edits
    added = set(edits[len(asked.edits) :])
    return [
        {"name": name_of(edit), "text": edit.text, "follows": edit in added, "meant": meant[edit[:3]]} for edit in edits
    ]


def releasable(asked: Question, what_if: WhatIf) -> list[str]:
    """Name the edited shares each of which, left free, would leave room to rebalance."""
    shares = [edit for edit in asked.edits if edit.table in SETS and edit.column == "share"]
    return [
        name_of(one)
        for one in (shares if len(shares) > 1 else ())
        if any(edit[:3] == one[:3] for edit in what_if.rebalanced([e for e in asked.edits if e != one]))
    ]


def distribution(amount: Amount, changed: bool, words: Language) -> Picture:
    """Draw the draws of the base as columns, and those of the edited product as a line over them."""
    edges = amount.histogram.edges
    axis = scale(edges[0], edges[-1], 12, WIDTH - 12, count=7, tight=True)
    marks: list[Mark] = across(axis, _BOTTOM_PX, _BOTTOM_PX + 5, amount.unit, words)
    tallest = max(*amount.histogram.base, *amount.histogram.edited, 1e-12)

    def y(share: float) -> float:
        return _BOTTOM_PX - (_BOTTOM_PX - _TOP_PX) * share / tallest

    for i, share in enumerate(amount.histogram.base):
        left, right = axis(edges[i]), axis(edges[i + 1])
        if share:
            marks.append(Box(left, y(share), right - left - 0.8, _BOTTOM_PX - y(share), "narrow"))
    if changed:
        line = [(axis(edges[0]), _BOTTOM_PX)]
        for i, share in enumerate(amount.histogram.edited):
            line += [(axis(edges[i]), y(share)), (axis(edges[i + 1]), y(share))]
        marks.append(Path((*line, (axis(edges[-1]), _BOTTOM_PX)), "accent", 2.0))
    marks.append(Path(((12, _BOTTOM_PX), (WIDTH - 12, _BOTTOM_PX)), "soft"))
    sides = (("Base", amount.base, "soft"), ("Edited", amount.edited, "accent"))[: 2 if changed else 1]
    marks += flags([
        (min(max(axis(side.mean), 12.0), WIDTH - 12.0), role,
         f"{name}: {_written(side.mean, amount, words)}", name == "Base")
        for name, side, role in sides
    ], _BOTTOM_PX)  # fmt: skip
    rows = [
        [words(f"statistic.{name}"),
         *(words.number(getattr(side, name), last_place(amount)) for side in (amount.base, amount.edited))]
        for name in ("best_estimate", "mean", "p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5")
    ]  # fmt: skip
    title = "Distribution over the draws"
    headers = [words("table.statistic"), f"Base [{amount.unit}]", f"Edited [{amount.unit}]"]
    base, edited = (_written(side.mean, amount, words) for side in (amount.base, amount.edited))
    told = f"Histogram of the draws. Mean of the base {base}, of the edited product {edited}."
    return Picture("what-if-distribution", title, told, _BOTTOM_PX + 44, tuple(marks), table(title, headers, rows))


def _parts(answer: Answer, words: Language) -> list[Picture]:
    pictures = []
    for by, title in (("component", "What a unit's emissions are made of"), ("mode", "By mode of use")):
        found = [part for part in answer.parts if part.by == by and _there(part)]
        if not found:
            continue
        rows = [
            Bar(_group(part, words), part.edited.mean, part.edited.p2_5, part.edited.p97_5, part.edited.best_estimate,
                _ROLES.get(part.ledger, "use"), target=part.base.mean if answer.edits else None)
            for part in found
        ]  # fmt: skip
        if answer.edits:
            title += ": edited, upright marks are the base"
        behind = _part_table(title, found, words)
        pictures.append(bars(f"what-if-{by}", title, rows, "kg CO2e", words, behind=behind))
    return pictures


def _rounded(answer: Answer, words: Language) -> str:
    """Say so where the components, as they are drawn, do not add up to a unit's emissions as they are shown."""
    found = [part for part in answer.parts if part.by == "component" and _there(part)]
    whole = answer.amounts.get("unit")
    if not found or whole is None:
        return ""
    last = common_place(part.edited._asdict() for part in found)
    sums = math.fsum(shown_number(part.edited.mean, last) for part in found)
    finest = min(last, last_place(whole))
    even = abs(sums - shown_number(whole.edited.mean, last_place(whole))) < 0.5 * 10.0**finest
    return "" if even else words("number.rounded")


def _part_table(title: str, parts: Sequence[Part], words: Language) -> Table:
    headers = ["Part", "Base, mean [kg CO2e]", "Base, 95 % interval [kg CO2e]", "Edited, mean [kg CO2e]",
               "Edited, 95 % interval [kg CO2e]"]  # fmt: skip
    rows = []
    last = common_place(side._asdict() for part in parts for side in (part.base, part.edited))
    for part in parts:
        cells = [_group(part, words)]
        for one in (part.base, part.edited):
            cells += [words.number(one.mean, last), words.interval(one.p2_5, one.p97_5, last=last)]
        rows.append(cells)
    return table(title, headers, rows)


def _there(part: Part) -> bool:
    return any(one.mean or one.p97_5 for one in (part.base, part.edited))


def _group(part: Part, words: Language) -> str:
    if part.by != "component":
        return words.group(part.by, part.group)
    section = "route" if part.ledger == "category_12" else "component"
    return words.word(section, part.group)


def last_place(amount: Amount) -> int:
    """Find the one place of an answer: the finer of both sides' places, and fine enough for a change to be seen."""
    sides = [side for side in (amount.base, amount.edited) if side.p2_5 < side.p97_5] or [amount.base, amount.edited]
    last = min(place(side.p2_5, side.p97_5, side.mean) for side in sides)
    change = abs(amount.difference.mean)
    return min(last, math.floor(math.log10(change))) if change else last


def under_scenarios(
    found: Sequence[UnderScenario], amount: Amount, draws: int, words: Language
) -> list[tuple[str, str, str, str]]:
    """Write the change under each grid scenario: name and weight, change, interval, in how many draws it is lower."""
    last = last_place(amount)
    out = []
    for one in found:
        change = one.difference
        lower = "" if change.probability_lower is None else words.in_draws(change.probability_lower, draws)
        out.append((
            name_of_scenario(one.scenario, one.weight, words),
            _signed(f"{words.number(change.mean, last)} {amount.unit}", change.mean),
            words.interval(change.p2_5, change.p97_5, amount.unit, last=last), lower,
        ))  # fmt: skip
    return out


def _written(value: float, amount: Amount, words: Language) -> str:
    return f"{words.number(value, last_place(amount))} {amount.unit}"


def _change(amount: Amount, words: Language) -> str:
    """Write the change of the numbers as they are shown."""
    last = last_place(amount)
    change = round(amount.edited.mean, -last) - round(amount.base.mean, -last)
    return _signed(f"{words.number(change, last)} {amount.unit}", change)


def _signed(text: str, value: float) -> str:
    return f"+{text}" if value > 0 else text


def _way(change: float) -> str:
    return "lower" if change < 0 else "higher" if change > 0 else "same"


def _label(one: Slider) -> str:
    """Name a cell by what tells its row from others, without the names of the keys."""
    values = [part.partition("=")[2] or part for part in one.row.split(";")]
    return ", ".join(values)
