"""The fee in Spanish: a part that the starting rules name is named in Spanish, a court's own name stays."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import update

from app.accounts.models import LearnerAccount
from app.core.i18n import in_language
from app.core.money import format_cents
from tenants.database import transaction
from tenants.program import ProgramDocument, load_preset
from tests.factories import make_court, make_learner


def test_parts_of_the_fee_are_named_in_the_readers_language(app: Flask):
    data = load_preset("county_probation").to_json()
    data["fees"]["components"][1]["label"] = "Marigold Fund"
    court = make_court(app, document=ProgramDocument.model_validate(data))
    learner, _enrollment_id = make_learner(court)
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(update(LearnerAccount).where(LearnerAccount.id == learner.id).values(language="es"))
    client = court.client(learner)
    for path in ("fee", "fee/statement"):
        text = client.get(court.url(path)).text
        assert "Cuota del programa" in text
        assert "Program fee" not in text
        assert "Marigold Fund" in text


def test_money_in_papers_and_mails_is_written_as_in_the_united_states(app: Flask):
    """Those are written by jobs, where no page has chosen a locale."""
    with app.app_context():
        for language in ("en", "es"):
            with in_language(language):
                assert format_cents(123_450) == "$1,234.50"
