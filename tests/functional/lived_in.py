"""A court in which everything has happened once, full of words that no other court may ever see.

The tests that walk every route fill a route's parameters from here. A route with a parameter that is not known here
fails with a message that says so: add it to `ids_of`.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import zlib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from flask import Flask
from PIL import Image
from werkzeug.routing import Rule

from app.accountability.models import CheckIn
from app.accountability.terminating.models import Termination
from app.accountability.violations.models import PossibleViolation
from app.accounts.models import Invitation, Membership
from app.cases.code_batches import keep_slips
from app.cases.imports import services as imports
from app.cases.imports.columns import Kind
from app.cases.imports.models import ReferralImport
from app.cases.models import CodeBatch, Enrollment, EnrollmentCode, Referral
from app.concerns.models import Concern
from app.concerns.rules import Danger
from app.concerns.rules import Place as SeenIn
from app.concerns.services import raise_concern
from app.core import clock
from app.core.models import AuditCheck, AuditEvent, StoredFile
from app.core.runtime import runtime
from app.court_admin.drafts import start_draft
from app.court_admin.lookups import EMBLEM
from app.court_admin.services import keep_emblem
from app.curriculum.lookups import current_versions
from app.exports import services as exports
from app.exports.models import CourtExport
from app.learning.accommodations.models import Accommodation
from app.learning.models import ModuleProgress, Reflection
from app.notices.models import Notice
from app.payments.counter.adjusting import adjust
from app.payments.counter.models import CounterPayment, CounterRefund, LedgerAdjustment
from app.payments.counter.rules import Method
from app.payments.counter.services import Received, record_payment
from app.payments.installments.services import make_plan
from app.payments.models import Checkout, StripeEvent, Waiver
from app.payments.refunds.models import Refund
from app.payments.waiving.models import WaiverProof
from app.permissions.identity import STAFF_ROLES, Identity, Role
from app.reports.models import Report
from app.reviews.flags import flag
from app.reviews.models import ReviewFlag
from app.reviews.rules import FlagReason
from app.reviews.rules import Kind as ReviewKind
from tenants import rules
from tenants.database import acting_as, session, transaction
from tenants.program import ProgramDocument
from tests.client import PageClient
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional import lived_in_lists as lists
from tests.functional import lived_in_records as records
from tests.functional.lived_in_money import ask_for_waivers, grant_a_part, pay_by_card
from tests.functional.lived_in_talk import talk, talk_ids

MODULE, LESSON = "accountability-without-shame", "how-this-program-works"
ORDER = b"%PDF-1.4\n%order of the court\n"
# By the parameter of a route: the table whose rows it names.
TABLES: dict[str, Any] = {
    "referral_id": Referral,
    "enrollment_id": Enrollment,
    "code_id": EnrollmentCode,
    "batch_id": CodeBatch,
    "waiver_id": Waiver,
    "check_in_id": CheckIn,
    "violation_id": PossibleViolation,
    "termination_id": Termination,
    "reflection_id": Reflection,
    "flag_id": ReviewFlag,
    "concern_id": Concern,
    "report_id": Report,
    "file_id": StoredFile,
    "invitation_id": Invitation,
    "membership_id": Membership,
    "member_id": Membership,
    "import_id": ReferralImport,
    "event_id": AuditEvent,
    "check_id": AuditCheck,
    "export_id": CourtExport,
    "refund_id": Refund,
    "payment_id": CounterPayment,
    "adjustment_id": LedgerAdjustment,
    "notice_id": Notice,
    "accommodation_id": Accommodation,
    **lists.TABLES,
}


@dataclass
class LivedIn:
    """A court, its people of every role, and the ids of one row of everything."""

    app: Flask
    court: TestCourt
    canary: str
    people: dict[Role, Identity] = field(default_factory=dict)

    @cached_property
    def clients(self) -> dict[Role, PageClient]:
        return {role: self.court.client(person) for role, person in self.people.items()}

    @cached_property
    def ids(self) -> dict[str, Any]:
        return ids_of(self)

    def path(self, rule: Rule, **other: Any) -> str:
        """The address of a route for this court's rows; `other` replaces parameters."""
        values = {}
        for name in rule.arguments - {"court_slug"}:
            if name not in self.ids:
                raise LookupError(
                    f"{rule.rule}: nobody knows how to fill <{name}>; teach it to ids_of in {__name__}"
                ) from None
            values[name] = other.get(name, self.ids[name])
        adapter = self.app.url_map.bind("localhost")
        return adapter.build(rule.endpoint, {**values, "court_slug": self.court.slug}, append_unknown=False)


