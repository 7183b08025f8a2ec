"""What a monitor reads of the whole installation, from the console: jobs, parts of the scheduler, services, events.

By kind alone: which court's jobs these are is on the health page, behind a sign-in.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.core import clock
from app.operator import health


class Installation(Collector):
    """Asked anew at each scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _jobs()
        silent = GaugeMetricFamily("portal_part_seconds", "Since a part of the scheduler last worked", labels=["part"])
        for beat in health.beats():
            seconds = (clock.now() - beat.at).total_seconds() if beat.at else float("inf")
            silent.add_metric([beat.name], seconds)
        yield silent
        events = GaugeMetricFamily("portal_stripe_events", "Stripe's events that wait for somebody", labels=["state"])
        for state, number in health.stripe_events().items():
            events.add_metric([state], number)
        yield events
        yield GaugeMetricFamily("portal_schema", "The newest migration in force", value=int(health.schema()))
        yield from _redis()


def _jobs() -> Iterator[GaugeMetricFamily]:
    kinds = health.by_kind()
    for name, words in (
        ("waiting", "Jobs not done"),
        ("late", "Jobs that should have been done five minutes ago"),
        ("failed", "Jobs that were given up and wait for a person"),
    ):
        family = GaugeMetricFamily(f"portal_jobs_{name}", words, labels=["kind"])
        for kind in kinds:
            family.add_metric([kind.of], getattr(kind, name))
        yield family
    due = [kind.oldest for kind in kinds if kind.oldest is not None and kind.oldest < clock.now()]
    oldest = (clock.now() - min(due)).total_seconds() if due else 0
    yield GaugeMetricFamily("portal_jobs_oldest_seconds", "Since the oldest job that waits was due", value=oldest)


def _redis() -> Iterator[GaugeMetricFamily]:
    queues = health.queues()
    yield GaugeMetricFamily("portal_redis_up", "1: Redis answers", value=0 if queues.fault else 1)
    if queues.fault:
        return
    yield GaugeMetricFamily("portal_workers", "Workers that are running", value=queues.workers)
    waiting = GaugeMetricFamily("portal_queue_waiting", "Jobs handed to a queue and not taken", labels=["queue"])
    for name, number in queues.waiting:
        waiting.add_metric([name], number)
    yield waiting
    away = GaugeMetricFamily(
        "portal_services_away", "Services that do not answer and are left alone", labels=["service"]
    )
    for service in ("mail", "stripe", "folder"):
        resting = [one for one in health.services() if one.service == service and one.until is not None]
        away.add_metric([service], len(resting))
    yield away


def told() -> bytes:
    """The numbers in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(Installation())
    return generate_latest(registry)
