"""The decision page of a product: which inputs lead, what the difference is, what makes it, where it flips."""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from usephase.catalog.edit.records import Cell, Edit
from usephase.catalog.resolve import Resolved
from usephase.insight.what_if.ask import WhatIf
from usephase.insight.what_if.records import Amount, Answer, Curve, Influence, Slider, Why
from usephase.report.charts.deciding import NARROW_PX, Step, difference_columns, flips, waterfall
from usephase.report.charts.style import WIDTH
from usephase.report.differences import sentence
from usephase.report.language import Language
from usephase.report.language.inputs import input_name
from usephase.serve.pages.frame import address
from usephase.serve.pages.product import Question, fields, last_place, name_of

LEADING = 8
"""Inputs that are shown first."""
AT_ONCE = 80
"""Inputs that a page holds; of a product with more, the groups are fetched when they are opened."""
OVER = 24
"""Inputs that a curve is offered over."""
STEPS = 10
GROUPS = ("design", "use", "life", "grid", "end")
_GROUP_OF = {
    "use_profiles": "use", "segments": "use", "sales": "use", "lifetimes": "life", "archetype_lives": "life",
    "zones": "grid", "settings": "grid", "carriers": "grid", "gases": "grid", "end_of_life": "end",
    "treatments": "end",
}  # fmt: skip
_OF_USE = ("annual_use_change",)
_WIDE = 680
"""From so many pixels on the sentence and the histogram stand beside each other."""


def group_of(table: str, column: str) -> str:
    """Name the group that an input is shown in."""
    return "use" if column in _OF_USE else _GROUP_OF.get(table, "design")


def decide_path(product: str) -> str:
    """Give the address of a product's page: its name in the path, where a path can hold it."""
    if not product or "/" in product or "\\" in product or set(product) == {"."}:
        return address("/decide", name=product)
    return f"/decide/{quote(product, safe='')}"


def leading(influences: Sequence[Influence], sliders: Sequence[Slider]) -> list[Influence]:
    """Choose the inputs to show first: those that matter most, of those that somebody has filled."""
    filled = {(s.table, s.row, s.column) for s in sliders if s.origin != "default" and s.table != "sales"}
    return [one for one in influences if one[:3] in filled][:LEADING]


def inputs(
    product: str,
    sliders: Sequence[Slider],
    influences: Sequence[Influence],
    asked: Question,
    resolved: Resolved,
    words: Language,
) -> dict[str, Any]:
    """Arrange the inputs: the leading ones by group, and all others, folded; what is edited is always there."""
    first = leading(influences, sliders)
    rank = {one[:3]: i for i, one in enumerate(first)}
    texts = asked.texts()
    found = {one[:3]: one for one in influences}
    head = [s for s in sliders if (s.table, s.row, s.column) in rank]
    head.sort(key=lambda s: rank[s.table, s.row, s.column])
    others = [s for s in sliders if (s.table, s.row, s.column) not in rank]
    late = len(sliders) > AT_ONCE
    there = [s for s in others if not late or name_of(s) in texts]
    shown = {group: fields([s for s in head if _group(s) == group], asked, resolved, words) for group in GROUPS}
    for held in shown.values():
        for field in held:
            field["matters"] = _matters(found.get(_cell(field["slider"])), words)
    rest = []
    for group in GROUPS:
        mine = [s for s in others if _group(s) == group]
        here = fields([s for s in there if _group(s) == group], asked, resolved, words)
        if mine:
            rest.append({
                "group": group, "title": words(f"decide.group_{group}"), "count": words.count(len(mine)),
                "fields": here, "left": len(mine) > len(here), "moved": any(field["moved"] for field in here),
            })  # fmt: skip
    groups = [(words(f"decide.group_{group}"), held) for group, held in shown.items() if held]
    over = [(":".join(one[:3]), named(one[:3], product, words)) for one in influences if _fits(one, sliders)][:OVER]
    known = {name for name, _ in over}
    over += [
        (name_of(s), named(_cell(s), product, words))
        for s in sliders if (name_of(s) in texts or name_of(s) == asked.over) and name_of(s) not in known
    ]  # fmt: skip
    return {"leading": groups, "rest": rest, "over": over or [(name_of(s), name_of(s)) for s in sliders[:1]]}


def group_fields(
    sliders: Sequence[Slider], influences: Sequence[Influence], group: str, asked: Question, resolved: Resolved,
    words: Language,
) -> list[dict[str, Any]]:  # fmt: skip
    """Give the fields of a group that a page has not: neither leading nor edited."""
    first = {one[:3] for one in leading(influences, sliders)}
    texts = asked.texts()
    wanted = [s for s in sliders if _group(s) == group and _cell(s) not in first and name_of(s) not in texts]
    return fields(wanted, asked, resolved, words)


def verdict(answer: Answer, amount: Amount, changed: bool, words: Language, wide: int) -> dict[str, Any]:
    """Say the difference in a sentence, and draw its draws."""
    change = amount.difference
    if not changed:
        base = f"{words.number(amount.base.mean, last_place(amount))} {amount.unit}"
        return {"lead": words("decide.lead_unmoved", name=answer.product, amount=base), "columns": None}
    if change.probability_lower is None or not change.mean:
        return {"lead": words("decide.lead_same"), "columns": None}
    lead = sentence(
        change.mean, (change.p2_5, change.p97_5), amount.unit, change.probability_lower, answer.draws, words
    )
    width = (wide - 40) // 2 if wide >= _WIDE else wide
    ends = change.p2_5, change.p97_5
    return {"lead": lead, "columns": difference_columns(amount.apart, change.mean, ends, amount.unit, words, width)}


