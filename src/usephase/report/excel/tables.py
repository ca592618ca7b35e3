"""The tables of the workbook as columns and rows: what each sheet shows, apart from how it is written."""

import re
from typing import Any

import pandas as pd

from usephase.engine.run.figures import BASES, BOUNDARIES
from usephase.insight.quality.worked import BEST as BEST_ESTIMATE
from usephase.insight.quality.worked import CHOICES, Worked
from usephase.report.breakdown import PARTS, Breakdown
from usephase.report.common_errors import name_of, shared
from usephase.report.excel.sheet import ROWS_MAX, Column, cell_of, head, texts
from usephase.report.html.documents import Ranking
from usephase.report.language import capital, plain
from usephase.results.run import UNIT, Run

Rows = list[list[Any]]
Table = tuple[list[Column], Rows]

REGISTER_ROWS_MAX = 1_000
"""Rows of each table that the workbook shows of a register with more than a sheet's rows."""

_INTERVAL = ("mean", "p2_5", "p97_5", "best_estimate")
_FACTOR_TABLES = ("grid", "reference_grid", "zones", "carriers", "gases", "treatments", "end_of_life")
_YEAR_OF_ROW = re.compile(r"(?:^|;)year=(\d{4})")
_YEAR_IN_TEXT = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


def grouping(found: Breakdown) -> Table:
    """Lay out one grouping: the main ledger with its interval, then each category, then the ledgers apart."""
    say = plain()
    columns = [
        Column(capital(say.word("by", found.by)), "text"),
        *_interval_columns(),
        Column(say("head.share_of_mean"), "share"),
    ]
    parts = [ledger for ledger in ("category_11", "category_12") if ledger in found.ledgers and ledger != found.main]
    apart = [ledger for ledger in ("avoided", "biogenic_co2") if ledger in found.ledgers and ledger != found.main]
    for ledger in parts:
        columns += [Column(f"{say('category_short.' + ledger)}: {column.header}") for column in _interval_columns()]
    columns += [Column(say("head.apart", ledger=say("ledger." + ledger), head=head("mean"))) for ledger in apart]
    columns += [Column(head("below")), Column(head("above"))]
    lead = found.leading
    first: list[Any] = [
        int(group) if found.by == "calendar_year" else say.group(found.by, group) for group in found.groups
    ]
    cells = [first, *_interval_cells(lead), found.shares().tolist()]
    for ledger in parts:
        cells += _interval_cells(found.ledgers[ledger])
    cells += [found.ledgers[ledger]["mean"].tolist() for ledger in apart]
    cells += [(lead["mean"] - lead["p2_5"]).tolist(), (lead["p97_5"] - lead["mean"]).tolist()]
    rows = [list(row) for row in zip(*cells, strict=True)]
    if found.by == "calendar_year":
        columns[0] = Column(head("calendar_year", ""), "year")
    return columns, rows


def components(run: Run) -> Table:
    """Lay out the components of both categories on the headline, and their means under the other choices."""
    say, combinations = plain(), [(b, s) for b in BASES for s in BOUNDARIES]
    columns = [
        Column(capital(say("by.component")), "text"), *texts("category"), *_interval_columns(),
        Column(say("head.share_of_mean"), "share"),
        *(Column(f"{say(f'choice.{b}.{s}')}: {head('mean')}") for b, s in combinations),
        Column(head("below")), Column(head("above")),
    ]  # fmt: skip
    rows: Rows = []
    for ledger in ("category_11", "category_12"):
        others = {c: _means(run, ledger, *c) for c in combinations}
        own = run.select(ledger, "component").set_index("group")
        names = dict.fromkeys([*own.index, *(group for means in others.values() for group in means.index)])
        for name in sorted(names, key=lambda n: -own["mean"].get(n, 0.0)):
            # A component that only another boundary has is 0 in the headline: its row has no interval to show.
            lead = own.loc[name] if name in own.index else pd.Series(dtype=float)
            mean = lead.get("mean", float("nan"))
            rows.append([
                say.word(PARTS[ledger], str(name)), say("category_short." + ledger), *_interval(lead), mean,
                *(means.get(name, float("nan")) for means in others.values()),
                mean - lead.get("p2_5", float("nan")), lead.get("p97_5", float("nan")) - mean,
            ])  # fmt: skip
    whole = sum(row[6] for row in rows if row[6] == row[6])
    for row in rows:
        row[6] = row[6] / whole if whole else float("nan")
    return columns, rows


