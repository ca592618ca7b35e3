"""A catalog that runs in a moment."""

import pytest

from usephase.catalog.init import write_starter


@pytest.fixture(scope="session")
def catalog(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalog") / "starter"
    write_starter(folder)
    return folder
