"""What people change about their own sign-in: password, authenticator app, recovery codes."""

from __future__ import annotations

from app.accounts import lookups, recovery_codes, second_factor, sessions
from app.accounts.guard import Guard, code_guard, password_guard
from app.accounts.models import LearnerAccount, StaffCredential
from app.accounts.passwords import verify_password
from app.accounts.rules import LEAST_ALONE, LEAST_WITH_SECOND_FACTOR
from app.accounts.services import SIGN_IN, hash_new_password, wrong_code
from app.core import clock
from app.core.actor import ActorKind
from app.core.audit import audit, audit_refused
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from tenants.database import transaction


def least_length(actor: Identity) -> int:
    """Characters that the person's password must have at least."""
    return LEAST_WITH_SECOND_FACTOR if actor.kind == ActorKind.STAFF else LEAST_ALONE


def change_password(*, current: str, new: str, actor: Identity) -> str:
    """A new password; every session ends, at every court. Returns the token of the one that goes on.

    Raises Refused at `current` or `password`, TooMany, Locked.
    """
    _prove(current, actor)
    if actor.kind == ActorKind.STAFF:
        return _change_staff_password(new, actor)
    before = _own_account(actor)
    hashed = hash_new_password(new, email=before.sign_in_name if before.kind == "email" else "")
    with transaction():
        account = lookups.locked_account(before.id)
        account.password_hash = hashed
        sessions.end_all(learner_account_id=account.id)
        audit("accounts.change_password", actor=actor, subject=("learner", account.id))
        return sessions.start(learner_account_id=account.id)


def _change_staff_password(new: str, actor: Identity) -> str:
    hashed = hash_new_password(new, email=lookups.credential_of(actor).email, least=LEAST_WITH_SECOND_FACTOR)
    with transaction():
        credential = lookups.credential_of(actor, lock=True)
        credential.password_hash = hashed
        token = _fresh_session(credential, actor)
        audit("accounts.change_password", actor=actor, subject=("staff", actor.id))
        return token


def _fresh_session(credential: StaffCredential, actor: Identity) -> str:
    """End every session of the member and begin the one that goes on."""
    if actor.id is None:
        raise NotFound
    sessions.end_everywhere(credential, actor.id)
    return sessions.start(membership_id=actor.id, second_factor=True)


def _prove(password: str, actor: Identity) -> None:
    """Raises Refused at `current` unless it is the person's password, TooMany, Locked."""
    staff = actor.kind == ActorKind.STAFF
    name = lookups.own_sign_in_name(actor)
    guard = password_guard(name, actor.address) if staff else Guard("sign-in", name, actor.address)
    guard.check()
    stored = lookups.credential_of(actor).password_hash if staff else _own_account(actor).password_hash
    if not verify_password(stored, password):
        guard.failed()
        audit_refused("accounts.prove_password", actor=actor, subject=(str(actor.kind), actor.id))
        raise Refused(_("This is not your password."), "current")
    guard.passed()


def _own_account(actor: Identity) -> LearnerAccount:
    found = lookups.own_row(actor)
    if not isinstance(found, LearnerAccount):
        raise NotFound
    return found


def begin_new_app(*, current: str, actor: Identity) -> None:
    """Make the secret for another authenticator app; the old one works until a code of the new one was given.

    Raises Refused at `current`, TooMany, Locked, NotFound for everybody without a second factor.
    """
    if actor.kind != ActorKind.STAFF:
        raise NotFound
    _prove(current, actor)
    with transaction():
        credential = lookups.credential_of(actor, lock=True)
        credential.totp_pending = second_factor.seal(second_factor.new_secret(), credential.id)
        audit("accounts.begin_new_app", actor=actor, subject=("staff", actor.id))


def pending_app(actor: Identity) -> tuple[str, str] | None:
    """(secret, otpauth address) of the app that is being set up, if any. Changes nothing."""
    credential = lookups.credential_of(actor)
    if credential.totp_pending is None:
        return None
    secret = second_factor.unseal(credential.totp_pending, credential.id)
    return secret, second_factor.address_for_apps(secret, credential.email)


def finish_new_app(*, code: str, actor: Identity) -> str:
    """A code of the new app: it takes the old one's place. Every other session ends; returns the token that goes on.

    Raises Refused at `code`, TooMany, Locked, NotFound when none is being set up.
    """
    with transaction():
        credential = lookups.credential_of(actor, lock=True)
        guard = code_guard(actor.id, credential.email, actor.address)
        guard.check()
        if credential.totp_pending is None:
            raise NotFound
        secret = second_factor.unseal(credential.totp_pending, credential.id)
        step = second_factor.matching_step(secret, code, at=clock.now(), after=0)
        if step is not None:
            guard.passed()
            credential.totp_secret, credential.totp_pending = credential.totp_pending, None
            credential.totp_last_step = step
            audit("accounts.change_second_factor", actor=actor, subject=("staff", actor.id))
            return _fresh_session(credential, actor)
        guard.failed()
    raise Refused(wrong_code(), "code")


def make_recovery_codes(*, current: str, actor: Identity) -> list[str]:
    """Ten new codes, shown this once; those made before open nothing any more. Raises Refused at `current`, TooMany."""
    if actor.kind != ActorKind.STAFF:
        raise NotFound
    _prove(current, actor)
    codes = recovery_codes.new_codes()
    with transaction():
        credential = lookups.credential_of(actor, lock=True)
        before = len(credential.recovery_digests or ())
        credential.recovery_digests = [recovery_codes.digest(code, credential.id) for code in codes]
        audit(
            "accounts.make_recovery_codes",
            actor=actor,
            subject=("staff", actor.id),
            old={"left": before},
            new={"left": len(codes)},
        )
    return codes


def codes_left(actor: Identity) -> int:
    """How many recovery codes the member still has."""
    return len(lookups.credential_of(actor).recovery_digests or ())


def give_recovery_code(*, code: str, actor: Identity) -> tuple[str, int]:
    """Sign in with a recovery code in place of the app's. Returns (the session's new token, how many codes are left).

    Raises Refused at `code`, TooMany, Locked, NotFound.
    """
    if actor.session_id is None:
        raise NotFound
    with transaction():
        credential = lookups.credential_of(actor, lock=True)
        guard = code_guard(actor.id, credential.email, actor.address)
        guard.check()
        left = recovery_codes.without(credential.recovery_digests or (), code, credential.id)
        if left is not None:
            credential.recovery_digests = left
            guard.passed()
            new = {"by": "recovery code", "left": len(left)}
            audit(SIGN_IN, actor=actor, subject=("staff", actor.id), new=new)
            return sessions.second_factor_given(actor.session_id), len(left)
        guard.failed()
    audit_refused(SIGN_IN, actor=actor, subject=("staff", actor.id), new={"step": "recovery code"})
    raise Refused(_("This is not one of your recovery codes, or it was used already."), "code")
