"""The tables of the workbook as columns and rows: what each sheet shows, apart from how it is written."""

import re
from typing import Any

import pandas as pd

from usephase.insight.quality.worked import BEST as BEST_ESTIMATE
from usephase.insight.quality.worked import CHOICES, Worked
from usephase.report.breakdown import Breakdown
from usephase.report.common_errors import name_of, shared
from usephase.report.excel.sheet import ROWS_MAX, Column
from usephase.report.html.documents import Ranking
from usephase.report.language import language, words
from usephase.results.run import UNIT, Run

MEAN, LOW, HIGH = f"Mean [{UNIT}]", f"Low, 2.5 % [{UNIT}]", f"High, 97.5 % [{UNIT}]"
BELOW, ABOVE = f"Mean - low [{UNIT}]", f"High - mean [{UNIT}]"
BEST = f"Best estimate [{UNIT}]"

Rows = list[list[Any]]
Table = tuple[list[Column], Rows]

REGISTER_ROWS_MAX = 1_000
"""Rows of each table that the workbook shows of a register with more than a sheet's rows."""

_INTERVAL = ("mean", "p2_5", "p97_5", "best_estimate")
_SHORT = {"category_11": "Category 11", "category_12": "Category 12", "total": "Total"}
_FACTOR_TABLES = ("grid", "reference_grid", "zones", "carriers", "gases", "treatments", "end_of_life")
_FACTOR_UNITS = {
    ("grid", "intensity"): "kg CO2e/kWh generated",
    ("grid", "upstream"): "kg CO2e/kWh generated",
    ("reference_grid", "level"): "multiple of the path",
    ("zones", "level"): "multiple of the path",
    ("zones", "trend"): "relative change a year",
    ("zones", "loss"): "share of the electricity fed in",
    ("carriers", "combustion"): "kg CO2e per carrier unit",
    ("carriers", "upstream"): "kg CO2e per carrier unit",
    ("carriers", "biogenic"): "kg CO2 per carrier unit",
    ("carriers", "density"): "kg/L",
    ("carriers", "heating_value"): "MJ/kg",
    ("gases", "gwp"): "kg CO2e/kg",
    ("treatments", "factor"): "kg CO2e/kg",
    ("treatments", "avoided"): "kg CO2e avoided/kg",
    ("treatments", "biogenic"): "kg CO2/kg",
    ("end_of_life", "share"): "share of the mass",
}
_YEAR_OF_ROW = re.compile(r"(?:^|;)year=(\d{4})")
_YEAR_IN_TEXT = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


def grouping(found: Breakdown) -> Table:
    """Lay out one grouping: the main ledger with its interval, then each category, then the ledgers apart."""
    columns = [
        Column(words.word(words.GROUPINGS, found.by), "text"),
        *_interval_columns(),
        Column("Share of mean", "share"),
    ]
    parts = [ledger for ledger in ("category_11", "category_12") if ledger in found.ledgers and ledger != found.main]
    apart = [ledger for ledger in ("avoided", "biogenic_co2") if ledger in found.ledgers and ledger != found.main]
    for ledger in parts:
        columns += [Column(f"{_SHORT[ledger]}: {header}") for header in (MEAN, LOW, HIGH, BEST)]
    columns += [Column(f"{words.LEDGERS[ledger]}, apart: {MEAN}") for ledger in apart]
    columns += [Column(BELOW), Column(ABOVE)]
    lead = found.leading
    first: list[Any] = [
        int(group) if found.by == "calendar_year" else language().group(found.by, group) for group in found.groups
    ]
    cells = [first, *_interval_cells(lead), found.shares().tolist()]
    for ledger in parts:
        cells += _interval_cells(found.ledgers[ledger])
    cells += [found.ledgers[ledger]["mean"].tolist() for ledger in apart]
    cells += [(lead["mean"] - lead["p2_5"]).tolist(), (lead["p97_5"] - lead["mean"]).tolist()]
    rows = [list(row) for row in zip(*cells, strict=True)]
    if found.by == "calendar_year":
        columns[0] = Column("Calendar year", "year")
    return columns, rows


