"""Inputs at random, mostly nearly right: everything that reads must give an answer or a refusal, soon.

A campaign is repeatable: the n-th input depends on the target, the seed and n only.
"""

import io
import random
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SLOW_SECONDS = 1.0

WORDS = (
    "12.5", "0", "1e308", "1e-320", "-0", "+3", ".5", "5.", "1e999", "007", "9" * 40, "±", "+/-", "+ / -", "*/", "×÷",
    "%", "W", "kW", "kWh/cycle", "h/year", "L/h", "kg", "hp", "gal/h", "°C", "µg", "CO2e", "(", ")", ",", ";", ":", " ",
    "normal", "lognormal", "uniform", "triangular", "pert", "beta", "gamma", "weibull", "discrete", "student",
    "p10_p50_p90", "empirical", "mean_of", "n/a", "nan", "inf",
    "#REF!", "#", "TRUE", "2024-03-01", "1 jan 2024", "12,5", "1.000,5", "1_000", "10-20", "10..20", "to", "rest", "*",
    "\u00a0", "\u2212", "\u200b", "\u202e", "\ufeff", "\x00", "\x1b[31m", "\t", "\r", "\n", "\r\n", '"', "'", "=1+1",
    "@SUM(A1)", "-1+1", "DRILL", "DEU", "2024", "product=DRILL;mode=on", "ä", "a\u0308", "刀", "🪚", "\U0010ffff",
    "../../etc/passwd", "C:\\x", "[red]", "<script>", "{{7*7}}", "%s%n", "\\", "/", "..", "🇩🇪", "١٢", "½", "²",
)  # fmt: skip
VALUES = (
    "12.5", "12.5 ± 10%", "12.5 +/- 3 kW", "12.5 */ 1.4", "12.5 ×÷ 1.4 W", "normal(5, 1)", "lognormal(5, 1.2) kWh",
    "uniform(1, 2)", "triangular(60, 80, 110) W", "pert(1, 2, 3)", "beta(2, 5)", "beta(2, 5, 0, 10) h/year",
    "gamma(4, 3)", "weibull(2, 12)", "discrete(1: 2, 3: 4)", "20 %", "rest", "",
)  # fmt: skip


def text(rng: random.Random, most: int = 6) -> str:
    """Give a text from what a cell, hostile or careless, may hold."""
    return "".join(rng.choice(WORDS) for _ in range(rng.randint(0, most)))


