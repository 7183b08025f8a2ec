"""THE way to tell a learner something: a message that says little and leads to a page behind the sign-in."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import LearnerAccount
from app.cases.models import Enrollment
from app.core import clock
from app.core.occasions import first_time
from app.notices.services import Reader, tell_reader
from tenants.database import session
from tenants.program import Reminders
from tenants.rules import rules_of


def tell_learner(enrollment: Enrollment, kind: str, page: str, **context: str | int | date) -> None:
    """Write a message of `kind` (a template pair under `templates/email/`) in the transaction at hand.

    `page` is the learner's page that it leads to, below the court's address. It stands in the learner's inbox, and
    goes out by mail or letter as the account and its wishes say, after quiet hours. Dates are court-local and are
    written out in the reader's language; `due_on` is the day that a reminder speaks of. Nothing is written to somebody
    who has not enrolled.
    """
    account = session().scalar(select(LearnerAccount).where(LearnerAccount.id == enrollment.account_id))
    if account is None:
        return
    address = account.sign_in_name if account.kind == "email" else ""
    tell_reader(
        Reader("learner", account.id, address, account.language),
        kind,
        page,
        context,
        quiet=rules_of(enrollment.rules_id).reminders if enrollment.rules_id else Reminders(),
        enrollment_id=enrollment.id,
    )


def tell_of_new_device(account_id: UUID) -> None:
    """Tell a learner of a sign-in on a new device: once a day, since browsers at a library are new each time."""
    newest = select(Enrollment).where(Enrollment.account_id == account_id).order_by(Enrollment.id.desc()).limit(1)
    enrollment = session().scalar(newest)
    if enrollment is None or not first_time("accounts.new_device", account_id, clock.now().date().isoformat()):
        return
    tell_learner(enrollment, "new_device", "account/devices")
