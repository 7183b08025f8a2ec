"""Serve the folder that `app.web.assets_build` made, and name its files in pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.headers import Headers

from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

URL_PREFIX = "/assets/"

# Static answers bypass Flask's after_request, so they carry their own headers; nothing in them may load anything.
STATIC_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


class AssetsNotBuilt(Exception):
    """There is no built folder; the message says what to run."""


class Assets:
    """The files under `folder` (usually `var/assets`): their addresses, and a WSGI wrapper that serves them.

    Raises `AssetsNotBuilt` at once if the folder was never built.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.version = (folder / "current").read_text().strip()
        except OSError as reason:
            raise AssetsNotBuilt(f"No assets in {folder}: run `python -m app.web.assets_build`.") from reason
        root = folder / self.version
        self._names = frozenset(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        if not self._names:
            raise AssetsNotBuilt(f"The assets in {folder} are incomplete: run `python -m app.web.assets_build`.")

    def url(self, name: str) -> str:
        """`css/portal.css` -> `/assets/<hash>/css/portal.css`. Raises `KeyError` for a file that is not there."""
        if name not in self._names:
            raise KeyError(f"no asset named {name!r}")
        return f"{URL_PREFIX}{self.version}/{name}"

    def picture(self, name: str) -> tuple[str, int, int] | None:
        """A PNG's address, width and height in pixels, or None where it was not built in."""
        if name not in self._names:
            return None
        with (self.folder / self.version / name).open("rb") as file:
            head = file.read(24)  # signature, then the first chunk: its length, its name, width, height
        return self.url(name), int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")

    def wrap_wsgi(self, application: WSGIApplication, headers: Mapping[str, str] = STATIC_HEADERS) -> WSGIApplication:
        """Answer `/assets/...` from the folder, everything else from `application`.

        Earlier folders are served too: pages of the last release may still be open. A missing file is a plain 404
        here, so that it costs no look at the database.
        """

        def add_headers(target: Headers, path: str, url: str) -> None:
            for key, value in headers.items():
                target[key] = value

        def not_here(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if not environ.get("PATH_INFO", "").startswith(URL_PREFIX):
                return application(environ, start_response)
            body = b"Not found\n"
            plain = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
            start_response("404 Not Found", [*plain, *headers.items(), ("Cache-Control", "no-store")])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

        server = WhiteNoise(
            not_here,
            allow_all_origins=False,
            add_headers_function=add_headers,
            immutable_file_test=lambda path, url: True,
        )
        for version in self.folder.iterdir():
            if version.is_dir() and not version.name.startswith("."):
                server.add_files(str(version), prefix=f"{URL_PREFIX}{version.name}/")
        wrapped: WSGIApplication = server
        return wrapped
