"""The queue of one court: for officers and supervisors, and for facilitators who signed in at the court."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.lookups import get_member
from app.cases.lookups import names_of, the_enrollment
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Role
from app.permissions.permissions import Permission, may
from app.reviews import services
from app.reviews.flag_pages import flag_state, own_rows
from app.reviews.flags import judge, open_flags, the_flag
from app.reviews.forms import JudgeForm
from app.reviews.limits import lift, reviewers_today
from app.reviews.pages import (
    ShownRow,
    Way,
    concern_page_of,
    filter_words,
    flag_page,
    item_page,
    next_url,
    participant,
    taken_words,
    wanted_from_address,
)
from app.reviews.queue import kinds_for, listed, subject_for
from app.reviews.rules import FlagReason, Kind
from app.reviews.words import REASON_WORDS, kind_words, language_words, wait_words
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction

pages = Pages("reviews", __name__)


@pages.get("/reviews", permission=Permission.CHECK_IN_REVIEW)
def queue() -> ResponseReturnValue:
    identity, zone, now = current_identity(), court_time_zone(), clock.now()
    kinds = kinds_for(identity)
    wanted = wanted_from_address(kinds)
    rows, after = listed(identity, wanted)
    shown = [
        ShownRow(
            who=row.name or participant(row.item.pseudonym),
            url=_item_url(Kind(row.item.kind), row.item.subject_id),
            kind=kind_words(row.item.kind),
            language=language_words(row.item.language),
            wait=wait_words(row.item.waiting_since, now),
            taken=taken_words(row.item, identity.id, row.holder_name, zone),
        )
        for row in rows
    ]
    return render_template(
        "reviews/queue.html",
        rows=shown,
        next_url=next_url(url_for("reviews.queue"), wanted, after),
        take_form=PortalForm(),
        take_url=url_for("reviews.take_next"),
        base_url=url_for("reviews.queue"),
        one_queue=link("reviewers.queue") if identity.as_role is Role.FACILITATOR else None,
        pseudonymous=identity.as_role is Role.FACILITATOR,
        **filter_words(kinds, wanted),
    )


@pages.get("/reflections", permission=Permission.REFLECTION_REVIEW)
def reflections() -> ResponseReturnValue:
    """An address of old: it stands in mails and bookmarks."""
    return redirect(url_for("reviews.queue"))


@pages.get("/check-ins/review", permission=Permission.CHECK_IN_REVIEW)
def check_ins() -> ResponseReturnValue:
    """An address of old: it stands in mails and bookmarks."""
    return redirect(url_for("reviews.queue", kind=str(Kind.CHECK_IN)))


@pages.post("/reviews/next", permission=Permission.CHECK_IN_REVIEW)
def take_next() -> ResponseReturnValue:
    if not PortalForm().validate_on_submit():
        return redirect(url_for("reviews.queue"), 303)
    item = services.take_next(actor=current_identity())
    if item is None:
        flash(_("Nothing is free just now."), "info")
        return redirect(url_for("reviews.queue"), 303)
    return redirect(_item_url(Kind(item.kind), item.subject_id), 303)


@pages.route("/reflections/<uuid:reflection_id>", methods=["GET", "POST"], permission=Permission.REFLECTION_REVIEW)
def reflection(reflection_id: UUID) -> ResponseReturnValue:
    return _item(Kind.REFLECTION, reflection_id)


@pages.route("/check-ins/review/<uuid:check_in_id>", methods=["GET", "POST"], permission=Permission.CHECK_IN_REVIEW)
def check_in(check_in_id: UUID) -> ResponseReturnValue:
    return _item(Kind.CHECK_IN, check_in_id)


@pages.route("/reviews/quiz/<uuid:exhausted_id>", methods=["GET", "POST"], permission=Permission.REFLECTION_REVIEW)
def quiz(exhausted_id: UUID) -> ResponseReturnValue:
    return _item(Kind.QUIZ, exhausted_id)


@pages.route("/reflections/<uuid:reflection_id>/flag", methods=["GET", "POST"], permission=Permission.REFLECTION_REVIEW)
def flag_reflection(reflection_id: UUID) -> ResponseReturnValue:
    return _flag(Kind.REFLECTION, reflection_id)


@pages.route(
    "/check-ins/review/<uuid:check_in_id>/flag", methods=["GET", "POST"], permission=Permission.CHECK_IN_REVIEW
)
def flag_check_in(check_in_id: UUID) -> ResponseReturnValue:
    return _flag(Kind.CHECK_IN, check_in_id)


@pages.route("/reviews/quiz/<uuid:exhausted_id>/flag", methods=["GET", "POST"], permission=Permission.REFLECTION_REVIEW)
def flag_quiz(exhausted_id: UUID) -> ResponseReturnValue:
    return _flag(Kind.QUIZ, exhausted_id)


@pages.route(
    "/reflections/<uuid:reflection_id>/concern", methods=["GET", "POST"], permission=Permission.REFLECTION_REVIEW
)
def concern_reflection(reflection_id: UUID) -> ResponseReturnValue:
    return _concern(Kind.REFLECTION, reflection_id)


@pages.route(
    "/check-ins/review/<uuid:check_in_id>/concern", methods=["GET", "POST"], permission=Permission.CHECK_IN_REVIEW
)
def concern_check_in(check_in_id: UUID) -> ResponseReturnValue:
    return _concern(Kind.CHECK_IN, check_in_id)


@pages.route(
    "/reviews/quiz/<uuid:exhausted_id>/concern", methods=["GET", "POST"], permission=Permission.REFLECTION_REVIEW
)
def concern_quiz(exhausted_id: UUID) -> ResponseReturnValue:
    return _concern(Kind.QUIZ, exhausted_id)


def _concern(kind: Kind, subject_id: UUID) -> ResponseReturnValue:
    way = _way(kind, subject_id)
    return concern_page_of(current_identity(), kind, subject_id, way, answer=_concern_url)


def _concern_url(concern_id: UUID) -> str:
    return url_for("concerns.concern", concern_id=concern_id)


def _item(kind: Kind, subject_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    return item_page(identity, kind, subject_id, _way(kind, subject_id), zone=court_time_zone())


def _flag(kind: Kind, subject_id: UUID) -> ResponseReturnValue:
    return flag_page(current_identity(), kind, subject_id, _way(kind, subject_id))


_ENDPOINTS = {
    Kind.REFLECTION: ("reviews.reflection", "reviews.flag_reflection", "reviews.concern_reflection", "reflection_id"),
    Kind.CHECK_IN: ("reviews.check_in", "reviews.flag_check_in", "reviews.concern_check_in", "check_in_id"),
    Kind.QUIZ: ("reviews.quiz", "reviews.flag_quiz", "reviews.concern_quiz", "exhausted_id"),
}


def _item_url(kind: Kind, subject_id: UUID) -> str:
    endpoint, *_others, name = _ENDPOINTS[kind]
    values: dict[str, Any] = {name: subject_id}
    return url_for(endpoint, **values)


def _way(kind: Kind, subject_id: UUID) -> Way:
    identity = current_identity()
    endpoint, flag_endpoint, concern_endpoint, name = _ENDPOINTS[kind]
    values: dict[str, Any] = {name: subject_id}
    enrollment = subject_for(identity, kind, subject_id).enrollment
    seen = enrollment is not None and may(identity, Permission.CASE_READ)
    return Way(
        queue=url_for("reviews.queue"),
        item=url_for(endpoint, **values),
        flag=url_for(flag_endpoint, **values),
        concern=url_for(concern_endpoint, **values),
        case=link("caseload.case", enrollment_id=enrollment.id) if enrollment is not None and seen else None,
    )


@pages.get("/reviews/my-flags", permission=Permission.CHECK_IN_REVIEW)
def my_flags() -> ResponseReturnValue:
    """What the signed-in person flagged here, and what was answered."""
    rows = own_rows(current_identity())
    return render_template("reviews/my_flags.html", rows=rows, queue=url_for("reviews.queue"))


# --- those who oversee reviewing --------------------------------------------------------------------------------


@pages.get("/reviews/oversight", permission=Permission.REVIEW_OVERSEE)
def oversight() -> ResponseReturnValue:
    found = open_flags()
    names = names_of([one.raised_by for one in found])
    people = {one.enrollment_id: the_enrollment(one.enrollment_id).referral.person.full_name for one in found}
    return render_template(
        "reviews/oversight.html",
        flags=[
            {
                "flag": one,
                "who": people[one.enrollment_id],
                "reason": REASON_WORDS[FlagReason(one.reason)],
                "by": names.get(one.raised_by, ""),
                "state": flag_state(one),
            }
            for one in found
        ],
        reviewers=reviewers_today(),
        lift_form=PortalForm(),
    )


@pages.post("/reviews/limit/<uuid:member_id>", permission=Permission.REVIEW_OVERSEE)
def lift_limit(member_id: UUID) -> ResponseReturnValue:
    member, _credential = get_member(member_id)
    if PortalForm().validate_on_submit():
        lift(member.id, actor=current_identity())
        flash(_("The limit is lifted for today."), "success")
    return redirect(url_for("reviews.oversight"), 303)


@pages.route("/reviews/flags/<uuid:flag_id>", methods=["GET", "POST"], permission=Permission.REVIEW_OVERSEE)
def flagged(flag_id: UUID) -> ResponseReturnValue:
    row, form = the_flag(flag_id), JudgeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("reviews.judge").first:
                    judge(flag_id, form.words.data or "", actor=current_identity())
            flash(_("Your note is saved."), "success")
            return redirect(url_for("reviews.oversight"), 303)
        except Refused as refused:
            form.show(refused)
    enrollment = the_enrollment(row.enrollment_id)
    names = names_of([row.raised_by, row.judged_by, row.passed_by])
    page = render_template(
        "reviews/flagged.html",
        form=form,
        flag=row,
        who=enrollment.referral.person.full_name,
        kind=kind_words(row.kind),
        reason=REASON_WORDS[FlagReason(row.reason)],
        by=names.get(row.raised_by, ""),
        judged_by=names.get(row.judged_by, "") if row.judged_by is not None else "",
        passed_by=names.get(row.passed_by, "") if row.passed_by is not None else "",
        with_lead=bool(row.for_lead) and row.passed_at is None,
        case_url=link("caseload.case", enrollment_id=row.enrollment_id),
        read_url=_read_url(row.kind, row.subject_id),
    )
    return page, (422 if form.errors else 200)


def _read_url(kind: str, subject_id: UUID) -> str | None:
    """A supervisor may read check-ins. Reflections are read by facilitators alone, as their page tells who writes."""
    if kind != Kind.CHECK_IN or not may(current_identity(), Permission.CHECK_IN_REVIEW):
        return None
    return _item_url(Kind.CHECK_IN, subject_id)
