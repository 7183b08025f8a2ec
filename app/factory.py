"""Puts a process together: settings, engines, the registry of handlers, pages. Nothing else wires packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from app.accountability import pausing
from app.accountability import reminding as check_in_reminding
from app.accountability import services as accountability
from app.accountability.changing.views import pages as changing_pages
from app.accountability.terminating import services as terminating
from app.accountability.terminating.views import pages as terminating_pages
from app.accountability.views import pages as accountability_pages
from app.accountability.violations import opening as violations
from app.accountability.violations.steps import reminding as agreed_steps
from app.accountability.violations.views import pages as violations_pages
from app.accounts import jobs as accounts_jobs
from app.accounts import sessions
from app.accounts.drafts import services as drafts
from app.accounts.services import keep_language
from app.accounts.views import pages as accounts_pages
from app.batches import jobs as batches_jobs
from app.batches.scheduling import services as scheduling
from app.batches.scheduling.views import pages as batches_pages
from app.caseload import digest
from app.caseload.acting import jobs as acting_jobs
from app.caseload.acting.reassign_views import pages as reassigning_pages
from app.caseload.attention.views import pages as today_pages
from app.caseload.bench.views import pages as bench_pages
from app.caseload.team.views import pages as team_pages
from app.caseload.unit.views import pages as unit_pages
from app.caseload.views import pages as caseload_pages
from app.cases import code_batches, telling
from app.cases import reminding as coursework_reminding
from app.cases.hearings.views import pages as hearings_pages
from app.cases.imports import jobs as imports_jobs
from app.cases.imports import services as imports
from app.cases.mailroom.views import pages as mailroom_pages
from app.cases.messages.views import pages as case_messages_pages
from app.cases.moving.lookups import covered_for
from app.cases.moving.views import pages as moving_pages
from app.cases.notes.views import pages as case_notes_pages
from app.cases.views import front_pages as enroll_pages
from app.cases.views import pages as cases_pages
from app.concerns import services as concerns
from app.concerns.views import pages as concerns_pages
from app.core import audit_checks, clock, limits
from app.core.keyring import Keyring
from app.core.runtime import Happening, Registry, Runtime
from app.core.storage import open_storage
from app.counsel import services as counsel
from app.court_admin.audit_views import pages as audit_pages
from app.court_admin.dashboard_views import pages as dashboard_pages
from app.court_admin.running import JOBS as RULES_JOBS
from app.court_admin.views import pages as court_admin_pages
from app.curriculum import forgetting
from app.disputes.views import pages as disputes_pages
from app.exports import jobs as exports_jobs
from app.exports import services as exports
from app.exports.views import pages as exports_pages
from app.help.views import anywhere as help_anywhere_pages
from app.help.views import pages as help_pages
from app.keeping import services as sealing
from app.keeping import tombstones
from app.keeping.views import pages as keeping_pages
from app.learning import services as learning
from app.learning.views import pages as learning_pages
from app.my_program.lawyer.views import pages as lawyer_pages
from app.my_program.record.views import pages as my_record_pages
from app.my_program.views import pages as my_program_pages
from app.notices import jobs as notices_jobs
from app.notices.views import pages as notices_pages
from app.operator import opening, usage
from app.operator.curriculum.counting import services as curriculum_counts
from app.payments import jobs as payments_jobs
from app.payments import services as payments
from app.payments.counter.views import pages as counter_pages
from app.payments.deciding.views import pages as deciding_pages
from app.payments.installments.views import pages as installments_pages
from app.payments.payees.views import pages as payees_pages
from app.payments.reconciling.views import pages as reconciling_pages
from app.payments.refunds.views import pages as refunds_pages
from app.payments.reviewing.views import pages as reviewing_pages
from app.payments.views import pages as payments_pages
from app.payments.views import portal_pages as payments_portal_pages
from app.payments.waiving import proofs as waiver_proofs
from app.payments.waiving.views import pages as waiving_pages
from app.permissions.identity import Identity
from app.reports import jobs as reports_jobs
from app.reports import papers, slip_sheet
from app.reports import services as reports
from app.reports.delivering import jobs as delivering_jobs
from app.reports.delivering import printing
from app.reports.delivering import services as delivering
from app.reports.lists import making as lists_making
from app.reports.outputs.views import schemas as report_schemas
from app.reports.packets import making as packets_making
from app.reports.views import pages as reports_pages
from app.reviews import doors, mirror
from app.reviews.portal_views import pages as reviewers_pages
from app.reviews.views import pages as reviews_pages
from app.transfers import carrying, receiving
from app.transfers.views import pages as transfers_pages
from app.web import cookies, errors, hooks, i18n, identity, measuring, templating
from app.web.assets import Assets
from app.web.front import front, portal
from config import ROOT, Settings
from tenants import rules
from tenants.database import connect, db
from tenants.resolve import CourtMiddleware

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LARGEST_REQUEST = 12 * 1024 * 1024  # bytes: a signed order as a scan
LARGEST_FORM = 600 * 1024  # bytes of typed text

PAGES = (
    portal,
    front,
    help_pages,
    help_anywhere_pages,
    enroll_pages,
    payments_portal_pages,
    report_schemas,
    accounts_pages,
    notices_pages,
    cases_pages,
    mailroom_pages,
    moving_pages,
    hearings_pages,
    case_messages_pages,
    case_notes_pages,
    payments_pages,
    installments_pages,
    counter_pages,
    payees_pages,
    refunds_pages,
    reviewing_pages,
    reconciling_pages,
    deciding_pages,
    waiving_pages,
    learning_pages,
    accountability_pages,
    concerns_pages,
    reviews_pages,
    reviewers_pages,
    violations_pages,
    changing_pages,
    terminating_pages,
    disputes_pages,
    reports_pages,
    transfers_pages,
    my_program_pages,
    my_record_pages,
    lawyer_pages,
    today_pages,
    reassigning_pages,
    caseload_pages,
    bench_pages,
    team_pages,
    unit_pages,
    batches_pages,
    court_admin_pages,
    dashboard_pages,
    audit_pages,
    exports_pages,
    keeping_pages,
)

# Who listens to what; each runs in the transaction of the one who tells.
HANDLERS = {
    Happening.ENROLLED: (
        payments.assess_fees,
        learning.lay_out_modules,
        receiving.bring_progress,
        reports.request_proof_of_enrollment,
    ),
    Happening.BALANCE_CHANGED: (),
    Happening.PAID_AT_COUNTER: (papers.give_receipts, payments.close_open_checkouts),
    Happening.WAIVER_FILED: (papers.keep_copy, payments.grant_presumed),
    Happening.WAIVER_DECIDED: (papers.write_letter, payments.close_open_checkouts),
    Happening.FEE_CHANGED: (payments.tell_of_change,),
    Happening.MODULE_PASSED: (),
    Happening.COURSEWORK_DONE: (accountability.make_plan, receiving.count_check_ins),
    Happening.ACCOUNTABILITY_DONE: (reports.request_final,),
    Happening.COMPLETED: (reports.request_certificate,),
    Happening.RESUMED: (
        terminating.lapse,
        payments.open_coursework_if_allowed,
        learning.settle,
        pausing.go_on,
        reports.go_on_to_the_end,
    ),
    Happening.NEW_DEVICE: (telling.tell_of_new_device,),
    Happening.TRANSFERRED: (reports.stop_open_reports, payments.close_open_checkouts, counsel.end_with_the_case),
    Happening.WITHDRAWN: (reports.stop_open_reports, payments.close_open_checkouts, counsel.end_with_the_case),
    Happening.STAFF_JOINED: (counsel.joined,),
    Happening.MAIL_SENT: (delivering.mail_went_out,),
    Happening.MAIL_UNDELIVERED: (delivering.mail_came_back,),
}
JOBS = {
    **imports_jobs.JOBS,
    **audit_checks.JOBS,
    **RULES_JOBS,
    **exports_jobs.JOBS,
    **opening.JOBS,
    **notices_jobs.JOBS,
    **accounts_jobs.JOBS,
    **payments_jobs.JOBS,
    **reports_jobs.JOBS,
    **delivering_jobs.JOBS,
    **printing.JOBS,
    **slip_sheet.JOBS,
    **lists_making.JOBS,
    **packets_making.JOBS,
    **batches_jobs.JOBS,
    **acting_jobs.JOBS,
    **tombstones.JOBS,
}
SCHEDULES = {
    "curriculum.forget_withdrawn": forgetting.forget_withdrawn,
    "cases.forget_import_files": imports.forget_files,
    "cases.forget_slips": code_batches.forget_slips,
    "accountability.mark_missed": accountability.mark_missed,
    "concerns.pass_on": concerns.pass_on,
    "accountability.look_for_violations": violations.look_for_violations,
    "payments.sweep_open_checkouts": payments.sweep_open_checkouts,
    "payments.remind_of_parts": payments.remind_of_parts,
    "payments.keep_level": payments.keep_level,
    "accountability.remind_of_check_ins": check_in_reminding.remind_of_check_ins,
    "accountability.remind_of_agreed_steps": agreed_steps.remind_of_agreed_steps,
    "cases.remind_of_coursework": coursework_reminding.remind_of_coursework,
    "caseload.tell_staff_what_waits": digest.tell_staff_what_waits,
    "payments.forget_waiver_proofs": waiver_proofs.forget_proofs,
    "learning.forget_old_drafts": drafts.forget_old,
    "transfers.carry": carrying.carry,
    "limits.forget_old": limits.forget_old,
    "exports.forget_old": exports.forget_old,
    "keeping.start_due": sealing.start_due,
    "batches.make_due": scheduling.make_due,
    "reports.forget_print_files": printing.forget_files,
    "operator.count_month": usage.count_month,
    "operator.count_curriculum": curriculum_counts.count_curriculum,
}


def registry() -> Registry:
    """The one frozen registry; raises LookupError when something that can happen has no entry."""
    return Registry(
        handlers=HANDLERS, jobs=JOBS, schedules=SCHEDULES, covered_for=covered_for, keep_language=keep_language
    )


def create_app(settings: Settings) -> Flask:
    """The app of a web, worker, scheduler or command-line process. Raises LookupError, AssetsNotBuilt."""
    app = Flask("app", root_path=str(ROOT / "app"), template_folder=str(ROOT / "templates"), static_folder=None)
    clock.follow(settings.clock_file)
    rules.follow(clock.now)
    mirror.listen()
    connect(app, _urls(settings))
    app.extensions["portal"] = Runtime(
        settings=settings,
        keyring=Keyring.load(settings.keyring_file),
        storage=open_storage(settings.storage_url),
        registry=registry(),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        # While a key is changed: what the former one signed (cookies, forms that are open) is still taken.
        SECRET_KEY_FALLBACKS=list(settings.former_secret_keys),
        WTF_CSRF_SECRET_KEY=[*reversed(settings.former_secret_keys), settings.secret_key],
        SCHEMA_HEAD=schema_head(),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=500,
    )
    i18n.install(app)
    if settings.process == "web":
        _install_web(app, settings)
    else:
        templating.install(app, None)
    return app


def _urls(settings: Settings) -> dict[str, str]:
    """Each process connects as the roles that it needs and no other; the tests' one process plays them all."""
    everything = settings.environment == "test"
    urls = {"app": settings.database_url}
    if settings.process == "scheduler" or everything:
        urls["dispatch"] = settings.database_dispatch_url
    if settings.process == "cli" or everything:
        urls["platform"] = settings.database_platform_url
    return urls


