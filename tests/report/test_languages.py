"""What people read comes from the file of the language: in a made-up one, no word of English is left."""

import io
import re
import string
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

import usephase
from tests.insight.compare_catalogs import catalog, option, tables
from usephase.report import language as languages
from usephase.report.excel.comparison import write_comparison_workbook
from usephase.report.excel.track import write_track_workbook
from usephase.report.excel.workbook import write_workbook
from usephase.report.language import language, plain
from usephase.report.terminal.comparison import ComparisonSummary
from usephase.report.terminal.ranking import RankingView
from usephase.report.terminal.summary import summary
from usephase.report.terminal.track import Screen

OTHER = {
    ord(letter): chr(0x410 + i + 6 * (i > 25))
    for i, letter in enumerate(string.ascii_uppercase + string.ascii_lowercase)
}
CODES = {"unit", "cycle", "service", "portfolio"}
"""Units, and the measures of a comparison as files name them."""


def made_up(messages: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Write every text in letters that English has not; what is filled in stays."""
    made = {}
    for key, text in messages:
        parts = string.Formatter().parse(text)
        written = ((before.translate(OTHER), name) for before, name, _, _ in parts)
        made[key] = "".join(before + ("" if name is None else f"{{{name}}}") for before, name in written)
    return made


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    english = language("en")
    other = replace(english, messages=made_up(english.messages.items()))
    flat = {key: text.replace("\N{NO-BREAK SPACE}", " ") for key, text in other.messages.items()}
    monkeypatch.setattr(languages, "_load", lambda code: other)
    monkeypatch.setattr(languages, "_plain", lambda code: replace(other, messages=flat, space=" "))


def screen(renderable: object) -> str:
    console = Console(width=100, no_color=True, file=io.StringIO())
    console.print(renderable)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def book(path: Path) -> str:
    read = openpyxl.load_workbook(path)
    cells = (str(cell.value) for sheet in read for row in sheet.iter_rows() for cell in row if cell.value is not None)
    return "\n".join((*read.sheetnames, *cells))


def foreign(shown: str, own: str) -> set[str]:
    """Give the words of four letters or more that are neither the language's nor of the catalog, nor codes."""
    known = {word.lower() for word in re.findall("[A-Za-z]+", own)} | {code.lower() for code in CODES}
    return {word for word in re.findall("[A-Za-z]{4,}", shown) if word.lower() not in known}


@pytest.mark.slow
def test_no_word_of_english_is_left_in_another_language(spoken: None, tmp_path: Path) -> None:
    made = tables()
    made["sales"] += [{"product": "SAW", "region": "N", "year": "2023", "units": "12345"}]
    read = catalog(
        tmp_path, option("fine", "modes", "product=DRILL;mode=on", "rate", "*0.8"),
        settings={"catalog": {"name": "Bench", "reporting_year": 2024, "base_year": 2023}}, sales=made["sales"],
    )  # fmt: skip
    run, compared = usephase.estimate(read), usephase.compare(read, ["base", "fine"])
    ranked, tracked = usephase.rank(read), usephase.track(read, target_year=2030)
    register = run.register.astype(str)
    rules = (str(cell) for row in tracked.rules["rows"] for cell in row.values())
    codes = (run.figures, compared.figures, tracked.change_by)  # labels as the files have them
    labels = (str(cell) for frame in codes for cell in frame.astype(str).to_numpy().ravel())
    reasons = (str(row["reason"]) for row in tracked.extras["asked_for"])
    notes = (*reasons, *run.notes, *compared.notes, *ranked.notes, *tracked.notes)  # problems and notes are in English
    own = "\n".join(
        (
            *labels,
            *compared.options,
            *register.to_numpy().ravel(),
            *notes,
            *rules,
            *map(str, run.meta.values()),
            str(tracked.meta),
        )
    )
    shown = {
        "run": screen(summary(run)), "compare": screen(ComparisonSummary(compared)),
        "rank": screen(RankingView(ranked, 20)), "track": screen(Screen(tracked)),
    }  # fmt: skip
    for name, write, what in (
        ("run.xlsx", write_workbook, run), ("compare.xlsx", write_comparison_workbook, compared),
        ("track.xlsx", write_track_workbook, tracked),
    ):  # fmt: skip
        write(what, tmp_path / name)
        shown[name] = book(tmp_path / name)
    left = {name: sorted(foreign(text, own)) for name, text in shown.items()}
    assert not any(left.values()), "\n".join(f"{name}: {chr(32).join(words)}" for name, words in left.items())
    assert plain()("screen.mean") in shown["track"]


@pytest.mark.parametrize("code", languages.languages())
def test_names_of_sheets_are_such_that_a_workbook_takes_them(code: str) -> None:
    names = language(code).section("sheet")
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names.values())
    books = (
        ("summary", "charts", "ranking", "measure_next", "common_errors", "per_service", "worked", "worked_means",
         "by_choice", "factors", "register", "method"),
        ("differences", "contributions", "parts", "ranking", "decides", "break_evens", "budgets", "accumulated",
         "figures"),
        ("levels", "change", "charts", "targets", "coverage", "regions", "own_targets", "roll_up", "asked_for",
         "footprint", "calendar", "calendar_forecast", "occurred", "intensities", "change_by_group", "levers",
         "with_levers", "recalculation", "both_series", "notes"),
    )  # fmt: skip
    for sheets in books:
        assert len({names[name].lower() for name in sheets}) == len(sheets)
