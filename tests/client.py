"""A browser without JavaScript: follows redirects, fills in forms, and inspects every page that it fetches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from tests import html

XHTML = "{http://www.w3.org/1999/xhtml}"
UNLABELED = ("hidden", "submit", "button", "image", "reset")


class PageFault(AssertionError):
    """A page that no browser should be given."""


class Page:
    """A fetched page: its status, text, links and forms."""

    def __init__(self, client: PageClient, response: TestResponse) -> None:
        self.client, self.response = client, response
        self.status = response.status_code
        self.url = response.request.path
        self.is_html = response.mimetype == "text/html"
        self.tree = self._parse() if self.is_html and response.data else None
        if self.tree is not None and self.status < 500:
            self._inspect()

    def _parse(self) -> Any:
        tree, faults = html.parse(self.response.get_data(as_text=True))
        if faults:
            raise PageFault(f"{self.url}: invalid HTML: {faults[:3]}")
        return tree

    def _inspect(self) -> None:
        faults: list[str] = []
        title = self.tree.findtext(".//title") or ""
        if " - " not in title:
            faults.append(f"title {title!r} does not say page and court")
        if len(self.tree.findall(".//h1")) != 1:
            faults.append("not exactly one h1")
        if not self.tree.getroot().get("lang"):
            faults.append("no lang")
        ids = [element.get("id") for element in self.tree.iter() if isinstance(element.tag, str) and element.get("id")]
        faults += [f"id {name!r} stands twice" for name in set(ids) if ids.count(name) > 1]
        labels = {label.get("for") for label in self.tree.iter("label")}
        for box in self.tree.xpath("//input|//select|//textarea"):
            named = box.get("id") in labels or box.get("aria-label") or box.get("aria-labelledby")
            if box.get("type", "text") not in UNLABELED and not named and box.getparent().tag != "label":
                faults.append(f"{box.get('name')} has no label")
        for element in self.tree.iter():
            if isinstance(element.tag, str):
                faults += [f"inline {name}" for name in element.attrib if name == "style" or name.startswith("on")]
        faults += ["inline script" for script in self.tree.iter("script") if script.text and script.text.strip()]
        if "unsafe-inline" in self.response.headers.get("Content-Security-Policy", "unsafe-inline"):
            faults.append("no strict CSP")
        if faults:
            raise PageFault(f"{self.url}: {'; '.join(faults)}")

    @property
    def text(self) -> str:
        """What a person reads, white space folded."""
        if self.tree is None:
            return str(self.response.get_data(as_text=True))
        body = self.tree.find(".//body")
        return " ".join(" ".join(body.itertext()).split())

    @property
    def title(self) -> str:
        return self.tree.findtext(".//title") or ""

    @property
    def heading(self) -> str:
        return " ".join("".join(self.tree.find(".//h1").itertext()).split())

    @property
    def data(self) -> bytes:
        return self.response.data

    def link(self, words: str) -> str:
        """The address of the first link that reads `words`."""
        for anchor in self.tree.iter("a"):
            if words in " ".join("".join(anchor.itertext()).split()):
                return str(anchor.get("href"))
        raise PageFault(f"{self.url}: no link {words!r}")

    def click(self, words: str) -> Page:
        return self.client.get(self.link(words))

    def errors(self) -> list[str]:
        """The words of every error on the page."""
        nodes = self.tree.xpath("//*[contains(@class,'usa-error-message')]|//*[@id='error-summary']//li")
        return [" ".join("".join(node.itertext()).split()) for node in nodes]

    def form(self, button: str | None = None) -> Form:
        """The form whose button reads `button`; without it, the first in the main part."""
        for form in self.tree.xpath("//main//form") or self.tree.xpath("//form"):
            buttons = [" ".join("".join(b.itertext()).split()) for b in form.xpath(".//button")]
            if button is None or any(button in text for text in buttons):
                return Form(self, form)
        raise PageFault(f"{self.url}: no form with button {button!r}")

    def submit(self, button: str | None = None, **values: Any) -> Page:
        return self.form(button).submit(**values)

    def in_language(self, language: str, /, **typed: Any) -> Page:
        """Press the language switch at the top, with `typed` in the form that goes along."""
        (switch,) = self.tree.xpath("//div[@class='portal-strip']//form//button[@lang=$it]", it=language)
        own = switch.get("form")
        if own is None:
            return Form(self, switch.getparent()).submit(**{switch.get("name"): language})
        (form,) = self.tree.xpath("//form[@id=$own]", own=own)
        data = {**Form(self, form).values(), **typed, switch.get("name"): switch.get("value")}
        return self.client.post(switch.get("formaction"), data)


@dataclass
class Form:
    page: Page
    element: etree._Element

    def values(self) -> dict[str, Any]:
        """What a browser would send, untouched."""
        found: dict[str, Any] = {}
        for box in self.element.xpath(".//input|.//select|.//textarea"):
            name, kind = box.get("name"), box.get("type", "text")
            if not name or kind in ("submit", "button", "file"):
                continue
            if box.tag == "select":
                chosen = box.xpath("./option[@selected]|./optgroup/option[@selected]") or box.xpath("./option")
                found[name] = chosen[0].get("value", chosen[0].text) if chosen else ""
            elif box.tag == "textarea":
                found[name] = box.text or ""
            elif kind in ("checkbox", "radio"):
                if box.get("checked") is not None:
                    found.setdefault(name, []).append(box.get("value", "on")) if kind == "checkbox" else found.update(
                        {name: box.get("value", "on")}
                    )
            elif kind == "hidden" and name in found:  # one answer of several that travels along
                found[name] = [*([found[name]] if isinstance(found[name], str) else found[name]), box.get("value", "")]
            else:
                found[name] = box.get("value", "")
        return found

    def submit(self, **values: Any) -> Page:
        """Fill in and send. A value of None leaves the field out; use `field__part` for names with a dash."""
        data = self.values()
        for name, value in values.items():
            key = name if name in data else name.replace("__", "-")
            if value is None:
                data.pop(key, None)
            else:
                data[key] = value
        return self.page.client.post(self.element.get("action") or self.page.url, data)


class PageClient:
    """See the module. One client is one browser: it keeps its cookies."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.http: FlaskClient = app.test_client()

    def get(self, path: str, **options: Any) -> Page:
        return self._page(self.http.get(path, **options))

    def post(self, path: str, data: Any = None, **options: Any) -> Page:
        return self._page(self.http.post(path, data=data, **options))

    def _page(self, response: TestResponse) -> Page:
        hops = 0
        while response.status_code in (301, 302, 303, 307, 308) and self._ours(response) and hops < 10:
            again = response.status_code in (307, 308) and response.request.method == "POST"
            target = response.headers["Location"]
            response = self.http.post(target) if again else self.http.get(target)
            hops += 1
        return Page(self, response)

    @staticmethod
    def _ours(response: TestResponse) -> bool:
        return urlsplit(response.headers["Location"]).netloc in ("", "localhost")

    def sign_in(self, slug: str, token: str) -> None:
        """Take on a session that `app.accounts.sessions` began (saves the tests the price of a password)."""
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        value = serializer.dumps({"_user_id": token, "_fresh": True})
        self.http.set_cookie(f"portal-{slug}", value, path=f"/{slug}", domain="localhost")
