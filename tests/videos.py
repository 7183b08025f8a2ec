"""A small video that is made here, byte by byte, and a folder to deliver it in. A real one: tests/browser."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from app.curriculum.schema import ModuleContent

WORDS = "This is what is said in the video, word for word, so that reading it is as good as watching it. " * 3


def element(kind: str, content: bytes) -> bytes:
    """One element of WebM, its size written in eight bytes."""
    return bytes.fromhex(kind) + b"\x01" + len(content).to_bytes(7) + content


def webm(seconds: float, *, stated: bool = False) -> bytes:
    """A WebM file without pictures, as long as asked; `stated`: it says so itself."""
    scale = element("2AD7B1", (1_000_000).to_bytes(3))
    duration = element("4489", struct.pack(">d", seconds * 1000)) if stated else b""
    clusters = b"".join(
        bytes.fromhex("1F43B675") + b"\x01" + b"\xff" * 7 + element("E7", at.to_bytes(4)) + block
        for at, block in ((0, _block(0)), (int(seconds * 1000) - 500, _block(500)))
    )
    head = element("1A45DFA3", element("4282", b"webm"))
    return head + bytes.fromhex("18538067") + b"\x01" + b"\xff" * 7 + element("1549A966", scale + duration) + clusters


def _block(at: int) -> bytes:
    return element("A3", b"\x81" + struct.pack(">h", at) + b"\x80" + b"\x00" * 20)


def mp4(seconds: int) -> bytes:
    movie = b"\x00" * 12 + struct.pack(">II", 1000, seconds * 1000) + b"\x00" * 12
    header = struct.pack(">I4s", len(movie) + 8, b"mvhd") + movie
    kind = struct.pack(">I4s", 16, b"ftyp") + b"isom\x00\x00\x00\x00"
    return (
        kind + struct.pack(">I4s", 24, b"mdat") + b"\x00" * 16 + struct.pack(">I4s", len(header) + 8, b"moov") + header
    )


def delivery(folder: Path, module: ModuleContent, lesson: str, video: bytes, seconds: int, consent: str = "") -> Path:
    """A folder as it is delivered for a lesson, in English and Spanish."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "video.webm").write_bytes(video)
    for code, line in (("en", "A line of captions."), ("es", "Una línea de subtítulos.")):
        (folder / f"{code}.vtt").write_text(f"WEBVTT\n\n00:00.000 --> 00:02.000\n{line}\n")
        (folder / f"{code}.md").write_text(f"## {line}\n\n{WORDS}\n")
    (folder / "video.toml").write_text(
        f'module = "{module.slug}"\nlesson = "{lesson}"\nfile = "video.webm"\n'
        f'sha256 = "{hashlib.sha256(video).hexdigest()}"\nseconds = {seconds}\nlanguages = ["en", "es"]\n'
        'title.en = "The film"\ntitle.es = "La película"\n'
        'captions = {en = "en.vtt", es = "es.vtt"}\ntranscript = {en = "en.md", es = "es.md"}\n' + consent
    )
    return folder
