"""Pictures of what a run is made of: groupings, components, grid basis and boundary, figures per service."""

import math
from typing import Any

from usephase.report.breakdown import PARTS, breakdown
from usephase.report.charts.bars import Bar, bar_table, bars, common, folded
from usephase.report.charts.marks import Picture, Table, table
from usephase.report.html.parts import CELLS_ROWS_MAX
from usephase.report.language import Language
from usephase.report.rounding import adds_up, common_place, percent_place, percents_add_up
from usephase.report.spread import Spread
from usephase.results.run import UNIT, Run

BASES = ("projected", "frozen")
BOUNDARIES = ("minimum", "life_cycle")
"""Where the words of a category's components are."""
_ROLES = {"category_11": "use", "category_12": "waste"}


def group_bars(run: Run, by: str, words: Language) -> list[Bar]:
    """Give a bar a group of a grouping, the largest first; none where the run has no such figures."""
    found = breakdown(run, by)
    if found is None:
        return []
    role = _ROLES.get(found.main, "use")
    labels = [words.group(by, str(group)) for group in found.groups]
    rows = zip(labels, found.leading.to_dict("records"), strict=True)
    return [_bar(label, row, role) for label, row in rows if row["mean"] == row["mean"]]


def grouping(run: Run, by: str, words: Language) -> Picture | None:
    """Draw one grouping: the largest groups and the rest."""
    rows = group_bars(run, by, words)
    if not rows:
        return None
    found = breakdown(run, by)
    assert found is not None
    name = words(f"by.{by}") if f"by.{by}" in words.messages else by
    title = words("chart.grouping", name=name, ledger=words(f"ledger.{found.main}"))
    return bars(
        f"by-{_plain(by)}", title, rows, UNIT, words, drawn=folded(rows, words), behind=_group_table(title, rows, words)
    )


def category_bars(run: Run, words: Language) -> list[Bar]:
    """Give a bar a category and, below it, a bar a component."""
    rows: list[Bar] = []
    for ledger, part in PARTS.items():
        whole = run.select(ledger)
        if whole.empty:
            continue
        rows.append(_bar(words(f"short.{ledger}"), whole.iloc[0], _ROLES[ledger], bold=True))
        parts = run.select(ledger, "component").sort_values("mean", ascending=False, kind="stable")
        for _, row in parts[(parts["mean"] != 0) | (parts["p97_5"] != 0)].iterrows():
            rows.append(_bar(words.word(part, str(row["group"])), row, _ROLES[ledger]))
    return rows


def components_place(run: Run, words: Language) -> int:
    """Give the decimal place at which categories and components are shown, wherever they are."""
    return common(category_bars(run, words))


def components_add_up(run: Run, words: Language) -> bool:
    """Tell whether components, as shown, add up to their category, and both categories to the total."""
    rows = category_bars(run, words)
    last = common(rows)
    heads = [i for i, row in enumerate(rows) if row.bold]
    parts = [rows[i + 1 : end] for i, end in zip(heads, [*heads[1:], len(rows)], strict=True)]
    wholes = [(mine, rows[i].mean) for mine, i in zip(parts, heads, strict=True) if mine]
    wholes.append(([rows[i] for i in heads], float(run.figure("total")["mean"])))
    total = float(run.figure("total")["mean"]) or math.nan
    tenth = percent_place(row.mean / total for row in rows)
    return all(
        adds_up([row.mean for row in mine], whole, last)
        and percents_add_up([row.mean / total for row in mine], whole / total, tenth)
        for mine, whole in wholes
    )


def components(run: Run, words: Language) -> Picture:
    """Draw both categories and what each is made of."""
    rows = category_bars(run, words)
    title = words("chart.components")
    total = run.figure("total")["mean"]
    return bars("components", title, rows, UNIT, words, behind=_group_table(title, rows, words, total))


def choices(run: Run, words: Language) -> Picture:
    """Draw the total under both grid bases and both boundaries; the headline is bold."""
    here = (run.meta["grid_basis"], run.meta["boundary"])
    rows = [
        _bar(
            words(f"choice.{basis}.{boundary}"),
            run.figure("total", grid_basis=basis, boundary=boundary),
            "use" if (basis, boundary) == here else "narrow",
            bold=(basis, boundary) == here,
        )
        for boundary in BOUNDARIES
        for basis in BASES
    ]
    title = words("chart.choices")
    return bars("choices", title, rows, UNIT, words, behind=_choice_table(run, title, words))


def service(run: Run, unit: str, words: Language) -> Picture | None:
    """Draw emissions per hour or per cycle of service, use and end of life together."""
    rows = service_bars(run, unit, words)
    if not rows:
        return None
    title = words("chart.service", unit=words.word("service_unit", unit.rpartition("/")[2]))
    return bars(f"service-{_plain(unit.rpartition('/')[2])}", title, rows, unit, words, drawn=rows[:20],
                behind=bar_table(title, rows, unit, words))  # fmt: skip


def service_bars(run: Run, unit: str, words: Language) -> list[Bar]:
    """Give a bar a product and service mode of one unit, the highest first."""
    found = run.service[run.service["unit"] == unit]
    ledger = "total" if (found["ledger"] == "total").any() else "category_11"
    found = found[found["ledger"] == ledger].sort_values(["mean", "product"], ascending=[False, True], kind="stable")
    named = [words.group("product", name) for name in found["product"]]
    return [
        _bar(words("chart.service_row", product=name, mode=row["mode"]), row, "use")
        for name, row in zip(named, found.to_dict("records"), strict=True)
    ]


def _bar(label: str, row: Any, role: str, *, bold: bool = False) -> Bar:
    spread = Spread.of(row)
    return Bar(label, spread.mean, spread.low, spread.high, spread.best, role, bold)


def _group_table(title: str, rows: list[Bar], words: Language, whole: float | None = None) -> Table:
    total = sum(row.mean for row in rows) if whole is None else whole
    shown = folded(rows, words, CELLS_ROWS_MAX)
    plain = bar_table(title, shown, UNIT, words)
    shares = words.percents(row.mean / total if total else math.nan for row in shown)
    cells = [(*line, share) for line, share in zip(plain.rows, shares, strict=True)]
    return table(title, [*plain.headers, words("table.share")], cells)


def _choice_table(run: Run, title: str, words: Language) -> Table:
    headers = [words("table.choice"), *(words("table.of", what=words(f"short.{ledger}"), unit=UNIT)
               for ledger in ("category_11", "total")), words("table.interval_total", unit=UNIT),
               words("table.best_total", unit=UNIT)]  # fmt: skip
    choices = [(basis, boundary) for boundary in BOUNDARIES for basis in BASES]
    totals = [run.figure("total", grid_basis=basis, boundary=boundary) for basis, boundary in choices]
    last = common_place(totals, "best_estimate")
    rows = []
    for (basis, boundary), total in zip(choices, totals, strict=True):
        eleven = run.figure("category_11", grid_basis=basis, boundary=boundary)["mean"]
        name = words(f"choice.{basis}.{boundary}")
        rows.append([name, words.number(eleven, last), *Spread.of(total).cells(words, last)])
    return table(title, headers, rows)


def _plain(text: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower())
