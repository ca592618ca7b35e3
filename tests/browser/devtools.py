"""Drive headless Chromium through its pipe: load pages, click, type, read what is there. Needs nothing but Chromium."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time

import pytest

from tests.browser.chromium import NAMES

SECONDS = 20.0


class Browser:
    """One page of a Chromium of its own."""

    def __init__(self, folder, width=1280, height=900, dark=False):
        program = next((found for name in NAMES if (found := shutil.which(name))), None)
        if program is None:
            pytest.fail("did not run: Chromium is not installed (Debian: apt-get install chromium)")
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        def pipes():
            # Chromium reads from file 3 and writes to file 4.
            spare = os.dup2(from_browser, 40), os.dup2(to_browser, 41)
            os.dup2(spare[1], 3)
            os.dup2(spare[0], 4)

        self._process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
             f"--user-data-dir={folder}", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=pipes,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self._ids = itertools.count(1)
        self._rest = b""
        self._session = None
        self.console = []
        self.requests = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        self.shape(width, height, dark)

    def close(self):
        os.close(self._write)
        os.close(self._read)
        self._process.terminate()
        self._process.wait(10)

    def shape(self, width, height, dark=False):
        """Choose the window's size and whether the reader likes it dark."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._call("Emulation.setEmulatedMedia", features=scheme)

    def open(self, address):
        """Load a page; wait for its scripts."""
        # Between two documents there is no element.
        self.run("document.documentElement && (document.documentElement.dataset.ready = '')")
        self._call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && document.documentElement.dataset.ready === 'yes'")

    def run(self, script):
        """Give what a script evaluates to; promises are waited for."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"].get("exception", {}).get("description", str(answer)))
        return answer["result"].get("value")

    def wait(self, condition, seconds=SECONDS):
        """Wait until a script's value is true; gives it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if value := self.run(f"((it) => it instanceof Node || it)({condition})"):
                    return value
            except AssertionError as error:  # the page is changing
                last = error
            else:
                last = None
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s: {condition} at {self.run('location.href')}\n{last or ''}")

    def text(self, selector):
        """Give the text that an element shows."""
        return self.run(f"document.querySelector({json.dumps(selector)})?.innerText")

    def click(self, selector):
        """Click the middle of an element, as a mouse does."""
        self.wait(f"document.querySelector({json.dumps(selector)})")
        self.run(
            f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center', behavior: 'instant'}})"
        )
        x, y = self.run(
            f"(() => {{ const r = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2] })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, selector, text):
        """Write over what a field holds."""
        self.run(f"(() => {{ const f = document.querySelector({json.dumps(selector)}); f.focus(); f.select() }})()")
        self._call("Input.insertText", text=text)

    def key(self, name, code=0, text=""):
        """Press a key where the focus is."""
        for kind in ("keyDown", "keyUp"):
            extra = {"text": text} if text and kind == "keyDown" else {}
            self._call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code, **extra)

    def shot(self, path, *, whole=True):
        """Write what is seen as a picture."""
        answer = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _call(self, method, **params):
        key = next(self._ids)
        message = {"id": key, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + SECONDS * 2
        while True:
            answer = self._next(end)
            if answer.get("id") == key:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def _note(self, event):
        params = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.console.append(params["exceptionDetails"].get("exception", {}).get("description", str(params)))
        elif event.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.console.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif event.get("method") == "Runtime.consoleAPICalled":
            self.console.append(str([value.get("value") for value in params["args"]]))
        elif event.get("method") == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif event.get("method") == "Page.javascriptDialogOpening":
            self.console.append(f"dialog: {params['message']}")
            os.write(self._write, json.dumps({
                "id": next(self._ids), "method": "Page.handleJavaScriptDialog", "params": {"accept": True},
                "sessionId": self._session,
            }).encode() + b"\0")  # fmt: skip

    def _next(self, end):
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], max(end - time.monotonic(), 0.01))
            if not ready:
                raise AssertionError("Chromium does not answer")
            part = os.read(self._read, 1 << 16)
            if not part:
                raise AssertionError("Chromium ended")
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        return json.loads(line)
