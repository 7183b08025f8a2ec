"""A child of the render server that is forked ahead: warm, behind its walls, waiting for the one document it will draw.

A forked process shares its parent's memory until it writes there, and the first document writes nearly everywhere:
a third of its time went into copying pages. A spare has copied them before anybody waits. It draws one document and
ends, as every child of the server does, so no document meets what another left behind.

It holds one descriptor beside the standard three: its end of a pair of sockets, over which the server hands it the
asker's connection. When the server ends, however it ends, that socket does too, and the spare with it. When the spare
ends first, the server still holds the connection and forks another child for it.
"""

import contextlib
import os
import socket
from dataclasses import dataclass
from typing import Final

HERE: Final = b"h"
TAKEN: Final = b"t"
DESCRIPTORS: Final = 1024  # more than the server ever has open


@dataclass(frozen=True)
class Spare:
    """The server's side: the child and the server's end of the pair."""

    pid: int
    channel: socket.socket

    def offer(self, connection: socket.socket) -> bool:
        """Hand it the connection; False when it has ended. The caller keeps its own copy."""
        try:
            socket.send_fds(self.channel, [HERE], [connection.fileno()])
        except OSError:
            return False
        return True

    def has_taken(self) -> bool:
        """Whether it got as far as taking what it was offered, asked once it has ended."""
        with contextlib.suppress(OSError):
            return self.channel.recv(1, socket.MSG_DONTWAIT) == TAKEN
        return False


def wait_for_work(channel: socket.socket) -> socket.socket | None:
    """The child's side: the connection it is handed, before anything is read from it; None when the server ended."""
    try:
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        if not descriptors:
            return None
        channel.sendall(TAKEN)
    except OSError:
        return None
    return socket.socket(fileno=descriptors[0])


def keep_only(kept: socket.socket) -> None:
    """Close every descriptor that was inherited but the standard three and `kept`."""
    os.closerange(3, kept.fileno())
    os.closerange(kept.fileno() + 1, DESCRIPTORS)
