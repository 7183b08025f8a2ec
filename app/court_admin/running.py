"""Which rules a court may apply to people who are in the program already, and applying them.

Everything else stays as it was when somebody enrolled: what they signed, what they owe and what they have to learn.
Whoever is concerned gets an amended version of the rules: the own one, with these parts of the newer one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, false, func, or_, select

from app.cases.models import Enrollment, Person, Referral
from app.cases.rules import stage_of
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.audit import audit
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.core.jobs import Job, JobHandler
from app.core.models import Outbox
from app.court_admin.questions import value_at, with_value
from app.learning.overview import lessons_opened
from tenants import rules
from tenants.database import session, transaction
from tenants.models import ProgramRules, RulesState
from tenants.program import ProgramDocument

APPLY = "court_admin.apply_rules"
AT_ONCE = 200  # enrollments in one transaction
ON_PAGE = 50

_COURSE = frozenset({"enrolled", "coursework"})
_CHECK_INS = frozenset({"accountability"})
_ALL = _COURSE | _CHECK_INS | {"report_due"}


@dataclass(frozen=True)
class RunningRule:
    """A rule that may be changed for people who are in the program: for those at these stages, and why it is fair."""

    path: tuple[str, ...]
    stages: frozenset[str]
    reason: LazyString


# The whole list. What is not here never changes for somebody who has enrolled. None of these depends on another rule,
# so that an earlier version with them is sound whenever both versions are.
RUNNING = (
    RunningRule(
        ("coursework", "quiz_attempts"), _COURSE, _("It is counted anew at each try, and takes back nothing passed.")
    ),
    RunningRule(("coursework", "quiz_wait_hours"), _COURSE, _("It only says when the next try opens.")),
    RunningRule(
        ("accountability", "grace_days"), _COURSE, _("Dates are set when check-ins begin; until then it can move.")
    ),
    RunningRule(
        ("accountability", "misses_allowed"),
        _COURSE | _CHECK_INS,
        _("It says when a person of the court looks, not what follows."),
    ),
    RunningRule(
        ("accountability", "officer_questions"),
        _COURSE | _CHECK_INS,
        _("They are asked in check-ins to come; answers that were given stay as they are."),
    ),
    RunningRule(("waivers", "reconsideration_days"), _ALL, _("It is the time to ask again after a decision to come.")),
    RunningRule(("reminders", "days_before"), _ALL, _("Reminders help; they ask for nothing.")),
    RunningRule(("reminders", "quiet_from"), _ALL, _("Reminders help; they ask for nothing.")),
    RunningRule(("reminders", "quiet_until"), _ALL, _("Reminders help; they ask for nothing.")),
)

# Somebody on hold, or back before the court, is at the stage that the case will resume from.
works_at = case(
    (Enrollment.state.in_(("on_hold", "returned_to_court")), func.coalesce(Enrollment.held_from, "")),
    else_=Enrollment.state,
)


@dataclass(frozen=True)
class Concerned:
    """Whom a newer version concerns: by pinned version and stage, the rules that differ, and how many people."""

    groups: Mapping[tuple[UUID, str], tuple[RunningRule, ...]]
    counts: Mapping[tuple[UUID, str], int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def by_rule(self) -> dict[RunningRule, int]:
        """How many enrollments each rule concerns, in the order of the list."""
        found = {
            rule: sum(self.counts[key] for key, differing in self.groups.items() if rule in differing)
            for rule in RUNNING
        }
        return {rule: number for rule, number in found.items() if number}


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[RunningRule, ...]:
    """The rules of the list that two documents state differently."""
    return tuple(rule for rule in RUNNING if value_at(before, rule.path) != value_at(after, rule.path))


def amended(document: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """`document` with everything from `newer` that may be applied to running cases."""
    changed = dict(document)
    for rule in RUNNING:
        changed = with_value(changed, rule.path, value_at(newer, rule.path))
    return changed


def concerned(newer: Mapping[str, Any]) -> Concerned:
    """Whom `newer` would concern, were it applied now. Two statements."""
    stages = {stage for rule in RUNNING for stage in rule.stages}
    counted = session().execute(
        select(Enrollment.rules_id, works_at, func.count())
        .where(Enrollment.rules_id.is_not(None), works_at.in_(stages))
        .group_by(Enrollment.rules_id, works_at)
    )
    counts = {(rules_id, stage): number for rules_id, stage, number in counted if rules_id is not None}
    pinned = rules.documents_of({rules_id for rules_id, _stage in counts})
    groups: dict[tuple[UUID, str], tuple[RunningRule, ...]] = {}
    for rules_id, stage in counts:
        found = tuple(rule for rule in differing(pinned[rules_id].to_json(), newer) if stage in rule.stages)
        if found:
            groups[rules_id, stage] = found
    return Concerned(groups, {key: counts[key] for key in groups})


def those_concerned(found: Concerned) -> Select[Enrollment]:
    """The enrollments of these groups."""
    pairs = [and_(Enrollment.rules_id == rules_id, works_at == stage) for rules_id, stage in found.groups]
    return select(Enrollment).where(or_(false(), *pairs))


@dataclass(frozen=True)
class Listed:
    """One enrollment that would get amended rules."""

    enrollment_id: UUID
    name: str
    stage: str  # a key of STAGE_WORDS
    rules: tuple[RunningRule, ...]


def list_concerned(found: Concerned, today: date, *, after: UUID | None = None) -> list[Listed]:
    """At most ON_PAGE + 1 of them, by id; `after` is the last id of the page before. Two statements.

    `today` is the court-local date.
    """
    query = (
        those_concerned(found)
        .with_only_columns(
            Enrollment.id,
            Enrollment.state,
            Enrollment.rules_id,
            works_at.label("works_at"),
            Referral.deadline,
            Person.given_names,
            Person.family_names,
        )
        .join(Referral, Referral.id == Enrollment.referral_id)
        .join(Person, Person.id == Referral.person_id)
        .order_by(Enrollment.id)
        .limit(ON_PAGE + 1)
    )
    if after is not None:
        query = query.where(Enrollment.id > after)
    rows = session().execute(query).all()
    opened = lessons_opened([row.id for row in rows])
    return [
        Listed(
            row.id,
            f"{row.given_names} {row.family_names}".strip(),
            stage_of(
                row.state,
                lessons_opened=opened.get(row.id, 0),
                deadline=row.deadline if row.state in _COURSE else None,
                today=today,
            ),
            found.groups[row.rules_id, row.works_at],
        )
        for row in rows
    ]


def apply_to_running(job: Job) -> None:
    """Give everybody whom the version concerns the amended rules, once it is in force: a few at a time, each audited.

    Does nothing when the version was canceled, or when a later one was applied meanwhile.
    """
    while _some_more(job):
        pass


def _some_more(job: Job) -> bool:
    """One transaction's share. The last one, which finds nobody, marks the job done."""
    with transaction() as current:
        current.execute(newest_version_locked())
        version = current.scalar(select(ProgramRules).where(ProgramRules.id == job.subject_id))
        if version is None or version.canceled_at is not None or _overtaken(version):
            job.done()
            return False
        newer = rules.rules_of(version.id).to_json()
        found = concerned(newer)
        rows = current.scalars(
            those_concerned(found).order_by(Enrollment.id).limit(AT_ONCE).with_for_update(of=Enrollment)
        ).all()
        if not rows:
            job.done()
            return False
        actor = Actor(ActorKind.STAFF, version.published_by) if version.published_by else SYSTEM
        pinned = rules.documents_of({row.rules_id for row in rows if row.rules_id})
        for enrollment in rows:
            if enrollment.rules_id is not None:
                before = pinned[enrollment.rules_id].to_json()
                row = _amended_version(enrollment.rules_id, amended(before, newer), version)
                _pin(enrollment, before, row, version, actor)
        current.flush()
    return True