def _install_web(app: Flask, settings: Settings) -> None:
    app.config.update(
        SESSION_COOKIE_NAME="portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        TRUSTED_HOSTS=_hosts(settings),
        COMPRESS_MIMETYPES=["text/html", "application/json", "image/svg+xml"],
    )
    app.session_interface = cookies.CourtCookies()
    identity.install(app, _who_signed_in)
    measuring.install(app)
    hooks.install(app, settings)
    errors.install(app)
    Compress(app)
    assets = Assets(settings.assets_folder)
    templating.install(app, assets)
    for pages in PAGES:
        app.register_blueprint(pages)
    with app.app_context():
        engine = db.engine
    wsgi: WSGIApplication = CourtMiddleware(app.wsgi_app, engine)
    proxies = settings.trusted_proxies
    if proxies:
        wsgi = ProxyFix(wsgi, x_for=proxies, x_proto=proxies, x_host=proxies)
    app.wsgi_app = assets.wrap_wsgi(wsgi)  # type: ignore[method-assign,assignment]  # as Flask's documentation does it


def _who_signed_in(token: str) -> Identity | None:
    """Whose sign-in a token is, at the door that the request's cookie belongs to."""
    return doors.load_identity(token) if cookies.at_the_reviewers() else sessions.load_identity(token)


def _hosts(settings: Settings) -> list[str]:
    host = settings.public_url.partition("://")[2]
    return [host] if settings.production else [host.partition(":")[0], "localhost", "127.0.0.1"]


def schema_head() -> str:
    """The newest migration of this release."""
    versions = (ROOT / "migrations" / "versions").glob("[0-9]*.py")
    return max(path.name.partition("_")[0] for path in versions)
