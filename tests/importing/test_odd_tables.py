"""Tables with traps: each cell is read as a person would read it, or asked about; never read wrongly."""

import random
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from usephase.catalog.importing.body import Question
from usephase.catalog.importing.mapping import Map, quoted
from usephase.catalog.importing.numerals import COMMA, POINT, read_number, style_of
from usephase.catalog.importing.take import take_table
from usephase.catalog.importing.understand import Understood
from usephase.catalog.importing.write import catalog_files
from usephase.catalog.reference import kinds
from usephase.catalog.reference.rows import frame
from usephase.errors import CatalogError

# What the table says, its sales as (product, place, year, units), and the rows that are asked about.
TABLES = {
    # 15.03. and 16.03.2024 are added; 5- came back, and 02.01.23 is of no certain year.
    "dates and returns of SAP": (
        "Material;Kurztext;Belegdatum;Empfangsland;Fakturierte Menge;Brutto kg\n100;Wasserkocher;15.03.2024;DE;10;1,5\n"
        "100;Wasserkocher;16.03.2024;DE;10;1,5\n100;Wasserkocher;02.01.2023;AT;5-;1,5\n100;Wasserkocher;02.01.23;AT;5;1\n",
        {("100", "DEU", "2024", "20")}, [5, 4],
    ),
    "a pivot with subtotals": (
        "Product,Country,Units 2023,Units 2024\nFan heater FH1,Germany,100,120\n,France,50,60\n"
        "Fan heater FH1 Total,,150,180\nKettle K2,Germany,10,20\nKettle K2 Total,,10,20\nGrand Total,,160,200\n",
        {("Fan heater FH1", "DEU", "2023", "100"), ("Fan heater FH1", "DEU", "2024", "120"),
         ("Kettle K2", "DEU", "2023", "10"), ("Kettle K2", "DEU", "2024", "20")}, [3],
    ),
    # 2.2 kW shows how decimals are written; units of 1.234 would be parts of one all the same.
    "a thousand or a fraction": (
        "SKU;Name;Country;Units;Power (kW);Year\nA;Kettle;DE;1.234;2.2;2024\nB;Steam iron;FR;500;2.4;2024\n",
        {("B", "FRA", "2024", "500")}, [2],
    ),
    "units behind numbers": (
        'SKU,Description,Power,Country,Qty,Year\nA,Kettle,2.2 kW,US,"1,000 pcs",2024\nB,Toaster,900W,US,20 pcs,2024\n',
        {("A", "USA", "2024", "1000"), ("B", "USA", "2024", "20")}, [],
    ),
    "apostrophes, and a power in PS": (
        "Art.-Nr.;Bezeichnung;Leistung [PS];Land;Stück;Jahr\n1;Rasenmäher Benzin;3,5;CH;1'250;2024\n",
        {("1", "CHE", "2024", "1250")}, [1],
    ),
    "names in two rows": (
        ",,Germany,,France,\nSKU,Description,2023,2024,2023,2024\nA,Kettle,1,2,3,4\n",
        {("A", "DEU", "2023", "1"), ("A", "DEU", "2024", "2"), ("A", "FRA", "2023", "3"), ("A", "FRA", "2024", "4")},
        [],
    ),
    "thousands of units": (
        "SKU,Description,Country,Units (thousand),Year\nA,Kettle,DE,1.5,2024\n", {("A", "DEU", "2024", "1500")}, [],
    ),
    "sales beside revenue": (
        "SKU,Description,Sales 2023,Sales 2024,Revenue 2023,Revenue 2024,Market\nA,Kettle,10,20,100.50,200.75,US\n",
        {("A", "USA", "2023", "10"), ("A", "USA", "2024", "20")}, [],
    ),
    # 30 is the total of A; of B nothing but a total is known. The year of two halves is asked, and what `Rest` holds.
    "totals, rests and split years": (
        "SKU,Description,Country,Units,Year\nA,Kettle,Rest of World,10,2024\nA,Kettle,DE,20,2024\n"
        "A,Kettle,Total,30,2024\nB,Toaster,Total,7,2024\nC,Steam iron,EU,9,FY24\nC,Steam iron,DE,8,2023/24\n",
        {("A", "DEU", "2024", "20"), ("C", "EU", "2024", "9")}, [2, 7, 5],
    ),
    # One column of units: no number is asked for. Several: an empty cell or a dash is nothing sold, `n/a` is asked.
    "units not given": (
        "SKU,Description,Country,Units,Year\nGarden,,,,\nA,Kettle,DE,9,2024\nA,Kettle,FR,,2024\nB,Toaster,DE,n/a,2024\n"
        "B,Toaster,FR,-,2024\n",
        {("A", "DEU", "2024", "9")}, [4],
    ),
    "units not given in columns": (
        "SKU,Description,DE 2024,FR 2024\nA,Kettle,9,\nB,Toaster,n/a,-\nC,Steam iron,,-\n",
        {("A", "DEU", "2024", "9")}, [3],
    ),
    "no certain number": (
        "SKU,Description,Country,Units,Year,Weight (kg)\nA,Kettle,DE,(5),2024,1\nA,Kettle,DE,20,2024,2\n"
        "B,Toaster,DE,tbd,2024,1\n",
        {("A", "DEU", "2024", "20")}, [2, 4, 2],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_is_read_wrongly(name: str, tmp_path: Path) -> None:
    text, sales, asked = TABLES[name]
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    found = take_table(tmp_path / "t.csv", Map(), 2025)
    assert set(map(tuple, found.tables["sales"].to_numpy().tolist())) == sales
    assert sorted(int(found.grid.lines[q.rows[0]]) for q in found.questions) == sorted(asked)


def test_rows_without_units_are_said(tmp_path: Path) -> None:
    """Three rows are undecided, the heading is not; in columns one is, and four cells and a row are no sales."""
    found = []
    for name in ("units not given", "units not given in columns"):
        (tmp_path / "t.csv").write_text(TABLES[name][0], encoding="utf-8")
        found.append(take_table(tmp_path / "t.csv", Map(), 2025))
    assert [(one.to_decide, one.share) for one in found] == [(3, 1.0), (1, 1.0)]
    assert "3 rows without a number of units (rows 4, 5, 6)" in found[0].questions[0].what
    assert "1 row without any units: no sales (row 2)" in found[0].notes
    assert "4 cells of units empty or a dash: taken as no sales" in found[1].notes
    assert "1 row without any units: no sales (row 4)" in found[1].notes


def test_a_country_that_may_be_a_number_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("SKU,Product,NO,DE,IT\nx,Kettle,5,6,7\n")
    with pytest.raises(CatalogError, match="`NO` may be a country") as refused:
        take_table(tmp_path / "t.csv", Map(), 2025)
    assert refused.value.problems[0].where == "t.csv:1"
    told = Map.model_validate({"columns": {"NO": {"is": "units", "place": "NOR"}}})
    sales = take_table(tmp_path / "t.csv", told, 2025).tables["sales"]
    assert dict(zip(sales["region"], sales["units"], strict=True)) == {"NOR": "5", "DEU": "6", "ITA": "7"}


def test_products_and_sales_on_two_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Items"
    for row in (["SKU", "Description", "Weight kg"], ["A", "Kettle", 1.25], ["B", "Toaster", 1.5]):
        book.active.append(row)
    sales = book.create_sheet("Sales")
    for row in (["SKU", "Country", "Units", "Year"], ["B", "DE", 5, 2024], ["A", "FR", 6, 2024]):
        sales.append(row)
    book.save(tmp_path / "t.xlsx")
    made = take_table(tmp_path / "t.xlsx", Map(), 2025).tables["products"]
    assert made[["product", "archetype", "mass"]].to_numpy().tolist() == [
        ["A", "kettle", "1.25"],
        ["B", "toaster", "1.5"],
    ]


def test_answers_at_a_terminal_become_the_map(tmp_path: Path) -> None:
    """Those of most units are asked first: what a hedge trimmer is, then where `EMEA` is, last what came back."""
    (tmp_path / "t.csv").write_text(
        "SKU,Description,Country,Units,Weight\nA,Hedge trimmer,DE,50,3\nB,Kettle,EMEA,30,1\nB,Kettle,DE,40,1\n"
        "B,Kettle,DE,-2,1\n"
    )
    seen: list[str] = []

    def ask(question: Question, share: float) -> str:
        seen.append(question.path[0] if question.path else "year")
        answers = {"year": "2023", "archetypes": "hedge_trimmer_corded", "places": "FRA", "rows": "subtract"}
        return answers.get(seen[-1], "g") if seen.count(seen[-1]) > 1 else "nonsense"

    found = take_table(tmp_path / "t.csv", Map(), 2025, ask=ask)
    # What is no answer is asked again.
    assert seen == [name for name in ("year", "archetypes", "places", "rows", "columns") for _ in range(2)]
    assert set(map(tuple, found.tables["sales"].to_numpy().tolist())) == {
        ("A", "DEU", "2023", "50"), ("B", "DEU", "2023", "38"), ("B", "FRA", "2023", "30"),
    }  # fmt: skip
    assert found.tables["products"]["mass"].tolist() == ["0.003", "0.001"]
    assert not found.questions
    again = take_table(tmp_path / "t.csv", found.told, 2025)
    assert all(again.tables[name].equals(found.tables[name]) for name in found.tables)


def test_a_table_of_which_nothing_is_decided_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("SKU,Description,Units\nA,Kettle,50\n")
    found = take_table(
        tmp_path / "t.csv", Map(), 2025, 2024, ask=lambda question, _: {"place": "DEU"}[question.path[0]]
    )
    assert found.tables["sales"].to_numpy().tolist() == [["A", "DEU", "2024", "50"]]


def test_wild_bytes_are_refused_or_read(tmp_path: Path) -> None:
    """Cuts and odd pieces in a table end in a refusal or a catalog, never in a bug."""
    pieces = [
        b"",
        b";",
        b"\n",
        b'"',
        b"\x00",
        b"\xff",
        b"1.234",
        b"nan",
        b"1e999",
        b"Total",
        b"(5)",
        b"9" * 400,
        b"#",
        b"kg",
    ]
    chance = random.Random(5)
    tables = [text.encode() for text, _, _ in TABLES.values()]
    for _ in range(20):
        data = bytearray(chance.choice(tables))
        for _ in range(4):
            at = chance.randrange(len(data) + 1)
            data[at : at + chance.choice([0, 1, 8])] = chance.choice(pieces)
        (tmp_path / "t.csv").write_bytes(data)
        with suppress(CatalogError):
            take_table(tmp_path / "t.csv", Map(), 2025)


@pytest.mark.parametrize(
    ("texts", "style"),
    [
        (["1.234", "0.5"], POINT), (["1.234", "0,5"], COMMA), (["1.234.567"], COMMA), (["1,234.5", "7"], POINT),
        (["1.234", "5,678"], ""), (["12", "1.234"], ""), (["1,5", "2.5"], "mixed"), (["1 234,5"], COMMA),
    ],
)  # fmt: skip
def test_a_column_shows_how_it_writes_numbers(texts: list[str], style: str) -> None:
    assert style_of([read_number(text) for text in texts]) == style


# By hand, in six languages: what each description is, "" where a person would ask too.
DESCRIPTIONS = {
    "Akku-Bohrschrauber GSR 18V-55": "drill_cordless", "Perceuse à percussion 230 V": "drill_corded",
    "Bohrmaschine 650 W": "", "Cordless drill with case and charger": "drill_cordless", "Drill bit set 19 pcs": "",
    "Charger for cordless drill": "", "18V combi kit drill and impact driver": "",
    "Rasenmäher Benzin": "mower_walk_petrol",
    "Hegde trimmer petrol": "hedge_trimmer_petrol", "Heckenschere": "", "Laubblaeser Akku 36V": "blower_battery",
    "Robot vacuum R7": "vacuum_robot", "aspirateur sans sac": "vacuum_canister", "Staubsauger": "",
    "Dust bag for vacuum cleaner": "", "Wärmepumpentrockner 8 kg": "dryer_heat_pump", "Coffee grinder 150 W mains": "",
    "Coffee machine with grinder": "coffee_maker", "Beard trimmer, cordless": "", "Laptop bag 15 inch": "",
    "Elektrostapler 1.6 t": "forklift_electric", "electric scooter": "kick_scooter_electric", "Petrol kettle": "",
    "Taladro atornillador sin cable": "drill_cordless", "Trapano avvitatore a batteria": "drill_cordless",
    "Gefrierkühlkombi 300 l": "refrigerator", "Kühl-Gefrierkombination": "refrigerator",
    "Akkuschrauber": "drill_cordless", "Ersatzmesser Rasenmäher": "", "Ladegerät 18V": "", "Rasentrimmer": "",
    "Kettensäge 2000 W": "",
    "Máy khoan pin 18V": "drill_cordless", "Tủ lạnh 200L": "refrigerator", "GX-200": "", "Sägeblatt": "",
}  # fmt: skip


def test_kinds_by_description() -> None:
    found = kinds.propose((text, "") for text in DESCRIPTIONS)
    assert {text: told.sure for (text, _), told in found.items()} == DESCRIPTIONS


def test_only_what_leads_stands_ready_to_be_copied(tmp_path: Path) -> None:
    """Watts without volts are a cord's; of equal kinds, parts and what no word names a person writes the kind."""
    names = {
        "Kettensäge 2000 W": "chainsaw_corded", "Heckenschere": "hedge_trimmer_corded", "Laubbläser": "KIND or none",
        "Ersatzmesser Rasenmäher": "KIND or none", "Ladegerät 18V": "KIND or none", "GX-200": "KIND or none",
    }  # fmt: skip
    rows = [f"{i},{name},{550 if name == 'Heckenschere' else ''},DE,9,2024\n" for i, name in enumerate(names)]
    text = "".join(["SKU,Description,Power (W),Country,Units,Year\n", *rows, "K,Kettle,,DE,1,2024\n"])
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    found = take_table(tmp_path / "t.csv", Map(), 2025)
    lines = {q.path[1]: q for q in found.questions}
    assert all(f'{quoted(name)} = "{kind}";' in lines[name].decide for name, kind in names.items())
    assert (lines["Ladegerät 18V"].proposals, lines["GX-200"].proposals) == (("none",), ())


def test_what_is_open_counts_to_the_families_of_its_proposals(tmp_path: Path) -> None:
    """By hand: 30 drills of two kinds and one family are open, so 70 of 100 tools are listed, and all of the kettles.

    The 40 of `GX-200`, for which nothing is proposed, are spread: tools 70 / (100 + 40 x 0.7), kettles 30 / (30 + 12).
    """
    rows = "1,Winkelschleifer 230V,DE,70,2024\n2,Bohrmaschine,DE,30,2024\n3,Kettle,DE,30,2024\n"
    for last, shares in (("", [0.7]), ("4,GX-200,DE,40,2024\n", [30 / 42, 70 / 128])):
        (tmp_path / "t.csv").write_text(f"SKU,Description,Country,Units,Year\n{rows}{last}", encoding="utf-8")
        found = take_table(tmp_path / "t.csv", Map(), 2025)
        assert found.tables["coverage"]["covered"].astype(float).tolist() == pytest.approx(shares, rel=1e-5)
        assert "mean emissions of a unit" in found.tables["coverage"]["source"].iloc[0]


def test_what_is_left_out_for_good_is_said_with_its_share(tmp_path: Path) -> None:
    text = (
        "SKU,Description,Country,Units,Year\n1,Kettle,DE,30,2024\n2,Sägeblatt,DE,10,2024\n3,Heckenschere,DE,40,2024\n"
    )
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    told = Map.model_validate({"archetypes": {"Sägeblatt": "none"}})
    found = take_table(tmp_path / "t.csv", told, 2025)
    said = "eft out by decision (none in the map): 1 product with 10 units (12.5 % of all units)"
    assert any(said in note for note in found.notes)
    assert said in catalog_files(found, tmp_path / "t.csv")["catalog.toml"].decode().splitlines()[-1]


def titled(folder: Path, file: str, sheet: str, title: str, told: Map) -> Understood:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in ([title], ["SKU", "Description", "Leistung (kW)", "Country", "Units"], ["A", "Kettle", 2000, "DE", 9]):
        book.active.append(row)
    book.save(folder / file)
    return take_table(folder / file, told, 2025)


@pytest.mark.parametrize(
    ("file", "sheet", "title", "year", "where"),
    [
        ("t.xlsx", "Absatz 2022", "Sales", "2022", "the name of the sheet (`Absatz 2022`)"),
        ("t.xlsx", "Absatz", "Absatz 2023, Stand 15.01.2024", "2023", "above the column names"),
        ("sales_2021.xlsx", "S", "Heater 2000 W", "2021", "the name of the file"),
        ("sales_2021.xlsx", "S", "2022", "2025", "the last full calendar year"),
        ("t.xlsx", "S", "Plan 2031", "2025", "the last full calendar year"),
    ],
)
def test_one_year_of_a_title_is_taken(file: str, sheet: str, title: str, year: str, where: str, tmp_path: Path) -> None:
    found = titled(tmp_path, file, sheet, title, Map())
    assert found.tables["sales"]["year"].tolist() == [year]
    assert any(where in note and "taken as sold in" in note for note in found.notes)
    # A title says next year's by itself: only what it does not say is kept for then.
    assert found.told.year == (2025 if year == "2025" else None)


def test_a_map_s_year_stands_before_a_title_and_watts_in_kw_are_said(tmp_path: Path) -> None:
    found = titled(tmp_path, "t.xlsx", "Absatz 2022", "Sales", Map(year=2020))
    assert found.tables["sales"]["year"].tolist() == ["2020"]
    assert any("as the map says, though the name of the sheet" in note for note in found.notes)
    assert any("`Leistung (kW)`: the median is 2,000,000 W" in n and "W, written as kW?" in n for n in found.notes)


def test_the_family_is_asked_where_the_description_names_no_kind() -> None:
    asked = ("GSR 18", "Akku-Bohrschrauber"), ("Heizlüfter", "Bohrmaschinen"), ("Set", "Zubehör")
    assert [told.sure for told in kinds.propose(asked).values()] == ["drill_cordless", "heater_portable", ""]


def test_a_description_decides_next_year_only_where_it_did_this_year(tmp_path: Path) -> None:
    """`GX` is a drill by its family alone: another `GX` may be something else, another kettle is one."""
    rows = "GX-1,GX 100,Akku-Bohrschrauber,DE,5\nGX-2,GX 200,Akku-Bohrschrauber,DE,5\n"
    rows += "K1,Kettle K1,X,DE,1\nK2,Kettle K2,X,DE,1\n"
    (tmp_path / "t.csv").write_text(f"SKU,Description,Category,Country,Units\n{rows}")
    told = take_table(tmp_path / "t.csv", Map(), 2025).told
    assert told.archetypes == {"GX-1": "drill_cordless", "GX-2": "drill_cordless", "kettle": "kettle"}
    (tmp_path / "t.csv").write_text("SKU,Description,Category,Country,Units\nGX-3,GX 300,Stick vacuum,DE,5\n")
    assert take_table(tmp_path / "t.csv", told, 2026).tables["products"]["archetype"].tolist() == ["vacuum_stick"]


def test_every_archetype_has_words() -> None:
    assert kinds.archetypes() == set(frame("archetypes")["archetype"])
