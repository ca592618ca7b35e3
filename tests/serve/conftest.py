"""A workbench with a small catalog, and runs of it."""

import json
import shutil

import pytest
from click.testing import CliRunner

from tests.serve.build import Client, workbench
from usephase.cli import main

RATE = {"table": "modes", "row": "product=FAN;mode=run", "column": "rate"}


@pytest.fixture
def bench(tmp_path):
    made = workbench(tmp_path, workers=1)
    yield made
    made.close()


@pytest.fixture
def client(bench):
    return Client(bench)


def command(*arguments):
    """Give the JSON that a command prints."""
    done = CliRunner().invoke(main, [*map(str, arguments), "--json"], catch_exceptions=False)
    return json.loads(done.stdout)


def without(document, *names):
    """Leave out what differs from call to call: times and places."""
    return {name: value for name, value in document.items() if name not in names}


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """Two runs of the small catalog, made once: their folders."""
    bench = workbench(tmp_path_factory.mktemp("runs"))
    client = Client(bench)
    done = [client.job(kind="run", draws=32) for _ in range(2)]
    yield [bench.runs.folder(one["result"]["id"]) for one in done]
    bench.close()


@pytest.fixture(scope="module")
def reader(tmp_path_factory, two_runs):
    """A client that tests share which change nothing."""
    made = workbench(tmp_path_factory.mktemp("read"))
    for folder in two_runs:
        shutil.copytree(folder, made.runs.results / folder.parent.name / folder.name)
    (made.runs.results / "run.h5").write_bytes(b"x")
    yield Client(made)
    made.close()


@pytest.fixture(scope="module")
def key(two_runs):
    """A run's id."""
    return f"{two_runs[0].parent.name}~{two_runs[0].name}"


@pytest.fixture
def keys(bench, two_runs):
    """Their ids, in this test's own results folder."""
    for folder in two_runs:
        shutil.copytree(folder, bench.runs.results / folder.parent.name / folder.name)
    return [bench.runs.key(folder) for folder in two_runs]


# -- the catalog ------------------------------------------------------------------------------------------------
