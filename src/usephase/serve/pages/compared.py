"""A comparison as sections of a page, the verdict first; then what makes it, for whom, and where it flips."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from usephase.catalog.schema import TABLES
from usephase.insight.comparison.records import Columns
from usephase.report.charts.deciding import Step, difference_columns, waterfall
from usephase.report.charts.marks import Box, Mark, Picture, Words, table
from usephase.report.charts.style import SMALL_PX, WIDTH, shortened
from usephase.report.differences import SPLIT_BY, sentence, split_rows
from usephase.report.html.parts import Paragraph, Part, Section, Shown, Tabled
from usephase.report.language import Language
from usephase.report.language.inputs import input_name
from usephase.report.rounding import common_place
from usephase.serve.pages.frame import address

STEPS = 10
Row = Mapping[str, Any]


def verdict(document: Row, words: Language) -> Section:
    """Lead with the verdict: a sentence an option, its draws, and the options by how good a choice they are."""
    parts: list[Part] = []
    mains = _mains(document)
    for row in mains:
        ends = row["p2_5"], row["p97_5"]
        lower = None if row.get("probability_equal") == 1 else row["probability_lower"]
        said = sentence(row["mean"], ends, row["unit"], lower, document["draws"], words)
        parts.append(Paragraph(words("decide.option_said", option=row["option"], against=row["against"], said=said)))
    parts.append(_listed(document, mains, words))
    for i, row in enumerate(mains, 1):
        if row["mean"]:
            drawn = difference_columns(
                Columns(**row["histogram"]), row["mean"], (row["p2_5"], row["p97_5"]), row["unit"], words
            )
            title = words("decide.histogram_of", option=row["option"], against=row["against"])
            parts.append(Shown(_renamed(drawn, f"difference-{i}", title)))
    return Section("verdict", words("decide.verdict"), tuple(parts))


def reasons(document: Row, words: Language) -> list[Section]:
    """Draw what makes each difference, a change a step that leads to its cell."""
    pictures: list[Part] = []
    for i, row in enumerate(_mains(document), 1):
        listed = row["contributions"]
        if not listed:
            continue
        steps = [
            Step(input_name(one["table"], one["row"], one["column"], words), one["mean"], one["p2_5"], one["p97_5"],
                 address("/cell", table=one["table"], row=one["row"], column=one["column"]))
            for one in listed[:STEPS]
        ]  # fmt: skip
        if listed[STEPS:]:
            rest = sum(one["mean"] for one in listed[STEPS:])
            steps.append(Step(words("decide.rest", count=words.count(len(listed) - STEPS)), rest, rest, rest))
        sides = (row["against"], row["against_mean"]), (row["option"], row["option_mean"])
        title = words("decide.waterfall_of", option=row["option"], against=row["against"])
        pictures.append(Shown(_renamed(waterfall(sides, steps, row["unit"], words), f"waterfall-{i}", title)))
    return [Section("contributions", words("decide.waterfall"), tuple(pictures))] if pictures else []


def for_whom(document: Row, words: Language) -> list[Section]:
    """Split each difference by kind of user, region and scenario."""
    parts: list[Part] = []
    for row in document["differences"]:
        if row["per"] != "portfolio" or row["product"] is not None:
            continue
        for by in SPLIT_BY:
            rows = split_rows(row["parts"], row["by_scenario"], by, document["draws"], words)
            if len(rows) > 1:
                heads = [words("table.group"), words("table.mean", unit=row["unit"]),
                         words("table.interval", unit=row["unit"]), words("decide.lower_in")]  # fmt: skip
                caption = words(f"decide.by_{by}", option=row["option"], against=row["against"])
                parts.append(Tabled(table(caption, heads, rows)))
    return [Section("whom", words("decide.for_whom"), tuple(parts))] if parts else []


def where_it_flips(document: Row, words: Language) -> list[Section]:
    """Show break-evens, maps over two inputs, and budgets that were asked for."""
    parts: list[Part] = []
    rows = []
    for one in document.get("break_evens", ()):
        cell = input_name(one["table"], one["row"], one["column"], words)
        unit = TABLES[one["table"]].column(one["column"]).unit
        value = "" if one["p50"] is None else words.amount(one["p50"], one["p2_5"], one["p97_5"], unit)
        ends = "" if one["p50"] is None else words.interval(one["p2_5"], one["p97_5"], unit)
        found = words.chance(one["probability_found"], one["draws"])
        rows.append([one["option"], cell, value, ends, found])
    if rows:
        heads = [words("comparison.option"), words("decide.cell"), words("decide.even_head"),
                 words("comparison.interval"), words("decide.found_head")]  # fmt: skip
        parts.append(Tabled(table(words("decide.break_evens"), heads, rows, text=2)))
    parts += [Shown(_map(one, i, words)) for i, one in enumerate(document.get("maps", ()), 1)]
    kept = [
        [one["option"], one["product"] or words("comparison.all"), one["budget"],
         f"{_short(one['value'], words)} {one['unit']}",
         words("decide.kept_yes" if one["kept"] else "decide.kept_no")]
        for one in document.get("budgets", ())
    ]  # fmt: skip
    if kept:
        heads = [words("comparison.option"), words("comparison.product"), words("decide.budget"),
                 words("decide.percentile_head"), words("decide.kept_head")]  # fmt: skip
        parts.append(Tabled(table(words("decide.budgets"), heads, kept, text=5)))
    return [Section("flips", words("decide.where"), tuple(parts))] if parts else []


def _mains(document: Row) -> list[Row]:
    """Give one difference an option: a unit sold where one product is compared, else all that is sold."""
    made = []
    for option in document["options"][1:]:
        mine = [row for row in document["differences"] if row["option"] == option]
        units = [row for row in mine if row["per"] == "unit"]
        whole = [row for row in mine if row["per"] == "portfolio" and row["product"] is None]
        made += units[:1] if len(units) == 1 else whole[:1]
    return made


def _listed(document: Row, mains: Sequence[Row], words: Language) -> Tabled:
    by_option = {row["option"]: row for row in mains}
    ranking = document["ranking"]
    costs = any(row.get("cost") is not None for row in ranking)
    last = common_place(mains) if mains else 0
    losses = [
        {"mean": row["regret"], "p2_5": 0.0, "p97_5": row["regret"]} for row in ranking if row["regret"] is not None
    ]
    regret_last = common_place(losses) if losses else 0
    rows = []
    for row in ranking:
        main = by_option.get(row["option"])
        cells = [
            str(row["option"]),
            "" if row["probability_best"] is None else words.chance(row["probability_best"], document["draws"]),
            "" if row["regret"] is None else words.number(row["regret"], regret_last),
            "" if main is None else words.number(main["mean"], last),
            "" if main is None else words.interval(main["p2_5"], main["p97_5"], last=last),
            "" if main is None else words.chance(main["probability_lower"], document["draws"]),
        ]
        if costs:
            cost, per_t = row.get("cost"), row.get("cost_per_t_avoided")
            cells += ["" if cost is None else _short(cost, words),
                      "" if per_t is None else _short(per_t, words)]  # fmt: skip
        rows.append(cells)
    unit = mains[0]["unit"] if mains else "t CO2e"
    heads = [words("comparison.option"), words("decide.best_head"), words("decide.regret_head"),
             words("decide.difference_head", unit=unit), words("comparison.interval"),
             words("decide.lower_in")]  # fmt: skip
    if costs:
        heads += [words("decide.cost_head"), words("decide.cost_t_head")]
    return Tabled(table(words("decide.options"), heads, rows))


def _map(one: Row, number: int, words: Language) -> Picture:
    """Draw the probability that an option is lower over two cells: the darker, the surer."""
    left, top, size = 96.0, 26.0, 30.0
    xs, ys, sure = one["x_values"], one["y_values"], one["probability_lower"]
    step = min((WIDTH - left - 10) / len(xs), 44.0)
    marks: list[Mark] = []
    for j, y in enumerate(ys):
        at = top + size * (len(ys) - 1 - j)
        marks.append(Words(left - 8, at + size / 2 + 4, _short(y, words), "soft", "end", SMALL_PX))
        for i, x in enumerate(xs):
            share = sure[j][i]
            role = "use" if share >= 0.95 else "narrow" if share >= 0.5 else "wide" if share > 0.05 else "waste"
            told = f"{words.plain(x)}; {words.plain(y)}: {words.percent(share)}"
            marks.append(Box(left + step * i, at, step - 1, size - 1, role, told))
    bottom = top + size * len(ys)
    for i in range(0, len(xs), 3):
        text = _short(xs[i], words)
        marks.append(Words(left + step * (i + 0.5), bottom + 16, text, "soft", "middle", SMALL_PX))
    names = [shortened(one[axis], WIDTH - left - 10, SMALL_PX) for axis in ("x", "y")]
    marks.append(Words(left, bottom + 36, f"→ {names[0]}", "soft", "start", SMALL_PX))
    marks.append(Words(0, top - 10, f"↑ {names[1]}", "soft", "start", SMALL_PX))
    title = words("decide.map_of", option=one["option"], against=one["against"])
    rows = [[words.plain(y), *(words.percent(share) for share in sure[j])] for j, y in enumerate(ys)]
    behind = table(title, [one["y"], *(_short(x, words) for x in xs)], rows)
    return Picture(f"map-{number}", title, words("decide.map_told"), bottom + 46, tuple(marks), behind)


def _short(value: float, words: Language) -> str:
    return words.plain(float(f"{value:.4g}"))


def _renamed(picture: Picture, name: str, title: str) -> Picture:
    return replace(picture, name=name, title=title)
