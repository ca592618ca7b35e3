"""What `usephase track --out` writes: a folder of workbook, answer and charts, or one of the files."""

import json
from collections.abc import Callable
from pathlib import Path

from usephase.errors import Problem, StudyError
from usephase.insight.tracking.track import Track
from usephase.report.charts.run import of_track, writers
from usephase.report.excel.track import write_track_workbook
from usephase.report.html.documents import Tracked
from usephase.report.language import language
from usephase.results.atomic import write_files

WORKBOOK, ANSWER = "track.xlsx", "track.json"
NAMES = {"track": "path"}
"""Names of pictures that are not their kind."""


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
        kind = path.suffix.lower()
        write = next(write for name, write in _writers(track).items() if Path(name).suffix == kind)
        return write_files(path.parent, {path.name: write}, replace=True)
    return write_files(path, _writers(track) | _pictures(track), replace=True)


def write_track_charts(track: Track, folder: Path) -> list[Path]:
    """Write the charts of a track as SVG into a folder, made if it is not there."""
    return write_files(folder, _pictures(track), replace=True)


def _pictures(track: Track) -> dict[str, Callable[[Path], object]]:
    made = of_track(Tracked.model_validate(track.to_document()), language())
    return writers({f"track_{NAMES.get(kind, kind)}": picture for kind, picture in made.items()}, ("svg",))


def _writers(track: Track) -> dict[str, Callable[[Path], object]]:
    text = json.dumps(track.to_document(), ensure_ascii=True, allow_nan=False, indent=1)
    return {
        WORKBOOK: lambda path: write_track_workbook(track, path),
        ANSWER: lambda path: path.write_text(text + "\n", encoding="ascii"),
    }