def components(run: Run) -> Table:
    """Lay out the components of both categories on the headline, and their means under the other choices."""
    combinations = [(b, s) for b in words.BASES for s in words.BOUNDARIES]
    columns = [
        Column("Component", "text"), Column("Category", "text"), *_interval_columns(), Column("Share of mean", "share"),
        *(Column(f"{words.BASES[b]}, {words.BOUNDARIES[s].lower()}: {MEAN}") for b, s in combinations),
        Column(BELOW), Column(ABOVE),
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
                words.word(words.PARTS[ledger], str(name)), _SHORT[ledger], *_interval(lead), mean,
                *(means.get(name, float("nan")) for means in others.values()),
                mean - lead.get("p2_5", float("nan")), lead.get("p97_5", float("nan")) - mean,
            ])  # fmt: skip
    whole = sum(row[6] for row in rows if row[6] == row[6])
    for row in rows:
        row[6] = row[6] / whole if whole else float("nan")
    return columns, rows


def service(run: Run) -> Table:
    """Lay out the figures per hour or cycle of service; the unit is a column since it differs by product."""
    unit = "kg CO2e per hour or cycle"
    columns = [
        Column("Product", "text"), Column("Service mode", "text"), Column("Unit", "text"), Column("Ledger", "text"),
        *(Column(f"{header} [{unit}]") for header in ("Mean", "Low, 2.5 %", "High, 97.5 %", "Best estimate", "Median")),
    ]  # fmt: skip
    rows = [
        [row["product"], row["mode"], row["unit"], words.word(words.LEDGERS, row["ledger"]), row["mean"], row["p2_5"],
         row["p97_5"], row["best_estimate"], row["p50"]]
        for row in run.service.head(ROWS_MAX).to_dict("records")
    ]  # fmt: skip
    return columns, rows


def common_errors(run: Run) -> Table:
    """Lay out the intervals of total, families and products if judgements shared errors."""
    known = shared(run)
    correlations = [one.correlation for one in next(iter(known.values()))]
    columns = [Column("Grouping", "text"), Column("Group", "text")]
    for correlation in correlations:
        name = name_of(correlation, language())
        columns += [Column(f"{name}: {header}") for header in (LOW, HIGH)]
        columns.append(Column(f"{name}: {language()('common_errors.times').lower()}", "plain"))
    rows = [
        [words.word(words.GROUPINGS, by), language().group(by, group),
         *(x for one in under for x in (one.low, one.high, one.widening))]
        for (by, group), under in known.items()
    ]  # fmt: skip
    return columns, rows[:ROWS_MAX]


def worked(found: Worked, at: str) -> Table:
    """Lay out the lines of a worked calculation, at best estimates or at means."""
    columns = [
        Column("Product", "text"), Column("Region", "text"), Column("Kind of user", "text"), Column("Kind", "text"),
        Column("Mode or material", "text"), Column("Units [unit]", "plain"), Column("Hours or cycles", "plain"),
        Column("Unit of these", "text"), Column("Quantity", "plain"), Column("Unit of the quantity", "text"),
        Column("Years in service [year]", "plain"), Column("Share, allocation", "plain"), Column("Factor", "plain"),
        Column("Unit of the factor", "text"), Column(f"Emissions [{UNIT}]", "plain"),
    ]  # fmt: skip
    lines = found.lines[found.lines["at"] == at].drop(columns=["at", "family"])
    lines = lines.assign(region=[language().group("region", name) if name else "" for name in lines["region"]])
    lines = lines[
        ["product", "region", "segment", "kind", "what", "units", "amount", "amount_unit", "quantity", "quantity_unit",
         "years", "share", "factor", "factor_unit", "t"]
    ]  # fmt: skip
    return columns, [list(row) for row in lines.itertuples(index=False, name=None)]


