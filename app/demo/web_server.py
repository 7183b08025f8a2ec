"""gunicorn's hooks in the demo: what was loaded stays for good, and is set aside from garbage collection.

A collection of all modules costs a second or two on a busy machine: at the end of every process, and in the middle of a
request. Set aside before the workers are forked, their pages also stay shared.
"""

from __future__ import annotations

import gc


def when_ready(_server: object) -> None:
    """In the first process, before it forks."""
    gc.freeze()


def post_worker_init(_worker: object) -> None:
    """In each worker, once its application is there."""
    gc.freeze()
