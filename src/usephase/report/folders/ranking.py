"""A ranking's files: JSON, CSV and pictures; and a run's page and workbook with its ranking in them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from usephase.insight.sensitivity.ranking import Ranking
from usephase.report.cells import csv_text
from usephase.report.charts import insight as charts
from usephase.report.charts.run import writers as picture_writers
from usephase.report.excel.workbook import write_workbook
from usephase.report.html import documents as page_documents
from usephase.report.html.documents import Documents
from usephase.report.html.page import write_page
from usephase.report.language import language, languages
from usephase.results.atomic import write_files
from usephase.results.run import open_run

NAME = "ranking.json"
ROWS_MAX = 1000
"""Rows of ranking.json; ranking.csv has all."""
_TEXTS = ("table", "row", "column", "source", "data_type", "verification")
_LANGUAGE = re.compile(r'<html lang="([^"]*)"')


def write_ranking(ranking: Ranking, folder: Path) -> list[Path]:
    """Write ranking.json, ranking.csv and the pictures into a folder; files of those names are replaced.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    StoreError
        If the system refuses.
    """
    answer, words = ranking.to_document(ROWS_MAX), language()
    text = json.dumps(answer, ensure_ascii=True, allow_nan=False, indent=1)
    rows = ranking.rows.assign(**{name: [csv_text(x) for x in ranking.rows[name]] for name in _TEXTS})
    writers: dict[str, Callable[[Path], object]] = {
        NAME: lambda path: path.write_text(text + "\n", encoding="ascii"),
        "ranking.csv": lambda path: rows.to_csv(path, index=False, encoding="utf-8", lineterminator="\n"),
    }
    shares = ranking.rows["share_of_variance"].fillna(0.0)
    varies = bool((shares > 0).any())
    found = page_documents.Ranking.model_validate(answer)
    drawn = {
        "ranking": charts.ranking(found, words) if varies and "st_low" in ranking.rows else None,
        "tornado": charts.tornado(found, words) if found.tornado else None,
        "cumulative": charts.cumulative(ranking.figure, shares.tolist(), words) if varies else None,
    }
    return write_files(folder, writers | picture_writers(drawn), replace=True)


def add_to_run(ranking: Ranking, path: Path) -> list[Path]:
    """Write a ranking into its run's folder, and the run's page and workbook again with it.

    Parameters
    ----------
    ranking : Ranking
    path : Path
        The run's folder or its run.h5.
    """
    folder = folder_of(path)
    run, written = open_run(path), write_ranking(ranking, folder)
    found = kept(folder)
    page, book = folder / "report.html", folder / "inventory.xlsx"
    code = _language(page)
    again: dict[str, Callable[[Path], object]] = {
        page.name: lambda path: write_page(run, path, code, Documents(ranking=found)),
        book.name: lambda path: write_workbook(run, path, found),
    }
    return [*written, *write_files(folder, again, replace=True)]


def folder_of(path: Path) -> Path:
    """Give the folder of a run."""
    return path if path.is_dir() else path.parent


def kept(folder: Path) -> page_documents.Ranking | None:
    """Read the ranking that a run's folder holds; None where there is none."""
    return page_documents.read_documents([folder / NAME]).ranking if (folder / NAME).is_file() else None


def _language(page: Path) -> str:
    """Find the language of a page that is to be written again."""
    if not page.is_file():
        return language().code
    with page.open(encoding="utf-8", errors="replace") as file:
        found = _LANGUAGE.search(file.read(4096))
    return found[1] if found and found[1] in languages() else language().code