def ids_of(lived: LivedIn) -> dict[str, Any]:
    """By parameter name: an id, slug or number that exists in this court."""
    with lived.app.app_context(), acting_as(lived.court.id):
        found = {
            name: session().scalar(sa.select(model.id).order_by(model.id).limit(1)) for name, model in TABLES.items()
        }
        found["exhausted_id"] = session().scalar(
            sa.select(ModuleProgress.id).where(ModuleProgress.state == "attempts_exhausted")
        )
        found |= {
            "report_id": session().scalar(sa.select(Report.id).where(Report.state == "ready").limit(1)),
            **talk_ids(),
        }
        found["checkout_id"] = session().scalar(sa.select(Checkout.id).where(Checkout.state == "paid"))
        found["review_id"] = session().scalar(sa.select(Checkout.id).where(Checkout.state == "review"))
        found["stripe_event"] = session().scalar(
            sa.select(StripeEvent.id).where(StripeEvent.court_id == lived.court.id, StripeEvent.state == "failed")
        )
        proofs = {"proof_id": WaiverProof.waiver_id.is_not(None)}
        proofs["added_id"] = WaiverProof.waiver_id.is_(None) & (WaiverProof.written_by == "learner")
        proofs["scan_id"] = WaiverProof.waiver_id.is_(None) & (WaiverProof.written_by == "counter")
        found |= {name: session().scalar(sa.select(WaiverProof.id).where(which)) for name, which in proofs.items()}
        found["sha256"] = session().scalar(sa.select(StoredFile.sha256).where(StoredFile.purpose == EMBLEM))
    missing = [name for name, value in found.items() if value is None]
    assert not missing, f"the court that everything happened in has no row for {missing}"
    plain = {
        "slug": MODULE,
        "lesson": LESSON,
        "language": "en",
        "number": 1,
        "key": "course",
        "kind": "final",
        "form": "csv",
        "step": "household",
        "audience": "officer",
        "guide_name": "participant",
        "token": "no-such-token-" + "x" * 30,
    }
    numbers = {"standing": "active", "report_standing": "ready", "money_kind": "assessed", "team_table": "late"}
    return {**found, **plain, **lists.FACT, **numbers}


def row_parameters(rule: Rule) -> dict[str, Any]:
    """The parameters that name a row, each with a value that names none."""
    return {
        name: secrets.token_hex(32) if name == "sha256" else uuid4()
        for name, converter in rule._converters.items()
        if type(converter).__name__ == "UUIDConverter" or name == "sha256"
    }


def lived_in(app: Flask, canary: str) -> LivedIn:
    """Make one; every personal value in it carries `canary`."""
    publish(app)
    lived = LivedIn(app, make_court(app, name=f"Court of {canary}"), canary)
    court = lived.court
    for role in (*STAFF_ROLES, Role.COUNSEL):
        lived.people[role] = court.member(role, f"{role.title()} {canary}")
    with app.test_request_context(), acting_as(court.id), transaction():
        _give_emblem(lived)
        start_draft(actor=lived.people[Role.ADMINISTRATOR])
    enrollment_id = make_referral(
        court,
        actor=lived.people[Role.CLERK],
        given_names=canary,
        family_names=f"Family{canary}",
        email=f"{canary}@mail.example".lower(),
        case_numbers=(f"26-{canary}-1",),
        officer_id=lived.people[Role.OFFICER].id,
        hearing_on=clock.today("America/Los_Angeles") + timedelta(days=30),
    )
    lived.people[Role.LEARNER], _id = make_learner(court, enrollment_id)
    with app.test_request_context(), acting_as(court.id):
        _send_list(lived)
        _come_to_the_counter(lived, enrollment_id)
        exports.ask(reason=f"For {canary}", actor=lived.people[Role.ADMINISTRATOR])
    with app.test_request_context(), acting_as(court.id), transaction():
        _fill(lived, enrollment_id)
        lists.give_lists(lived.people[Role.OFFICER], lived.people[Role.LEARNER], enrollment_id)
    return lived


