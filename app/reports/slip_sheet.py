"""Slips for many people in one PDF: one on a sheet, or ten to cut apart. Kept sealed, for a day only."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pikepdf
from babel.dates import format_date
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.code_batches import MAKE_SLIPS, codes_of, keep_slips, the_batch
from app.cases.codes import grouped
from app.cases.models import CodeBatch, Enrollment, EnrollmentCode, Referral
from app.cases.rules import words_of_name
from app.core import clock
from app.core.i18n import LOCALES, in_language
from app.core.i18n import gettext as _
from app.core.jobs import Job, JobHandler
from app.core.runtime import runtime
from app.reports import fonts
from app.reports.facts import the_court
from app.reports.html import in_the_typeface
from app.reports.qr import qr_png
from app.reports.slip import draw_slip, language_of
from tenants.database import session, transaction

COLUMNS, ROWS = 2, 5
MARGIN = 24.0  # points; a printer can not reach the edge
PLAIN, BOLD = "slip-plain", "slip-bold"


@dataclass(frozen=True)
class SheetSlip:
    """What stands on one of ten slips, in its person's language."""

    court: str
    name: str
    lines: tuple[str, ...]
    address: str
    code: str


def make_slips(job: Job) -> None:
    """Make the PDF of one batch outside of any transaction, then note it in one, and forget the codes."""
    assert job.subject_id is not None
    batch = the_batch(job.subject_id)
    if batch.state != "making":
        with transaction():
            job.done()
        return
    sha256 = keep_slips(batch.id, draw_batch(batch))
    with transaction():
        job.done()
        batch = the_batch(batch.id, lock=True)
        batch.state, batch.file_sha256, batch.sealed = "ready", sha256, ""


def gave_up(job: Job, _error: str) -> None:
    """Say so on the batch; its codes are not kept."""
    assert job.subject_id is not None
    batch = the_batch(job.subject_id, lock=True)
    batch.state, batch.sealed = "failed", ""


def draw_batch(batch: CodeBatch) -> bytes:
    """All slips of a batch whose codes still work, by name. Raises RenderFailed."""
    typed = codes_of(batch)
    found = _still_good(typed)
    if batch.per_page == 1:
        return _one_after_another(draw_slip(row, enrollment, typed[row.id]) for row, enrollment in found)
    return draw_sheets([_sheet_slip(row, enrollment, typed[row.id]) for row, enrollment in found])


def _still_good(codes: Iterable[UUID]) -> list[tuple[EnrollmentCode, Enrollment]]:
    rows = session().execute(
        select(EnrollmentCode, Enrollment)
        .join(Enrollment, Enrollment.referral_id == EnrollmentCode.referral_id)
        .where(EnrollmentCode.id.in_(list(codes)), EnrollmentCode.state == "issued")
        .options(joinedload(Enrollment.referral).joinedload(Referral.person))
    )
    found = [(row, enrollment) for row, enrollment in rows]
    return sorted(found, key=lambda pair: _by_name(pair[1]))


def _by_name(enrollment: Enrollment) -> tuple[list[str], list[str]]:
    """As a person would look them up: Ávila before Baker, whatever the capitals and accents."""
    person = enrollment.referral.person
    return words_of_name(person.family_names), words_of_name(person.given_names)


def _one_after_another(parts: Iterable[bytes]) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as whole:
        for part in parts:
            with pikepdf.open(io.BytesIO(part)) as one:
                whole.pages.extend(one.pages)
        whole.save(out)
    return out.getvalue()


def _sheet_slip(row: EnrollmentCode, enrollment: Enrollment, typed: str) -> SheetSlip:
    court, language = the_court(), language_of(enrollment)
    with in_language(language):
        until = format_date(clock.local(row.expires_at, court.time_zone).date(), "long", locale=LOCALES[language])
        program = _("Court program")
        return SheetSlip(
            court=in_the_typeface(court.name),
            name=in_the_typeface(f"{program}: {enrollment.referral.person.full_name}"),
            lines=(
                _("Open this address and type the code"),
                _("and your date of birth:"),
                _("Use it by %(day)s. It works once.") % {"day": until},
            ),
            address=f"{runtime().settings.public_url}/{court.slug}/enroll",
            code=grouped(typed),
        )


def draw_sheets(slips: Sequence[SheetSlip]) -> bytes:
    """Ten slips a sheet (US Letter), with lines to cut along."""
    for name, file in ((PLAIN, "SourceSansPro-Regular.ttf"), (BOLD, "SourceSansPro-Bold.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(fonts.folder() / file)))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    canvas.setTitle(_("Court program"))
    width, height = (letter[0] - 2 * MARGIN) / COLUMNS, (letter[1] - 2 * MARGIN) / ROWS
    for number, slip in enumerate(slips):
        place = number % (COLUMNS * ROWS)
        if number and place == 0:
            canvas.showPage()
        left = MARGIN + (place % COLUMNS) * width
        top = letter[1] - MARGIN - (place // COLUMNS) * height
        _draw(canvas, slip, left, top, width, height)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Any, slip: SheetSlip, left: float, top: float, width: float, height: float) -> None:
    canvas.setDash(2, 2)
    canvas.setStrokeGray(0.6)
    canvas.rect(left, top - height, width, height)
    canvas.setDash()
    inner, at = width - 20, top - 5
    side = 62.0
    canvas.drawImage(ImageReader(io.BytesIO(qr_png(slip.address))), left + width - side - 4, top - side - 4, side, side)
    for face, size, text, room in (
        (BOLD, 10.0, slip.court, inner - side),
        (PLAIN, 9.0, slip.name, inner - side),
        (PLAIN, 9.0, slip.lines[0], inner - side),
        (PLAIN, 9.0, slip.lines[1], inner - side),
        (PLAIN, 9.0, slip.address, inner),
        (BOLD, 14.0, slip.code, inner),
        (PLAIN, 9.0, slip.lines[2], inner),
    ):
        at -= size * 1.25 + 3
        _fitted(canvas, face, size, text, left + 10, at, room)


def _fitted(canvas: Any, face: str, size: float, text: str, left: float, at: float, room: float) -> None:
    """One line, smaller where it would not fit: nothing that somebody must type is cut off."""
    wide = pdfmetrics.stringWidth(text, face, size)
    canvas.setFont(face, size if wide <= room else size * room / wide)
    canvas.drawString(left, at, text)


JOBS: dict[str, JobHandler] = {
    MAKE_SLIPS: JobHandler(
        make_slips, time_limit=timedelta(seconds=180), lease=timedelta(seconds=240), attempts=3, gave_up=gave_up
    )
}
