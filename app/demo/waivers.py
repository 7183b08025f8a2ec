"""Requests for a waiver in the demo: one being filled in, one with proof, one denied, one granted in part."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from app.demo.learner import Learner
from app.payments.deciding.rules import Decision, Outcome
from app.payments.deciding.services import decide_waiver
from app.payments.models import Waiver
from app.payments.waiving.computing import Period
from app.payments.waiving.lookups import own_desk
from app.payments.waiving.proofs import add_to_draft
from app.payments.waiving.rules import Step
from app.payments.waiving.services import WaiverRequest, file_waiver, save
from tenants.database import acting_as, session

LOST_WORK = "I lost my job in the summer. I work a few days a week now and pay for my two children."


def begin(learner: Learner) -> None:
    """Three steps are filled in; then life comes between."""
    with acting_as(learner.court.id):
        desk, _enrollment = own_desk(learner.me)
        save(desk, Step.BENEFITS, {"benefits": ()})
        save(desk, Step.HOUSEHOLD, {"household_size": 3})
        save(desk, Step.INCOME, {"income_cents": 900_00, "income_period": Period.TWO_WEEKS})


def ask(learner: Learner, monthly_cents: int, *, size: int, proof: bool = False) -> None:
    """A request without benefits, with a pay stub where there is `proof`."""
    with acting_as(learner.court.id):
        if proof:
            desk, _enrollment = own_desk(learner.me)
            add_to_draft(desk, _pay_stub(), "pay stub.jpg", actor=learner.me)
        asked = WaiverRequest(household_size=size, monthly_income_cents=monthly_cents, statement=LOST_WORK)
        file_waiver(asked, actor=learner.me)


def deny(learner: Learner) -> None:
    """The judge says no, and why; the learner can ask to look again."""
    why = "The income that you told of is well above what the court can waive. You can pay in parts instead."
    _decide(learner, Decision(Outcome.DENIED, reason="income_over_limit", explanation=why))


def grant_a_part(learner: Learner) -> None:
    """The judge waives a part."""
    why = "Su hogar tiene algunos ingresos. El tribunal le exime de una parte; puede pagar el resto poco a poco."
    _decide(learner, Decision(Outcome.PARTIAL, amount_cents=200_00, explanation=why))


def _decide(learner: Learner, decision: Decision) -> None:
    with acting_as(learner.court.id):
        waiver = session().query(Waiver).filter_by(enrollment_id=learner.enrolled).one()
        judge = learner.court.staff["judge"].identity
        decide_waiver(waiver.id, decision, actor=judge, row_version=str(waiver.row_version))


def _pay_stub() -> bytes:
    """A photo of a pay stub, as a phone sends it: JPEG."""
    picture = Image.new("RGB", (900, 1200), "#f4f1ea")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((70, 90, 830, 1110), fill="white", outline="#999999", width=3)
    pen.text((120, 140), "PAY STUB", fill="black", font_size=54)
    rows = (("Period", "two weeks"), ("Hours", "38"), ("Gross pay", "$684.00"), ("Net pay", "$596.20"))
    for at, (name, value) in enumerate(rows):
        pen.text((120, 280 + 110 * at), name, fill="black", font_size=36)
        pen.text((520, 280 + 110 * at), value, fill="black", font_size=36)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