def service(run: Run) -> Table:
    """Lay out the figures per hour or cycle of service; the unit is a column since it differs by product."""
    unit = head("per_service", "")
    columns = [
        *texts("product", "service_mode", "unit", "ledger"),
        *(Column(head(name, unit)) for name in ("mean", "low", "high", "best", "median")),
    ]
    rows = [
        [plain().group("product", row["product"]), row["mode"], row["unit"], plain().word("ledger", row["ledger"]),
         row["mean"], row["p2_5"], row["p97_5"], row["best_estimate"], row["p50"]]
        for row in run.service.head(ROWS_MAX).to_dict("records")
    ]  # fmt: skip
    return columns, rows


def common_errors(run: Run) -> Table:
    """Lay out the intervals of total, families and products if judgements shared errors."""
    known = shared(run)
    correlations = [one.correlation for one in next(iter(known.values()))]
    columns = texts("grouping", "group")
    for correlation in correlations:
        name = name_of(correlation, plain())
        columns += [Column(f"{name}: {header}") for header in (head("low"), head("high"))]
        columns.append(Column(f"{name}: {plain()('common_errors.times').lower()}", "plain"))
    rows = [
        [capital(plain().word("by", by)), plain().group(by, group),
         *(x for one in under for x in (one.low, one.high, one.widening))]
        for (by, group), under in known.items()
    ]  # fmt: skip
    return columns, rows[:ROWS_MAX]


def worked(found: Worked, at: str) -> Table:
    """Lay out the lines of a worked calculation, at best estimates or at means."""
    numbers = {"units": "unit", "amount": "", "quantity": "", "years": "year", "share": "", "factor": "", "t": UNIT}
    heads = {"segment": "user", "what": "mode_or_material", "t": "emissions"}
    names = ("product", "region", "segment", "kind", "what", "units", "amount", "amount_unit", "quantity",
             "quantity_unit", "years", "share", "factor", "factor_unit", "t")  # fmt: skip
    columns = [
        Column(head(heads.get(name, name), numbers.get(name, "")), "plain" if name in numbers else "text")
        for name in names
    ]
    lines = found.lines[found.lines["at"] == at].drop(columns=["at", "family"])
    say = plain()
    places = [say.group("region", name) if name else "" for name in lines["region"]]
    kinds = [say.messages.get(f"worked.{kind}", kind) for kind in lines["kind"]]
    products = [say.group("product", name) for name in lines["product"]]
    lines = lines.assign(product=products, region=places, kind=kinds)[list(names)]
    return columns, [list(row) for row in lines.itertuples(index=False, name=None)]


def by_choice(found: Worked) -> Table:
    """Lay out each product's best estimates under frozen and projected grid and both boundaries."""
    names = [f"{BEST_ESTIMATE}, {basis}, {boundary}" for basis, boundary in CHOICES]
    say = plain()
    columns = texts("product", "category")
    columns += [Column(f"{say(f'choice.{a}.{b}')} [{UNIT}]") for a, b in CHOICES]
    rows = [
        [say.group("product", row["product"]), say(f"category_short.{row['ledger']}"), *(row[name] for name in names)]
        for row in found.products.to_dict("records")
    ]
    return columns, rows


