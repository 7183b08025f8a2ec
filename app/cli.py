"""The operator's command line: `flask --app wsgi portal ...`; every command takes `--json`."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from flask import Flask
from sqlalchemy import select

from app.cases.enrolling import issue_code
from app.cases.models import Referral
from app.cli_curriculum import curriculum_group
from app.cli_exports import export_group
from app.cli_keys import keys_group
from app.cli_maintenance import maintenance_group
from app.cli_notices import notices_group
from app.cli_parts import PortalGroup, as_json, court_by_slug, refuse, say
from app.cli_records import tombstones_group
from app.cli_recovery import backup, restore
from app.cli_reviews import reviews_group
from app.cli_signing import signing_group
from app.cli_staff import staff_group
from app.core import sealer
from app.core.actor import SYSTEM
from app.core.errors import NotFound, Refused
from app.core.runtime import runtime
from app.court_admin.onboarding import COURT_TYPES, create_court, suggested_prefix, suggested_slug
from app.operator import services
from app.operator.doctoring import doctor
from app.payments.gateway import GatewayUnavailable
from app.payments.services import Report as Reconciled
from app.payments.services import reconcile_court
from app.reports.lists.models import ListReport
from app.reports.lookups import find_by_file
from app.reports.models import Report
from app.reports.seal_check import check_apart
from app.reports.services import REQUESTED_KINDS, request_report
from app.reports.verifying import Standing, standing_of
from tenants.catalogue import problems
from tenants.database import acting_as, db, role_transaction
from tenants.models import Court
from tenants.program import preset_names

portal = PortalGroup("portal", help="Courts, codes, reports, audit, payments.")
portal.add_command(curriculum_group)
portal.add_command(export_group)
portal.add_command(maintenance_group)
portal.add_command(keys_group)
portal.add_command(notices_group)
portal.add_command(signing_group)
portal.add_command(staff_group)
portal.add_command(reviews_group)
portal.add_command(tombstones_group)
portal.add_command(backup)
portal.add_command(restore)


def process_name() -> str:
    """`cli` under the flask command, `web` under a server."""
    return "cli" if Path(sys.argv[0]).name == "flask" or "flask" in Path(sys.argv[0]).parts else "web"


def register(app: Flask) -> None:
    app.cli.add_command(portal)


@portal.group("isolation")
def isolation() -> None:
    """The separation of courts."""


@isolation.command("check")
@as_json
def isolation_check(as_json: bool) -> None:
    """Ask the database's catalogue whether courts are kept apart."""
    with db.engine.connect() as connection:
        found = problems(connection)
    say(as_json, {"problems": found}, lambda: "\n".join(found) or "Courts are kept apart: no problem found.")
    sys.exit(1 if found else 0)


@portal.group("audit")
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
@click.argument("slug", required=False)
@as_json
def audit_verify(slug: str | None, as_json: bool) -> None:
    """Prove the audit chain of one court, or of every court."""
    courts = [court_by_slug(slug)] if slug else list(db.session.scalars(select(Court).order_by(Court.slug)))
    named = [(court.slug, court.id) for court in courts]
    found = []
    for name, court_id in named:
        with acting_as(court_id):
            verdict = sealer.verify()
        found.append(
            {"court": name, "sealed": verdict.sealed, "unsealed": verdict.unsealed, "problems": verdict.problems}
        )
    say(as_json, found, lambda: "\n".join(_audit_words(item) for item in found))
    sys.exit(1 if any(item["problems"] for item in found) else 0)


def _audit_words(item: dict[str, Any]) -> str:
    state = "; ".join(item["problems"]) or "the chain is whole"
    return f"{item['court']}: {item['sealed']} sealed, {item['unsealed']} not yet sealed: {state}"


@portal.group("court")
def court_group() -> None:
    """Courts: open one, list them."""


