"""A stand-in for S3-compatible storage, as a process of its own: `python tests/s3_server.py PORT FOLDER KEY SECRET`.

It takes PUT of an object, with the signature (AWS Signature Version 4) worked out anew from the published description,
and keeps it as a file. `GET /fail?times=N` makes the next N requests answer 503, as a server that is overloaded does.
"""

from __future__ import annotations

import hashlib
import hmac
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

PORT, FOLDER, KEY, SECRET = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
STATE = {"fail": 0}


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        STATE["fail"] = int(parse_qs(parts.query).get("times", ["0"])[0])
        self._answer(204)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if STATE["fail"]:
            STATE["fail"] -= 1
            return self._answer(503, "SlowDown")
        if not self._is_signed(body):
            return self._answer(403, "SignatureDoesNotMatch")
        target = FOLDER / unquote(urlsplit(self.path).path).lstrip("/")
        if not (FOLDER / target.relative_to(FOLDER).parts[0]).is_dir():
            return self._answer(404, "NoSuchBucket")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        return self._answer(200, etag=hashlib.md5(body, usedforsecurity=False).hexdigest())

    def _is_signed(self, body: bytes) -> bool:
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        fields = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme != "AWS4-HMAC-SHA256" or not fields.get("Credential", "").startswith(f"{KEY}/"):
            return False
        claimed = self.headers.get("x-amz-content-sha256", "")
        if claimed not in (hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"):
            return False
        parts, names = urlsplit(self.path), fields["SignedHeaders"].split(";")
        headers = "".join(f"{name}:{' '.join(self.headers.get(name, '').split())}\n" for name in names)
        path = quote(unquote(parts.path), safe="/-_.~")
        request = "\n".join(["PUT", path, parts.query, headers, ";".join(names), claimed])
        scope = fields["Credential"].split("/", 1)[1]
        day, region, service, end = scope.split("/")
        told = "\n".join([scheme, self.headers["x-amz-date"], scope, hashlib.sha256(request.encode()).hexdigest()])
        key = _hmac(_hmac(_hmac(_hmac(f"AWS4{SECRET}".encode(), day), region), service), end)
        return hmac.compare_digest(_hmac(key, told).hex(), fields["Signature"])

    def _answer(self, status: int, code: str = "", etag: str = "") -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>x</Message></Error>".encode() if code else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if body:
            self.send_header("Content-Type", "application/xml")
        if etag:
            self.send_header("ETag", f'"{etag}"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
