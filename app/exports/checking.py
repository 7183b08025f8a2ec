"""Whether an export is whole: against its own manifest, and the manifest against its signature."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.core.storage import PIECE
from app.exports import sealing
from app.exports.writing import CERTIFICATE, FORMAT, MANIFEST, SIGNATURE

LARGEST_MANIFEST = 256 * 1024 * 1024  # bytes
LARGEST_EXTRA = 64 * 1024  # of signature and certificate
OUTSIDE = {MANIFEST, SIGNATURE, CERTIFICATE}  # what the manifest can not list


class NotAnExport(ValueError):
    """The file is no ZIP, or has no manifest that can be read."""


class Seal(StrEnum):
    OURS = "ours"  # signed with the key of the expected certificate
    ANOTHER = "another"  # signed with the key of the certificate inside, which is not the expected one
    BROKEN = "broken"  # the manifest is not the one that was signed
    NONE = "none"


@dataclass
class Checked:
    """What was found. `lost` repeats what the export itself says was already missing when it was made."""

    court: str
    as_of: str
    seal: Seal
    files: int = 0
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Nothing is missing, changed or added, and the key that signed it is the one that was expected."""
        return not (self.missing or self.changed or self.extra) and self.seal == Seal.OURS


def check(file: Path, *, certificate_pem: bytes = b"") -> Checked:
    """Compare every file of an export with its manifest. Raises NotAnExport, OSError."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _check(archive, certificate_pem)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise NotAnExport(str(error)) from error


def _check(archive: zipfile.ZipFile, certificate_pem: bytes) -> Checked:
    raw = _small(archive, MANIFEST, LARGEST_MANIFEST)
    manifest = _manifest(raw)
    checked = Checked(
        court=str(manifest["court"]["name"]),
        as_of=str(manifest["as_of"]),
        seal=_seal(archive, raw, certificate_pem),
        lost=[str(problem) for problem in manifest.get("problems", [])],
    )
    listed = archive.namelist()
    names = set(listed)
    checked.missing = sorted(set(manifest["files"]) - names)
    checked.extra = sorted(names - set(manifest["files"]) - OUTSIDE)
    checked.extra += sorted(f"{name} (again)" for name, times in Counter(listed).items() if times > 1)
    for path, wanted in sorted(manifest["files"].items()):
        if path in names and not _same(archive, path, wanted):
            checked.changed.append(path)
        checked.files += 1
    return checked


def _manifest(raw: bytes | None) -> dict[str, Any]:
    if raw is None:
        raise NotAnExport("there is no manifest in it")
    try:
        manifest = json.loads(raw)
        if manifest["format"] != FORMAT:
            raise NotAnExport("its manifest is of another format")
        found: dict[str, Any] = {**manifest, "files": dict(manifest["files"]), "court": dict(manifest["court"])}
        found["court"]["name"], found["as_of"]
        all_facts = all({"size", "sha256"} <= set(facts) for facts in found["files"].values())
    except (ValueError, KeyError, TypeError) as error:
        raise NotAnExport("its manifest can not be read") from error
    if not all_facts:
        raise NotAnExport("its manifest can not be read")
    return found


def _same(archive: zipfile.ZipFile, path: str, wanted: dict[str, Any]) -> bool:
    """Whether an entry has the size and hash that the manifest says; reads no further than one byte too many."""
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(path) as source:
            while piece := source.read(PIECE):
                digest.update(piece)
                size += len(piece)
                if size > wanted["size"]:
                    return False
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        return False
    return bool(size == wanted["size"] and digest.hexdigest() == wanted["sha256"])


def _small(archive: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    try:
        with archive.open(name) as source:
            content = source.read(most + 1)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError):
        return None
    return content if len(content) <= most else None


def _seal(archive: zipfile.ZipFile, manifest: bytes | None, ours: bytes) -> Seal:
    signature = _small(archive, SIGNATURE, LARGEST_EXTRA)
    inside = _small(archive, CERTIFICATE, LARGEST_EXTRA)
    if signature is None or manifest is None:
        return Seal.NONE
    if ours and sealing.is_signed(manifest, signature, ours):
        return Seal.OURS
    return Seal.ANOTHER if inside and sealing.is_signed(manifest, signature, inside) else Seal.BROKEN
