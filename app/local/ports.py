"""Choosing TCP ports on the loopback address.

A server keeps its port from one start to the next, so that an address printed yesterday still works today. Ports are
taken from below the range that Linux gives to outgoing connections: nothing borrows them while their server is down.
"""

import errno
import secrets
import socket
from collections.abc import Container
from pathlib import Path

HOST = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 32_000


class PortTakenError(RuntimeError):
    """The port that was asked for belongs to another program."""


def is_free(port: int) -> bool:
    """Whether a server could listen on the loopback `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: connections of an earlier run that are still closing are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def claim(port: int) -> socket.socket | None:
    """Hold `port` among the portal's own programs until its server listens; None when another one holds it.

    Two checkouts that are started for the first time together would choose the same ports: nobody listens yet. The
    name in the kernel ends with the process, however that ends.
    """
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        held.bind(f"\0portal-port-{port}")
    except OSError as error:
        held.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    return held


def free_port(avoid: Container[int] = ()) -> int:
    """A port that nobody listens on at this moment, and that is not in `avoid`.

    Another program may take it before you do: whoever binds it must be ready to ask again.
    """
    for _ in range(1_000):
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        if port not in avoid and is_free(port):
            return port
    raise PortTakenError(f"no free port was found between {LOWEST} and {HIGHEST}")


def port_for(memory: Path, asked: int | None, avoid: Container[int] = ()) -> int:
    """The port to listen on: the one `asked` for, else the one remembered in the file `memory`, else a new one.

    A remembered port that another program has taken meanwhile is replaced. Raises PortTakenError when the port asked
    for is taken.
    """
    if asked is not None:
        if not is_free(asked):
            raise PortTakenError(f"port {asked} is in use by another program: stop it, or choose another port")
        return asked
    remembered = read_port(memory)
    if remembered is not None and remembered not in avoid and is_free(remembered):
        return remembered
    return free_port(avoid)


def read_port(memory: Path) -> int | None:
    """The port remembered in the file `memory`; None when there is none."""
    try:
        return int(memory.read_text())
    except (FileNotFoundError, ValueError):
        return None
