"""What a monitor reads of the web processes: how many requests, how long, by the address's rule. Nothing of a person.

gunicorn runs several processes: with PROMETHEUS_MULTIPROC_DIR (a folder of this machine's, emptied by app/web/server.py
at start) /metrics adds them up; without it, it tells of the one that answers.
"""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from config import metrics_folder

REQUESTS = Counter(
    "portal_requests", "Requests, by rule, method and hundred of the status", ("rule", "method", "status")
)
SECONDS = Histogram(
    "portal_request_seconds",
    "From the first line of ours to the answer",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST"})  # others are of nobody's interest, and anybody can make them up


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_count)


def _begin() -> None:
    g.begun = time.perf_counter()


def _count(response: Response) -> Response:
    rule = request.url_rule.rule if request.url_rule is not None else "-"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(rule, method, f"{response.status_code // 100}xx").inc()
    if (begun := g.get("begun")) is not None:
        SECONDS.observe(time.perf_counter() - begun)
    return response


def told() -> bytes:
    """The numbers in Prometheus' text format."""
    if metrics_folder() is None:
        return generate_latest(REGISTRY)
    whole = CollectorRegistry()
    multiprocess.MultiProcessCollector(whole)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    return generate_latest(whole)
