"""What a track says of its rules: the pack with its marks and dates, and what should be known of it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from usephase.insight.rules import Pack, Rule
from usephase.insight.tracking.targets import OWN, Target, outside_window


def rules_used(
    pack: Pack, target: Target | None, intensities: Sequence[Rule], rows: list[dict[str, Any]], day: date
) -> dict[str, Any]:
    """Give the pack, what it leads to, and every row with its dates and marks."""
    out: dict[str, Any] = {
        "pack": pack.name, "ambition": None, "target_year": None, "reduction": None, "target": None,
        "probability_met": None, "by_scenario": [], "sales": None, "set_on": day.isoformat(),
        "used": [row.to_document() for row in (*(target.rules if target else ()), *dict.fromkeys(intensities))],
        "rows": [{**row.to_document(), "in_force": row.in_force(day)} for row in pack.rows],
    }  # fmt: skip
    if target is not None:
        out |= {"ambition": target.ambition, "target_year": target.target_year, "reduction": target.reduction}
        out |= {"rate": target.reduction / (target.target_year - target.base_year), "own_rate": target.rate}
        out |= {"newest_year": target.newest_year, "newest_of_base": target.newest}
        end = next((row for row in rows if row["year"] == target.target_year), None)
        if end is not None:
            out |= {name: end[name] for name in ("target", "probability_met", "by_scenario", "sales")}
    return out


def rule_notes(pack: Pack, target: Target | None, day: date, gone: Sequence[Rule]) -> Iterator[str]:
    """Say which rules were not read at their source, are not in force, or ask for another base or target year."""
    if gone:
        told = ", ".join(f"{row.rule} ({row.dates()})" for row in gone)
        yield f"rules not in force on {day} were left out: {told}"
    if target is None:
        return
    if any(not row.verified for row in target.rules):
        yield "rows of the rule pack were not read in the source itself: see their marks"
    if said := outside_window(pack, day, target.target_year):
        whose = "a rate of your own" if target.ambition == OWN else "the catalog's own row"
        yield f"the target rests on {whose}; {said}"
    exempt = pack.find("target_year_exempt")
    if exempt is not None and exempt.value == target.target_year:
        yield f"target year {target.target_year}: {exempt.note}"
    oldest = [pack.value("base_year_min"), day.year - (pack.value("base_year_age_max") or day.year)]
    first = max(int(year) for year in oldest if year is not None)
    if target.base_year < first:
        yield f"{pack.name} takes base years from {first} on for a target set on {day}: {target.base_year} is earlier"