def factors(run: Run) -> Table:
    """Lay out the factors used: grid, fuels, gases, treatments and waste routes, with source and vintage."""
    columns = [
        *texts("table", "row", "factor", "value"),
        *(Column(head(name, ""), "plain") for name in ("best", "low", "high")),
        *texts("unit"), Column(head("vintage", ""), "year", 16), *texts("origin", "basis", "source", "licence"),
    ]  # fmt: skip
    used = run.register[run.register["table"].isin(_FACTOR_TABLES)]
    rows = [
        [*(row[name] for name in ("table", "row", "column", "value", "best_estimate", "low", "high")),
         plain().messages.get(f"factor_unit.{row['table']}_{row['column']}", ""), vintage(row["row"], row["source"]),
         *(row[name] for name in ("origin", "basis", "source", "licence"))]
        for row in used.to_dict("records")
    ]  # fmt: skip
    return columns, rows


def register(run: Run) -> Table:
    """Lay out the assumption register in the units of the catalog's columns; of a large one each table's first rows."""
    columns = [
        *texts("table", "row", "column", "value", "distribution"),
        *(Column(head(name, head("column_unit", "")), "plain") for name in ("best", "low", "high")),
        *texts("origin", "basis", "source", "licence", "pedigree", "data_type", "verification",
               "owner", "reviewed_by", "reviewed_on", "status"),
    ]  # fmt: skip
    listed = run.register
    if len(listed) > ROWS_MAX:
        listed = listed.groupby("table", sort=False).head(REGISTER_ROWS_MAX)
    return columns, [list(row) for row in listed.itertuples(index=False, name=None)]


def vintage(row: str, source: str) -> int | None:
    """Find how old a factor is: the year in its key, else the latest year its source names."""
    match = _YEAR_OF_ROW.search(row)
    if match:
        return int(match[1])
    named = [int(year) for year in _YEAR_IN_TEXT.findall(source)] if isinstance(source, str) else []
    return max(named, default=None)


def _interval_columns() -> list[Column]:
    return [Column(head(name)) for name in ("mean", "low", "high", "best")]


def _interval_cells(frame: pd.DataFrame) -> list[list[float]]:
    return [frame[name].tolist() for name in _INTERVAL]


def _interval(row: pd.Series) -> list[float]:
    return [float(row.get(name, float("nan"))) for name in _INTERVAL]


def _means(run: Run, ledger: str, basis: str, boundary: str) -> pd.Series:
    return run.select(ledger, "component", grid_basis=basis, boundary=boundary).set_index("group")["mean"]


def ranking(found: Ranking) -> Table:
    """Lay out a ranking: the leading cells with their indices and where their values come from."""
    columns = [Column(head("rank", ""), "integer"), *texts("table", "row", "column")]
    columns += [Column(head(name, ""), "index") for name in ("s1", "s1_low", "s1_high", "st", "st_low", "st_high")]
    columns += [Column(head(name, ""), "share") for name in ("share_of_variance", "cumulative")]
    columns += texts("source", "data_type", "verification")
    rows: Rows = []
    cumulative = 0.0
    for i, row in enumerate(found.rows, 1):
        cumulative += row.share_of_variance or 0.0
        rows.append([
            i, row.table, row.row, row.column, row.s1, row.s1_low, row.s1_high, row.st, row.st_low, row.st_high,
            row.share_of_variance, None if row.share_of_variance is None else cumulative, row.source,
            row.data_type, row.verification,
        ])  # fmt: skip
    return columns, rows


def measure_next(found: Ranking) -> Table:
    """Lay out what knowing a cell, or all of a source, takes off the interval."""
    columns = texts("to_know", "table", "row", "column")
    columns += [Column(head(name, ""), "share") for name in ("narrower", "low", "high")]
    columns += [*texts("could_be_got"), Column(head("narrower_by_data", ""), "share"), *texts("source", "weak")]
    words = plain()
    return columns, [
        [row.what, row.table, row.row, row.column, row.shrinkage, row.shrinkage_low, row.shrinkage_high,
         words(f"ranking.data_{row.data}", count=row.data_count) if row.data else "", row.shrinkage_data, row.source,
         cell_of(True) if row.weak else ""]
        for row in found.measure_next
    ]  # fmt: skip
