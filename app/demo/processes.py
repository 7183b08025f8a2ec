"""The portal's processes as the demo runs them: the Procfile's, and the stand-in for Stripe."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Callable

from app.demo.ground import Ground
from app.local.supervisor import Process
from config import VAR

PYTHON = sys.executable


def _answers(url: str) -> Callable[[], bool]:
    def probe() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310 - our own loopback address
                return bool(response.status < 500)
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    return probe


def stripe(ground: Ground) -> Process:
    """The practice payment server."""
    port = ground.ports["stripe"]
    arguments = [
        *(PYTHON, "-m", "app.local.stripe", "--port", str(port), "--folder", str(VAR / "stripe")),
        *("--webhook-url", f"http://127.0.0.1:{ground.ports['web']}/webhooks/stripe"),
        *("--webhook-secret", ground.environment["STRIPE_WEBHOOK_SECRET"]),
        *("--secret-key", ground.environment["STRIPE_SECRET_KEY"]),
        *("--clock-file", ground.environment["CLOCK_FILE"]),
        *("--public-url", ground.environment["STRIPE_API_BASE"]),
    ]
    return Process("stripe", arguments, {}, _answers(f"http://127.0.0.1:{port}/_control/health"))


def portal(ground: Ground) -> list[Process]:
    """web, worker, scheduler and console, under the demo's settings whatever the shell has set."""
    environment = ground.environment
    web, console = ground.ports["web"], ground.ports["console"]
    server = [PYTHON, "-m", "gunicorn", "--worker-class", "gthread", "--no-control-socket", "--log-level", "warning"]
    server += ["--preload", "--config", "python:app.demo.web_server"]
    return [
        Process(
            "web",
            [*server, "--workers", "2", "--threads", "8", "--bind", f"127.0.0.1:{web}", "wsgi:app"],
            environment,
            _answers(f"http://127.0.0.1:{web}/readyz"),
        ),
        Process("worker", [PYTHON, "-m", "app.worker"], environment),
        Process("scheduler", [PYTHON, "-m", "app.scheduler"], environment),
        Process(
            "console",
            [*server, "--workers", "1", "--threads", "4", "--bind", f"127.0.0.1:{console}", "app.operator.wsgi:app"],
            environment,
            _answers(f"http://127.0.0.1:{console}/operator/"),
        ),
    ]
