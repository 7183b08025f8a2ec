"""The whole pipeline with the real render server: what comes out on paper, and what cannot get in or out."""

import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pikepdf
import pytest

from app.reports import fonts
from app.reports.archive import NotArchivableError, archive
from app.reports.document import make_document
from app.reports.html import render_html
from app.reports.qr import qr_png
from app.reports.render import Renderer, RenderFailed
from app.reports.sign import check, make_self_signed, sign
from app.reports.snapshot import FEE_PAPERS, Person, ReportKind, Section, Snapshot
from tests.daily import daily
from tests.functional.report_samples import ENROLL, MODULES, VERIFY, plain, sample, spanish

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


def pdf_of(snapshot: Snapshot, renderer: Renderer, gettext: Callable[[str], str] = plain) -> bytes:
    """The document, which the library drew without a word."""
    document = make_document(snapshot, gettext, renderer)
    assert document.complaints == ()
    return document.pdf


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s+", " ", done.stdout.decode())


def scanned(pdf: bytes, folder: Path) -> set[str]:
    """What a camera reads from the printed pages."""
    (folder / "r.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", "r.pdf", "p"], cwd=folder, check=True)
    pages = sorted(p.name for p in folder.glob("p*.png"))
    done = subprocess.run(["zbarimg", "-q", "--raw", *pages], cwd=folder, capture_output=True, check=False)
    return set(done.stdout.decode().split())


def test_a_long_table_begins_under_its_heading_and_leaves_no_page_empty(renderer: Renderer, tmp_path: Path) -> None:
    rows = tuple(one.model_copy(update={"title": f"{one.title} ({n})"}) for n in range(6) for one in MODULES)
    (tmp_path / "r.pdf").write_bytes(pdf_of(sample("progress", modules=rows), renderer))
    first = subprocess.run(["pdftotext", "-l", "1", "r.pdf", "-"], cwd=tmp_path, capture_output=True, check=True).stdout
    assert f"{MODULES[0].title} (0)".encode() in first
    assert f"{MODULES[0].title} (5)".encode() not in first


@pytest.mark.parametrize("kind", list(ReportKind))
@pytest.mark.parametrize(("language", "gettext"), [("en", plain), ("es", spanish)])
def test_every_kind_is_drawn_in_every_language(
    kind: ReportKind, language: str, gettext: Callable[[str], str], renderer: Renderer, tmp_path: Path
) -> None:
    snapshot = sample(kind, language=language)
    pdf = pdf_of(snapshot, renderer, gettext)
    text = text_of(pdf)
    for fact in (snapshot.person.name, snapshot.court.name, *snapshot.court.letterhead, snapshot.court.phone):
        assert fact in text
    if kind is ReportKind.ENROLLMENT_SLIP:
        assert "RIV - 7KQM - X2WP - 94TD - H" in text
        assert scanned(pdf, tmp_path) == {ENROLL}
        return
    assert scanned(pdf, tmp_path) == {VERIFY}
    assert VERIFY in text
    for fact in (snapshot.number, "RIF-2026-001873, RIF-2026-001902"):
        assert fact in text
    # A paper of the fee is no report on a person. No judge signs it, nor what is made for the judge.
    assert ("03/14/1989" in text) == (kind not in FEE_PAPERS)
    assert ("Hon. Patricia L. Moreno" in text) == (Section.SIGNATURE in snapshot.sections)


def test_a_progress_report_says_every_fact(renderer: Renderer) -> None:
    snapshot = sample("progress")
    text = text_of(pdf_of(snapshot, renderer))
    for module in snapshot.modules:
        assert module.title in text
    facts = """Accountability: month 4 of 6|November 30, 2026|August 4, 2026|Dana Whitfield|January 26, 2026
        |5 of 7|2 of 6|In progress|Exempted|Feb 9, 2026|100%|64 min|3 h 23 min|Missed|Waiting for review|Jul 14, 2026
        |$350.00|-$175.00|-$75.00|$100.00|A fee waiver request filed on July 10, 2026 is under review.
        |Version 2026-1 was signed on February 2, 2026.|Page 1 of 2|Page 2 of 2"""
    for fact in facts.split("|"):
        assert fact.strip() in text, fact


