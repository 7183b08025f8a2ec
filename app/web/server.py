"""gunicorn's hooks (`--config python:app.web.server`): numbers of earlier runs and of processes that are gone go."""

from __future__ import annotations

from typing import Any

from prometheus_client import multiprocess

from config import metrics_folder


def on_starting(_server: Any) -> None:
    """Once, before any worker: what an earlier run left is no number of this one."""
    folder = metrics_folder()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.db"):
            old.unlink(missing_ok=True)


def child_exit(_server: Any, worker: Any) -> None:
    if metrics_folder() is not None:
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # the library leaves it untyped
