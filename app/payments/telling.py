"""Mails to a learner about the fee. Each says only that there is something to read, which is behind the sign-in."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.accounts.models import LearnerAccount
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.core.runtime import runtime
from app.notices.models import Notice
from app.notices.services import send
from tenants.database import session, transaction
from tenants.models import Court
from tenants.scope import current_court_id

FEE_CHANGED = "fee_changed"


def tell_of_change(enrollment_id: UUID) -> None:
    """Something about the fee changed, and no receipt or letter says so.

    A mail that has not gone out yet says it for this change too.
    """
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id)
        waiting = select(Notice.id).where(
            Notice.recipient_id == enrollment.account_id, Notice.template == FEE_CHANGED, Notice.state == "queued"
        )
        if current.scalar(waiting.limit(1)) is None:
            mail_learner(enrollment, FEE_CHANGED)


def mail_learner(enrollment: Enrollment, template: str, page: str = "fee", **context: str) -> None:
    """Queue a mail that leads to a page of the learner's; nothing where no mail address is known."""
    account = session().scalar(select(LearnerAccount).where(LearnerAccount.id == enrollment.account_id))
    if account is None or account.kind != "email":
        return
    slug = session().scalars(select(Court.slug).where(Court.id == current_court_id())).one()
    send(
        template=template,
        to_address=account.sign_in_name,
        recipient=("learner", account.id),
        language=account.language,
        context={"link": f"{runtime().settings.public_url}/{slug}/{page}", **context},
    )
