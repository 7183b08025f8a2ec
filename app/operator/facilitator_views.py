"""Pages about facilitators and the courts that they review for."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.operator import facilitators, guard
from app.operator.courts import the_court
from app.operator.forms import LANGUAGE_NAMES, GrantForm, InviteFacilitatorForm, ReasonForm
from app.operator.pages import pages


@pages.get("/facilitators")
def facilitator_list() -> ResponseReturnValue:
    found = facilitators.grants(_place(request.args.get("after", "")))
    shown = found[: facilitators.SHOWN]
    more = shown[-1][0].id if len(found) > len(shown) else None
    return render_template("operator/facilitators.html", grants=shown, more=more, language_names=LANGUAGE_NAMES)


def _place(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


@pages.route("/court/<uuid:court_id>/facilitators/<uuid:membership_id>/grant", methods=["GET", "POST"])
def grant_facilitator(court_id: UUID, membership_id: UUID) -> ResponseReturnValue:
    """Another court for a facilitator, or another language at the same one."""
    known = facilitators.the_grant(court_id, membership_id)
    form = GrantForm(language=known.review_language or facilitators.EVERY_LANGUAGE, lead=bool(known.review_lead))
    form.court.choices = _courts()
    if form.validate_on_submit():
        try:
            facilitators.grant(
                known,
                UUID(form.court.data),
                language=form.language.data,
                lead=bool(form.lead.data),
                actor=guard.current_actor(),
            )
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("Saved. %(name)s can sign in there now.", name=known.display_name), "success")
            return redirect(url_for("operator.facilitator_list"), 303)
    return render_template("operator/grant_facilitator.html", form=form, known=known), 422 if form.errors else 200


@pages.route("/court/<uuid:court_id>/facilitators/<uuid:membership_id>/revoke", methods=["GET", "POST"])
def revoke_facilitator(court_id: UUID, membership_id: UUID) -> ResponseReturnValue:
    known = facilitators.the_grant(court_id, membership_id)
    form = ReasonForm()
    if form.validate_on_submit():
        facilitators.revoke(court_id, membership_id, reason=form.reason.data, actor=guard.current_actor())
        flash(_("The grant has ended. It holds from the person's next page on."), "success")
        return redirect(url_for("operator.facilitator_list"), 303)
    page = render_template("operator/revoke_facilitator.html", form=form, known=known, court=the_court(court_id))
    return page, 422 if form.errors else 200


@pages.route("/facilitators/invite", methods=["GET", "POST"])
def invite_facilitator() -> ResponseReturnValue:
    form = InviteFacilitatorForm()
    form.court.choices = _courts()
    if form.validate_on_submit():
        try:
            facilitators.invite_new(
                UUID(form.court.data),
                email=form.email.data,
                display_name=form.display_name.data,
                actor=guard.current_actor(),
            )
        except (Refused, NotFound) as refused:
            form.show(refused if isinstance(refused, Refused) else Refused(_("Choose a court."), "court"))
        else:
            flash(_("The invitation goes out by mail in a moment."), "success")
            return redirect(url_for("operator.facilitator_list"), 303)
    return render_template("operator/invite_facilitator.html", form=form), 422 if form.errors else 200


def _courts() -> list[tuple[str, str]]:
    return [("", _("Choose")), *((str(court_id), name) for court_id, name in facilitators.courts_to_choose())]
