"""At the court that receives: the case comes in, and its progress is written into the new enrollment."""

from __future__ import annotations

import base64
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.accountability.lookups import check_ins_of
from app.accountability.services import excuse
from app.accounts.telling import tell_staff
from app.cases.enrolling import issue_code
from app.cases.referring import NewReferral, write_referral
from app.cases.services import keep_file
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.audit import audit
from app.core.i18n import gettext as _
from app.learning.models import ModuleProgress
from app.learning.services import settle
from app.transfers.facts import the_court
from app.transfers.models import Transfer, TransferParcel
from app.transfers.parcels import opened, seal
from tenants.database import session, transaction

PURPOSE = "transferred"


def receive(row: Transfer, parcel: TransferParcel) -> None:
    """Make the referral and the enrollment of a case that was handed over; both rows locked, in one transaction.

    The person enrolls here with a new code, which goes back in the parcel: an account belongs to one court.
    """
    package = opened(parcel, "package")
    person, case = package["person"], package["case"]
    assert row.deadline is not None
    actor = Actor(ActorKind.SYSTEM, row.asked_by, role="system")
    court = the_court()
    with transaction():
        made = write_referral(
            NewReferral(
                given_names=person["given_names"],
                family_names=person["family_names"],
                birth_date=date.fromisoformat(person["birth_date"]),
                order_date=date.fromisoformat(case["order_date"]),
                deadline=row.deadline,
                case_numbers=tuple(case["numbers"]),
                officer_id=row.officer_id,
                email=person["email"],
                phone=person["phone"],
                language=person["language"] if person["language"] in court.languages else court.languages[0],
                case_ends_on=date.fromisoformat(case["case_ends_on"]) if case["case_ends_on"] else None,
            ),
            by=row.asked_by,
            actor=SYSTEM,
        )
        files = package.pop("files")
        row.documents = [
            {
                "key": one["key"],
                "name": one["name"],
                "file_id": str(
                    keep_file(
                        base64.b64decode(one["content"]),
                        name=one["name"],
                        content_type=one["content_type"],
                        purpose=PURPOSE,
                        actor=actor,
                    ).id
                ),
            }
            for one in files
        ]
        code, typed = issue_code(made.referral_id, actor=actor)
        seal(parcel, "reply", {"code": typed, "until": code.expires_at.isoformat()})
        package.pop("person")
        row.enrollment_id, row.carried = made.enrollment_id, package
        row.state, row.ended_at = "received", clock.now()
        audit(
            "transfers.receive",
            actor=SYSTEM,
            subject=("transfer", row.id),
            case_id=made.referral_id,
            new={"documents": [one["key"] for one in row.documents]},
        )
        tell_staff(row.asked_by, "transfer_answered", f"transfers/arriving/{parcel.id}")


def bring_progress(enrollment_id: UUID) -> None:
    """What was done at the other court counts here: called when somebody has enrolled, after the modules were laid out.

    A module that was passed there is not asked for again; its date, result and seat time come along. Nothing happens
    for a case that did not come by a transfer.
    """
    with transaction() as current:
        row = _came_by(enrollment_id)
        if row is None or row.brought_at is not None:
            return
        done = {one["slug"]: one for one in row.carried["modules"] if one["done"]}
        own = current.scalars(
            select(ModuleProgress)
            .where(ModuleProgress.enrollment_id == enrollment_id, ModuleProgress.slug.in_(done))
            .with_for_update()
        ).all()
        for module in own:
            told = done[module.slug]
            module.state = "exempted"
            module.passed_at = datetime.fromisoformat(told["passed_at"]) if told["passed_at"] else None
            module.best_percent, module.counted_seconds = told["percent"], told["seconds"]
            module.version_id = UUID(told["version_id"]) if told["version_id"] else None
        row.brought_at = clock.now()
        audit(
            "transfers.bring_progress",
            actor=SYSTEM,
            subject=("enrollment", enrollment_id),
            new={"modules": [module.slug for module in own], "seconds": sum(one["seconds"] for one in done.values())},
        )
        current.flush()
        settle(enrollment_id)


def settle_lessons(row: Transfer) -> None:
    """Once the lessons are open: whoever has nothing left to do in them goes on. For a locked transfer that came in."""
    assert row.enrollment_id is not None
    with transaction():
        settle(row.enrollment_id)
        row.settled_at = clock.now()


def count_check_ins(enrollment_id: UUID) -> None:
    """The check-ins that the court lets count are excused from the end of the plan: called when the plan was made."""
    with transaction():
        row = _came_by(enrollment_id)
        if row is None or not row.check_ins_counted:
            return
        counted = check_ins_of(enrollment_id)[-row.check_ins_counted :]
        for one in counted:
            excuse(one.id, _("Done at the other court, before the case moved here."), actor=SYSTEM)


def _came_by(enrollment_id: UUID) -> Transfer | None:
    query = select(Transfer).where(Transfer.enrollment_id == enrollment_id, Transfer.direction == "in")
    return session().scalar(query.with_for_update())
