"""The real command on a machine where tiles are small, and as slow as asked: a process of its own, to be stopped.

Run: ``python -m tests.faults.slow_run SECONDS COMMAND …``; each block takes SECONDS more. With SHORT_OF_MEMORY=PRODUCT
in the environment, more memory than any machine has is asked for at the block that begins with that product.
"""

import os
import signal
import sys
import time
from functools import partial


def main(seconds: float, arguments: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts the tests may have turned it off
    import numpy as np

    from tests.faults import crew
    from usephase.cli import main as command
    from usephase.engine.cluster import connect as cluster
    from usephase.engine.plan import study
    from usephase.engine.run import gather
    from usephase.engine.run.blocks import BlockResult

    study.TILE = 4
    plain = gather.evaluate_blocks

    def slow(*given, **options):
        for result in plain(*given, **options):
            if isinstance(result, BlockResult):
                if str(result.products.start) == os.environ.get("SHORT_OF_MEMORY"):
                    np.empty(2**59)
                time.sleep(seconds)
                print(f"computed {result.products.start}", file=sys.stderr, flush=True)
            yield result

    gather.evaluate_blocks = slow
    cluster.cluster_blocks = partial(
        cluster.cluster_blocks, evaluate=partial(crew.slowly_in_small_tiles, seconds=seconds)
    )
    sys.argv = ["usephase", *arguments]
    command()


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
