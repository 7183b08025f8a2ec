"""The look: every component in a real browser, at every width, under the portal's content security policy."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import brotli
import pytest
from flask import Flask, Response, flash, render_template, render_template_string, request
from flask_babel import Babel
from markupsafe import Markup
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server
from wtforms import (
    BooleanField,
    FileField,
    Form,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.i18n import LANGUAGES
from app.core.money import format_cents
from app.reports.charts import strip_svg
from app.web import typed
from app.web.assets import Assets
from app.web.assets_build import ROOT, build
from app.web.navigation import grouped

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WIDTHS = [1280, 320, *(pytest.param(width, marks=pytest.mark.slow) for width in (640, 375))]  # 640: 200 % zoom
ERROR_PAGES = ["400", "403", "404", "409", "410", "413", "429", "500", "503", "stale_form"]
LEARNER_PAGE = """
{% extends "layout.html" %}
{% from "components/page_header.html" import page_header %}
{% from "components/next_step.html" import next_step %}
{% from "components/step_list.html" import step_list %}
{% from "components/progress.html" import progress %}
{% block title %}{{ _('Home') }}{% endblock %}
{% block content %}
{{ page_header(_('Hello, Alex')) }}
{% call next_step(_('Start module 1'), _('Start'), '#', time=_('About 20 minutes')) %}
<p>{{ _('You can stop at any time.') }}</p>
{% endcall %}
{{ step_list([
  {'label': 'Enroll', 'state': 'done'}, {'label': 'Lessons', 'state': 'current'}, {'label': 'Report', 'state': 'later'},
]) }}
{{ progress(0, 4, _('Modules passed')) }}
{% endblock %}
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: browser tests not run"),
]


class SampleDateField(StringField):
    """A date in three boxes, as the portal's form kit offers it."""

    def _value_parts(self) -> dict[str, str]:
        return {"year": "1990", "month": "4", "day": "28"}


class SampleForm(Form):
    submission_id = HiddenField(default="0190")
    name = StringField("Full name", [InputRequired("Write your name."), Length(max=80)])
    code = StringField("Enrollment code", [InputRequired("Write the code from your paper.")], description="12 letters")
    password = PasswordField("Password", [InputRequired("Write a password.")])
    born = SampleDateField(
        "Birth date", [InputRequired("Write your birth date.")], description="For example: April 28 1986"
    )
    language = SelectField("Language", choices=[("en", "English"), ("es", "Español")])
    pay = RadioField(
        "How will you pay?", [InputRequired("Choose one.")], choices=[("card", "By card"), ("no", "I cannot pay")]
    )
    days = SelectMultipleField(
        "Which days suit you?",
        [InputRequired("Choose one or more.")],
        choices=[("mon", "Monday"), ("tue", "Tuesday")],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    agree = BooleanField("I have read the agreement and sign it", [InputRequired("Tick the box to sign.")])
    order = FileField("Signed order", [InputRequired("Choose a file.")])
    note = TextAreaField("What did you learn?", [Optional(), Length(max=1200)])


COURT = SimpleNamespace(
    name="Riverside Municipal Court of the County of Riverside",
    slug="riverside",
    state="active",
    time_zone="America/Los_Angeles",
    emblem_url="/emblem.svg",
    contact_phone="555-0100",
    contact_email="office@court.example",
    hours="Monday to Friday, 8:30 AM to 4:30 PM",
    ada_contact=SimpleNamespace(name="ADA Coordinator", phone="555-0101", email="ada@court.example"),
    contact_address=("100 Main Street", "Riverside"),
)
KEEP = SimpleNamespace(
    place="sample",
    url="#keep",
    person="sample",
    continues="",
    restored_at="March 3, 2026",
    others=[SimpleNamespace(saved_at="March 2, 2026", texts=[("Your answer", "Typed on a phone")])],
)
EMBLEM = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><circle cx="20" cy="20" r="18" fill="none" '
    'stroke="#1a3352" stroke-width="3"/></svg>'
)


def nav_items() -> list[SimpleNamespace]:
    labels = ["Home", "Lessons", "Check-ins", "Money", "Reports", "Help"]
    return [
        SimpleNamespace(label=label, url=f"#{label.lower()}", current="page" if label == "Lessons" else "")
        for label in labels
    ]


