"""A workbench that is served on this machine, and a script's way to ask its API."""

import json
import threading
from contextlib import contextmanager
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from usephase.serve.address import listen
from usephase.serve.app import make_server
from usephase.serve.security import Guard
from usephase.serve.workbench import Workbench


class Desk:
    """Hold the workbench, its address, and what a script asks with."""

    def __init__(self, workbench, guard):
        self.workbench = workbench
        self.guard = guard
        self.base = f"http://127.0.0.1:{guard.port}"

    def ask(self, path, document=None, method=None, **query):
        """Give the JSON of a path below /api."""
        target = f"{self.base}/api{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        body = None if document is None else json.dumps(document).encode()
        headers = {"authorization": f"Bearer {self.guard.key}", "content-type": "application/json"}
        with urlopen(Request(target, body, headers, method=method), timeout=60) as answer:
            return json.loads(answer.read())


@contextmanager
def served(catalog, results):
    """Serve a catalog until the block ends."""
    bound = listen("127.0.0.1", 0)
    guard = Guard("127.0.0.1", bound.getsockname()[1])
    workbench = Workbench(catalog, results)
    server = make_server(workbench, guard)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield Desk(workbench, guard)
    finally:
        server.should_exit = True
        thread.join(20)
        bound.close()
