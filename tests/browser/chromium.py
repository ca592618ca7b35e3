"""Headless Chromium for tests: screenshots, printing, and the document as the browser has it."""

import shutil
import subprocess

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def run(folder, page, *options, seconds=90):
    """Open a page; give what Chromium wrote to its output and to its log."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("did not run: Chromium is not installed (Debian: apt-get install chromium)")
    arguments = [
        program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
        f"--user-data-dir={folder / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND", *options, page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(arguments, capture_output=True, timeout=seconds, check=True)
    log = done.stderr.decode(errors="replace")
    return done.stdout.decode(errors="replace"), [line for line in log.splitlines() if "CONSOLE" in line]


def screenshot(folder, page, *options, width=1280, height=1600):
    """Give a page's pixels, (row, column, RGB) as whole numbers, and the console's lines."""
    from matplotlib.image import imread

    target = folder / "shot.png"
    target.unlink(missing_ok=True)
    _, console = run(folder, page, f"--window-size={width},{height}", f"--screenshot={target}", *options)
    return (imread(target)[:, :, :3] * 255).round().astype(int), console
