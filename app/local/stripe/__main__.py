"""`python -m app.local.stripe --port 0 --folder DIR --webhook-url URL --webhook-secret whsec_x`: runs until ended."""

from __future__ import annotations

import argparse
import signal
import threading
import time
from pathlib import Path

from app.local.stripe import checkout, moved_clock
from app.local.stripe.account import Account
from app.local.stripe.delivery import Deliveries
from app.local.stripe.server import Server
from app.local.stripe.store import Store

SWEEP_EVERY = 1.0  # seconds


def main() -> None:
    """Start, print the address, serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m app.local.stripe", description="Stripe stand-in, loopback only")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--folder", type=Path, required=True, help="where its state lives")
    parser.add_argument("--webhook-url", required=True)
    parser.add_argument("--webhook-secret", required=True)
    parser.add_argument("--clock-file", type=Path, help="seconds to add to the true time, as text")
    parser.add_argument("--public-url", help="how a browser reaches this server")
    parser.add_argument("--secret-key", help="the only key that is let in (default: any test key)")
    options = parser.parse_args()

    account = Account(Store(options.folder), moved_clock.follow(options.clock_file), "")
    deliveries = Deliveries(account, options.webhook_url, options.webhook_secret)
    server = Server(options.port, account, deliveries, options.secret_key)
    here = f"http://127.0.0.1:{server.server_port}"
    account.url_base = (options.public_url or here).rstrip("/")

    def end(*_: object) -> None:
        server.closing.set()
        threading.Thread(target=server.shutdown).start()  # shutdown waits for the loop that this interrupts

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    deliveries.start()
    threading.Thread(target=_sweep, args=(account, server.closing), name="sweep", daemon=True).start()
    print(f"listening on {here}", flush=True)
    server.serve_forever(poll_interval=0.1)
    deliveries.stop()
    server.server_close()


def _sweep(account: Account, closing: threading.Event) -> None:
    while not closing.is_set():
        with account.store.transaction():
            checkout.sweep(account)
        time.sleep(SWEEP_EVERY)


if __name__ == "__main__":
    main()
