"""A court's emblem: sent by the administrator, seen on the pages and the papers, and the court's alone."""

from __future__ import annotations

import base64
import io
import random
import struct
import zlib
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, PngImagePlugin
from sqlalchemy import select

from app.cases.services import keep_file
from app.core import clock
from app.core.errors import Refused
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.court_admin.emblems import cleaned
from app.court_admin.services import publish_rules
from app.permissions.identity import Role
from app.reports.facts import shown_court, the_court
from app.reports.snapshot import EMBLEM_BYTES_MAX
from tenants.database import session
from tenants.letterhead import Letterhead
from tenants.rules import rules_in_force
from tests.client import Page
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import ask, file_bytes, report_of, run_renders
from tests.rules_editor import SAVE, begin, part
from tests.rules_editor import publish as publish_draft

PNG = b"\x89PNG\r\n\x1a\n"


def seal(color: str = "navy", size: tuple[int, int] = (600, 600), form: str = "PNG", **options: Any) -> bytes:
    """A disk of one color; as a PNG it is transparent around."""
    picture = Image.new("RGBA" if form == "PNG" else "RGB", size)
    ImageDraw.Draw(picture).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=color)
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A few hundred bytes that claim to be an enormous picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return PNG + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def edit_page(court: TestCourt) -> Page:
    """The part of the draft that holds the emblem."""
    return part(court, begin(court), "papers")


def saved(court: TestCourt, page: Page, reason: str = "Our emblem", **values: Any) -> Page:
    """Save the part as it stands; when it is sound, publish the draft."""
    page = page.submit(SAVE, **values)
    return page if page.status != 200 else publish_draft(court, page.client, reason)


def send(court: TestCourt, content: bytes, name: str = "seal.png", page: Page | None = None, **values: Any) -> Page:
    return saved(court, page or edit_page(court), emblem=(io.BytesIO(content), name), **values)


def letterhead_of(court: TestCourt) -> Letterhead:
    with court.app.app_context(), court.acting():
        return rules_in_force()[1].reports.letterhead


def header_emblem(page: Page) -> str | None:
    """The address of the picture beside the court's name."""
    found = page.tree.xpath("//header//img/@src")
    return str(found[0]) if found else None


def test_an_emblem_stands_on_every_page_and_before_anybody_signs_in(court: TestCourt) -> None:
    browser = court.staff_client(Role.ADMINISTRATOR)
    assert header_emblem(browser.get(court.url("sign-in"))) is None
    assert browser.get(court.url("emblem")).status == 404
    page = send(court, seal())
    assert "Version 2 of the rules is in force" in page.text
    with clock.moved_to(clock.now() + timedelta(minutes=2)):
        visitor = type(browser)(court.app)
        address = header_emblem(visitor.get(court.url("sign-in")))
        assert address == court.url(f"emblem?v={letterhead_of(court).emblem[:8]}")
        answer = visitor.get(address).response
    assert answer.mimetype == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.cache_control.public
    assert answer.cache_control.max_age == 300
    assert "Set-Cookie" not in answer.headers
    picture = Image.open(io.BytesIO(answer.data))
    assert (picture.format, picture.size) == ("PNG", (128, 128))
    assert len(answer.data) < 8 * 1024, "small enough for every page on an old phone"
    assert picture.convert("RGBA").getpixel((0, 0))[3] == 0, "transparent around"
    assert picture.convert("RGB").getpixel((64, 64)) == (0, 0, 128)


def test_the_emblem_is_in_the_preview_and_each_version_keeps_its_own(court: TestCourt) -> None:
    browser = court.staff_client(Role.ADMINISTRATOR)
    send(court, seal("red"))
    send(court, seal("green"))
    for number, color in ((2, (255, 0, 0)), (3, (0, 128, 0))):
        for path in (f"program-rules/{number}", f"program-rules/{number}/letterhead"):
            page = court.staff_client(Role.CLERK).get(court.url(path))
            (address,) = page.tree.xpath("//main//img[@alt='Emblem']/@src")
            picture = Image.open(io.BytesIO(page.client.get(address).data))
            assert picture.convert("RGB").getpixel((200, 200)) == color
    page = browser.get(court.url("program-rules/3"))
    changed = "".join(page.tree.xpath("//tbody/tr")[0].itertext())
    assert "another picture" in changed
    assert letterhead_of(court).emblem[:8] not in page.text, "no file's number where words are meant"
    assert not browser.get(court.url("program-rules/1")).tree.xpath("//main//img")


