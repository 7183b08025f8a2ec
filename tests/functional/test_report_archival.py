"""Every kind of paper as an archive keeps it: judged by PDFBox Preflight, by poppler, and by a camera."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.reports.document import make_document
from app.reports.render import Renderer
from app.reports.sign import make_self_signed, sign
from app.reports.snapshot import ReportKind
from tests.functional.report_samples import plain, sample
from tests.preflight import OF_OUR_VERSION, as_1b, faults_of, needs_preflight

AT = datetime(2026, 7, 20, 17, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def drawn(renderer: Renderer) -> dict[str, bytes]:
    """A file of each kind before its seal."""
    return {kind.value: make_document(sample(kind), plain, renderer).pdf for kind in ReportKind}


@pytest.fixture(scope="module")
def issued(drawn: dict[str, bytes]) -> dict[str, bytes]:
    """A sealed file of each kind."""
    key, cert = make_self_signed("Superior Court of Riverside")
    return {
        kind: sign(pdf, key_pem=key, cert_pem=cert, reason="Court program report", at=AT) for kind, pdf in drawn.items()
    }


@pytest.mark.proves("CD-9")
def test_another_projects_checker_finds_every_kind_archival(
    drawn: dict[str, bytes], issued: dict[str, bytes], tmp_path: Path
) -> None:
    needs_preflight()
    found = faults_of(issued, tmp_path / "issued")
    assert all(said <= OF_OUR_VERSION for said in found.values()), found
    plainer = faults_of({kind: as_1b(pdf) for kind, pdf in drawn.items()}, tmp_path / "plainer")
    assert plainer == {kind: set() for kind in issued}


def test_the_checker_is_no_rubber_stamp(drawn: dict[str, bytes], renderer: Renderer, tmp_path: Path) -> None:
    needs_preflight()
    bare = renderer.render("<html><body><p style='font-family: Helvetica'>a</p></body></html>").pdf
    wrong = as_1b(drawn["progress"]).replace(b"/GTS_PDFA1", b"/GTS_PDFX0")
    found = faults_of({"bare": bare, "wrong": wrong}, tmp_path / "bad")
    assert found["bare"] - OF_OUR_VERSION
    assert found["wrong"]


@pytest.mark.proves("CD-9")
def test_poppler_finds_every_font_embedded_and_every_seal_whole(issued: dict[str, bytes], tmp_path: Path) -> None:
    for kind, content in issued.items():
        file = tmp_path / f"{kind}.pdf"
        file.write_bytes(content)
        fonts = subprocess.run(["pdffonts", str(file)], capture_output=True, check=True).stdout.decode()
        rows = fonts.splitlines()[2:]
        assert rows, kind
        # Columns of pdffonts: ... emb sub uni object ID
        assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows), (kind, fonts)
        said = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, check=True).stdout.decode()
        assert "Signature is Valid." in said, (kind, said)
        assert "Total document signed" in said, (kind, said)
        changed = tmp_path / "changed.pdf"
        middle = content.index(b"stream") + 40
        changed.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        said = subprocess.run(["pdfsig", "-nocert", str(changed)], capture_output=True, check=False).stdout.decode()
        assert "Signature is Valid." not in said, kind
