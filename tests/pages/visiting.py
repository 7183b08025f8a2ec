"""What Chromium sees of a page: everything that must hold on each of them, whoever looks and however wide."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from werkzeug.serving import WSGIRequestHandler, make_server

from app.permissions.identity import Role
from tests.browser.chromium import AXE, WCAG
from tests.client import PageClient
from tests.pages.finding import Stop

LOOK = Path(__file__).with_name("look.js").read_text()
# Target sizes are of WCAG 2.2; the rest of axe's rules by their tags. Style sheets need not be fetched a second time:
# no page of ours asks for an orientation.
RUN = """async ([tags, known]) => {
  const options = {runOnly: {type: 'tag', values: tags}, rules: {'target-size': {enabled: true}},
    resultTypes: ['violations'], preload: false};
  const place = known ? {include: [['html']], exclude: [['.portal-strip'], ['header'], ['footer']]} : document;
  return (await axe.run(place, options)).violations.map(
    one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.target.join(' ')).join(', ')}`
  );
}"""
HEIGHT = 900
NARROW, ZOOMED = 320, 640  # CSS pixels: of the oldest phone; of a screen of 1,280 at 200 %
TABS, FIRST_TABS = 6, 14
SHIFTS = 0.1  # what browsers call good; letters that come after the first page move 0.07 of it
SHOTS = os.environ.get("PORTAL_SHOTS")  # a folder to keep a picture of each page in


class Visitor:
    """One window that opens page after page, as whoever may see each of them."""

    def __init__(self, browser: Browser, addresses: Mapping[Flask, str]) -> None:
        self.addresses = addresses
        self.context: BrowserContext = browser.new_context(
            viewport={"width": NARROW, "height": HEIGHT}, reduced_motion="reduce", service_workers="block"
        )
        self.context.add_init_script(LOOK)
        self.page: Page = self.context.new_page()
        self.width = NARROW
        self.heard: list[str] = []
        self.known: set[tuple[Flask, Role]] = set()  # whose head and foot of the pages were looked at
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        self.page.on("request", self._request)

    def close(self) -> None:
        self.context.close()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.heard.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        ours = {urlsplit(one).netloc for one in self.addresses.values()}
        if address.netloc not in ours and address.scheme not in ("data", "blob", "about"):
            self.heard.append(f"asks elsewhere: {request.url}")

    def visit(self, stop: Stop, language: str, width: int) -> list[str]:
        """Open one page; everything that is wrong with it."""
        self.context.clear_cookies()
        self.context.add_cookies(cookies(stop, language))  # type: ignore[arg-type]  # plain dictionaries will do
        self._resize(width)
        self.heard = []
        answer = self.page.goto(self.addresses[stop.client.app] + stop.path, wait_until="load")
        faults = [] if answer is not None and answer.status == 200 else [f"answers {answer and answer.status}"]
        faults += self._reads(language)
        known = (stop.client.app, stop.role) in self.known
        self.known.add((stop.client.app, stop.role))
        faults += self._by_keyboard(past_the_head=known)
        faults += self._by_axe(known=known)
        if SHOTS:
            name = f"{stop.endpoint}.{stop.role}.{language}.{width}.png"
            self.page.screenshot(path=str(Path(SHOTS) / name), full_page=True)
        faults += self._at_other_sizes(width)
        return faults + self.heard

    def _resize(self, width: int) -> None:
        if width != self.width:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.width = width

    def _reads(self, language: str) -> list[str]:
        seen: dict[str, Any] = self.page.evaluate("portalLook.page()")
        faults = [f"moves: {one}" for one in seen["moving"]] + [f"refused: {one}" for one in seen["refused"]]
        faults += [f"goes before its turn: {one}" for one in seen["early"]]
        if len(seen["headings"]) != 1 or not all(seen["headings"]):
            faults.append(f"headings of the first level: {seen['headings']}")
        page, _dash, place = seen["title"].rpartition(" - ")
        if not page.strip() or not place.strip():
            faults.append(f"title {seen['title']!r} does not say page and court")
        if not seen["language"].startswith(language):
            faults.append(f"written in {seen['language']!r}, asked for in {language!r}")
        if seen["shifts"] > SHIFTS:
            faults.append(f"moves while it loads: {seen['shifts']:.3f}")
        return faults

    def _by_keyboard(self, *, past_the_head: bool) -> list[str]:
        """The Tab key, from the beginning or past what every page begins with: each place that it comes to is seen, and
        they follow each other as they stand on the page."""
        keyboard = self.page.keyboard
        if past_the_head:
            keyboard.press("Tab")
            keyboard.press("Enter")  # on "Skip to main content"
        self.page.evaluate("past => portalLook.begin(past)", past_the_head)
        for _time in range(TABS if past_the_head else FIRST_TABS):
            keyboard.press("Tab")
        found: list[str] = self.page.evaluate("portalLook.walked()")
        self.page.evaluate("document.activeElement.blur(), scrollTo(0, 0)")
        return found

    def _by_axe(self, *, known: bool) -> list[str]:
        """`known`: but for the head and the foot, which are the same on all pages of a role."""
        self.page.evaluate(AXE.read_text())
        found: list[str] = self.page.evaluate(RUN, [WCAG, known])
        return found

    def _at_other_sizes(self, width: int) -> list[str]:
        """On the narrowest phone, at 200 %, and with text alone twice as large."""
        faults = []
        for other in (width, *(one for one in (ZOOMED, NARROW) if one != width)):
            self._resize(other)
            if wide := self.page.evaluate("portalLook.wide()"):
                faults.append(f"sideways at {other}: {wide}")
            if clipped := self.page.evaluate("portalLook.clipped()"):
                faults.append(f"cut off at {other}: {clipped}")
            if other == width and (cut := self.page.evaluate("portalLook.enlarged()")):
                faults.append(f"cut off in large text at {other}: {cut}")
        return faults


def visit_all(browser: Browser, stops: Sequence[tuple[Stop, str, int]]) -> list[str]:
    """Open each page in a language and at a width; everything that is wrong, a line for each page."""
    found = []
    with ExitStack() as until:
        addresses = {app: until.enter_context(served(app)) for app in {stop.client.app for stop, _l, _w in stops}}
        visitor = Visitor(browser, addresses)
        until.callback(visitor.close)
        for stop, language, width in stops:
            if faults := visitor.visit(stop, language, width):
                found.append(f"{stop.endpoint} ({stop.path}) as {stop.role} in {language} at {width}: {faults}")
    return found


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app in a thread of this process; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    """A thousand lines of answers would hide what a failure says."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def cookies(stop: Stop, language: str) -> list[dict[str, Any]]:
    """Whoever stands behind the page, who reads this language."""
    app, (name, path) = stop.client.app, _session(stop.client, stop.path)
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    kept = stop.client.http.get_cookie(name, domain="localhost", path=path)
    values = {**(serializer.loads(kept.value) if kept else {}), "language": language}
    jar = stop.client.http._cookies or {}  # the client of Werkzeug has no other list of what it keeps
    found = {(one.decoded_key, one.path): one.value for one in jar.values()}
    found[name, path] = serializer.dumps(values)
    return [{"name": one, "value": value, "domain": "localhost", "path": at} for (one, at), value in found.items()]


def _session(client: PageClient, path: str) -> tuple[str, str]:
    """The name and the path of the portal's own cookie that a page's address is sent."""
    first = path.split("/")[1]
    if first in ("operator", "review"):
        return f"portal-{first}", f"/{first}"
    _endpoint, values = client.app.url_map.bind("localhost").match(path)
    if "court_slug" in values:
        return f"portal-{first}", f"/{first}"
    return str(client.app.config["SESSION_COOKIE_NAME"]), "/"
