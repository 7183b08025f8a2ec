"""The thread of a case as its staff and its participant see it, and the court's own texts."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import names_of
from app.cases.messages.forms import MessageForm, TemplateForm
from app.cases.messages.lookups import (
    Thread,
    get_thread_for,
    messages_of,
    my_thread,
    own_templates,
    ready_texts,
    the_template,
)
from app.cases.messages.rules import STARTERS, by_hand, is_closed
from app.cases.messages.services import mark_read, note_reading, send_message, text_from
from app.cases.messages.templates import Words, retire_template, save_template
from app.cases.working import SUPERVISING
from app.core.actor import ActorKind
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from tenants.database import transaction

pages = Pages("case_messages", __name__)


@pages.route("/cases/<uuid:enrollment_id>/messages", methods=["GET", "POST"], permission=Permission.MESSAGE_WRITE)
def of_case(enrollment_id: UUID) -> ResponseReturnValue:
    """`?start=` puts a prepared text into the box."""
    thread, form = get_thread_for(current_identity(), enrollment_id), MessageForm()
    here = url_for("case_messages.of_case", enrollment_id=enrollment_id)
    if form.is_submitted():
        if _sent(form, thread):
            flash(_("The message is sent."), "success")
            return redirect(here)
        thread = get_thread_for(current_identity(), enrollment_id)  # what was refused undid what was loaded
    else:
        note_reading(thread, actor=current_identity())
        if "start" in request.args:
            form.text.data = text_from(request.args["start"], thread.enrollment, actor=current_identity())
    texts = [(one.key, one.title) for one in ready_texts()]
    return _page("case_messages/of_case.html", thread, form, here, texts=texts, back=_case(enrollment_id))


@pages.post("/cases/<uuid:enrollment_id>/messages/read", permission=Permission.MESSAGE_WRITE)
def read_by_staff(enrollment_id: UUID) -> ResponseReturnValue:
    get_thread_for(current_identity(), enrollment_id)
    if PortalForm().validate_on_submit():
        mark_read(enrollment_id, actor=current_identity())
    return redirect(url_for("case_messages.of_case", enrollment_id=enrollment_id))


@pages.route("/my-officer", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def mine() -> ResponseReturnValue:
    thread, form = my_thread(current_identity()), MessageForm()
    here = url_for("case_messages.mine")
    if form.is_submitted() and _sent(form, thread):
        flash(_("Your message is sent. You will be told when there is an answer."), "success")
        return redirect(here)
    return _page("case_messages/mine.html", my_thread(current_identity()), form, here)


@pages.post("/my-officer/read", permission=Permission.OWN_PROGRAM)
def read_by_learner() -> ResponseReturnValue:
    thread = my_thread(current_identity())
    if PortalForm().validate_on_submit():
        mark_read(thread.enrollment.id, actor=current_identity())
    return redirect(url_for("case_messages.mine"))


def _sent(form: MessageForm, thread: Thread) -> bool:
    if not form.validate():
        return False
    try:
        with transaction():
            claim = form.claim("cases.send_message")
            if claim.first:
                claim.finish(send_message(thread.enrollment.id, form.text.data, actor=current_identity()).id)
    except Refused as refused:
        form.show(refused)
        return False
    return True


def _page(template: str, thread: Thread, form: MessageForm, here: str, **more: object) -> ResponseReturnValue:
    """The newest page of a thread, or `?before=` a message."""
    before = request.args.get("before", type=UUID)
    rows, earlier = messages_of(thread.enrollment.id, before=before)
    staff = current_identity().kind != ActorKind.LEARNER
    page = render_template(
        template,
        thread=thread,
        answers=thread.assigned if thread.assigned is not None and thread.assigned.role in SUPERVISING else None,
        rows=rows,
        names=names_of({one.author_id for one in rows} | {one.read_by for one in rows}),
        staff=staff,
        unread=[one for one in rows if one.read_at is None and (one.author_id is None) == staff],
        closed=is_closed(thread.enrollment.state),
        earlier=f"{here}?before={earlier}" if earlier else "",
        newest=here if before else "",
        form=form,
        **more,
    )
    return page, (422 if form.errors else 200)


def _case(enrollment_id: UUID) -> str:
    return link("caseload.case", enrollment_id=enrollment_id) or url_for("front.court_home")


@pages.get("/message-templates", permission=Permission.MESSAGE_TEMPLATES)
def templates() -> ResponseReturnValue:
    return render_template("case_messages/templates.html", own=own_templates(), starters=STARTERS, by_hand=by_hand)


@pages.route("/message-templates/new", methods=["GET", "POST"], permission=Permission.MESSAGE_TEMPLATES)
def new_template() -> ResponseReturnValue:
    return _template_page(TemplateForm(), None)


@pages.route("/message-templates/<uuid:template_id>", methods=["GET", "POST"], permission=Permission.MESSAGE_TEMPLATES)
def template(template_id: UUID) -> ResponseReturnValue:
    row, form = the_template(template_id), TemplateForm()
    if not form.is_submitted():
        form.title.data, form.en.data, form.es.data = row.title, row.text_en, row.text_es
        form.row_version.data = str(row.row_version)
    return _template_page(form, template_id)


def _template_page(form: TemplateForm, template_id: UUID | None) -> ResponseReturnValue:
    if form.validate_on_submit():
        words = Words(form.title.data, form.en.data, form.es.data or "")
        try:
            with transaction():
                claim = form.claim("cases.save_message_template")
                if claim.first:
                    expected = str(form.row_version.data or "")
                    row = save_template(words, template_id=template_id, expected=expected, actor=current_identity())
                    claim.finish(row.id)
            flash(_("The text is saved."), "success")
            return redirect(url_for("case_messages.templates"))
        except Refused as refused:
            form.show(refused)
    page = render_template("case_messages/template.html", form=form, is_new=template_id is None)
    return page, (422 if form.errors else 200)


@pages.post("/message-templates/<uuid:template_id>/retire", permission=Permission.MESSAGE_TEMPLATES)
def retire(template_id: UUID) -> ResponseReturnValue:
    """Out of use, or with `again` back into it."""
    the_template(template_id)
    if PortalForm().validate_on_submit():
        again = "again" in request.form
        retire_template(template_id, retired=not again, actor=current_identity())
        flash(_("The text is in use again.") if again else _("The text is no longer offered."), "success")
    return redirect(url_for("case_messages.templates"))
