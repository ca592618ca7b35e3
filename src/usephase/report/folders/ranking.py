"""A ranking's files: JSON, CSV and pictures; and a run's page and workbook with its ranking in them."""

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from usephase.insight.sensitivity.ranking import Ranking
from usephase.report.cells import csv_text
from usephase.report.charts.ranking import cumulative_chart, ranking_chart, tornado_chart
from usephase.report.excel.workbook import write_workbook
from usephase.report.html import documents as page_documents
from usephase.report.html.documents import Documents
from usephase.report.html.page import write_page
from usephase.report.language import language, languages
from usephase.report.pictures import pictures
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
    text = json.dumps(ranking.to_document(ROWS_MAX), ensure_ascii=True, allow_nan=False, indent=1)
    rows = ranking.rows.assign(**{name: [csv_text(x) for x in ranking.rows[name]] for name in _TEXTS})
    writers: dict[str, Callable[[Path], object]] = {
        NAME: lambda path: path.write_text(text + "\n", encoding="ascii"),
        "ranking.csv": lambda path: rows.to_csv(path, index=False, encoding="utf-8", lineterminator="\n"),
    }
    varies = bool((ranking.rows["share_of_variance"] > 0).any())
    charts = {"ranking": ranking_chart if varies and "st" in ranking.rows and "st_low" in ranking.rows else None,
              "tornado": tornado_chart if len(ranking.tornado) else None,
              "cumulative": cumulative_chart if varies else None}  # fmt: skip
    drawn = {name: partial(draw, ranking) for name, draw in charts.items() if draw is not None}
    return write_files(folder, writers | pictures(drawn), replace=True)


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
