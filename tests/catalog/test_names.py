"""Places and materials by the names that people write: one place, one material, and never another country."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from iso3166 import countries

import usephase
from usephase.catalog import names
from usephase.catalog.edit.apply import Edit, apply
from usephase.catalog.read.load import load_files
from usephase.catalog.reference.rows import frame
from usephase.catalog.rules.unknown import advise_group, advise_material, advise_place
from usephase.cli import main
from usephase.errors import CatalogError, StudyError

TOML = b'[catalog]\nname = "t"\nreporting_year = 2024\n[monte_carlo]\ndraws = 64\n'
SPELLINGS = {
    "UK": "GBR", "GB": "GBR", "CH": "CHE", "FR": "FRA", "AU": "AUS", "VN": "VNM", "Viet Nam": "VNM", "Vietnam": "VNM",
    "Türkiye": "TUR", "Turkey": "TUR", "turkiye": "TUR", "Czech Republic": "CZE", "Czechia": "CZE",
    "Korea, Republic Of": "KOR", "South Korea": "KOR", "Republic of Korea": "KOR", "UAE": "ARE", "U.S.A.": "USA",
    "US": "USA", "United States": "USA", "Iran, Islamic Republic Of": "IRN", "Ivory Coast": "CIV",
    "Côte d'Ivoire": "CIV", "Russia": "RUS", "Taiwan": "TWN", "Kosovo": "XKX", "EU27": "EU27", "WLD": "WLD",
    "EU-27": "EU27", "EU 27": "EU27",
    "P.R. China": "CHN", "Rep. of Korea": "KOR", "Ireland (Republic)": "IRL", "Korea (South)": "KOR",
    "Korea, Rep.": "KOR",
    "Congo, Dem. Rep.": "COD", "Congo (Rep.)": "COG", "Egypt, Arab Rep.": "EGY", "Iran, Islamic Rep.": "IRN",
    "Korea, Dem. People's Rep.": "PRK", "Gambia, The": "GMB", "Czech Rep.": "CZE", "Micronesia, Fed. Sts.": "FSM",
    "Ireland (Northern)": "GBR", "Yemen, Rep.": "YEM", "Hong Kong SAR, China": "HKG", "Saint Lucia": "LCA",
    "Moldova (Rep. of)": "MDA", "US-CA": "US-CA", "USA-THE": "",
    "China (Taiwan)": "", "Korea": "", "Virgin Islands": "", "S. Korea": "KOR", "N. Macedonia": "MKD",
    "GER": "", "D": "",
    "Jersey": "JEY", "Vatican": "VAT", "Micronesia": "FSM", "California": "", "Georgia": "GEO", "GB-ENG": "",
    "Allemagne": "DEU", "Hoa Kỳ": "USA", "日本": "JPN", "Estados Unidos": "USA", "Россия": "RUS", "Corée du Sud": "KOR",
    "Bỉ": "BEL", "Áo": "AUT", "duc": "", "Kongo": "", "Europa": "", "Nord": "", "Export": "", "Global": "",
    "The Netherlands": "NLD", "vnm": "VNM", "Deutschland": "DEU",
}  # fmt: skip


def files(sales: str, **tables: str) -> dict[str, bytes]:
    """A heater sold in some places."""
    texts = {
        "products": "product,use_profile,lifetime\nP,u,l\n",
        "modes": "product,mode,carrier,rate,rate_unit\nP,on,electricity,100 ± 10%,W\n",
        "use_profiles": "use_profile,mode,amount,amount_unit\nu,on,100,h/year\n",
        "lifetimes": "lifetime,distribution,mean\nl,fixed,10\n",
        "sales": "product,region,year,units\n" + sales,
    } | tables
    return {"catalog.toml": TOML, **{f"{name}.csv": text.encode() for name, text in texts.items()}}


def write(folder: Path, parts: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in parts.items():
        (folder / name).write_bytes(data)
    return folder


def remedies(folder: Path) -> list[str]:
    with pytest.raises(CatalogError) as refused:
        usephase.read_catalog(folder)
    return [problem.fix for problem in refused.value.problems]


@pytest.mark.parametrize(("written", "code"), SPELLINGS.items())
def test_a_place_is_read_by_its_names(written: str, code: str) -> None:
    assert names.place(written) == code


def test_every_iso_code_and_name_is_its_own_country() -> None:
    """The lists of ISO 3166-1 themselves."""
    wrong = [
        (text, names.place(text), country.alpha3)
        for country in countries
        for text in (country.alpha2, country.alpha3, country.name, country.apolitical_name)
        if names.place(text) != country.alpha3
    ]
    assert wrong == []


def test_an_unknown_code_is_never_corrected_into_another() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    codes = [a + b for a in letters for b in letters] + [a + b + "X" for a in letters for b in letters]
    known = {country.alpha3 for country in countries} | {"EU27", "WLD", "XKX"}
    for code in codes:
        if names.place(code):
            continue
        advice = advise_place(code, {"DEU", "FRANCE", "NORTH"})
        group = names.groups().get(names.folded(code))
        members = {*group.members, group.zone} if group else set()
        assert not any(f"`{other}`" in advice for other in known - members), (code, advice)


def test_spelling_changes_no_bit_and_groups_by_the_code(tmp_path: Path) -> None:
    regions = {"regions": "region,zone\nAsia parts,{}\n"}
    plain = write(tmp_path / "a", files("P,VNM,2024,5 ± 10%\nP,GBR,2024,7\nP,Asia parts,2024,3\n",
                                        regions=regions["regions"].format("KOR")))  # fmt: skip
    spelt = write(tmp_path / "b", files("P,Viet Nam,2024,5 ± 10%\nP,uk,2024,7\nP,Asia parts,2024,3\n",
                                        regions=regions["regions"].format('"Korea, Republic of"')))  # fmt: skip
    ours, theirs = (usephase.estimate(usephase.read_catalog(folder)) for folder in (plain, spelt))
    pd.testing.assert_frame_equal(ours.figures, theirs.figures, check_exact=True)
    assert {"VNM", "GBR"} <= set(ours.figures.query("by == 'region'")["group"])
    ranked = [usephase.rank(theirs, of=f"total:region={name}").rows for name in ("VNM", "Vietnam")]
    pd.testing.assert_frame_equal(*ranked, check_exact=True)


def test_two_spellings_of_a_key_are_one_row_twice(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", files("P,GB,2024,5\nP,UK,2024,7\n"))
    with pytest.raises(CatalogError, match=r"`UK` here and `GB` there|`GB` here and `UK` there"):
        usephase.read_catalog(folder)


@pytest.mark.parametrize(
    ("sales", "one"),
    [
        ("P,England,2024,1000\nP,Scotland,2024,500\n", "P,England,2024,1500"),
        ("P,GB,2024,1\nP,UK,2024,2\nP,GBR,2024,7\n", "P,GB,2024,10"),
        ("P,GBR,2024,5\nP,GBR,2024,7\n", "P,GBR,2024,12"),
        ('P,"Iran, Islamic Republic of",2024,5\nP,Iran,2024,7\n', 'P,"Iran, Islamic Republic of",2024,12'),
    ],
)
def test_the_remedy_of_two_words_for_one_place_keeps_every_unit(tmp_path: Path, sales: str, one: str) -> None:
    """The row that it gives, in place of those there, is accepted and has the sum of their units."""
    advice = remedies(write(tmp_path / "c", files(sales)))
    assert all(f"in one row: `{one}`" in fix for fix in advice)
    catalog = usephase.read_catalog(write(tmp_path / "d", files(one + "\n")))
    assert len(catalog["sales"].frame) == 1


def test_units_that_are_no_plain_numbers_are_to_be_added_without_a_figure(tmp_path: Path) -> None:
    (advice,) = remedies(write(tmp_path / "c", files("P,UK,2024,5 ± 10%\nP,GB,2024,7\n")))
    assert "add the units of the two rows in one row;" in advice
    (advice,) = remedies(write(tmp_path / "d", files("P,GBR,2024,7\nP,GBR,2024,7\n")))
    assert advice == "delete one of the two rows, or change its key"
    materials = "product,part,material,mass\nP,product,steel,2\nP,product,Stainless steel,1.5\n"
    (advice,) = remedies(write(tmp_path / "e", files("P,GBR,2024,7\n", materials=materials)))
    assert "`P,product,steel,3.5`" in advice


def test_groups_get_rows_to_paste_that_are_accepted(tmp_path: Path) -> None:
    (advice,) = remedies(write(tmp_path / "c", files("P,DACH,2024,5\n")))
    rows = [part for part in advice.split("`") if part.startswith("DACH,")]
    assert rows == ["DACH,DEU,1", "DACH,AUT,1", "DACH,CHE,1"]
    mended = write(tmp_path / "d", files("P,DACH,2024,5\n", regions="region,zone,weight\n" + "\n".join(rows) + "\n"))
    assert len(usephase.estimate(usephase.read_catalog(mended)).figures)
    assert "in place of each 1 the country's share" in advice
    (advice,) = remedies(write(tmp_path / "f", files("P,Total,2024,5\nP,DEU,2024,5\n")))
    assert "delete it" in advice
    (advice,) = remedies(write(tmp_path / "g", files("P,Germny,2024,5\n")))
    assert "did you mean Germany? Then write `DEU`" in advice


def test_the_rows_of_every_group_are_accepted_and_ask_for_their_weights(tmp_path: Path) -> None:
    """All groups in one catalog: the rows of each, and its mean grid; and which of them nobody has filled in."""
    listed = {
        row["name"]: [part for part in advise_group(row["name"], names.groups()[names.folded(row["name"])]).split("`")
                      if part.startswith(f"{row['name']},")]
        for row in frame("place_groups").to_dict("records")
        if row["note"] != names.TOTALS and not row["note"].startswith(names.READINGS)
    }  # fmt: skip
    means = {name: rows.pop() for name, rows in listed.items() if names.groups()[names.folded(name)].zone}
    assert {"EU", "Europe", "APAC", "EMEA", "LATAM", "MENA", "Americas", "G7", "OECD"} <= listed.keys()
    sales = "".join(f"P,{name},2024,5\n" for name in listed)
    rows = [row for its in listed.values() for row in its]
    catalog = usephase.read_catalog(write(tmp_path / "a", files(sales, regions=_regions(rows))))
    said = [problem for problem in catalog.warnings if "have one weight" in problem.what]
    assert len(said) == len(listed)
    for name, its in listed.items():
        weights = [float(row.rsplit(",", 1)[1]) for row in its]
        assert set(weights) == {1} or sum(weights) == pytest.approx(1), name
    sales = "".join(f"P,{name},2024,5\n" for name in means)
    catalog = usephase.read_catalog(write(tmp_path / "b", files(sales, regions=_regions(means.values()))))
    assert not any("have one weight" in problem.what for problem in catalog.warnings)


def _regions(rows: Iterable[str]) -> str:
    return "region,zone,weight\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize("total", ["Total EU", "Total", "Germany total", "Grand total Europe", "Subtotal DACH", "All"])
def test_a_total_is_no_place_and_is_deleted_only_where_its_rows_are_there(total: str) -> None:
    assert "delete the row if the rows that it adds up are there" in advise_place(total, set())


@pytest.mark.parametrize(
    ("written", "said"),
    [("California", "`US-CA` if California is meant (its grid is EGRID-CAMX; parts of it lie in EGRID-NWPP)"),
     ("Ontario, Canada", "`CA-ON`"), ("New South Wales", "`AU-NSW`"), ("NSW", "`AU-NSW`"), ("WA", "`AU-WA`"),
     ("Québec", "`CA-QC`"), ("Korea", "`KOR` if South Korea is meant, or `PRK` if North Korea is meant"),
     ("Virgin Islands", "`VGB` if British Virgin Islands is meant, or `VIR`"), ("GER", "`DEU` if Germany is meant"),
     ("GB-ENG", "`GBR` for all of United Kingdom"), ("DE-BY", "`DEU` for all of Germany"),
     ("DE/AT/CH", "`DE/AT/CH,DEU,1` `DE/AT/CH,AUT,1` `DE/AT/CH,CHE,1`"), ("USA, Canada", '`"USA, Canada",USA,1`'),
     ("US & Canada", "`US & Canada,USA,1` `US & Canada,CAN,1`"), ("Rest of EU", "leave out those that have rows"),
     ("Eurozone", "`Eurozone,HRV,1`"), ("Nga", "`RUS` if Russia is meant, or `NGA` if Nigeria"),
     ("Kongo", "`COG` if Congo"), ("MEA", "yours to define"), ("APJ", "yours to define"), ("GLO", "`GLO,WLD,1`")],
)  # fmt: skip
def test_what_is_no_one_country_gets_what_it_may_be(written: str, said: str) -> None:
    assert names.place(written) == ""
    assert said in advise_place(written, set())


@pytest.mark.parametrize(
    ("written", "other"),
    [("NAM", "`NAM,USA,0.5`"), ("AS", "`AS,CHN,"), ("AF", "`AF,ZAF,"), ("Georgia", "`US-GA`"), ("Congo", "`COD`")],
)
def test_a_place_that_may_be_another_is_taken_with_a_word(tmp_path: Path, written: str, other: str) -> None:
    catalog = usephase.read_catalog(write(tmp_path / "c", files(f"P,{written},2024,5\n")))
    said = [problem for problem in catalog.warnings if f"`{written}` is read as" in problem.what]
    assert [other in problem.fix for problem in said] == [True]
    plain = usephase.read_catalog(write(tmp_path / "d", files("P,Namibia,2024,5\nP,GEO,2024,5\n")))
    assert not any("is read as" in problem.what for problem in plain.warnings)


def test_a_name_in_any_language_is_one_country_and_a_code_of_sports_none() -> None:
    """The languages of this package, each name read in its own; what the catalog calls so itself stays its own."""
    from babel import Locale

    for language in ("de", "fr", "es", "vi", "ja", "zh", "ru", "ar", "pt"):
        territories = Locale(language).territories
        wrong = {
            (territories[c.alpha2], found)
            for c in countries
            if (found := names.place(territories[c.alpha2])) not in (c.alpha3, "")
        }
        assert wrong == set(), language
        assert sum(names.place(territories[c.alpha2]) != "" for c in countries) > 0.97 * len(countries), language
    sports = [row for row in frame("place_groups").to_dict("records") if "sports" in row["note"]]
    assert [row["name"] for row in sports if names.place(row["name"])] == []
    tables, _ = load_files(files("P,Inde,2024,5\n", regions="region,zone\nInde,Deutschland\n"))
    assert (set(tables["sales"].frame["region"]), set(tables["regions"].frame["zone"])) == ({"Inde"}, {"DEU"})


def test_no_language_is_read_for_a_catalog_whose_places_are_known() -> None:
    names._foreign.cache_clear()
    usephase.read_catalog(Path(__file__).parents[2] / "product_catalog")
    assert names._foreign.cache_info().misses == 0


@pytest.mark.parametrize("code", ["US-CA", "US_TX", "EU28X", "CN-GD", "EU29", "usa-ca"])
def test_a_part_of_a_country_gets_no_neighbour(code: str) -> None:
    assert "did you mean" not in advise_place(code, {"USA", "US-TX", "EU27", "CHN", "CN-SD"})


def test_a_code_listed_as_a_group_of_others_is_the_catalogs_own(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", files("P,NA,2024,5\n", regions="region,zone\nNA,US\nNA,Canada\n"))
    run = usephase.estimate(usephase.read_catalog(folder))
    assert set(run.figures.query("by == 'region'")["group"]) == {"NA"}
    alone = usephase.read_catalog(write(tmp_path / "d", files("P,NA,2024,5\n")))
    assert any("is read as the code of Namibia" in problem.what for problem in alone.warnings)


def test_materials_by_common_names_and_the_register_says_so(tmp_path: Path) -> None:
    common = (
        "product,part,material,mass\nP,product,Stainless steel,2\nP,product,ABS,1\nP,packaging,Corrugated board,1\n"
    )
    plain = "product,part,material,mass\nP,product,ferrous,2\nP,product,plastic,1\nP,packaging,cardboard,1\n"
    runs = [
        usephase.estimate(usephase.read_catalog(write(tmp_path / name, files("P,DEU,2024,5\n", materials=text))))
        for name, text in (("a", common), ("b", plain))
    ]
    pd.testing.assert_frame_equal(runs[0].figures, runs[1].figures, check_exact=True)
    told = runs[0].register.query("table == 'materials' and column == 'material'")
    assert dict(zip(told["value"], told["row"], strict=True)) == {
        "Stainless steel": "material=ferrous", "ABS": "material=plastic", "Corrugated board": "material=cardboard",
    }  # fmt: skip
    own, _ = load_files(
        files("P,DEU,2024,5\n", materials=common, treatments="material,route,factor\nABS,landfill,0.1\n")
    )
    assert set(own["materials"].frame["material"]) == {"ferrous", "ABS", "cardboard"}


CARRIERS = [
    ("Strom", "electricity"), ("Electricity", "electricity"), ("điện", "electricity"), ("Gasoline", "petrol"),
    ("PETROL", "petrol"), ("xăng", "petrol"), ("Diesel fuel", "diesel"), ("Gazole", "diesel"),
    ("Natural Gas", "natural_gas"), ("Erdgas", "natural_gas"), ("LPG", "lpg"), ("Flüssiggas", "lpg"), ("gas", "gas"),
    ("two-stroke mix", "petrol_two_stroke"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "carrier"), CARRIERS)
def test_carriers_by_common_names_are_those_of_the_reference(written: str, carrier: str) -> None:
    modes = f"product,mode,carrier,rate,rate_unit\nP,on,{written},1,kWh/cycle\n"
    tables, _ = load_files(files("P,DEU,2024,5\n", modes=modes))
    assert set(tables["modes"].frame["carrier"]) == {carrier}


def test_a_carrier_of_the_catalogs_own_is_meant_whatever_its_letters_and_the_register_tells_others(tmp_path) -> None:
    own = "carrier,unit,combustion\ngasoline,L,2.3\n"
    modes = "product,mode,carrier,rate,rate_unit\nP,on,Gasoline,1,L/h\n"
    assert set(load_files(files("P,DEU,2024,5\n", modes=modes, carriers=own))[0]["modes"].frame["carrier"]) == {
        "gasoline"
    }
    told = usephase.estimate(
        usephase.read_catalog(write(tmp_path / "c", files("P,DEU,2024,5\n", modes=modes)))
    ).register
    [row] = told[told["column"] == "carrier"].to_dict("records")
    assert (row["table"], row["value"], row["row"]) == ("modes", "Gasoline", "carrier=petrol")
    assert row["source"] == "read as `petrol` (reference carrier_aliases)"


def test_people_read_names_and_scripts_read_codes(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", files("P,VN,2024,5000\nP,DE,2024,9000\n"))
    arguments = ["run", str(folder), "--results", str(tmp_path / "r")]
    told = CliRunner().invoke(main, arguments)
    assert "Germany" in told.output
    assert "Vietnam" in told.output
    done = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).stdout)
    assert {row["group"] for row in done["figures"] if row["by"] == "region"} == {"VNM", "DEU"}
    page = Path(done["run"], "report.html").read_text(encoding="utf-8")
    assert "Germany" in page
    assert ">DEU<" not in page
    assert names.place_name("DEU", "vi") == "Đức"
    assert np.isfinite(done["figures"][0]["mean"])


CASE = Path(__file__).parents[1] / "cases" / "places"


def test_the_case_of_places_names_no_other_country() -> None:
    """As `cases/places`: ten spellings, of which APAC alone is no place; UK and GB are one key."""
    with pytest.raises(CatalogError) as refused:
        usephase.read_catalog(CASE)
    said = {problem.where: problem for problem in refused.value.problems if problem.severity == "error"}
    assert set(said) == {"sales.csv:10:product", "sales.csv:5:region"}
    assert "`GB` here and `UK` there" in said["sales.csv:10:product"].what
    assert "`APAC,CHN,0.2`" in said["sales.csv:5:region"].fix
    assert "yours to define" in said["sales.csv:5:region"].fix
    parts = {path.name: path.read_bytes() for path in CASE.iterdir()}
    parts["sales.csv"] = b"".join(
        line for line in parts["sales.csv"].splitlines(keepends=True) if b"APAC" not in line and b"GB" not in line
    )
    regions = set(load_files(parts)[0]["sales"].frame["region"])
    assert regions == {"CZE", "KOR", "IRN", "GBR", "ARE", "FRA", "CHE", "AUS"}


def test_options_say_places_and_materials_in_any_spelling(tmp_path: Path) -> None:
    """Rows changed, rows added, and the cells that name another zone."""
    materials = "product,part,material,mass\nP,product,steel,2\n"
    zones = "zone,level,grid\nVNM,1.1,\n"
    said = (
        "o,sales,product=P;region={vn};year=2024,units,*2\no,sales,product=P;region={kr};year=2024,+,units=50\n"
        "o,zones,zone={vn},grid,{th}\no,materials,product=P;part=product;material={fe},mass,*0.5\n"
        "o,materials,product=P;part=case;material={pl},+,mass=1\n"
    )
    spelt = said.format(vn="Viet Nam", kr="Republic of Korea", th="Thailand", fe="steel", pl="ABS")
    plain = said.format(vn="VNM", kr="KOR", th="THA", fe="ferrous", pl="plastic")
    found = []
    for name, rows in (("a", plain), ("b", spelt)):
        options = "option,table,row,column,value\n" + rows
        folder = write(tmp_path / name, files("P,VNM,2024,5\n", materials=materials, zones=zones, options=options))
        found.append(usephase.compare(usephase.read_catalog(folder), ["base", "o"]).figures)
    pd.testing.assert_frame_equal(*found, check_exact=True)
    assert found[0].groupby("option")["mean"].sum().nunique() == 2


def test_an_edit_keeps_what_places_and_materials_are(tmp_path: Path) -> None:
    """The table that an edit touches is read again as a whole."""
    materials = "product,part,material,mass\nP,product,steel,2\n"
    catalog = usephase.read_catalog(
        write(tmp_path / "c", files("P,Viet Nam,2024,5\nP,UK,2024,7\n", materials=materials))
    )
    edited = apply(
        catalog,
        [Edit("sales", "product=P;region=VN;year=2024", "units", "10"),
         Edit("materials", "product=P;part=product;material=steel", "mass", "4")],
    )  # fmt: skip
    assert list(edited["sales"].frame["region"]) == ["GBR", "VNM"]
    assert list(edited["materials"].frame["material"]) == ["ferrous"]


def test_no_row_of_another_place_is_proposed(tmp_path: Path) -> None:
    """Rows of options, cells of a sweep and figures name places: an unknown one is not corrected into a neighbour."""
    rows = "option,table,row,column,value\no,sales,product=P;region=CHN;year=2024,units,*2\n"
    advice = remedies(write(tmp_path / "c", files("P,CHE,2024,5\n", options=rows)))
    assert not any("CHE" in fix for fix in advice)
    rows = "option,table,row,column,value\no,sales,product=Q;region=CH;year=2024,units,*2\n"
    advice = remedies(write(tmp_path / "d", files("P,CHE,2024,5\n", options=rows)))
    assert any("did you mean `product=P;region=CHE;year=2024`" in fix for fix in advice)
    catalog = usephase.read_catalog(write(tmp_path / "e", files("P,CHE,2024,5\n")))
    with pytest.raises(StudyError) as refused:
        usephase.rank(usephase.estimate(catalog), of="total:region=CHN")
    assert not any("did you mean" in problem.fix for problem in refused.value.problems)


def test_a_misspelt_material_is_proposed_and_a_short_one_is_not() -> None:
    assert advise_material("stainles steel", (), "define it").startswith("did you mean `ferrous`?")
    assert advise_material("PQ", ("PP", "PC"), "define it") == "define it"
