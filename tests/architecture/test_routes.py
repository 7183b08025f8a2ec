"""Every route says who may call it; a route that does not is found and refused."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask

from app.factory import create_app
from app.permissions.identity import Identity, Role
from app.permissions.permissions import GRANTS, Permission, may
from app.web.routing import REGISTRY, Access, Pages, Undeclared, undeclared_endpoints
from config import ROOT, Settings

# Permissions that nothing asks for yet; a line goes when its page comes.


def access(app: Flask) -> dict[str, Access]:
    return app.extensions[REGISTRY]


@pytest.mark.proves("AC-1")
def test_every_route_declares_a_permission_or_a_reason(app: Flask):
    assert undeclared_endpoints(app) == []
    assert len(access(app)) > 10


@pytest.mark.proves("AC-1")
def test_public_routes_say_why(app: Flask):
    short = {name: a.public for name, a in access(app).items() if a.public and len(a.public.split()) < 3}
    assert short == {}


@pytest.mark.proves("AC-1")
def test_the_detector_detects(app: Flask, settings: Settings):
    """A route that slips past `Pages` is found by the check above, and meanwhile answers nobody."""
    scratch = create_app(settings)
    scratch.config["PROPAGATE_EXCEPTIONS"] = False
    stray = Blueprint("stray", __name__)
    stray.add_url_rule("/stray", "open_door", lambda: "secrets")
    scratch.register_blueprint(stray)
    assert undeclared_endpoints(scratch) == ["stray.open_door"]
    answer = scratch.test_client().get("/stray")
    assert answer.status_code == 404
    assert b"secrets" not in answer.data


@pytest.mark.proves("AC-1")
@pytest.mark.parametrize("options", [{}, {"permission": Permission.SIGNED_IN, "public": "everybody may"}])
def test_a_route_without_exactly_one_declaration_can_not_be_written(options):
    pages = Pages("made_up", __name__)
    with pytest.raises(Undeclared):
        pages.get("/x", **options)


@pytest.mark.proves("AC-1")
def test_two_routes_of_one_endpoint_can_not_disagree(app: Flask, settings: Settings):
    scratch = create_app(settings)
    pages = Pages("made_up", __name__)
    pages.get("/a", permission=Permission.SIGNED_IN, endpoint="x")(lambda: "a")
    pages.get("/b", permission=Permission.CASE_READ, endpoint="x")(lambda: "b")
    with pytest.raises((ValueError, AssertionError)):
        scratch.register_blueprint(pages)


def test_every_permission_is_granted_to_somebody_and_asked_for(app: Flask):
    granted = {permission for permissions in GRANTS.values() for permission in permissions}
    assert set(Permission) - granted == set()
    used = {a.permission for a in access(app).values() if a.permission}
    texts = [p.read_text() for p in (*(ROOT / "app").rglob("*.py"), *(ROOT / "templates").rglob("*.html"))]
    # Some narrow what a page shows: asked for by `may(...)` rather than by a route.
    shown = {p for p in Permission for t in texts if f"may('{p}')" in t or f", Permission.{p.name})" in t}
    assert set(Permission) - used - shown == set()


def test_unknown_roles_and_half_signed_in_people_may_nothing():
    half = Identity(kind="staff", role=Role.ADMINISTRATOR, fully_signed_in=False)
    unknown = Identity(kind="staff", role="", fully_signed_in=True)
    nobody = Identity(kind="staff", role=Role.NOBODY, fully_signed_in=True)
    assert [p for who in (half, unknown, nobody) for p in Permission if may(who, p)] == []
    assert set(GRANTS) == set(Role)


def test_the_only_address_that_takes_a_post_without_a_csrf_token_is_the_webhook(app: Flask):
    open_posts = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint in app.extensions["csrf"]._exempt_views
    }
    assert open_posts == set()
    assert app.extensions["csrf"]._exempt_blueprints == set()
