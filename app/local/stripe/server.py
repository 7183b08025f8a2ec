"""HTTP in front of the stand-in: the API, the hosted page and the control routes, on loopback."""

from __future__ import annotations

import json
import select
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from app.local.stripe import api, checkout, faults, forms, page
from app.local.stripe.account import Account
from app.local.stripe.control import Control
from app.local.stripe.delivery import Deliveries
from app.local.stripe.problems import StripeProblem

LONGEST_HANG = 120.0  # seconds; a caller gives up long before
LARGEST_BODY = 1_000_000


class Server(ThreadingHTTPServer):
    """Carries what the handlers need."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, account: Account, deliveries: Deliveries, secret_key: str | None) -> None:
        self.account, self.secret_key = account, secret_key
        self.control = Control(account, deliveries)
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", port), Handler)


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open between requests as Stripe's is."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "StripeStandIn"
    sys_version = ""
    wbufsize = -1  # one packet per answer: unbuffered writes wait for delayed acknowledgments
    disable_nagle_algorithm = True
    timeout = 300
    _PAGE_HEADERS: ClassVar[dict[str, str]] = {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._reply_json(413, {"error": {"message": "Body too large", "type": "invalid_request_error"}})
            return
        self._serve(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: every request is recorded in the store."""

    def _serve(self, body: bytes) -> None:
        address = urlsplit(self.path)
        if address.path.startswith("/v1/"):
            self._api(address.path, address.query, body)
        elif address.path.startswith("/_control/"):
            self._control(address.path, body)
        elif address.path == "/c/style.css" and self.command == "GET":
            self._reply(200, "text/css; charset=utf-8", page.STYLE.encode(), self._PAGE_HEADERS)
        else:
            self._page(address.path, body)

    def _api(self, path: str, query: str, body: bytes) -> None:
        account = self.server.account
        try:
            params = {**forms.decode(query), **forms.decode(body.decode())}
        except (StripeProblem, UnicodeDecodeError, RecursionError) as problem:
            self._reply_json(400, StripeProblem(400, str(problem)).body())
            return
        trouble = faults.meet(account.store)
        time.sleep(trouble.latency_ms / 1000)
        if trouble.hang_before:
            self._record(path, params, None)
            self._hang()
            return
        if trouble.failure is not None:
            self._record(path, params, trouble.failure.status)
            self._reply_json(trouble.failure.status, trouble.failure.body())
            return
        answer = api.answer(account, api.Call(self.command, path, params, self.headers), self.server.secret_key)
        self._record(path, params, answer.status)
        if trouble.hang_after:
            self._hang()
            return
        self._reply_json(answer.status, answer.body, answer.headers)

    def _record(self, path: str, params: dict[str, Any], status: int | None) -> None:
        self.server.account.store.run(
            "insert into request (method, path, params, idempotency_key, status) "
            "values (:method, :path, :params, :key, :status)",
            {
                "method": self.command,
                "path": path,
                "params": json.dumps(params),
                "key": self.headers.get("Idempotency-Key"),
                "status": status,
            },
        )

    def _hang(self) -> None:
        """Never answer: wait until the caller gives up, then drop the connection."""
        until = time.monotonic() + LONGEST_HANG
        while time.monotonic() < until and not self.server.closing.is_set():
            if select.select([self.connection], [], [], 0.2)[0]:
                break
        self.close_connection = True

    def _control(self, path: str, body: bytes) -> None:
        if self.command == "POST" and self.headers.get_content_type() != "application/json":
            # a page in somebody's browser cannot send this type across sites unasked
            self._reply_json(415, {"error": {"message": "send application/json"}})
            return
        try:
            wanted = json.loads(body or b"{}")
            if not isinstance(wanted, dict):
                raise StripeProblem(400, "send a JSON object")
            self._reply_json(200, self.server.control.answer(self.command, path, wanted))
        except StripeProblem as problem:
            self._reply_json(problem.status, problem.body())
        except (ValueError, TypeError):
            self._reply_json(400, StripeProblem(400, "send JSON").body())

    def _page(self, path: str, body: bytes) -> None:
        account = self.server.account
        accepted = self.headers.get("Accept-Language", "")
        with account.store.transaction():
            checkout.sweep(account)
            session = account.store.get(path.removeprefix("/c/pay/"), "checkout.session")
            if session is None or not path.startswith("/c/pay/"):
                self._reply_page(404, page.render(None, [], accepted))
                return
            action = parse_qs(body.decode("utf-8", "replace")).get("action", [""])[0]
            if self.command == "POST" and action in ("card", "declined", "bank") and session["status"] == "open":
                session = checkout.attempt(account, session, action)
            names = account.store.setting(f"session:{session['id']}", {"names": []})["names"]
        target = self._target(session, action) if self.command == "POST" else None
        if target is not None:
            self._reply(303, "text/plain", b"", {**self._PAGE_HEADERS, "Location": target})
            return
        self._reply_page(200, page.render(session, names, accepted, declined=action == "declined"))

    @staticmethod
    def _target(session: dict[str, Any], action: str) -> str | None:
        if session["status"] == "complete":
            return page.success_address(session)
        return session["cancel_url"] if action == "cancel" else None

    def _reply_page(self, status: int, text: str) -> None:
        self._reply(status, "text/html; charset=utf-8", text.encode(), self._PAGE_HEADERS)

    def _reply_json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        self._reply(status, "application/json", json.dumps(value, indent=2).encode(), headers or {})

    def _reply(self, status: int, kind: str, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            # a header's value is one line of Latin-1; addresses were checked to be URLs, never to be this
            self.send_header(name, value.encode("latin-1", "replace").decode("latin-1").replace("\n", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
