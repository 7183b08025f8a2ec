"""Pages of the court's mail: what did not arrive, letters to print, and the messages of one case."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import get_referral_for
from app.cases.mailroom import lookups
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.i18n import in_language, ngettext
from app.core.i18n import lazy_gettext as _l
from app.notices import carrying, services
from app.notices.compose import words_of
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.routing import Pages
from app.web.templating import show_date
from tenants.database import transaction

pages = Pages("mailroom", __name__)
P = Permission

STATE_WORDS = {
    "queued": (_l("Mail, on its way"), "info"),
    "sent": (_l("Mail, sent"), "good"),
    "failed": (_l("Mail, could not be sent"), "problem"),
    "bounced": (_l("Mail, came back"), "problem"),
    "to_print": (_l("Letter, to be printed"), "attention"),
    "printed": (_l("Letter, printed"), "good"),
    "kept": (_l("On the Messages page only"), "neutral"),
}


@pages.get("/mail", permission=P.MAIL_HANDLE)
def undelivered() -> ResponseReturnValue:
    """Mails that failed or bounced."""
    rows, older = lookups.undelivered(request.args.get("after", type=UUID))
    shown = [(notice, case, words_of(notice, with_link=False).title if notice.page else "") for notice, case in rows]
    return render_template(
        "mailroom/undelivered.html",
        rows=shown,
        waiting=lookups.mails_that_wait(),
        older=older,
        paged="after" in request.args,
        states=STATE_WORDS,
        new_form=PortalForm,
    )


@pages.get("/mail/letters", permission=P.MAIL_HANDLE)
def letters() -> ResponseReturnValue:
    """Letters that wait for the printer, and those of the last 30 days."""
    return render_template(
        "mailroom/letters.html", waiting=lookups.letters_to_print(), printed=lookups.letters_printed()
    )


@pages.get("/mail/letters/print", permission=P.MAIL_HANDLE)
def print_letters() -> ResponseReturnValue:
    """The waiting letters as they are printed, one a page."""
    return _letters_page(lookups.as_letters(lookups.letters_to_print()))


@pages.get("/mail/letters/<uuid:notice_id>", permission=P.MAIL_HANDLE)
def letter(notice_id: UUID) -> ResponseReturnValue:
    """One letter, to be printed once more."""
    return _letters_page(lookups.as_letters([lookups.get_letter(notice_id)]))


def _letters_page(found: list[lookups.Letter]) -> ResponseReturnValue:
    return render_template(
        "mailroom/print.html",
        letters=found,
        day_of=lambda one: _in(one.language, lambda: show_date(one.notice.created_at)),
        closing_of=lambda one: _in(
            one.language, lambda: _("If something is not clear, call or visit the court. Asking is always fine.")
        ),
        program_of=lambda one: _in(one.language, lambda: _("Court program")),
        new_form=PortalForm,
        unprinted=[one for one in found if one.notice.state == "to_print"],
    )


def _in(language: str, words: Callable[[], str]) -> str:
    with in_language(language):
        return words()


@pages.post("/mail/letters/printed", permission=P.MAIL_HANDLE)
def printed() -> ResponseReturnValue:
    """The letters that were shown are on paper now."""
    form = PortalForm()
    if form.validate_on_submit():
        with transaction():
            claim = form.claim("mailroom.printed")
            count = carrying.mark_printed(_ids(), actor=current_identity()) if claim.first else 0
        if count:
            flash(
                ngettext("%(num)s letter is marked as printed.", "%(num)s letters are marked as printed.", count),
                "success",
            )
    return redirect(url_for("mailroom.letters"))


def _ids() -> list[UUID]:
    found = []
    for value in request.form.getlist("letter")[: lookups.PAGE]:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


@pages.post("/mail/<uuid:notice_id>/retry", permission=P.MAIL_HANDLE)
def retry(notice_id: UUID) -> ResponseReturnValue:
    lookups.get_message(notice_id)
    return _act(lambda: services.retry(notice_id, actor=current_identity()), _("The mail is on its way again."))


@pages.post("/mail/<uuid:notice_id>/letter", permission=P.MAIL_HANDLE)
def instead(notice_id: UUID) -> ResponseReturnValue:
    """A letter in place of the mail."""
    _notice, case = lookups.get_message(notice_id)
    case_id = case.referral_id if case else None
    return _act(
        lambda: carrying.make_letter(notice_id, actor=current_identity(), case_id=case_id),
        _("The letter waits to be printed."),
    )


@pages.post("/mail/<uuid:notice_id>/came-back", permission=P.MAIL_HANDLE)
def came_back(notice_id: UUID) -> ResponseReturnValue:
    """Somebody of the court says that the address does not work."""
    _notice, case = lookups.get_message(notice_id)
    case_id = case.referral_id if case else None

    def act() -> None:
        carrying.note_bounce(notice_id, "said by the court", actor=current_identity(), case_id=case_id)

    return _act(act, _("Noted. From now on letters take the place of mails, until a mail gets through."))


def _act(act: Callable[[], None], done: str) -> ResponseReturnValue:
    form = PortalForm()
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("mailroom.act").first:
                    act()
            flash(done, "success")
        except Refused as refused:
            flash(refused.message, "warning")
    return redirect(url_for("mailroom.undelivered"))


@pages.get("/mail/case/<uuid:referral_id>", permission=P.MAIL_HANDLE)
def of_case(referral_id: UUID) -> ResponseReturnValue:
    """What was written to one person, and whether it arrived."""
    enrollment = get_referral_for(current_identity(), referral_id)
    rows = [(row, words_of(row, with_link=False).title) for row in lookups.messages_of(enrollment.id)]
    return render_template(
        "mailroom/of_case.html", enrollment=enrollment, rows=rows, states=STATE_WORDS, new_form=PortalForm
    )
