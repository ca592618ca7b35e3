"""What a machine reads of a run: a log of its stages, a JSON document a line, and a file of metrics."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from usephase.cli.failures import EXIT_BUG, EXIT_INTERRUPTED
from usephase.errors import StoreError, UsephaseError
from usephase.results.atomic import beside, explain

Number = float | int


class Stages:
    """Note when the stages of a command end, and how it ends.

    Parameters
    ----------
    command : str
    log : str, optional
        File that lines are added to, a JSON document each.
    metrics : str, optional
        File that is replaced at the end, in the text form of Prometheus.
    """

    def __init__(self, command: str, log: str | None, metrics: str | None) -> None:
        self._command, self._log, self._metrics = command, log, metrics
        self._begun = time.perf_counter(), time.process_time()
        self._values: dict[str, Number] = {}
        self.code = 0
        """The exit code, if nothing goes wrong."""

    @contextmanager
    def noted(self, **about: Any) -> Iterator["Stages"]:
        """Note the beginning and the end of the command, whatever ends it."""
        self._write("begin", about)
        code, what = self.code, ""
        try:
            yield self
        except BaseException as error:
            code = error.exit_code if isinstance(error, UsephaseError) else EXIT_BUG
            code = EXIT_INTERRUPTED if isinstance(error, KeyboardInterrupt) else code
            what = f"{type(error).__name__}: {error}"
            raise
        finally:
            code = code if what else self.code
            wall, cpu = self._since(self._begun)
            self.count(run_seconds=wall, run_cpu_seconds=cpu, exit_code=code, ended_timestamp_seconds=time.time())
            self._write(
                "end", {"exit_code": code, "seconds": wall, "cpu_seconds": cpu, **({"error": what} if what else {})}
            )
            self._write_metrics()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Note how long a stage takes."""
        begun = time.perf_counter(), time.process_time()
        yield
        self.took(name, *self._since(begun))

    def took(self, name: str, wall_s: float, cpu_s: float) -> None:
        """Note how long a stage took."""
        self._write("stage", {"stage": name, "seconds": wall_s, "cpu_seconds": cpu_s})
        self.count(**{f'stage_seconds{{stage="{name}"}}': wall_s, f'stage_cpu_seconds{{stage="{name}"}}': cpu_s})

    def told(self, text: str) -> None:
        """Note what was said to the user."""
        self._write("note", {"text": text})

    def event(self, name: str, about: Mapping[str, Any]) -> None:
        """Note something else."""
        self._write(name, about)

    def count(self, **values: Number) -> None:
        """Take note of metrics."""
        self._values |= values

    def _since(self, begun: tuple[float, float]) -> tuple[float, float]:
        return round(time.perf_counter() - begun[0], 3), round(time.process_time() - begun[1], 3)

    def _write(self, event: str, about: Mapping[str, Any]) -> None:
        if self._log is None:
            return
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        line = json.dumps({"time": now, "command": self._command, "event": event, **about}) + "\n"
        with _explained(self._log), Path(self._log).open("a", encoding="ascii") as file:
            file.write(line)

    def _write_metrics(self) -> None:
        if self._metrics is None:
            return
        lines, named = [], set()
        for name, value in self._values.items():
            plain = f"usephase_{name.partition('{')[0]}"
            if plain not in named:
                named.add(plain)
                lines.append(f"# TYPE {plain} gauge")
            lines.append(f"usephase_{name} {float(value)!r}")
        with beside(Path(self._metrics), replace=True) as spare:
            spare.write_text("\n".join(lines) + "\n", encoding="ascii")


@contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(explain(Path(path), error)) from error
