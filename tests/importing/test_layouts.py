"""Tables as companies have them come in cell by cell as a person reads them; what a person must decide is asked."""

import csv
import io
import json
import sys
import tomllib
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest
from click.testing import CliRunner, Result

from usephase.cli import main

WIDE = """Net sales report FY2024,,,,,,,
,,,,,,,
SKU,Description,Rated power [kW],Net weight [g],Germany,France,UK,Total
A1,Kettle 1.7 L,2.2,1100,100,200,"1,300",1600
A2,Steam iron,2.4,1350.5,50,,20,70
A3,Dishwasher 60 cm,,38000,10,0,10,20
Total,,,,160,200,1330,1690
"""
ERP = """Artikelnummer;Bezeichnung;Warengruppe;Nennleistung (W);Gewicht kg;Land;Menge;Umsatz EUR;Jahr
4711;Akku-Bohrschrauber GSR 18V-55;Elektrowerkzeuge;350;1,2;Deutschland;1.234;45.678,90;2024
4711;Akku-Bohrschrauber GSR 18V-55;Elektrowerkzeuge;350;1,2;Österreich;321;5.678,90;2024
4712;Heckenschere 230V;Garten;550;3,45;Frankreich;2.000;12,00;2024
4713;Heizlüfter 2000 W;Klima;2.000;1,9;Schweiz;55;12,00;2023
4714;Sägeblatt-Set;Zubehör;;0,3;Deutschland;5.000;1,0;2024
4715;Kompressor Silent 24 l;Werkstatt;1.100;22,5;EMEA;40;1,0;2024
4711;Akku-Bohrschrauber GSR 18V-55;Elektrowerkzeuge;350;1,2;Deutschland;-12;-678,90;2024
Summe;;;;;;8.638;;
"""
DISTRIBUTORS = [
    ["Sell-out 2024 by distributor"],
    ["Distributor", "Item", "Item description", "Ship-to country", "Qty", "Annual energy consumption (kWh/annum)"],
    ["Nord AS", "F-300", "Fridge freezer 300 l", "Norway", 120, 210],
    ["Nord AS", "F-300", "Fridge freezer 300 l", "Sverige", 80, 210],
    ["Benelux Trade", "F-300", "Fridge freezer 300 l", "Benelux", 60, 210],
    ["Orient FZE", "W-8", "Washing machine 8 kg", "Untied Kingdom", 30, 150.5],
    ["Asia Co", "W-8", "Washing machine 8 kg", "Viet Nam", 45, 150.5],
    ["Asia Co", "W-8", "Washing machine 8 kg", "Viet Nam", 45, 150.5],
    ["Asia Co", "M-1", "Model One", "Viet Nam", 9, None],
]


def run(*words: str | Path) -> Result:
    line = ["import", *map(str, words)]
    with patch.object(sys, "argv", ["usephase", *line]):  # where a failure looks for --json
        return CliRunner().invoke(main, line)


def answer(*words: str | Path) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def cells(folder: Path, name: str) -> set[tuple[str, ...]]:
    """Give the rows of a table, without their sources."""
    rows = csv.DictReader(io.StringIO((folder / f"{name}.csv").read_text(encoding="utf-8")))
    return {tuple(text for column, text in row.items() if column != "source") for row in rows}


def book(path: Path, rows: list[list[object]]) -> Path:
    made = openpyxl.Workbook()
    made.active.title = "Sell-out"
    for row in rows:
        made.active.append(row)
    made.create_sheet("Notes").append(["nothing"])
    made.save(path)
    return path


