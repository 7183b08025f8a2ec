"""What every answer carries, where a redirect may lead, and what a form that came back too late shows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.factory import create_app
from app.permissions.identity import Role
from app.web.hooks import safe_next
from config import Settings
from tests.client import PageClient
from tests.factories import make_court


@pytest.fixture(scope="module")
def court(app: Flask):
    return make_court(app)


@pytest.fixture(scope="module")
def https(app: Flask, settings: Settings) -> Flask:
    """The portal as it stands on the internet, at an address of its own."""
    return create_app(replace(settings, public_url="https://portal.example"))


def answers(app: Flask, court) -> dict[str, object]:
    """One answer of every sort."""
    client, clerk = app.test_client(), court.staff_client(Role.CLERK)
    style = app.jinja_env.globals["asset_url"]("css/portal.css")
    return {
        "front page": client.get("/"),
        "court's page": client.get(court.url()),
        "signed-in page": clerk.http.get(court.url("account")),
        "redirect": client.get(court.url("referrals")),
        "missing page": client.get("/no/such/page"),
        "missing court": client.get("/nowhere/"),
        "wrong method": client.delete(court.url()),
        "no token": client.post(court.url("sign-out")),
        "foreign origin": client.post(court.url("language"), headers={"Origin": "https://evil.example"}),
        "too large": client.post(court.url("language"), data={"x": "y" * 700_000}),
        "unreadable": client.get(court.url("?x=%00")),
        "wrong host": client.get("/", headers={"Host": "evil.example"}),
        "static": client.get(style),
        "missing static": client.get("/assets/none.css"),
        "alive": client.get("/livez"),
        "ready": client.get("/readyz"),
        "webhook": client.post("/webhooks/stripe", data=b"{}"),
    }


@pytest.mark.proves("WE-1")
def test_every_answer_carries_the_headers(app: Flask, court):
    for name, response in answers(app, court).items():
        policy = response.headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert "unsafe" not in policy, name
        assert response.headers.get("X-Content-Type-Options") == "nosniff", name
        assert response.headers.get("Referrer-Policy") in ("same-origin", "no-referrer"), name
        assert "Server" not in response.headers or "Werkzeug" not in response.headers["Server"], name


@pytest.mark.proves("WE-1")
def test_an_unexpected_error_carries_them_too_and_shows_no_trace(app: Flask, settings: Settings, court):
    scratch = create_app(settings)

    def fail() -> str:
        raise RuntimeError("the secret is 4711")

    scratch.view_functions["portal.home"] = fail
    response = scratch.test_client().get("/")
    assert response.status_code == 500
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert b"4711" not in response.data
    assert b"Traceback" not in response.data


@pytest.mark.proves("WE-1", "SE-3")
def test_on_https_the_browser_is_told_to_stay_there_and_cookies_are_secure(https: Flask, court):
    client = https.test_client()
    for path in ("/", "/nowhere/", "/livez"):
        response = client.get(path, base_url="https://portal.example")
        assert "max-age" in response.headers["Strict-Transport-Security"], path
    page = client.get(court.url("sign-in"), base_url="https://portal.example")
    cookies = page.headers.getlist("Set-Cookie")
    assert cookies
    assert all("Secure" in c and "HttpOnly" in c and "SameSite=Lax" in c for c in cookies), cookies


@pytest.mark.proves("SE-3")
def test_a_courts_cookie_is_sent_to_that_court_only(app: Flask, court):
    response = app.test_client().get(court.url())
    named = [c for c in response.headers.getlist("Set-Cookie") if c.startswith(f"portal-{court.slug}=")]
    assert len(named) == 1
    assert f"Path=/{court.slug}" in named[0]


@pytest.mark.proves("WE-2")
def test_nothing_that_a_signed_in_person_sees_is_kept_by_the_browser(app: Flask, court):
    for role in (Role.CLERK, Role.OFFICER):
        client = court.staff_client(role)
        for path in ("", "account", "no-such-page", "caseload", "referrals"):
            assert client.http.get(court.url(path)).headers["Cache-Control"] == "no-store", path


@pytest.mark.proves("WE-2")
def test_a_download_is_not_kept_either(app: Flask, settings: Settings):
    """`send_file` says "no-cache", which lets a browser keep a report on a shared computer's disk."""
    scratch = create_app(settings)

    def download() -> object:
        response = scratch.response_class(b"a report", mimetype="application/pdf")
        response.cache_control.no_cache = True
        return response

    scratch.view_functions["portal.home"] = download
    assert scratch.test_client().get("/").headers["Cache-Control"] == "no-store"


