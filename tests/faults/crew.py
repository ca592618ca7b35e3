"""What workers do with a block in these tests. A module of its own: worker processes import it."""

import os
import time

from usephase.engine.blocks import evaluate_block


def slowly(plan, study, block, keep):
    """Take long enough for a worker to be killed in the middle."""
    time.sleep(0.4)
    return evaluate_block(plan, study, block, keep)


def unevenly(plan, study, block, keep):
    """Be slowest at the first block, so that all others wait for it."""
    time.sleep(2.0 if block.start == 0 else 0.0)
    return evaluate_block(plan, study, block, keep)


def poisoned(plan, study, block, keep):
    """Die at the third block, every time."""
    if block.start == 2:
        os._exit(1)
    return evaluate_block(plan, study, block, keep)


def wrongly(plan, study, block, keep):
    """Fail as a program fails."""
    raise ZeroDivisionError("division by zero")
