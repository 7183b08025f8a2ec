"""Another key for the seal. Certificates of earlier keys stay in the file, so that what they sealed still verifies.

The certificates are replaced first, the key last: at every moment the key that is there has its certificate, and a
worker, which reads both for each document, needs no restart. Whoever is stopped half-way runs it again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from app.reports.sign import make_self_signed

YEARS = 5
LATEST_DAY = 28  # of a month, so that the same day exists in every year


class NotRotated(Exception):
    """The new key or certificate can not be used; the message says why and holds no secret. Nothing was changed."""


@dataclass(frozen=True)
class SealCertificate:
    """One certificate of the file. `current`: that of the key that seals now. Times in UTC."""

    fingerprint: str
    subject: str
    valid_from: datetime
    valid_until: datetime
    current: bool


def certificates_in(key_file: Path, cert_file: Path) -> list[SealCertificate]:
    """All certificates that are trusted, in the order of the file. Raises NotRotated for files that can not be read."""
    key, found = _read(key_file.read_bytes(), cert_file.read_bytes())
    return [
        SealCertificate(
            fingerprint=one.fingerprint(SHA256()).hex(),
            subject=_name(one, NameOID.COMMON_NAME),
            valid_from=one.not_valid_before_utc,
            valid_until=one.not_valid_after_utc,
            current=one.public_key() == key.public_key(),
        )
        for one in found
    ]


def rotate(key_file: Path, cert_file: Path, *, new_key: bytes, new_certs: bytes) -> None:
    """Seal with `new_key` from now on; `new_certs` are its certificate and those that vouch for it, as PEM.

    Raises NotRotated: a key that does not fit, is not on P-256, or seals already.
    """
    earlier = cert_file.read_bytes()
    _read(key_file.read_bytes(), earlier)
    key, added = _read(new_key, new_certs)
    if any(one.public_key() == key.public_key() for one in x509.load_pem_x509_certificates(earlier)):
        raise NotRotated("this key has sealed before: a new one is needed")
    if not any(one.public_key() == key.public_key() for one in added):
        raise NotRotated("the new key does not belong to the new certificate")
    _replace(cert_file, new_certs.rstrip() + b"\n" + earlier, 0o644)
    _replace(key_file, new_key, 0o600)


def another_self_signed(cert_file: Path, now: datetime) -> tuple[bytes, bytes]:
    """A new key and a certificate that vouches for itself, in the name of the one that is there; valid from today."""
    before = x509.load_pem_x509_certificates(cert_file.read_bytes())[0]
    today = now.replace(hour=0, minute=0, second=0, microsecond=0, day=min(now.day, LATEST_DAY))
    name, organization = _name(before, NameOID.COMMON_NAME), _name(before, NameOID.ORGANIZATION_NAME)
    return make_self_signed(name, valid_from=today, years=YEARS, organization=organization or name)


def _read(key_pem: bytes, cert_pem: bytes) -> tuple[ec.EllipticCurvePrivateKey, list[x509.Certificate]]:
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
        certificates = x509.load_pem_x509_certificates(cert_pem)
    except (ValueError, TypeError) as error:
        raise NotRotated("a key or certificate is not readable PEM without a passphrase") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise NotRotated("a key is not on the curve P-256")
    return key, certificates


def _name(certificate: x509.Certificate, part: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(part)
    return str(found[0].value) if found else ""


def _replace(file: Path, content: bytes, mode: int) -> None:
    """Replace `file`; whoever is killed half-way leaves the old one."""
    partial = file.with_name(f"{file.name}.new")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)
