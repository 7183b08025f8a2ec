"""The keys of an installation and its backups.

A backup with the keyring beside it would open every code, secret and link in it. So the keyring stays out, and the
manifest only names it by fingerprints; or it goes in under a passphrase, which is kept somewhere else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.recovery.programs import RecoveryRefused
from config import Settings

SHORTEST = 16  # characters of a passphrase
SALT, NONCE = 16, 12  # bytes
COST = 2**15  # of scrypt: about a tenth of a second and 32 MiB


def fingerprints(keyring_file: Path) -> dict[str, list[str]]:
    """What tells one keyring from another and gives nothing of a key away, by purpose, the newest last."""
    data: dict[str, list[dict[str, str]]] = json.loads(keyring_file.read_text())
    return {purpose: [_fingerprint(key["key"]) for key in keys] for purpose, keys in data.items()}


def _fingerprint(key: str) -> str:
    return hmac.new(base64.b64decode(key), b"fingerprint", hashlib.sha256).hexdigest()[:16]


def missing_keys(keyring_file: Path, wanted: dict[str, list[str]]) -> list[str]:
    """Purposes of which the keyring lacks a key that the backup was made under. A longer keyring is fine."""
    found = fingerprints(keyring_file)
    return [purpose for purpose, keys in wanted.items() if set(keys) - set(found.get(purpose, []))]


def passphrase_from(file: Path) -> bytes:
    """The passphrase on the first line of `file`. Raises RecoveryRefused for a short one."""
    lines = file.read_text().splitlines()
    said = lines[0].strip() if lines else ""
    if len(said) < SHORTEST:
        raise RecoveryRefused(f"the passphrase in {file} is shorter than {SHORTEST} characters")
    return said.encode()


def _places(settings: Settings) -> dict[str, Path]:
    """Which files hold keys. A setting that this machine lacks is left out."""
    named = {
        "KEYRING_FILE": settings.keyring_file,
        "SIGNING_KEY_FILE": settings.signing_key_file,
        "SIGNING_CERT_FILE": settings.signing_cert_file,
    }
    return {name: path for name, path in named.items() if path != Path()}


def seal(settings: Settings, passphrase: bytes) -> bytes:
    """The installation's key files, encrypted."""
    held = {name: path.read_bytes() for name, path in _places(settings).items() if path.is_file()}
    plain = json.dumps({name: base64.b64encode(content).decode() for name, content in held.items()})
    salt, nonce = os.urandom(SALT), os.urandom(NONCE)
    return salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, plain.encode(), None)


def unseal(sealed: bytes, settings: Settings, passphrase: bytes) -> list[str]:
    """Write the key files to where the settings name them, never over one that is there; the names written.

    Raises RecoveryRefused for another passphrase.
    """
    salt, nonce, box = sealed[:SALT], sealed[SALT : SALT + NONCE], sealed[SALT + NONCE :]
    try:
        held: dict[str, str] = json.loads(AESGCM(_key(passphrase, salt)).decrypt(nonce, box, None))
    except InvalidTag:
        raise RecoveryRefused("the passphrase does not open the keys of this backup") from None
    written = []
    for name, path in _places(settings).items():
        if name in held and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(base64.b64decode(held[name]))
            written.append(name)
    return written


def _key(passphrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(passphrase)
