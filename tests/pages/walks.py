"""Pages that no address leads to: some steps do."""

from __future__ import annotations

from app.accounts import sessions
from app.permissions.identity import Role
from tests import operators
from tests.client import PageClient
from tests.functional import accounts_people, enroll_steps
from tests.functional.reviews_kit import give_password as at_the_reviewers
from tests.pages.site import Site, Walk


def _after_the_password(path: str) -> Walk:
    """Of a member of staff who still owes the second factor."""

    def walk(site: Site) -> tuple[PageClient, str]:
        client = PageClient(site.portal)
        person = accounts_people.colleague(site.court, role=Role.ADMINISTRATOR)
        assert accounts_people.give_password(client, person).status == 200
        return client, site.court.url(path)

    return walk


def _without_second_factor(site: Site) -> tuple[PageClient, str]:
    client = PageClient(site.portal)
    with site.portal.app_context(), site.court.acting():
        member = site.court.member(Role.ADMINISTRATOR, "Newly Come")
        client.sign_in(site.court.slug, sessions.start(membership_id=member.id))
    return client, site.court.url("staff/second-factor/set-up")


def _new_app(site: Site) -> tuple[PageClient, str]:
    person, client = accounts_people.colleague(site.court, role=Role.ADMINISTRATOR), PageClient(site.portal)
    accounts_people.sign_in(client, person)
    page = client.get(site.court.url("account/app")).submit(current=accounts_people.PASSWORD)
    return client, page.url


def _invitation(site: Site) -> tuple[PageClient, str]:
    token = accounts_people.invitation_token(site.court)
    return PageClient(site.portal), site.court.url(f"staff/invitation/{token}")


def _enrolling(path: str) -> Walk:
    """Somebody new, on the way to enroll, at the step of this address."""

    def walk(site: Site) -> tuple[PageClient, str]:
        client = PageClient(site.portal)
        _enrollment, _code_id, code = enroll_steps.referred(site.court)
        page = enroll_steps.first_step(client, site.court, code)
        if path != "enroll/sign-in":
            page = enroll_steps.second_step(page)
        if path == "enroll/check":
            page = page.submit("Continue", typed_name="Robin Sample", consent="y")
        assert page.url == site.court.url(path), (page.url, page.errors())
        return client, page.url

    return walk


def _reviewers_second_factor(site: Site) -> tuple[PageClient, str]:
    client = PageClient(site.portal)
    person = accounts_people.colleague(site.court, role=Role.FACILITATOR)
    return client, at_the_reviewers(client, person).url


def _console_sign_in(site: Site) -> tuple[PageClient, str]:
    return operators.browse(site.console), "/operator/sign-in"


def _console_second_factor(site: Site) -> tuple[PageClient, str]:
    made, client = operators.make_operator(site.console), operators.browse(site.console)
    page = client.get("/operator/sign-in").submit("Continue", email=made.email, password=made.password)
    return client, page.url


WALKS: dict[str, Walk] = {
    "accounts.second_factor": _after_the_password("staff/second-factor"),
    "accounts.second_factor_recovery": _after_the_password("staff/second-factor/recovery"),
    "accounts.set_up_second_factor": _without_second_factor,
    "accounts.finish_new_app": _new_app,
    "accounts.accept_invitation": _invitation,
    "cases.enroll_sign_in": _enrolling("enroll/sign-in"),
    "cases.enroll_agreement": _enrolling("enroll/agreement"),
    "cases.agreement_to_print": _enrolling("enroll/agreement"),
    "cases.enroll_check": _enrolling("enroll/check"),
    "reviewers.second_factor": _reviewers_second_factor,
    "operator.sign_in": _console_sign_in,
    "operator.second_factor": _console_second_factor,
}
