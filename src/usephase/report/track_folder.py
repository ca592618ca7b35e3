"""What `usephase track --out` writes: a folder of workbook, answer and charts, or one of the files."""

import json
from pathlib import Path

from usephase.errors import Problem, StoreError, StudyError
from usephase.insight.track import Track
from usephase.report.track_charts import write_charts
from usephase.report.track_workbook import write_track_workbook
from usephase.results.atomic import beside, explain

WORKBOOK, ANSWER = "track.xlsx", "track.json"


def place(path: Path) -> Path:
    """Refuse what cannot be written to, before anything is computed.

    Raises
    ------
    StudyError
        For a file of another kind, or an ending that is neither .xlsx nor .json.
    """
    fix = "end it in .xlsx or .json, or name a folder"
    if path.suffix and path.suffix.lower() not in (".xlsx", ".json") and not path.is_dir():
        raise StudyError([Problem(where=f"--out {path.name}", what="a track is not written as that", fix=fix)])
    if not path.suffix and path.exists() and not path.is_dir():
        raise StudyError([Problem(where=f"--out {path.name}", what="there is a file of that name", fix=fix)])
    return path


def write_track(track: Track, path: Path) -> list[Path]:
    """Write a track.

    Parameters
    ----------
    track : Track
    path : Path
        A folder, made if it is not there; or a file that ends in .xlsx or .json. What is there is replaced.

    Returns
    -------
    list of Path

    Raises
    ------
    StoreError
        If the system refuses.
    """
    if path.suffix and not path.is_dir():
        _write(track, path)
        return [path]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(explain(path, error)) from error
    files = [path / WORKBOOK, path / ANSWER]
    for file in files:
        _write(track, file)
    return [*files, *write_charts(track, path)]


def _write(track: Track, path: Path) -> None:
    with beside(path, replace=True) as spare:
        if path.suffix.lower() == ".json":
            text = json.dumps(track.to_document(), ensure_ascii=True, allow_nan=False, indent=1)
            spare.write_text(text + "\n", encoding="ascii")
        else:
            write_track_workbook(track, spare)
