"""A comparison's folder: the answer as JSON, the workbook and the charts."""

import json
from pathlib import Path

from usephase.insight.comparison import Comparison
from usephase.report.comparison_charts import write_charts
from usephase.report.comparison_workbook import write_comparison_workbook


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
    folder.mkdir(parents=True, exist_ok=True)
    answer, book = folder / "comparison.json", folder / "comparison.xlsx"
    text = json.dumps(comparison.to_document(), ensure_ascii=False, allow_nan=False, indent=1)
    answer.write_text(text + "\n", encoding="utf-8")
    write_comparison_workbook(comparison, book)
    return [answer, book, *write_charts(comparison, folder)]
