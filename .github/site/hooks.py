"""What the site has beside the guide's pages: one page of the Python interface, from its docstrings."""

from importlib import import_module
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PAGE = "reference.md"
LEAD = "# Python reference\n\n"
LEAD += "Every name is on the package itself: `usephase.estimate`. [How to use them](python-api.md).\n\n"


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the page of the Python interface: every public name, with all that it can do."""
    package = import_module("usephase")
    faces = Path(package.__file__ or "").parent / "faces"
    parts = []
    for name, home in sorted(package._HOMES.items(), key=lambda pair: pair[0].lower()):
        face = f"usephase.faces.{name.lower()}"
        parts.append(f"::: {face if name[0].isupper() and (faces / f'{name.lower()}.py').is_file() else home}.{name}")
    files.append(File.generated(config, PAGE, content=LEAD + "\n\n".join(parts) + "\n"))
    return files
