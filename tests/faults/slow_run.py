"""The real command on a machine where tiles are small, and as slow as asked: a process of its own, to be stopped.

Run: ``python -m tests.faults.slow_run SECONDS COMMAND …``; each block takes SECONDS more.
"""

import signal
import sys
import time


def main(seconds: float, arguments: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts the tests may have turned it off
    from usephase.cli import main as command
    from usephase.engine import blocks, estimate, gather, parts, study

    for module in (blocks, parts, study):
        module.TILE = 4
    blocks.LEAF = 3
    estimate.cut = lambda plan, draws: blocks.cut(plan, draws, 2)
    plain = gather.evaluate_blocks

    def slow(*given, **options):
        for result in plain(*given, **options):
            time.sleep(seconds)
            print(f"computed {result.first}", file=sys.stderr, flush=True)
            yield result

    gather.evaluate_blocks = slow
    sys.argv = ["usephase", *arguments]
    command()


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
