"""A comparison as sections of a page, the verdict first; then what makes it, for whom, and where it flips."""

from collections.abc import Sequence

from usephase.catalog.schema import TABLES
from usephase.report.charts.compared import Row, flip_map, histogram, mains, short
from usephase.report.charts.compared import reasons as reasons_drawn
from usephase.report.charts.marks import table
from usephase.report.differences import SPLIT_BY, sentence, split_rows
from usephase.report.html.parts import Paragraph, Part, Section, Shown, Tabled
from usephase.report.language import Language
from usephase.report.language.inputs import input_name
from usephase.report.rounding import common_place
from usephase.serve.pages.frame import address

_ADDRESS = ("table", "row", "column")


def verdict(document: Row, words: Language) -> Section:
    """Lead with the verdict: a sentence an option, its draws, and the options by how good a choice they are."""
    parts: list[Part] = []
    led = mains(document)
    for row in led:
        ends = row["p2_5"], row["p97_5"]
        lower = None if row.get("probability_equal") == 1 else row["probability_lower"]
        said = sentence(row["mean"], ends, row["unit"], lower, document["draws"], words)
        parts.append(Paragraph(words("decide.option_said", option=row["option"], against=row["against"], said=said)))
    parts.append(_listed(document, led, words))
    for i, row in enumerate(led, 1):
        if row["mean"]:
            parts.append(Shown(histogram(row, i, words)))
    return Section("verdict", words("decide.verdict"), tuple(parts))


def reasons(document: Row, words: Language) -> list[Section]:
    """Draw what makes each difference, a change a step that leads to its cell."""
    pictures = [
        Shown(reasons_drawn(row, i, words, lambda one: address("/cell", **{key: one[key] for key in _ADDRESS})))
        for i, row in enumerate(mains(document), 1) if row["contributions"]
    ]  # fmt: skip
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
    parts += [Shown(flip_map(one, i, words)) for i, one in enumerate(document.get("maps", ()), 1)]
    kept = [
        [one["option"], one["product"] or words("comparison.all"), one["budget"],
         f"{short(one['value'], words)} {one['unit']}",
         words("decide.kept_yes" if one["kept"] else "decide.kept_no")]
        for one in document.get("budgets", ())
    ]  # fmt: skip
    if kept:
        heads = [words("comparison.option"), words("comparison.product"), words("decide.budget"),
                 words("decide.percentile_head"), words("decide.kept_head")]  # fmt: skip
        parts.append(Tabled(table(words("decide.budgets"), heads, kept, text=5)))
    return [Section("flips", words("decide.where"), tuple(parts))] if parts else []


def _listed(document: Row, led: Sequence[Row], words: Language) -> Tabled:
    by_option = {row["option"]: row for row in led}
    ranking = document["ranking"]
    costs = any(row.get("cost") is not None for row in ranking)
    last = common_place(led) if led else 0
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
            cells += ["" if cost is None else short(cost, words),
                      "" if per_t is None else short(per_t, words)]  # fmt: skip
        rows.append(cells)
    unit = led[0]["unit"] if led else "t CO2e"
    heads = [words("comparison.option"), words("decide.best_head"), words("decide.regret_head"),
             words("decide.difference_head", unit=unit), words("comparison.interval"),
             words("decide.lower_in")]  # fmt: skip
    if costs:
        heads += [words("decide.cost_head"), words("decide.cost_t_head")]
    return Tabled(table(words("decide.options"), heads, rows))
