"""Data quality and the assumption register: what the figures rest on, and how that is known."""

import re
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from usephase.insight import quality as insight
from usephase.report import page_types
from usephase.report.charts_marks import table
from usephase.report.language import Language
from usephase.report.page_parts import Paragraph, Part, Section, Tabled, section
from usephase.results.run import Run

ROWS_A_TABLE = 150
"""Rows of the register that the page shows of one table; the workbook has them all."""
MARK = "memory_unverified|assumption"
_INDICATORS = ("reliability", "completeness", "temporal", "geographical", "technological")
_PRODUCT = re.compile(r"(?:^|;)product=([^;]*)")


def quality(run: Run, words: Language) -> Section | None:
    """Count what the figures rest on."""
    register = run.register
    parts: list[Part | None] = [Paragraph(words("quality.lead"))]
    if len(register):
        parts += [
            _rests_on(run, words),
            _by_table(register, words),
            _by_basis(register, words),
            _scores(register, words),
        ]
        found = insight.quality(run)
        parts += [*page_types.data_types(found, words), *page_types.requirements(found, words)]
    parts += [Paragraph(words("quality.marks")), Paragraph(words("quality.suppliers"))]
    return section("quality", words("quality.title"), parts)


def register(run: Run, words: Language) -> Section | None:
    """List the register table by table, closed, marked rows first, each source written once."""
    frame = run.register.assign(marked=_marked(run.register), source=_text(run.register, "source"))
    pairs = frame[frame["source"] != ""].assign(licence=_text(frame, "licence"))[["source", "licence"]]
    sources = pairs.groupby("source", sort=False)["licence"].agg(
        lambda found: ", ".join(sorted({x for x in found if x}))
    )
    numbers = {source: f"[{i}]" for i, source in enumerate(sources.index, 1)}
    parts: list[Part | None] = [
        Paragraph(words("register.lead", rows=words.count(len(frame)), sources=words.count(len(sources)))),
        Paragraph(words("register.units")),
    ]
    for name, rows in frame.groupby("table", sort=True):
        ordered = rows.sort_values("marked", ascending=False, kind="stable")
        headers = [words(f"register.{key}") for key in _COLUMNS]
        cells = [_register_row(row, numbers, words) for row in ordered.head(ROWS_A_TABLE).to_dict("records")]
        title = words(
            "register.of_table", table=name, rows=words.count(len(rows)), marked=words.count(int(rows["marked"].sum()))
        )
        behind = table(title, headers, cells, text=4)
        more = max(len(rows) - ROWS_A_TABLE, 0)
        parts.append(Tabled(behind, summary=title, more=more, wide=True))
    headers = [words("register.number"), words("register.source"), words("register.licence"), words("table.count")]
    counts = Counter(frame["source"])
    cells = [[numbers[str(s)], str(s), licence, words.count(counts[str(s)])] for s, licence in sources.items()]
    title = words("register.sources")
    parts.append(
        Tabled(table(title, headers, cells, text=3), summary=f"{title} ({words.count(len(cells))})", wide=True)
    )
    return section("register", words("register.title"), parts)


_COLUMNS = ("row", "column", "value", "distribution", "best", "low", "high", "origin", "source", "pedigree")


def _register_row(row: Mapping[Hashable, Any], numbers: dict[str, str], words: Language) -> list[str]:
    basis = str(row["basis"] or "")
    origin = words.word("origin", str(row["origin"]))
    known = words("register.mark", basis=basis) if row["marked"] else basis
    spread = row["low"] != row["high"]
    return [
        str(row["row"]), str(row["column"]), str(row["value"]),
        words.word("distribution_kind", str(row["distribution"])),
        _number(row["best_estimate"], words), _number(row["low"], words) if spread else "",
        _number(row["high"], words) if spread else "", f"{origin}: {known}" if known else origin,
        numbers.get(str(row["source"]), words("register.no_source")), str(row["pedigree"] or ""),
    ]  # fmt: skip


