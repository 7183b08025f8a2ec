"""`portal signing-key ...`: the key of the seal on documents."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli_parts import as_json, say
from app.core import clock
from app.core.runtime import runtime
from app.reports.rotating import NotRotated, SealCertificate, another_self_signed, certificates_in, rotate

signing_group = AppGroup("signing-key", help="The key of the seal on documents: which there are, and another one.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@signing_group.command("list")
@as_json
def signing_list(as_json: bool) -> None:
    """The certificates that the portal trusts: of the key that seals now, and of earlier ones."""
    settings = runtime().settings
    try:
        found = certificates_in(settings.signing_key_file, settings.signing_cert_file)
    except NotRotated as why:
        raise click.ClickException(f"{why}.") from None
    _show(as_json, found)


@signing_group.command("rotate")
@click.option("--key", type=FILE, help="A new P-256 key as PEM; without it one is made, with its own certificate.")
@click.option("--cert", type=FILE, help="Its certificate as PEM, with those that vouch for it.")
@as_json
def signing_rotate(key: Path | None, cert: Path | None, as_json: bool) -> None:
    """Seal with another key from now on. What was sealed before still verifies; nothing needs a restart.

    The files of SIGNING_KEY_FILE and SIGNING_CERT_FILE are replaced on this machine: copy them to the others, the
    certificates first.
    """
    settings = runtime().settings
    if (key is None) != (cert is None):
        raise click.ClickException("--key and --cert belong together.")
    try:
        if key is not None and cert is not None:
            new_key, new_certs = key.read_bytes(), cert.read_bytes()
        else:
            new_key, new_certs = another_self_signed(settings.signing_cert_file, clock.now())
        rotate(settings.signing_key_file, settings.signing_cert_file, new_key=new_key, new_certs=new_certs)
        found = certificates_in(settings.signing_key_file, settings.signing_cert_file)
    except NotRotated as why:
        raise click.ClickException(f"{why}. Nothing was changed.") from None
    _show(as_json, found)


def _show(as_json: bool, found: list[SealCertificate]) -> None:
    lines = [
        f"{'seals now' if one.current else 'earlier  '}  {one.valid_from:%Y-%m-%d} to {one.valid_until:%Y-%m-%d}  "
        f"{one.subject}  SHA-256 {one.fingerprint}"
        for one in found
    ]
    say(as_json, [asdict(one) for one in found], lambda: "\n".join(lines))
