"""`usephase reference`: the story of one place, zones by name or state, and the edition."""

import hashlib
import json
from pathlib import Path

from click.testing import CliRunner, Result

from usephase.cli import main


def asked(*words: str) -> Result:
    return CliRunner().invoke(main, ["reference", *words])


def test_the_story_of_a_place_has_official_beside_computed() -> None:
    told = json.loads(asked("zone:Vietnam", "--json").output)
    assert told["zone"] == "VNM"
    year = next(row for row in told["history"] if row["year"] == "2023")
    # MONRE 0.6592; losses of 6.95 % · 1.29 at low voltage
    assert float(year["direct"]) == 0.6592
    whole = (0.6592 + float(year["upstream"])) / (1 - 0.0897)
    assert abs(float(year["life_cycle"]) - whole) < 6e-5
    official = next(row for row in told["official"] if row["year"] == "2023")
    assert (official["published"], official["computed"], official["use"]) == ("0.6592", "0.4819", "used")
    assert {row["scenario"] for row in told["paths"]} >= {"frozen", "trend_10y", "oecm_1p5c"}
    assert all(row["publisher"] for row in told["paths"])
    assert {row["code"] for row in told["history"]} <= {row["code"] for row in told["sources"]}
    shown = asked("zone:VNM")
    assert shown.exit_code == 0
    assert "official factors beside what the mix gives" in shown.output


def test_a_state_tells_the_path_of_its_subregion_or_the_mix_of_several() -> None:
    told = json.loads(asked("zone:US-CA", "--json").output)
    assert (told["grid"], told["end_of_life"]) == ("EGRID-CAMX", "USA")
    assert "EGRID-NWPP" in told["note"]
    assert {row["zone"] for row in told["official"]} == {"EGRID-CAMX", "US-CA"}
    told = json.loads(asked("zone:US-NY", "--json").output)
    assert told["note"] == "mean of EGRID-NYCW 0.465 EGRID-NYUP 0.409 EGRID-NYLI 0.127"
    assert {row["zone"] for row in told["official"]} == {"US-NY", "EGRID-NYUP", "EGRID-NYCW", "EGRID-NYLI"}
    # eGRID2023: 0.392636, 0.11007 and 0.539486; dwelling units 3,806,009, 3,347,971 and 1,037,590
    mean = (0.392636 * 3_806_009 + 0.11007 * 3_347_971 + 0.539486 * 1_037_590) / (3_806_009 + 3_347_971 + 1_037_590)
    assert abs(float(next(row["direct"] for row in told["history"] if row["year"] == "2023")) - mean) < 6e-4


def test_an_unknown_place_is_refused_with_the_way_to_find_it() -> None:
    found = asked("zone:ATLANTIS")
    assert found.exit_code != 0
    assert "usephase reference zones" in found.output
    assert asked("zones", "atlantis").exit_code != 0


def test_zones_are_found_by_name_and_state() -> None:
    def zones(*words: str) -> set[str]:
        return {row["zone"] for row in json.loads(asked("zones", *words, "--json").output)["rows"]}

    assert zones("california") >= {"US-CA", "EGRID-CAMX"}
    assert zones("NY") == {"US-NY", "EGRID-NYUP", "EGRID-NYCW", "EGRID-NYLI"}
    assert zones("Ontario") == {"CA-ON"}
    assert "AU-NSW" in zones("new", "south")


def test_the_edition_names_every_file_with_its_checksum() -> None:
    told = json.loads(asked("--edition", "--json").output)
    assert told["name"] == "2026.11"
    assert len({file["file"] for file in told["files"]}) == len(told["files"]) > 25
    for file in told["files"]:
        assert file["address"]
        assert file["read"].startswith("2026")
        assert len(file["sha256"]) == len(hashlib.sha256().hexdigest())
    assert "electricity/grid_official_factors" in asked("--edition").output


def test_the_paths_of_a_place_are_drawn(tmp_path: Path) -> None:
    file = tmp_path / "tx.svg"
    told = json.loads(asked("zone:US-TX", "--out", str(file), "--json", "--quiet").output)
    drawn = file.read_text(encoding="utf-8")
    assert "Grid of Texas" in drawn
    assert all(f">{row['scenario']}<" in drawn for row in told["paths"])
    assert asked("zone:US-TX", "--out", str(tmp_path / "tx.txt")).exit_code != 0
    assert asked("grid", "--out", str(file)).exit_code != 0