def applied(version_id: UUID) -> tuple[int, bool]:
    """To how many people a version's parts for running cases went, and whether more may follow. Two statements."""
    given = (
        select(func.count())
        .select_from(Enrollment)
        .join(ProgramRules, ProgramRules.id == Enrollment.rules_id)
        .where(ProgramRules.taken_from_id == version_id)
    )
    job = select(Outbox.id).where(Outbox.kind == APPLY, Outbox.subject_id == version_id, Outbox.done_at.is_(None))
    return session().scalar(given) or 0, session().scalar(job.limit(1)) is not None


def newest_version_locked() -> Select[UUID]:
    """Whoever makes a version of the rules waits here for others who do."""
    return select(ProgramRules.id).order_by(ProgramRules.version.desc()).limit(1).with_for_update()


def _overtaken(version: ProgramRules) -> bool:
    later = select(ProgramRules.id).where(
        ProgramRules.state == RulesState.PUBLISHED,
        ProgramRules.version > version.version,
        ProgramRules.for_running.is_(True),
        ProgramRules.canceled_at.is_(None),
        or_(ProgramRules.begins_at.is_(None), ProgramRules.begins_at <= clock.now()),
    )
    return session().scalar(later.limit(1)) is not None


def _amended_version(before_id: UUID, document: dict[str, Any], newer: ProgramRules) -> ProgramRules:
    """The version `before_id` with what `newer` changes for running cases: made once."""
    current = session()
    known = current.scalar(
        select(ProgramRules).where(ProgramRules.amends_id == before_id, ProgramRules.taken_from_id == newer.id)
    )
    if known is not None:
        return known
    row = ProgramRules(
        version=(current.scalar(select(func.max(ProgramRules.version))) or 0) + 1,
        state=RulesState.AMENDED,
        document=ProgramDocument.model_validate(document).to_json(),  # nobody is pinned to what can not be read
        reason=newer.reason,
        created_at=clock.now(),
        published_at=clock.now(),
        published_by=newer.published_by,
        amends_id=before_id,
        taken_from_id=newer.id,
    )
    current.add(row)
    current.flush()
    return row


def _pin(
    enrollment: Enrollment, before: Mapping[str, Any], row: ProgramRules, newer: ProgramRules, actor: Actor
) -> None:
    changed = differing(before, row.document)
    audit(
        "court_admin.amend_rules",
        actor=actor,
        subject=("enrollment", enrollment.id),
        case_id=enrollment.referral_id,
        old={"rules_id": str(enrollment.rules_id), **{".".join(r.path): value_at(before, r.path) for r in changed}},
        new={
            "rules_id": str(row.id),
            "version": row.version,
            "taken_from": newer.version,
            "reason": newer.reason,
            **{".".join(rule.path): value_at(row.document, rule.path) for rule in changed},
        },
    )
    enrollment.rules_id = row.id


JOBS: dict[str, JobHandler] = {APPLY: JobHandler(apply_to_running, time_limit=timedelta(minutes=10))}
