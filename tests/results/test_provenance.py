import json
import re
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from usephase.results import provenance


def test_versions_name_what_decides_the_bits():
    versions = provenance.versions()
    assert list(versions) == ["usephase", "python", "numpy", "scipy", "pandas", "h5py"]
    assert versions["numpy"] == np.__version__
    assert all(re.match(r"\d+\.\d+", version) for version in versions.values())


def test_the_machine_is_described_without_its_owner():
    facts = provenance.machine()
    assert json.loads(json.dumps(facts)) == facts
    assert set(facts) == {"system", "release", "machine", "implementation"}


def test_times_are_utc():
    hanoi = datetime(2025, 3, 4, 12, 6, 7, 999, tzinfo=timezone(timedelta(hours=7)))
    assert provenance.created(hanoi) == "2025-03-04T05:06:07Z"
    assert provenance.moment_of("2025-03-04T12:06:07+07:00") == datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert provenance.moment_of("2025-03-04T05:06:07") == datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert abs((provenance.moment_of(provenance.created()) - datetime.now(UTC)).total_seconds()) < 60


def test_run_ids_carry_the_time_and_differ():
    names = {provenance.run_id("2025-03-04T05:06:07Z") for _ in range(50)}
    assert len(names) == 50
    assert all(re.fullmatch(r"20250304-050607-[0-9a-f]{6}", name) for name in names)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Cordless and petrol tools", "cordless-and-petrol-tools"),
        ("  Máy khoan điện — 2024 ", "may-khoan-dien-2024"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\\b\0c\nd", "a-b-c-d"),
        ("x" * 200, "x" * 60),
        ("Straße & Gärten", "strasse-garten"),
        ("Đèn Łódź Øst", "den-lodz-ost"),
    ],
)
def test_slugs_are_plain(name, slug):
    assert provenance.slug(name) == slug


@pytest.mark.parametrize("name", ["电动工具", "...", "", "\ud800", "CON", "nul"])
def test_names_of_which_nothing_is_left_get_a_checksum(name):
    assert re.fullmatch(r"(catalog|con|nul)-[0-9a-f]{6}", provenance.slug(name))


def test_two_names_in_another_script_do_not_share_a_folder():
    assert provenance.slug("电动工具") != provenance.slug("吸尘器")
