"""What the everyday commands cost on the example catalog: processor time as a multiple of `check`'s, and memory.

The rounds are interleaved, so that a busy hour weighs on all alike.
Run: ``python -m tests.bench.bench_commands [ROUNDS]``.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from tests.bench.commands import ROOT, program
from tests.bench.measure import Line, at_most, table

CATALOG = str(ROOT / "product_catalog")
ASKED = {
    "run": (["run", CATALOG], 2.5, 400),
    "rank": (["rank", CATALOG], 3.0, 400),
    "compare": (["compare", CATALOG, "--options", "base,efficient_drill"], 2.5, 400),
    "track": (["track", CATALOG], 3.5, 450),
    "export --to esrs": (["export", "RUN", "--to", "esrs", "--out", "OUT/esrs.xlsx"], 2.0, None),
    "export --to ghg-protocol": (["export", "RUN", "--to", "ghg-protocol", "--out", "OUT/ghg.xlsx"], 2.0, None),
}
"""What is measured: the command, the most of `check`'s processor time, and of memory [MB]."""


def cost(words: list[str], results: Path) -> tuple[float, float]:
    """Run a command and its children; give processor seconds and the most memory that it held at once [MB]."""
    filled = [word.replace("RUN", _run(results)).replace("OUT", str(results)) for word in words]
    if filled[0] == "run":
        filled += ["--results", str(results)]
    pid = os.posix_spawn(
        program(), [program(), *filled], os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)],
    )  # fmt: skip
    _, status, used = os.wait4(pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(filled)} ended with {code}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _run(results: Path) -> str:
    return str(max(results.glob("*/*/run.h5"), default=results / "none").parent)


def main(rounds: int) -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder)
        ways = {"check": ["check", CATALOG], **{name: words for name, (words, _, _) in ASKED.items()}}
        for words in ways.values():  # warm: what has to be compiled is, and files are in memory
            cost(words, results)
        seen = [{name: cost(words, results) for name, words in ways.items()} for _ in range(rounds)]
    unit = statistics.median(one["check"][0] for one in seen)
    lines = [Line("check", f"{unit:.2f} s, {max(one['check'][1] for one in seen):.0f} MB")]
    for name, (_, most, memory) in ASKED.items():
        lines.append(at_most(name, statistics.median(one[name][0] / one["check"][0] for one in seen), most))
        held = max(one[name][1] for one in seen)
        lines.append(at_most("", held, memory, "MB") if memory else Line("", f"{held:,.0f} MB"))
    print(table("Processor time as a multiple of check's, and memory", lines))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
