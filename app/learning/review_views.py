"""The facilitator's queue: reflections to read and quizzes to open anew, under pseudonyms."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.learning import reviewing
from app.learning.forms import ReviewForm, StartForm
from app.learning.pages import pages
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from tenants.database import transaction


@pages.get("/reflections", permission=Permission.REFLECTION_REVIEW)
def reviews() -> ResponseReturnValue:
    identity = current_identity()
    return render_template(
        "learning/reviews.html",
        reflections=reviewing.waiting_reflections(identity),
        quizzes=reviewing.waiting_quizzes(identity),
        most=reviewing.QUEUE_LENGTH,
        form=StartForm(),
    )


@pages.route("/reflections/<uuid:reflection_id>", methods=["GET", "POST"], permission=Permission.REFLECTION_REVIEW)
def review(reflection_id: UUID) -> ResponseReturnValue:
    form = ReviewForm()
    if form.validate_on_submit():
        try:
            _decide(reflection_id, form, accept=bool(request.form.get("accept")))
            return redirect(url_for("learning.reviews"))
        except Refused as refused:
            form.show(refused)
    shown = reviewing.open_for_review(reflection_id, actor=current_identity())
    return render_template("learning/review.html", form=form, shown=shown), (422 if form.errors else 200)


def _decide(reflection_id: UUID, form: ReviewForm, *, accept: bool) -> None:
    actor = current_identity()
    with transaction():
        if not form.claim("learning.review").first:
            return
        if accept:
            reviewing.accept_reflection(reflection_id, form.feedback.data, actor=actor)
        else:
            reviewing.return_reflection(reflection_id, form.feedback.data, actor=actor)
    flash(_("Accepted.") if accept else _("Given back with your note."), "success")


@pages.route("/reflections/new-tries/<uuid:progress_id>", methods=["POST"], permission=Permission.REFLECTION_REVIEW)
def new_tries(progress_id: UUID) -> ResponseReturnValue:
    form = StartForm()
    if form.validate_on_submit():
        with transaction():
            if form.claim("learning.new_tries").first:
                reviewing.allow_new_tries(progress_id, actor=current_identity())
        flash(_("The quiz is open again."), "success")
    return redirect(url_for("learning.reviews"))
