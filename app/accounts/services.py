"""Signing in, the second factor, learners' accounts, one's own settings."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.accounts import locks, lookups, second_factor, sessions, sign_in_names
from app.accounts.guard import Guard, code_guard, password_guard
from app.accounts.models import LearnerAccount
from app.accounts.passwords import NO_PASSWORD, hash_password, verify_password
from app.accounts.rules import LEAST_ALONE, context_words, normalize_email, password_fault
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.audit import audit, audit_refused
from app.core.errors import NotFound, Refused
from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from tenants.database import transaction

ANYBODY = Actor(ActorKind.ANONYMOUS)
SIGN_IN = "accounts.sign_in"


def sign_in_staff(*, email: str, password: str, actor: Actor) -> str | None:
    """The token of a sign-in that still lacks the second factor; None for a wrong address or password.

    Known and unknown addresses take the same steps and the same time. Raises TooMany, Locked.
    """
    address = normalize_email(email)
    guard = password_guard(address, actor.address)
    guard.check()
    found = lookups.active_member_by_email(address)
    if not verify_password(found[1].password_hash if found else None, password) or found is None:
        guard.failed()
        audit_refused(SIGN_IN, actor=actor, subject=("staff", found[0].id if found else None), new={"email": address})
        return None
    member, credential = found
    with transaction():
        locks.check(address)  # again: many guesses at one moment are no more guesses
        guard.passed()
        audit("accounts.password_given", actor=actor, subject=("staff", member.id))
        prepare_second_factor(credential.id)
        return sessions.start(membership_id=member.id)


def prepare_second_factor(credential_id: UUID) -> None:
    """Make the secret of somebody who has no second factor yet, so that the page that shows it writes nothing."""
    with transaction():
        credential = lookups.locked_credential(credential_id)
        if credential.totp_secret is None:
            credential.totp_secret = second_factor.seal(second_factor.new_secret(), credential.id)


def setup_secret(*, actor: Actor) -> tuple[str, str]:
    """(secret, otpauth address) for setting up the second factor; the same until the first code was taken.

    Raises NotFound once it is set up: nobody sees the secret again.
    """
    with transaction():
        prepare_second_factor(lookups.credential_of(actor).id)
    shown = shown_secret(actor)
    if shown is None:
        raise NotFound
    return shown


def shown_secret(actor: Actor) -> tuple[str, str] | None:
    """(secret, otpauth address) while the second factor is being set up; None before it was prepared.

    Changes nothing. Raises NotFound once it is set up.
    """
    credential = lookups.credential_of(actor)
    if lookups.has_second_factor(credential):
        raise NotFound
    if credential.totp_secret is None:
        return None
    secret = second_factor.unseal(credential.totp_secret, credential.id)
    return secret, second_factor.address_for_apps(secret, credential.email)


def give_second_factor(*, code: str, actor: Identity) -> str:
    """Take a code of the authenticator app; returns the session's new token: now fully signed in.

    The first code ever also finishes the set-up. Raises Refused (field `code`), TooMany, Locked, NotFound.
    """
    if actor.session_id is None:
        raise NotFound
    with transaction():
        credential = lookups.credential_of(actor, lock=True)
        guard = code_guard(actor.id, credential.email, actor.address)
        guard.check()  # under the lock: many guesses at one moment are still one after the other
        if credential.totp_secret is None:
            raise NotFound
        first = not lookups.has_second_factor(credential)
        secret = second_factor.unseal(credential.totp_secret, credential.id)
        step = second_factor.matching_step(secret, code, at=clock.now(), after=credential.totp_last_step)
        if step is not None:
            credential.totp_last_step = step
            guard.passed()
            if first:
                audit("accounts.second_factor_set_up", actor=actor, subject=("staff", actor.id))
            audit(SIGN_IN, actor=actor, subject=("staff", actor.id))
            return sessions.second_factor_given(actor.session_id)
        guard.failed()
    audit_refused(SIGN_IN, actor=actor, subject=("staff", actor.id), new={"step": "second factor"})
    raise Refused(wrong_code(), "code")


def wrong_code() -> str:
    return str(_("This code does not fit. Each code works once, for a short time. Wait for the next one and type it."))


def create_learner_account(
    *, kind: str, sign_in_name: str, password: str | None, display_name: str, language: str, actor: Actor = ANYBODY
) -> LearnerAccount:
    """A learner's account at the court at work. `kind` is email, phone or name; the name is normalized here.

    Without a password (None: made at the counter) it opens with a recovery slip only, which then sets one.
    Raises Refused at `sign_in_name` (not of its kind, or taken) or at `password` (too short, or easy to guess).
    """
    found_kind, name = sign_in_names.normalize(sign_in_name)
    if found_kind != kind or not sign_in_names.is_valid(kind, name):
        raise Refused(_not_that_kind(kind), "sign_in_name")
    hashed = NO_PASSWORD if password is None else hash_new_password(password, email=name if kind == "email" else "")
    with transaction() as session:
        account = LearnerAccount(
            sign_in_name=name,
            kind=kind,
            display_name=display_name,
            password_hash=hashed,
            language=language if language in LANGUAGES else "en",
            created_at=clock.now(),
        )
        try:
            with session.begin_nested():
                session.add(account)
        except IntegrityError:
            raise Refused(_taken(kind), "sign_in_name") from None
        audit("accounts.create_learner_account", actor=actor, subject=("learner", account.id), new={"kind": kind})
    return account


def hash_new_password(password: str, *, email: str, least: int = LEAST_ALONE) -> str:
    """The hash of a password that may be taken at this court. Raises Refused at `password`."""
    words = context_words(court_name=lookups.the_court().name, email=email)
    fault = password_fault(password, least=least, avoid=words)
    if fault is not None:
        raise Refused(fault, "password")
    return hash_password(password)


def _not_that_kind(kind: str) -> str:
    if kind == "email":
        return str(_("Enter an email address like name@example.com."))
    if kind == "phone":
        return str(_("Enter a phone number with its area code, like 555 010 0199."))
    return str(_("Use letters and numbers, at least 4 of them."))


def _taken(kind: str) -> str:
    if kind == "email":
        return str(_("There is an account with this email already. Sign in with it, or use another email."))
    if kind == "phone":
        return str(_("There is an account with this phone number already. Sign in with it, or use another number."))
    return str(_("Somebody has this name already. Please take another one."))


def new_sign_in_name() -> str:
    """A free sign-in name for somebody without email or phone: two plain words and four digits."""
    while True:
        name = sign_in_names.made_up_name()
        if lookups.account_by_sign_in_name(name) is None:
            return name


def sign_in_learner(account: LearnerAccount, *, actor: Actor = ANYBODY) -> str:
    """Begin a session for `account`, whose right to it was just shown; returns the token for the cookie."""
    with transaction():
        audit(SIGN_IN, actor=actor, subject=("learner", account.id))
        return sessions.start(learner_account_id=account.id)


def sign_in_learner_by_password(*, sign_in_name: str, password: str, actor: Actor) -> str | None:
    """The token of a learner's sign-in; None for a wrong name or password.

    Known and unknown names take the same steps and the same time. Raises TooMany: slowed, never locked.
    """
    _kind, name = sign_in_names.normalize(sign_in_name)
    guard = Guard("sign-in", name, actor.address)
    guard.check()
    account = lookups.account_by_sign_in_name(name)
    if not verify_password(account.password_hash if account else None, password) or account is None:
        guard.failed()
        subject = ("learner", account.id if account else None)
        audit_refused(SIGN_IN, actor=actor, subject=subject, new={"sign_in_name": name})
        return None
    with transaction():
        guard.passed()
        return sign_in_learner(account, actor=actor)


def sign_out(*, actor: Identity) -> None:
    """End the session at hand on the server."""
    if actor.session_id is not None:
        with transaction():
            sessions.end(actor.session_id)
            audit("accounts.sign_out", actor=actor, subject=(str(actor.kind), actor.id))


def sign_out_everywhere(*, actor: Identity) -> None:
    """End every session of the person at this court."""
    staff = actor.kind == ActorKind.STAFF
    with transaction():
        sessions.end_all(membership_id=actor.id if staff else None, learner_account_id=None if staff else actor.id)
        audit("accounts.sign_out_everywhere", actor=actor, subject=(str(actor.kind), actor.id))


def keep_language(language: str, actor: Actor) -> None:
    """`set_language`, for the switch at the top of every page."""
    set_language(language, actor=actor)


def set_language(language: str, *, actor: Actor) -> None:
    """Keep the person's language. Does nothing when it is that already. Raises Refused, NotFound."""
    if language not in LANGUAGES:
        raise Refused(_("Choose a language from the list."), "language")
    with transaction():
        row = lookups.own_row(actor)
        if row.language != language:
            old, row.language = row.language, language
            subject = (str(actor.kind), actor.id)
            audit(
                "accounts.set_language", actor=actor, subject=subject, old={"language": old}, new={"language": language}
            )
