"""THE way to tell a learner something: a message that says little and leads to a page behind the sign-in."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from sqlalchemy import select

from app.accounts.models import LearnerAccount
from app.cases.models import Enrollment
from app.core.runtime import runtime
from app.notices.services import send
from tenants.database import session
from tenants.models import Court
from tenants.scope import current_court_id


def tell_learner(enrollment: Enrollment, kind: str, page: str, **context: str | date) -> None:
    """Write a message of `kind` (a template pair under `templates/email/`) in the transaction at hand.

    `page` is the learner's page that it leads to, below the court's address. Dates are court-local and are written out
    in the reader's language. Nothing is written where no mail address is known.
    """
    account = session().scalar(select(LearnerAccount).where(LearnerAccount.id == enrollment.account_id))
    if account is None or account.kind != "email":
        return
    slug = session().scalars(select(Court.slug).where(Court.id == current_court_id())).one()
    words = {
        name: format_date(value, "long", locale=account.language) if isinstance(value, date) else value
        for name, value in context.items()
    }
    send(
        template=kind,
        to_address=account.sign_in_name,
        recipient=("learner", account.id),
        language=account.language,
        context={"link": f"{runtime().settings.public_url}/{slug}/{page}", **words},
    )
