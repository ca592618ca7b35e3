"""Opening a browser without showing the key to others: what a process was started with, everybody on a machine sees."""

import os
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path


@contextmanager
def open_browser(address: str) -> Iterator[None]:
    """Open a page that leads to an address, from a file that its owner alone can read; it goes when the block ends."""
    with tempfile.TemporaryDirectory(prefix="usephase-", ignore_cleanup_errors=True) as folder:
        page = Path(folder) / "open.html"
        target = escape(address, quote=True)
        text = (
            f'<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
            f'<meta http-equiv="refresh" content="0; url={target}"><a href="{target}">usephase</a>\n'
        )
        with os.fdopen(os.open(page, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        webbrowser.open(page.as_uri())
        yield
