"""A small catalog, the application over it, and a client that has a session."""

import json
from urllib.parse import unquote, urlencode

from tests.reference.folder import write_catalog
from tests.serve.asgi import ask
from usephase.serve.app import make_app
from usephase.serve.security import Guard
from usephase.serve.workbench import Workbench

PORT = 8765
HOSTILE = "A/B <script>alert(1)</script> & \"'%2F"
SETTINGS = {
    "catalog": {"name": "Small things", "reporting_year": 2024},
    "monte_carlo": {"draws": 64, "seed": 3},
}
TABLES = {
    "products": [
        {"product": "FAN", "name": "Fan", "family": "Air", "use_profile": "home", "lifetime": "short"},
        {"product": HOSTILE, "family": "<b>Air</b>", "use_profile": "home", "lifetime": "short"},
    ],
    "modes": [
        {"product": "FAN", "mode": "run", "carrier": "electricity", "rate": "0.3 ± 10%", "rate_unit": "kW",
         "source": "test bench"},
        {"product": HOSTILE, "mode": "run", "carrier": "electricity", "rate": "200", "rate_unit": "W"},
    ],
    "use_profiles": [
        {"use_profile": "home", "mode": "run", "amount": "240 */ 1.3", "amount_unit": "h/year"},
    ],
    "lifetimes": [{"lifetime": "short", "distribution": "fixed", "mean": "5", "unit": "year"}],
    "sales": [
        {"product": "FAN", "region": "XX", "year": "2023", "units": "900"},
        {"product": "FAN", "region": "XX", "year": "2024", "units": "1000"},
        {"product": HOSTILE, "region": "XX", "year": "2024", "units": "10"},
    ],
    "grid": [
        {"zone": "XX", "scenario": "trend_10y", "year": "2020", "intensity": "0.45 ± 5%"},
        {"zone": "XX", "scenario": "trend_10y", "year": "2040", "intensity": "0.45 ± 5%"},
    ],
    "zones": [{"zone": "XX", "loss": "0.05"}],
    "options": [
        {"option": "thrifty", "table": "modes", "row": "product=FAN;mode=run", "column": "rate", "value": "*0.8"},
    ],
}  # fmt: skip


def small_catalog(folder):
    """Write the catalog into a folder below this one."""
    return write_catalog(folder / "small", SETTINGS, TABLES, comment="Small things, made up")


def workbench(folder, **options):
    return Workbench(small_catalog(folder), folder / "results", **options)


class Client:
    """Asks as the workbench's own pages do: with the session, the form token and the origin."""

    def __init__(self, bench):
        self.workbench = bench
        self.guard = Guard("127.0.0.1", PORT)
        self.app = make_app(bench, self.guard)
        host = f"127.0.0.1:{PORT}"
        cookie = ask(self.app, f"/?token={self.guard.key}", ("Host", host)).cookies[0].partition(";")[0]
        self.headers = (
            ("Host", host), ("Cookie", cookie), ("X-Usephase-Token", self.guard.form_token),
            ("Origin", f"http://{host}"), ("Sec-Fetch-Site", "same-origin"),
        )  # fmt: skip

    def raw(self, method, path, body=b"", content="application/json", **query):
        """Ask; `path` is written as in an address, with its escapes."""
        there = {name: value for name, value in query.items() if value is not None}
        target = unquote(path) + (f"?{urlencode(there, doseq=True)}" if there else "")
        extra = (("Content-Type", content),) if body else ()
        return ask(self.app, target, *self.headers, *extra, method=method, body=body)

    def get(self, path, status=200, **query):
        """Give the JSON of a path below /api; the status is what it has to be."""
        return _document(self.raw("GET", f"/api{path}", **query), status)

    def send(self, method, path, document=None, status=200):
        """Write JSON, and give the JSON that comes back."""
        body = b"" if document is None else json.dumps(document).encode()
        return _document(self.raw(method, f"/api{path}", body), status)

    def job(self, seconds=300, **asked):
        """Start a job, wait for it, and give its document."""
        started = self.send("POST", "/jobs", asked, 202)
        self.workbench.jobs.wait(started["id"], seconds)
        return self.get(f"/jobs/{started['id']}")

    def problems(self, method, path, document=None, status=422):
        """Ask for something that is refused, and give the problems."""
        return self.send(method, path, document, status)["problems"]


def _document(answered, status):
    assert answered.status == status, (answered.status, answered.body[:2000])
    assert answered.headers["content-type"] == "application/json"
    return json.loads(answered.body)
