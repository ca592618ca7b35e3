"""A run under each grid scenario and by the user's weights: the lines that stand below every headline."""

import pandas as pd

from usephase.report.language import Language
from usephase.results.run import Run
from usephase.results.scenarios import scenario_share, weights


def lines(run: Run, words: Language, ledger: str = "total") -> list[tuple[str, pd.Series]]:
    """Name a figure of the headline under each grid scenario, then the mixture; none where there is one scenario."""
    rows = {row["group"]: row for _, row in run.select(ledger, "scenario").iterrows()}
    known = weights(run)
    if len(known) < 2 or set(known) != set(rows):  # runs of earlier versions have no such figures
        return []
    named = [(name_of(name, weight, words), rows[name]) for name, weight in known.items()]
    return [*named, (words("scenarios.mixture"), run.figure(ledger))]


def name_of(scenario: str, weight: float, words: Language) -> str:
    """Name a scenario with its weight."""
    return words("scenarios.line", scenario=scenario, weight=words.percent(weight))


def split(run: Run, words: Language) -> str:
    """Say how much of the width of the headline's interval is scenario and how much input; "" where it is all input."""
    share = scenario_share(run)
    if share is None:
        return ""
    of_scenarios, of_inputs = words.percents([share, 1 - share])
    return words("scenarios.split", scenarios=of_scenarios, inputs=of_inputs)
