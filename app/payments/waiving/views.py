"""Pages of asking for a waiver: the learner's way, the counter's, and the files that go with a request."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from app.cases.models import Enrollment
from app.core.audit import audit
from app.core.errors import NotFound
from app.core.i18n import current_language, in_language
from app.payments.lookups import get_waiver_for, newest_waiver
from app.payments.models import Waiver
from app.payments.waiving import lookups, walking
from app.payments.waiving.services import declaration
from app.payments.waiving.walking import Walk
from app.payments.waiving.words import told_rows
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages

pages = Pages("waiving", __name__)

OWN, ASSIST = Permission.OWN_PROGRAM, Permission.WAIVER_ASSIST
HERE = "/fee/waiver"
COUNTER = "/referrals/<uuid:referral_id>/waiver"


def _own() -> Walk:
    return Walk(lambda: lookups.own_desk(current_identity()), {})


def _counter(referral_id: UUID) -> Walk:
    place = {"referral_id": referral_id}
    return Walk(lambda: lookups.counter_desk(current_identity(), referral_id), place, "counter_")


# --- The learner's own -----------------------------------------------------------------------------------------------


@pages.get(HERE, permission=OWN)
def start() -> ResponseReturnValue:
    """What it takes to ask, and the way in."""
    return walking.start_page(_own())


@pages.route(f"{HERE}/step/<step>", methods=["GET", "POST"], permission=OWN)
def step(step: str) -> ResponseReturnValue:
    """One step of the request."""
    return walking.step_page(_own(), step)


@pages.post(f"{HERE}/files", permission=OWN)
def add_file() -> ResponseReturnValue:
    """Add a photo or PDF as proof."""
    return walking.add_file(_own())


@pages.get(f"{HERE}/files/<uuid:added_id>", permission=OWN)
def draft_file(added_id: UUID) -> ResponseReturnValue:
    """A file that was added and not sent yet."""
    return walking.download(lookups.get_draft_proof(_own().desk, added_id).file, added_id)


@pages.post(f"{HERE}/files/<uuid:added_id>/delete", permission=OWN)
def take_file_back(added_id: UUID) -> ResponseReturnValue:
    return walking.take_file_back(_own(), added_id)


@pages.route(f"{HERE}/check", methods=["GET", "POST"], permission=OWN)
def check() -> ResponseReturnValue:
    """Check the answers, sign and send."""
    return walking.check_page(_own())


@pages.route(f"{HERE}/throw-away", methods=["GET", "POST"], permission=OWN)
def throw_away() -> ResponseReturnValue:
    return walking.throw_away_page(_own())


@pages.get(f"{HERE}/sent", permission=OWN)
def sent() -> ResponseReturnValue:
    """It is with the court; what comes next."""
    walk = _own()
    waiver = newest_waiver(walk.enrollment.id)
    if waiver is None:
        raise NotFound
    return walk.page("sent", waiver=waiver, started=walk.enrollment.state != "enrolled")


@pages.get(f"{HERE}/<uuid:waiver_id>/copy", permission=OWN)
def copy(waiver_id: UUID) -> ResponseReturnValue:
    """The request as it was signed and sent, to print and keep."""
    return _copy(*get_waiver_for(current_identity(), waiver_id))


@pages.get(f"{HERE}/<uuid:waiver_id>/files/<uuid:proof_id>", permission=OWN)
def own_file(waiver_id: UUID, proof_id: UUID) -> ResponseReturnValue:
    """A file that the learner sent."""
    proof, _enrollment = lookups.get_proof_for(current_identity(), waiver_id, proof_id)
    return walking.download(proof.file, proof_id)


def _copy(waiver: Waiver, enrollment: Enrollment) -> str:
    with in_language(waiver.signed_language or current_language()):
        signed = waiver.signed_words or declaration()
    return render_template(
        "payments/waiving/copy.html",
        waiver=waiver,
        person=enrollment.referral.person,
        rows=told_rows(waiver, [proof.file.name for proof in lookups.proofs_of(waiver.id)]),
        computation=lookups.computation_of(waiver, enrollment),
        declaration=signed,
    )


# --- The court's -----------------------------------------------------------------------------------------------------


@pages.get("/waivers/<uuid:waiver_id>/files/<uuid:proof_id>", permission=Permission.WAIVER_DECIDE)
def proof_file(waiver_id: UUID, proof_id: UUID) -> ResponseReturnValue:
    """Proof of a request, for those who decide; who read it is kept."""
    identity = current_identity()
    proof, enrollment = lookups.get_proof_for(identity, waiver_id, proof_id)
    answer = walking.download(proof.file, proof_id)
    audit(
        "payments.read_waiver_proof",
        actor=identity,
        subject=("waiver", waiver_id),
        case_id=enrollment.referral_id,
        new={"proof": str(proof_id)},
    )
    return answer


# --- At the counter --------------------------------------------------------------------------------------------------


@pages.get(COUNTER, permission=ASSIST)
def counter_start(referral_id: UUID) -> ResponseReturnValue:
    """Fill in a request together with somebody, or from paper."""
    return walking.start_page(_counter(referral_id))


@pages.route(f"{COUNTER}/step/<step>", methods=["GET", "POST"], permission=ASSIST)
def counter_step(referral_id: UUID, step: str) -> ResponseReturnValue:
    return walking.step_page(_counter(referral_id), step)


@pages.post(f"{COUNTER}/files", permission=ASSIST)
def counter_add_file(referral_id: UUID) -> ResponseReturnValue:
    return walking.add_file(_counter(referral_id))


@pages.get(f"{COUNTER}/files/<uuid:scan_id>", permission=ASSIST)
def counter_draft_file(referral_id: UUID, scan_id: UUID) -> ResponseReturnValue:
    """A file that was added at the counter and not sent yet."""
    return walking.download(lookups.get_draft_proof(_counter(referral_id).desk, scan_id).file, scan_id)


@pages.post(f"{COUNTER}/files/<uuid:scan_id>/delete", permission=ASSIST)
def counter_take_file_back(referral_id: UUID, scan_id: UUID) -> ResponseReturnValue:
    return walking.take_file_back(_counter(referral_id), scan_id)


@pages.route(f"{COUNTER}/check", methods=["GET", "POST"], permission=ASSIST)
def counter_check(referral_id: UUID) -> ResponseReturnValue:
    return walking.check_page(_counter(referral_id))


@pages.route(f"{COUNTER}/throw-away", methods=["GET", "POST"], permission=ASSIST)
def counter_throw_away(referral_id: UUID) -> ResponseReturnValue:
    return walking.throw_away_page(_counter(referral_id))


@pages.get(f"{COUNTER}/sent", permission=ASSIST)
def counter_sent(referral_id: UUID) -> ResponseReturnValue:
    walk = _counter(referral_id)
    waiver = newest_waiver(walk.enrollment.id)
    if waiver is None:
        raise NotFound
    return walk.page("sent", waiver=waiver, started=walk.enrollment.state != "enrolled")


@pages.get(f"{COUNTER}/<uuid:waiver_id>/copy", permission=ASSIST)
def counter_copy(referral_id: UUID, waiver_id: UUID) -> ResponseReturnValue:
    """The request as it was sent, to print for the person; who read it is kept."""
    identity = current_identity()
    waiver, enrollment = get_waiver_for(identity, waiver_id)
    if enrollment.referral_id != referral_id:
        raise NotFound
    audit("payments.read_waiver", actor=identity, subject=("waiver", waiver_id), case_id=referral_id)
    return _copy(waiver, enrollment)