@court_group.command("create")
@click.option("--name", required=True, help="As it stands on papers: Riverside County Court.")
@click.option("--slug", help="First part of its addresses; made from the name when left out.")
@click.option("--code-prefix", help="Two to six letters before its enrollment codes; made from the name when left out.")
@click.option("--county", required=True)
@click.option("--region", required=True, help="State or territory, two letters.")
@click.option("--time-zone", required=True, help="Such as America/Los_Angeles.")
@click.option("--language", "languages", multiple=True, default=("en", "es"), show_default=True)
@click.option("--court-type", type=click.Choice(COURT_TYPES), default=None, help="Left out: not said.")
@click.option("--preset", required=True, type=click.Choice(preset_names()), help="Starting rules.")
@click.option("--administrator-email", required=True, help="Gets the invitation.")
@click.option("--administrator-name", required=True)
@as_json
def court_create(name: str, slug: str | None, code_prefix: str | None, as_json: bool, **rest: Any) -> None:
    """Open a court with a preset's rules and invite its first administrator. Run again if it stopped half-way."""
    try:
        slug, code_prefix = slug or suggested_slug(name), code_prefix or suggested_prefix(name)
        court = create_court(name=name, slug=slug, code_prefix=code_prefix, **rest)
    except Refused as refused:
        raise refuse(refused) from None
    address = f"{runtime().settings.public_url}/{court.slug}/"
    data = {"id": court.id, "slug": court.slug, "code_prefix": court.code_prefix, "address": address}
    invited = rest["administrator_email"]
    say(
        as_json,
        {**data, "invited": invited},
        lambda: (
            f"{court.name} is open at {address}\nIts enrollment codes begin with {court.code_prefix}.\n"
            f"The invitation for {invited} is on its way by mail; the link in it works for 7 days."
        ),
    )


@court_group.command("list")
@as_json
def court_list(as_json: bool) -> None:
    """Every court."""
    courts = db.session.scalars(select(Court).order_by(Court.slug)).all()
    data = [
        {"id": c.id, "slug": c.slug, "name": c.name, "state": c.state, "code_prefix": c.code_prefix} for c in courts
    ]
    say(
        as_json,
        data,
        lambda: (
            "\n".join(f"{c.slug}  {c.name}, {c.county}, {c.region}  {c.state}  {c.code_prefix}" for c in courts)
            or "There is no court yet. See: portal court create --help"
        ),
    )


@portal.group("code")
def code_group() -> None:
    """Enrollment codes."""


@code_group.command("issue")
@click.argument("slug")
@click.argument("referral_id", type=click.UUID)
@as_json
def code_issue(slug: str, referral_id: UUID, as_json: bool) -> None:
    """Issue a new enrollment code for a referral; an earlier unused one stops working. It is shown this once."""
    court = court_by_slug(slug)
    with acting_as(court.id):
        if db.session.scalar(select(Referral.id).where(Referral.id == referral_id)) is None:
            raise click.ClickException(f"{slug} has no referral {referral_id}.")
        try:
            row, code = issue_code(referral_id, actor=SYSTEM)
        except Refused as refused:
            raise refuse(refused) from None
    data = {"code": code, "expires_at": row.expires_at, "address": f"{runtime().settings.public_url}/enroll"}
    say(as_json, data, lambda: f"{code}\nGood until {row.expires_at:%Y-%m-%d %H:%M} UTC, at {data['address']}")


@portal.group("report")
def report_group() -> None:
    """Reports: request one, check a file."""


@report_group.command("make")
@click.argument("slug")
@click.argument("enrollment_id", type=click.UUID)
@click.argument("kind", type=click.Choice([kind.value for kind in REQUESTED_KINDS]))
@as_json
def report_make(slug: str, enrollment_id: UUID, kind: str, as_json: bool) -> None:
    """Request a report of an enrollment; a worker makes it in the background."""
    court = court_by_slug(slug)
    with acting_as(court.id):
        try:
            report = request_report(enrollment_id, kind, actor=SYSTEM)
        except NotFound:
            raise click.ClickException(f"{slug} has no enrollment {enrollment_id}.") from None
        except Refused as refused:
            raise refuse(refused) from None
    data = {"id": report.id, "number": report.number, "kind": report.kind, "state": report.state}
    say(as_json, data, lambda: f"{report.number} is requested; a worker makes it now.")