@pytest.mark.proves("IO-4")
@pytest.mark.parametrize("host", ["evil.example", "portal.example.evil.example", "portal.example@evil.example"])
def test_an_unknown_host_is_refused(https: Flask, host: str):
    https.config["TRUSTED_HOSTS"] = ["portal.example"]
    response = https.test_client().get("/", headers={"Host": host})
    assert response.status_code == 400
    assert b"evil.example" not in response.data


@pytest.mark.proves("IO-4")
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2f%2fevil.example",
        "javascript:alert(1)",
        "/another-court/caseload",
        "http:evil.example",
        "\t//evil.example",
        "/{slug}\n/x",
        "///evil.example",
    ],
)
def test_a_redirect_never_leaves_the_court(app: Flask, court, target: str):
    client = court.staff_client(Role.CLERK)
    token = client.get(court.url("no-such-page")).tree.xpath("//input[@name='csrf_token']/@value")[0]
    data = {"language": "en", "next": target.replace("{slug}", court.slug), "csrf_token": token}
    response = client.http.post(court.url("language"), data=data)
    assert response.status_code == 302
    assert response.headers["Location"] == court.url()


@pytest.mark.proves("IO-4")
@given(target=st.text(max_size=40) | st.text(alphabet="/\\:.@?#abt-%\t\n ", max_size=20))
def test_no_text_leads_anywhere_else(app: Flask, court, target: str):
    environ = {"portal.court": None}
    with app.test_request_context("/", environ_overrides=environ):
        safe = safe_next("/" + target)
    if safe is not None:
        assert re.match(r"/(?![/\\])", safe)
        assert not re.search(r"[\s\\]", safe)


@pytest.mark.proves("WE-3")
def test_a_form_without_its_token_says_so_and_keeps_what_was_typed(app: Flask, court):
    client = court.staff_client(Role.CLERK)
    long = "I was at the hospital with my mother. " * 5
    page = client.post(court.url("account/language"), {"language": "es", "note": long})
    assert page.status == 400
    assert "open too long" in page.text
    assert long.strip() in page.text
    again = page.form("Send it now")
    assert again.values()["note"].strip() == long.strip()
    assert again.values()["language"] == "es"
    assert again.submit().status < 400


@pytest.mark.proves("WE-3")
def test_a_form_of_an_earlier_sign_in_can_be_sent_again(app: Flask, court):
    before = court.staff_client(Role.JUDGE).get(court.url("account"))
    client = court.staff_client(Role.JUDGE)
    token = before.tree.xpath("//input[@name='csrf_token']/@value")[0]
    page = client.post(court.url("account/language"), {"language": "en", "csrf_token": token})
    assert page.status == 400
    again = page.form("Send it now")
    assert again.values()["language"] == "en"
    assert again.values()["csrf_token"] != token
    assert again.submit().status < 400


@pytest.mark.proves("WE-3")
def test_passwords_and_codes_are_not_handed_back(app: Flask, court):
    data = {"email": "x@court.example", "password": "hunter-of-secrets", "code": "271828"}
    page = PageClient(app).post(court.url("staff/sign-in"), data)
    assert page.status == 400
    assert b"hunter-of-secrets" not in page.data
    assert b"271828" not in page.data


