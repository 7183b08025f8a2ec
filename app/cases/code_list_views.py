"""All codes of a court, codes for many people at once, slips to print, and failed tries."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from app.cases import code_batches, lookups
from app.cases.code_listing import ATTEMPT_DAYS, STATES, failed_tries, page_of_codes, without_code
from app.cases.pages import pages, the_court
from app.cases.referral_views import CODE_TONES
from app.cases.rules import STATE_WORDS
from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.storage import Missing
from app.permissions.permissions import Permission
from app.web import errors
from app.web.forms import PortalForm
from app.web.identity import current_identity
from tenants.database import transaction


def _id(value: object) -> str:
    """An id in its usual spelling. Raises ValueError."""
    return str(UUID(str(value)))


class BatchForm(PortalForm):
    """For whom, how the slips are printed, and whether codes are mailed too."""

    referrals = SelectMultipleField(
        _l("People without a code"),
        coerce=_id,
        validate_choice=False,  # who got a code meanwhile is left out, not a fault of the form
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    per_page = RadioField(
        _l("Slips on a sheet"),
        choices=[SelectChoice("10", _l("Ten, to cut apart")), SelectChoice("1", _l("One"))],
        default="10",
    )
    mail = BooleanField(_l("Also mail the code to those whose email address is known"))


@pages.get("/codes", permission=Permission.CODE_ISSUE)
def codes() -> ResponseReturnValue:
    identity = current_identity()
    state = request.args.get("state", "issued")
    if state not in STATES:
        raise NotFound
    shown = page_of_codes(identity, state, older_than=_asked("older"))
    return render_template(
        "cases/codes.html",
        shown=shown,
        state=state,
        states=STATES,
        names=lookups.names_of([line.code.issued_by for line in shown.lines]),
        state_words=STATE_WORDS["enrollment code"],
        code_tones=CODE_TONES,
    )


def _asked(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


@pages.route("/codes/new", methods=["GET", "POST"], permission=Permission.CODE_ISSUE)
def issue_codes() -> ResponseReturnValue:
    """Codes for people who are chosen from a list."""
    waiting = without_code(current_identity(), code_batches.MOST_AT_ONCE)
    form = BatchForm()
    form.referrals.choices = [SelectChoice(str(one.referral_id), one.referral.person.full_name) for one in waiting]
    if not form.is_submitted():
        form.referrals.data = [choice.value for choice in form.referrals.choices]
    elif form.validate():
        try:
            with transaction():
                claim = form.claim("cases.issue_codes")
                if claim.first:
                    claim.finish(_issue(form))
            return redirect(url_for("cases.code_batch", batch_id=claim.result_id))
        except Refused as refused:
            form.show(refused)
    page = render_template("cases/issue_codes.html", form=form, waiting=waiting, most=code_batches.MOST_AT_ONCE)
    return page, (422 if form.errors else 200)


def _issue(form: BatchForm) -> UUID:
    """The batch's id. Raises Refused."""
    return code_batches.issue_batch(
        [UUID(value) for value in form.referrals.data or ()],
        per_page=int(form.per_page.data),
        mail=form.mail.data,
        actor=current_identity(),
    ).id


@pages.get("/codes/batches/<uuid:batch_id>", permission=Permission.CODE_ISSUE)
def code_batch(batch_id: UUID) -> ResponseReturnValue:
    """Whether the slips are made; the page looks again by itself while they are not."""
    batch = code_batches.the_batch(batch_id)
    over = clock.now() >= batch.keep_until
    return render_template("cases/code_batch.html", batch=batch, state="gone" if over else batch.state)


@pages.get("/codes/batches/<uuid:batch_id>/slips", permission=Permission.CODE_ISSUE)
def slips(batch_id: UUID) -> ResponseReturnValue:
    batch = code_batches.the_batch(batch_id)
    try:
        content = code_batches.slips_of(batch, actor=current_identity())
    except Missing:
        return errors.page(503, message=_("The file is not where it was put. Please tell the court's administrator."))
    answer = Response(content, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"slips-{batch.id.hex[-8:]}.pdf")
    return answer


@pages.post("/referrals/<uuid:referral_id>/codes/mail", permission=Permission.CODE_ISSUE)
def mail_code(referral_id: UUID) -> ResponseReturnValue:
    """Mail the code that the page before still shows: fields `code_id` and `code`."""
    identity = current_identity()
    lookups.get_referral_for(identity, referral_id)
    try:
        row = lookups.the_code(referral_id, UUID(request.form.get("code_id", "")))
    except ValueError:
        raise NotFound from None
    try:
        with transaction():
            code_batches.mail_code(row, request.form.get("code", ""), actor=identity)
        flash(_("The code is on its way by mail."), "success")
    except Refused as refused:
        flash(refused.message, "warning")
    return redirect(url_for("cases.referral", referral_id=referral_id))


@pages.get("/codes/attempts", permission=Permission.CODE_ISSUE)
def code_attempts() -> ResponseReturnValue:
    """Failed tries at codes: nothing of what was typed, only how often and at whose code."""
    found = failed_tries(current_identity(), the_court().time_zone)
    return render_template("cases/code_attempts.html", found=found, days=ATTEMPT_DAYS)
