"""Files by the hash of their content, a folder for each court and one for the curriculum, behind one small interface.

A row may name a file only after `put` returned: the bytes are then on the disk under their final name.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import BinaryIO, Literal, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

PIECE = 1024 * 1024  # bytes
NOTICE = "notice.json"  # beside the shelves; no shelf has such a name

# Whose file it is: a court's, or the curriculum's, which is the same for every court.
Shelf = UUID | Literal["curriculum"]
CURRICULUM: Literal["curriculum"] = "curriculum"


class Missing(LookupError):
    """No whole file under that hash."""


class Storage(Protocol):
    def put(self, shelf: Shelf, content: bytes) -> str:
        """Keep `content`; returns its SHA-256 in hexadecimal. Raises OSError when it can not be kept whole."""

    def get(self, shelf: Shelf, sha256: str) -> bytes:
        """The content. Raises Missing when it is not there or not what its name says."""

    def put_stream(self, shelf: Shelf, source: BinaryIO) -> tuple[str, int]:
        """Keep what `source` still holds, in pieces; returns its SHA-256 and its size in bytes. Raises OSError."""

    def open(self, shelf: Shelf, sha256: str) -> BinaryIO:
        """The file for reading, not compared with its name: for what is too large to hold. Raises Missing."""

    def delete(self, shelf: Shelf, sha256: str) -> None:
        """Forget the file; no error when it is not there."""

    def notice(self) -> bytes | None:
        """What hangs on the portal's door (app/core/maintenance.py); None: nothing. Raises OSError."""

    def post_notice(self, content: bytes | None) -> None:
        """Put it there in place of what stood there, or take it down. Raises OSError."""


class FolderStorage:
    """Storage in a local folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, shelf: Shelf, sha256: str) -> Path:
        if len(sha256) != 64 or not all(c in "0123456789abcdef" for c in sha256):
            raise Missing(sha256)
        return self.folder / str(shelf) / sha256[:2] / sha256

    def put(self, shelf: Shelf, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(shelf, sha256)
        if self._whole(path, sha256):
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{sha256}.{secrets.token_hex(8)}")
        try:
            with partial.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        self._settle(path.parent)
        return sha256

    def put_stream(self, shelf: Shelf, source: BinaryIO) -> tuple[str, int]:
        folder = self.folder / str(shelf)
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".stream.{secrets.token_hex(8)}"
        digest, size = hashlib.sha256(), 0
        try:
            with partial.open("wb") as out:
                while piece := source.read(PIECE):
                    digest.update(piece)
                    size += out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            path = self._path(shelf, digest.hexdigest())
            path.parent.mkdir(exist_ok=True)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        self._settle(path.parent)
        return digest.hexdigest(), size

    def open(self, shelf: Shelf, sha256: str) -> BinaryIO:
        try:
            return self._path(shelf, sha256).open("rb")
        except FileNotFoundError:
            raise Missing(sha256) from None

    @staticmethod
    def _whole(path: Path, sha256: str) -> bool:
        """Whether the file is there and is what its name says; a damaged one is written again."""
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        except FileNotFoundError:
            return False

    def _settle(self, folder: Path) -> None:
        """Bring the names on the disk, too: this folder's and those of the ones above it, which may be new."""
        for path in (folder, folder.parent, self.folder):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def get(self, shelf: Shelf, sha256: str) -> bytes:
        try:
            content = self._path(shelf, sha256).read_bytes()
        except FileNotFoundError:
            raise Missing(sha256) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Missing(sha256)
        return content

    def delete(self, shelf: Shelf, sha256: str) -> None:
        self._path(shelf, sha256).unlink(missing_ok=True)

    def notice(self) -> bytes | None:
        try:
            return (self.folder / NOTICE).read_bytes()
        except FileNotFoundError:
            return None

    def post_notice(self, content: bytes | None) -> None:
        file = self.folder / NOTICE
        if content is None:
            file.unlink(missing_ok=True)
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".{NOTICE}.{secrets.token_hex(8)}")
        partial.write_bytes(content)
        partial.replace(file)


class CurriculumFiles:
    """The curriculum's own files, to read: all that the operator console opens. No court's file is to be had here."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def put(self, shelf: Shelf, content: bytes) -> str:
        raise OSError("this process keeps no files")

    def get(self, shelf: Shelf, sha256: str) -> bytes:
        self._require(shelf, sha256)
        return self._storage.get(shelf, sha256)

    def put_stream(self, shelf: Shelf, source: BinaryIO) -> tuple[str, int]:
        raise OSError("this process keeps no files")

    def open(self, shelf: Shelf, sha256: str) -> BinaryIO:
        self._require(shelf, sha256)
        return self._storage.open(shelf, sha256)

    def delete(self, shelf: Shelf, sha256: str) -> None:
        raise OSError("this process keeps no files")

    def notice(self) -> bytes | None:
        return self._storage.notice()

    def post_notice(self, content: bytes | None) -> None:
        raise OSError("this process keeps no files")

    @staticmethod
    def _require(shelf: Shelf, sha256: str) -> None:
        if shelf != CURRICULUM:
            raise Missing(sha256)


class NoFiles:
    """For a process that was given no storage."""

    def put(self, shelf: Shelf, content: bytes) -> str:
        raise OSError("this process has no storage")

    def get(self, shelf: Shelf, sha256: str) -> bytes:
        raise Missing(sha256)

    def put_stream(self, shelf: Shelf, source: BinaryIO) -> tuple[str, int]:
        raise OSError("this process has no storage")

    def open(self, shelf: Shelf, sha256: str) -> BinaryIO:
        raise Missing(sha256)

    def delete(self, shelf: Shelf, sha256: str) -> None:
        raise OSError("this process has no storage")

    def notice(self) -> bytes | None:
        return None

    def post_notice(self, content: bytes | None) -> None:
        raise OSError("this process has no storage")


def open_storage(url: str) -> Storage:
    """The storage at `url`; `file:///folder` so far. Raises ValueError for another scheme."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise ValueError(f"STORAGE_URL: unknown scheme {parts.scheme!r}")
    return FolderStorage(folder_of(url))


def folder_of(url: str) -> Path:
    """Where the files of the storage at `url` lie."""
    return Path(unquote(urlsplit(url).path))
