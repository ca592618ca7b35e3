"""Ctrl-C while a table is read is Ctrl-C, not a damaged table."""

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import gc, signal
from usephase.catalog.reference import rows

read = rows._read.__wrapped__
largest = max(rows.names(), key=lambda name: len(read(name)))
gc.disable()  # an interruption of what the collector calls is lost
signal.signal(signal.SIGALRM, signal.default_int_handler)
interrupted = 0
for i in range(1, 61):
    try:
        signal.setitimer(signal.ITIMER_REAL, i / 3000)
        try:
            read(largest)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        interrupted += 1
print(interrupted)
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="timers that send signals: not on this system")
def test_an_interruption_of_the_reference_rows_is_told_as_one():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10
