"""The one renderer of a process and of everything that it forks."""

from __future__ import annotations

import threading

from app.reports.render import Renderer

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
