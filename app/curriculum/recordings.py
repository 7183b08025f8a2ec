"""Videos that were delivered: of a video lesson, or a survivor's recorded words in a reading.

A recording stands at a place (module, lesson), not in a version: so one that is withdrawn disappears at once, whatever
version somebody is pinned to. The lesson's own words, or the slot's facts, stand there instead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import or_, select

from app.core import clock
from app.curriculum.models import CurriculumRecording
from app.curriculum.render import render_markdown
from tenants.database import session

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Recording:
    """A video that may be shown now. `seconds`: its run time; `captions` and `transcripts` by language."""

    id: UUID
    module: str
    lesson: str
    title: Mapping[str, str]
    sha256: str
    content_type: str
    size: int
    seconds: int
    captions: Mapping[str, str]
    transcripts: Mapping[str, str]

    @property
    def minutes(self) -> int:
        """Rounded up."""
        return -(-self.seconds // 60)

    @property
    def megabytes(self) -> int:
        """Rounded up."""
        return -(-self.size // MEGABYTE)


def recording_at(module: str, lesson: str) -> Recording | None:
    """The recording that may be shown at a place now; None when there is none, or its consent has ended."""
    return recordings_in(module, [lesson]).get(lesson)


def recordings_in(module: str, lessons: Collection[str]) -> dict[str, Recording]:
    """What may be shown now in these lessons of a module, by lesson. Asked each time."""
    if not lessons:
        return {}
    today = clock.now().date()
    rows = session().execute(
        select(*_SHOWN).where(
            CurriculumRecording.module == module,
            CurriculumRecording.lesson.in_(lessons),
            CurriculumRecording.withdrawn_at.is_(None),
            _consented(today),
        )
    )
    return {row.lesson: Recording(**row._mapping) for row in rows}


def spoken_in(recording: Recording, language: str) -> Markup:
    """What is said in a recording, as safe HTML; in its first language where it has no transcript in `language`."""
    return render_markdown(recording.transcripts.get(language) or next(iter(recording.transcripts.values())))


# Who signed which consent is for the console alone: these columns are all that the application's role may read.
_SHOWN = tuple(
    getattr(CurriculumRecording, name)
    for name in (
        "id",
        "module",
        "lesson",
        "title",
        "sha256",
        "content_type",
        "size",
        "seconds",
        "captions",
        "transcripts",
    )
)


def _consented(today: date) -> Any:
    until = CurriculumRecording.consent_until
    return or_(until.is_(None), until >= today)