def _send_list(lived: LivedIn) -> None:
    """A file of people that is not confirmed yet."""
    list_of_one = f"Given names,Family names,Birth date,Order date\n{lived.canary},Listed,4/28/1986,6/8/2020\n"
    # Sent by the prosecutor, who sees only the own ones; the others who may refer see all of the court's.
    sender, name = lived.people[Role.PROSECUTOR], f"{lived.canary}.csv"
    imports.keep_import(list_of_one.encode(), name=name, kind=Kind.REFERRALS, actor=sender)


def _come_to_the_counter(lived: LivedIn, enrollment_id: UUID) -> None:
    """Something paid, something waived, something to pay in parts, and a correction that waits for a second person."""
    clerk, today = lived.people[Role.CLERK], clock.today("America/Los_Angeles")
    paid = Received(Method.CHECK, 1_000, today, reference=f"check {lived.canary}")
    record_payment(enrollment_id, paid, actor=clerk)
    grant_a_part(lived.canary, enrollment_id, actor=clerk)
    make_plan(enrollment_id, 2, actor=clerk)
    adjust(enrollment_id, -9_000, reason=f"asked {lived.canary}", actor=clerk)


def _give_emblem(lived: LivedIn) -> None:
    """A picture of the court's own, on its pages from now on."""
    file = io.BytesIO()
    Image.new("RGB", (40, 40), f"#{zlib.crc32(lived.canary.encode()) & 0xFFFFFF:06x}").save(file, "PNG")
    kept = keep_emblem(file.getvalue(), name=f"{lived.canary}.png", actor=lived.people[Role.ADMINISTRATOR])
    _row, document = rules.rules_in_force()
    values = document.to_json()
    values["reports"]["letterhead"]["emblem"] = kept.sha256
    values["people"]["refers"] = ["clerk", "prosecutor"]
    rules.publish(ProgramDocument.model_validate(values), by=None, reason="for a test", at=clock.now())