@pytest.mark.proves("WE-3")
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://localhost:1"]
)
def test_a_form_from_another_site_is_refused_even_with_a_token(app: Flask, court, origin: str):
    client = court.staff_client(Role.CLERK)
    token = client.get(court.url("no-such-page")).tree.xpath("//input[@name='csrf_token']/@value")[0]
    data = {"language": "es", "csrf_token": token}
    refused = client.http.post(court.url("language"), data=data, headers={"Origin": origin})
    assert refused.status_code == 400
    assert b"Send it now" not in refused.data
    accepted = client.http.post(court.url("language"), data=data, headers={"Origin": "http://localhost"})
    assert accepted.status_code == 302


@pytest.mark.proves("WE-3")
def test_one_persons_token_is_worth_nothing_to_another(app: Flask, court):
    mine, theirs = court.staff_client(Role.CLERK), court.staff_client(Role.OFFICER)
    token = mine.get(court.url("no-such-page")).tree.xpath("//input[@name='csrf_token']/@value")[0]
    theirs.get(court.url("no-such-page"))
    assert theirs.http.post(court.url("language"), data={"language": "es", "csrf_token": token}).status_code == 400


@pytest.mark.proves("WE-5")
def test_no_page_names_another_site(app: Flask, court):
    """Addresses that a browser fetches by itself; links that a person follows are no requests."""
    for name, response in answers(app, court).items():
        if response.mimetype != "text/html" or response.status_code in (302, 308):
            continue
        html = response.get_data(as_text=True)
        fetched = re.findall(
            r"<(?:img|script|source|iframe|video|audio|object|embed)\b[^>]*(?:src|data)=\"([^\"]+)\"", html
        )
        fetched += re.findall(r"<link\b[^>]*href=\"([^\"]+)\"", html) + re.findall(
            r"<use\b[^>]*href=\"([^\"]+)\"", html
        )
        assert fetched, name
        assert [url for url in fetched if not url.startswith("/") or url.startswith("//")] == [], name


def test_a_renamed_court_redirects_within_the_portal(app: Flask, court):
    with_break = app.test_client().get("/nowhere-%0d%0aSet-Cookie:x/")
    assert with_break.status_code == 404


@pytest.mark.proves("IO-5")
def test_an_unreadable_value_is_refused_with_words(app: Flask, court):
    client = court.staff_client(Role.CLERK)
    token = client.get(court.url("no-such-page")).tree.xpath("//input[@name='csrf_token']/@value")[0]
    page = client.post(court.url("language"), {"language": "e\x00s", "csrf_token": token})
    assert page.status == 400
    assert client.get(court.url("?q=%00")).status == 400
    assert client.get(f"/{court.slug}%00/").status == 400


@pytest.mark.proves("FA-3")
def test_while_the_database_is_away_every_page_says_so(app: Flask, settings: Settings):
    nobody_there = "postgresql+psycopg://portal_app:x@127.0.0.1:9/none"
    away = create_app(
        replace(
            settings,
            database_url=nobody_there,
            database_platform_url=nobody_there,
            database_dispatch_url=nobody_there,
        )
    )
    client = away.test_client()
    client.set_cookie("portal-riverside", "x", path="/riverside", domain="localhost")
    for path in ("/", "/riverside/", "/riverside/caseload"):
        response = client.get(path)
        assert response.status_code == 503, path
        assert int(response.headers["Retry-After"]) > 0
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert b"Traceback" not in response.data
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 503


@pytest.mark.proves("SE-1")
def test_the_session_row_dies_with_the_sign_out(app: Flask, court):
    client = court.staff_client(Role.CLERK)
    stolen = client.http.get_cookie(f"portal-{court.slug}", path=f"/{court.slug}").value
    token = client.get(court.url("no-such-page")).tree.xpath("//input[@name='csrf_token']/@value")[0]
    assert client.http.post(court.url("sign-out"), data={"csrf_token": token}).status_code == 302
    thief = PageClient(app)
    thief.http.set_cookie(f"portal-{court.slug}", stolen, path=f"/{court.slug}", domain="localhost")
    assert thief.http.get(court.url("account")).status_code == 302
