"""What is said of a target: how far, by when and under which rules, how probably it is met, and what it covers."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from usephase.insight.tracking.targets import OWN
from usephase.insight.tracking.track import Track
from usephase.report.language import Language, plain


def told(document: Mapping[str, Any], words: Language) -> list[str]:
    """Say a track's target in sentences: first the target, then its coverage; or that there is none.

    Parameters
    ----------
    document : mapping
        With ``rules``, ``coverage``, ``base_year`` and ``draws``, as in the answer of ``usephase track``.
    """
    rules, draws = document["rules"], document["draws"]
    if rules["target_year"] is None or rules["reduction"] is None:
        return [words("target.none")]
    own = rules.get("own_rate") is not None
    said = words(
        "target.aim", year=rules["target_year"], reduction=words.number(100 * rules["reduction"], -1),
        base=document["base_year"], pack=_owner(rules, words) if own else rules["pack"], day=rules["set_on"],
        ambition="" if own else f", {rules['ambition']}",
    )  # fmt: skip
    if rules["probability_met"] is not None:
        outlook = words("target.outlook") if rules["sales"] == "held" else ""
        said += words("target.met", chance=_chances(rules, draws, words), outlook=outlook)
    found = document["coverage"]
    rows = [row for row in found["years"] if row["year"] == document["base_year"]]
    if not rows:
        return [said + ".", words("target.open", year=document["base_year"])]
    covers = [_covered(row, draws, words) for row in rows]
    asked = document.get("trigger")
    if asked:
        chance = words.chance(asked["probability_asked_for"], draws)
        covers.append(
            words("target.trigger", share=words.percent(asked["share"]), year=asked["year"],
                  required=words.percent(asked["required"]), chance=chance)
        )  # fmt: skip
    return [said + ".", *covers]


def _owner(rules: Mapping[str, Any], words: Language) -> str:
    return words("target.own") if rules["ambition"] == OWN else words("target.named", name=rules["ambition"])


def asked_for(rows: Sequence[Mapping[str, Any]], words: Language) -> list[str]:
    """Say what the rule packs ask for in the place of a target, a sentence an ambition."""
    out = []
    for row in rows:
        if row["reduction"] is None:
            out.append(words("target.not_taken", pack=row["pack"], ambition=row["ambition"], reason=row["reason"]))
            continue
        key = "target.asks_enough" if row["enough"] else "target.asks_more"
        asked = words.number(100 * row["reduction"], -1)
        out.append(words(key, pack=row["pack"], ambition=row["ambition"], reduction=asked))
    return out


def told_of(track: Track) -> list[str]:
    """Say a track's target in the language spoken, with plain spaces."""
    return told({**track.meta, "rules": track.rules, "coverage": track.extras["coverage"],
                 "trigger": track.extras["trigger"]}, plain())  # fmt: skip


def _chances(rules: Mapping[str, Any], draws: int, words: Language) -> str:
    """Write the probability that a target is met: under each grid scenario of several, then by the user's weights."""
    mixed, apart = words.chance(rules["probability_met"], draws), rules.get("by_scenario") or ()
    if len(apart) < 2:
        return mixed
    named = [(row["scenario"], words.chance(row["probability_met"], draws)) for row in apart]
    return "; ".join(f"{name} {chance}" for name, chance in [*named, (words("scenarios.mixture"), mixed)])


def _covered(row: Mapping[str, Any], draws: int, words: Language) -> str:
    whole = words.word("short", row["category"]) if row["category"] else words("target.scope_3")
    said = words("target.covers", share=_floored(row["mean"], words), whole=whole, year=row["year"])
    if row["of_scope_3"] is not None:
        said += words("target.part", part=words.percent(row["of_scope_3"]))
    if row["required"] is not None and row["probability_met"] is not None:
        said += words("target.required", required=_floored(row["required"], words))
        said += words("target.enough", chance=words.chance(row["probability_met"], draws))
    return said + "."


def _floored(share: float, words: Language) -> str:
    """Write a share to a tenth of a percent, never rounded up: 66.96 % is not the 67 % that are asked for."""
    return f"{words.number(math.floor(1000 * share + 1e-9) / 10, -1)}{words.space}%"