def by_choice(found: Worked) -> Table:
    """Lay out each product's best estimates under frozen and projected grid and both boundaries."""
    names = [f"{BEST_ESTIMATE}, {basis}, {boundary}" for basis, boundary in CHOICES]
    columns = [Column("Product", "text"), Column("Category", "text")]
    columns += [Column(f"{words.BASES[a]}, {words.BOUNDARIES[b].lower()} [{UNIT}]") for a, b in CHOICES]
    rows = [
        [row["product"], _SHORT[row["ledger"]], *(row[name] for name in names)]
        for row in found.products.to_dict("records")
    ]
    return columns, rows


def factors(run: Run) -> Table:
    """Lay out the factors used: grid, fuels, gases, treatments and waste routes, with source and vintage."""
    columns = [
        Column("Table", "text"), Column("Row", "text"), Column("Factor", "text"), Column("Value as written", "text"),
        Column("Best estimate", "plain"), Column("Low, 2.5 %", "plain"), Column("High, 97.5 %", "plain"),
        Column("Unit", "text"), Column("Vintage (year of the row, else of the source)", "year", 16),
        Column("Origin", "text"), Column("Basis", "text"), Column("Source", "text"), Column("Licence", "text"),
    ]  # fmt: skip
    used = run.register[run.register["table"].isin(_FACTOR_TABLES)]
    rows = [
        [*(row[name] for name in ("table", "row", "column", "value", "best_estimate", "low", "high")),
         _FACTOR_UNITS.get((row["table"], row["column"]), ""), vintage(row["row"], row["source"]),
         *(row[name] for name in ("origin", "basis", "source", "licence"))]
        for row in used.to_dict("records")
    ]  # fmt: skip
    return columns, rows


def register(run: Run) -> Table:
    """Lay out the assumption register in the units of the catalog's columns; of a large one each table's first rows."""
    columns = [
        Column("Table", "text"), Column("Row", "text"), Column("Column", "text"), Column("Value as written", "text"),
        Column("Distribution", "text"), Column("Best estimate [column's unit]", "plain"),
        Column("Low, 2.5 % [column's unit]", "plain"), Column("High, 97.5 % [column's unit]", "plain"),
        Column("Origin", "text"), Column("Basis", "text"), Column("Source", "text"), Column("Licence", "text"),
        Column("Pedigree", "text"), Column("Data type", "text"), Column("Verification", "text"),
        Column("Owner", "text"), Column("Reviewed by", "text"), Column("Reviewed on", "text"), Column("Status", "text"),
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
    return [Column(header) for header in (MEAN, LOW, HIGH, BEST)]


def _interval_cells(frame: pd.DataFrame) -> list[list[float]]:
    return [frame[name].tolist() for name in _INTERVAL]


def _interval(row: pd.Series) -> list[float]:
    return [float(row.get(name, float("nan"))) for name in _INTERVAL]


def _means(run: Run, ledger: str, basis: str, boundary: str) -> pd.Series:
    return run.select(ledger, "component", grid_basis=basis, boundary=boundary).set_index("group")["mean"]


def ranking(found: Ranking) -> Table:
    """Lay out a ranking: the leading cells with their indices and where their values come from."""
    columns = [Column("Rank", "integer"), *(Column(name, "text") for name in ("Table", "Row", "Column"))]
    columns += [Column(name, "index") for name in ("S1", "S1 low", "S1 high", "ST", "ST low", "ST high")]
    columns += [Column("Share of variance", "share"), Column("Cumulative share", "share")]
    columns += [Column(name, "text") for name in ("Source", "Data type", "Verification")]
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
    columns = [Column(name, "text") for name in ("To know", "Table", "Row", "Column")]
    columns += [Column(name, "share") for name in ("Narrower by", "Low, 2.5 %", "High, 97.5 %")]
    columns += [Column("Source", "text"), Column("Weak", "text")]
    return columns, [
        [row.what, row.table, row.row, row.column, row.shrinkage, row.shrinkage_low, row.shrinkage_high, row.source,
         "yes" if row.weak else ""]
        for row in found.measure_next
    ]  # fmt: skip
