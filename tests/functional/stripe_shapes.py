"""The stand-in as a process, a receiver of webhooks, and what Stripe publishes about its objects and requests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLISHED = REPOSITORY.parent / "shared" / "stripe"
SECRET = "whsec_practice"
KEY = "sk_test_practice"


def published(name: str) -> dict[str, Any]:
    """Stripe's published examples or parameters; the test is skipped, and says so, where they are absent."""
    file = PUBLISHED / name
    if not file.exists():
        pytest.skip(f"{name}: Stripe's published data is not beside this checkout")
    return dict(json.loads(file.read_text()))


def eventually(found: Callable[[], Any], seconds: float = 10) -> Any:
    """The first truthy answer; fails after `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = found()
        if answer:
            return answer
        time.sleep(0.03)
    raise AssertionError(f"not within {seconds} s")


# --- Stripe's published shapes ---------------------------------------------------------------------------------


def disagreements(ours: Any, example: Any, where: str = "") -> list[str]:
    """Where `ours` has other keys or other types than the published example. null fits everything."""
    if ours is None or example is None:
        return []
    if isinstance(ours, bool) != isinstance(example, bool) or not isinstance(ours, type(example)):
        return [f"{where}: {type(ours).__name__}, published {type(example).__name__}"]
    if isinstance(ours, list):
        return [fault for inner in ours if example for fault in disagreements(inner, example[0], f"{where}[]")]
    if not isinstance(ours, dict) or not example or not ours:
        return []
    if ours.get("type") != example.get("type") and "type" in ours:
        return []  # another variant, such as a bank account where the example has a card
    faults = [f"{where}.{key}: not published" for key in ours.keys() - example.keys()]
    faults += [f"{where}.{key}: lacking" for key in example.keys() - ours.keys()]
    for key in ours.keys() & example.keys():
        faults += disagreements(ours[key], example[key], f"{where}.{key}")
    return faults


def violations(paths: dict[str, Any], sent: dict[str, Any]) -> list[str]:
    """What a recorded request does against the published parameters of its endpoint."""
    for template, methods in paths.items():
        pattern = re.sub(r"\{\w+\}", r"[^/]+", template)
        if not re.fullmatch(pattern, sent["path"]):
            continue
        operation = methods.get(sent["method"].lower())
        if operation is None:
            return [f"{template} has no {sent['method']}"]
        if sent["method"] == "POST":
            schema = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
            return _violations(sent["params"], schema, template)
        queried = {at["name"]: at["schema"] for at in operation["parameters"] if at["in"] == "query"}
        wanted = [at["name"] for at in operation["parameters"] if at["in"] == "query" and at["required"]]
        return _violations(sent["params"], {"type": "object", "properties": queried, "required": wanted}, template)
    return [f"{sent['path']} is not published"]


def _violations(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    if "anyOf" in schema:
        tried = [_violations(value, one, where) for one in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    kind = schema.get("type")
    if kind == "object":
        return _object_violations(value, schema, where)
    if kind == "array":
        if not isinstance(value, list):
            return [f"{where}: not a list"]
        return [fault for inner in value for fault in _violations(inner, schema["items"], f"{where}[]")]
    if not isinstance(value, str):
        return [f"{where}: not a {kind}"]
    if kind == "integer" and not re.fullmatch(r"-?\d+", value):
        return [f"{where}: not an integer: {value}"]
    if kind == "boolean" and value not in ("true", "false"):
        return [f"{where}: not a boolean: {value}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value} is not one of {schema['enum']}"]
    if len(value) > schema.get("maxLength", len(value)):
        return [f"{where}: longer than {schema['maxLength']}"]
    return []


def _object_violations(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: not an object"]
    known = schema.get("properties", {})
    free = schema.get("additionalProperties")
    faults = [f"{where}[{name}]: required" for name in schema.get("required", []) if name not in value]
    for name, inner in value.items():
        if name in known:
            faults += _violations(inner, known[name], f"{where}[{name}]")
        elif isinstance(free, dict):
            faults += _violations(inner, free, f"{where}[{name}]")
        else:
            faults.append(f"{where}[{name}]: not published")
    return faults


# --- the processes ---------------------------------------------------------------------------------------------


class Receiver:
    """Takes webhooks as the portal would: raw bytes and header kept, in order of arrival."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        self.answers: list[int] = []  # statuses for the next ones; then 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                payload = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((payload, self.headers["Stripe-Signature"]))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/stripe"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def types(self) -> list[str]:
        return [json.loads(payload)["type"] for payload, _ in self.got]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class StandIn:
    """The stand-in in a process of its own, over a folder that outlives it."""

    def __init__(self, folder: Path, webhook_url: str) -> None:
        self.folder, self.clock_file, self._webhook_url = folder, folder / "clock", webhook_url
        folder.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "app.local.stripe", "--port", "0", "--folder", str(self.folder)]
        command += ["--webhook-url", self._webhook_url, "--webhook-secret", SECRET]
        command += ["--clock-file", str(self.clock_file)]
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]}
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line
        self.url = line.split()[-1]

    def kill(self) -> None:
        self.process.kill()
        self._reap()

    def stop(self) -> int:
        self.process.terminate()
        return self._reap()

    def _reap(self) -> int:
        code = self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def move_clock(self, seconds: int) -> None:
        fresh = self.clock_file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.clock_file)

    def api(self, method: str, path: str, data: Any = None, **headers: str) -> requests.Response:
        """A call as Stripe's library would make it, with `data` form-encoded."""
        sent = {"Authorization": f"Bearer {KEY}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        as_query = {"params": data} if method == "GET" else {"data": data}
        return requests.request(method, f"{self.url}/v1/{path}", headers=sent, timeout=20, **as_query)

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """GET without a body, POST with one; the answer must be 200."""
        url = f"{self.url}/_control/{path}"
        found = requests.get(url, timeout=20) if body is None else requests.post(url, json=body, timeout=20)
        assert found.status_code == 200, found.text
        return found.json()

    def session(self, **more: Any) -> dict[str, Any]:
        """A new open session of 40000 cents."""
        made = self.api("POST", "checkout/sessions", {**SESSION, **more})
        assert made.status_code == 200, made.text
        return dict(made.json())

    def paid(self, method: str = "card") -> dict[str, Any]:
        """A session after one attempt by `method`."""
        return dict(self.control(f"sessions/{self.session()['id']}/pay", {"method": method}))

    def all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """One full page of a list, newest first."""
        found = self.api("GET", path, {"limit": 100, **params})
        assert found.status_code == 200, found.text
        return list(found.json()["data"])


SESSION = {
    "mode": "payment",
    "line_items[0][quantity]": 1,
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": 40000,
    "line_items[0][price_data][product_data][name]": "Court program fee",
    "payment_intent_data[metadata][reference]": "ref-1",
    "payment_intent_data[statement_descriptor_suffix]": "COURT PROGRAM",
    "metadata[reference]": "ref-1",
    "client_reference_id": "ref-1",
    "success_url": "http://localhost:1/paid?session={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://localhost:1/cancelled",
}
