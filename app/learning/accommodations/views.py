"""The learner's page of changes that help to take part, and the court's: what waits, what holds, one decision."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from app.accounts.drafts.boxes import keeping, sent
from app.cases.lookups import get_enrollment_for, my_enrollment, names_of
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.learning.accommodations import services
from app.learning.accommodations.forms import AskForm, GrantForm, ReasonForm
from app.learning.accommodations.lookups import (
    asked_by,
    contact_of_court,
    honored_for,
    in_force,
    the_accommodation,
    waiting,
)
from app.learning.accommodations.models import Accommodation
from app.learning.accommodations.rules import ASK_WORDS, STATE_WORDS, Help, honored
from app.learning.pages import pages
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.templating import show_date
from tenants.database import transaction

PLACE = "help/ask"


@pages.route("/help-to-take-part", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def my_help() -> ResponseReturnValue:
    enrollment = my_enrollment(current_identity())
    form = AskForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("accommodation.ask")
                if claim.first:
                    claim.finish(
                        services.ask(form.helps.data or (), form.own_words.data or "", actor=current_identity())
                    )
                    sent(PLACE)
            flash(_("Your request is with the court. You will get a message when it is decided."), "success")
            return redirect(url_for("learning.my_help"))
        except Refused as refused:
            form.show(refused)
            enrollment = my_enrollment(current_identity())
    rows = asked_by(enrollment.id)
    page = render_template(
        "learning/accommodations/mine.html",
        form=form,
        keep=keeping(PLACE, form),
        rows=rows,
        open=next((row for row in rows if row.state == "requested"), None),
        now=honored_for(enrollment.id),
        asked_words=kind_words,
        changes=changes_of,
        state_words=STATE_WORDS,
        again=PortalForm,
        contact=contact_of_court(),
    )
    return page, (422 if form.errors else 200)


@pages.post("/help-to-take-part/<uuid:accommodation_id>/take-back", permission=Permission.OWN_PROGRAM)
def take_help_back(accommodation_id: UUID) -> ResponseReturnValue:
    services.withdraw(accommodation_id, actor=current_identity())
    flash(_("It is taken back. You can ask again at any time."), "success")
    return redirect(url_for("learning.my_help"))


# --- the court --------------------------------------------------------------------------------------------------------


@pages.get("/accommodations", permission=Permission.ACCOMMODATION_DECIDE)
def accommodations() -> ResponseReturnValue:
    return render_template(
        "learning/accommodations/queue.html",
        waiting=[_listed(row) for row in waiting()],
        granted=[_listed(row) for row in in_force()],
    )


@pages.route(
    "/accommodations/<uuid:accommodation_id>", methods=["GET", "POST"], permission=Permission.ACCOMMODATION_DECIDE
)
def accommodation(accommodation_id: UUID) -> ResponseReturnValue:
    row = the_accommodation(accommodation_id)
    enrollment = get_enrollment_for(current_identity(), row.enrollment_id)
    form = GrantForm(helps=list(row.asked), row_version=row.row_version)
    reason = ReasonForm(row_version=row.row_version)
    if request.method == "POST":
        answer = _answer(row.id, form, reason)
        if answer is not None:
            return answer
        row = the_accommodation(accommodation_id)  # what was refused is undone: everything is read again
        enrollment = get_enrollment_for(current_identity(), row.enrollment_id)
    else:
        with transaction():
            audit(
                "accommodation.read",
                actor=current_identity(),
                subject=("accommodation", row.id),
                case_id=enrollment.referral_id,
            )
    page = render_template(
        "learning/accommodations/decide.html",
        row=row,
        enrollment=enrollment,
        form=form,
        reason_form=reason,
        errors_of=reason if reason.errors else form,
        kinds=kind_words(row.asked),
        changes=changes_of(row),
        state_words=STATE_WORDS,
        decided_by=names_of({row.decided_by}).get(row.decided_by, "") if row.decided_by else "",
    )
    return page, (422 if form.errors or reason.errors else 200)


def _answer(accommodation_id: UUID, form: GrantForm, reason: ReasonForm) -> ResponseReturnValue | None:
    """Do what the button that was pressed says; None when its form has a fault."""
    pressed = reason if {"deny", "end"} & set(request.form) else form
    if not pressed.validate():
        return None
    version, actor = str(pressed.row_version.data), current_identity()
    try:
        with transaction():
            if not pressed.claim("accommodation.decide").first:
                return redirect(url_for("learning.accommodations"))
            if "deny" in request.form:
                services.deny(accommodation_id, reason.reason.data or "", version=version, actor=actor)
            elif "end" in request.form:
                services.end(accommodation_id, reason.reason.data or "", version=version, actor=actor)
            else:
                helps, times = form.helps.data or (), int(form.times.data or 1)
                services.grant(
                    accommodation_id,
                    helps,
                    times,
                    form.terms.data or "",
                    until=form.until.data,
                    version=version,
                    actor=actor,
                )
    except Refused as refused:
        pressed.show(refused)
        return None
    flash(_("Saved. The participant gets a message."), "success")
    return redirect(url_for("learning.accommodations"))


def _listed(row: Row[Accommodation, str, str]) -> dict[str, object]:
    found, given, family = row
    shown = found.asked if found.state == "requested" else found.granted
    return {
        "id": found.id,
        "name": f"{given} {family}",
        "kinds": ", ".join(kind_words(shown)),
        "at": found.asked_at if found.state == "requested" else found.decided_at,
    }


def kind_words(kinds: list[str]) -> list[str]:
    return [str(ASK_WORDS[Help(kind)]) for kind in kinds]


def changes_of(row: Accommodation) -> list[str]:
    """What one grant changes, a sentence each."""
    words = honored([(row.granted, row.times, row.terms)]).words()
    if row.deadline is not None:
        words.append(str(_("The deadline for the lessons moved to %(day)s.", day=show_date(row.deadline))))
    return words
