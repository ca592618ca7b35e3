"""Read a catalog and estimate it in a process of its own; say the peak memory and the seconds as JSON.

Run: ``python -m tests.bench.child CATALOG DRAWS WORKERS``.
"""

import json
import sys
import time

from tests.bench.measure import peak_memory_mb


def main(catalog: str, draws: int, workers: int) -> dict[str, float]:
    import usephase
    from tests.bench.engine import run

    started = time.perf_counter()
    read = usephase.read_catalog(catalog)
    reading_s, reading_mb = time.perf_counter() - started, peak_memory_mb()
    started = time.perf_counter()
    done = run(read, draws, workers=workers)
    return {
        "reading_s": reading_s,
        "reading_mb": reading_mb,
        "estimate_s": time.perf_counter() - started,
        "engine_s": done.meta["seconds"],
        "peak_mb": peak_memory_mb(),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
