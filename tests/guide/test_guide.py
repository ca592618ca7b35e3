"""The guide says what the software does: names, defaults, ranges, links and examples are checked against it."""

import csv
import json
import math
import re
import tomllib
from itertools import pairwise

import pytest
import yaml

from usephase import guide
from usephase.catalog import schema as declared
from usephase.catalog.schema import (
    AMOUNT_UNITS,
    ARCHETYPES,
    CARRIER_UNITS,
    RATE_UNITS,
    SCHEMAS,
    TABLES,
    Column,
    Settings,
)
from usephase.errors import CommandError
from usephase.results.content import FIGURE_COLUMNS, REGISTER_COLUMNS, SERVICE_COLUMNS

TOPICS = [name for name, _ in guide.topics()]
PAGES = {name: guide.page(name) for name in TOPICS}
READ_TABLES = [schema for schema in SCHEMAS if schema.name != "settings"]
EVERYWHERE = {column.name for column in declared.EVERYWHERE}
COMMANDS = {
    "init",
    "import",
    "check",
    "run",
    "reproduce",
    "explain",
    "compare",
    "rank",
    "fit",
    "refine",
    "review",
    "reference",
    "guide",
    "track",
    "diff",
    "report",
    "chart",
    "export",
    "serve",
}


def blocks(text: str) -> list[tuple[str, str]]:
    """Give the fenced blocks as (what stands after the fence, content)."""
    return re.findall(r"^```([^\n]*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def section(text: str, heading: str) -> str:
    """Give what stands under a heading, up to the next heading of any depth."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    assert found, f"no section {heading!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """Give the cells of the Markdown table rows in a text, header rows included, rules left out."""
    lines = [line.strip() for line in prose(text).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]


def code(cell: str) -> str:
    found = re.match(r"`([^`]+)`", cell)
    return found[1] if found else ""


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_topics_are_listed_in_reading_order_with_their_titles():
    assert TOPICS[0] == "index"
    assert len(set(TOPICS)) == len(TOPICS) >= 20
    assert dict(guide.topics())["catalog"] == "The catalog"
    assert all(title and not title.startswith("#") for _, title in guide.topics())


def test_every_page_in_the_package_is_a_topic():
    from importlib import resources

    files = {f.name.removesuffix(".md") for f in resources.files(guide).iterdir() if f.name.endswith(".md")}
    assert files == set(TOPICS)


@pytest.mark.parametrize(("asked", "nearest"), [("catlog", "catalog"), ("modle", "model"), ("x", "index")])
def test_an_unknown_topic_is_refused_with_the_nearest(asked, nearest):
    with pytest.raises(CommandError, match=rf"'{asked}' → the nearest is '{nearest}'"):
        guide.page(asked)


def test_a_topic_cannot_leave_the_guide():
    with pytest.raises(CommandError):
        guide.page("../../errors")


def test_a_topic_may_be_written_as_its_link():
    assert guide.page("Catalog.md") == PAGES["catalog"]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_has_one_title_and_stays_short(topic):
    lines = PAGES[topic].splitlines()
    assert lines[0].startswith("# ")
    assert sum(line.startswith("# ") for line in prose(PAGES[topic]).splitlines()) == 1
    assert len(lines) <= (360 if topic == "catalog" else 270)  # that one has a section a table


@pytest.mark.parametrize("topic", TOPICS)
def test_links_lead_somewhere(topic):
    links = re.findall(r"\]\(([^)]+)\)", prose(PAGES[topic]))
    for link in links:
        target, _, anchor = link.partition("#")
        assert target.endswith(".md"), link
        name = target.removesuffix(".md")
        assert name in TOPICS, link
        assert not anchor or anchor in anchors(PAGES[name]), link


def test_the_index_leads_to_every_page():
    linked = set(re.findall(r"\]\(([\w-]+)\.md\)", PAGES["index"]))
    assert linked == set(TOPICS) - {"index"}


@pytest.mark.parametrize("topic", TOPICS)
def test_table_rows_have_as_many_cells_as_their_header(topic):
    lines = prose(PAGES[topic]).splitlines()
    for above, line in pairwise(lines):
        if above.startswith("|") and line.startswith("|"):
            assert above.count("|") == line.count("|"), line


@pytest.mark.parametrize("topic", TOPICS)
def test_only_commands_that_exist_are_shown(topic):
    inline = re.findall(r"`usephase ([a-z]+)\b", prose(PAGES[topic]))
    console = [line for kind, text in blocks(PAGES[topic]) if kind == "console" for line in text.splitlines()]
    assert all(line.startswith("usephase ") for line in console)
    shown = {*inline, *(line.split()[1] for line in console)}
    assert shown <= COMMANDS


def test_every_command_is_in_the_index():
    shown = {code(row[0]).split()[1] for row in rows(section(PAGES["index"], "Commands"))[1:]}
    assert shown == COMMANDS


@pytest.mark.parametrize("topic", TOPICS)
def test_code_blocks_parse(topic):
    for kind, content in blocks(PAGES[topic]):
        language = kind.split()[0] if kind else ""
        if language == "toml":
            tomllib.loads(content)
        elif language == "json":
            json.loads(content)
        elif language == "python":
            compile(content, topic, "exec")
        elif language == "yaml":
            yaml.safe_load(content)
        elif language == "csv":
            lines = [line for line in content.splitlines() if not line.startswith("#")]
            header, *body = csv.reader(lines)
            schema = TABLES[kind.split()[1]]
            assert set(header) <= {column.name for column in schema.columns}
            assert {c.name for c in schema.columns if c.required} <= set(header)
            assert body
            assert all(len(row) == len(header) for row in body)
        else:
            assert language in {"console", "text"}, kind


def test_the_settings_block_shows_every_setting_with_its_default():
    [content] = [text for kind, text in blocks(section(PAGES["catalog"], "Settings")) if kind == "toml"]
    document = tomllib.loads(content)
    grid = document.pop("grid")
    assert document.pop("dependence") == {"use_profiles.amount": 0.0}  # an example that changes nothing
    shown = {name: value for table in document.values() for name, value in table.items()}
    shown["scenarios"] = grid.pop("scenarios")
    assert set(shown) == set(Settings.model_fields) - {"dependence"}
    default = Settings(name="x", reporting_year=2024)
    for name in set(shown) - {
        "name",
        "company",
        "reporting_year",
        "base_year",
        "set_on",
        "edition",
        "partner_data_11",
        "partner_data_12",
    }:
        assert shown[name] == getattr(default, name), name
    assert grid == {column.name: column.default for column in TABLES["settings"].columns if column.kind == "value"}


def test_every_setting_is_in_the_nomenclature():
    text = section(PAGES["nomenclature"], "Settings")
    for name in (*Settings.model_fields, "level", "trend"):
        assert re.search(rf"[`.]{name}`", text), name


def test_every_choice_of_method_is_explained():
    for topic in ("method-choices", "catalog"):
        for name in ("grid_basis", "boundary", "sales_timing", "gwp"):
            assert f"`{name}" in PAGES[topic] or f"\n{name} =" in PAGES[topic], (topic, name)
    for design in ("quasi", "latin_hypercube", "random"):
        assert f"| `{design}` |" in section(PAGES["sampling"], "Designs")


def written_range(column: Column) -> str:
    """Write a column's range as the catalog page does."""
    if column.kind not in ("value", "number"):
        return ""
    low = ("above " if column.low_open else "at least ") + f"{column.low:g}"
    if math.isinf(column.high):
        return low
    start = ("above " if column.low_open else "") + f"{column.low:g}"
    return f"{start} to " + ("below " if column.high_open else "") + f"{column.high:g}"


@pytest.mark.parametrize("schema", READ_TABLES, ids=lambda schema: schema.name)
def test_the_catalog_page_has_every_column_as_declared(schema):
    header, *body = rows(section(PAGES["archetypes" if schema.name in ARCHETYPES else "catalog"], schema.name))
    assert header == ["column", "takes", "default", "range", "meaning"]
    by_name = {code(row[0]): row for row in body}
    assert list(by_name) == [c.name for c in schema.columns if c.name not in EVERYWHERE]
    for name, (head, takes, default, span, meaning) in by_name.items():
        column = schema.column(name)
        assert head.endswith("*") == column.key, name
        if column.required:
            assert default == "required", name
        else:
            assert default == (f"`{column.default}`" if column.default else "empty"), name
        if column.kind == "value":
            assert takes == "U", name
        elif column.kind in ("year", "number"):
            assert takes == column.kind, name
        assert span == written_range(column), name
        assert meaning, name
        if column.kind == "choice":
            assert set(column.choices) <= set(re.findall(r"`([^`]+)`", meaning)), name


def test_the_catalog_page_has_exactly_the_tables_that_are_read():
    tables = PAGES["catalog"].partition("\n## Tables\n")[2].partition("\n## ")[0]
    names = re.findall(r"^### (.+)$", tables, flags=re.MULTILINE)
    assert names == [schema.name for schema in READ_TABLES if schema.name not in ARCHETYPES]


@pytest.mark.parametrize("unit", sorted({*RATE_UNITS, *AMOUNT_UNITS, *CARRIER_UNITS}))
def test_every_unit_is_on_the_catalog_page(unit):
    assert f"`{unit}`" in PAGES["catalog"]


@pytest.mark.parametrize("schema", [s for s in READ_TABLES if s.name not in ARCHETYPES], ids=lambda schema: schema.name)
def test_the_nomenclature_has_every_column(schema):
    body = rows(section(PAGES["nomenclature"], "Columns of the catalog"))[1:]
    listed = [code(row[0]) for row in body]
    assert len(set(listed)) == len(listed)
    mine = [name.partition(".")[2] for name in listed if name.partition(".")[0] == schema.name]
    assert mine == [c.name for c in schema.columns if c.name not in EVERYWHERE]


def test_the_nomenclature_names_the_unit_of_every_column_that_has_one():
    short = {"kg/kWh": "kg CO2e/kWh", "kg/kg": "CO2", "year": "yr", "kWh/year": "kWh/yr"}
    body = {code(row[0]): row for row in rows(section(PAGES["nomenclature"], "Columns of the catalog"))[1:]}
    for schema in READ_TABLES:
        for column in schema.columns:
            if column.unit and schema.name not in ARCHETYPES:
                assert short.get(column.unit, column.unit) in body[f"{schema.name}.{column.name}"][2], column.name


@pytest.mark.parametrize("topic", ["nomenclature", "results"])
def test_every_column_of_the_figures_is_explained(topic):
    heading = {"nomenclature": "Figures", "results": "A figure"}[topic]
    first = " ".join(row[0] for row in rows(section(PAGES[topic], heading)))
    assert [name for name in re.findall(r"`([^`]+)`", first) if name in FIGURE_COLUMNS] == list(FIGURE_COLUMNS)


def test_every_column_of_register_and_service_is_named():
    register = " ".join(row[0] for row in rows(section(PAGES["results"], "The assumption register")))
    assert re.findall(r"`([^`]+)`", register) == list(REGISTER_COLUMNS)
    service = section(PAGES["results"], "Per service")
    assert all(f"`{name}`" in service for name in SERVICE_COLUMNS if name not in FIGURE_COLUMNS)


@pytest.mark.parametrize("ledger", ["category_11", "category_12", "total", "avoided", "biogenic_co2"])
def test_every_ledger_is_explained_wherever_ledgers_are(ledger):
    for topic in ("results", "model", "nomenclature"):
        assert f"| `{ledger}` |" in PAGES[topic], topic


def test_the_equations_cover_every_life_distribution_with_its_default_shape():
    from usephase.model.lifetime import DEFAULT_SHAPE

    life = {code(row[0]): row for row in rows(section(PAGES["model"], "Life"))[1:]}
    served = {code(row[0]): row for row in rows(section(PAGES["model"], "Years in service"))[1:]}
    names = TABLES["lifetimes"].column("distribution").choices
    assert set(life) == set(served) == set(names)
    for name in names:
        if name not in ("fixed", "table"):
            assert float(life[name][1].rpartition("=")[2]) == DEFAULT_SHAPE[name]


def test_every_method_choice_states_its_evidence():
    body = [row for row in rows(PAGES["method-choices"]) if row[0] != "choice"]
    assert len(body) >= 25
    for row in body:
        assert len(row) == 5
        assert re.search(r"\[(V|V2|M)\]", row[4]), row[0]
        assert all(row), row[0]


def test_every_exit_code_is_explained():
    listed = {row[0] for row in rows(section(PAGES["errors"], "Exit codes"))[1:]}
    assert listed == {"0", "1", "2", "3", "4", "5", "6", "7", "130"}
