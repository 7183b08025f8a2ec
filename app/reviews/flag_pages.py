"""Flags on the pages of a court and of the facilitators' one queue: a lead decides, whoever raised it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.accountability.forms import shown_answers
from app.accountability.lookups import ForReview
from app.accountability.models import CheckIn
from app.accountability.services import note_reading
from app.cases.lookups import names_of
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.learning.models import Reflection
from app.learning.pseudonym import pseudonym
from app.learning.reviewing import note_read
from app.permissions.identity import Identity
from app.reviews.flags import answer, flag_for_lead, own_flags, pass_on
from app.reviews.forms import LeadForm
from app.reviews.history import Said, veiled
from app.reviews.models import ReviewFlag
from app.reviews.pages import participant
from app.reviews.rules import FlagReason, Kind
from app.reviews.words import REASON_WORDS, kind_words
from app.web.templating import show_instant
from tenants.database import session, transaction


@dataclass(frozen=True)
class OwnRow:
    """A flag as whoever raised it sees it, in words."""

    who: str
    reason: str
    words: str
    when: str
    state: tuple[str, str]
    judgment: str
    court: str


def flag_state(row: ReviewFlag) -> tuple[str, str]:
    """Where a flag stands, in words and tone."""
    if row.judged_at is not None:
        return _("Looked at"), "good"
    if row.for_lead and row.passed_at is None:
        return _("With the lead facilitator"), "info"
    return _("Waits for a supervisor"), "attention"


def own_rows(identity: Identity, court: str = "") -> list[OwnRow]:
    """What somebody flagged at the court at work; times are that court's."""
    return [
        OwnRow(
            who=participant(pseudonym(one.enrollment_id)),
            reason=str(REASON_WORDS[FlagReason(one.reason)]),
            words=one.words,
            when=show_instant(one.raised_at),
            state=flag_state(one),
            judgment=one.judgment,
            court=court,
        )
        for one in own_flags(identity)
    ]


def lead_page(identity: Identity, flag_id: UUID, *, back: str) -> ResponseReturnValue:
    """One flag for a lead facilitator: read, then answer or pass on. Raises NotFound."""
    row, form = flag_for_lead(flag_id, actor=identity), LeadForm()
    if form.validate_on_submit():
        decide, done = (
            (pass_on, _("The court's supervisors will look at it."))
            if "pass_on" in request.form
            else (answer, _("Your answer is sent."))
        )
        try:
            with transaction():
                if form.claim("reviews.lead").first:
                    decide(flag_id, form.words.data or "", actor=identity)
            flash(done, "success")
            return redirect(back, 303)
        except Refused as refused:
            form.show(refused)
            row = flag_for_lead(flag_id, actor=identity)
    page = render_template(
        "reviewers/flag.html",
        form=form,
        flag=row,
        who=participant(pseudonym(row.enrollment_id)),
        kind=kind_words(row.kind),
        reason=REASON_WORDS[FlagReason(row.reason)],
        by=names_of([row.raised_by]).get(row.raised_by, ""),
        said=_read(row, identity),
        own=row.raised_by == identity.id,
        back=back,
    )
    return page, (422 if form.errors else 200)


def _read(row: ReviewFlag, identity: Identity) -> list[Said]:
    """What was flagged, veiled where it is harsh; that it was read is audited. Nothing of a quiz, or once destroyed."""
    found: Any = None
    if row.kind == Kind.REFLECTION:
        found = session().scalar(select(Reflection).where(Reflection.id == row.subject_id))
        if found is not None:
            note_read(found, actor=identity)
            return veiled([(_("What the participant wrote"), found.text)])
    elif row.kind == Kind.CHECK_IN:
        found = session().scalar(select(CheckIn).where(CheckIn.id == row.subject_id))
        if found is not None:
            note_reading(ForReview(found, row.enrollment_id, None), actor=identity)
            return veiled(shown_answers(found.answers))
    return []
