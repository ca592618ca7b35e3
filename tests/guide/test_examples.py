"""The examples of the guide do what it says: values, the small catalog, the commands, the equations in numbers."""

import csv
import re

import numpy as np
import pytest
from scipy import integrate, special

import usephase
from usephase import guide
from usephase.catalog.schema import TABLES
from usephase.catalog.values.grammar import parse
from usephase.sampling import distributions as dist
from usephase.sampling.distributions.student import Student

BLOCK = re.compile(r"^`([\w.]+)`\n```[^\n]*\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
CSV_BLOCK = re.compile(r"^```csv (\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", flags=re.MULTILINE | re.DOTALL)

# The table "Uncertain values", by hand: what is written, kind, best estimate, 97.5 % point.
LN_1_2, Z = np.log(1.2), 1.959963984540054
VALUES = [
    ("12.5", dist.FIXED, 12.5, 12.5),
    ("12.5 ± 10%", dist.NORMAL, 12.5, 13.75),
    ("12.5 +/- 10%", dist.NORMAL, 12.5, 13.75),
    ("12.5 ± 3", dist.NORMAL, 12.5, 15.5),
    ("12.5 */ 1.4", dist.LOGNORMAL, 12.5, 17.5),
    ("12.5 ×÷ 1.4", dist.LOGNORMAL, 12.5, 17.5),
    ("normal(12, 2)", dist.NORMAL, 12.0, 12 + 2 * Z),
    ("lognormal(12, 1.2)", dist.LOGNORMAL, 12.0, 12 * np.exp(LN_1_2 * Z)),
    ("uniform(10, 15)", dist.UNIFORM, 12.5, 14.875),
    ("triangular(10, 12, 15)", dist.TRIANGULAR, 12.0, 15 - np.sqrt(0.025 * 5 * 3)),
    ("pert(10, 12, 15)", dist.PERT, 12.0, 10 + 5 * special.betaincinv(1 + 8 / 5, 1 + 12 / 5, 0.975)),
    ("beta(2, 5)", dist.BETA, special.betaincinv(2, 5, 0.5), special.betaincinv(2, 5, 0.975)),
    ("beta(2, 5, 10, 15)", dist.BETA, 10 + 5 * special.betaincinv(2, 5, 0.5), 10 + 5 * special.betaincinv(2, 5, 0.975)),
    ("gamma(4, 3)", dist.GAMMA, 3 * special.gammaincinv(4, 0.5), 3 * special.gammaincinv(4, 0.975)),
    ("weibull(2, 12)", dist.WEIBULL, 12 * np.sqrt(np.log(2)), 12 * np.sqrt(np.log(40))),
    ("discrete(10: 1, 12: 3)", dist.DISCRETE, 12.0, 12.0),
    ("student(12, 0.4, 7)", Student.code, 12.0, 12 + 0.4 * special.stdtrit(7, 0.975)),
    # Keelin (2016): a1 + a2·logit u + a3·(u − ½)·logit u through the three values.
    ("p10_p50_p90(8, 12, 20)", dist.METALOG, 12.0, 12 + (12 / 2 + 4 / 0.8 * 0.475) * np.log(39) / np.log(9)),
    ("p5_p50_p95(7, 12, 23)", dist.METALOG, 12.0, 12 + (16 / 2 + 6 / 0.9 * 0.475) * np.log(39) / np.log(19)),
    ("empirical(11.2, 12.9, 10.4)", dist.EMPIRICAL, 11.2, 11.2 + 0.95 * 1.7),
    ("mean_of(triangular(60, 80, 110))", dist.FIXED, 250 / 3, 250 / 3),
    ("mean_of(triangular(60, 80, 110), 30)", dist.NORMAL, 250 / 3, 250 / 3 + Z * np.sqrt(1900 / 18 / 30)),
]


def section(topic: str, heading: str) -> str:
    return dict(SECTION.findall(guide.page(topic)))[heading]


def fan_files() -> dict[str, bytes]:
    """Give the files of the smallest catalog, as the engineers' page writes them."""
    text = section("getting-started-engineering", "1. The smallest catalog")
    return {name: content.encode() for name, content in BLOCK.findall(text)}


@pytest.mark.parametrize(("text", "kind", "best", "high"), VALUES, ids=[v[0] for v in VALUES])
def test_a_written_value_means_what_the_catalog_page_says(text, kind, best, high):
    assert f"`{text}`" in section("values", "What may stand in a cell")
    parsed = parse(text)
    params = np.array(parsed.params)
    assert parsed.kind == kind
    assert dist.best_estimate(kind, params, parsed.points) == pytest.approx(best, rel=1e-12)
    assert dist.quantile(kind, params, np.array(0.975), parsed.points) == pytest.approx(high, rel=1e-12)


def test_every_form_in_the_table_is_tried():
    cells = re.findall(r"^\| (`[^|]+) \|", section("values", "What may stand in a cell"), flags=re.MULTILINE)
    written = {form for cell in cells for form in re.findall(r"`([^`]+)`", cell)}
    samples = {
        form for form in written if form.startswith("sample(")
    }  # they need a file: tests/engine/test_joint_samples.py
    assert len(samples) == 1
    assert written - samples == {text for text, *_ in VALUES}


@pytest.mark.parametrize("topic", [name for name, _ in guide.topics()])
def test_values_in_csv_blocks_can_be_read(topic):
    for table, content in CSV_BLOCK.findall(guide.page(topic)):
        header, *body = csv.reader(line for line in content.splitlines() if not line.startswith("#"))
        for row in body:
            for name, cell in zip(header, row, strict=True):
                column = TABLES[table].column(name)
                if column.kind == "value" and cell:
                    assert np.isfinite(parse(cell).params).all()
                if column.kind == "choice" and column.choices and cell:
                    assert cell in column.choices


def test_the_smallest_catalog_has_the_files_it_needs():
    required = {f"{name}.csv" for name, schema in TABLES.items() if schema.required}
    assert required | {"catalog.toml"} <= set(fan_files())


def test_sampling_numbers():
    text = guide.page("sampling")
    sigma = np.log(2) / Z
    assert f"{12 * np.exp(sigma**2 / 2):.2f}" == "12.77"
    assert f"{(np.exp(sigma**2 / 2) - 1) * 100:.1f} % more" in text
    assert f"{(60 + 80 + 110) / 3:.2f}" in text


def test_model_numbers():
    text = guide.page("model")
    assert f"{sum(0.5 * 0.95**k for k in range(10)):.6f}" in text  # worked example of the specification
    assert f"{1 / special.gamma(1.5):.3f} times the mean" in text
    k = np.log(np.log(10) / np.log(2)) / np.log(9 / 5)
    assert f"With 5 and 9 years k is {k:.2f}" in text
    assert f"{1 / 0.92:.3f}" in text
    factors = [1.05, 1.02, 1.10, 1.01, 1.20, 1.05]  # scores 2,2,3,2,3 and the basic factor
    assert f"SDg95 is {np.exp(np.sqrt(sum(np.log(u) ** 2 for u in factors))):.3f}" in text


# The closed forms of the page "model", as written there, against quadrature of S(t) as written there.
MEAN = 7.0


def _normal_parts(v):
    h = 1 / (1 + v * np.exp(-0.5 / v**2) / np.sqrt(2 * np.pi) / special.ndtr(1 / v))
    return h, special.ndtr(1 / v)


def _capital_h(z):
    return z * special.ndtr(z) + np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def survival(name, shape, t):
    if name == "weibull":
        return np.exp(-((t / (MEAN / special.gamma(1 + 1 / shape))) ** shape))
    if name == "lognormal":
        return special.ndtr((np.log(MEAN) - shape**2 / 2 - np.log(t)) / shape)
    if name == "gamma":
        return special.gammaincc(shape, t * shape / MEAN)
    if name == "loglogistic":
        return 1 / (1 + (t / (MEAN * np.sin(np.pi / shape) / (np.pi / shape))) ** shape)
    h, kept = _normal_parts(shape)
    return special.ndtr((1 - t / (h * MEAN)) / shape) / kept


def served(name, shape, t):
    if name == "weibull":
        scale = MEAN / special.gamma(1 + 1 / shape)
        return MEAN * special.gammainc(1 / shape, (t / scale) ** shape)
    if name == "lognormal":
        mu = np.log(MEAN) - shape**2 / 2
        return t * survival(name, shape, t) + MEAN * special.ndtr((np.log(t) - mu - shape**2) / shape)
    if name == "gamma":
        theta = MEAN / shape
        return t * special.gammaincc(shape, t / theta) + shape * theta * special.gammainc(shape + 1, t / theta)
    if name == "loglogistic":
        odds = (t / (MEAN * np.sin(np.pi / shape) / (np.pi / shape))) ** shape
        return MEAN * special.betainc(1 / shape, 1 - 1 / shape, odds / (1 + odds))
    h, kept = _normal_parts(shape)
    return h * MEAN * shape * (_capital_h(1 / shape) - _capital_h((1 - t / (h * MEAN)) / shape)) / kept


@pytest.mark.parametrize(
    ("name", "shape"),
    [("weibull", 2), ("weibull", 0.8), ("lognormal", 0.4), ("gamma", 4), ("normal", 0.6), ("loglogistic", 12)],
)
@pytest.mark.parametrize("t", [0.5, 4.3, 12.0])
def test_the_closed_forms_are_the_integrals(name, shape, t):
    expected = integrate.quad(lambda s: survival(name, shape, s), 0, t, epsabs=1e-11, epsrel=1e-11)[0]
    assert served(name, shape, t) == pytest.approx(expected, rel=1e-9)
    assert served(name, shape, 400.0) == pytest.approx(MEAN, rel=1e-9)


@pytest.fixture
def fan(tmp_path):
    for name, content in fan_files().items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_the_smallest_catalog_gives_what_was_worked_out_by_hand(fan):
    """300 W · 240 h/yr · 5 yr · 0.45 kg/kWh · 1,000 units = 162 t; 0.135 kg an hour of service."""
    catalog = usephase.read_catalog(fan)
    run = usephase.estimate(catalog, draws=64)
    use = run.select("category_11")
    assert len(use) == 1
    figure = use.iloc[0]
    assert figure["mean"] == pytest.approx(162.0, rel=1e-12)
    assert figure["best_estimate"] == pytest.approx(162.0, rel=1e-12)
    assert figure["sd"] == 0.0
    [hour] = run.service[run.service["ledger"] == "category_11"].to_dict("records")
    assert hour["unit"] == "kg CO2e/h"
    assert hour["mean"] == pytest.approx(0.135, rel=1e-12)


def test_the_uncertain_fan_has_the_mean_that_the_page_names(fan):
    """The triangle (3, 5, 8) has the mean 16/3 and the mode 5; the grid is constant, so Category 11 follows."""
    text = section("getting-started-engineering", "2. Make it uncertain")
    assert "5.33 years, its mode 5" in text
    for table, content in CSV_BLOCK.findall(text):
        (fan / f"{table}.csv").write_text(content, encoding="utf-8")
    run = usephase.estimate(usephase.read_catalog(fan), draws=4096)
    figure = run.figure("category_11")
    assert figure["best_estimate"] == pytest.approx(162.0, rel=1e-9)
    assert figure["mean"] == pytest.approx(162.0 * 16 / 15, abs=4 * figure["mcse"])
    assert 0 < figure["mcse"] < 0.5


def test_a_decimal_comma_is_refused_in_the_words_of_the_guide(fan):
    text = (fan / "modes.csv").read_text(encoding="utf-8").replace(",300,", ',"12,5",')
    (fan / "modes.csv").write_text(text, encoding="utf-8")
    with pytest.raises(usephase.CatalogError) as refused:
        usephase.read_catalog(fan)
    shown = [str(problem) for problem in refused.value.problems if problem.severity == "error"]
    assert shown == ["modes.csv:2:rate: `12,5` has a decimal comma → write `12.5`"]
    for topic in ("errors", "getting-started-sustainability"):
        assert shown[0].partition(": ")[2] in guide.page(topic)
