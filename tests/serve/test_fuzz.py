"""Whatever is asked, as far as the API's own description allows it or not, nothing answers with an error of ours."""

import shutil
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serve.build import HOSTILE, Client, workbench

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own dependencies
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
CELLS = [
    ("modes", "product=FAN;mode=run", "rate"), ("use_profiles", "use_profile=home;mode=run", "amount"),
    ("lifetimes", "lifetime=short", "mean"), ("lifetimes", "lifetime=short", "unit"), ("settings", "grid", "level"),
    ("products", f"product={HOSTILE}", "family"), ("sales", "product=FAN;region=XX;year=2024", "units"),
    ("grid", "zone=XX;scenario=trend_10y;year=2020", "intensity"), ("reference_grid", "zone=XX", "level"),
    ("options", "option=thrifty", "value"), ("zones", "zone=XX", "loss"), ("gases", "gas=r32", "gwp"),
]  # fmt: skip
TEXTS = [
    "0.2 ± 10%",
    "*0.9",
    "+5",
    "",
    "-1",
    "1e999",
    "nan",
    "triangular(1, 2, 3)",
    "discrete(1: 1, 2: 3)",
    "12,5",
    "=1+1",
]
FIGURES = ["total", "category_11", "category_11:product=FAN", "category_12:mode=x", "total:family=Air", "avoided"]


def known_words(run, job, fit, sent):
    """Names that lead somewhere; what is fuzzed alone ends at the door."""
    return {
        "product": ["FAN", HOSTILE], "table": ["modes", "sales", "settings", "reference_grid", "zones"],
        "run": [run], "job": [job], "fit": [fit], "sent": [sent], "against": [run],
        "a": [run, "catalog"], "b": [run, "catalog"], "kind": ["components", "family", "distribution", "years"],
        "to": ["csv", "json", "parquet"], "of": FIGURES, "option": ["new", "thrifty", "base"],
        "options": [["thrifty"], ["base", "thrifty"]], "rules": ["sbti_v2"], "scenario": ["trend_10y", "frozen"],
        "language": ["en", "vi"],
    }  # fmt: skip


def put_in(draw, holder, words):
    """Put known names into what was made up, here and there."""
    for name in list(holder or ()):
        value = holder[name]
        if name in ("edits", "against") and isinstance(value, list):
            holder[name] = [
                dict(zip(("table", "row", "column", "text"), (*cell, text), strict=True))
                for cell, text in draw(st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(TEXTS)), max_size=3))
            ]
        elif name == "over" and isinstance(value, dict):
            value.update(zip(("table", "row", "column"), draw(st.sampled_from(CELLS)), strict=True))
        elif words.get(name) and draw(st.integers(0, 3)):
            word = draw(st.sampled_from(words[name]))
            holder[name] = [word] if isinstance(value, list) and not isinstance(word, list) else word


@st.composite
def cases(draw, operation, words):
    case = draw(operation.as_strategy(generation_mode=draw(st.sampled_from(list(schemathesis.GenerationMode)))))
    if isinstance(case.body, dict) and "product" in case.body and draw(st.integers(0, 7)):
        case.body["product"] = draw(st.sampled_from(words["product"]))
    for holder in (case.path_parameters, case.query, case.body):
        if isinstance(holder, dict):
            # In a body these say what the rest is about: they stay.
            put_in(draw, holder, {**words, "kind": [], "to": []} if holder is case.body else words)
    if isinstance(case.body, dict) and "joint" in case.body and draw(st.integers(0, 3)):
        case.body["to"] = "lifetimes:lifetime=short"
    if isinstance(case.body, dict) and {"row", "column", "text"} <= set(case.body):
        cell = draw(st.sampled_from(CELLS))
        case.body.update(zip(("table", "row", "column"), cell, strict=True))
        case.body["text"] = draw(st.one_of(st.sampled_from(TEXTS), st.just(case.body["text"])))
    return case


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    bench = workbench(tmp_path_factory.mktemp("fuzz"), draws_max=64)
    made = Client(bench)
    made.job(kind="run", draws=8)
    yield made
    bench.close()
    shutil.rmtree(bench.runs.results)


def try_out(operation, words, headers, options):
    """Ask one operation of many things; gives the statuses."""
    statuses = []

    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), **options)
    @given(case=cases(operation, words))
    def ask(case):
        response = case.call(headers=headers)
        statuses.append(response.status_code)
        case.validate_response(response, checks=CHECKS)

    ask()
    return statuses


def fuzz(client, **options):
    headers = dict(client.headers)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", client.app, headers=headers)
    run = client.get("/runs")["runs"][-1]["run"]
    fit = client.workbench.fit("lifetime", "ages.csv", b"age,failed\n2,1\n3,1\n4,1\n6,0\n", {}).key
    table = b"Article,Description,Country,Units\nK,Kettle,DE,5\nH,Hedge trimmer,DE,6\n"
    sent = client.workbench.take_table("list.csv", table).key
    words = known_words(run, client.get("/jobs")["jobs"][-1]["id"], fit, sent)
    found = [made.ok() for made in schema.get_all_operations()]
    return {operation.label: try_out(operation, words, headers, options) for operation in found}


def bugs(client):
    return [
        job["problems"]
        for job in client.get("/jobs")["jobs"]
        if job["state"] == "failed" and "bug of usephase" in str(job["problems"])
    ]


def test_nothing_that_the_api_describes_answers_with_an_error_of_ours(client):
    asked = fuzz(client, max_examples=10, derandomize=True)
    assert len(asked) >= 24
    assert sum(map(len, asked.values())) > 50
    reached = {label for label, statuses in asked.items() if any(status < 300 for status in statuses)}
    # What is fuzzed has to come past the door nearly everywhere, or it shows nothing.
    assert len(reached) >= len(asked) - 6, sorted(set(asked) - reached)
    for job in client.workbench.jobs.all():
        client.workbench.jobs.wait(job.id, 20)
    assert bugs(client) == []


@pytest.mark.deep
def test_nothing_does_on_longer_trial_either(client):
    fuzz(client, max_examples=40)
    assert bugs(client) == []