def test_a_wide_table_by_country(tmp_path: Path) -> None:
    table = tmp_path / "wide.csv"
    table.write_text(WIDE, encoding="utf-8")
    told = answer(table, "--out", tmp_path / "out", "--year", "2024")
    assert told | {"notes": 0, "columns": 0, "not_read": 0} == told | {
        "rows": 3, "decided": 3, "to_decide": 0, "units_decided_share": 1.0, "questions": [], "reporting_year": 2024,
        "notes": 0, "columns": 0, "not_read": 0,
    }  # fmt: skip
    assert cells(tmp_path / "out", "products") == {
        ("A1", "Kettle 1.7 L", "Household appliances", "kettle", "2200", "1.1"),
        ("A2", "Steam iron", "Household appliances", "iron", "2400", "1.3505"),
        ("A3", "Dishwasher 60 cm", "Household appliances", "dishwasher", "", "38"),
    }
    assert cells(tmp_path / "out", "sales") == {
        ("A1", "DEU", "2024", "100"), ("A1", "FRA", "2024", "200"), ("A1", "GBR", "2024", "1300"),
        ("A2", "DEU", "2024", "50"), ("A2", "GBR", "2024", "20"), ("A3", "DEU", "2024", "10"),
        ("A3", "GBR", "2024", "10"),
    }  # fmt: skip
    assert (told["columns"]["UK"], told["read_as"]["UK"]) == ("units", "units UK")
    assert told["not_read"] == {"Total": "a total of the others"}
    assert [note for note in told["notes"] if "totals" in note]
    assert not [note for note in told["notes"] if "add up" in note]
    table.write_text(WIDE.replace(",160,", ",161,"), encoding="utf-8")
    assert "wide.csv:7: the total of `Germany` is 161, the rows add up to 160" in str(
        answer(table, "--out", tmp_path / "out", "--year", "2024")["notes"]
    )


def test_an_erp_export_in_german(tmp_path: Path) -> None:
    table = tmp_path / "erp.csv"
    table.write_bytes(ERP.replace("\n", "\r\n").encode("cp1252"))
    out = tmp_path / "out"
    told = answer(table, "--out", out)
    assert cells(out, "products") == {
        ("4711", "Akku-Bohrschrauber GSR 18V-55", "Elektrowerkzeuge", "drill_cordless", "350", "1.2"),
        ("4712", "Heckenschere 230V", "Garten", "hedge_trimmer_corded", "550", "3.45"),
        ("4713", "Heizlüfter 2000 W", "Klima", "heater_portable", "2000", "1.9"),
    }
    assert cells(out, "sales") == {
        ("4711", "AUT", "2024", "321"), ("4711", "DEU", "2024", "1234"), ("4712", "FRA", "2024", "2000"),
        ("4713", "CHE", "2023", "55"),
    }  # fmt: skip
    assert [(q["row"], q["units"]) for q in told["questions"]] == [(6, 5000), (7, 40), (7, 40), (8, 12)]
    # 1234 + 321 + 2000 + 55 of these and 5000 + 40 + 12 that are open.
    assert told["units_decided_share"] == pytest.approx(3610 / 8662, rel=1e-12)
    assert (told["rows"], told["decided"], told["to_decide"]) == (7, 4, 3)
    # The family of tools lists 1555 units and lacks 12 of its own, 20 of the 40 compressors, which may be portable ones
    # as its tools are, and its part of 5020 that are of no family listed.
    covered = {row[0]: float(row[1]) for row in cells(out, "coverage")}
    assert covered["Elektrowerkzeuge"] == pytest.approx(1555 / (1555 + 12 + 20 + 5020 * 1555 / 3610), rel=1e-5)


def test_what_is_open_is_decided_by_the_lines_named(tmp_path: Path) -> None:
    """Each remedy is taken as it is written; with all of them nothing is open."""
    table, out = tmp_path / "erp.csv", tmp_path / "out"
    table.write_bytes(ERP.encode("cp1252"))
    told = answer(table, "--out", out)
    text = (out / "map.toml").read_text(encoding="utf-8")
    for question in told["questions"]:
        section, line = question["decide"].removeprefix("under ").split(": ", 1)
        line = line.split(" (")[0].split(";")[0]
        # No kind leads: of saw blades nothing, of compressors two are equal.
        line = line.replace("KIND or none", "none" if "Säge" in line else "air_compressor_industrial")
        text = text.replace(f"{section}\n", f"{section}\n{line}\n", 1)
    (out / "map.toml").write_text(text, encoding="utf-8")
    tomllib.loads(text)
    done = answer(table, "--map", out / "map.toml", "--out", out)
    assert (done["to_decide"], done["questions"], done["units_decided_share"]) == (0, [], 1.0)
    assert not (out / "to_decide.csv").exists()
    assert not (out / "coverage.csv").exists()
    assert ("4711", "DEU", "2024", "1222") in cells(out, "sales")  # 12 came back
    assert "4714" not in {row[0] for row in cells(out, "products")}  # saw blades are left out for good
    assert ("EMEA", "DEU", "0.381", "") in cells(out, "regions")


