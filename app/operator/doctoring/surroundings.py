"""Checks of what the portal stands on: queue, clocks, mail, certificates, keys, disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis import Redis
from sqlalchemy import text

from app.core import circuits, clock
from app.core.keyring import ages
from app.core.runtime import runtime
from app.core.storage import folder_of
from app.notices.sender import open_sender
from app.operator import health
from app.reports.rotating import certificates_in
from tenants.database import db, role_transaction

SKEW = 5.0  # seconds between two clocks; sign-in codes live for thirty
EXPIRES_SOON = timedelta(days=60)
OLD_KEY = timedelta(days=400)
MUCH_WAITS = 500  # jobs
DISK_FAULT, DISK_WARNING = 0.03, 0.15  # of the disk, free
GB = 1024**3


def _jobs() -> Iterator[str]:
    with role_transaction("platform") as session:
        for beat in health.beats(session):
            if beat.silent:
                yield f"the {beat.name} has not worked for two minutes (is the scheduler running?)"
        kinds = health.by_kind(session)
    queues = health.queues()
    if not queues.fault and not queues.workers:
        yield "no worker is running"
    if late := sum(kind.late for kind in kinds):
        yield f"{late} jobs are late"


def _jobs_failed() -> Iterator[str]:
    with role_transaction("platform") as session:
        kinds = health.by_kind(session)
    for kind in kinds:
        if kind.failed:
            yield f"{kind.failed} of {kind.of} were given up: the console's failed jobs send them again"
    if (waiting := sum(kind.waiting for kind in kinds)) > MUCH_WAITS:
        yield f"{waiting} jobs wait"


def _clocks() -> Iterator[str]:
    def differ(name: str, theirs: datetime, before: datetime, after: datetime) -> Iterator[str]:
        seconds = (theirs - (before + (after - before) / 2)).total_seconds()
        if abs(seconds) > SKEW + (after - before).total_seconds():
            yield f"{name} is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} this machine"

    before = clock.true_now()
    with db.engine.connect() as connection:
        before = clock.true_now()
        theirs = connection.scalar(text("SELECT clock_timestamp()"))
    if theirs is not None:
        yield from differ("PostgreSQL's clock", theirs, before, clock.true_now())
    if url := runtime().settings.redis_url:
        redis = Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)
        redis.ping()
        before = clock.true_now()
        seconds, micro = redis.time()
        yield from differ("Redis' clock", datetime.fromtimestamp(seconds + micro / 1e6, UTC), before, clock.true_now())


def _mail() -> Iterator[str]:
    if not runtime().settings.mail_url:
        yield "MAIL_URL is not set"
    else:
        open_sender(runtime().settings.mail_url).greet()


def _services() -> Iterator[str]:
    for one in circuits.standings(runtime().settings.redis_url) if runtime().settings.redis_url else ():
        if one.until is not None:
            yield f"{one.service} does not answer since {one.since:%Y-%m-%d %H:%M} UTC ({one.fault})"


def _certificate() -> Iterator[str]:
    for left, subject in _certificates():
        if left <= timedelta(0):
            yield f"the certificate of {subject} has expired: portal signing-key rotate"


def _certificate_soon() -> Iterator[str]:
    for left, subject in _certificates():
        if timedelta(0) < left <= EXPIRES_SOON:
            yield f"the certificate of {subject} expires in {left.days} days: portal signing-key rotate"


def _certificates() -> Iterator[tuple[timedelta, str]]:
    """How long what seals now is still valid. Where the key is not on this machine: of every certificate."""
    settings = runtime().settings
    content = settings.signing_cert_file.read_bytes()
    if not content.startswith(b"-----BEGIN CERTIFICATE"):
        raise ValueError("SIGNING_CERT_FILE is no certificate")
    if not settings.signing_key_file.is_file():
        return
    for one in certificates_in(settings.signing_key_file, settings.signing_cert_file):
        if one.current:
            yield one.valid_until - clock.now(), one.subject


def _keys_old() -> Iterator[str]:
    for purpose, made in ages(runtime().settings.keyring_file).items():
        if made is not None and clock.now() - made > OLD_KEY:
            yield f"the key for {purpose} is {(clock.now() - made).days} days old: portal keys rotate {purpose}"


def _disk() -> Iterator[str]:
    share, free = _free(folder_of(runtime().settings.storage_url))
    if share < DISK_FAULT:
        yield f"{free / GB:.1f} GB ({share:.0%}) are free where files are stored"


def _disk_soon() -> Iterator[str]:
    share, free = _free(folder_of(runtime().settings.storage_url))
    if DISK_FAULT <= share < DISK_WARNING:
        yield f"{free / GB:.1f} GB ({share:.0%}) are free where files are stored"


def _free(folder: Path) -> tuple[float, int]:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    usage = shutil.disk_usage(there)
    return usage.free / usage.total, usage.free


FAULTS: dict[str, Callable[[], Iterator[str]]] = {
    "jobs": _jobs,
    "clocks": _clocks,
    "mail": _mail,
    "signing certificate": _certificate,
    "disk": _disk,
}
WORTH_A_LOOK: dict[str, Callable[[], Iterator[str]]] = {
    "jobs": _jobs_failed,
    "services": _services,
    "signing certificate": _certificate_soon,
    "keyring": _keys_old,
    "disk": _disk_soon,
}
