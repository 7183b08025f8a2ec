"""Limits on guessing, counted in PostgreSQL by keyed hashes: per address and per account, never per court."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import delete, func, select

from app.core import clock
from app.core.errors import TooMany
from app.core.models import Attempt
from app.core.runtime import runtime
from tenants.database import apart, transaction


@dataclass(frozen=True)
class Limit:
    """At most `tries` in `window` for one key of the bucket."""

    bucket: str
    tries: int
    window: timedelta


def place_of(address: str) -> str:
    """What counts as one network address: of version 6 the first half, since a household changes the rest at will."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    mapped = found.ipv4_mapped
    return str(mapped) if mapped is not None else str(IPv6Address(int(found) >> 64 << 64))


def check(limit: Limit, key: str) -> None:
    """Raises TooMany when the limit is reached already. Counts nothing."""
    since = clock.now() - limit.window
    digest = runtime().keyring.digests("limit", key)
    with transaction() as session:
        used, oldest = session.execute(
            select(func.count(), func.min(Attempt.at)).where(
                Attempt.bucket == limit.bucket, Attempt.key_digest.in_(digest), Attempt.at > since
            )
        ).one()
    if used >= limit.tries:
        raise TooMany(max(1, int((oldest + limit.window - clock.now()).total_seconds())))


def count(limit: Limit, key: str) -> None:
    """Count one failed try; stays even when the request's own work is rolled back."""
    with apart(), transaction() as session:
        session.add(Attempt(bucket=limit.bucket, key_digest=runtime().keyring.digest("limit", key), at=clock.now()))


def clear(limit: Limit, key: str) -> None:
    """Forget the tries of one key, after a success."""
    digest = runtime().keyring.digests("limit", key)
    with transaction() as session:
        session.execute(delete(Attempt).where(Attempt.bucket == limit.bucket, Attempt.key_digest.in_(digest)))


def forget_old(older_than: timedelta = timedelta(days=2)) -> None:
    """Drop counted tries that no limit looks at any more (the scheduler, once a court and day)."""
    with transaction() as session:
        session.execute(delete(Attempt).where(Attempt.at < clock.now() - older_than))
