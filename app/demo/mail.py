"""The court's mail in the demo: one address does not work, and a letter takes the place of another mail."""

from __future__ import annotations

from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.demo.learner import Learner
from app.notices.carrying import make_letter, note_bounce
from app.notices.models import Notice
from tenants.database import acting_as, session


def mail_comes_back(learner: Learner, *, letter: bool = False) -> None:
    """The learner's last mail comes back; with `letter`, the clerk wants it on paper."""
    clerk = learner.court.staff["clerk"].identity
    with acting_as(learner.court.id):
        enrollment = the_enrollment(learner.enrolled)
        sent = select(Notice.id).where(Notice.enrollment_id == enrollment.id, Notice.state == "sent")
        notice_id = session().scalar(sent.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(1))
        if notice_id is None:
            return
        note_bounce(notice_id, "came back: no such address", actor=clerk, case_id=enrollment.referral_id)
        if letter:
            make_letter(notice_id, actor=clerk, case_id=enrollment.referral_id)
