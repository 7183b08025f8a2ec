"""Codes for many people at once, their slips, and sending a code by mail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask_babel import format_date
from sqlalchemy import select

from app.cases.enrolling import is_code_of, issue_code
from app.cases.lookups import person_of_code
from app.cases.models import CodeBatch, Enrollment, EnrollmentCode
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.core.outbox import enqueue
from app.core.runtime import runtime
from app.notices.services import send
from tenants.database import session, transaction
from tenants.models import Court
from tenants.scope import current_court_id

MOST_AT_ONCE = 100
PER_PAGE = (1, 10)
KEPT_FOR = timedelta(days=1)  # slips show codes: they do not lie around
MAKE_SLIPS = "reports.make_slips"
_SEALED_BY = "link-token"


def issue_batch(referral_ids: Sequence[UUID], *, per_page: int, mail: bool, actor: Actor) -> CodeBatch:
    """A code for each of these people who has none that works, and the slips of all in the background.

    `per_page`: slips on a sheet, one of PER_PAGE. `mail`: also to those whose address is known. Somebody who got a code
    meanwhile is left out. Raises Refused when nobody is left, or more than MOST_AT_ONCE are chosen.
    """
    chosen = list(dict.fromkeys(referral_ids))
    if not chosen:
        raise Refused(_("Choose at least one person."), "referrals")
    if len(chosen) > MOST_AT_ONCE:
        raise Refused(_("Choose at most %(most)s people.", most=MOST_AT_ONCE), "referrals")
    if per_page not in PER_PAGE:
        raise Refused(_("Choose how many slips stand on a sheet."), "per_page")
    assert actor.id is not None
    now = clock.now()
    with transaction() as current:
        batch = CodeBatch(per_page=per_page, codes=0, made_at=now, made_by=actor.id, keep_until=now + KEPT_FOR)
        wanted = [referral_id for referral_id in chosen if _needs_code(referral_id)]
        if not wanted:
            raise Refused(_("None of these people needs a code any more."), "referrals")
        batch.codes = len(wanted)
        current.add(batch)
        current.flush()
        issued = {}
        for referral_id in wanted:
            row, code = issue_code(referral_id, actor=actor, batch_id=batch.id)
            issued[str(row.id)] = code
            if mail and person_of_code(row.id).email:
                mail_code(row, code, actor=actor)
        batch.sealed = runtime().keyring.seal(_SEALED_BY, json.dumps(issued).encode(), bound_to=f"codes:{batch.id}")
        current.flush()
        enqueue(MAKE_SLIPS, batch.id, once="1")
        audit(
            "cases.issue_codes",
            actor=actor,
            subject=("code_batch", batch.id),
            new={"codes": len(issued), "per_page": per_page, "mail": mail},
        )
        return batch


def _needs_code(referral_id: UUID) -> bool:
    state = session().scalar(select(Enrollment.state).where(Enrollment.referral_id == referral_id))
    live = select(EnrollmentCode.id).where(
        EnrollmentCode.referral_id == referral_id,
        EnrollmentCode.state == "issued",
        EnrollmentCode.expires_at > clock.now(),
    )
    return state == "referred" and session().scalar(live.limit(1)) is None


def codes_of(batch: CodeBatch) -> dict[UUID, str]:
    """The codes of a batch whose slips are still to be made, by the rows' ids."""
    opened = runtime().keyring.open(_SEALED_BY, batch.sealed, bound_to=f"codes:{batch.id}")
    return {UUID(code_id): code for code_id, code in json.loads(opened).items()}


def keep_slips(batch_id: UUID, pdf: bytes) -> str:
    """Put the slips into storage, sealed; the file's SHA-256. Raises OSError."""
    box = runtime().keyring.seal(_SEALED_BY, pdf, bound_to=f"slips:{batch_id}")
    return runtime().storage.put(current_court_id(), box.encode())


def slips_of(batch: CodeBatch, *, actor: Actor) -> bytes:
    """The slips as a PDF; who took them stands in the audit. Raises NotFound when there are none (any more)."""
    if batch.state != "ready" or clock.now() >= batch.keep_until:
        raise NotFound
    box = runtime().storage.get(current_court_id(), batch.file_sha256)
    pdf = runtime().keyring.open(_SEALED_BY, box.decode(), bound_to=f"slips:{batch.id}")
    with transaction():
        audit("cases.read_slips", actor=actor, subject=("code_batch", batch.id))
    return pdf


def the_batch(batch_id: UUID, *, lock: bool = False) -> CodeBatch:
    """One batch of the court at work. Raises NotFound."""
    query = select(CodeBatch).where(CodeBatch.id == batch_id)
    if lock:
        query = query.with_for_update()
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def forget_slips() -> None:
    """Drop codes and slips past their day (scheduled, for the court at work)."""
    old = select(CodeBatch.id).where(CodeBatch.state != "gone", CodeBatch.keep_until <= clock.now()).limit(100)
    for batch_id in list(session().scalars(old)):
        with transaction():
            batch = the_batch(batch_id, lock=True)
            sha256 = batch.file_sha256
            batch.state, batch.sealed, batch.file_sha256 = "gone", "", ""
        if sha256:
            runtime().storage.delete(current_court_id(), sha256)


def mail_code(row: EnrollmentCode, typed: str, *, actor: Actor) -> None:
    """Send a code to the person's own address, once; the birth date is never in it. `typed`: the code itself.

    Raises NotFound when it is not the code of `row`, Refused when it can not be used or no address is known.
    """
    if not is_code_of(row, typed):
        raise NotFound
    now = clock.now()
    if row.state != "issued" or now >= row.expires_at:
        raise Refused(_("This code can not be used any more. Issue a new one."))
    if row.mailed_at is not None:
        return
    person = person_of_code(row.id)
    if not person.email:
        raise Refused(_("No email address of this person is known."))
    with transaction() as current:
        court = current.scalars(select(Court).where(Court.id == current_court_id())).one()
        language = person.language if person.language in court.languages else court.languages[0]
        with in_language(language):
            until = format_date(clock.local(row.expires_at, court.time_zone).date(), "long")
        send(
            template="enrollment_code",
            to_address=person.email,
            recipient=("person", person.id),
            language=language,
            context={"link": f"{runtime().settings.public_url}/{court.slug}/enroll", "until": until},
            secret={"code": typed},
        )
        row.mailed_at = now
        audit("cases.mail_code", actor=actor, subject=("enrollment_code", row.id), case_id=row.referral_id)
