"""A packet's way to its file: each person's report first, then the index before them all, sealed as a whole."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pikepdf
from pikepdf import Name, OutlineItem
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select, update

from app.core import clock, outbox
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.core.jobs import Job, JobHandler
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.core.storage import Missing
from app.reports import fonts
from app.reports.jobs import translate
from app.reports.lists.html import render_list, title_of
from app.reports.lists.lookups import OPEN, parts_of
from app.reports.lists.making import archived, begin, gave_up, issue
from app.reports.lists.models import ListReport, ListReportPerson
from app.reports.lists.services import MAKE_PACKET
from app.reports.lists.snapshot import ListSnapshot
from app.reports.models import Report
from app.reports.packets.services import DOCUMENT, PAGE, keep_packets, packet_kind, part_for
from app.reports.renderer import shared_renderer
from app.reports.words import KIND_WORDS
from tenants.database import session, transaction
from tenants.scope import current_court_id

KEEP = "reports.keep_packets"
LOOKS_AGAIN = timedelta(seconds=2)
PATIENCE = timedelta(minutes=20)  # then what is still not made is named as missing
STAMP, STAMP_SIZE = "packet-stamp", 8.0
NUMBERED = 3  # most tries until the index knows how many pages it has itself


def make_packet(job: Job) -> None:
    """Have each person's report at hand; once all are made, put them together. Until then the job comes again."""
    assert job.subject_id is not None
    snapshot = begin(job.subject_id)
    if snapshot is None:
        with transaction():
            job.done()
        return
    _choose_parts(job.subject_id, snapshot.language)
    parts = parts_of(job.subject_id)
    waits = any(part is not None and part.state in OPEN for _person, part in parts)
    if waits and clock.now() - snapshot.generated_at < PATIENCE:
        _come_again(job)
        return
    files = [_file_of(part) for _person, part in parts]
    with in_language(snapshot.language):
        told, pdf = put_together(snapshot, [part for _person, part in parts], files)
    issue(job, told, pdf)


def _choose_parts(list_id: UUID, language: str) -> None:
    kind = packet_kind()
    for person, part in parts_of(list_id):
        if part is None:
            with transaction() as current:
                chosen = part_for(person.enrollment_id, kind, language=language)
                if chosen is not None:
                    current.execute(
                        update(ListReportPerson)
                        .where(ListReportPerson.id == person.id)
                        .values(report_id=chosen.id, row_version=ListReportPerson.row_version + 1)
                        .execution_options(synchronize_session=False)
                    )


def _come_again(job: Job) -> None:
    with transaction() as current:
        job.done()
        again = outbox.enqueue(MAKE_PACKET, job.subject_id, due_at=clock.now() + LOOKS_AGAIN)
        current.execute(
            update(ListReport)
            .where(ListReport.id == job.subject_id)
            .values(job_id=again, row_version=ListReport.row_version + 1)
            .execution_options(synchronize_session=False)
        )


def _file_of(part: Report | None) -> bytes | None:
    sha256 = session().scalar(select(StoredFile.sha256).where(StoredFile.id == part.file_id)) if part else None
    if sha256 is None:
        return None
    try:
        return runtime().storage.get(current_court_id(), sha256)
    except Missing:
        return None


def put_together(
    snapshot: ListSnapshot, parts: Sequence[Report | None], files: Sequence[bytes | None]
) -> tuple[ListSnapshot, bytes]:
    """The snapshot that names each report and its page, and the packet as PDF/A: index, reports, bookmarks.

    `parts` and `files` are in the order of the snapshot's rows; None where there is none: the index says so.
    """
    lengths = [_pages(file) for file in files]
    own = 1
    for _try in range(NUMBERED):
        told = _numbered(snapshot, parts, lengths, own)
        drawn = shared_renderer().render(render_list(told, translate))
        if drawn.pages == own:
            break
        own = drawn.pages
    return told, archived(_merged(drawn.pdf, told, files, lengths, own), told, title_of(told, translate))


