"""Carries a mail out of the portal, by what MAIL_URL says.

`file:///folder` writes one `.eml` file a mail (demo, tests). `smtp://user:password@host:port` speaks SMTP, with
STARTTLS wherever the server offers it; `smtps://` is encrypted from the first byte. `?from=portal@court.example`
names the sender's address; without it, it is `no-reply` at the portal's own host.
"""

from __future__ import annotations

import os
import secrets
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

TIMEOUT = 20  # seconds, for each answer of the server
NEVER = 500  # from this answer of a server on, asking again is no use
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class MailFailed(Exception):
    """The mail was not taken. The text names the kind of fault, never a person or an address."""


class MailAway(MailFailed):
    """The server does not answer, or takes nothing at all now: this mail is as good as any other."""


class MailRefused(MailFailed):
    """The server will never take a mail for this address: it bounced."""


class Sender(Protocol):
    def send(self, message: EmailMessage, name: str) -> None:
        """Hand `message` over; `name` is unique and stable for it. Raises MailFailed, MailAway, MailRefused."""

    def greet(self) -> None:
        """See whether it could take a mail now, without sending one. Raises OSError, SMTPException, MailFailed."""


@dataclass(frozen=True)
class FolderSender:
    """Each mail a file of the folder; the same mail sent twice is the same file."""

    folder: Path

    def send(self, message: EmailMessage, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f".{name}.{secrets.token_hex(8)}"
        try:
            with partial.open("wb") as out:
                out.write(message.as_bytes(policy=SMTP_POLICY))
                out.flush()
                os.fsync(out.fileno())
            partial.replace(self.folder / f"{name}.eml")
        except OSError as error:
            raise MailAway(f"mail folder: {type(error).__name__}") from error
        finally:
            partial.unlink(missing_ok=True)

    def greet(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        probe = self.folder / f".{secrets.token_hex(8)}"
        probe.touch()
        probe.unlink()


@dataclass(frozen=True)
class SmtpSender:
    """A mail server. A password is never sent unencrypted, but for a server on this host."""

    host: str
    port: int
    user: str
    password: str
    encrypted: bool

    def send(self, message: EmailMessage, name: str) -> None:
        try:
            with self._connection() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            said = MailRefused if all(code >= NEVER for code in codes) else MailFailed
            raise said(f"recipient refused: {', '.join(map(str, codes))}") from None
        except smtplib.SMTPDataError as error:  # what it thinks of this mail
            raise MailFailed(f"{type(error).__name__}: {error.smtp_code}") from None
        except smtplib.SMTPResponseException as error:
            raise MailAway(f"{type(error).__name__}: {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailAway(type(error).__name__) from None

    def greet(self) -> None:
        with self._connection() as server:
            server.noop()

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        context = ssl.create_default_context()
        if self.encrypted:
            with smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context) as server:
                self._log_in(server, safe=True)
                yield server
            return
        with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT) as server:
            server.ehlo()
            safe = server.has_extn("starttls")
            if safe:
                server.starttls(context=context)
                server.ehlo()
            self._log_in(server, safe=safe or self.host in LOOPBACK)
            yield server

    def _log_in(self, server: smtplib.SMTP, *, safe: bool) -> None:
        if not self.user:
            return
        if not safe:
            raise MailAway("the mail server offers no encryption for the password")
        server.login(self.user, self.password)


def open_sender(mail_url: str) -> Sender:
    """The sender at `mail_url`. Raises ValueError for an address that it can not read."""
    parts = urlsplit(mail_url)
    if parts.scheme == "file":
        return FolderSender(Path(unquote(parts.path)))
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("MAIL_URL must begin with file:///, smtp:// or smtps:// and name a host")
    return SmtpSender(
        host=parts.hostname,
        port=parts.port or _usual_port(parts),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        encrypted=parts.scheme == "smtps",
    )


def _usual_port(parts: SplitResult) -> int:
    if parts.scheme == "smtps":
        return 465
    return 587 if parts.username else 25


def sender_address(mail_url: str, public_url: str) -> str:
    """The address that mails come from."""
    named = parse_qs(urlsplit(mail_url).query).get("from")
    return named[0] if named else f"no-reply@{urlsplit(public_url).hostname or 'localhost'}"
