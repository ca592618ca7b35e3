"""Edits of cells: judged as the checks would, written into files that keep every other byte."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usephase
from tests.reference.folder import write_catalog
from usephase.catalog import read_files
from usephase.catalog.edit.apply import Edit, apply, as_option, in_place, judge, preview, write
from usephase.catalog.init import write_starter
from usephase.errors import CatalogError, StoreError

SETTINGS = {"catalog": {"name": "Edits", "reporting_year": 2024}, "grid": {"scenarios": {"flat": 1.0}}}
TABLES = {
    "products": [{"product": "DRILL", "use_profile": "home", "lifetime": "ten", "brand": "Red"}],
    "modes": [
        {"product": "DRILL", "mode": "on", "carrier": "electricity", "rate": "0.5 kW ± 10%", "load": "30 %"},
        {"product": "DRILL", "mode": "off", "carrier": "electricity", "rate": "2 W", "load": ""},
    ],
    "use_profiles": [
        {"use_profile": "home", "mode": "on", "amount": "20", "amount_unit": "h/year"},
        {"use_profile": "home", "mode": "off", "amount": "", "amount_unit": "rest"},
    ],
    "lifetimes": [{"lifetime": "ten", "mean": "10 */ 1.2", "pedigree": "2,2,2,2,2"}],
    "materials": [
        {"product": "DRILL", "part": "product", "material": "stuff", "mass": "500 g", "pedigree": ""},
        {"product": "DRILL", "part": "battery", "material": "stuff", "mass": "0.3", "pedigree": "3,3,3,3,3"},
    ],
    "sales": [{"product": "DRILL", "region": "Z", "year": "2024", "units": "1000"}],
    "zones": [{"zone": "Z", "loss": "0.1"}],
    "grid": [{"zone": "Z", "scenario": "flat", "year": "2020", "intensity": "0.4"}],
    "end_of_life": [{"zone": "*", "material": "stuff", "route": "pit", "share": "1"}],
    "treatments": [{"material": "stuff", "route": "pit", "factor": "1.5"}],
}
RATE = ("modes", "product=DRILL;mode=on", "rate")
MASS = ("materials", "product=DRILL;part=product;material=stuff", "mass")


@pytest.fixture(name="catalog")
def catalog_by_hand(tmp_path):
    return usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, TABLES))


# -- judging ---------------------------------------------------------------------------------------------------


def test_a_good_edit_is_judged_with_its_meaning(catalog):
    found = judge(catalog, Edit(*RATE, "*0.9"))
    assert found.accepted
    assert (found.text, found.kind, found.origin, found.place) == (
        "0.45 kW ± 10%",
        "value",
        "catalog",
        "modes.csv:2:rate",
    )
    assert (found.before.best_estimate, found.before.unit) == (500, "W")
    after = found.after
    assert (after.best_estimate, after.p2_5, after.p97_5) == pytest.approx((450, 405, 495))
    assert (after.distribution, after.uncertain) == ("normal", True)
    assert max(y for _, y in after.density) == 1
    top = max(after.density, key=lambda point: point[1])[0]
    assert top == pytest.approx(450, rel=0.01)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit(*RATE, "-3 W"), "outside the possible range"),
        (Edit(*RATE, "3"), "unit is missing"),
        (Edit("modes", "product=DRILL;mode=on", "load", "0.5 ± 200%"), "lies outside"),
        (Edit("use_profiles", "use_profile=home;mode=on", "amount", "9000"), "8,760"),
        (Edit("products", "product=DRILL", "lifetime", "tin"), "not known"),
        (Edit("products", "product=DRIL", "lifetime", "ten"), "no row"),
        (Edit("lifetimes", "lifetime=ten", "unit", "days"), "not a `unit`"),
        (Edit("end_of_life", "zone=*;material=stuff;route=pit", "share", "0.4"), "sum"),
        (Edit("lifetimes", "lifetime=ten", "pedigree", "9"), "pedigree"),
    ],
)
def test_a_bad_edit_is_judged_as_the_checks_would(catalog, edit, said):
    found = judge(catalog, edit)
    assert not found.accepted
    assert any(said in str(problem) for problem in found.problems), found.problems
    with pytest.raises(CatalogError) as refused:
        apply(catalog, [edit])
    assert {p for p in refused.value.problems if p.severity == "error"} >= {
        p for p in found.problems if p.severity == "error"
    }


def test_edits_that_only_stand_together_are_judged_beside_each_other(tmp_path):
    write_starter(tmp_path / "starter")
    catalog = usephase.read_catalog(tmp_path / "starter")
    home, trade = (
        Edit("segments", f"product=PETROL-MOWER;segment={name}", "share", text)
        for name, text in (("home", "0.75"), ("professional", "0.25"))
    )
    assert "sum to 0.8, not 1" in judge(catalog, home).problems[0].what
    assert judge(catalog, home, [trade]).accepted
    assert judge(catalog, home, [home._replace(text="0.5"), trade]).accepted
    # What is wrong in another's cell is said there.
    wrong = trade._replace(text="2.5")
    assert judge(catalog, home, [wrong]).accepted
    assert not judge(catalog, wrong, [home]).accepted


def test_all_problems_of_several_edits_come_at_once(catalog):
    with pytest.raises(CatalogError) as refused:
        in_place(catalog, [Edit("modes", "product=X;mode=on", "rate", "1"), Edit("mode", "", "rate", "1")])
    assert len(refused.value.problems) == 2


# -- saving ----------------------------------------------------------------------------------------------------


def test_edits_in_place_change_their_cells_alone(catalog):
    edits = [
        Edit(*RATE, "*0.9"),
        Edit("settings", "grid", "level", "1 */ 1.1"),
        Edit("products", "product=DRILL", "brand", "Blue"),
    ]
    changed = in_place(catalog, edits)
    assert set(changed) == {"modes.csv", "catalog.toml", "products.csv"}
    assert changed["modes.csv"] == catalog.files["modes.csv"].replace("0.5 kW ± 10%".encode(), "0.45 kW ± 10%".encode())
    assert changed["products.csv"] == catalog.files["products.csv"].replace(b"Red", b"Blue")
    again = read_files({**catalog.files, **changed})
    assert again["settings"].values["level"].text[0] == "1 */ 1.1"
    assert apply(catalog, edits).sha256 == again.sha256
    assert in_place(catalog, [Edit("products", "product=DRILL", "brand", "Red")]) == {}


def test_a_preview_shows_the_lines(catalog):
    shown = preview(catalog.files, in_place(catalog, [Edit(*RATE, "*0.9")]))
    assert [(one.name, one.kind) for one in shown] == [("modes.csv", "changed")]
    assert shown[0].diff.splitlines()[:3] == ["--- a/modes.csv", "+++ b/modes.csv", "@@ -1,4 +1,4 @@"]
    assert "-DRILL,on,electricity,0.5 kW ± 10%,30 %" in shown[0].diff
    assert "+DRILL,on,electricity,0.45 kW ± 10%,30 %" in shown[0].diff


def test_hunks_are_counted_from_the_files_beginning():
    old = "".join(f"line {i}\n" for i in range(1, 101)).encode()
    diff = preview({"x.csv": old}, {"x.csv": old.replace(b"line 60\n", b"other\n")})[0].diff
    assert "@@ -58,5 +58,5 @@" in diff
    assert diff.count("\n") == 9


def test_an_option_means_what_the_cells_would(catalog):
    edits = [
        Edit(*RATE, "*0.9"), Edit("modes", "product=DRILL;mode=on", "load", "0.25"), Edit(*MASS, "0.4"),
        Edit("materials", "product=DRILL;part=battery;material=stuff", "mass", "0.2"),
        Edit("modes", "product=DRILL;mode=off", "rate", "0.001 kW"),
    ]  # fmt: skip
    changed = as_option(catalog, edits, "lean")
    assert list(changed) == ["options.csv"]
    lines = changed["options.csv"].decode().splitlines()
    assert lines[:4] == [
        "option,table,row,column,value", "lean,modes,product=DRILL;mode=on,rate,*0.9",
        "lean,modes,product=DRILL;mode=on,load,25 %",
        "lean,materials,product=DRILL;part=product;material=stuff,mass,0.4 kg",
    ]  # fmt: skip
    assert "lognormal(0.2, " in lines[4]
    optional = read_files({**catalog.files, **changed})
    compared = usephase.compare(optional, ["base", "lean"], draws=256)
    edited = usephase.estimate(apply(catalog, edits), draws=256).figure("total")
    base = usephase.estimate(catalog, draws=256).figure("total")
    assert compared.difference("lean").numbers["mean"] == pytest.approx(edited["mean"] - base["mean"], rel=1e-9)
    assert preview(catalog.files, changed)[0].kind == "new"


def test_option_names_are_free_and_fit(catalog):
    optional = read_files({**catalog.files, **as_option(catalog, [Edit(*RATE, "*0.9")], "lean")})
    for name in ("lean", "base", "", "a,b"):
        with pytest.raises(CatalogError):
            as_option(optional, [Edit(*RATE, "*0.8")], name)
    more = as_option(optional, [Edit(*RATE, "*0.8")], "leaner")["options.csv"]
    assert more == optional.files["options.csv"] + b"leaner,modes,product=DRILL;mode=on,rate,*0.8\n"
    with pytest.raises(CatalogError):
        as_option(catalog, [Edit("settings", "method", "gwp", "AR5")], "other")


def test_what_only_the_reference_has_can_be_an_option(tmp_path):
    write_starter(tmp_path / "s")
    catalog = usephase.read_catalog(tmp_path / "s")
    zone = str(catalog["sales"].frame["region"].iloc[0])
    carrier = next(
        (str(c) for c in catalog["modes"].frame["carrier"] if c != "electricity" and not len(catalog["carriers"])),
        "petrol",
    )
    edit = Edit("carriers", f"carrier={carrier}", "combustion", "*0.5")
    found = judge(catalog, edit)
    assert (found.accepted, found.origin) == (True, "reference"), (zone, found.problems)
    with pytest.raises(CatalogError, match="reference"):
        in_place(catalog, [edit])
    assert b"*0.5" in as_option(catalog, [edit], "half")["options.csv"]


def test_writing_refuses_what_was_changed_meanwhile(catalog, tmp_path):
    changed = in_place(catalog, [Edit(*RATE, "*0.9"), Edit("products", "product=DRILL", "brand", "Blue")])
    products = tmp_path / "c" / "products.csv"
    products.write_bytes(catalog.files["products.csv"] + b"\n")
    with pytest.raises(StoreError, match="has changed since it was read"):
        write(catalog, changed)
    assert (tmp_path / "c" / "modes.csv").read_bytes() == catalog.files["modes.csv"]
    products.write_bytes(catalog.files["products.csv"])
    write(catalog, changed)
    assert (tmp_path / "c" / "modes.csv").read_bytes() == changed["modes.csv"]
    assert not [p for p in (tmp_path / "c").iterdir() if p.name.endswith(".part")]
    with pytest.raises(StoreError):
        write(catalog, changed)
    option = as_option(catalog, [Edit(*RATE, "*0.9")], "lean")
    (tmp_path / "c" / "options.csv").write_text("x")
    with pytest.raises(StoreError, match="is there now"):
        write(catalog, option)


@pytest.mark.parametrize("name", ["../x.csv", "a/b.csv", "x.txt", "run.h5", "..\\x.csv"])
def test_only_a_catalogs_own_files_are_written(catalog, name):
    with pytest.raises(StoreError):
        write(catalog, {name: b""})


def test_parquet_is_refused_with_its_reason_but_can_be_tried(tmp_path):
    folder = write_catalog(tmp_path / "p", SETTINGS, TABLES)
    table = pa.table({name: [row.get(name, "") for row in TABLES["modes"]] for name in TABLES["modes"][0]})
    (folder / "modes.csv").unlink()
    pq.write_table(table, folder / "modes.parquet")
    catalog = usephase.read_catalog(folder)
    with pytest.raises(CatalogError, match="Parquet"):
        in_place(catalog, [Edit(*RATE, "*0.9")])
    assert apply(catalog, [Edit(*RATE, "*0.9")])["modes"].values["rate"].params[1, 0] == pytest.approx(450)
    assert list(as_option(catalog, [Edit(*RATE, "*0.9")], "lean")) == ["options.csv"]