def sample_app(assets: Assets) -> Flask:
    """The templates with sample values for everything that the portal hands them; no court unless `?court` asks."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.secret_key = "sample"
    Babel(app, locale_selector=lambda: "en")
    app.jinja_env.globals.update(asset_url=assets.url, csrf_token=lambda: "token", format_cents=format_cents)
    app.jinja_env.filters.update(grouped=grouped, instant=str)
    typed.install(app)

    @app.context_processor
    def page_values() -> dict[str, Any]:
        court = COURT if "court" in request.args else None
        person = SimpleNamespace(
            kind="learner", role_label="Learner", display_name="Alexandra Sample-Example", signed_in=court is not None
        )
        return {
            "current_court": court,
            "identity": person,
            "nav_items": nav_items() if court else [],
            "languages": list(LANGUAGES.items()),
            "locale": "en",
            "demo_banner": "Demonstration: no real people. Today is March 10, 2026." if court else None,
            "home_url": "/",
            "sign_out_url": "/sign-out",
            "sign_in_url": "/sign-in",
            "language_url": "/language",
        }

    @app.get("/components")
    def components() -> str:
        flash("Saved.", "success")
        bad = SampleForm(prefix="bad-")
        bad.validate()
        values = {"picture": Markup(strip_svg(["done", "part", "todo"])), "keep": KEEP}
        return render_template("components/_living_page.html", form=SampleForm(), form_with_errors=bad, **values)

    @app.get("/learner")
    def learner() -> str:
        return render_template_string(LEARNER_PAGE)

    @app.get("/errors/<name>")
    def error_page(name: str) -> str:
        return render_template(f"errors/{name}.html", kept=[("Your answer", "Line one\nLine <two>")])

    @app.get("/emblem.svg")
    def emblem() -> Response:
        return Response(EMBLEM, mimetype="image/svg+xml")

    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("assets")
    build(ROOT / "node_modules", folder)
    assets = Assets(folder)
    app = sample_app(assets)
    server = make_server("127.0.0.1", 0, assets.wrap_wsgi(app.wsgi_app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def watch(page: Page) -> list[str]:
    """Collects console errors (policy violations among them), script errors and requests that failed."""
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("requestfailed", lambda failed: trouble.append(f"failed: {failed.url}"))
    return trouble


def axe_violations(page: Page) -> list[str]:
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
    result = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", tags)
    return [f"{v['id']}: {[node['html'][:160] for node in v['nodes']]}" for v in result["violations"]]


def widest(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


@pytest.mark.proves("CD-1", "WE-5")
@pytest.mark.parametrize("width", WIDTHS)
def test_every_component_is_accessible_fits_and_keeps_the_policy(page: Page, address: str, width: int) -> None:
    trouble = watch(page)
    requests: list[str] = []
    page.on("request", lambda sent: requests.append(sent.url))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/components?court", wait_until="load")
    assert axe_violations(page) == []
    assert widest(page) <= width
    assert trouble == []
    assert all(url.startswith(address) for url in requests)
    assert page.locator("h1").count() == 1


@pytest.mark.proves("CD-1")
@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_pages_stand_alone_and_say_what_to_do(page: Page, address: str, name: str) -> None:
    trouble = watch(page)
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{address}/errors/{name}", wait_until="load")
    assert page.title() == f"{page.locator('h1').inner_text()} - Court program"
    assert page.locator("main p").count() >= 2
    assert page.locator("main a, main button").count() >= 1
    assert axe_violations(page) == []
    assert widest(page) <= 320
    assert trouble == []


def test_a_stale_form_shows_what_was_typed_as_text(page: Page, address: str) -> None:
    page.goto(f"{address}/errors/stale_form")
    assert page.locator(".portal-kept").inner_text() == "Line one\nLine <two>"


def test_the_phone_menu_opens_and_closes_by_keyboard(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{address}/learner?court", wait_until="load")
    link = page.locator(".usa-nav a", has_text="Check-ins")
    assert not link.is_visible()
    page.locator(".usa-menu-btn").press("Enter")
    link.wait_for(state="visible")
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    link.wait_for(state="hidden")


@pytest.mark.proves("CD-1")
def test_without_scripts_menu_language_and_sign_out_are_within_reach(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/learner?court")
    assert not page.locator(".usa-menu-btn").is_visible()
    page.get_by_role("link", name="Menu").click()
    assert page.url.endswith("#footer-menu")
    assert page.locator("#footer-menu a", has_text="Check-ins").is_visible()
    assert page.get_by_role("button", name="Español").is_visible()
    assert page.get_by_role("button", name="Sign out").is_visible()
    assert page.locator("details.portal-details").count() == 0
    context.close()


def test_errors_are_announced_and_lead_to_their_field(page: Page, address: str) -> None:
    page.goto(f"{address}/components?court", wait_until="load")
    summary = page.locator("#error-summary")
    assert summary.get_attribute("role") == "alert"
    assert page.evaluate("document.activeElement.id") == "error-summary"
    for text, target in [("Choose one.", "bad-pay-0"), ("Write your birth date.", "bad-born-month")]:
        summary.get_by_role("link", name=text).click()
        assert page.evaluate("document.activeElement.id") == target
    name = page.locator("#bad-name")
    assert name.get_attribute("aria-invalid") == "true"
    assert "Write your name." in page.locator(f"#{name.get_attribute('aria-describedby')}").inner_text()


def test_every_link_in_the_error_summary_has_a_target(page: Page, address: str) -> None:
    page.goto(f"{address}/components?court")
    targets = page.eval_on_selector_all("#error-summary a", "links => links.map(link => link.hash)")
    assert len(targets) >= 8
    assert [target for target in targets if page.locator(target).count() != 1] == []


def test_hidden_fields_and_token_travel_once_in_each_form(page: Page, address: str) -> None:
    page.goto(f"{address}/components?court")
    for form in page.locator("form[method=post]").all():
        assert form.locator("input[name=csrf_token]").count() == 1
    assert page.locator("form:has([name=name]) input[name=submission_id]").count() == 1


def test_a_learner_is_told_who_reads_and_what_not_to_write(page: Page, address: str) -> None:
    page.goto(f"{address}/components?court")
    note = page.get_by_role("note").first
    assert "Your facilitator reads this." in note.inner_text()
    assert "Do not describe your arrest or any crime here; talk to your lawyer first." in note.inner_text()
    assert page.get_by_text("call or text 988").count() == 1
    assert page.get_by_text("You can write up to 1200 characters, about 200 words.").count() >= 1


def test_on_a_phone_each_cell_carries_its_column_name(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{address}/components?court")
    label = page.evaluate("getComputedStyle(document.querySelector('.portal-table td'), '::before').content")
    assert label == '"Stage"'
    assert page.get_by_role("rowheader", name="Sample, Alex").count() == 1


def test_a_learners_first_page_stays_small(browser: Browser, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 800})
    page = context.new_page()
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda done: sizes.update({done.url: done.sizes()["responseBodySize"]}))
    html = page.goto(f"{address}/learner?court", wait_until="networkidle")
    assert html is not None
    sizes[page.url] = len(brotli.compress(html.body(), quality=5))
    context.close()
    with capsys.disabled():
        print(f"\nlearner's first page: {sum(sizes.values()) / 1024:.1f} KB in {len(sizes)} requests")
    assert any(url.endswith("uswds.min.css") for url in sizes)
    assert sum(sizes.values()) <= 120 * 1024


def test_dates_show_the_parts_that_were_given(page: Page, address: str) -> None:
    page.goto(f"{address}/components?court")
    shown = [page.locator(f"#born-{part}").input_value() for part in ("year", "month", "day")]
    assert date(*map(int, shown)) == date(1990, 4, 28)


@pytest.mark.parametrize("width", [375, 320])
def test_date_boxes_do_not_overlap_on_a_phone(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{address}/components?court")
    month, day, year = (page.locator(f"#born-{part}").bounding_box() for part in ("month", "day", "year"))
    assert month is not None
    assert day is not None
    assert year is not None
    assert month["x"] + month["width"] < day["x"]
    assert day["x"] + day["width"] < year["x"] or day["y"] + day["height"] < year["y"]