def _fill(lived: LivedIn, enrollment_id: UUID) -> None:
    """One row of what the services of a first day do not make."""
    now, canary = clock.now(), lived.canary
    stored = StoredFile(
        sha256=runtime().storage.put(lived.court.id, ORDER + canary.encode()),
        size=len(ORDER) + len(canary),
        content_type="application/pdf",
        purpose="order",
        name=f"{canary}.pdf",
        created_at=now,
        created_by=lived.people[Role.CLERK].id,
    )
    session().add(stored)
    session().flush()
    session().execute(sa.update(Referral).values(order_file_id=stored.id, agreement_file_id=stored.id))
    session().execute(sa.update(Referral).values(referred_by=lived.people[Role.PROSECUTOR].id))
    _give_slips(lived)
    _once(
        CheckIn,
        enrollment_id=enrollment_id,
        number=1,
        opens_at=now - timedelta(days=3),
        due_on=clock.today("America/Los_Angeles") + timedelta(days=3),
        closes_at=now + timedelta(days=3),
        grace_until=now + timedelta(days=6),
        state="submitted",
        submitted_at=now,
        answers={"going": "well", "support": "yes", "questions": [], "statement": f"said {canary}"},
        feedback="",
    )
    _once(
        PossibleViolation,
        enrollment_id=enrollment_id,
        kind="conduct",
        occasion="conduct 2026-01-02",
        facts=f"noted {canary}",
        event_on=clock.today("America/Los_Angeles"),
        opened_at=now,
        opened_by=lived.people[Role.OFFICER].id,
        statement=f"own side {canary}",
        statement_at=now,
    )
    _once(
        Termination,
        enrollment_id=enrollment_id,
        number=1,
        state="noticed",
        reasons=f"reasons {canary}",
        counsel=f"lawyer {canary}",
        proposed_at=now,
        proposed_by=lived.people[Role.OFFICER].id,
        noticed_at=now,
        respond_by=clock.today("America/Los_Angeles") + timedelta(days=14),
        response=f"answer {canary}",
        response_at=now,
    )
    lists.give_the_learners_own(lived.people, enrollment_id, canary)
    ask_for_waivers(lived.court, canary, enrollment_id)
    _once(AuditCheck, state="whole", asked_at=now, done_at=now, problems=[])
    _once(ModuleProgress, enrollment_id=enrollment_id, slug=MODULE, position=1, required=True)
    session().execute(
        sa.update(ModuleProgress)
        .where(ModuleProgress.slug == MODULE)
        .values(version_id=current_versions()[MODULE].version_id, state="in_progress", started_at=now)
    )
    _once(
        Reflection,
        enrollment_id=enrollment_id,
        slug=MODULE,
        lesson="your-first-step",
        text=f"wrote {canary}",
        state="submitted",
        submitted_at=now,
    )
    _once(Accommodation, enrollment_id=enrollment_id, asked=["other"], own_words=f"asked {canary}", asked_at=now)
    other = min(slug for slug in current_versions() if slug != MODULE)
    values = {"enrollment_id": enrollment_id, "slug": other, "position": 2, "required": False}
    session().add(ModuleProgress(state="attempts_exhausted", version_id=current_versions()[other].version_id, **values))
    session().flush()
    sent = session().scalars(sa.select(CheckIn.id)).first()
    flag(ReviewKind.CHECK_IN, sent, FlagReason.SUPPORT, f"noticed {canary}", actor=lived.people[Role.FACILITATOR])
    raise_concern(
        enrollment_id, Danger.THREAT, f"feared {canary}", SeenIn.CHECK_IN, actor=lived.people[Role.FACILITATOR]
    )
    talk(lived.people, canary, enrollment_id)
    _once(
        CounterRefund,
        enrollment_id=enrollment_id,
        method="check",
        reference=f"back {canary}",
        amount_cents=1,
        reason=f"because {canary}",
        paid_at=now,
        paid_by=lived.people[Role.ADMINISTRATOR].id,
    )
    _once(
        Invitation,
        email=f"invited-{uuid4().hex}@court.example",
        display_name=f"Invited {canary}",
        role=Role.CLERK,
        token_digest=uuid4().hex,
        created_at=now,
        expires_at=now + timedelta(days=7),
    )
    pay_by_card(lived.court, canary, enrollment_id)
    enrolled = sa.select(Report).where(Report.kind == "proof_of_enrollment")
    proof = session().scalars(enrolled).one()  # asked for when the learner enrolled
    proof.state, proof.file_id, proof.signed_sha256, proof.ready_at = "ready", stored.id, stored.sha256, now
    lists.give_papers(lived.people[Role.CLERK], proof, stored)
    records.give_ends(lived.people, session().scalars(sa.select(Referral.id)).one(), stored)


def _give_slips(lived: LivedIn) -> None:
    """Printed codes that can still be downloaded."""
    now = clock.now()
    batch = CodeBatch(
        per_page=10,
        codes=1,
        made_at=now,
        made_by=lived.people[Role.CLERK].id,
        keep_until=now + timedelta(days=300),
    )
    session().add(batch)
    session().flush()
    batch.state, batch.file_sha256 = "ready", keep_slips(batch.id, ORDER + lived.canary.encode())


def _once(model: Any, **values: Any) -> None:
    """A row of `model`, unless the portal's own services have made one."""
    if session().scalar(sa.select(model.id).limit(1)) is None:
        session().add(model(**values))
        session().flush()


# What a look at a page may change: who looked, and when somebody was last seen.
MAY_CHANGE = {"audit_event", "audit_detail", "audit_seal", "account_session", "attempt"}


def fingerprint(lived: LivedIn, *, without: set[str] = MAY_CHANGE) -> dict[str, str]:
    """A digest of every table's rows, as the court sees them."""
    with lived.app.app_context(), acting_as(lived.court.id), transaction() as current:
        names = current.scalars(
            sa.text(
                "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'public' AND c.relkind = 'r' AND has_table_privilege(c.oid, 'SELECT')"
            )
        ).all()
        found = {}
        for name in sorted(set(names) - without):
            lines = current.scalars(sa.text(f'SELECT t::text FROM "{name}" t')).all()
            found[name] = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
    return found