@pytest.mark.proves("CD-9")
def test_the_file_is_archival(renderer: Renderer) -> None:
    with pikepdf.open(io.BytesIO(pdf_of(sample("progress"), renderer))) as document:
        xmp = document.Root.Metadata.read_bytes().decode()
        assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in xmp
        assert f"{document.docinfo['/Title']}" in xmp
        intent = document.Root.OutputIntents[0]
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"
        assert document.Root.Lang == "en-US"
        fonts_used = [font for page in document.pages for font in page.Resources.Font.as_dict().values()]
        assert fonts_used
        assert all("/FontFile2" in font.FontDescriptor for font in fonts_used)
        assert all("SourceSansPro" in str(font.BaseFont) for font in fonts_used)
        everything = b" ".join(repr(o).encode() for o in document.objects)
        for forbidden in (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/OpenAction", b"/Encrypt", b"/SMask"):
            assert forbidden not in everything


def test_text_in_a_font_that_is_not_embedded_is_not_archived(renderer: Renderer) -> None:
    drawn = renderer.render("<p style='font-family: Helvetica'>a</p>")
    with pytest.raises(NotArchivableError):
        archive(
            drawn.pdf, title="t", author="a", subject="s", language="en-US", created=datetime(2026, 1, 1, tzinfo=UTC)
        )


def test_the_same_snapshot_gives_the_same_bytes_in_another_process(renderer: Renderer) -> None:
    snapshot = sample("progress")
    script = (
        "import hashlib, sys\n"
        "from app.reports.document import make_document\n"
        "from app.reports.render import Renderer\n"
        "from app.reports.snapshot import Snapshot\n"
        "renderer = Renderer()\n"
        "document = make_document(Snapshot.model_validate_json(sys.stdin.read()), str, renderer)\n"
        "sys.stdout.buffer.write(document.pdf)\n"
        "renderer.close()\n"
    )
    again = subprocess.run(
        [sys.executable, "-c", script],
        input=snapshot.model_dump_json().encode(),
        cwd=PROJECT,
        env=os.environ | {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        check=True,
    )
    assert again.stdout == pdf_of(snapshot, renderer)
    other = sample("progress", number="RIV-2026-000124")
    assert pdf_of(other, renderer) != again.stdout


@pytest.mark.proves("CD-9")
def test_a_report_is_sealed_and_a_changed_fact_is_found(renderer: Renderer) -> None:
    key, cert = make_self_signed("Superior Court of Riverside")
    at = datetime(2026, 7, 20, 17, 5, tzinfo=UTC)
    pdf = pdf_of(sample("final"), renderer)
    sealed = sign(pdf, key_pem=key, cert_pem=cert, reason="Court program report", at=at)
    assert sealed.startswith(pdf)
    assert check(sealed, [cert]).ok
    assert not check(sealed.replace(b"RIV-2026-000123", b"RIV-2026-000124"), [cert]).ok
    half = len(pdf) // 2
    assert not check(sealed[:half] + bytes([sealed[half] ^ 1]) + sealed[half + 1 :], [cert]).ok


HOSTILE_NAMES = [
    "محمد عبد الرحمن بن علي",
    "\u202eevil\u202c \u2066x\u2069",
    "🙂👨‍👩‍👧‍👦 Z̷̢̛a̸lgo",
    "W" * 300,
    "Wolfeschlegelsteinhausenbergerdorff " * 8,
    "<pdf:nextpage/><table><tr><td>" * 9,
    "{{ 7*7 }} {% include '/etc/passwd' %}",
    "\x00\x07\x1b[31m",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("kind", daily(["progress", "certificate", "enrollment_slip"], ["enrollment_slip"]))
def test_a_hostile_name_does_not_break_the_page(name: str, kind: str, renderer: Renderer, tmp_path: Path) -> None:
    pdf = pdf_of(sample(kind, person=Person(name=name)), renderer)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) <= 3
    # Whatever the name is, the rest is there, and nothing is drawn beyond the page's margins.
    assert scanned(pdf, tmp_path) == {ENROLL if kind == "enrollment_slip" else VERIFY}
    found = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    edges = [float(x) for x in re.findall(r'xMax="([\d.]+)"', found)]
    assert max(edges) <= 612 - 50


def test_a_long_report_repeats_its_heads_and_loses_no_row(renderer: Renderer) -> None:
    modules = tuple(MODULES[0].model_copy(update={"title": f"Module number {n}"}) for n in range(400))
    document = make_document(sample("progress", modules=modules), plain, renderer)
    text = text_of(document.pdf)
    assert all(f"Module number {n} " in text for n in range(400))
    assert document.pages > 10
    assert f"Page {document.pages} of {document.pages}" in text
    assert text.count("Passed on") >= document.pages - 2


@pytest.fixture
def visits() -> Iterator[tuple[int, list[str]]]:
    """A web server on loopback that notes who comes."""
    seen: list[str] = []

    class Notes(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Notes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, seen
    server.shutdown()
    server.server_close()


def canary(folder: Path) -> Path:
    """A picture with a size no report has."""
    picture = folder / "canary.png"
    picture.write_bytes(qr_png("a secret", pixels_per_module=3))
    return picture


def pictures_in(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return sum(len(page.get_images()) for page in document.pages)


@pytest.mark.proves("IO-2")
def test_hostile_markup_fetches_nothing(renderer: Renderer, tmp_path: Path, visits: tuple[int, list[str]]) -> None:
    port, seen = visits
    picture = canary(tmp_path)
    web, svg = (
        f"http://127.0.0.1:{port}",
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink'",
    )
    inner = f"<image width='9' height='9' href='{picture}' x:href='{web}/svg'/>"
    inner += f"<text font-family='{tmp_path}/f'>t</text></svg>"
    (tmp_path / "f.ttf").write_bytes((fonts.folder() / fonts.FACES[0][2]).read_bytes())
    tries = [
        f"<img src='{picture}'>",
        f"<img src='file://{picture}'>",
        f"<img src='{os.path.relpath(picture, fonts.folder())}'>",
        f"<img src='{web}/img'>",
        f"<link rel='stylesheet' href='{web}/css'><p>x</p>",
        f"<style>@import url({web}/import);</style><p>x</p>",
        f"<style>@font-face {{ font-family: z; src: url({tmp_path}/f.ttf) }}</style><p style='font-family: z'>x</p>",
        f"<div style='background-image: url({web}/bg)'>x</div>",
        f"<p>x</p><pdf:insertpdf src='{web}/pdf'>",
        f"{svg} width='9' height='9'>{inner}",
        f"<img src=\"data:image/svg+xml;utf8,{svg} width='9' height='9'>{inner}\">",
        "<img src='data:image/svg+xml;utf8,<!DOCTYPE s [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><svg>&amp;e;</svg>'>",
        f"<object data='{web}/object'></object><iframe src='{web}/frame'></iframe>",
    ]
    for markup in tries:
        try:
            drawn = renderer.render(f"<html><body>{markup}</body></html>")
        except RenderFailed:
            continue
        assert pictures_in(drawn.pdf) == 0, markup
        assert b"root:" not in drawn.pdf
    assert seen == []
    # The same pictures do appear when they are in the document itself, so their absence above means something.
    inline = render_html(sample("certificate"), plain)
    assert pictures_in(renderer.render(inline).pdf) >= 1


@pytest.mark.proves("IO-2")
def test_the_walls_hold_where_the_librarys_policy_does_not(tmp_path: Path, visits: tuple[int, list[str]]) -> None:
    """Python code in the child, as after a break-in: no file, no network, no program."""
    port, seen = visits
    secret, scratch = tmp_path / "secret", tmp_path / "scratch"
    secret.write_text("a key")
    scratch.mkdir()
    script = f"""
import json, os, socket, subprocess, urllib.request
from pathlib import Path
from app.reports.confine import confine
confine(seconds=20, memory_bytes=1 << 30, scratch=Path({str(scratch)!r}))
def tried(action):
    try:
        action()
    except PermissionError:
        return "refused"
    except Exception as error:
        return "refused" if "PermissionError" in repr(error) or "may not" in repr(error) else repr(error)
    return "done"
print(json.dumps({{
    "read": tried(lambda: open({str(secret)!r}).read()),
    "up": tried(lambda: open({str(scratch / ".." / "secret")!r}).read()),
    "raw": tried(lambda: os.open("/etc/passwd", os.O_RDONLY)),
    "project": tried(lambda: open({str(PROJECT / "pyproject.toml")!r}).read()),
    "memory": tried(lambda: open("/proc/self/environ").read()),
    "write": tried(lambda: open({str(tmp_path / "new")!r}, "w")),
    "overwrite": tried(lambda: open(os.__file__, "r+")),
    "web": tried(lambda: urllib.request.urlopen("http://127.0.0.1:{port}/x")),
    "socket": tried(lambda: socket.create_connection(("127.0.0.1", {port}))),
    "program": tried(lambda: subprocess.run(["true"])),
    "shell": tried(lambda: os.system("true")),
    "scratch": tried(lambda: open({str(scratch / "t")!r}, "w").close()),
    "typeface": tried(lambda: open({str(fonts.folder() / fonts.FACES[0][2])!r}, "rb").read()),
}}))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, check=True)
    outcome = json.loads(done.stdout)
    assert {k for k, v in outcome.items() if v == "done"} == {"scratch", "typeface"}
    assert {v for k, v in outcome.items() if k not in ("scratch", "typeface")} == {"refused"}
    assert seen == []
