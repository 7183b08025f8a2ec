"""PDFBox Preflight, the PDF/A checker of Apache: another project's eyes on our files. From Debian, offline.

It knows PDF/A-1b, the stricter elder of our PDF/A-2b. What 2b allows besides, and our files use, is little. So a file
is checked twice: sealed as it is issued, where nothing but this may be named, and before the seal, written out without
it and called 1b, where nothing at all may be.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree  # our own checker's answer

import pikepdf
import pytest

JARS = tuple(
    Path("/usr/share/java", name)
    for name in (
        "preflight.jar",
        "pdfbox2.jar",
        "xmpbox.jar",
        "fontbox2.jar",
        "commons-logging.jar",
        "javax.activation.jar",
        "jaxb-api.jar",
    )
)
# What PDF/A-2b allows and 1b does not: object and cross-reference streams; no appearance of a field of no size.
OF_OUR_VERSION = {
    "Invalid field value in an annotation definition, widget annotation lacks an appearance dictionary",
    "Trailer Syntax error, /XRef cross reference streams are not allowed",
    "Error on MetaData, part must be 1",
}


def needs_preflight() -> None:
    """Skip, saying so, where it is not installed; an error where it is promised (`.ci/run`)."""
    if shutil.which("java") and all(jar.exists() for jar in JARS):
        return
    if os.environ.get("PORTAL_PREFLIGHT_REQUIRED"):
        raise RuntimeError("PDFBox Preflight is missing and must not be")
    pytest.skip("no PDFBox Preflight (Debian: libpdfbox2-java, libjaxb-api-java, a Java)")


def as_1b(pdf: bytes) -> bytes:
    """The same content without object and cross-reference streams, saying that it is PDF/A-1b."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        told = document.Root.Metadata.read_bytes()
        document.Root.Metadata.write(told.replace(b"<pdfaid:part>2<", b"<pdfaid:part>1<"))
        out = io.BytesIO()
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, force_version="1.4")
        return out.getvalue()


def faults_of(files: dict[str, bytes], folder: Path) -> dict[str, set[str]]:
    """What Preflight says against each file, by its name; one start of Java for all of them."""
    folder.mkdir()
    for name, content in files.items():
        (folder / f"{name}.pdf").write_bytes(content)
    command = ["java", "-cp", ":".join(map(str, JARS)), "org.apache.pdfbox.preflight.Validator_A1b", "xml", "group"]
    subprocess.run([*command, folder.name], cwd=folder.parent, check=False, capture_output=True, timeout=300)
    answer = ElementTree.parse(folder.parent / f"{folder.name}.preflight.xml").getroot()
    found = {}
    for one in answer.iter("preflight"):
        said = {str(detail.text) for detail in one.iter("details")}
        valid = one.findtext("isValid") == "true"
        assert valid is not bool(said), ElementTree.tostring(one)
        found[str(one.get("name")).removesuffix(".pdf")] = said
    assert set(found) == set(files)
    return found
