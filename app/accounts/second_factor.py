"""The second factor: six digits from an authenticator app (TOTP, RFC 6238). Each code works once."""

from __future__ import annotations

import hmac
from datetime import datetime
from uuid import UUID

import pyotp

from app.core.runtime import runtime

STEP_SECONDS = 30
DRIFT = 1  # steps that a phone's clock may be off, either way
ISSUER = "Court program"
PURPOSE = "totp"


def new_secret() -> str:
    """160 random bits in base 32."""
    return str(pyotp.random_base32(32))


def seal(secret: str, credential_id: UUID) -> str:
    """`secret` as it may lie in the database: encrypted, and bound to its credential."""
    return runtime().keyring.seal(PURPOSE, secret.encode(), bound_to=str(credential_id))


def unseal(sealed: str, credential_id: UUID) -> str:
    return runtime().keyring.open(PURPOSE, sealed, bound_to=str(credential_id)).decode()


def step_at(instant: datetime) -> int:
    return int(instant.timestamp()) // STEP_SECONDS


def code_at(secret: str, instant: datetime) -> str:
    """What an authenticator app shows at `instant`."""
    return str(pyotp.TOTP(secret).generate_otp(step_at(instant)))


def matching_step(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """The time step whose code this is, later than the step `after` (the last one taken); None when there is none."""
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    totp, now = pyotp.TOTP(secret), step_at(at)
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(str(totp.generate_otp(step)), digits) and step > after:
            found = step
    return found


def address_for_apps(secret: str, email: str) -> str:
    """The otpauth address that the QR code holds."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER))


def in_groups(secret: str) -> str:
    """The secret for typing, four letters at a time."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
