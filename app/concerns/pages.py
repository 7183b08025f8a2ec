"""Raising a concern, and the page that answers at once: what to do, whom to call, and what was done."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.accounts.models import Membership
from app.cases.lookups import case_numbers, names_of, the_enrollment
from app.concerns import services
from app.concerns.forms import RaiseForm, StepForm
from app.concerns.lookups import concern_for, concern_rules, is_on_call, on_call, sees_all, steps_of
from app.concerns.models import Concern
from app.concerns.rules import Danger, Place, Step, is_closed
from app.concerns.words import DANGER_WORDS, PLACE_WORDS, STEP_WORDS, procedure
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.learning.pseudonym import pseudonym
from app.permissions.identity import Identity, Role
from app.permissions.permissions import Permission, may
from app.web.links import link
from tenants.database import session, transaction


def raise_page(
    identity: Identity,
    enrollment_id: UUID,
    *,
    who: str,
    place: Place,
    back: str,
    answer: Callable[[UUID], str],
) -> ResponseReturnValue:
    """The form. `who` is the participant as the page knows them; `answer` is the address of the concern's page."""
    form = RaiseForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("concerns.raise")
                if claim.first:
                    kind, words = Danger(form.kind.data), form.words.data or ""
                    claim.finish(services.raise_concern(enrollment_id, kind, words, place, actor=identity).id)
                made = claim.result_id
            return redirect(answer(made) if made is not None else back, 303)
        except Refused as refused:
            form.show(refused)
    page = render_template("concerns/raise.html", form=form, who=who, back=back, numbers=concern_rules().numbers)
    return page, (422 if form.errors else 200)


def concern_page(identity: Identity, concern_id: UUID, *, back: str, here: str) -> ResponseReturnValue:
    """A concern, for whoever raised it, is on call, or an administrator. Raises NotFound."""
    concern = concern_for(identity, concern_id)
    form, acts = StepForm(), sees_all(identity)
    if acts and form.validate_on_submit():
        try:
            with transaction():
                if form.claim("concerns.step").first:
                    services.note_step(concern_id, Step(form.step.data), form.words.data or "", actor=identity)
            return redirect(here, 303)
        except Refused as refused:
            form.show(refused)
    services.note_reading(concern, actor=identity)
    rules, steps = concern_rules(), steps_of(concern_id)
    names = names_of([one.by for one in steps])
    page = render_template(
        "concerns/concern.html",
        concern=concern,
        form=form,
        acts=acts and not is_closed([one.step for one in steps]),
        back=back,
        here=here,
        mine=concern.raised_by == identity.id,
        kind=DANGER_WORDS[Danger(concern.kind)],
        place=PLACE_WORDS[Place(concern.place)],
        procedure=procedure(rules),
        numbers=rules.numbers,
        asked=[] if acts else [(one.name, one.phone) for one in on_call()[:1]],
        steps=[
            {
                "words": STEP_WORDS[Step(one.step)],
                "said": one.words if acts else "",
                "at": one.at,
                "by": names.get(one.by, "") if one.by is not None else _("Portal"),
            }
            for one in steps
        ],
        **_people(identity, concern, acts=acts),
    )
    return page, (422 if form.errors else 200)


def _people(identity: Identity, concern: Concern, *, acts: bool) -> dict[str, object]:
    """Who it is about and who raised it, as far as the reader may know.

    A facilitator knows a code. Whoever acts knows the person; and only who is on call learns a facilitator's name.
    """
    if not acts and identity.as_role is Role.FACILITATOR:
        code = pseudonym(concern.enrollment_id)
        return {"who": _("Participant %(code)s", code=code), "contact": [], "case_url": None, "raised_by": ""}
    referral = the_enrollment(concern.enrollment_id).referral
    person = referral.person
    if acts and is_on_call(identity):
        query = select(Membership.display_name).where(Membership.id == concern.raised_by)
        raiser = session().scalars(query).one()
    else:
        raiser = names_of([concern.raised_by]).get(concern.raised_by, "")
    numbers = ", ".join(number for number in case_numbers(referral.id) if number)
    contact = [
        (_("Case number"), numbers),
        (_("Birth date"), person.birth_date),
        (_("Phone"), person.phone),
        (_("Email"), person.email),
    ]
    seen = may(identity, Permission.CASE_READ)
    return {
        "who": person.full_name,
        "contact": [(label, value) for label, value in contact if value] if acts else [],
        "case_url": link("caseload.case", enrollment_id=concern.enrollment_id) if acts and seen else None,
        "raised_by": raiser,
    }
