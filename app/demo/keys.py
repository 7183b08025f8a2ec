"""The demo's keyring, and a signing key with a certificate of its own: `python -m app.demo.keys`, once, at first start.

A process of its own, since the signing library is slow to load and no later start needs it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.core.keyring import add_keys
from app.demo.files import write
from app.reports.sign import make_self_signed
from config import Settings


def main() -> int:
    """Make what is missing of the files that `var/local.env` names."""
    settings = Settings.from_env("worker")
    if not settings.keyring_file.exists():
        add_keys(settings.keyring_file)
    files: tuple[Path, Path] = (settings.signing_key_file, settings.signing_cert_file)
    if not all(file.exists() for file in files):
        for file, content in zip(files, make_self_signed("Court program demonstration"), strict=True):
            write(file, content.decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
