"""Where the accessibility checker axe-core is found: by npm, or in a package installed for it; never in here."""

import importlib.resources
import shutil
import subprocess
import tarfile

import pytest

VERSION = "4.10.3"


def axe_script(folder):
    """Give the text of axe.min.js; a test that needs it fails with what to install if there is none."""
    npm = shutil.which("npm")
    why = "npm is not installed"
    if npm:
        done = subprocess.run(
            [npm, "pack", f"axe-core@{VERSION}", "--silent"], cwd=folder, capture_output=True, timeout=60, check=False
        )
        packed = folder / f"axe-core-{VERSION}.tgz"
        if packed.is_file():
            with tarfile.open(packed) as archive:
                return archive.extractfile("package/axe.min.js").read().decode()
        why = f"npm: {done.stderr.decode(errors='replace').strip()[-300:]}"
    try:
        return importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        return pytest.fail(f"did not run: no axe-core ({why}); install npm, or pip install axe-core-python")
