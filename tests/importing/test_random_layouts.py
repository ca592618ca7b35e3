"""A catalog written as a table in any layout, unit, locale and language comes back cell by cell the same."""

import csv
import io
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usephase.catalog.importing.mapping import Map
from usephase.catalog.importing.take import take_table
from usephase.catalog.names import place_name
from usephase.errors import CatalogError

KINDS = {
    "Kettle 1.7 L": "kettle", "Akku-Bohrschrauber 18V": "drill_cordless", "Tondeuse thermique": "mower_walk_petrol",
    "Lavadora 8 kg": "washing_machine", "Asciugacapelli": "hair_dryer", "Tủ lạnh 300 lít": "refrigerator",
    "Cordless leaf blower": "blower_battery", "Heckenschere, 230 V": "hedge_trimmer_corded",
}  # fmt: skip
HEADS = {
    "en": ("SKU", "Description", "Country", "Year", "Units", "Rated power", "Net weight"),
    "de": ("Artikelnummer", "Bezeichnung", "Land", "Jahr", "Menge", "Nennleistung", "Gewicht"),
    "fr": ("Référence", "Désignation", "Pays", "Année", "Quantité", "Puissance", "Poids net"),
    "es": ("Referencia", "Descripción", "País", "Año", "Unidades", "Potencia nominal", "Peso neto"),
    "it": ("Codice articolo", "Descrizione", "Paese", "Anno", "Quantità", "Potenza", "Peso netto"),
    "vi": ("Mã hàng", "Tên hàng", "Quốc gia", "Năm", "Số lượng", "Công suất", "Khối lượng"),
}
PLACES = ("DEU", "FRA", "GBR", "USA", "VNM", "ESP", "ITA", "JPN")
YEARS = (2021, 2022, 2023, 2024)
SKUS = st.text("ABCXYZ0123456789-", min_size=3, max_size=8).filter(lambda text: text.strip("-") == text)


@st.composite
def sold(draw: Any) -> tuple[dict[str, tuple[str, Decimal, Decimal]], dict[tuple[str, str, int], int]]:
    """Give products (name, power [W], mass [kg]) and units by product, place and year."""
    skus = draw(st.lists(SKUS, min_size=1, max_size=5, unique=True))
    names = draw(st.permutations(list(KINDS)))
    power = st.integers(1, 99_999).map(lambda w: Decimal(w) / 10)
    products = {
        sku: (name, draw(power), draw(st.integers(1, 99_999).map(lambda g: Decimal(g) / 1000)))
        for sku, name in zip(skus, names, strict=False)
    }
    keys = st.tuples(st.sampled_from(skus), st.sampled_from(PLACES), st.sampled_from(YEARS))
    units = st.one_of(st.integers(1, 999), st.integers(1000, 5_000_000))
    sales = draw(st.dictionaries(keys, units, min_size=1, max_size=12))
    return {sku: told for sku, told in products.items() if any(key[0] == sku for key in sales)}, sales


def number(value: Decimal | int, comma: bool, marks: bool) -> str:
    text = f"{value:,f}" if marks else f"{value:f}"
    return text.translate(str.maketrans(",.", ".,")) if comma else text


