"""Asking for a waiver as a person does it: step by step, in a browser without JavaScript."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pikepdf
from PIL import Image

from app.core.runtime import runtime
from app.core.storage import Missing
from app.payments.lookups import newest_waiver
from app.payments.models import Waiver
from app.payments.waiving import lookups
from app.payments.waiving.models import WaiverProof
from app.permissions.identity import Identity
from tenants.program import ProgramDocument, load_preset
from tests.client import Page, PageClient
from tests.factories import TestCourt

CAMERA = "CANARYCAMERA"


def photo(kind: str = "JPEG", size: tuple[int, int] = (400, 300)) -> bytes:
    """A picture as a phone takes it: lying on its side, and noting who made it."""
    noted = Image.Exif()
    noted[0x010F], noted[0x0112] = CAMERA, 6
    out = io.BytesIO()
    Image.new("RGB", size, "#ddeeff").save(out, kind, exif=noted)
    return out.getvalue()


def acting_pdf() -> bytes:
    """A PDF of one page that runs a script when it is opened, fetches a page, and hides a file."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    pdf.Root.OpenAction = script
    pdf.pages[0].obj.AA = pikepdf.Dictionary(O=script)
    link = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="http://canary.example/")
    box = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=link)
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(box)])
    pdf.attachments["hidden.txt"] = b"CANARYHIDDEN"
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def send_file(page: Page, content: bytes, name: str = "proof.jpg") -> Page:
    """Add one file on the proof step."""
    form = page.form("Add this file")
    data = {**form.values(), "file": (io.BytesIO(content), name)}
    return page.client.post(form.element.get("action"), data, content_type="multipart/form-data")


def fill_in(start: Page, *, files: Iterable[bytes] = (), **told: Any) -> Page:
    """Every step from the start page on; returns the page on which it is signed, or the one that refused."""
    page = start.click("Start")
    told = {"household_size": "3", "income": "1,900.50", "period": "month", "asked_for": "full", **told}
    while page.status == 200 and "Save and go on" in page.text:
        if "Add this file" in page.text:
            for number, content in enumerate(files):
                page = send_file(page, content, f"proof {number + 1}.jpg")
            told.setdefault("choice", "files" if files else "none")
            told.setdefault("why", "" if files else "I am paid in cash.")
        form = page.form("Save and go on")
        names = {box.get("name") for box in form.element.xpath(".//input|.//textarea")}
        page = form.submit(**{name: value for name, value in told.items() if name in names})
    return page


def sign(page: Page, name: str = "Robin Sample", **more: Any) -> Page:
    return page.form("Sign and send").submit(typed_name=name, consent="y", **more)


def ask(court: TestCourt, learner: Identity, *, browser: PageClient | None = None, **told: Any) -> Page:
    """Ask for a waiver from the first page to the last."""
    page = fill_in((browser or court.client(learner)).get(court.url("fee/waiver")), **told)
    return page if page.status != 200 else sign(page)


def waiver_of(court: TestCourt, enrollment_id: UUID) -> Waiver:
    with court.app.app_context(), court.acting():
        found = newest_waiver(enrollment_id)
        assert found is not None
        return found


def files_of(court: TestCourt, enrollment_id: UUID) -> list[WaiverProof]:
    with court.app.app_context(), court.acting():
        return list(lookups.proofs_of(waiver_of(court, enrollment_id).id))


def is_stored(court: TestCourt, sha256: str) -> bool:
    with court.app.app_context():
        try:
            return bool(runtime().storage.get(court.id, sha256))
        except Missing:
            return False


def document(**waivers: Any) -> ProgramDocument:
    data = load_preset("county_probation").to_json()
    data["waivers"] |= waivers
    return ProgramDocument.model_validate(data)
