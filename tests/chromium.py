"""A headless Chromium, driven over the DevTools protocol through its own pipe: no package is needed for it."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-pipe",
)
_LONGEST_SECONDS = 30
_COMMANDS_FD, _ANSWERS_FD = 3, 4  # where Chromium reads and writes the protocol


class Chromium:
    """A browser with one page. What went wrong in the page and what it asked for are kept."""

    def __init__(self, profile: Path) -> None:
        assert EXECUTABLE is not None
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        # A shell puts the pipes where Chromium looks for them; copies, since a pipe may have got 3 or 4 itself. It
        # is bash, since others take no number above 9.
        saved = (os.dup(commands), os.dup(answers))
        self._process = subprocess.Popen(  # noqa: S603
            [
                "/usr/bin/env",
                "bash",
                "-c",
                f'exec "$0" "$@" {_COMMANDS_FD}<&{saved[0]} {_ANSWERS_FD}>&{saved[1]}',
                EXECUTABLE,
                *_FLAGS,
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            pass_fds=saved,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (commands, answers, *saved):
            os.close(end)
        self._number, self._received, self._session = 0, b"", None
        self._load_events = 0
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._send(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._commands)  # Chromium ends when its pipe does
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._answers)

    def open(self, file: Path) -> None:
        """Show a file, and wait until it is loaded."""
        self.requests.clear()
        self.complaints.clear()
        before = self._load_events
        self._send("Page.navigate", url=file.as_uri())
        until = time.monotonic() + _LONGEST_SECONDS
        while self._load_events == before:
            self._handle(self._receive(until))

    def value(self, expression: str) -> Any:  # noqa: ANN401 - JSON
        """What an expression is in the page, as JSON."""
        result = self._send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def size(self, width: int, height: int, *, mobile: bool = False) -> None:
        """Give the page a window of so many pixels."""
        self._send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile
        )

    def media(self, kind: str = "screen", scheme: str = "light") -> None:
        """Show the page as on a screen or in print, in a light or a dark environment."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._send("Emulation.setEmulatedMedia", media=kind, features=features)

    def press(self, key: str) -> None:
        """Press a key on what has the focus."""
        codes = {"ArrowRight": 39, "ArrowLeft": 37, "Home": 36, "End": 35, "Tab": 9}
        for kind in ("rawKeyDown", "keyUp"):
            self._send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key])

    def accessible(self, role: str) -> list[tuple[str, str]]:
        """The name and the value of each element of a role, as a screen reader is told them."""
        nodes = self._send("Accessibility.getFullAXTree")["nodes"]
        return [
            (node["name"]["value"], str(properties.get("valuetext", "")))
            for node in nodes
            if node.get("role", {}).get("value") == role and not node["ignored"]
            for properties in [{p["name"]: p["value"].get("value") for p in node.get("properties", [])}]
        ]

    def screenshot(self) -> bytes:
        """All of the page as PNG."""
        answer = self._send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self._send("Page.printToPDF", preferCSSPageSize=True)["data"])

    def _send(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            command["sessionId"] = self._session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        until = time.monotonic() + _LONGEST_SECONDS
        while (message := self._receive(until)).get("id") != self._number:
            self._handle(message)
        assert "error" not in message, f"{method}: {message['error']}"
        result: dict[str, Any] = message["result"]
        return result

    def _receive(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._received:
            readable, _, _ = select.select([self._answers], [], [], max(0, until - time.monotonic()))
            part = os.read(self._answers, 1 << 16) if readable else b""
            if not part:
                raise TimeoutError(f"no answer from Chromium (it has ended: {self._process.poll() is not None})")
            self._received += part
        text, _, self._received = self._received.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def _handle(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        match event.get("method"):
            case "Page.loadEventFired":
                self._load_events += 1
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(parameters["exceptionDetails"]))
            case "Runtime.consoleAPICalled":
                self.complaints.append(str(parameters["args"]))
            case "Log.entryAdded":
                self.complaints.append(str(parameters["entry"]))
