"""Some thousands of inputs at random; the million is in tests/bench/bench_fuzz.py."""

import pytest

from tests.hostile import bases, fuzz, fuzz_blocks, fuzz_runs

# Found by longer campaigns and repaired; each was a crash or took seconds.
ONCE_SLOW = ["." * 5_000 + "x", "1" * 100_000 + "x°", "1 ± " + "1" * 100_000 + "!", "1,111" * 20_000, "1jan" * 20_000]
ONCE_ODD = ["1e308± 10%", "1e308 */ 1e308", "discrete(1e308: 1e308, 2: 1e308)", "uniform(-1e308, 1e308)", "1e-320 */ 2"]
# Cells of a column with bounds: what is outside is weighed, and a distribution that stays within is proposed.
CELLS_ONCE_ODD = [
    "triangular(0.5, 0.9, 1e200)", "triangular(0.5, 2e199, 1e200)", "0.45 +/- 0.11e308", "0.5 +/- 1e-200",
    "weibull(1e9, 1e-9)",
    "1e-300 +/- 1e300",
]  # fmt: skip


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
    if name == "blocks":
        return fuzz_blocks.blocks(folder)
    return fuzz_runs.runs(folder)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("values", 20_000),
        ("tables", 500),
        ("settings", 800),
        ("binaries", 60),
        ("catalogs", 6),
        ("runs", 80),
        ("blocks", 3_000),
    ],
)
def test_what_is_read_is_accepted_or_refused_and_soon(name, count, folder):
    one = target(name, folder)
    fuzz.campaign(one, 0, 1)  # what is loaded once is no time of a reading
    report = fuzz.campaign(one, 0, count)
    assert report.crashes == []
    # A whole catalog takes half a second alone and more than one on a busy machine: then no input stands out.
    assert report.slowest < max(fuzz.SLOW_SECONDS, 3 * report.seconds / count)
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


@pytest.mark.parametrize("text", CELLS_ONCE_ODD)
@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("end_of_life", "zone,material,route,share\nDEU,steel,landfill,{}\n"),
        ("lifetimes", "lifetime,distribution,mean,unit\nx,weibull,{},year\n"),
    ],
)
def test_cells_found_once(table, row, text):
    one = fuzz.Target("once", lambda _: (table, row.format(f'"{text}"').encode()), fuzz.tables(bases.tables()).read)
    assert fuzz.campaign(one, 0, 1).crashes == []


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
