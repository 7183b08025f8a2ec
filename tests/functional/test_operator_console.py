"""The operator console: who gets in, what it can reach, and the traps of its library."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.accounts.second_factor import code_at
from app.core import clock
from app.curriculum.models import CurriculumModule, CurriculumVersion
from app.operator.guard import BEFORE_SECOND_FACTOR, WITHOUT_SIGN_IN
from app.operator.services import create_operator
from tenants.database import acting_as, db, role_transaction, session, transaction
from tenants.models import Court
from tests import operators
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_referral
from tests.operators import Browser, browse, make_operator

console, browser, court, statements = operators.console, operators.browser, operators.court, operators.statements

# All that the console's role may read of a court's own tables. Whatever is added here shows operators more.
# Of `review_grant`: which facilitator reviews where; like `membership`, it names staff only.
READABLE = {
    "audit_event",
    "court_export",
    "court_usage",
    "curriculum_use",
    "membership",
    "operator_look",
    "program_rules",
    "quiz_item_count",
    "review_grant",
}


# --- who gets in -----------------------------------------------------------------------------------------------------


def test_every_route_is_closed_before_sign_in(console: Flask):
    reached = []
    for rule in console.url_map.iter_rules():
        values = {name: uuid4() if name.endswith("_id") else "x" for name in rule.arguments}
        path = str(console.url_map.bind("localhost").build(rule.endpoint, values))
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = console.test_client().open(path, method=method)
            open_to_all = rule.endpoint in WITHOUT_SIGN_IN
            to_sign_in = answer.status_code == 302 and answer.headers["Location"].endswith("/operator/sign-in")
            if not open_to_all and not to_sign_in and answer.status_code not in (400, 404):
                reached.append((rule.endpoint, method, answer.status_code))
    assert reached == []


def test_the_password_alone_opens_nothing(console: Flask, court: TestCourt):
    made = make_operator(console)
    pages = browse(console)
    page = pages.get("/operator/sign-in").submit("Continue", email=made.email, password=made.password)
    assert page.heading == "Second factor"
    for rule in console.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in WITHOUT_SIGN_IN | BEFORE_SECOND_FACTOR:
            continue
        values = {name: court.id if name.endswith("_id") else "x" for name in rule.arguments}
        answer = pages.http.get(console.url_map.bind("localhost").build(rule.endpoint, values))
        # The cookie is for /operator only: the address above it knows nobody.
        wanted = "sign-in" if rule.endpoint == "front" else "second-factor"
        assert answer.headers.get("Location", "").endswith(f"/operator/{wanted}"), rule.endpoint


def test_a_code_works_once_and_a_new_token_comes_with_each_step(console: Flask):
    made = make_operator(console)
    pages = browse(console)
    page = pages.get("/operator/sign-in").submit("Continue", email=made.email, password=made.password)
    before = pages.http.get_cookie("portal-operator", path="/operator")
    code = code_at(made.totp_secret, clock.now())
    assert page.submit("Sign in", code=code).heading == "Operator console"
    after = pages.http.get_cookie("portal-operator", path="/operator")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    old = browse(console)
    old.http.set_cookie("portal-operator", before.value, path="/operator", domain="localhost")
    assert old.get("/operator/").heading == "Operator console"
    assert "sign-in" in old.get("/operator/").url, "the token from before the second factor is void"
    again = browse(console)
    page = again.get("/operator/sign-in").submit("Continue", email=made.email, password=made.password)
    page = page.submit("Sign in", code=code)
    assert page.status == 422
    assert "used already" in " ".join(page.errors())


def test_sign_out_ends_the_session_on_the_server(console: Flask, browser: Browser):
    cookie = browser.pages.http.get_cookie("portal-operator", path="/operator")
    assert cookie is not None
    page = browser.get("/operator/")
    form = page.tree.xpath("//form[contains(@action, 'sign-out')]")[0]
    token = form.xpath(".//input[@name='csrf_token']/@value")[0]
    browser.pages.post("/operator/sign-out", {"csrf_token": token})
    replay = browse(console)
    replay.http.set_cookie("portal-operator", cookie.value, path="/operator", domain="localhost")
    assert "sign-in" in replay.get("/operator/").url


def test_an_idle_session_ends(console: Flask, browser: Browser):
    with clock.moved_to(clock.now() + timedelta(minutes=21)):
        assert "sign-in" in browser.get("/operator/").url


@pytest.mark.proves("AU-5")
def test_known_and_unknown_answer_alike_and_guessing_ends(console: Flask):
    made = make_operator(console)
    known, unknown = browse(console), browse(console)
    said = [
        pages.get("/operator/sign-in").submit("Continue", email=email, password="wrong password here").errors()
        for pages, email in ((known, made.email), (unknown, "nobody@janeschool.example"))
    ]
    assert said[0] == said[1]
    for _try in range(4):
        known.get("/operator/sign-in").submit("Continue", email=made.email, password="wrong password here")
    late = known.get("/operator/sign-in").submit("Continue", email=made.email, password=made.password)
    assert late.status == 429
    elsewhere = browse(console).get("/operator/sign-in").submit("Continue", email=made.email, password=made.password)
    assert elsewhere.status == 429, "the account is guarded from every address"
    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        page = known.get("/operator/sign-in").submit("Continue", email=made.email, password=made.password)
        assert page.heading == "Second factor"


def test_a_reset_ends_sign_ins_and_voids_the_old_secrets(console: Flask, browser: Browser):
    with console.app_context(), role_transaction("platform") as platform:
        fresh = create_operator(platform, email=browser.operator.email, display_name="", reset=True)
    assert "sign-in" in browser.get("/operator/").url
    assert fresh.password != browser.operator.password
    page = browse(console).get("/operator/sign-in")
    assert page.submit("Continue", email=fresh.email, password=browser.operator.password).status == 422


# --- what it can reach -----------------------------------------------------------------------------------------------


def test_the_console_connects_as_the_platform_role_alone(console: Flask):
    with console.app_context():
        assert set(db.engines) == {None, "platform"}
        for engine in db.engines.values():
            with engine.connect() as connection:
                assert connection.scalar(text("SELECT current_user")) == "portal_platform"


@pytest.mark.proves("CO-8")
def test_no_learner_can_be_reached_even_inside_a_court(console: Flask, court: TestCourt):
    make_referral(court, family_names="Canary")
    asked = text(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relrowsecurity "
        "AND has_table_privilege('portal_platform', c.oid, 'SELECT')"
    )
    with console.app_context(), acting_as(court.id):
        assert set(session().scalars(asked)) == READABLE
        for table in ("person", "referral", "case_number", "learner_account", "reflection", "notice", "audit_detail"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction() as current:
                current.execute(text(f"SELECT * FROM {table}"))
        with pytest.raises(ProgrammingError, match="permission denied"), transaction() as current:
            current.execute(text("SELECT payload FROM outbox"))
        with pytest.raises(ProgrammingError, match="permission denied"), transaction() as current:
            current.execute(text("SELECT snapshot FROM report"))
        with pytest.raises(ProgrammingError, match="permission denied"), transaction() as current:
            current.execute(text("SELECT referral_id FROM enrollment"))


# --- the library's traps ---------------------------------------------------------------------------------------------


LISTS = ("courts", "curriculum", "operators", "log")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_a_sound_page_under_the_strict_policy(browser: Browser, app: Flask, name: str):
    publish(app)
    page = browser.get(f"/operator/{name}/")  # the client refuses inline scripts, styles and handlers
    assert page.status == 200
    assert page.tree.getroot().get("lang") == "en"
    policy = page.response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    own = page.tree.xpath("//script/@src | //link[@rel='stylesheet']/@href")
    assert own
    assert all(address.startswith("/assets/") for address in own), "nothing of the library's own pages is loaded"
    assert page.response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", LISTS)
def test_lists_have_no_way_to_write(console: Flask, browser: Browser, name: str):
    token = browser.get("/operator/").tree.xpath("//input[@name='csrf_token']/@value")[0]
    for path in ("new/", "edit/?id=1", "delete/", "action/", "ajax/update/"):
        answer = browser.pages.http.post(f"/operator/{name}/{path}", data={"csrf_token": token, "id": "1"})
        assert answer.status_code == 404, path
    for path in ("new/", "edit/?id=1", "details/?id=1", "export/csv/"):
        answer = browser.pages.http.get(f"/operator/{name}/{path}")
        assert answer.status_code in (302, 404), path


def test_a_row_that_the_list_hides_is_not_found_by_its_id(console: Flask, app: Flask):
    publish(app)
    slug = f"old-{uuid4().hex[:6]}"
    with app.app_context(), role_transaction("platform") as platform:
        platform.add(CurriculumModule(slug=slug, position=98, current_version_id=None))
        platform.flush()
        hidden = CurriculumVersion(
            slug=slug, version=1, content_hash=uuid4().hex, content={}, demonstration=True, published_at=clock.now()
        )
        platform.add(hidden)
        platform.flush()
        hidden_id = hidden.id
    with console.test_request_context():
        view = next(v for v in console.extensions["admin"][0]._views if v.endpoint == "list_curriculum")
        shown = view.get_query().all()
        assert shown
        assert view.get_one(shown[0].id) is not None
        assert hidden_id not in {row.id for row in shown}
        assert view.get_one(hidden_id) is None


def test_lists_are_in_an_order_and_paged_without_counting(browser: Browser, app: Flask, statements: list[str]):
    for _court in range(26):
        make_court(app, name=f"Paged Court {uuid4().hex}")
    statements.clear()
    page = browser.get("/operator/courts/?search=Paged+Court")
    names = [" ".join(cell.itertext()).strip() for cell in page.tree.xpath("//tbody/tr/th")]
    assert names == sorted(names)
    assert len(names) == 25
    assert not any("count(" in statement.lower() for statement in statements)
    assert len(statements) <= 12, statements
    assert page.link("Older")
    newest_first = browser.get("/operator/log/")
    assert newest_first.status == 200


def test_a_form_without_its_token_changes_nothing(browser: Browser, court: TestCourt, console: Flask):
    answer = browser.pages.http.post(
        f"/operator/court/{court.id}/state", data={"state": "closed", "reason": "From another site"}
    )
    assert answer.status_code == 400
    with console.app_context():
        assert db.session.get(Court, court.id).state == "active"  # type: ignore[union-attr]  # it is there


def test_no_get_changes_anything_but_being_seen(browser: Browser, court: TestCourt, statements: list[str]):
    statements.clear()
    pages = ("courts/", "curriculum/", "operators/", "log/", "health", "failed-jobs", "usage", "facilitators")
    of_court = ("", "/state", "/look", "/rename", "/leave")
    more = ("open-court", "facilitators/invite")
    for path in ("", *pages, *more, *(f"court/{court.id}{path}" for path in of_court)):
        assert browser.get(f"/operator/{path}").status == 200, path
    written = [s for s in statements if s.split()[0].upper() in ("INSERT", "UPDATE", "DELETE")]
    assert [s for s in written if "operator_session" not in s] == []


def test_an_unknown_court_is_not_found(browser: Browser):
    assert browser.get(f"/operator/court/{UUID(int=7)}").status == 404
    for path in ("look", "state", "rename", "leave"):
        assert browser.get(f"/operator/court/{UUID(int=7)}/{path}").status == 404, path
