"""Provenance: which versions computed a run, where and when, and the names it is stored under."""

import hashlib
import platform
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from usephase.spelling import unaccented

PACKAGES = ("usephase", "numpy", "scipy", "pandas", "h5py")
_SLUG_LENGTH = 60
_RESERVED = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}


def versions() -> dict[str, str]:
    """Give the versions that decide a run's bits, the package's own first."""
    found = {name: _version(name) for name in PACKAGES}
    return {"usephase": found.pop("usephase"), "python": platform.python_version(), **found}


def machine() -> dict[str, str]:
    """Describe the platform; no host and no user name, since runs are passed on."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "implementation": platform.python_implementation(),
    }


def created(now: datetime | None = None) -> str:
    """Write a time (now, if not given) in UTC as ISO 8601 to the second: ``2025-03-04T05:06:07Z``."""
    moment = datetime.now(UTC) if now is None else now.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def apart(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Set what differs between two equal studies apart under ``meta``: a document's other members can be compared."""
    return {**{name: value for name, value in meta.items() if name != "created"}, "meta": {"created": meta["created"]}}


def moment_of(text: str) -> datetime:
    """Read a time written by `created`, or any ISO 8601 time; one without a zone is taken as UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def run_id(created_at: str) -> str:
    """Make a name for a run: its time in UTC and six random hexadecimal digits, ``20250304-050607-9f3a1c``."""
    return f"{moment_of(created_at):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def slug(name: str) -> str:
    """Turn a catalog's name into a safe folder name: lower-case ASCII letters, digits and hyphens.

    Notes
    -----
    Accents are dropped. A name of which nothing is left (another script) or that a file system reserves gets
    six digits of its checksum, so that two such catalogs do not share a folder.
    """
    text = re.sub(r"[^a-z0-9]+", "-", unaccented(name)).strip("-")[:_SLUG_LENGTH].strip("-")
    if not text or text in _RESERVED:
        digits = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
        return f"{text or 'catalog'}-{digits}"
    return text


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"
