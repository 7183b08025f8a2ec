"""The courts' counts added up, as the platform role reads them. Nothing here is about a person, or names a court beside
what its people answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, cast, func, select, true

from app.curriculum.lessons import QuizLesson
from app.curriculum.models import CurriculumVersion
from app.curriculum.schema import ModuleContent
from app.operator.curriculum.counting.models import CurriculumUse, QuizItemCount
from app.operator.curriculum.counting.rules import ItemFigures, Tally, figures, wording_of
from tenants.database import session
from tenants.models import Court

COURTS_SHOWN = 25


@dataclass(frozen=True)
class QuizFigures:
    """A quiz of a version, and its questions in their order in the file."""

    lesson: QuizLesson
    items: tuple[ItemFigures, ...]

    @property
    def flagged(self) -> int:
        return sum(bool(item.flags) for item in self.items if item.people is not None)


def quiz_figures(content: ModuleContent, language: str) -> list[QuizFigures]:
    """Every quiz of a version in one language. A question that earlier versions asked in the same words keeps its
    figures; one that was worded anew begins at nothing."""
    quizzes = [lesson for lesson in content.lessons if isinstance(lesson, QuizLesson)]
    wordings = {wording_of(question, language) for quiz in quizzes for question in quiz.pool}
    tallies = _tallies(content.slug, language, wordings)
    return [
        QuizFigures(
            quiz,
            tuple(
                figures(question, tallies.get((quiz.slug, wording_of(question, language)), Tally()))
                for question in quiz.pool
            ),
        )
        for quiz in quizzes
    ]


def _tallies(slug: str, language: str, wordings: Collection[str]) -> dict[tuple[str, str], Tally]:
    """Sums over all courts and versions, by lesson and wording."""
    counted = (
        QuizItemCount.version_id.in_(select(CurriculumVersion.id).where(CurriculumVersion.slug == slug)),
        QuizItemCount.language == language,
        QuizItemCount.wording.in_(wordings),
    )
    place = (QuizItemCount.lesson, QuizItemCount.wording)
    sums = (
        QuizItemCount.drawn,
        QuizItemCount.first_tries,
        QuizItemCount.first_right,
        QuizItemCount.others_sum,
        QuizItemCount.others_squares,
        QuizItemCount.others_sum_right,
    )
    rows = session().execute(select(*place, *(func.sum(one) for one in sums)).where(*counted).group_by(*place))
    found = {}
    for lesson, wording, *values in rows:
        drawn, tries, right, others, squares, others_right = (int(value) for value in values)
        found[lesson, wording] = Tally(drawn, tries, right, Counter(), others, squares, others_right)
    each = func.jsonb_each_text(QuizItemCount.chosen).table_valued("key", "value")
    people = func.sum(cast(each.c.value, Integer))
    answers = select(*place, each.c.key, people).join(each, onclause=true()).where(*counted)
    for lesson, wording, option, chosen in session().execute(answers.group_by(*place, each.c.key)):
        found[lesson, wording].chosen[option] = int(chosen)
    return found


@dataclass(frozen=True)
class Use:
    """Enrollments on a version, and in how many courts; `counted_at`: the oldest of the counts."""

    going: int = 0
    passed: int = 0
    ended: int = 0
    courts: int = 0
    counted_at: datetime | None = None


def use_of(version_ids: Collection[UUID]) -> dict[UUID, Use]:
    """Over all courts, by version; one that nobody has begun is left out."""
    total = CurriculumUse.going + CurriculumUse.passed + CurriculumUse.ended
    rows = session().execute(
        select(
            CurriculumUse.version_id,
            func.sum(CurriculumUse.going),
            func.sum(CurriculumUse.passed),
            func.sum(CurriculumUse.ended),
            func.count().filter(total > 0),
            func.min(CurriculumUse.counted_at),
        )
        .where(CurriculumUse.version_id.in_(version_ids))
        .group_by(CurriculumUse.version_id)
    )
    return {version: Use(int(a), int(b), int(c), int(courts), at) for version, a, b, c, courts, at in rows}


def use_by_court(version_id: UUID, after: str = "") -> Sequence[Any]:
    """Each court that has somebody on the version, by address, from the one after `after` on; one more than
    COURTS_SHOWN. These are numbers of cases, as the usage page shows them: no answer stands beside them."""
    total = CurriculumUse.going + CurriculumUse.passed + CurriculumUse.ended
    query = (
        select(Court.id, Court.slug, Court.name, CurriculumUse)
        .join(CurriculumUse, CurriculumUse.court_id == Court.id)
        .where(CurriculumUse.version_id == version_id, total > 0, Court.slug > after)
        .order_by(Court.slug)
        .limit(COURTS_SHOWN + 1)
    )
    return session().execute(query).all()