@st.composite
def tables(draw: Any) -> tuple[Any, ...]:
    products, sales = draw(sold())
    language = draw(st.sampled_from(sorted(HEADS)))
    sku, name, land, year, units, power, mass = HEADS[language]
    kilo, grams = draw(st.booleans()), draw(st.booleans())
    comma, marks = draw(st.booleans()), draw(st.booleans())
    bracket = draw(st.sampled_from([" [{}]", " ({})", " {}", " in {}"]))
    power += bracket.format("kW" if kilo else "W")
    mass += bracket.format("g" if grams else "kg")
    spoken = draw(st.sampled_from(["code", "en", "de", "fr", "vi"]))
    layout = draw(st.sampled_from(["long", "by place", "by year", "by both"]))
    places, years = sorted({key[1] for key in sales}), sorted({key[2] for key in sales})

    def place(code: str) -> str:
        return code if spoken == "code" else place_name(code, spoken)

    def attributes(product: str) -> list[Any]:
        watts, kg = products[product][1:]
        return [watts / 1000 if kilo else watts, kg * 1000 if grams else kg]

    rows: list[list[Any]] = []
    if layout == "long":
        head = [sku, name, power, mass, land, year, units]
        rows = [[p, products[p][0], *attributes(p), place(c), str(y), n] for (p, c, y), n in sales.items()]
    elif layout == "by both":
        pairs = [(c, y) for c in places for y in years]
        head = [sku, name, power, mass, *(f"{place(c)} {y}" for c, y in pairs)]
        rows = [[p, products[p][0], *attributes(p), *(sales.get((p, *pair), "") for pair in pairs)] for p in products]
    else:
        at, spread, other = (2, places, years) if layout == "by place" else (1, years, places)
        head = [sku, name, power, mass, year if at == 2 else land]
        head += [place(c) if at == 2 else f"{units} {c}" for c in spread]
        for p in products:
            for o in other:
                cells = [sales.get((p, c, o) if at == 2 else (p, o, c), "") for c in spread]
                if any(cells):
                    rows.append([p, products[p][0], *attributes(p), str(o) if at == 2 else place(str(o)), *cells])
    order = draw(st.permutations(range(len(head))))
    head, rows = [head[i] for i in order], [[row[i] for i in order] for row in draw(st.permutations(rows))]
    how = draw(st.sampled_from(["csv", "csv", "xlsx"]))
    separator = draw(st.sampled_from(";\t|" if comma else ";,\t|"))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    return products, sales, head, rows, how, separator, encoding, comma, marks


def write(folder: Path, told: tuple[Any, ...]) -> Path:
    _, _, head, rows, how, separator, encoding, comma, marks = told
    if how == "xlsx":
        book = openpyxl.Workbook()
        for row in [head, *rows]:
            book.active.append([float(c) if isinstance(c, Decimal) else c for c in row])
        book.save(folder / "t.xlsx")
        return folder / "t.xlsx"
    stream = io.StringIO()
    texts = [[number(c, comma, marks) if isinstance(c, int | Decimal) else c for c in row] for row in rows]
    csv.writer(stream, delimiter=separator).writerows([head, *texts])
    (folder / "t.csv").write_bytes(stream.getvalue().encode(encoding))
    return folder / "t.csv"


def holds(told: tuple[Any, ...], folder: Path) -> None:
    products, sales, *_, how, _, _, _, marks = told
    # Never a wrong cell; a cell that can be read in two ways is asked about.
    try:
        found = take_table(write(folder, told), Map(), 2024)
    except CatalogError as error:
        refused = error.problems
    else:
        refused = ()
    if refused:
        assert how == "csv"
        assert all("can be read as" in problem.what for problem in refused)
        return
    taken = {
        (p, c, int(y)): int(u)
        for p, c, y, u in found.tables["sales"][["product", "region", "year", "units"]].itertuples(index=False)
    }
    assert taken.items() <= sales.items()
    made = found.tables["products"].set_index("product")
    for product, row in made.iterrows():
        name, watts, kg = products[str(product)]
        assert (row["name"], row["archetype"]) == (name, KINDS[name])
        for text, value in ((row.get("rated_power", ""), watts), (row.get("mass", ""), kg)):
            assert text == "" or Fraction(text) == Fraction(value)
            assert text != "" or found.questions
    if not found.questions:
        assert taken == sales
        assert found.share == 1
    elif how == "xlsx" or not marks:
        # Only decimals of three places look like thousands then.
        assert all("can be read as" in question.what for question in found.questions)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=tables())
def test_any_layout_comes_back(told: tuple[Any, ...], tmp_path_factory: pytest.TempPathFactory) -> None:
    holds(told, tmp_path_factory.mktemp("table"))


@pytest.mark.deep
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=tables())
def test_very_many_layouts_come_back(told: tuple[Any, ...], tmp_path_factory: pytest.TempPathFactory) -> None:
    holds(told, tmp_path_factory.mktemp("table"))
