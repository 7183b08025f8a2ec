"""Ways back in: a link by mail for an hour, or a slip from the counter for a day. Each works once.

Either sets a new password and ends every session of the person. A member of staff keeps the second factor, and a lock.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from app.accounts import lookups, sessions
from app.accounts.models import AccountRecovery, LearnerAccount, Membership, StaffCredential
from app.accounts.rules import LEAST_ALONE, LEAST_WITH_SECOND_FACTOR, is_email, normalize_email
from app.accounts.services import hash_new_password
from app.core import clock, limits, outbox
from app.core.actor import Actor, ActorKind
from app.core.audit import audit, audit_refused
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.limits import Limit, place_of
from app.core.runtime import runtime
from app.notices import services as notices
from tenants.database import session, transaction
from tenants.keys import uuid7

MAIL_FOR = timedelta(minutes=60)
SLIP_FOR = timedelta(days=1)
MAIL_JOB = "accounts.mail_link"
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that look alike; 30 of them
SLIP_LENGTH = 16  # 78 bits

MAILS_TO_AN_ADDRESS = Limit("recovery-mail", tries=3, window=timedelta(hours=1))
MAILS_FROM_A_PLACE = Limit("recovery-mail-place", tries=20, window=timedelta(minutes=15))
GUESSES = Limit("recovery-slip", tries=10, window=timedelta(minutes=15))


def ask_for_mail(email: str, *, actor: Actor) -> None:
    """Somebody wants a link by mail. Takes the same steps for a known and an unknown address: a job looks it up.

    Raises Refused at `email`, TooMany.
    """
    address = normalize_email(email)
    if not is_email(address):
        raise Refused(_("Enter an email address like name@example.com."), "email")
    places = ((MAILS_TO_AN_ADDRESS, address), (MAILS_FROM_A_PLACE, place_of(actor.address)))
    for limit, key in places:
        limits.check(limit, key)
    for limit, key in places:
        limits.count(limit, key)
    with transaction():
        audit("accounts.ask_for_mail", actor=actor, subject=("account", None), new={"email": address})
        outbox.enqueue(MAIL_JOB, None, payload={"email": address})


def mail_links(email: str) -> None:
    """Mail a link to whoever signs in with this address at the court at work, if anybody. In the job's transaction."""
    court = lookups.the_court()
    member = lookups.active_member_by_email(email)
    if member is not None:
        token = _new("mail", MAIL_FOR, membership_id=member[0].id)
        _mail(email, ("staff", member[0].id), member[0].language, token, court.slug)
    account = lookups.account_by_sign_in_name(email)
    if account is not None:
        token = _new("mail", MAIL_FOR, learner_account_id=account.id)
        _mail(email, ("learner", account.id), account.language, token, court.slug)