def _rests_on(run: Run, words: Language) -> Tabled | None:
    """Share the mean total out by whether its products' own values have sources and errors."""
    found = run.select("total", "product").set_index("group")["mean"]
    if found.empty:
        return None
    whole = float(found.sum())
    mine = run.register[run.register["origin"] == "catalog"]
    product = mine["row"].str.extract(_PRODUCT, expand=False)
    # Sold amounts are the company's books: they say nothing about how well a product is known.
    known = mine.assign(product=product, sourced=_text(mine, "source") != "", error=mine["distribution"] != "fixed")
    known = known[product.notna() & (mine["table"] != "sales")]
    share = known.groupby("product")["sourced"].mean().reindex(found.index).fillna(0.0)
    error = known.groupby("product")["error"].any().reindex(found.index).fillna(value=False).astype(bool)
    kinds = {"all": share == 1.0, "some": (share > 0) & (share < 1), "none": share == 0, "error": error}
    rows = [
        [words(f"quality.product_{kind}"), words.count(int(keep.sum())),
         words.percent(float(found[keep].sum()) / whole) if whole else words("number.none")]
        for kind, keep in kinds.items()
    ]  # fmt: skip
    headers = [words("quality.rests"), words("quality.groups"), words("quality.share_total")]
    return Tabled(table(words("quality.figures"), headers, rows))


def _by_table(register: pd.DataFrame, words: Language) -> Tabled:
    facts = pd.DataFrame({
        "table": register["table"], "rows": 1, "catalog": register["origin"] == "catalog",
        "reference": register["origin"] == "reference", "uncertain": register["distribution"] != "fixed",
        "scored": _text(register, "pedigree") != "", "sourced": _text(register, "source") != "",
        "marked": _marked(register),
    })  # fmt: skip
    sums = facts.groupby("table", sort=True).sum()
    sums.loc[words("quality.all")] = sums.sum()
    headers = [words("quality.table"), *(words(f"quality.{name}") for name in sums.columns)]
    rows = [
        [str(name), *(words.count(int(n)) for n in row)] for name, row in zip(sums.index, sums.to_numpy(), strict=True)
    ]
    return Tabled(table(words("quality.by_table"), headers, rows))


def _by_basis(register: pd.DataFrame, words: Language) -> Tabled:
    pairs = zip(register["origin"].astype(str), _text(register, "basis"), strict=True)
    rows = []
    for (origin, basis), count in sorted(Counter(pairs).items(), key=lambda item: (-item[1], item[0])):
        text = basis or words("quality.basis_catalog" if origin == "catalog" else "word.none")
        rows.append([words.word("origin", origin), text, words.count(count), words.percent(count / len(register))])
    headers = [words("quality.origin"), words("quality.basis"), words("quality.rows"), words("quality.share_rows")]
    return Tabled(table(words("quality.by_basis"), headers, rows, text=2))


def _scores(register: pd.DataFrame, words: Language) -> Tabled | None:
    scored = _text(register, "pedigree")
    scores = scored[scored != ""].str.split(",", expand=True)
    if scores.empty or scores.shape[1] != len(_INDICATORS):
        return None
    numbers = scores.apply(pd.to_numeric)
    rows = [
        [words(f"quality.{name}"), words.count(len(numbers)), words.number(float(numbers[i].mean()), -1),
         words.count(int(numbers[i].max()))]
        for i, name in enumerate(_INDICATORS)
    ]  # fmt: skip
    headers = [
        words("quality.indicator"),
        words("quality.rows"),
        words("quality.score_mean"),
        words("quality.score_worst"),
    ]
    return Tabled(table(words("quality.pedigree"), headers, rows))


def _marked(register: pd.DataFrame) -> pd.Series:
    return _text(register, "basis").str.contains(MARK)


def _text(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame[column].fillna("").astype(str)


def _number(value: object, words: Language) -> str:
    return words.plain(float(value)) if isinstance(value, (int, float)) else ""
