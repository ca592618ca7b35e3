"""Stored runs: the newest at a glance, the list, and one of them in full as its report shows it."""

from typing import Any

from usephase.errors import UsephaseError
from usephase.insight.quality.explain import explain
from usephase.report.charts.distribution import distribution
from usephase.report.charts.groups import components
from usephase.report.disclosure.export import NAMES
from usephase.report.html import result as page_result
from usephase.report.html.documents import Documents
from usephase.report.html.page import sections
from usephase.report.language import Language
from usephase.report.tree import branch
from usephase.results.run import UNIT
from usephase.serve.runs import Runs

EXPORTS = {
    "xlsx": "Workbook (.xlsx)", "csv": "Figures (.csv)", "parquet": "Figures (.parquet)", "json": "Everything (.json)",
    "audit": "Audit package (.zip)", "cdp": "CDP", "esrs": "ESRS E1", "ifrs": "IFRS S2", "ghg-protocol": "GHG Protocol",
}  # fmt: skip
LISTED_MAX = 200
OFFERED_MAX = 400
"""Products whose figures are offered to be explained."""


def listed(runs: Runs, words: Language) -> list[dict[str, Any]]:
    """List the runs, the newest first."""
    rows = []
    for key in list(runs.folders())[:LISTED_MAX]:
        try:
            about = runs.about(key)
        except UsephaseError:
            continue  # moved away at this moment
        total = about.get("total")
        rows.append({
            **about, "broken": about.get("problems", []),
            "amount": words.amount(total["mean"], total["p2_5"], total["p97_5"]) if total else "",
            "interval": words.interval(total["p2_5"], total["p97_5"], value=total["mean"]) if total else "",
            "best": words.amount(total["best_estimate"], total["p2_5"], total["p97_5"]) if total else "",
            "moment": moment(str(about.get("created", ""))),
        })  # fmt: skip
    return rows


def newest(runs: Runs, words: Language) -> dict[str, Any] | None:
    """Show the newest run that can be read; None if there is none."""
    for key in runs.folders():
        try:
            run = runs.open(key)
        except UsephaseError:
            continue
        return {
            "key": key, "headline": page_result.headline(run, words), "pictures": [
                distribution(run, words), components(run, words)
            ],
            "moment": moment(str(run.meta["created"])), "draws": words.count(int(run.meta["draws"])),
            "sha256": run.meta["catalog"]["sha256"],
        }  # fmt: skip
    return None


def shown(runs: Runs, key: str, words: Language) -> dict[str, Any]:
    """Show a run: its headline and the sections of its report, and what it can be exported as.

    Raises
    ------
    UnknownRunError, StoreError
    """
    run = runs.open(key)
    meta = run.meta
    return {
        "key": key, "headline": page_result.headline(run, words),
        "sections": sections(run, words, Documents(), explained=False),
        "exports": [(name, EXPORTS.get(name, name)) for name in NAMES], "unit": UNIT,
        "moment": moment(str(meta["created"])),
        "facts": (
            ("Catalog", f"{meta['catalog']['name']}, sales of {meta['reporting_year']}"),
            ("Computed", moment(str(meta["created"]))),
            ("Draws", f"{words.count(int(meta['draws']))}, {meta['design']}, seed {meta['seed']}"),
        ),
        "others": [(other, other.partition("~")[2]) for other in list(runs.folders())[:LISTED_MAX] if other != key],
    }  # fmt: skip


def explained(runs: Runs, key: str, figure: str, words: Language) -> dict[str, Any]:
    """Work a figure of a run out.

    Raises
    ------
    UnknownRunError, StoreError, StudyError, CatalogError
    """
    run = runs.open(key)
    asked = figure or "total"
    found = explain(run, asked)
    names = [(ledger, words(f"ledger.{ledger}")) for ledger in ("total", "category_11", "category_12")]
    listed = run.select("total", "product").sort_values("mean", ascending=False, kind="stable")["group"]
    names += [(f"total:product={group}", str(group)) for group in listed[:OFFERED_MAX]]
    return {
        "key": key, "moment": moment(str(run.meta["created"])), "figure": asked, "figures": names,
        "branch": branch(found, "mean", words),
    }  # fmt: skip


def moment(created: str) -> str:
    """Write a time so that it can be read: ``2025-03-04 05:06 UTC``."""
    return f"{created[:10]} {created[11:16]} UTC" if len(created) >= 16 else created
