"""A comparison's folder: the answer as JSON, the workbook and the charts."""

import json
from collections.abc import Callable
from pathlib import Path

from usephase.insight.comparison.records import Comparison
from usephase.report.charts.compared import pictures
from usephase.report.charts.run import writers as picture_writers
from usephase.report.excel.comparison import write_comparison_workbook
from usephase.report.language import language
from usephase.results.atomic import write_files


def write_comparison(comparison: Comparison, folder: Path) -> list[Path]:
    """Write a comparison.

    Parameters
    ----------
    comparison : Comparison
    folder : Path
        Made if it is not there.

    Returns
    -------
    list of Path
        What was written.
    """
    text = json.dumps(comparison.to_document(), ensure_ascii=False, allow_nan=False, indent=1)
    writers: dict[str, Callable[[Path], object]] = {
        "comparison.json": lambda path: path.write_text(text + "\n", encoding="utf-8"),
        "comparison.xlsx": lambda path: write_comparison_workbook(comparison, path),
    }
    return write_files(folder, writers | picture_writers(pictures(comparison, language())), replace=True)
