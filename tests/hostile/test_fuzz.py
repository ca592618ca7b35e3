"""Some thousands of inputs at random; the million is in tests/bench/bench_fuzz.py."""

import pytest

from tests.hostile import bases, fuzz, fuzz_runs

# Found by longer campaigns and repaired; each was a crash or took seconds.
ONCE_SLOW = ["." * 5_000 + "x", "1" * 100_000 + "x°", "1 ± " + "1" * 100_000 + "!", "1,111" * 20_000, "1jan" * 20_000]
ONCE_ODD = ["1e308± 10%", "1e308 */ 1e308", "discrete(1e308: 1e308, 2: 1e308)", "uniform(-1e308, 1e308)", "1e-320 */ 2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def target(name, folder):
    if name == "values":
        return fuzz.values()
    if name == "tables":
        return fuzz.tables(bases.tables())
    if name == "settings":
        return fuzz.settings((bases.EXAMPLE / "catalog.toml").read_bytes())
    if name == "binaries":
        return fuzz.binaries({"sales.parquet": bases.parquet(), "starter.xlsx": bases.workbook(folder)})
    if name == "catalogs":
        return fuzz.catalogs(bases.files())
    return fuzz_runs.runs(folder)


@pytest.mark.parametrize(
    ("name", "count"),
    [("values", 20_000), ("tables", 500), ("settings", 800), ("binaries", 60), ("catalogs", 6), ("runs", 80)],
)
def test_what_is_read_is_accepted_or_refused_and_soon(name, count, folder):
    report = fuzz.campaign(target(name, folder), 0, count)
    assert report.crashes == []
    assert report.slowest < fuzz.SLOW_SECONDS
    # A campaign that only ever meets one of the two would show nothing.
    assert report.accepted > count // 100
    assert report.refused > count // 10


@pytest.mark.parametrize("text", ONCE_SLOW + ONCE_ODD, ids=lambda text: text[:12])
def test_what_was_found_once(text):
    values = fuzz.values()
    one = fuzz.Target("once", lambda _: text, values.read)
    report = fuzz.campaign(one, 0, 1)
    assert report.crashes == []
    assert report.slowest < 0.2


def test_a_campaign_is_repeatable():
    assert [fuzz.values().make(fuzz.random.Random(f"x {i}")) for i in range(50)] == [
        fuzz.values().make(fuzz.random.Random(f"x {i}")) for i in range(50)
    ]


def test_a_campaign_notices_crashes_and_slowness():
    def read(given):
        if given == 3:
            raise ZeroDivisionError("three")
        return given % 2 == 0

    numbers = iter(range(10))
    report = fuzz.campaign(fuzz.Target("numbers", lambda _: next(numbers), read), 0, 10)
    assert (report.accepted, report.refused) == (5, 4)
    assert report.crashes == [(3, "ZeroDivisionError: three", 3)]