def reasons(why: Why, asked: Question, words: Language, wide: int) -> dict[str, Any]:
    """Draw what makes the difference; each step leads to its cell."""
    if not why.contributions:
        return {"makes": "", "waterfall": None, "sampled": ""}
    steps = [
        Step(_named(one.cells, asked.product, words), one.mean, one.p2_5, one.p97_5, _opened(one.cells))
        for one in why.contributions[:STEPS]
    ]
    rest = why.contributions[STEPS:]
    if rest:
        mean = math.fsum(one.mean for one in rest)
        steps.append(Step(words("decide.rest", count=words.count(len(rest))), mean, mean, mean))
    sides = (
        (asked.against or words("decide.as_it_is"), why.against_mean),
        (words("decide.this_design"), why.edited_mean),
    )
    sampled = words("decide.sampled", draws=words.count(why.draws)) if why.sampled else ""
    return {
        "makes": _makes(why, asked.product, words),
        "waterfall": waterfall(sides, steps, why.unit, words, wide),
        "sampled": sampled,
    }


def flipped(curve: Curve, product: str, limit: float | None, words: Language, wide: int) -> dict[str, Any]:
    """Draw the difference over an input, and say where it flips."""
    name = named((curve.table, curve.row, curve.column), product, words)
    counted = words.count(curve.draws)
    if curve.break_even is None:
        ends = (words.plain(x) for x in (curve.values[0], curve.values[-1]))
        low, high = ends
        told = words("decide.never_even", low=low, high=high, counted=counted)
    else:
        low_end, middle, high_end = curve.break_even
        told = words(
            "decide.even", value=words.amount(middle, low_end, high_end, curve.cell_unit), counted=counted,
            interval=words.interval(low_end, high_end, curve.cell_unit),
            draws=words.in_draws(curve.found, curve.draws),
        )  # fmt: skip
    return {
        "flips": flips(curve, name, words, wide, limit), "even": told,
        "varied": words("decide.varied_edited") if curve.side == "edited" else "",
        "cell": _opened(((curve.table, curve.row, curve.column),)), "cell_name": name,
    }  # fmt: skip


def budget_told(what_if: WhatIf, answered: Mapping[str, Any], limit: float, unit: str, words: Language) -> str:
    """Say in how many draws a budget is kept."""
    share = what_if.share_within(limit, **answered)
    amount = f"{words.plain(limit)} {unit}"
    return words("decide.budget_kept", limit=amount, draws=words.in_draws(share, what_if.draws))


def limit_of(text: str) -> float | None:
    """Read a budget; None where there is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def width_of(text: str, most: int = 900) -> int:
    """Read how wide a picture is to be. [px]"""
    if not text.isdecimal() or len(text) > 5:
        return WIDTH
    return min(max(int(text), NARROW_PX), most)


def starts(product: str, options: Mapping[str, Sequence[Edit]]) -> list[tuple[str, str]]:
    """Give the address of every option as a beginning."""
    path = decide_path(product)
    joined = "&" if "?" in path else "?"
    made = []
    for name, edits in options.items():
        query = address("", **{name_of(edit): edit.text for edit in edits})
        made.append((name, path + joined + query.removeprefix("?")))
    return made


def _group(slider: Slider) -> str:
    return group_of(slider.table, slider.column)


def _cell(slider: Slider) -> Cell:
    return slider.table, slider.row, slider.column


def _fits(one: Influence, sliders: Sequence[Slider]) -> bool:
    return any(_cell(s) == one[:3] and s.high > s.low and s.table != "sales" for s in sliders)


def _matters(one: Influence | None, words: Language) -> str:
    if one is None:
        return ""
    change = words.percent(one.effect)
    parts = [words("decide.tenth", change=f"+{change}" if one.effect > 0 and change[0].isdigit() else change)]
    if one.explained >= 0.005:
        parts.insert(0, words("decide.explains", share=words.percent(one.explained)))
    return "; ".join(parts)


def named(cell: Cell, product: str, words: Language) -> str:
    """Name an input on the page of a product, which need not be named again."""
    table, row, column = cell
    own = f"product={product}"
    return input_name(table, row.removeprefix(own).removeprefix(";") or row, column, words)


def _named(cells: Sequence[Cell], product: str, words: Language) -> str:
    return " + ".join(named(cell, product, words) for cell in cells)


def _opened(cells: Sequence[Cell]) -> str:
    table, row, column = cells[0]
    return address("/cell", table=table, row=row, column=column)


def _makes(why: Why, product: str, words: Language) -> str:
    """Say what the largest change makes of the difference."""
    whole = why.edited_mean - why.against_mean
    first = why.contributions[0]
    name = _named(first.cells, product, words)
    if not whole:
        return ""
    if len(why.contributions) == 1:
        return words("decide.makes_all", cell=name)
    share = first.mean / whole
    return words("decide.makes", cell=name, share=words.percent(share)) if share > 0 else words(
        "decide.makes_against", cell=name
    )  # fmt: skip
