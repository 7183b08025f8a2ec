"""Reading a delivery status notification (RFC 3464): which of our mails came back for good. Pure."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage, Message
from uuid import UUID

_OURS = re.compile(r"<notice-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^>]*>")
_FOR_GOOD = "5"  # the class of a status that says: never; 4 says: not now


def bounced_notices(raw: bytes) -> list[UUID]:
    """The ids of our mails that a notification says will never arrive; empty for any other mail, or for a delay."""
    mail = email.message_from_bytes(raw, policy=policy.default)
    parts = list(mail.walk())
    if not any(_failed(fields) for part in parts for fields in _statuses(part)):
        return []
    found = (match for part in parts for match in _OURS.finditer(_original(part)))
    return list(dict.fromkeys(UUID(match[1]) for match in found))


def _statuses(part: Message) -> Iterator[Message]:
    if part.get_content_type() == "message/delivery-status" and part.is_multipart():
        yield from (each for each in part.get_payload() if isinstance(each, Message))


def _failed(fields: Message) -> bool:
    action, status = str(fields.get("Action", "")), str(fields.get("Status", ""))
    return action.strip().lower() == "failed" and status.strip().startswith(_FOR_GOOD)


def _original(part: Message) -> str:
    """The Message-ID of the mail that the notification is about, whole or its headers alone."""
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        return "".join(str(each.get("Message-ID", "")) for each in part.get_payload() if isinstance(each, Message))
    if part.get_content_type() == "text/rfc822-headers" and isinstance(part, EmailMessage):
        lines = str(part.get_content()).splitlines()
        return "".join(line for line in lines if line.lower().startswith("message-id:"))
    return ""
