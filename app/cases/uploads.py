"""What a sent file is, judged by its content: neither the name nor the type that the browser claims is believed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.core.errors import Refused
from app.core.i18n import gettext as _

LARGEST_FILE = 10 * 1024 * 1024  # bytes

_BEGINNINGS = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
)
EXTENSIONS = {content_type: extension for _start, content_type, extension in _BEGINNINGS}


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be kept. `name` is what the person called it: shown, never used as a path."""

    content: bytes
    content_type: str
    name: str


def shown_name(name: str) -> str:
    """The last part of an uploaded file's name, without control characters; at most 120 characters."""
    last = re.split(r"[\\/]", name)[-1]
    return "".join(c for c in last if c.isprintable()).strip()[:120] or "file"


def check_file(content: bytes, name: str, *, field: str) -> CheckedFile:
    """The file, if it is a PDF, PNG or JPEG of at most 10 MB. Raises Refused at `field`."""
    if not content:
        raise Refused(_("The file is empty. Choose another one."), field)
    if len(content) > LARGEST_FILE:
        raise Refused(_("The file is larger than 10 MB. Scan it again with a lower quality."), field)
    for beginning, content_type, _extension in _BEGINNINGS:
        if content.startswith(beginning):
            return CheckedFile(content, content_type, shown_name(name))
    raise Refused(_("This is not a PDF, PNG or JPEG file. Choose the scan or a photo of the order."), field)
