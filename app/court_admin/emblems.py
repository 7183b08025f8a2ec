"""A court's emblem: whatever picture is sent comes out as a small, plain PNG of our own making."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.reports.snapshot import EMBLEM_BYTES_MAX

LARGEST_FILE = 2 * 1024 * 1024  # bytes
LARGEST_PICTURE = 16_000_000  # pixels, unpacked: a small file can hold a picture that fills the memory
ON_PAGES = (128, 64)  # pixels of the longest side, and colors: it stands 50 pixels high at the top of each page
LONGEST_SIDES = (400, 300)  # pixels; the second is for pictures too busy to fit in a report at the first
FORMATS = ("PNG", "JPEG")


def cleaned(content: bytes) -> bytes:
    """The picture as a PNG of at most 400 x 400 pixels, upright, transparent where it was, with nothing else in it.

    Only the content counts, no name and no claimed type. Raises Refused at the field `emblem` for anything but a
    readable PNG or JPEG of at most 2 MB and 16 million pixels.
    """
    if not content:
        raise Refused(_("The file of the emblem is empty. Choose another one."), "emblem")
    if len(content) > LARGEST_FILE:
        raise Refused(_("The file of the emblem is larger than 2 MB. Choose a smaller one."), "emblem")
    try:
        picture = _opened(content)
        return _small(picture)
    except Refused:
        raise
    except Exception:  # a decoder given nonsense fails in ways that no list holds; each means the same to the person
        raise Refused(_("The emblem must be a PNG or JPEG picture. Choose another file."), "emblem") from None


def _opened(content: bytes) -> Image.Image:
    """The picture, judged by its size before anything is unpacked."""
    too_large = Refused(_("The emblem has too many pixels. Save it at 4000 x 4000 or smaller."), "emblem")
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large from None
    if picture.width * picture.height > LARGEST_PICTURE:
        raise too_large
    return picture


def _small(picture: Image.Image) -> bytes:
    # A photo is unpacked at a fraction of its size; upright first, while its metadata is still there to say how.
    picture.draft("RGB", (LONGEST_SIDES[0] * 2, LONGEST_SIDES[0] * 2))
    upright = ImageOps.exif_transpose(picture)
    plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    plain.info.clear()
    content = b""
    for side in LONGEST_SIDES:
        plain.thumbnail((side, side), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        plain.save(out, "PNG", optimize=True)
        content = out.getvalue()
        if len(content) <= EMBLEM_BYTES_MAX:
            break
    return content


def for_pages(content: bytes) -> bytes:
    """The same picture at the size and price that suit a page on an old phone: a few kilobytes, always a PNG."""
    with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
        small = picture.convert("RGBA")
    small.thumbnail((ON_PAGES[0], ON_PAGES[0]), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.quantize(ON_PAGES[1], method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return out.getvalue()