def mutated(rng: random.Random, base: str) -> str:
    """Change a text a little, or by much."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at, end = sorted((rng.randint(0, len(base)), rng.randint(0, len(base))))
        end = min(end, at + rng.choice((1, 2, 5, 1000)))
        action = rng.random()
        if action < 0.35:
            base = base[:at] + rng.choice(WORDS) + base[at:]
        elif action < 0.6:
            base = base[:at] + base[end:]
        elif action < 0.75:
            base = base[:at] + rng.choice(WORDS) + base[end:]
        elif action < 0.85:
            base = base[:end] + base[at:]
        elif action < 0.93:
            base = base[:at] + chr(rng.choice((rng.randrange(256), rng.randrange(0xD800), 0x1F600))) + base[at:]
        else:
            base = base[:at] + base[at:end] * rng.choice((2, 10, 300)) + base[end:]
        base = base[:20_000]
    return base


def mutated_bytes(rng: random.Random, base: bytes) -> bytes:
    """Flip, cut, repeat or overwrite bytes."""
    data = bytearray(base)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        at = rng.randrange(len(data) + 1)
        action = rng.random()
        if action < 0.4 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif action < 0.6 and at < len(data):
            data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif action < 0.75:
            size = rng.choice((1, 2, 4, 8))
            filler = rng.choice((b"\xff" * 8, b"\0" * 8, b"\x7f" + b"\xff" * 7))
            data[at : at + size] = filler[:size]
        elif action < 0.85:
            del data[at : at + rng.choice((1, 2, 8, 64))]
        elif action < 0.95:
            data[at:at] = data[at : at + rng.choice((1, 8, 64, 512))]
        else:
            del data[at:]
    return bytes(data)


@dataclass(frozen=True)
class Target:
    """Name something that reads: `make` an input from a generator, `read` it; True if accepted, False if refused."""

    name: str
    make: Callable[[random.Random], Any]
    read: Callable[[Any], bool]


@dataclass
class Report:
    """Count what came of a campaign."""

    name: str
    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_input: Any = None
    crashes: list[tuple[int, str, Any]] = field(default_factory=list)

    def __str__(self) -> str:
        count = self.accepted + self.refused + len(self.crashes)
        return (
            f"{self.name:10s} {count:9,d} inputs, {self.accepted:9,d} accepted, {self.refused:9,d} refused, "
            f"{len(self.crashes)} crashed; slowest {1000 * self.slowest:.1f} ms, {self.seconds:.0f} s of processor"
        )

    def add(self, other: "Report") -> None:
        """Take in the counts of another part of the campaign."""
        self.accepted += other.accepted
        self.refused += other.refused
        self.seconds += other.seconds
        self.crashes += other.crashes
        if other.slowest > self.slowest:
            self.slowest, self.slowest_input = other.slowest, other.slowest_input


def campaign(target: Target, first: int, count: int, seed: int = 1) -> Report:
    """Try inputs `first` … `first + count - 1` of a target; the time is that of the processor, not of the clock."""
    report = Report(target.name)
    for number in range(first, first + count):
        given = target.make(random.Random(f"{target.name} {seed} {number}"))
        started = time.process_time()
        try:
            accepted = target.read(given)
        except Exception as error:  # noqa: BLE001 (whatever it is: that is what is looked for)
            report.crashes.append((number, f"{type(error).__name__}: {error}"[:200], given))
            continue
        finally:
            spent = time.process_time() - started
            report.seconds += spent
            if spent > report.slowest:
                report.slowest, report.slowest_input = spent, given
        report.accepted += accepted
        report.refused += not accepted
    return report


# -- targets --------------------------------------------------------------------------------------------------


def values() -> Target:
    """Give the grammar of uncertain values."""
    from usephase.catalog.values.grammar import parse
    from usephase.catalog.values.refusal import Refusal

    def make(rng: random.Random) -> str:
        return text(rng) if rng.random() < 0.3 else mutated(rng, rng.choice(VALUES))

    def read(given: str) -> bool:
        try:
            parsed = parse(given)
        except Refusal as refusal:
            return not said(refusal.what, refusal.fix)
        assert all(map(np.isfinite, parsed.params)), given
        if parsed.points is not None:
            assert abs(parsed.points[1].sum() - 1) < 1e-9
        return True

    return Target("values", make, read)


def tables(sources: dict[str, str]) -> Target:
    """Give the reader of CSV tables; `sources` are good tables by name."""
    from usephase.catalog.read.load import read_file
    from usephase.catalog.read.tables import read_table
    from usephase.catalog.schema import TABLES

    names = sorted(sources)

    def make(rng: random.Random) -> tuple[str, bytes]:
        name = rng.choice(names)
        lines = sources[name].split("\n")[:8]
        if rng.random() < 0.7:  # one cell
            row = rng.randrange(len(lines))
            cells = lines[row].split(",")
            at = rng.randrange(len(cells))
            cells[at] = text(rng) if rng.random() < 0.3 else mutated(rng, cells[at] or rng.choice(VALUES))
            lines[row] = ",".join(cells)
            return name, "\n".join(lines).encode("utf-8", "surrogatepass")
        whole = "\n".join(lines)
        if rng.random() < 0.5:
            return name, mutated(rng, whole).encode("utf-8", "surrogatepass")
        return name, mutated_bytes(rng, whole.encode())

    def read(given: tuple[str, bytes]) -> bool:
        name, data = given
        raw, problems = read_file(data, f"{name}.csv", name)
        if raw is not None:
            problems += read_table(raw, TABLES[name]).problems
        return _stated(problems) and raw is not None

    return Target("tables", make, read)


def binaries(bases: dict[str, bytes]) -> Target:
    """Give the readers of Parquet files and workbooks; `bases` are good ones by name."""
    from usephase.catalog.read.load import load_files

    names = sorted(bases)

    def make(rng: random.Random) -> dict[str, bytes]:
        name = rng.choice(names)
        data = bases[name]
        if name.endswith(".xlsx") and rng.random() < 0.8:
            return {name: _mutated_parts(rng, data)}
        return {name: mutated_bytes(rng, data)}

    def read(given: dict[str, bytes]) -> bool:
        return _stated(load_files(given)[1])

    return Target("binaries", make, read)


def _mutated_parts(rng: random.Random, data: bytes) -> bytes:
    """Mutate one part of a workbook and pack it again, so that the checksums of the archive hold."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        names = source.namelist()
        chosen = rng.choice(names)
        for name in names:
            content = source.read(name)
            target.writestr(name, mutated_bytes(rng, content) if name == chosen else content)
    return out.getvalue()


def settings(good: bytes) -> Target:
    """Give the reader of catalog.toml."""
    from usephase.catalog.settings import from_toml

    base = good.decode()

    def make(rng: random.Random) -> bytes:
        if rng.random() < 0.2:
            return mutated_bytes(rng, good)
        return mutated(rng, base).encode("utf-8", "surrogatepass")

    return Target("settings", make, lambda given: _stated(from_toml(given).problems))


def catalogs(files: dict[str, bytes]) -> Target:
    """Give the whole way from files to a checked catalog."""
    from usephase.catalog import read_files
    from usephase.errors import CatalogError

    names = sorted(files)

    def make(rng: random.Random) -> dict[str, bytes]:
        given = dict(files)
        for _ in range(rng.choice((1, 1, 2, 3))):
            name = rng.choice(names)
            lines = given[name].decode("utf-8", "replace").split("\n")
            row = rng.randrange(len(lines))
            lines[row] = mutated(rng, lines[row])
            if rng.random() < 0.1:
                lines.pop(rng.randrange(len(lines)))
            given[name] = "\n".join(lines).encode("utf-8", "surrogatepass")
        if rng.random() < 0.1:
            given.pop(rng.choice(names))
        return given

    def read(given: dict[str, bytes]) -> bool:
        try:
            read_files(given, "fuzz")
        except CatalogError as refused:
            return _stated(refused.problems)
        return True

    return Target("catalogs", make, read)


def _stated(problems: Any) -> bool:
    """Tell whether there is no error; every problem must have a place, a reason and a remedy of sane length."""
    for problem in problems:
        said(problem.where, problem.what, problem.fix)
    return not any(problem.severity == "error" for problem in problems)


def said(*parts: str) -> bool:
    """Hold a refusal against what it must be: nothing empty, of sane length."""
    assert all(parts)
    assert len("".join(parts)) < 3_000
    return True
