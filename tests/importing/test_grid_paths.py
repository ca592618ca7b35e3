"""Tables of publishers, made up in their layouts: what becomes of them as rows of `grid`, by hand."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from usephase import read_catalog
from usephase.catalog.importing.grid_paths import read_paths
from usephase.catalog.init import write_starter
from usephase.cli import main
from usephase.errors import CatalogError

STEPS, NZE = "Stated Policies Scenario", "Net Zero Emissions by 2050 Scenario"
IEA = "PUBLICATION,SCENARIO,CATEGORY,PRODUCT,FLOW,UNIT,REGION,YEAR,VALUE\n"
IAMC = "Model,Scenario,Region,Variable,Unit,2020,2030,2050\n"


def iea(region: str, scenario: str, terawatt_hours: dict[int, float], megatonnes: dict[int, float]) -> str:
    begin = f"World Energy Outlook 2024,{scenario}"
    made = (f"{begin},Energy,Total,Electricity generation,TWh,{region},{y},{v}\n" for y, v in terawatt_hours.items())
    mass = (
        f"{begin},CO2 combustion,Total,Power sector inputs,Mt CO2,{region},{y},{v}\n" for y, v in megatonnes.items()
    )
    coal = f"{begin},Energy,Coal,Electricity generation,TWh,{region},2030,777\n"  # a part, which must not count
    return "".join([*made, *mass, coal])


@pytest.fixture
def outlook(tmp_path: Path) -> Path:
    file = tmp_path / "weo.csv"
    file.write_text(
        IEA + iea("World", STEPS, {2023: 30000, 2030: 36000}, {2023: 15000, 2030: 12600})
        + iea("European Union", STEPS, {2023: 2700, 2030: 3000}, {2023: 540, 2030: 300})
        + iea("European Union", NZE, {2023: 2700, 2030: 3000}, {2023: 540, 2030: 150})
        + iea("Advanced economies", STEPS, {2023: 3000, 2030: 3000}, {2023: 500, 2030: 300})
    )  # fmt: skip
    return file


def values(rows: list[tuple[str, ...]], zone: str, scenario: str, since: int) -> dict[int, float]:
    return {int(r[2]): float(r[3]) for r in rows if r[:2] == (zone, scenario) and int(r[2]) >= since}


def test_the_outlook_s_regions_that_are_places_keep_their_values(outlook: Path) -> None:
    found = read_paths(outlook)
    assert values(found.rows, "WLD", "iea_weo2024_steps", 2023) == {2023: 0.5, 2030: 0.35}
    assert values(found.rows, "EU27", "iea_weo2024_steps", 2023) == {2023: 0.2, 2030: 0.1}
    assert values(found.rows, "EU27", "iea_weo2024_nze", 2023) == {2023: 0.2, 2030: 0.05}
    assert found.not_placed == ["Advanced economies"]
    assert found.paths["iea_weo2024_nze"] == f"IEA, World Energy Outlook 2024, {NZE}"
    assert all(float(row[4]) > 0 for row in found.rows), "fuel supply stands beside every value"


def test_a_place_takes_the_relative_change_of_a_region_on_its_last_observation(outlook: Path) -> None:
    found = read_paths(outlook, [("Germany", "Advanced economies")])
    # Germany's 2025 is 0.314; the region has 1/6 in 2023 and 0.1 in 2030, in 2025 0.147619 between them.
    told = values(found.rows, "DEU", "iea_weo2024_steps", 2025)
    assert told == {2025: 0.314, 2030: pytest.approx(0.314 * 0.1 / (1 / 6 - 2 / 7 * (1 / 6 - 0.1)), rel=1e-4)}


def test_an_explorer_s_csv_of_the_iamc(tmp_path: Path) -> None:
    file, model = tmp_path / "ngfs.csv", "REMIND-MAgPIE 3.3-4.8"
    mass, energy = "Emissions|CO2|Energy|Supply|Electricity,Mt CO2/yr", "Secondary Energy|Electricity,EJ/yr"
    rows = [f"{model},Net Zero 2050,VNM,{mass},120,100,-10", f"{model},Net Zero 2050,VNM,{energy},0.8,1.2,2",
            f"{model},Net Zero 2050,VNM,Secondary Energy|Electricity|Coal,EJ/yr,9,9,9",
            f"{model},Net Zero 2050,{model}|EU 28,{mass},700,200,20",
            f"{model},Net Zero 2050,{model}|EU 28,{energy},11,14,25"]  # fmt: skip
    file.write_text(IAMC + "\n".join(rows))
    found = read_paths(file)
    # 120 Mt over 0.8 EJ: 120e9 kg over 0.8e12/3.6 kWh
    scenario = next(iter(found.paths))
    assert scenario == "net_zero_2050_remind_magpie_33_48"
    assert values(found.rows, "VNM", scenario, 2020) == {2020: 0.54, 2030: 0.3, 2050: 0.0}
    assert found.not_placed == [f"{model}|EU 28"]
    assert any("below 0" in note for note in found.notes)


def test_an_intensity_is_taken_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "intensity.csv"
    begin = "APS;Viet Nam;CO2 intensity of electricity;g CO₂ per kWh"
    file.write_text(f"Scenario;Region;Flow;Unit;Year;Value\n{begin};2024;600\n{begin};2030;450\n")
    assert values(read_paths(file).rows, "VNM", "iea_aps", 2024) == {2024: 0.6, 2030: 0.45}


ONE = IEA + iea("World", STEPS, {2023: 1, 2030: 1}, {2023: 1, 2030: 1})


@pytest.mark.parametrize(
    ("text", "onto", "told"),
    [
        ("product,region,units\nP,Germany,3\n", (), "there is no column"),
        (IEA + "W,S,Energy,Total,Total energy supply,EJ,World,2030,600\n", (), "no row is the intensity"),
        (IEA + iea("Advanced economies", STEPS, {2023: 1, 2030: 1}, {2023: 1, 2030: 1}), (), "no region of the table"),
        (ONE, [("Atlantis", "World")], "no zone is called"),
        (ONE, [("DEU", "Mars")], "no region `Mars`"),
        (ONE.replace("2023,1\n", "2023,one\n"), (), "no number"),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_refused(tmp_path: Path, text: str, onto: list[tuple[str, str]], told: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(CatalogError) as refused:
        read_paths(tmp_path / "t.csv", onto)
    assert told in refused.value.problems[0].what


def test_a_catalog_computes_with_what_the_command_wrote(tmp_path: Path, outlook: Path) -> None:
    write_starter(tmp_path / "mine")
    catalog = read_catalog(tmp_path / "mine")
    sold = {*catalog["sales"].frame["region"]} - {*catalog["regions"].frame["region"]}
    zones = sorted(sold | {*catalog["regions"].frame["zone"]})
    asked = [part for zone in zones for part in ("--onto", f"{zone}=Advanced economies")]
    out = tmp_path / "mine/grid.csv"
    done = CliRunner().invoke(main, ["reference", "import", str(outlook), "--out", str(out), *asked, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["zones"] == sorted({*zones, "EU27", "WLD"})
    settings = tmp_path / "mine/catalog.toml"
    settings.write_text(
        settings.read_text().split("[grid.scenarios]")[0] + "[grid.scenarios]\niea_weo2024_steps = 1.0\n"
    )
    checked = CliRunner().invoke(main, ["check", str(tmp_path / "mine"), "--json"])
    assert checked.exit_code == 0, checked.output
    again = CliRunner().invoke(main, ["reference", "import", str(outlook), "--out", str(out)])
    assert again.exit_code == 4
    assert "existing files are kept" in again.output
