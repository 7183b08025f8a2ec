"""What goes over the socket between a process that wants a PDF and the render server.

A request is the length and the UTF-8 HTML. A reply is a JSON head and the PDF, each after its length. Lengths are eight
bytes, big-endian. Nothing but bytes and JSON is read, so a child that a document broke cannot do more than answer.
"""

import json
import socket
import struct
from dataclasses import dataclass
from typing import Any, Final

LENGTH: Final = struct.Struct(">Q")
LONGEST: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class Drawn:
    """A PDF, its number of pages, and what the library complained about: nothing, for a report of ours.

    A complaint may quote the document, so it is personal data: keep it out of logs.
    """

    pdf: bytes
    pages: int
    complaints: tuple[str, ...]


class BrokenReplyError(Exception):
    """The other side ended or sent something else than a message."""


def send(connection: socket.socket, payload: bytes) -> None:
    """One message."""
    connection.sendall(LENGTH.pack(len(payload)) + payload)


def receive(connection: socket.socket) -> bytes:
    """One message.

    Raises:
        BrokenReplyError: the stream ended early or the message is too long.
        TimeoutError: the socket's own timeout.
    """
    length = LENGTH.unpack(_exactly(connection, LENGTH.size))[0]
    if length > LONGEST:
        raise BrokenReplyError("a message is too long")
    return _exactly(connection, length)


def send_drawn(connection: socket.socket, drawn: Drawn) -> None:
    """The reply to a document that was drawn."""
    send(connection, json.dumps({"pages": drawn.pages, "complaints": drawn.complaints}).encode())
    send(connection, drawn.pdf)


def send_failure(connection: socket.socket, reason: str, *, late: bool = False) -> None:
    """The reply to a document that was not; `late` when a time limit ended it."""
    send(connection, json.dumps({"failed": reason, "late": late}).encode())


def receive_head(connection: socket.socket) -> dict[str, Any]:
    """The first part of a reply: `pages` and `complaints`, or `failed` and `late`.

    Raises:
        BrokenReplyError: the stream ended early or is no reply.
    """
    try:
        head = json.loads(receive(connection))
    except ValueError as error:
        raise BrokenReplyError("the reply is not JSON") from error
    if not isinstance(head, dict):
        raise BrokenReplyError("the reply is not an object")
    return head


def _exactly(connection: socket.socket, length: int) -> bytes:
    parts = []
    while length:
        part = connection.recv(min(length, 1 << 18))
        if not part:
            raise BrokenReplyError("the stream ended early")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
