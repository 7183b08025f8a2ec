"""The one renderer of a process and of everything that it forks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.reports.render import Renderer

MANY_ROWS = 3_000  # of which a document is given more time than others
LONG_SECONDS = 90

_lock = threading.Lock()
_shared: list[Renderer] = []


def shared_renderer() -> Renderer:
    """The renderer of this process tree, made when first asked for.

    Call `shared_renderer().start()` before a worker forks: its children then share one warm render server instead of
    starting their own. Without that everything works too, only each child waits for its server.
    """
    with _lock:
        if not _shared:
            _shared.append(Renderer())
        return _shared[0]


@contextmanager
def renderer_for(rows: int) -> Iterator[Renderer]:
    """The shared renderer; for a document of very many rows one of its own, which takes its time and keeps nobody up.

    The same document has the same bytes by either.
    """
    if rows <= MANY_ROWS:
        yield shared_renderer()
        return
    own = Renderer(seconds=LONG_SECONDS)
    try:
        yield own
    finally:
        own.close()
