"""What a video file and its captions really are, told from their content. Pure: works on bytes and text.

WebM and MP4 are read just as far as needed for their kind and their length; nothing is decoded.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from typing import BinaryIO

from app.core.errors import PortalError

WEBM, MP4 = "video/webm", "video/mp4"


class NotAVideo(PortalError):
    """The file is no WebM and no MP4, is damaged, or does not tell how long it is."""


class BadCaptions(PortalError):
    """The text is no WebVTT file, or holds nothing to read."""


@dataclass(frozen=True)
class Container:
    """`content_type` by the content, and the run time in whole seconds, rounded up."""

    content_type: str
    seconds: int


@dataclass(frozen=True)
class Cue:
    """One caption; times in seconds from the beginning."""

    start: float
    end: float
    text: str


def container_of(file: BinaryIO) -> Container:
    """What the file is. Raises NotAVideo."""
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    try:
        if head[:4] == _EBML:
            kind, seconds = WEBM, _webm_seconds(file)
        elif head[4:8] == b"ftyp":
            kind, seconds = MP4, _mp4_seconds(file)
        else:
            raise NotAVideo("is neither WebM nor MP4")
        if file.tell() > file.seek(0, 2):  # the last part is longer than what is left of the file
            raise EOFError
    except (EOFError, struct.error) as error:
        raise NotAVideo("ends in the middle") from error
    if not math.isfinite(seconds) or seconds <= 0:
        raise NotAVideo("does not tell how long it is")
    return Container(kind, math.ceil(seconds))


# --- WebM: elements of an id, a size and content ---------------------------------------------------------------------

_EBML = b"\x1a\x45\xdf\xa3"
_DOC_TYPE, _TIMECODE_SCALE, _DURATION, _CLUSTER_TIME = 0x4282, 0x2AD7B1, 0x4489, 0xE7
_SIMPLE_BLOCK, _BLOCK = 0xA3, 0xA1
# Elements that are only a frame around others: what is inside is read as if they were not there. So it does not matter
# that a file written while it was recorded does not tell their size.
_FRAMES = {0x1A45DFA3, 0x18538067, 0x1549A966, 0x1F43B675, 0xA0}
_UNKNOWN = -1
_SMALL = 16  # bytes; numbers and names that are read are no longer


def _webm_seconds(file: BinaryIO) -> float:
    """The length that the file states, else the time of its last picture or sound."""
    scale, stated, cluster, last = 1_000_000, 0.0, 0, 0
    while (element := _element(file)) is not None:
        kind, size = element
        if kind in _FRAMES:
            continue
        if size == _UNKNOWN:
            raise NotAVideo("has a part of unknown size")
        if kind in (_SIMPLE_BLOCK, _BLOCK):
            start = _exactly(file, min(size, 12))
            track_bytes = _length_of(start[0])
            last = max(last, cluster + int(struct.unpack_from(">h", start, track_bytes)[0]))
            file.seek(size - len(start), 1)
        elif kind in (_DOC_TYPE, _TIMECODE_SCALE, _DURATION, _CLUSTER_TIME) and size <= _SMALL:
            value = _exactly(file, size)
            if kind == _DOC_TYPE and value.rstrip(b"\x00") != b"webm":
                raise NotAVideo("is Matroska, but not WebM")
            if kind == _TIMECODE_SCALE:
                scale = int.from_bytes(value)
            elif kind == _DURATION:
                stated = float(struct.unpack(">f" if size == 4 else ">d", value)[0])
            elif kind == _CLUSTER_TIME:
                cluster = int.from_bytes(value)
        else:
            file.seek(size, 1)
    return (stated or last) * scale / 1_000_000_000


def _element(file: BinaryIO) -> tuple[int, int] | None:
    """(id, size) of the element that begins here; None at the end of the file."""
    first = file.read(1)
    if not first:
        return None
    kind = int.from_bytes(first + _exactly(file, _length_of(first[0]) - 1))
    first = _exactly(file, 1)
    length = _length_of(first[0])
    size = int.from_bytes(bytes([first[0] & (0xFF >> length)]) + _exactly(file, length - 1))
    return kind, _UNKNOWN if size == (1 << 7 * length) - 1 else size


def _length_of(first: int) -> int:
    if first == 0:
        raise NotAVideo("is damaged")
    return 9 - first.bit_length()


# --- MP4: boxes of a size, a name and content ------------------------------------------------------------------------


def _mp4_seconds(file: BinaryIO) -> float:
    while head := file.read(8):
        size, name = struct.unpack(">I4s", head)
        inside = size - 8
        if size == 1:
            inside = int.from_bytes(_exactly(file, 8)) - 16
        if name == b"moov":
            continue  # what is inside is read as if it were not there
        if name == b"mvhd":
            return _movie_seconds(_exactly(file, min(inside, 32)))
        if size == 0 or inside < 0:
            break
        file.seek(inside, 1)
    raise NotAVideo("does not tell how long it is")


def _movie_seconds(header: bytes) -> float:
    scale, duration = struct.unpack_from(">IQ" if header[0] == 1 else ">II", header, 20 if header[0] == 1 else 12)
    return float(duration / scale) if scale else 0.0


def _exactly(file: BinaryIO, size: int) -> bytes:
    found = file.read(size)
    if len(found) != size:
        raise EOFError
    return found


# --- captions --------------------------------------------------------------------------------------------------------

_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"^{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?$")


def cues_of(text: str) -> tuple[Cue, ...]:
    """The captions of a WebVTT file. Raises BadCaptions, with the number of the line."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        raise BadCaptions("line 1: does not begin with WEBVTT")
    cues: list[Cue] = []
    at = 1
    while at < len(lines):
        block = at
        while at < len(lines) and lines[at].strip():
            at += 1
        _read_block(lines[block:at], block + 1, cues)
        at += 1
    if not cues:
        raise BadCaptions("holds no captions")
    return tuple(cues)


def _read_block(lines: list[str], number: int, cues: list[Cue]) -> None:
    """A caption, perhaps with a name before its times; or a note or a style, which says nothing."""
    if not lines or re.match(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)", lines[0]):
        return
    if number == 2 and not any("-->" in line for line in lines):
        return  # more of the header
    at = 0 if "-->" in lines[0] else 1
    found = _TIMING.match(lines[at]) if at < len(lines) else None
    if found is None:
        raise BadCaptions(f"line {number + at}: is no time such as 00:01.000 --> 00:04.000")
    parts = [int(part or 0) for part in found.groups()]
    start, end = (h * 3600 + m * 60 + s + ms / 1000 for h, m, s, ms in (parts[:4], parts[4:]))
    words = "\n".join(lines[at + 1 :]).strip()
    if end <= start:
        raise BadCaptions(f"line {number + at}: ends before it begins")
    if cues and start < cues[-1].start:
        raise BadCaptions(f"line {number + at}: begins before the caption above it")
    if not words:
        raise BadCaptions(f"line {number + at}: has no words")
    cues.append(Cue(start, end, words))
