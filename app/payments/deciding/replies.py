"""What the learner answers to the court: asking it to look again, and the proof that it asked for."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import my_enrollment, the_enrollment
from app.cases.models import Enrollment
from app.cases.rules import move
from app.cases.services import note_activity
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.payments.deciding import lookups
from app.payments.deciding.models import WaiverDecision, WaiverReply
from app.payments.deciding.rules import ASK_AGAIN_FROM, Outcome, may_ask_again
from app.payments.ledger import open_coursework_if_allowed
from app.payments.lookups import balance_cents, newest_waiver
from app.payments.models import Waiver
from app.payments.rules import WAIVER_MOVES
from app.payments.waiving.models import WaiverProof
from app.payments.waiving.proofs import add_to_request
from app.permissions.identity import Identity
from tenants.database import session, transaction
from tenants.keys import uuid7

LONGEST_WORDS = 1500  # characters


def ask_again(words: str, *, actor: Identity) -> Waiver:
    """Ask the court to look again at its last answer. Lessons can go on meanwhile where the rules let them.

    Raises NotFound, Refused when its time is over, nothing is owed, or nothing was written.
    """
    with transaction():
        waiver, enrollment = _mine(actor)
        last = lookups.last_answer(waiver.id)
        until = last.ask_again_until if last else None
        if last is not None and waiver.state in ASK_AGAIN_FROM and until is None:
            raise Refused(_("The court has looked at your request twice. Its answer is final."))
        if last is None or not may_ask_again(waiver.state, until, lookups.court_day()):
            raise Refused(_("The time to ask the court to look again is over. You can send a new request."))
        if balance_cents(enrollment.id) <= 0:
            raise Refused(_("Nothing is owed. You do not need a waiver."))
        if not words.strip():
            raise Refused(_("Write what the court should look at again."), "words")
        waiver.state = move(waiver.state, "reconsideration", WAIVER_MOVES).to
        waiver.asked_again_at = clock.now()
        _write_down(waiver, enrollment, last, "asked_again", words, actor)
        open_coursework_if_allowed(enrollment.id)
        return waiver


def send_proof(words: str, *, none_there: bool = False, actor: Identity) -> Waiver:
    """Answer the court's question for proof: it was added, or there is none and why. The request keeps its age.

    Raises NotFound, Refused (nothing added, no word why), StaleForm when the court no longer waits for it.
    """
    with transaction():
        waiver, enrollment = _mine(actor)
        asked = _question(waiver)
        if asked is None:
            raise StaleForm
        if none_there and not words.strip():
            raise Refused(_("Write why you have no proof."), "words")
        if not none_there and not proof_since(waiver.id, asked):
            raise Refused(_("Add a photo or a PDF first. If you have none, choose “I do not have proof”."), "answer")
        waiver.state = move(waiver.state, "under_review", WAIVER_MOVES).to
        _write_down(waiver, enrollment, asked, "no_proof" if none_there else "proof_sent", words, actor)
        return waiver


def add_asked_proof(content: bytes, name: str, *, actor: Identity) -> WaiverProof:
    """Add a photo or PDF to a request for which the court asked for proof.

    Raises NotFound, Refused at `file`, StaleForm when the court no longer waits for it.
    """
    with transaction():
        waiver, _enrollment = _mine(actor)
        if _question(waiver) is None:
            raise StaleForm
        return add_to_request(waiver, content, name, actor=actor)


def proof_since(waiver_id: UUID, asked: WaiverDecision) -> bool:
    """Whether anything was added as proof since the court asked for it."""
    query = select(WaiverProof.id).where(
        WaiverProof.waiver_id == waiver_id, WaiverProof.added_at >= asked.at, WaiverProof.file_deleted_at.is_(None)
    )
    return session().scalar(query.limit(1)) is not None


def _question(waiver: Waiver) -> WaiverDecision | None:
    """The court's open question for proof."""
    if waiver.state != Outcome.NEEDS_PROOF:
        return None
    return next((one for one in reversed(lookups.decisions_of(waiver.id)) if one.kind == Outcome.NEEDS_PROOF), None)


def _mine(actor: Identity) -> tuple[Waiver, Enrollment]:
    """The learner's newest request, held until the end of the transaction. Raises NotFound."""
    enrollment = the_enrollment(my_enrollment(actor).id, lock=True)
    newest = newest_waiver(enrollment.id)
    if newest is None:
        raise NotFound
    return session().scalars(select(Waiver).where(Waiver.id == newest.id).with_for_update()).one(), enrollment


def _write_down(
    waiver: Waiver, enrollment: Enrollment, to: WaiverDecision, kind: str, words: str, actor: Identity
) -> None:
    if len(words) > LONGEST_WORDS:
        raise Refused(_("Please write a little less."), "words")
    session().add(
        WaiverReply(
            id=uuid7(),
            waiver_id=waiver.id,
            enrollment_id=enrollment.id,
            decision_id=to.id,
            kind=kind,
            words=words.strip(),
            at=clock.now(),
        )
    )
    audit(
        "payments.ask_waiver_again" if kind == "asked_again" else "payments.answer_for_proof",
        actor=actor,
        subject=("waiver", waiver.id),
        case_id=enrollment.referral_id,
        new={"state": waiver.state, "answer": kind, "words": words.strip()},
    )
    note_activity(enrollment.id)
