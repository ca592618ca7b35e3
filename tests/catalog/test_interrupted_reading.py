"""Ctrl-C while a table is read is Ctrl-C, not a damaged table."""

import signal
import sys

import numpy as np
import pytest

from usephase.catalog.reference import rows


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="timers that send signals: not on this system")
def test_an_interruption_of_the_reference_rows_is_told_as_one():
    read = rows._read.__wrapped__
    largest = max(rows.names(), key=lambda name: len(read(name)))
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    interrupted = 0
    try:
        for after in np.linspace(2e-4, 2e-2, 60):
            try:
                signal.setitimer(signal.ITIMER_REAL, float(after))
                try:
                    read(largest)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 10, sys.platform