def test_a_list_of_distributors(tmp_path: Path) -> None:
    table = book(tmp_path / "sell out.xlsx", DISTRIBUTORS)
    out = tmp_path / "out"
    told = answer(table, "--out", out, "--year", "2024")
    assert cells(out, "products") == {
        ("F-300", "Fridge freezer 300 l", "Household appliances", "refrigerator", "210"),
        ("W-8", "Washing machine 8 kg", "Household appliances", "washing_machine", "150.5"),
    }
    assert cells(out, "sales") == {
        ("F-300", "Benelux", "2024", "60"), ("F-300", "NOR", "2024", "120"), ("F-300", "SWE", "2024", "80"),
        ("W-8", "VNM", "2024", "45"),
    }  # fmt: skip
    # By gross domestic product, as nothing is known of their shares.
    regions = {(region, zone): float(weight) for region, zone, weight, _ in cells(out, "regions")}
    told_of = {"BEL": 632, "NLD": 1118, "LUX": 86}
    assert regions == {
        ("Benelux", zone): pytest.approx(size / sum(told_of.values()), abs=0.003) for zone, size in told_of.items()
    }
    asked = {q["row"]: q for q in told["questions"]}
    assert sorted(asked) == [6, 8, 9]
    assert "GBR" in asked[6]["proposals"]  # misspelt: proposed, not taken
    assert "duplicates" in asked[8]["decide"]
    assert "`Model One`" in asked[9]["what"]
    assert told["not_read"]["Distributor"]
    done = run(table, "--out", tmp_path / "other", "--sheet", "Notes", "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["problems"][0]["where"] == "Notes!A1"


@pytest.mark.parametrize("made", ["erp", "book"])
def test_a_map_gives_the_same_bytes_again(made: str, tmp_path: Path) -> None:
    table = tmp_path / "erp.csv"
    table.write_bytes(ERP.encode("cp1252"))
    if made == "book":
        table = book(tmp_path / "book.xlsx", DISTRIBUTORS)
    answer(table, "--out", tmp_path / "one")
    answer(table, "--out", tmp_path / "two", "--map", tmp_path / "one/map.toml")
    one, two = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


def test_a_catalog_changed_by_hand_is_not_replaced(tmp_path: Path) -> None:
    table, out = tmp_path / "wide.csv", tmp_path / "out"
    table.write_text(WIDE, encoding="utf-8")
    answer(table, "--out", out)
    spaced = table.rename(tmp_path / "Absatz 2024.csv")
    spaced.write_text(WIDE.replace("Steam iron", "Thing"), encoding="utf-8")
    assert f'usephase import "{spaced.as_posix()}" --map' in run(spaced, "--out", tmp_path / "other").stderr
    table.write_text(WIDE, encoding="utf-8")
    said = f"usephase check {out.as_posix()}, then usephase run {out.as_posix()}"
    assert said in run(table, "--out", out).stderr
    with (out / "products.csv").open("a") as stream:
        stream.write("A9,,,kettle,,,\n")
    done = run(table, "--out", out)
    assert done.exit_code == 4
    assert "changed since" in done.stderr
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x.txt").write_text("x")
    assert run(table, "--out", tmp_path / "full").exit_code == 4


def test_check_says_what_changed_and_writes_nothing(tmp_path: Path) -> None:
    table, out = tmp_path / "wide.csv", tmp_path / "out"
    table.write_text(WIDE, encoding="utf-8")
    answer(table, "--out", out, "--year", "2024")
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    table.write_text(
        WIDE.replace("A3,Dishwasher 60 cm,,38000,10,0,10", "A4,Toaster 900W,0.9,1000,10,0,10").replace(
            "A1,Kettle 1.7 L,2.2,1100,100", "A1,Kettle 1.7 L,2.2,1100,10000"
        )
    )
    changes = answer(table, "--out", out, "--year", "2025", "--check")["changes"]
    assert before == {file.name: file.read_bytes() for file in out.iterdir()}
    assert changes == {
        "year": 2025, "year_before": 2024, "new_products": ["A4"], "vanished_products": ["A3"], "new_places": [],
        "vanished_places": [],
        "jumps": [{"product": "A1", "before": 1600.0, "now": 11500.0, "factor": 11500 / 1600}],
    }  # fmt: skip


REFUSED = {
    "no units": ("SKU,Country\nA,DEU\n", 3, "t.csv:1", "units"),
    "no product": ("Country,Units\nDEU,3\n", 3, "t.csv:1", "products"),
    "two columns of units": ("SKU,Name,Country,Units,Quantity\nA,Kettle,DEU,3,4\n", 3, "t.csv:1", "`Quantity`"),
    "nothing decided": ("SKU,Name,Country,Units\nA,Thing,DEU,3\n", 3, "t.csv:2", "kind"),
    "no place": ("SKU,Name,Units,Year\nA,Kettle,3,2024\n", 3, "t.csv:2", "place"),
    "empty": ("", 3, "t.csv", "empty"),
    "a quote left open": ('SKU,Units,Name,Country\n"A,3,Kettle\n', 3, "t.csv", "units"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_names_its_place_and_remedy(name: str, tmp_path: Path) -> None:
    text, code, where, word = REFUSED[name]
    (tmp_path / "t.csv").write_text(text)
    done = run(tmp_path / "t.csv", "--out", tmp_path / "out", "--json")
    assert done.exit_code == code
    problems = json.loads(done.stdout)["problems"]
    assert any(p["where"].startswith(where) and word in p["what"] + p["fix"] and p["fix"] for p in problems)
    assert not (tmp_path / "out").exists()


def test_a_wrong_command_line(tmp_path: Path) -> None:
    assert run(tmp_path / "t.csv").exit_code == 2
    assert run(tmp_path / "absent.csv", "--out", tmp_path / "out").exit_code == 3


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("columns.Menge = { as = 'units' }", "as"),
        ("year = 24", "24"),
        ("[archetypes]\n'Kettle' = 'ketle'", "kettle"),
        ("[archetypes]\n'Kettle' = 'KIND or none'", "`usephase reference archetypes` lists"),
        ("[places]\n'DE' = 'Nowhere'", "Nowhere"),
        ("[columns]\n'Absent' = { is = 'units' }", "no such column"),
        ("[columns]\n'Units' = { is = 'mass', unit = 'kW' }", "kg"),
        ("[columns\n", "TOML"),
    ],
)
def test_a_wrong_map_is_refused_by_its_entry(text: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("SKU,Name,Country,Units\nA,Kettle,DE,3\n")
    (tmp_path / "map.toml").write_text(text)
    done = run(tmp_path / "t.csv", "--out", tmp_path / "out", "--map", tmp_path / "map.toml", "--json")
    assert done.exit_code == 3, done.output
    problem = json.loads(done.stdout)["problems"][0]
    assert problem["where"].startswith("map.toml")
    assert word in problem["what"] + problem["fix"]


ENERGY_STAR = """ENERGY STAR Unique ID,Brand Name,Model Number,Additional Model Information,Type,Product Class,Defrost Type,Compact,Capacity (Total Volume) (ft3),Adjusted Volume (ft3),Annual Energy Use (kWh/yr),US Federal Standard (kWh/yr),Percent Less Energy Use than US Federal Standard,Refrigerant Type,Date Available On Market,Date Certified,Markets,Units
9000001,Made Up,MU-10*A,,Top Freezer,3 - Refrigerator-freezers,Automatic,No,10.3,12.1,300,331,10,R-600a,12/08/2014,12/04/2014,United States,1000
9000002,Made Up,MU-1B,,Compact,13A - Compact,Automatic,Yes,1.1,1.1,240,269,10,R-600a,09/30/2014,09/29/2014,"United States, Canada",1000
9000003,Made Up,MU-2B,,Compact,13A - Compact,Automatic,Yes,1.2,1.2,250,269,10,R-600a,09/30/2014,09/29/2014,"United States, Canada",1000
9000004,Made Up,MU-3S,,Side-by-Side,4 - Refrigerator-freezers,Automatic,No,20,24,600,700,10,R-600a,09/30/2014,09/29/2014,United States,1000
"""  # noqa: E501
PRICES = """laptop_ID,Company,Product,TypeName,Inches,Ram,OpSys,Weight,Price_euros,Units,Country
1,Made Up,Slim 13,Ultrabook,13.3,8GB,macOS,1.37kg,1339.69,10,Germany
2,Made Up,Slim 13,Ultrabook,13.3,16GB,macOS,1.40kg,1439.69,10,Germany
3,Made Up,Big 15,Notebook,15.6,8GB,No OS,1.86kg,575.00,20,Germany
4,Made Up,Fast 17,Gaming,17.3,16GB,No OS,3.2kg,1575.00,30,Germany
"""


def test_a_public_list_of_refrigerators(tmp_path: Path) -> None:
    table = tmp_path / "Certified_Residential_Refrigerators.csv"
    table.write_text(ENERGY_STAR, encoding="utf-8")
    (tmp_path / "map.toml").write_text('place = "USA"\n')
    words = (table, "--out", tmp_path / "out", "--year", "2023")
    told = answer(*words, "--map", tmp_path / "map.toml")
    assert told["read_as"] == {
        "Brand Name": "brand", "Model Number": "product", "Type": "archetype", "Units": "units",
        "Annual Energy Use (kWh/yr)": "energy_per_year kWh/yr",
    }  # fmt: skip
    first, *others = told["questions"]
    assert (first["rows"], first["proposals"], first["excluded"]) == (3, "refrigerator", False)
    excluded = [q["what"].partition("`")[2].partition("`")[0] for q in others if q["excluded"]]
    assert excluded == ["Compact", "Side-by-Side"]
    assert cells(tmp_path / "out", "products") == {
        ("MU-10*A", "Household appliances", "Made Up", "refrigerator", "300")
    }
    (tmp_path / "map.toml").write_text('place = "USA"\narchetype = "refrigerator"\n')
    told = answer(*words, "--map", tmp_path / "map.toml")
    assert (told["to_decide"], [q for q in told["questions"] if q["excluded"]]) == (0, [])
    assert {(row[0], row[-1]) for row in cells(tmp_path / "out", "products")} == {
        ("MU-10*A", "300"), ("MU-1B", "240"), ("MU-2B", "250"), ("MU-3S", "600")
    }  # fmt: skip
    # Next year the map that was written decides the same.
    again = answer(table, "--out", tmp_path / "next", "--year", "2024", "--map", tmp_path / "out/map.toml")
    assert again["questions"] == []


def test_a_public_price_list_with_weights(tmp_path: Path) -> None:
    table = tmp_path / "prices.csv"
    table.write_bytes(PRICES.replace("Fast", "Fást").encode().replace("á".encode(), b"\xef\xbf\xbd"))
    (tmp_path / "map.toml").write_text(
        '[columns]\n"laptop_ID" = { is = "product" }\n"Product" = { is = "name" }\n[archetypes]\n'
        '"Ultrabook" = "laptop"\n"Gaming" = "laptop"\n'
    )
    told = answer(table, "--out", tmp_path / "out", "--year", "2023", "--map", tmp_path / "map.toml")
    assert told["questions"] == []
    assert told["not_read"]["Price_euros"] == "known, and of no use here"
    assert any("F?st 17" in note for note in told["notes"])
    assert {(row[0], row[1], row[-2], row[-1]) for row in cells(tmp_path / "out", "products")} == {
        ("1", "Slim 13", "laptop", "1.37"), ("2", "Slim 13", "laptop", "1.4"), ("3", "Big 15", "laptop", "1.86"),
        ("4", "F?st 17", "laptop", "3.2"),
    }  # fmt: skip


def test_groups_without_shares_are_weighted_by_what_countries_are(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("SKU,Name,Country,Units\nA,Kettle,DACH,10\nB,Toaster,EMEA,5\nC,Kettle 2,APAC,9\n")
    told = answer(table, "--out", tmp_path / "out", "--year", "2024")
    assert all(q["proposals"] for q in told["questions"])
    (tmp_path / "map.toml").write_text(
        '[places]\n"EMEA" = "Germany, France by gdp"\n"APAC" = "JPN 0.5, AUS 0.5"\n', encoding="utf-8"
    )
    told = answer(table, "--out", tmp_path / "two", "--year", "2024", "--map", tmp_path / "map.toml")
    assert told["questions"] == []
    rows = {(region, zone): (float(weight), kind) for region, zone, weight, kind in cells(tmp_path / "two", "regions")}
    # World Bank, 2023, thousand million dollars: Germany 4,456, Austria 516, Switzerland 885, France 3,031.
    by_hand = {"DEU": 4456 / 5857, "AUT": 516 / 5857, "CHE": 885 / 5857}
    for zone, share in by_hand.items():
        assert rows["DACH", zone] == (pytest.approx(share, abs=0.002), "estimate")
    assert rows["EMEA", "DEU"] == (pytest.approx(4456 / 7487, abs=0.002), "estimate")
    assert rows["APAC", "JPN"] == (0.5, "")
