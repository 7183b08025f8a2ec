"""The inbox of whoever is signed in, and how that person wants to get messages."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import ActorKind
from app.core.i18n import gettext as _
from app.notices import lookups, reading
from app.notices.compose import words_of
from app.notices.forms import LearnerWishesForm, StaffWishesForm
from app.notices.rules import Wishes
from app.notices.wishes import choose, wishes_of
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.links import address
from app.web.routing import Pages

pages = Pages("notices", __name__)


@pages.get("/messages", permission=Permission.SIGNED_IN)
def inbox() -> ResponseReturnValue:
    """The messages, newest first."""
    person = current_identity()
    rows, older = lookups.inbox(person, before=request.args.get("before", type=UUID))
    return render_template(
        "notices/inbox.html",
        rows=[(row, words_of(row, with_link=False)) for row in rows],
        older=older,
        paged="before" in request.args,
        unread=person.unread,
    )


@pages.post("/messages/read-all", permission=Permission.SIGNED_IN)
def read_all() -> ResponseReturnValue:
    if PortalForm().validate_on_submit():
        reading.mark_all_read(actor=current_identity())
    return redirect(url_for("notices.inbox"))


@pages.get("/messages/<uuid:notice_id>", permission=Permission.SIGNED_IN)
def message(notice_id: UUID) -> ResponseReturnValue:
    """One message. Looking marks nothing: the list's button did."""
    row = lookups.own_message(notice_id, current_identity())
    return render_template(
        "notices/message.html",
        row=row,
        words=words_of(row, with_link=False),
        page_url=address("front.court_home") + (row.page or ""),
    )


@pages.post("/messages/<uuid:notice_id>/open", permission=Permission.SIGNED_IN)
def open_message(notice_id: UUID) -> ResponseReturnValue:
    """Open a message from the list: from then on it is read."""
    lookups.own_message(notice_id, current_identity())
    if PortalForm().validate_on_submit():
        reading.mark_read(notice_id, actor=current_identity())
    return redirect(url_for("notices.message", notice_id=notice_id))


@pages.post("/messages/<uuid:notice_id>/keep-new", permission=Permission.SIGNED_IN)
def keep_new(notice_id: UUID) -> ResponseReturnValue:
    """Show a message as new again."""
    lookups.own_message(notice_id, current_identity())
    if PortalForm().validate_on_submit():
        reading.mark_unread(notice_id, actor=current_identity())
    return redirect(url_for("notices.inbox"))


@pages.route("/messages/how", methods=["GET", "POST"], permission=Permission.SIGNED_IN)
def wishes() -> ResponseReturnValue:
    """How the signed-in person wants to get messages."""
    person, now = current_identity(), wishes_of(current_identity().id)
    learner = person.kind == ActorKind.LEARNER
    form: PortalForm
    if learner:
        form = LearnerWishesForm(reminders_by_mail=now.reminders_by_mail, nothing_home=now.nothing_home)
    else:
        form = StaffWishesForm(once_a_day="yes" if now.once_a_day else "no")
    if form.validate_on_submit():
        chosen = (
            Wishes(form.reminders_by_mail.data, form.nothing_home.data)
            if learner
            else Wishes(once_a_day=form.once_a_day.data == "yes")
        )
        choose(chosen, actor=person)
        flash(_("Saved. From now on we do it that way."), "success")
        return redirect(url_for("notices.wishes"))
    page = render_template("notices/wishes.html", form=form, learner=learner)
    return page, (422 if form.errors else 200)
