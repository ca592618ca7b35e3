"""Data quality and the assumption register: what the figures rest on, and how that is known."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.schema import DEFAULT
from usephase.insight.quality import assess as insight
from usephase.insight.quality.codes import codes_of, told
from usephase.report import rests
from usephase.report.charts.marks import table
from usephase.report.html import types as page_types
from usephase.report.html.parts import Paragraph, Part, Section, Tabled, section
from usephase.report.language import Language
from usephase.results.run import Run

ROWS_A_TABLE = 150
"""Rows of the register that the page shows of one table; run.h5 has them all."""
_INDICATORS = ("reliability", "completeness", "temporal", "geographical", "technological")


def quality(run: Run, words: Language) -> Section | None:
    """Count what the figures rest on."""
    register = run.register
    parts: list[Part | None] = [
        Paragraph(rests.lead(run, words)),
        _inputs(run, words),
        Paragraph(said) if (said := rests.archetypes(run, words)) else None,
        _variance(run, words),
        Paragraph(words("quality.lead")),
    ]
    if len(register):
        parts += [
            _by_table(register, words),
            _by_basis(register, words),
            _scores(register, words),
        ]
        found = insight.quality(run)
        parts += [*page_types.data_types(found, words), *page_types.requirements(found, words)]
    parts += [Paragraph(words("quality.marks")), Paragraph(rests.partners(run, words))]
    return section("quality", words("quality.title"), parts)


def register(run: Run, words: Language) -> Section | None:
    """List the register table by table, closed, marked rows first, each source written once."""
    whole = run.register
    marked, sources = insight.weak(whole), _sources(whole)
    numbers = {source: f"[{i}]" for i, source in enumerate(sources, 1)}
    named, values = len(sources.keys() - {DEFAULT}), len(insight.numbers(whole))
    parts: list[Part | None] = [
        Paragraph(words("register.lead", rows=words.count(values), sources=words.count(named))),
        Paragraph(words("register.units")),
    ]
    for name, rows in _tables(whole):
        # Only rows that are shown are taken out of a register that may have a million.
        mine = marked[rows]
        leading = rows[np.argsort(~mine, kind="stable")[:ROWS_A_TABLE]]
        shown = whole.iloc[leading].assign(marked=marked[leading])
        shown = shown.assign(source=shown["source"].fillna(""))
        headers = [words(f"register.{key}") for key in _COLUMNS]
        cells = [_register_row(row, numbers, words) for row in shown.to_dict("records")]
        title = words("register.of_table", table=name, rows=words.count(len(rows)), marked=words.count(int(mine.sum())))
        behind = table(title, headers, cells, text=4)
        more = max(len(rows) - ROWS_A_TABLE, 0)
        parts.append(Tabled(behind, summary=title, more=more, wide=True))
    headers = [words("register.number"), words("register.source"), words("register.licence"), words("table.count")]
    cells = [[numbers[s], s, licence, words.count(count)] for s, (licence, count) in sources.items()]
    title = words("register.sources")
    parts.append(
        Tabled(table(title, headers, cells, text=3), summary=f"{title} ({words.count(len(cells))})", wide=True)
    )
    return section("register", words("register.title"), parts)


def _tables(whole: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    """Give the rows of every table of a register, by name."""
    codes, names = codes_of(whole["table"])
    found = [(name, np.flatnonzero(codes == i)) for i, name in enumerate(names)]
    return sorted((name, rows) for name, rows in found if len(rows))


def _sources(whole: pd.DataFrame) -> dict[str, tuple[str, int]]:
    """Name every source in the order of its first use, with its licences and the number of its rows."""
    source, names = codes_of(whole["source"])
    licence, licences = codes_of(whole["licence"])
    counts = np.bincount(source, minlength=len(names)).tolist()
    found: dict[str, set[str]] = {name: set() for name in names if name}
    for pair in np.unique(source * len(licences) + licence).tolist():
        name, its = names[pair // len(licences)], licences[pair % len(licences)]
        if name and its:
            found[name].add(its)
    order = dict(zip(names, counts, strict=True))
    return {name: (", ".join(sorted(its)), order[name]) for name, its in found.items()}


_COLUMNS = (
    "row", "column", "value", "distribution", "best", "low", "high", "origin", "source", "data_type", "pedigree",
)  # fmt: skip


def _register_row(row: Mapping[Hashable, Any], numbers: dict[str, str], words: Language) -> list[str]:
    basis = str(row["basis"] or "")
    origin = words.word("origin", str(row["origin"]))
    kind = words.word("types", str(row["data_type"]) or "default")
    kind = words("register.mark", kind=kind) if row["marked"] else kind
    verified = words.word("verification", str(row["verification"]) or "none")
    spread = row["low"] != row["high"]
    return [
        str(row["row"]), str(row["column"]), str(row["value"]),
        words.word("distribution_kind", str(row["distribution"])),
        _number(row["best_estimate"], words), _number(row["low"], words) if spread else "",
        _number(row["high"], words) if spread else "", f"{origin}: {basis}" if basis else origin,
        numbers.get(str(row["source"]), words("register.no_source")), f"{kind}, {verified}", str(row["pedigree"] or ""),
    ]  # fmt: skip


def _inputs(run: Run, words: Language) -> Tabled | None:
    """Name the inputs that move the total most."""
    rows = [list(row) for row in rests.inputs(run, words)]
    headers = [words("quality.input"), words("quality.share_variance")]
    return Tabled(table(words("rests.inputs"), headers, rows, text=1)) if rows else None


def _variance(run: Run, words: Language) -> Tabled | None:
    """Share the variance of the total out by what its values are and whose they are."""
    parts = run.meta.get("variance", {}).get("shares", ())
    shares = words.percents(part["share"] for part in parts)
    rows = [
        [words.word("rests.kind", part["kind"]), words.word("rests.sort", part["sort"]), share]
        for part, share in zip(parts, shares, strict=True)
    ]
    headers = [words(f"quality.{name}") for name in ("kind", "sort", "share_variance")]
    return Tabled(table(words("quality.variance"), headers, rows, text=2)) if rows else None


def _by_table(register: pd.DataFrame, words: Language) -> Tabled:
    table_, tables = codes_of(register["table"])
    kind = insight.data_types(register)
    facts = {
        "rows": np.ones(len(register), dtype=bool), "catalog": register["origin"] == "catalog",
        "reference": register["origin"] == "reference", "uncertain": insight.uncertain(register),
        "scored": _filled(register["pedigree"]),
        "sourced": _filled(register["source"]) & (register["source"] != DEFAULT),
        "estimate": kind == "estimate", "default": kind == "default",
        "unverified": ~register["verification"].isin(("limited", "reasonable")),
    }  # fmt: skip
    counts = {
        name: np.bincount(table_[np.asarray(holds, dtype=bool)], minlength=len(tables)) for name, holds in facts.items()
    }
    sums = pd.DataFrame(counts, index=pd.Index(tables, name="table"))
    sums = sums[sums["rows"] > 0].sort_index()
    sums.loc[words("quality.all")] = sums.sum()
    headers = [words("quality.table"), *(words(f"quality.{name}") for name in sums.columns)]
    rows = [
        [str(name), *(words.count(int(n)) for n in row)] for name, row in zip(sums.index, sums.to_numpy(), strict=True)
    ]
    return Tabled(table(words("quality.by_table"), headers, rows))


def _by_basis(register: pd.DataFrame, words: Language) -> Tabled:
    origin_, origins = codes_of(register["origin"])
    basis_, bases = codes_of(register["basis"])
    pairs, counts = np.unique(origin_ * len(bases) + basis_, return_counts=True)
    found = [
        ((origins[pair // len(bases)], bases[pair % len(bases)]), n) for pair, n in zip(pairs, counts, strict=True)
    ]
    rows = []
    found.sort(key=lambda item: (-item[1], item[0]))
    shares = words.percents(count / len(register) for _, count in found)
    for ((origin, basis), count), share in zip(found, shares, strict=True):
        text = basis or words("quality.basis_catalog" if origin == "catalog" else "word.none")
        rows.append([words.word("origin", origin), text, words.count(count), share])
    headers = [words("quality.origin"), words("quality.basis"), words("quality.rows"), words("quality.share_rows")]
    return Tabled(table(words("quality.by_basis"), headers, rows, text=2))


def _scores(register: pd.DataFrame, words: Language) -> Tabled | None:
    codes, texts = codes_of(register["pedigree"])
    counts = np.bincount(codes, minlength=len(texts))
    split = {text: text.split(",") for text, n in zip(texts, counts.tolist(), strict=True) if text and n}
    if not split or {len(scores) for scores in split.values()} != {len(_INDICATORS)}:
        return None
    weight = counts[[texts.index(text) for text in split]]
    numbers = np.array(list(split.values()), dtype=float)
    rows = [
        [words(f"quality.{name}"), words.count(int(weight.sum())),
         words.number(float(np.average(numbers[:, i], weights=weight)), -1), words.count(int(numbers[:, i].max()))]
        for i, name in enumerate(_INDICATORS)
    ]  # fmt: skip
    headers = [
        words("quality.indicator"),
        words("quality.rows"),
        words("quality.score_mean"),
        words("quality.score_worst"),
    ]
    return Tabled(table(words("quality.pedigree"), headers, rows))


def _filled(column: pd.Series) -> np.ndarray:
    codes, texts = codes_of(column)
    return told(codes, [text != "" for text in texts])


def _number(value: object, words: Language) -> str:
    return words.plain(float(value)) if isinstance(value, (int, float)) else ""
