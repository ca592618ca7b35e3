"""The guide's notebooks run, and show what is stored in them."""

import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "src/reference_build"))
NOTEBOOKS = sorted((ROOT / "src/usephase/guide/notebooks").glob("*.ipynb"))
REMAKE = "if the change is meant, run: python src/reference_build/remake_notebooks.py"


def shown(notebook: nbformat.NotebookNode) -> list[str]:
    """Give the texts that the cells show; pictures and tables of HTML are told by their lines."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return [output["text"] if "text" in output else output["data"]["text/plain"] for output in outputs]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Proactor event loop:RuntimeWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_stores(path: Path) -> None:
    from remake_notebooks import executed

    assert shown(executed(path)) == shown(nbformat.read(path, as_version=4)), REMAKE


def test_every_notebook_is_named_in_the_guide() -> None:
    page = (ROOT / "src/usephase/guide/python-api.md").read_text(encoding="utf-8")
    assert len(NOTEBOOKS) >= 2
    assert all(f"notebooks/{path.name}" in page for path in NOTEBOOKS)
