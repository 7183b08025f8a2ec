"""Naming approvers, and their word on a version of the curriculum. Runs as the platform role; all of it is logged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.court_admin.models import note
from app.curriculum.models import CurriculumApprover, CurriculumSignOff, CurriculumVersion
from app.curriculum.schema import SIGNED_OFF_BY
from app.operator.models import Operator
from tenants.database import transaction


def name_approver(operator_id: UUID, part: str, *, actor: Actor) -> None:
    """Let an operator sign off a part from now on. Does nothing when that is so already.

    Nobody names themselves. Raises NotFound, Refused with the field.
    """
    if part not in SIGNED_OFF_BY:
        raise NotFound
    if actor.id is None or operator_id == actor.id:
        raise Refused(_("Nobody names themselves. Ask another operator to do it."), "operator")
    with transaction() as current:
        named = current.scalar(select(Operator).where(Operator.id == operator_id).with_for_update())
        if named is None:
            raise NotFound
        if _standing(current, operator_id, part) is not None:
            return
        current.add(CurriculumApprover(part=part, operator_id=operator_id, named_by=actor.id, named_at=clock.now()))
        current.flush()
        detail = {"part": part, "approver": named.display_name}
        note(current, "operator.name_approver", operator_id=actor.id, detail=detail)


def end_approver(approver_id: UUID, *, actor: Actor) -> None:
    """From now on this operator signs off that part no more; what was signed stays. Twice is once. Raises NotFound."""
    with transaction() as current:
        row = current.scalar(select(CurriculumApprover).where(CurriculumApprover.id == approver_id).with_for_update())
        if row is None:
            raise NotFound
        if row.ended_at is not None:
            return
        row.ended_at = clock.now()
        current.flush()
        name = current.scalar(select(Operator.display_name).where(Operator.id == row.operator_id))
        detail = {"part": row.part, "approver": name}
        note(current, "operator.end_approver", operator_id=actor.id, detail=detail)


def sign_off(version_id: UUID, part: str, *, looked_at: str, actor: Actor) -> None:
    """An approver's own word that a part of a version is right. `looked_at`: what the person looked at.

    Does nothing when the part is signed off already. Raises NotFound, Refused when the actor is no approver of it.
    """
    _say(version_id, part, looked_at, taken_back=False, actor=actor)


def take_back(version_id: UUID, part: str, *, reason: str, actor: Actor) -> None:
    """The version is demonstration content again. Nothing, when the part is not signed off. Raises as `sign_off`."""
    _say(version_id, part, reason, taken_back=True, actor=actor)


def _say(version_id: UUID, part: str, words: str, *, taken_back: bool, actor: Actor) -> None:
    with transaction() as current:
        version = current.scalar(select(CurriculumVersion).where(CurriculumVersion.id == version_id))
        if version is None or part not in SIGNED_OFF_BY or actor.id is None:
            raise NotFound
        # Who ends the approver at this moment waits, or is waited for.
        if _standing(current, actor.id, part, lock=True) is None:
            raise Refused(_("Only a named approver can sign off this part."))
        latest = current.scalar(
            select(CurriculumSignOff.taken_back)
            .where(CurriculumSignOff.version_id == version_id, CurriculumSignOff.part == part)
            .order_by(CurriculumSignOff.at.desc(), CurriculumSignOff.id.desc())
            .limit(1)
        )
        if (latest is False) is not taken_back:
            return
        current.add(
            CurriculumSignOff(
                version_id=version_id,
                part=part,
                taken_back=taken_back,
                operator_id=actor.id,
                looked_at=words,
                at=clock.now(),
            )
        )
        current.flush()
        detail: dict[str, Any] = {"module": version.slug, "version": version.version, "part": part, "words": words}
        action = "operator.take_back_sign_off" if taken_back else "operator.sign_off"
        note(current, action, operator_id=actor.id, detail=detail)


def _standing(current: Session, operator_id: UUID, part: str, *, lock: bool = False) -> CurriculumApprover | None:
    query = select(CurriculumApprover).where(
        CurriculumApprover.operator_id == operator_id,
        CurriculumApprover.part == part,
        CurriculumApprover.ended_at.is_(None),
    )
    found: CurriculumApprover | None = current.scalar(query.with_for_update() if lock else query)
    return found
