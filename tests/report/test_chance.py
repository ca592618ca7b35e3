"""Probabilities as words: a share of draws is never told as certainty, in no place that shows one."""

import ast
from pathlib import Path

import pytest

import usephase
from usephase.report.language import language, languages


@pytest.mark.parametrize(
    ("share", "draws", "cell", "sentence"),
    [
        (1.0, 8192, "in all 8,192 draws", "in all 8,192 draws"),
        (0.0, 8192, "in none of 8,192 draws", "in none of 8,192 draws"),
        (8191 / 8192, 8192, "> 99.9 %", "in > 99.9 % of the draws"),
        (1 / 8192, 8192, "< 0.1 %", "in < 0.1 % of the draws"),
        (0.996, 1000, "99.6 %", "in 99.6 % of the draws"),
        (0.5, 2, "50.0 %", "in 50.0 % of the draws"),
        (1.0, None, "all", None),
        (0.0, None, "none", None),
        (float("nan"), 10, "n/a", None),
    ],
)
def test_a_share_of_draws_is_never_certainty(share, draws, cell, sentence):
    words = language()
    assert words.chance(share, draws).replace("\N{NO-BREAK SPACE}", " ") == cell
    if sentence:
        assert words.in_draws(share, draws).replace("\N{NO-BREAK SPACE}", " ") == sentence


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("draws", [2, 3, 64, 99, 100, 256, 999, 1000, 8192, 99_999, 1_000_000])
def test_one_draw_short_of_all_never_reads_as_all(code, draws):
    words = language(code)
    ends = {words.chance(x, draws) for x in (0.0, 1.0)}
    for share in (1 / draws, (draws - 1) / draws):
        assert words.chance(share, draws) not in ends
        assert not words.chance(share, draws).startswith(("0\N{NO-BREAK SPACE}%", "100"))
    # A workbook rounds by its format: to so many decimals of a percent.
    places = len(words.chance_format(draws).rpartition("0.")[2].rstrip("%"))
    assert 0 < round(100 / draws, places) <= round(100 - 100 / draws, places) < 100


def test_every_probability_that_is_shown_goes_through_one_function():
    """No room for readers formats a probability as a plain percentage."""
    home = Path(usephase.__file__).parent
    percents = []
    for path in [*(home / "report").rglob("*.py"), *(home / "serve").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            plain = isinstance(node, ast.FormattedValue) and node.format_spec is not None
            call = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("percent")
            if (plain or call) and any(word in ast.unparse(node) for word in ("probability", "chance")):
                percents.append(f"{path.relative_to(home)}:{node.lineno} {ast.unparse(node)}")
    assert not percents
