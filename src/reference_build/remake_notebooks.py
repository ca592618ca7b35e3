"""Run the guide's notebooks and store what they show.

    python src/reference_build/remake_notebooks.py

They read product_catalog. Run it when a change is meant to move its figures.
"""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "src/usephase/guide/notebooks"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def executed(path: Path) -> nbformat.NotebookNode:
    """Run a notebook at the top of the checkout; nothing of the machine or the hour is kept."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(ROOT)}}).execute()
    for cell in notebook.cells:
        cell.metadata = {}
    notebook.metadata = {**KERNEL, "language_info": {"name": "python"}}
    return notebook


if __name__ == "__main__":
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        nbformat.write(executed(path), path)
        print(path.relative_to(ROOT).as_posix())