def test_an_emblem_can_be_taken_away(court: TestCourt) -> None:
    browser = court.staff_client(Role.ADMINISTRATOR)
    assert "Take the emblem away" not in edit_page(court).text
    send(court, seal())
    page = send(court, seal("red"), without_emblem="y")
    assert page.status == 422
    assert "Send an emblem or take it away, not both." in page.errors()
    saved(court, edit_page(court), without_emblem="y")
    assert letterhead_of(court).emblem == ""
    assert browser.get(court.url("emblem")).status == 404


def test_publishing_something_else_leaves_the_emblem(court: TestCourt) -> None:
    send(court, seal())
    before = letterhead_of(court).emblem
    saved(court, edit_page(court), phone="(951) 555-0100")
    assert letterhead_of(court) == letterhead_of(court).model_copy(update={"emblem": before, "phone": "(951) 555-0100"})


def test_a_picture_sent_with_other_faults_is_kept_for_the_next_try(court: TestCourt) -> None:
    page = send(court, seal("red"), name="our seal.png", phone="5" * 200)
    assert page.status == 422
    assert "our seal.png is kept" in page.text
    (address,) = page.tree.xpath("//main//img/@src")
    assert page.client.get(address).response.mimetype == "image/png"
    saved(court, page, phone="555-0100")
    with court.app.app_context(), court.acting():
        content = runtime().storage.get(court.id, letterhead_of(court).emblem)
    assert Image.open(io.BytesIO(content)).convert("RGB").getpixel((200, 200)) == (255, 0, 0)


def test_a_photo_becomes_a_small_upright_png_without_what_the_camera_wrote() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "taken at home"
    photo = seal("red", (3000, 1500), "JPEG", exif=exif, comment=b"secret", icc_profile=b"a profile")
    content = cleaned(photo)
    picture = Image.open(io.BytesIO(content))
    assert (picture.format, picture.size) == ("PNG", (200, 400))
    assert picture.info == {}
    assert not picture.getexif()
    for words in (b"taken at home", b"secret", b"profile"):
        assert words not in content
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "somebody")
    assert b"somebody" not in cleaned(seal(pnginfo=notes))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_taken(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (900, 30)).save(out, "PNG")
    picture = Image.open(io.BytesIO(cleaned(out.getvalue())))
    assert picture.size == (400, 13)


def test_the_busiest_picture_still_fits_in_a_report() -> None:
    noise = random.Random(7)
    picture = Image.frombytes("RGBA", (500, 500), noise.randbytes(500 * 500 * 4))
    out = io.BytesIO()
    picture.save(out, "PNG")
    assert len(out.getvalue()) > EMBLEM_BYTES_MAX
    assert len(cleaned(out.getvalue())) <= EMBLEM_BYTES_MAX


WRONG = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n1 0 obj\n",
    "gif": seal("red", form="GIF"),
    "cut off": seal()[:400],
    "only a beginning": PNG,
    "png, then html": PNG + b"<script>alert(1)</script>",
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_picture_is_refused_at_the_field_and_nothing_typed_is_lost(court: TestCourt, content: bytes) -> None:
    page = send(court, content, signatory_name="Jordan Judge", phone="5" * 200)
    assert page.status == 422
    assert "The emblem must be a PNG or JPEG picture. Choose another file." in page.errors()
    assert page.tree.xpath("//input[@name='emblem']/@aria-invalid") == ["true"]
    kept = page.form(SAVE).values()
    assert (kept["signatory_name"], kept["phone"], kept["kept_emblem"]) == ("Jordan Judge", "5" * 200, "")
    assert page.submit(SAVE, emblem=(io.BytesIO(content), "again.png"), unfinished="1").status == 422
    assert letterhead_of(court) == Letterhead()
    saved(court, page, phone="")
    assert letterhead_of(court).signatory_name == "Jordan Judge"