@report_group.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def report_verify(file: Path, as_json: bool) -> None:
    """Say whether a file is a report that one of the courts issued. Exit code 1 when it is not."""
    content = file.read_bytes()
    issued = issued_in(hashlib.sha256(content).hexdigest())
    if issued is None:
        seal = check_apart(content, runtime().settings.signing_cert_file).reason
        say(as_json, {"issued": False, "seal": seal}, lambda: f"No court issued this very file. Its seal: {seal}.")
        sys.exit(1)
    slug, report = issued
    standing = standing_of(report)
    data = {"issued": True, "court": slug, "number": report.number, "kind": report.kind, "standing": standing}
    say(as_json, data, lambda: f"{slug} issued this file as {report.number}: {standing}.")
    sys.exit(0 if standing == Standing.GENUINE else 1)


def issued_in(sha256: str) -> tuple[str, Report | ListReport] | None:
    """The court and the report of an issued file, looked for in one court after the other."""
    for slug, court_id in [(c.slug, c.id) for c in db.session.scalars(select(Court).order_by(Court.slug))]:
        with acting_as(court_id):
            report = find_by_file(sha256)
        if report is not None:
            return slug, report
    return None


@portal.group("payments")
def payments_group() -> None:
    """Money."""


@payments_group.command("reconcile")
@click.argument("slug", required=False)
@as_json
def payments_reconcile(slug: str | None, as_json: bool) -> None:
    """Compare one court's payments, or every court's, with Stripe and repair what was missed."""
    courts = [court_by_slug(slug)] if slug else list(db.session.scalars(select(Court).order_by(Court.slug)))
    found = []
    for name, court_id in [(court.slug, court.id) for court in courts]:
        with acting_as(court_id):
            try:
                found.append((name, reconcile_court()))
            except GatewayUnavailable as away:
                raise click.ClickException(f"{name}: Stripe does not answer ({away}). Run this again later.") from None
    data = [{"court": name, **asdict(report)} for name, report in found]
    say(as_json, data, lambda: "\n".join(words_of(name, report) for name, report in found))
    sys.exit(1 if any(report.differences for _name, report in found) else 0)


def words_of(name: str, report: Reconciled) -> str:
    done = f"{report.swept} open checked, {report.replayed} events taken in, {report.compared} paid compared"
    return "\n".join([f"{name}: {done}", *(f"  differs: {line}" for line in report.differences)])


@portal.group("operator")
def operator_group() -> None:
    """Operators of the console."""


@operator_group.command("create")
@click.option("--email", required=True)
@click.option("--name", default="")
@click.option("--reset", is_flag=True, help="New password and second factor for an operator who exists.")
@as_json
def operator_create(email: str, name: str, reset: bool, as_json: bool) -> None:
    """Make an operator. Password and second factor are printed this once and kept nowhere."""
    try:
        with role_transaction("platform") as session:
            made = services.create_operator(session, email=email, display_name=name, reset=reset)
    except Refused as refused:
        raise refuse(refused) from None
    address = f"{runtime().settings.console_url}/operator/"
    data = {"email": made.email, "password": made.password, "totp_secret": made.totp_secret, "address": address}
    say(
        as_json,
        data,
        lambda: (
            f"Sign in at {address}\nEmail: {made.email}\nPassword: {made.password}\n"
            f"Secret for the authenticator app: {made.totp_secret}\nThis is shown only now."
        ),
    )


@operator_group.command("list")
@as_json
def operator_list(as_json: bool) -> None:
    """Every operator."""
    with role_transaction("platform") as session:
        found = services.operators(session)
    data = [{"email": email, "name": name} for email, name in found]
    say(as_json, data, lambda: "\n".join(f"{email}  {name}" for email, name in found) or "There is no operator yet.")


@portal.command("doctor")
@as_json
def examine(as_json: bool) -> None:
    """Try everything that the portal needs, and say what is wrong. Exit code 1 for a fault, 0 for what will be one."""
    found = doctor.examine()
    data = [{"name": one.name, "ok": not one.fault, "fault": one.fault, "warning": one.warning} for one in found]
    say(as_json, data, lambda: "\n".join(map(doctor.words, found)))
    sys.exit(1 if any(one.fault for one in found) else 0)
