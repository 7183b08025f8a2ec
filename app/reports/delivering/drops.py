"""A court's folder for finished reports: on a disk that the court reads too, or in S3-compatible storage.

Which court has which folder stands, with the keys, in the TOML file that DROPS_FILE names, never in the rules:

    [riverside]
    url = "file:///srv/court-drops/riverside"

    [lakeview]
    url = "s3://storage.example.gov/lakeview-reports/incoming?region=us-west-1"
    access_key = "..."
    secret_key = "..."

`s3+http://` speaks without encryption and is taken for a server on this host only.
"""

from __future__ import annotations

import io
import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SECONDS = 15  # for each answer of the server
FAULTS = ("no_folder", "not_reached", "refused", "not_written")


class DropFailed(Exception):
    """The file is not there. The text is one of FAULTS; it never names a person, a file or a key."""


class Drop(Protocol):
    def put(self, name: str, content: bytes, content_type: str) -> None:
        """Write a file whole, or not at all; the same name again holds the new content. Raises DropFailed."""


@dataclass(frozen=True)
class FolderDrop:
    """A folder of this host, which must be there: a mount that is away is no reason to fill the disk beneath it."""

    folder: Path

    def put(self, name: str, content: bytes, content_type: str) -> None:
        partial = self.folder / f".{name}.{secrets.token_hex(8)}"
        try:
            with partial.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(self.folder / name)
        except FileNotFoundError:
            raise DropFailed("not_reached") from None
        except OSError:
            raise DropFailed("not_written") from None
        finally:
            partial.unlink(missing_ok=True)


@dataclass(frozen=True)
class S3Drop:
    """A bucket, or a part of one."""

    client: Minio
    bucket: str
    prefix: str

    def put(self, name: str, content: bytes, content_type: str) -> None:
        try:
            self.client.put_object(
                self.bucket, f"{self.prefix}{name}", io.BytesIO(content), len(content), content_type=content_type
            )
        except MinioException:
            raise DropFailed("refused") from None
        except (urllib3.exceptions.HTTPError, OSError):
            raise DropFailed("not_reached") from None


def open_drop(drops_file: Path | None, court_slug: str) -> Drop:
    """The folder of a court. Raises DropFailed (`no_folder`) where none is set up, or not readably."""
    try:
        courts = tomllib.loads(drops_file.read_text()) if drops_file else {}
        entry = courts[court_slug]
        return _opened(entry["url"], entry.get("access_key", ""), entry.get("secret_key", ""))
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        raise DropFailed("no_folder") from None


def _opened(url: str, access_key: str, secret_key: str) -> Drop:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderDrop(Path(unquote(parts.path)))
    if parts.scheme not in ("s3", "s3+http") or not parts.hostname:
        raise ValueError(parts.scheme)
    if parts.scheme == "s3+http" and parts.hostname not in LOOPBACK:
        raise ValueError("unencrypted")
    bucket, _, prefix = unquote(parts.path).strip("/").partition("/")
    client = Minio(
        endpoint=parts.netloc,
        access_key=access_key,
        secret_key=secret_key,
        secure=parts.scheme == "s3",
        region=parse_qs(parts.query).get("region", ["us-east-1"])[0],
        http_client=urllib3.PoolManager(timeout=SECONDS, retries=False),
    )
    return S3Drop(client, bucket, f"{prefix}/" if prefix else "")
