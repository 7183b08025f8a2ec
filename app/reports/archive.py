"""The archival pass: a drawn PDF becomes PDF/A-2b, its content untouched.

Adds the color profile, the metadata that the standard wants in two places, the language; takes out what it forbids.
The same input and arguments give the same bytes: the file's id is a digest of its content.
"""

import io
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from xml.sax.saxutils import escape  # writing only; nothing is parsed

import pikepdf
from pikepdf import Array, Dictionary, Name, String

CREATOR: Final = "Court portal"
PRODUCER: Final = "xhtml2pdf, pikepdf"
SHOWS_TEXT: Final = frozenset({"Tj", "TJ", "'", '"'})
FORBIDDEN: Final = ("/AA", "/OpenAction", "/JavaScript", "/AcroForm", "/Perms")
PRINTED: Final = 4

XMP: Final = """<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>{creator}</xmp:CreatorTool>
<xmp:CreateDate>{stamp}</xmp:CreateDate><xmp:ModifyDate>{stamp}</xmp:ModifyDate>
<pdf:Producer>{producer}</pdf:Producer>
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


class NotArchivableError(Exception):
    """The document breaks a rule of PDF/A that this pass cannot mend; the message says which."""


def archive(pdf: bytes, *, title: str, author: str, subject: str, language: str, created: datetime) -> bytes:
    """The document as PDF/A-2b. `language` is a tag such as en-US; `created` is aware and kept in UTC.

    Raises:
        NotArchivableError: text in a font that is not embedded, or bytes that are no PDF.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            _replace_bare_fonts(document)
            _take_out_what_is_forbidden(document)
            _name_the_colors(document)
            _describe(document, title, author, subject, language, created.astimezone(UTC))
            out = io.BytesIO()
            document.save(
                out,
                deterministic_id=True,
                force_version="1.7",
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
                compress_streams=True,
            )
            return out.getvalue()
    except pikepdf.PdfError as error:
        raise NotArchivableError("the renderer gave something that is no PDF") from error


def _replace_bare_fonts(document: pikepdf.Pdf) -> None:
    """ReportLab names Helvetica on each page without drawing in it; that name gets a face that is embedded."""
    bare_names = [_bare_fonts(page) for page in document.pages]
    for page, bare in zip(document.pages, bare_names, strict=True):
        if bare & _fonts_drawn_in(page, bare):
            raise NotArchivableError("text is drawn in a font that is not embedded")
    for page, bare in zip(document.pages, bare_names, strict=True):
        resources: Any = page.Resources.get("/Font", {})
        embedded = next((resources[name] for name in sorted(resources.keys()) if _is_embedded(resources[name])), None)
        for name in bare:
            if embedded is None:
                del resources[name]
            else:
                resources[name] = embedded


def _bare_fonts(page: pikepdf.Page) -> set[str]:
    resources: Any = page.Resources.get("/Font", {})
    return {name for name in resources.keys() if not _is_embedded(resources[name])}  # noqa: SIM118 - no mapping


def _is_embedded(font: Any) -> bool:
    if font.get("/Subtype") == "/Type3":
        return True
    face = font.DescendantFonts[0] if font.get("/Subtype") == "/Type0" else font
    descriptor = face.get("/FontDescriptor")
    return descriptor is not None and any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def _fonts_drawn_in(page: pikepdf.Page, bare: set[str]) -> set[str]:
    if not bare:
        return set()
    drawn, current = set(), ""
    for step in pikepdf.parse_content_stream(page):
        if str(step.operator) == "Tf":
            current = str(step.operands[0])
        elif str(step.operator) in SHOWS_TEXT:
            drawn.add(current)
    return drawn


def _take_out_what_is_forbidden(document: pikepdf.Pdf) -> None:
    for key in FORBIDDEN:
        if key in document.Root:
            del document.Root[key]
    for page in document.pages:
        if "/Trans" in page:
            del page["/Trans"]
        for annotation in page.get("/Annots", ()):
            annotation.F = PRINTED


def _name_the_colors(document: pikepdf.Pdf) -> None:
    profile = document.make_stream(_srgb())
    profile.N = 3
    document.Root.OutputIntents = Array(
        [
            Dictionary(
                Type=Name.OutputIntent,
                S=Name.GTS_PDFA1,
                OutputConditionIdentifier=String("sRGB"),
                Info=String("sRGB"),
                DestOutputProfile=profile,
            )
        ]
    )


@cache
def _srgb() -> bytes:
    return files("pikepdf").joinpath("pdfa", "data", "sRGB.icc").read_bytes()


def _describe(document: pikepdf.Pdf, title: str, author: str, subject: str, language: str, created: datetime) -> None:
    words = {"title": title, "author": author, "subject": subject, "language": language}
    words |= {"creator": CREATOR, "producer": PRODUCER, "stamp": created.strftime("%Y-%m-%dT%H:%M:%S+00:00")}
    metadata = document.make_stream(XMP.format_map({k: escape(v) for k, v in words.items()}).encode())
    metadata.Type, metadata.Subtype = Name.Metadata, Name.XML
    root = document.Root
    root.Metadata = metadata
    root.Lang = String(language)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    # The old information dictionary must say the same as the metadata, so it is written whole.
    stamp = created.strftime("D:%Y%m%d%H%M%S+00'00'")
    document.trailer.Info = document.make_indirect(
        Dictionary(
            Title=String(title),
            Author=String(author),
            Subject=String(subject),
            Creator=String(CREATOR),
            Producer=String(PRODUCER),
            CreationDate=String(stamp),
            ModDate=String(stamp),
        )
    )
