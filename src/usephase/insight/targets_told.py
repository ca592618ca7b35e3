"""What a track says of its rules: the pack with its marks and dates, and what should be known of it."""

from collections.abc import Iterator, Sequence
from typing import Any

from usephase.insight.rules import Pack, Rule
from usephase.insight.targets import Target, window


def rules_used(pack: Pack, target: Target | None, rows: list[dict[str, Any]], year: int) -> dict[str, Any]:
    """Give the pack, what it leads to, and every row with its dates and marks."""
    out: dict[str, Any] = {
        "pack": pack.name, "ambition": None, "target_year": None, "reduction": None, "target": None,
        "probability_met": None, "sales": None, "set_in": year,
        "rows": [{**row.to_document(), "in_force": row.in_force(year)} for row in pack.rows],
    }  # fmt: skip
    if target is not None:
        out |= {"ambition": target.ambition, "target_year": target.target_year, "reduction": target.path.reduction}
        out["own_rate"] = target.rate
        out["used"] = [row.to_document() for row in target.rules]
        end = next((row for row in rows if row["year"] == target.target_year), None)
        if end is not None:
            out |= {name: end[name] for name in ("target", "probability_met", "sales")}
    return out


def rule_notes(pack: Pack, target: Target | None, set_in: int | None, base: int, gone: Sequence[Rule]) -> Iterator[str]:
    """Say which rules were not read at their source, are not in force, or ask for another target year."""
    if target is not None and any(not row.verified for row in target.rules):
        yield "rows of the rule pack were not read in the source itself: see their marks"
    if gone:
        told = ", ".join(f"{row.rule} ({row.dates()})" for row in gone)
        yield f"rules not in force in {set_in or base} were left out: {told}"
    if target is not None and set_in is not None and (said := window(pack, set_in, target.target_year)):
        yield said
