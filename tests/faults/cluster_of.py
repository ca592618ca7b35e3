"""A scheduler in a process of its own and workers without a nanny, in processes that nobody starts again.

Run: ``python -m tests.faults.cluster_of COUNT``; prints the workers' process numbers, then the scheduler's address.
"""

import asyncio
import subprocess
import sys

from distributed import Scheduler

WORKER = """
import asyncio, sys
from distributed import Worker

async def main():
    async with Worker(sys.argv[1], nthreads=1, dashboard_address=None, memory_limit=0) as worker:
        await worker.finished()

asyncio.run(main())
"""


async def main(count: int) -> None:
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        started = [subprocess.Popen([sys.executable, "-c", WORKER, scheduler.address]) for _ in range(count)]
        while len(scheduler.workers) < count:
            await asyncio.sleep(0.05)
        print(*(process.pid for process in started), flush=True)
        print(scheduler.address, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
