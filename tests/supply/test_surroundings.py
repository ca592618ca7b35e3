"""No network when usephase runs; and figures that depend on no clock, time zone, locale or order of hashing."""

import json
import locale
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.laws.everything import everything
from tests.reference.folder import write_catalog

PROBE = Path(__file__).with_name("probe.py")
RUN = ["run", "CATALOG", "--results", "RESULTS", "--draws", "64", "--quiet"]


def probe(folder: Path, *commands: list[str], prefix: tuple[str, ...] = (), **environment: str) -> list[str]:
    """Run commands on a fresh catalog in a process of its own; give the lines that it prints."""
    settings, tables = everything()
    # A country's grid, gas and waste: the reference data are read too.
    tables["sales"].append({"product": "C", "region": "DEU", "year": "2024", "units": "50"})
    settings["grid"]["scenarios"] = {"calm": 1.0}
    tables["grid"] = [row for row in tables["grid"] if row["scenario"] == "calm"]
    tables["sales"].append({"product": "B", "region": "DEU", "year": "2024", "units": "50"})
    catalog = write_catalog(folder / "catalog", settings, tables)
    places = {"CATALOG": str(catalog), "RESULTS": str(folder / "results"), "OUT": str(folder)}
    filled = [[_filled(word, places) for word in command] for command in commands]
    done = subprocess.run(
        [*prefix, sys.executable, "-W", "ignore", str(PROBE), str(folder), json.dumps(filled)],
        capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def _filled(word: str, places: dict[str, str]) -> str:
    for name, place in places.items():
        word = word.replace(name, place)
    return word


def namespaces_allowed() -> bool:
    """Tell whether this system lets us run a process without any network device."""
    try:
        return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.slow
def test_commands_need_no_network(tmp_path: Path) -> None:
    """Sockets of the internet are refused; where the system allows, the process has no network device either."""
    prefix = ("unshare", "-rn") if namespaces_allowed() else ()
    lines = probe(
        tmp_path,
        RUN,
        ["report", "RUN"],
        ["export", "RUN", "--to", "csv", "--out", "OUT/plain.csv"],
        ["export", "RUN", "--to", "ghg-protocol", "--out", "OUT/form.xlsx"],
        ["reproduce", "RUN"],
        ["reference", "grid", "--where", "zone=DEU"],
        prefix=prefix,
    )
    assert len(lines) == 7
    assert all(line.endswith(" 0") for line in lines[:-1])
    assert (tmp_path / "form.xlsx").stat().st_size > 0


@pytest.mark.slow
def test_further_commands_need_no_network(tmp_path: Path) -> None:
    prefix = ("unshare", "-rn") if namespaces_allowed() else ()
    lines = probe(
        tmp_path,
        ["init", "OUT/new"],
        ["check", "CATALOG"],
        RUN,
        ["rank", "CATALOG", "--top", "3"],
        ["compare", "CATALOG", "--options", "base,lean"],
        ["track", "CATALOG"],
        ["diff", "RUN", "CATALOG"],
        ["guide", "trust"],
        ["export", "RUN", "--to", "xlsx", "--out", "OUT/book.xlsx"],
        ["chart", "RUN", "years", "--out", "OUT/chart.svg"],
        prefix=prefix,
    )
    assert all(line.endswith(" 0") for line in lines[:-1])


def comma_locale() -> str:
    """Find a locale that writes a decimal comma, if the system has one; else none."""
    known = locale.setlocale(locale.LC_ALL)
    try:
        for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "vi_VN.UTF-8"):
            try:
                locale.setlocale(locale.LC_ALL, name)
            except locale.Error:
                continue
            if locale.localeconv()["decimal_point"] == ",":
                return name
        return ""
    finally:
        locale.setlocale(locale.LC_ALL, known)


PLACES = {
    "before its time": {
        "LC_ALL": "C", "TZ": "America/St_Johns", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0",
        "PROBE_CLOCK": "1970-01-01T00:00:00+00:00",
    },
    "far away and later": {
        "LC_ALL": "C.UTF-8", "TZ": "Asia/Ho_Chi_Minh", "PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "1",
        "PROBE_CLOCK": "2038-01-19T03:14:08+00:00",
    },
}  # fmt: skip


@pytest.mark.slow
def test_clock_and_place_change_no_figure(tmp_path: Path) -> None:
    """The figures' file is the same byte for byte."""
    found = {}
    for name, environment in PLACES.items():
        (tmp_path / name).mkdir()
        found[name] = probe(tmp_path / name, RUN, **environment)[-1]
    assert len(set(found.values())) == 1, found
    assert "none" not in found["before its time"]


@pytest.mark.slow
def test_a_decimal_comma_changes_no_figure(tmp_path: Path) -> None:
    """The figures' file is the same byte for byte where numbers are written with a comma."""
    place = comma_locale()
    if not place:
        pytest.skip("no locale with a decimal comma is installed (Debian: the package locales, de_DE.UTF-8)")
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    here = probe(tmp_path / "here", RUN, LC_ALL="C")[-1]
    assert "none" not in here
    assert probe(tmp_path / "there", RUN, PROBE_LOCALE=place)[-1] == here
