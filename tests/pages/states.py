"""Pages that show at some moment of a case only: somebody is brought there, in the court where everything happened."""

from __future__ import annotations

import email
import re
from datetime import timedelta
from email import policy
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update

from app.accounts.models import LearnerAccount
from app.cases.holding import hold
from app.cases.lookups import the_enrollment
from app.cases.telling import tell_learner
from app.concerns.rules import Danger
from app.concerns.rules import Place as SeenIn
from app.concerns.services import raise_concern
from app.core import clock
from app.core.runtime import runtime
from app.court_admin.services import publish_rules
from app.notices.models import Notice
from app.permissions.identity import Role
from app.reports.models import Report
from app.reviews.flags import flag
from app.reviews.rules import FlagReason, Kind
from tenants.database import session, transaction
from tenants.program import Installments
from tenants.rules import publish, rules_in_force
from tests.client import PageClient
from tests.factories import make_learner
from tests.functional.accounts_people import colleague, run_jobs
from tests.functional.learning_steps import READING, Learner
from tests.functional.reviews_kit import item_id, sent_check_in
from tests.functional.waiver_steps import fill_in
from tests.pages.site import Site, Walk


def _lesson(site: Site) -> tuple[PageClient, str]:
    learner = Learner(site.court)
    return learner.browser, learner.url(READING)


def _parts(site: Site) -> tuple[PageClient, str]:
    """Somebody who enrolls when the court's rules let people pay in parts."""
    with site.portal.test_request_context(), site.court.acting():
        _row, document = rules_in_force()
        fees = document.fees.model_copy(update={"installments": Installments(parts=3)})
        document = document.model_copy(update={"fees": fees})
        publish(document, by=None, reason="for a test", at=clock.now())
    learner, _enrollment_id = make_learner(site.court)
    return site.court.client(learner), site.court.url("fee/parts")


def _waiver(path: str) -> Walk:
    """Somebody who is asking for a waiver: at its first step, or where it is signed."""

    def walk(site: Site) -> tuple[PageClient, str]:
        learner, _enrollment_id = make_learner(site.court)
        browser = site.court.client(learner)
        start = browser.get(site.court.url("fee/waiver"))
        page = fill_in(start) if path == "check" else start.click("Start")
        return browser, page.url

    return walk


def _waiver_at_the_counter(path: str) -> Walk:
    def walk(site: Site) -> tuple[PageClient, str]:
        _learner, enrollment_id = make_learner(site.court)
        staff = site.people[Role.ADMINISTRATOR][0]
        start = staff.get(site.court.url(f"referrals/{_referral(site, enrollment_id)}/waiver"))
        page = fill_in(start) if path == "check" else start.click("Start")
        return staff, page.url

    return walk


def _referral(site: Site, enrollment_id: UUID) -> UUID:
    with site.portal.app_context(), site.court.acting():
        return the_enrollment(enrollment_id).referral_id


def _resume(site: Site) -> tuple[PageClient, str]:
    _learner, enrollment_id = make_learner(site.court)
    with site.portal.test_request_context(), site.court.acting():
        hold(enrollment_id, reason="In the hospital", actor=site.court.member(Role.CLERK))
    return site.people[Role.ADMINISTRATOR][0], site.court.url(f"referrals/{_referral(site, enrollment_id)}/resume")


def _rules_to_come(site: Site) -> tuple[PageClient, str]:
    with site.portal.test_request_context(), site.court.acting():
        row, document = rules_in_force()
        fees = document.fees.model_copy(update={"adjustment_limit_cents": document.fees.adjustment_limit_cents + 100})
        version = publish_rules(
            document.model_copy(update={"fees": fees}),
            over=row.version,
            reason="A larger limit for corrections",
            actor=site.court.member(Role.ADMINISTRATOR),
            begins_on=clock.today("America/Los_Angeles") + timedelta(days=30),
        )
        number = version.version
    return site.people[Role.ADMINISTRATOR][0], site.court.url(f"program-rules/{number}/cancel")


def _letter(site: Site) -> tuple[PageClient, str]:
    """Somebody without mail is written to on paper."""
    learner, enrollment_id = make_learner(site.court)
    with site.portal.test_request_context(), site.court.acting(), transaction() as current:
        values = {"kind": "name", "sign_in_name": f"quiet-harbor-{enrollment_id.hex[-6:]}"}
        current.execute(update(LearnerAccount).where(LearnerAccount.id == learner.id).values(**values))
        tell_learner(the_enrollment(enrollment_id), "paper_ready", "documents")
        written = select(Notice.id).where(Notice.recipient_id == learner.id).order_by(Notice.id)
        notice_id = session().scalars(written).first()
    return site.people[Role.ADMINISTRATOR][0], site.court.url(f"mail/letters/{notice_id}")


def _recovery(site: Site) -> tuple[PageClient, str]:
    browser, person = PageClient(site.portal), colleague(site.court)
    browser.get(site.court.url("forgot")).submit("Send the link", email=person.email)
    for kind in ("accounts.mail_link", "notices.send"):
        run_jobs(site.court, kind)
    with site.portal.app_context():
        folder = Path(runtime().settings.mail_url.removeprefix("file://"))
    mails = (email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in folder.glob("*.eml"))
    texts = [mail.get_body(("plain",)).get_content() for mail in mails if mail["To"] == person.email]
    return browser, re.findall(rf"(/{site.court.slug}/recovery/\S+)", "".join(texts))[-1]


def verified(site: Site) -> tuple[PageClient, str]:
    """What anybody sees who follows the code on a report."""
    with site.portal.app_context(), site.court.acting():
        snapshot = session().scalars(select(Report.snapshot).where(Report.state == "ready").limit(1)).one()
    return PageClient(site.portal), f"/{site.court.slug}/verify/{snapshot['verify_url'].rpartition('/')[2]}"


def _concern(site: Site) -> tuple[PageClient, str]:
    _learner, enrollment_id = make_learner(site.court)
    with site.portal.test_request_context(), site.court.acting(), transaction():
        raised = raise_concern(
            enrollment_id, Danger.THREAT, "Writes that somebody waits outside", SeenIn.CHECK_IN, actor=site.reviewer_at
        )
        concern_id = raised.id
    return site.reviewer, f"/review/court/{site.court.id}/concern/{concern_id}"


def _flag_for_the_lead(site: Site) -> tuple[PageClient, str]:
    check_in_id, reader = sent_check_in(site.court), site.court.member(Role.FACILITATOR, "Fay Reader")
    with site.portal.test_request_context(), site.court.acting(), transaction():
        raised = flag(Kind.CHECK_IN, check_in_id, FlagReason.SUPPORT, "Reads like a leaflet.", actor=reader)
        flag_id = raised.id
    return site.reviewer, f"/review/flagged/{item_id(site.court, flag_id)}"


STATES: dict[str, Walk] = {
    "learning.lesson": _lesson,
    "installments.choose": _parts,
    "waiving.step": _waiver("step"),
    "waiving.check": _waiver("check"),
    "waiving.counter_step": _waiver_at_the_counter("step"),
    "waiving.counter_check": _waiver_at_the_counter("check"),
    "cases.resume_case": _resume,
    "court_admin.cancel_rules": _rules_to_come,
    "mailroom.letter": _letter,
    "accounts.recovery_link": _recovery,
    "reports.verify": verified,
    "reviewers.concern": _concern,
    "reviewers.lead_flag": _flag_for_the_lead,
}