@pytest.mark.parametrize("size", [(4001, 4001), (12_000, 12_000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_a_small_file_that_unpacks_to_an_enormous_picture_is_refused(court: TestCourt, size: tuple[int, int]) -> None:
    page = send(court, bomb(*size))
    assert page.status == 422
    assert any("too many pixels" in error for error in page.errors())
    assert letterhead_of(court).emblem == ""


def test_a_large_or_an_empty_file_is_refused(court: TestCourt) -> None:
    page = send(court, seal() + bytes(2 * 1024 * 1024))
    assert any("larger than 2 MB" in error for error in page.errors())
    page = send(court, b"", page=page)
    assert any("is empty" in error for error in page.errors())
    assert letterhead_of(court).emblem == ""


@settings(deadline=None)
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=40), st.sampled_from(["PNG", "JPEG"]))
def test_damaged_pictures_are_refused_or_come_out_clean(at: int, damage: bytes, form: str) -> None:
    whole = seal("teal", (120, 80), form)
    at %= len(whole)
    try:
        content = cleaned(whole[:at] + damage + whole[at + len(damage) :])
    except Refused:
        return
    picture = Image.open(io.BytesIO(content))
    picture.load()
    assert picture.format == "PNG"
    assert max(picture.size) <= 400


def test_only_an_emblem_that_this_court_sent_is_accepted(app: Flask, court: TestCourt) -> None:
    other = make_court(app)
    send(other, seal())
    theirs = letterhead_of(other).emblem
    with app.app_context(), court.acting():
        order = keep_file(
            seal("red"),
            name="order.png",
            content_type="image/png",
            purpose="order",
            actor=court.member(Role.CLERK),
        )
    for sha256 in (theirs, order.sha256, "0" * 64, "../../x", "A" * 64, "x" * 9000):
        page = edit_page(court).submit(SAVE, kept_emblem=sha256, phone="555-0100")
        assert page.status == 422
        assert page.errors().count("Choose the file of the emblem again.") >= 1
        kept = page.form(SAVE).values()
        assert (kept["kept_emblem"], kept["phone"]) == ("", "555-0100")
    for sha256 in (theirs, order.sha256):
        assert court.staff_client(Role.ADMINISTRATOR).get(court.url(f"program-rules/emblems/{sha256}")).status == 404
    assert letterhead_of(court).emblem == ""
    actor = court.member(Role.ADMINISTRATOR)
    with app.app_context(), app.test_request_context(), court.acting():
        row, document = rules_in_force()
        reports = document.reports.model_copy(update={"letterhead": Letterhead(emblem=theirs)})
        wanted = document.model_copy(update={"reports": reports})
        with pytest.raises(Refused) as refused:
            publish_rules(wanted, over=row.version, reason="Past the form", actor=actor)
    assert refused.value.field == "emblem"


def test_each_court_shows_its_own_emblem_or_none(app: Flask, court: TestCourt) -> None:
    other = make_court(app)
    send(court, seal("red"))
    assert court.staff_client().get(other.url("emblem")).status == 404
    send(other, seal("green"))
    with clock.moved_to(clock.now() + timedelta(minutes=2)):
        ours, theirs = (header_emblem(one.staff_client().get(one.url("account"))) for one in (court, other))
    assert ours is not None
    assert theirs is not None
    assert ours != theirs
    assert court.staff_client().get(ours).data != court.staff_client().get(theirs).data


def test_those_who_may_not_read_the_rules_do_not_see_earlier_emblems(court: TestCourt) -> None:
    send(court, seal())
    address = court.url(f"program-rules/emblems/{letterhead_of(court).emblem}")
    assert court.staff_client(Role.CLERK).get(address).status == 200
    assert court.staff_client(Role.OFFICER).get(address).status == 404


def test_a_report_carries_the_emblem_that_was_in_force_when_it_was_requested(app: Flask, court: TestCourt) -> None:
    publish(app)
    _learner, enrollment_id = make_learner(court)
    run_renders(court)
    without = ask(court, enrollment_id, "progress")
    send(court, seal("red"))
    report = ask(court, enrollment_id, "progress")
    run_renders(court)
    with app.app_context(), court.acting():
        content = runtime().storage.get(court.id, letterhead_of(court).emblem)
    assert base64.b64decode(report.snapshot["court"]["emblem_png"]) == content
    pictures = sizes(file_bytes(court, report_of(court, report.id)))
    assert (400, 400) in pictures
    assert (400, 400) not in sizes(file_bytes(court, report_of(court, without.id)))


def sizes(pdf: bytes) -> list[tuple[int, int]]:
    """Of every picture on the first page."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = [pikepdf.PdfImage(image) for image in document.pages[0].get_images().values()]
        return [(image.width, image.height) for image in found]


def test_a_paper_goes_out_without_an_emblem_that_is_lost(app: Flask, court: TestCourt) -> None:
    send(court, seal())
    letterhead = letterhead_of(court)
    with app.app_context(), court.acting():
        row = session().scalars(select(StoredFile).where(StoredFile.sha256 == letterhead.emblem)).one()
        assert shown_court(the_court(), letterhead).emblem_png is not None
        runtime().storage.delete(court.id, row.sha256)
        assert shown_court(the_court(), letterhead).emblem_png is None
    assert court.staff_client().get(court.url("emblem")).status == 404