def _pages(file: bytes | None) -> int:
    if file is None:
        return 0
    with pikepdf.open(io.BytesIO(file)) as document:
        return len(document.pages)


def _numbered(snapshot: ListSnapshot, parts: Sequence[Report | None], lengths: Sequence[int], own: int) -> ListSnapshot:
    rows, page = [], own + 1
    for row, part, length in zip(snapshot.rows, parts, lengths, strict=True):
        cells = list(row)
        cells[DOCUMENT] = f"{KIND_WORDS[part.kind]} {part.number}" if part and length else _missing(part)
        cells[PAGE] = str(page) if length else ""
        page += length
        rows.append(tuple(cells))
    missing = sum(not length for length in lengths)
    note = str(_("%(missing)s of %(all)s reports are missing. The list says why.", missing=missing, all=len(rows)))
    return snapshot.model_copy(update={"rows": tuple(rows), "note": note if missing else ""})


def _missing(part: Report | None) -> str:
    if part is None:
        return str(_("Missing: no report can be made at this stage"))
    if part.state in OPEN:
        return str(_("Missing: %(number)s was not ready in time", number=part.number))
    return str(_("Missing: %(number)s could not be made", number=part.number))


def _merged(
    index: bytes, snapshot: ListSnapshot, files: Sequence[bytes | None], lengths: Sequence[int], own: int
) -> bytes:
    out = io.BytesIO()
    total = own + sum(lengths)
    with pikepdf.open(io.BytesIO(index)) as whole:
        for file in files:
            if file is not None:
                with pikepdf.open(io.BytesIO(file)) as one:
                    _without_seal(one)
                    whole.pages.extend(one.pages)
        if total > own:
            with pikepdf.open(io.BytesIO(_stamps(snapshot, own, total))) as stamps:
                for page, stamp in zip(whole.pages[own:], stamps.pages, strict=True):
                    page.add_overlay(stamp, None)
        with whole.open_outline() as outline:
            outline.root[:] = [OutlineItem(str(_("List of the reports")), 0)]
            at = own
            for row, length in zip(snapshot.rows, lengths, strict=True):
                if length:
                    outline.root.append(OutlineItem(f"{row[1]} \N{MIDDLE DOT} {row[2]}", at))
                at += length
        whole.save(out)
    return out.getvalue()


def _without_seal(part: pikepdf.Pdf) -> None:
    """The packet carries one seal of its own; the field of a part's would be broken here."""
    for page in part.pages:
        if Name.Annots in page:
            kept = [one for one in page.Annots if one.get(Name.Subtype) != Name.Widget]
            page.Annots = pikepdf.Array(kept)


def _stamps(snapshot: ListSnapshot, own: int, total: int) -> bytes:
    """A page with the packet's own page number for each page behind the index (US Letter)."""
    if STAMP not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(STAMP, str(fonts.folder() / "SourceSansPro-Regular.ttf")))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(612, 792), invariant=1)
    for number in range(own + 1, total + 1):
        canvas.setFont(STAMP, STAMP_SIZE)
        canvas.setFillGray(0.25)
        words = str(_("Packet page %(page)s of %(all)s", page=number, all=total))
        canvas.drawRightString(612 - 40, 792 - 24, words)
        canvas.showPage()
    canvas.save()
    return archived(out.getvalue(), snapshot, title_of(snapshot, translate))  # which embeds every font that it names


def keep(job: Job) -> None:
    """Look whether the packets of a day are still true; the day stands in the payload."""
    with transaction():
        job.done()
        keep_packets(date.fromisoformat(job.payload["day"]))


JOBS: dict[str, JobHandler] = {
    MAKE_PACKET: JobHandler(
        make_packet, time_limit=timedelta(seconds=180), lease=timedelta(seconds=240), attempts=4, gave_up=gave_up
    ),
    KEEP: JobHandler(keep, queue="bulk", time_limit=timedelta(seconds=180), lease=timedelta(seconds=240), attempts=3),
}
