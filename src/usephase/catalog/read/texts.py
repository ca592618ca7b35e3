"""Columns that hold no uncertain value: text, choices, years and plain numbers."""

import re
import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd

from usephase.catalog.read.invisible import RE2, first
from usephase.catalog.read.limits import clip, each
from usephase.catalog.schema import Column
from usephase.catalog.values.columns import Finding, matches, read_values
from usephase.catalog.values.grammar import NUMBER
from usephase.catalog.values.refusal import is_error, two_readings
from usephase.catalog.values.units import OtherUnit, unknown, wrong_unit
from usephase.sampling.distributions import FIXED
from usephase.units import spell

FIRST_YEAR, LAST_YEAR = 1900, 2200
_APART, _WHOLE = re.compile(r"[\s_-]"), re.compile(r"^(\d+)\.0+$")
NO_YEAR = -1
_FOUR_DIGITS = re.compile(r"(?<![0-9.])[0-9]{4}(?![0-9]|\.[0-9])")


def cleaned(texts: np.ndarray) -> tuple[np.ndarray, list[Finding]]:
    """Strip cells, write accented letters in one way, and refuse characters that cannot be seen.

    Parameters
    ----------
    texts : ndarray of object (row,)
        As they stand in the file.

    Returns
    -------
    ndarray of object (row,)
        A refused cell stays as it is.
    list of Finding
    """
    codes, unique = pd.factorize(texts)
    bad = np.flatnonzero(matches(unique, RE2))
    plain = [text.strip() for text in unique]
    clean = np.array([t if t.isascii() else unicodedata.normalize("NFC", t) for t in plain], dtype=object)
    findings = []
    if bad.size:
        fix = "delete the character, or write the cell again"
        findings = _each(
            np.flatnonzero(np.isin(codes, bad)),
            lambda row: f"the invisible or broken character {first(unique[codes[row]])}",
            lambda _: fix,
        )
    return clean[codes], findings


def _each(rows: np.ndarray, what: Callable[[int], str], fix: Callable[[int], str]) -> list[Finding]:
    """Name what is wrong in rows; of very many, in the first ones."""
    return each(
        rows, lambda row: Finding(row, what(row), fix(row)), lambda row, more: Finding(row, more, "repair those first")
    )


def errors(texts: np.ndarray) -> list[Finding]:
    """Refuse the error values of spreadsheets in a column of text."""
    marked = np.flatnonzero(matches(texts, r"^#"))
    rows = np.array([row for row in marked.tolist() if is_error(texts[row])], dtype=np.int64)
    return _each(
        rows,
        lambda row: f"`{texts[row]}` is the error of a spreadsheet formula",
        lambda _: "repair the formula, or write the text",
    )


def _folded(word: str) -> str:
    """Fold a word of a list: case, blanks, `-` and `_` tell none from another, nor does a number's empty decimal."""
    return _APART.sub("", _WHOLE.sub(r"\1", word.casefold()))


def choices(
    texts: np.ndarray, column: Column, *, units: bool, numbers: np.ndarray | None = None
) -> tuple[np.ndarray, list[Finding]]:
    """Hold a column against its list of words; a unit may be spelled in other ways.

    Parameters
    ----------
    texts : ndarray of object (row,)
        Cleaned.
    column : Column
        The words, and the default.
    units : bool
        Whether the words are units.
    numbers : ndarray of object (row,), optional
        The cells that are in those units: what a number is in a unit that is taken is then said.

    Returns
    -------
    ndarray of object (row,)
        One of the words, or "" where the cell is empty without a default or refused.
    list of Finding
    """
    codes, unique = pd.factorize(texts)
    folded = {_folded(choice): choice for choice in column.choices}
    words = np.array([spell(text) if units else folded.get(_folded(text), text) for text in unique], dtype=object)
    wrong = np.array([bool(word) and word not in column.choices for word in words], dtype=bool)
    words[wrong] = ""
    rows = np.flatnonzero(wrong[codes]) if wrong.any() else ()
    what = f"`{{}}` is not a `{column.name}`".format

    def advice(row: int) -> str:
        word = clip(texts[row])
        if not units:
            return unknown(word, column.choices)
        refusal, number = wrong_unit("", word, column.choices), "" if numbers is None else str(numbers[row])
        if not isinstance(refusal, OtherUnit) or not re.fullmatch(NUMBER, number) or two_readings(number):
            return refusal.fix
        again = refusal.of(float(number))
        return f"{refusal.said}: write {again} and the unit `{refusal.unit}`" if again else refusal.fix

    findings = _each(np.asarray(rows), lambda row: what(clip(texts[row])), advice)
    out = words[codes]
    out[texts == ""] = column.default or ""
    return out, findings


def years(texts: np.ndarray) -> tuple[np.ndarray, list[Finding]]:
    """Read a column of years; −1 where the cell is empty or refused."""
    codes, unique = pd.factorize(texts)
    values = np.full(len(unique), NO_YEAR, dtype=np.int64)
    wrong = np.zeros(len(unique), dtype=bool)
    whole = matches(unique, r"^\+?[0-9]{1,9}(\.0*)?$")
    for i, text in enumerate(unique):
        year = int(text.partition(".")[0]) if whole[i] else NO_YEAR
        if FIRST_YEAR <= year <= LAST_YEAR:
            values[i] = year
        else:
            wrong[i] = text != ""
    rows = np.flatnonzero(wrong[codes]) if wrong.any() else ()
    fix = f"write a calendar year of four digits, {FIRST_YEAR} to {LAST_YEAR}"

    def advice(row: int) -> str:
        years = {year for year in _FOUR_DIGITS.findall(texts[row]) if FIRST_YEAR <= int(year) <= LAST_YEAR}
        return f"write the calendar year: `{years.pop()}`, if that is it" if len(years) == 1 else fix

    return values[codes], _each(np.asarray(rows), lambda row: f"`{clip(texts[row])}` is not a year", advice)


def numbers(table: str, column: Column, texts: np.ndarray) -> tuple[np.ndarray, list[Finding]]:
    """Read a column of plain numbers; NaN where the cell is refused, or empty without a default."""
    read = read_values(table, column, texts)
    certain = read.values.kind == FIXED
    refused = {found.row for found in read.findings}
    rows = [row for row in np.flatnonzero(~certain & (texts != "")).tolist() if row not in refused]
    findings = _each(
        np.array(rows, dtype=np.int64),
        lambda row: f"`{clip(texts[row])}` is uncertain; this column takes a plain number",
        lambda _: "write a number",
    )
    findings = [*read.findings, *findings]
    return np.where(certain, read.values.params[:, 0], np.nan), findings
