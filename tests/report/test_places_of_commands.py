"""Every table that a command prints of a random catalog: one place a column and unit, parts that add up or a note."""

import math
import re
import shutil

import numpy as np
import openpyxl
import pytest
from rich.text import Text

from tests.insight.compare_catalogs import catalog, option, tables
from usephase.cli import main
from usephase.report.terminal.figures_table import FiguresTable

NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
NOTE = "Rounded: parts"


@pytest.fixture
def printed(monkeypatch):
    """Collect the tables of figures that are printed, each as its heads and rows of text."""
    made = []
    whole = FiguresTable.__rich_console__

    def watched(self, console, options):
        columns = [[_plain(cell) for cell in column.cells] for column in self.columns]
        made.append(([_plain(column.header) for column in self.columns], list(zip(*columns, strict=True))))
        yield from whole(self, console, options)

    monkeypatch.setattr(FiguresTable, "__rich_console__", watched)
    return made


def command(*arguments):
    """Run a command as the shell does and give its exit code."""
    with pytest.raises(SystemExit) as stopped:
        main([str(one) for one in arguments])
    return stopped.value.code


def _plain(cell):
    return cell.plain if isinstance(cell, Text) else cell if isinstance(cell, str) else ""


def unit_of(row):
    """Give the unit that a row names behind its last comma, as tables of several units do."""
    found = re.search(r", ((?:k?g|t) CO2e\S*)$", row[0])
    return found[1] if found else ""


def places(heads, rows, by_column):
    """Give the decimals of each column of amounts (by unit) and of percentages; one digit may be finer."""
    found = {}
    for row in rows:
        for j, text in enumerate(row[1:], 1):
            if not re.fullmatch(r"[-+\d,. %→to]+", text):
                continue  # names, words, and what is below the last place
            percent = text.rstrip().endswith("%")
            for number in re.findall(NUMBER, text):
                digits = number.replace(",", "").replace("-", "").replace(".", "").lstrip("0")
                alone = len(digits.rstrip("0")) <= 1 and not percent
                if number == "0" or alone:
                    continue
                key = (heads[j] or j, "%") if percent else (heads[j],) if by_column else ("amounts", unit_of(row))
                found.setdefault(key, set()).add(len(number.partition(".")[2]))
    return found


def shown(text):
    return float(re.search(NUMBER, text)[0].replace(",", ""))


def random_catalog(folder, seed):
    """Write a bench whose units, rates and options are random."""
    rng = np.random.default_rng([seed, 29])
    made = tables()
    scale = 10 ** rng.uniform(1, 5)
    units = [f"{scale * rng.uniform(1, 50):.0f} */ {rng.uniform(1.01, 1.6):.3f}" for _ in range(12)]
    sold = [(p, year) for p in ("DRILL", "SAW", "PETROL", "BATTERY") for year in ("2021", "2023", "2024")]
    sales = [{"product": p, "region": "N", "year": y, "units": n} for (p, y), n in zip(sold, units, strict=True)]
    factor = [f"*{rng.uniform(0.5, 1.5):.3f}" for _ in range(5)]
    return catalog(
        folder,
        option("fine", "modes", "product=DRILL;mode=on", "rate", factor[0]),
        option("fine", "modes", "product=DRILL;mode=idle", "rate", factor[1]),
        option("fine", "use_profiles", "use_profile=drill;mode=on", "amount", factor[2]),
        option("fine", "materials", "product=DRILL;part=product;material=stuff", "mass", factor[3]),
        option("other", "lifetimes", "lifetime=mower", "mean", factor[4]),
        settings={"catalog": {"name": "Bench", "reporting_year": 2024, "base_year": 2021}},
        sales=sales, materials=made["materials"],
    )  # fmt: skip


def check_sum(table, parts, whole, text):
    """Check that a column's parts add up to what is shown as their sum, or that the note is there."""
    heads, rows = table
    mean = heads.index("mean")
    numbers = [shown(rows[i][mean]) for i in parts]
    last = max(len(rows[i][mean].partition(".")[2]) for i in [*parts, whole])
    off = abs(math.fsum(numbers) - shown(rows[whole][mean])) > 0.51 * 10.0**-last
    assert not off or NOTE in text


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.deep) for seed in (2, 3))])
def test_tables_of_every_command_have_one_place_and_add_up(seed, tmp_path, printed, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    random_catalog(tmp_path / "catalog", seed)
    folder = str(tmp_path / "catalog")
    commands = {
        "run": ["run", folder, "--results", str(tmp_path / "results")],
        "compare": ["compare", folder, "--options", "base,fine,other", "--out", str(tmp_path / "out")],
        "track": ["track", folder, "--target-year", "2030", "--rate", "0.025"],
        "rank": ["rank", folder, "--method", "delta"],
    }
    texts, found = {}, {}
    for name, arguments in commands.items():
        printed.clear()
        assert command(*arguments) == 0
        texts[name], found[name] = capsys.readouterr().out, list(printed)
    other = shutil.copytree(folder, tmp_path / "other")
    modes = (other / "modes.csv").read_text(encoding="utf-8")
    (other / "modes.csv").write_text(modes.replace("500 ± 20%", "350 ± 20%"), encoding="utf-8")
    first = next((tmp_path / "results").rglob("run.h5"))
    printed.clear()
    assert command("diff", first.parent, other) == 0
    texts["diff"], found["diff"] = capsys.readouterr().out, list(printed)
    for name, listed in found.items():
        assert listed, name
        for heads, rows in listed:
            for key, decimals in places(heads, rows, name == "rank").items():
                # Intensities stand side by side in units of their own, a row each.
                if "kg CO2e/" not in str(key) or name != "track":
                    assert len(decimals) == 1, (name, key, heads, rows)
    for heads, rows in found["compare"]:
        if rows and rows[-1][0].strip() == "difference":
            parts = [i for i, row in enumerate(rows[:-1])]
            check_sum((heads, rows), parts, len(rows) - 1, texts["compare"])
        if "from → to" in heads:
            for row in rows:
                before, after = (float(x.replace(",", "")) for x in row[1].split(" → "))
                last = max(len(x.partition(".")[2]) for x in row[1].split(" → "))
                assert abs(before + shown(row[2]) - after) <= 0.51 * 10.0**-last or NOTE in texts["compare"]
    heads, rows = next(t for t in found["track"] if t[1][-1][0].strip() == "Change in all")
    check_sum((heads, rows), range(len(rows) - 1), len(rows) - 1, texts["track"])
    heads, rows = found["diff"][0]
    check_sum((heads, rows), range(1, len(rows) - 2), len(rows) - 1, texts["diff"])
    book = openpyxl.load_workbook(tmp_path / "out" / "comparison.xlsx")
    formats = {}
    lines = book["Differences"].iter_rows(min_row=4)  # the head, then a row a difference
    head = [cell.value for cell in next(lines)]
    for line in lines:
        unit = line[head.index("Unit")].value
        for j in (head.index("Mean, option"), head.index("Difference, mean"), head.index("Low, 2.5 %")):
            if line[j].value is not None:
                formats.setdefault(unit, set()).add(line[j].number_format)
    book.close()
    assert len(formats) >= 3
    assert all(len(mine) == 1 and "." in next(iter(mine)) + "." for mine in formats.values()), formats
