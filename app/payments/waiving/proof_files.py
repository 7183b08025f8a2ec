"""A photo or PDF that somebody sends as proof: judged by its content, made harmless, or refused. Pure.

A picture is unpacked and written anew: nothing but its pixels is left, no place, no time, no camera. Of a PDF the
pages stay and everything that could act or hide goes. No two results have the same bytes, so that one person's file
can be deleted without a thought for another's.
"""

from __future__ import annotations

import io
from uuid import uuid4

import pikepdf
from PIL import Image, ImageOps, PngImagePlugin

from app.cases.uploads import CheckedFile, shown_name
from app.core.errors import Refused
from app.core.i18n import gettext as _

LARGEST_FILE = 10 * 1024 * 1024  # bytes, as sent
LARGEST_PICTURE = 60_000_000  # pixels, unpacked: a small file can hold a picture that fills the memory
LONGEST_SIDE = 3000  # pixels: a page can be read well at that
MOST_PAGES = 40
FIELD = "file"
EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}

_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"mif1", b"msf1", b"avif")
# What a page or a document may not hold: it acts, fetches, hides a file or asks for a program.
_FORBIDDEN_KEYS = ("/JS", "/AA", "/OpenAction", "/EF", "/RichMediaContent", "/XFA", "/EmbeddedFiles", "/JavaScript")
_ROOT_DROPPED = (
    *("/OpenAction", "/AA", "/AcroForm", "/Names", "/AF", "/Collection", "/Outlines", "/Metadata", "/PieceInfo"),
    *("/URI", "/Perms", "/Legal", "/Requirements", "/Extensions", "/Threads", "/SpiderInfo", "/StructTreeRoot"),
)
_PAGE_DROPPED = ("/AA", "/Annots", "/AF", "/Metadata", "/PieceInfo", "/B", "/PresSteps")


def cleaned_proof(content: bytes, name: str) -> CheckedFile:
    """What may be kept of a sent file. Raises Refused at `file`, with a helpful word."""
    if not content:
        raise Refused(_("The file is empty. Choose another one."), FIELD)
    if len(content) > LARGEST_FILE:
        raise Refused(_("The file is larger than 10 MB. Take the photo again with a lower quality."), FIELD)
    if content.startswith(b"%PDF-"):
        return CheckedFile(_inert_pdf(content), "application/pdf", shown_name(name))
    if content.startswith(b"\xff\xd8\xff"):
        return CheckedFile(_plain_picture(content, "JPEG"), "image/jpeg", shown_name(name))
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return CheckedFile(_plain_picture(content, "PNG"), "image/png", shown_name(name))
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise Refused(
            _(
                "This is a HEIC photo, which the court can not open. Take a picture of the screen (a screenshot) and "
                "send that, or set your phone's camera to “Most compatible”."
            ),
            FIELD,
        )
    raise Refused(_("This is no photo (JPEG or PNG) and no PDF. Choose another file."), FIELD)


def _plain_picture(content: bytes, kind: str) -> bytes:
    too_large = Refused(_("This photo has too many pixels. Take it again with a lower quality."), FIELD)
    try:
        picture = Image.open(io.BytesIO(content), formats=(kind,))
        if picture.width * picture.height > LARGEST_PICTURE:
            raise too_large
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture)
        plain = _opaque(upright)
        plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        return _written(plain, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large from None
    except Refused:
        raise
    except Exception:  # a decoder given nonsense fails in ways that no list holds; each means the same to the person
        raise Refused(_("This photo can not be opened. Take it again, or choose another file."), FIELD) from None


def _opaque(picture: Image.Image) -> Image.Image:
    """On white where it was transparent, and without what was noted in it."""
    if picture.has_transparency_data:
        above = picture.convert("RGBA")
        plain = Image.new("RGB", above.size, "white")
        plain.paste(above, mask=above.getchannel("A"))
    else:
        plain = picture.convert("RGB")
    plain.info.clear()
    return plain


def _written(picture: Image.Image, kind: str) -> bytes:
    out, mark = io.BytesIO(), uuid4().hex
    if kind == "JPEG":
        picture.save(out, "JPEG", quality=85, comment=mark)
    else:
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Comment", mark)
        picture.save(out, "PNG", pnginfo=notes)
    return out.getvalue()


def _inert_pdf(content: bytes) -> bytes:
    """The pages alone. What was typed into a form's boxes becomes part of the page."""
    refused = Refused(
        _("This PDF can not be read, or holds something that could do harm. Print it and take a photo of it."), FIELD
    )
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if not 1 <= len(pdf.pages) <= MOST_PAGES:
                raise Refused(_("Send a PDF of 1 to %(most)s pages.", most=MOST_PAGES), FIELD)
            _flatten(pdf)
            _strip(pdf)
            out = io.BytesIO()
            pdf.save(out, encryption=False)
        with pikepdf.open(io.BytesIO(out.getvalue())) as written:
            if not is_inert(written):
                raise refused
        return out.getvalue()
    except pikepdf.PasswordError:
        raise Refused(_("This PDF is locked with a password. Save it without one, or take a photo."), FIELD) from None
    except Refused:
        raise
    except Exception:  # as with pictures: a broken file fails in ways that no list holds
        raise refused from None


def _flatten(pdf: pikepdf.Pdf) -> None:
    if "/AcroForm" in pdf.Root:
        if "/XFA" in pdf.Root.AcroForm:
            del pdf.Root.AcroForm["/XFA"]
        pdf.generate_appearance_streams()
    pdf.flatten_annotations("print")


def _strip(pdf: pikepdf.Pdf) -> None:
    for key in _ROOT_DROPPED:
        if key in pdf.Root:
            del pdf.Root[key]
    for page in pdf.pages:
        for key in _PAGE_DROPPED:
            if key in page.obj:
                del page.obj[key]
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    pdf.docinfo["/Keywords"] = uuid4().hex


def is_inert(pdf: pikepdf.Pdf) -> bool:
    """Whether nothing in a document acts, fetches or hides a file."""
    return not any(_is_forbidden(thing) for thing in pdf.objects)


def _is_forbidden(thing: pikepdf.Object) -> bool:
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return False
    todo: list[pikepdf.Object] = [thing]
    seen = 0
    while todo and seen < 10_000:
        one, seen = todo.pop(), seen + 1
        if isinstance(one, pikepdf.Array):
            todo.extend(part for part in one if _is_nested(part))
            continue
        kind = str(one.get("/Type", ""))
        elsewhere = isinstance(one, pikepdf.Stream) and "/F" in one  # a stream that lies in another file
        if elsewhere or any(key in one for key in _FORBIDDEN_KEYS) or kind in ("/Action", "/EmbeddedFile", "/Filespec"):
            return True
        todo.extend(part for part in one.values() if _is_nested(part))
    return bool(todo)


def _is_nested(part: object) -> bool:
    """Parts that are written in place; those written apart come by themselves in `pdf.objects`."""
    return isinstance(part, pikepdf.Dictionary | pikepdf.Array) and not part.is_indirect
