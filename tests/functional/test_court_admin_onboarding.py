"""Opening a court."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Invitation
from app.core.errors import Refused
from app.core.models import AuditEvent, Outbox
from app.court_admin import onboarding
from app.court_admin.models import PlatformAudit
from app.court_admin.onboarding import create_court, suggested_prefix
from tenants.database import acting_as, role_transaction, session
from tenants.models import Court, CourtFormerSlug
from tenants.rules import NoRules, rules_in_force
from tests.factories import letters


def a_court(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Harbor County Court",
        "slug": f"harbor-{uuid4().hex[:10]}",
        "code_prefix": letters(uuid4().int % 26**6, 6),
        "county": "Harbor County",
        "region": "WA",
        "time_zone": "America/Los_Angeles",
        "languages": ("en", "es"),
        "preset": "municipal",
        "administrator_email": f"{uuid4().hex}@harbor.example",
        "administrator_name": "Ada Admin",
        **changes,
    }


def create(app: Flask, **values: Any) -> Court:
    with app.app_context():
        return create_court(**values)


def courts_named(app: Flask, slug: str) -> int:
    with app.app_context(), role_transaction("platform") as platform:
        return platform.scalar(select(func.count()).select_from(Court).where(Court.slug == slug)) or 0


def test_a_new_court_has_rules_an_invitation_under_way_and_its_audit(app: Flask):
    values = a_court()
    court = create(app, **values)
    with app.app_context(), acting_as(court.id):
        row, document = rules_in_force()
        assert (row.version, row.reason) == (1, "Starting rules: Municipal court")
        assert document.people.supervises == "clerk"
        invited = session().scalars(select(Invitation)).one()
        assert (invited.email, invited.role) == (values["administrator_email"], "administrator")
        assert session().scalars(select(Outbox.kind)).all() == ["notices.send"]
        actions = set(session().scalars(select(AuditEvent.action)))
        assert {"court_admin.open_court", "accounts.invite"} <= actions
    with app.app_context(), role_transaction("platform") as platform:
        noted = platform.scalars(select(PlatformAudit).where(PlatformAudit.court_id == court.id)).one()
        assert noted.action == "operator.open_court"
    page = app.test_client().get(f"/{court.slug}/")
    assert b"Harbor County Court" in page.data


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("Superior Court of Maple County", "MAPL"),
        ("Riverside County Court", "RIVE"),
        ("Bay City Court", "BAY"),
        ("Superior Court", "SUPE"),
    ],
)
def test_the_proposed_prefix_is_of_the_words_that_are_this_courts_own(name: str, prefix: str):
    assert suggested_prefix(name) == prefix


def test_a_run_that_stopped_half_way_is_finished_by_the_next(app: Flask, monkeypatch: pytest.MonkeyPatch):
    values = a_court()

    def lose_power(**_values: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as cut:
        cut.setattr(onboarding, "invite", lose_power)
        with pytest.raises(ConnectionError):
            create(app, **values)
    with app.app_context(), role_transaction("platform") as platform:
        court_id = platform.scalars(select(Court.id).where(Court.slug == values["slug"])).one()
    with app.app_context(), acting_as(court_id), pytest.raises(NoRules):
        rules_in_force()  # rules and invitation come together or not at all
    assert create(app, **values).id == court_id
    with app.app_context(), acting_as(court_id):
        assert rules_in_force()[0].version == 1
        assert len(session().scalars(select(Invitation)).all()) == 1
    with pytest.raises(Refused) as refused:
        create(app, **values)
    assert refused.value.field == "slug"
    with app.app_context(), acting_as(court_id):
        assert len(session().scalars(select(Invitation)).all()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "N" * 121),
        ("slug", "sign-in"),
        ("slug", "enroll"),
        ("slug", "Ünder"),
        ("slug", "../x"),
        ("slug", "a"),
        ("slug", "x" * 41),
        ("code_prefix", "A"),
        ("code_prefix", "AB1"),
        ("code_prefix", "TOOLONG"),
        ("county", ""),
        ("region", "XX"),
        ("region", "A K"),
        ("time_zone", "Pacific"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "America/Nowhere"),
        ("languages", ("en", "xx")),
        ("languages", ()),
        ("preset", "none"),
        ("administrator_email", "nobody"),
        ("administrator_name", " "),
    ],
)
def test_a_fault_is_named_and_nothing_is_made(app: Flask, field: str, value: Any):
    values = a_court(**{field: value})
    with pytest.raises(Refused) as refused:
        create(app, **values)
    assert refused.value.field == field
    assert refused.value.message
    assert courts_named(app, str(values["slug"])) == 0


def test_address_and_prefix_of_another_court_are_refused(app: Flask):
    first = a_court()
    create(app, **first)
    with pytest.raises(Refused) as refused:
        create(app, **a_court(slug=first["slug"]))
    assert refused.value.field == "slug"
    with pytest.raises(Refused) as refused:
        create(app, **a_court(code_prefix=first["code_prefix"]))
    assert refused.value.field == "code_prefix"
    with pytest.raises(Refused) as refused:
        create(app, **{**first, "name": "Somebody Else's Court"})
    assert refused.value.field == "slug"


def test_an_address_that_a_court_once_had_is_never_given_away(app: Flask):
    court = create(app, **a_court())
    former = f"former-{uuid4().hex[:8]}"
    with app.app_context(), role_transaction("platform") as platform:
        platform.add(CourtFormerSlug(slug=former, court_id=court.id))
    with pytest.raises(Refused) as refused:
        create(app, **a_court(slug=former))
    assert refused.value.field == "slug"
    assert courts_named(app, former) == 0