def _mail(address: str, recipient: tuple[str, UUID], language: str, token: str, slug: str) -> None:
    notices.send(
        template="recovery_link",
        to_address=address,
        recipient=recipient,
        language=language,
        context={"minutes": int(MAIL_FOR.total_seconds()) // 60},
        secret={"link": f"{runtime().settings.public_url}/{slug}/recovery/{token}"},
    )


def make_slip(account_id: UUID, *, actor: Actor) -> str:
    """A slip's code for a learner's account, shown this once; slips and links made before are dead. Raises NotFound."""
    with transaction():
        account = lookups.locked_account(account_id)
        code = _new("slip", SLIP_FOR, learner_account_id=account.id, made_by=actor.id)
        audit("accounts.make_recovery_slip", actor=actor, subject=("learner", account.id))
    return "-".join(code[i : i + 4] for i in range(0, SLIP_LENGTH, 4))


def _new(
    kind: str,
    lasts: timedelta,
    *,
    membership_id: UUID | None = None,
    learner_account_id: UUID | None = None,
    made_by: UUID | None = None,
) -> str:
    """The token of a new way back in; it takes the place of every earlier one of the account."""
    token = secrets.token_urlsafe(32)
    if kind == "slip":
        token = "".join(secrets.choice(LETTERS) for _each in range(SLIP_LENGTH))
    now = clock.now()
    with transaction() as current:
        _end_open(membership_id, learner_account_id)
        current.add(
            AccountRecovery(
                id=uuid7(),
                kind=kind,
                token_digest=_digests(kind, token)[-1],
                membership_id=membership_id,
                learner_account_id=learner_account_id,
                made_by=made_by,
                created_at=now,
                expires_at=now + lasts,
            )
        )
    return token


def _end_open(membership_id: UUID | None, learner_account_id: UUID | None) -> None:
    owner = AccountRecovery.learner_account_id == learner_account_id
    if membership_id is not None:
        owner = AccountRecovery.membership_id == membership_id
    with transaction() as current:
        current.execute(
            update(AccountRecovery)
            .where(owner, AccountRecovery.used_at.is_(None), AccountRecovery.ended_at.is_(None))
            .values(ended_at=clock.now(), row_version=AccountRecovery.row_version + 1)
        )


def end_open_of_member(membership_id: UUID) -> None:
    """A member leaves: links that were mailed open nothing any more."""
    _end_open(membership_id, None)


def _digests(kind: str, token: str) -> list[str]:
    return runtime().keyring.digests(lookups.LINK, f"recovery:{kind}:{token}")


def plain_slip(typed: str) -> str:
    """A slip's code as it is hashed, however it was typed."""
    return "".join(c for c in typed.upper() if c.isalnum() and c.isascii())[: 4 * SLIP_LENGTH]


def open_way(kind: str, token: str, *, lock: bool = False) -> AccountRecovery:
    """The way back in that still works. Changes nothing. Raises NotFound for every other."""
    query = select(AccountRecovery).where(
        AccountRecovery.kind == kind,
        AccountRecovery.token_digest.in_(_digests(kind, token)),
        AccountRecovery.used_at.is_(None),
        AccountRecovery.ended_at.is_(None),
        AccountRecovery.expires_at > clock.now(),
        or_(
            AccountRecovery.learner_account_id.is_not(None),
            AccountRecovery.membership_id.in_(select(Membership.id).where(Membership.state == "active")),
        ),
    )
    if lock:
        query = query.with_for_update()
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def least_length(way: AccountRecovery) -> int:
    """Characters that the new password must have at least."""
    return LEAST_ALONE if way.membership_id is None else LEAST_WITH_SECOND_FACTOR


def use_link(token: str, *, password: str, actor: Actor) -> str | None:
    """Set a new password by a mailed link. Returns a learner's new session, None for staff: they sign in with a code.

    Raises Refused at `password`, NotFound when the link works no more.
    """
    return _use("mail", token, password, actor)


def use_slip(typed: str, *, password: str, actor: Actor) -> str | None:
    """Set a new password by a slip of the counter; returns the learner's new session.

    Raises Refused at `code` or `password`, TooMany for a place that guesses.
    """
    place = place_of(actor.address)
    limits.check(GUESSES, place)
    try:
        return _use("slip", plain_slip(typed), password, actor)
    except NotFound:
        limits.count(GUESSES, place)
        audit_refused("accounts.recover", actor=actor, subject=("account", None), new={"by": "slip"})
        raise Refused(
            _("This code does not work. Check it with your slip. A slip works once, for one day."), "code"
        ) from None


def _use(kind: str, token: str, password: str, actor: Actor) -> str | None:
    way = open_way(kind, token)
    credential = lookups.get_member(way.membership_id)[1] if way.membership_id else None
    name = credential.email if credential else lookups.get_account(way.learner_account_id).sign_in_name
    hashed = hash_new_password(password, email=name if "@" in name else "", least=least_length(way))
    with transaction():
        way = open_way(kind, token, lock=True)
        way.used_at = clock.now()
        if way.learner_account_id is not None:
            return _set_learner(lookups.locked_account(way.learner_account_id), hashed, kind, actor)
        if credential is None or way.membership_id is None:
            raise NotFound
        _set_staff(lookups.locked_credential(credential.id), way.membership_id, hashed, actor)
    return None


def _set_learner(account: LearnerAccount, hashed: str, kind: str, actor: Actor) -> str:
    account.password_hash = hashed
    sessions.end_all(learner_account_id=account.id)
    learner = Actor(ActorKind.LEARNER, account.id, "learner", actor.address)
    audit("accounts.recover", actor=learner, subject=("learner", account.id), new={"by": kind})
    return sessions.start(learner_account_id=account.id)


def _set_staff(credential: StaffCredential, membership_id: UUID, hashed: str, actor: Actor) -> None:
    credential.password_hash = hashed
    sessions.end_everywhere(credential, membership_id)
    audit("accounts.recover", actor=actor, subject=("staff", membership_id), new={"by": "mail"})
