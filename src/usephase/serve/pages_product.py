"""One product's what-if: its cells as sliders, the answer as pictures, everything that was moved in the address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from usephase.catalog.edit_records import Edit
from usephase.insight.what_if_records import Amount, Answer, Part, Slider
from usephase.report.charts_axes import across, scale
from usephase.report.charts_bars import Bar, bars
from usephase.report.charts_marks import Box, Mark, Path, Picture, Table, table
from usephase.report.charts_style import WIDTH
from usephase.report.language import Language
from usephase.serve.pages_catalog import badge_of, meaning
from usephase.serve.pages_cells import flags

FIGURES = (
    ("total", "Category 11 + 12"), ("category_11", "Category 11, use"), ("category_12", "Category 12, end of life"),
)  # fmt: skip
PER = (
    ("unit", "A unit sold"), ("service", "An hour or cycle of service"), ("year", "A year of service"),
    ("portfolio", "All units of the year"),
)  # fmt: skip
STEPS = 200
"""Steps of a slider."""
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
            elif name in ("of", "per", "scenario", "grid_basis", "boundary"):
                known[name] = text
            elif name == "name":
                known["product"] = text
        if known.get("per") not in dict(PER):
            known.pop("per", None)
        return cls(**{name: text for name, text in known.items() if text}, edits=tuple(edits))

    def texts(self) -> dict[str, str]:
        """Give the edits by their cell's address."""
        return {f"{e.table}:{e.row}:{e.column}": e.text for e in self.edits}


def groups(sliders: Sequence[Slider], asked: Question, words: Language) -> list[dict[str, Any]]:
    """Arrange a product's cells by table, the uncertain ones with a slider."""
    texts = asked.texts()
    made: dict[str, list[dict[str, Any]]] = {}
    for one in sliders:
        name = f"{one.table}:{one.row}:{one.column}"
        basis = "" if one.origin == "catalog" else one.badge
        low, high = min(one.low, one.value), max(one.high, one.value)
        made.setdefault(one.table, []).append({
            "name": name, "slider": one, "text": texts.get(name, one.text or f"{one.value:.6g}"),
            "base": one.text or f"{one.value:.6g}", "label": _label(one), "column": one.column,
            "about": meaning(one.table, one.column), "low": low, "high": high, "moves": high > low,
            "value": _value(texts.get(name, ""), one), "step": (high - low) / STEPS if high > low else 1,
            "badge": badge_of(one.origin, basis, written=one.origin != "default"),
            "shown": words.amount(one.value, one.low, one.high, one.unit),
            "ends": (words.amount(low, one.low, one.high), words.amount(high, one.low, one.high)),
        })  # fmt: skip
    return [
        {"table": name, "count": len(held), "moved": any(cell["name"] in texts for cell in held),
         "parts": [("", [cell for cell in held if cell["slider"].origin != "default"]),
                   ("left at their defaults", [cell for cell in held if cell["slider"].origin == "default"])]}
        for name, held in made.items()
    ]  # fmt: skip


def shown(answer: Answer, asked: Question, words: Language) -> dict[str, Any]:
    """Give what the answer's piece of the page shows."""
    per = asked.per if asked.per in answer.amounts else next(iter(answer.amounts))
    amount = answer.amounts[per]
    base, edited, change = amount.base, amount.edited, amount.difference
    ends = change.p2_5, change.p97_5
    relative = "" if change.relative_mean is None else words.percent(change.relative_mean)
    lower = "" if change.probability_lower is None else words.probability(change.probability_lower)
    return {
        "answer": answer, "per": per, "per_word": dict(PER)[per], "changed": bool(answer.edits), "unit": amount.unit,
        "base": words.amount(base.mean, base.p2_5, base.p97_5, amount.unit),
        "base_interval": words.interval(base.p2_5, base.p97_5, amount.unit, value=base.mean),
        "edited": words.amount(edited.mean, edited.p2_5, edited.p97_5, amount.unit),
        "edited_interval": words.interval(edited.p2_5, edited.p97_5, amount.unit, value=edited.mean),
        "change": words.amount(change.mean, *ends, amount.unit),
        "change_interval": words.interval(*ends, amount.unit, value=change.mean),
        "relative": relative, "lower": lower, "means": (base.mean, edited.mean), "way": _way(change.mean),
        "best": words.amount(edited.best_estimate, edited.p2_5, edited.p97_5, amount.unit),
        "picture": distribution(amount, bool(answer.edits), words), "parts": _parts(answer, words),
        "others": [
            (dict(PER)[name], words.amount(a.edited.mean, a.edited.p2_5, a.edited.p97_5, a.unit),
             words.amount(a.difference.mean, a.difference.p2_5, a.difference.p97_5, a.unit))
            for name, a in answer.amounts.items()
        ],
        "milliseconds": f"{answer.seconds * 1000:.0f}", "draws": words.count(answer.draws),
        "basis": words(f"basis.{answer.grid_basis}"), "boundary": words(f"boundary.{answer.boundary}"),
    }  # fmt: skip


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
         f"{name}: {words.amount(side.mean, *_ends(amount), amount.unit)}", name == "Base")
        for name, side, role in sides
    ], _BOTTOM_PX)  # fmt: skip
    rows = [
        [words(f"statistic.{name}"), words.amount(getattr(amount.base, name), *_ends(amount)),
         words.amount(getattr(amount.edited, name), *_ends(amount))]
        for name in ("best_estimate", "mean", "p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5")
    ]  # fmt: skip
    title = "Distribution over the draws"
    headers = [words("table.statistic"), f"Base [{amount.unit}]", f"Edited [{amount.unit}]"]
    base = words.amount(amount.base.mean, *_ends(amount), amount.unit)
    edited = words.amount(amount.edited.mean, *_ends(amount), amount.unit)
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


def _part_table(title: str, parts: Sequence[Part], words: Language) -> Table:
    headers = ["Part", "Base, mean [kg CO2e]", "Base, 95 % interval [kg CO2e]", "Edited, mean [kg CO2e]",
               "Edited, 95 % interval [kg CO2e]"]  # fmt: skip
    rows = []
    for part in parts:
        cells = [_group(part, words)]
        for one in (part.base, part.edited):
            cells += [words.amount(one.mean, one.p2_5, one.p97_5), words.interval(one.p2_5, one.p97_5, value=one.mean)]
        rows.append(cells)
    return table(title, headers, rows)


def _there(part: Part) -> bool:
    return any(one.mean or one.p97_5 for one in (part.base, part.edited))


def _group(part: Part, words: Language) -> str:
    if part.by != "component":
        return part.group
    section = "route" if part.ledger == "category_12" else "component"
    return words.word(section, part.group)


def _ends(amount: Amount) -> tuple[float, float]:
    return amount.edited.p2_5, amount.edited.p97_5


def _way(change: float) -> str:
    return "lower" if change < 0 else "higher" if change > 0 else "same"


def _label(one: Slider) -> str:
    """Name a cell by what tells its row from others, without the names of the keys."""
    values = [part.partition("=")[2] or part for part in one.row.split(";")]
    return ", ".join(values)


def _value(text: str, one: Slider) -> float:
    """Find where a slider stands for an edit's text: the number, or the factor times the base."""
    factor = text.startswith("*")
    number = text.removeprefix("*").split()[0] if text.removeprefix("*").strip() else ""
    try:
        held = float(number)
    except ValueError:
        return one.value
    return held * one.value if factor else held
