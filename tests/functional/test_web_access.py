"""Who may open what: every route, as every role, in the own court and in another's. Grows with the route map."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Map, Rule
from werkzeug.test import TestResponse

from app.accounts import sessions
from app.permissions.identity import Role
from app.permissions.permissions import GRANTS
from app.web.routing import REGISTRY, Access
from tests.client import PageClient
from tests.daily import ROLES, daily_roles
from tests.functional.lived_in import LivedIn, fingerprint, lived_in, row_parameters

CHANGING = re.compile(rb'(name="(?:csrf_token|submission_id)"[^>]*value="[^"]*")|(value="[^"]*"[^>]*name="csrf_token")')

# A permitted person may get another answer than a page here, and why.
OTHERWISE: dict[str, tuple[int, ...]] = {
    "mailroom.letter": (404,),  # no letter: test_mailroom opens one
    "learning.video_file": (404,),  # no video is brought in: test_learning_videos opens one
    "learning.captions": (404,),
    "reports.report_output": (404,),  # the format has no further files: test_report_outputs opens them
    "caseload.action": (404,),  # the officer's: test_caseload_acting opens the own ones
    "caseload.action_progress": (404,),
    "caseload.change_view": (404,),  # somebody else's: test_caseload_everyone opens the own ones
    "notices.message": (404,),  # somebody else's: test_notices_inbox opens the own ones
    "case_messages.of_case": (404,),  # not of a clerk or administrator while an officer works on the case
    "keeping.opened": (404,),  # for who opened it and an hour: test_keeping_records reads one
    "keeping.opened_file": (404,),
    "case_notes.of_case": (404,),
    "case_notes.note": (404,),
    "case_notes.strike": (404,),
    "concerns.concern": (404,),  # for who is on call, administrators and whoever raised it; to others there is none
}


@pytest.fixture(scope="module")
def courts(app: Flask) -> tuple[LivedIn, LivedIn]:
    return lived_in(app, "Magnolia"), lived_in(app, "Tamarack")


def access(app: Flask, rule: Rule) -> Access:
    return app.extensions[REGISTRY][rule.endpoint]


def court_rules(app: Flask, method: str) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if "court_slug" in rule.arguments and method in (rule.methods or ()):
            yield rule


def seen(response: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What somebody who probes can tell apart: status, body without its one-time values, headers without cookies."""
    headers = [(k, v) for k, v in response.headers if k not in ("Date", "Set-Cookie", "Content-Length")]
    asked_for = b'"' + response.request.path.encode() + b'"'  # the way back of the language switch
    return response.status_code, CHANGING.sub(b"", response.data).replace(asked_for, b""), sorted(headers)


def missing(client: PageClient, lived: LivedIn) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What this person gets for a page that does not exist."""
    return seen(client.http.get(lived.court.url("no-such-page")))


def token_of(client: PageClient, lived: LivedIn) -> str:
    page = client.get(lived.court.url("no-such-page"))
    return page.tree.xpath("//input[@name='csrf_token']/@value")[0]


@pytest.mark.proves("AC-2")
@pytest.mark.parametrize("role", ROLES)
def test_each_page_opens_for_its_roles_and_is_missing_for_all_others(app: Flask, courts, role: Role):
    mine, _theirs = courts
    client, faults = mine.clients[role], []
    nothing = missing(client, mine)
    for rule in court_rules(app, "GET"):
        asked = access(app, rule)
        if asked.before_second_factor and role != Role.NOBODY and asked.permission is not None:
            continue  # only for people between the password and the second factor
        response = client.http.get(mine.path(rule))
        status = response.status_code
        if asked.public or asked.permission in GRANTS[role]:
            fine = status < 400 or status in OTHERWISE.get(rule.endpoint, ())
            fine = fine or (status == 404 and "token" in rule.arguments)
            if not fine:
                faults.append(f"{rule.endpoint} gives {role} {status} though permitted")
        elif seen(response) != nothing:
            faults.append(f"{rule.endpoint} gives {role} {status}: not what a missing page looks like")
    assert faults == []


@pytest.mark.proves("AC-2")
@pytest.mark.parametrize("role", daily_roles())
def test_another_courts_row_looks_like_one_that_does_not_exist(app: Flask, courts, role: Role):
    mine, theirs = courts
    client, faults = mine.clients[role], []
    for rule in court_rules(app, "GET"):
        for name, nothing in row_parameters(rule).items():
            foreign = client.http.get(mine.path(rule, **{name: theirs.ids[name]}))
            unknown = client.http.get(mine.path(rule, **{name: nothing}))
            same = seen(foreign)[0::2] == seen(unknown)[0::2] and _but_for_ids(foreign) == _but_for_ids(unknown)
            if not same or foreign.status_code != 404:
                faults.append(
                    f"{rule.endpoint} as {role}: foreign {foreign.status_code}, unknown {unknown.status_code}"
                )
    assert faults == []


def _but_for_ids(response: TestResponse) -> bytes:
    return re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"", seen(response)[1])


@pytest.mark.proves("AC-2", "CO-6")
@pytest.mark.parametrize("role", daily_roles())
def test_at_another_court_one_is_nobody(app: Flask, courts, role: Role):
    """The cookie of one court, carried to the other by hand, changes nothing of what a stranger gets."""
    mine, theirs = courts
    cookie = mine.clients[role].http.get_cookie(f"portal-{mine.court.slug}", path=f"/{mine.court.slug}")
    assert cookie is not None
    faults = []
    for rule in court_rules(app, "GET"):
        stranger, intruder = PageClient(app), PageClient(app)
        intruder.http.set_cookie(
            f"portal-{theirs.court.slug}", cookie.value, path=f"/{theirs.court.slug}", domain="localhost"
        )
        path = theirs.path(rule)
        if seen(intruder.http.get(path))[0::2] != seen(stranger.http.get(path))[0::2]:
            faults.append(rule.endpoint)
    assert faults == []


@pytest.mark.proves("AC-2")
def test_strangers_are_sent_to_the_sign_in(app: Flask, courts):
    mine, _theirs = courts
    faults = []
    for rule in court_rules(app, "GET"):
        if access(app, rule).public:
            continue
        response = PageClient(app).http.get(mine.path(rule))
        if response.status_code != 302 or "sign-in" not in response.headers["Location"]:
            faults.append(f"{rule.endpoint}: {response.status_code}")
    assert faults == []


@pytest.mark.proves("AC-2")
@pytest.mark.parametrize("role", daily_roles())
def test_a_form_sent_without_the_permission_is_missing_and_changes_nothing(app: Flask, courts, role: Role):
    mine, _theirs = courts
    client, faults = mine.clients[role], []
    token, before = token_of(client, mine), fingerprint(mine)
    for rule in court_rules(app, "POST"):
        asked = access(app, rule)
        if asked.public or asked.permission in GRANTS[role]:
            continue
        response = client.http.post(mine.path(rule), data={"csrf_token": token, "submission_id": str(uuid4())})
        if response.status_code != 404:
            faults.append(f"{rule.endpoint} gives {role} {response.status_code}")
    assert faults == []
    assert fingerprint(mine) == before


@pytest.mark.proves("AC-2")
@pytest.mark.parametrize("role", daily_roles())
def test_a_form_for_another_courts_row_is_missing_and_changes_nothing(app: Flask, courts, role: Role):
    mine, theirs = courts
    client, faults = mine.clients[role], []
    token, before = token_of(client, mine), (fingerprint(mine), fingerprint(theirs))
    for rule in court_rules(app, "POST"):
        names = row_parameters(rule)
        if not names:
            continue
        path = mine.path(rule, **{name: theirs.ids[name] for name in names})
        response = client.http.post(path, data={"csrf_token": token, "submission_id": str(uuid4())})
        if response.status_code != 404:
            faults.append(f"{rule.endpoint} as {role}: {response.status_code}")
    assert faults == []
    assert (fingerprint(mine), fingerprint(theirs)) == before


@pytest.mark.proves("AC-6")
@pytest.mark.parametrize("role", daily_roles())
def test_looking_changes_nothing(app: Flask, courts, role: Role):
    """No GET changes more than audit rows and when somebody was last seen."""
    mine, _theirs = courts
    rules = list(court_rules(app, "GET"))
    before = fingerprint(mine)
    for rule in rules:
        mine.clients[role].http.get(mine.path(rule))
    if (after := fingerprint(mine)) != before:
        changed = {table for table in after if after[table] != before[table]}
        pytest.fail(f"{changed} changed; by {_who_changes(mine, role, rules) or 'a first look'}")


def _made_up() -> Rule:
    rule = Rule("/x/<made_up>", endpoint="x")
    Map([rule])
    return rule


def _who_changes(mine: LivedIn, role: Role, rules: list[Rule]) -> list[str]:
    found, before = [], fingerprint(mine)
    for rule in rules:
        mine.clients[role].http.get(mine.path(rule))
        if (after := fingerprint(mine)) != before:
            found.append(rule.endpoint)
        before = after
    return found


def test_a_parameter_that_nobody_can_fill_is_named(app: Flask, courts):
    with pytest.raises(LookupError, match="nobody knows how to fill <made_up>"):
        courts[0].path(_made_up())


@pytest.mark.proves("AC-2")
def test_before_the_second_factor_only_the_second_factor(app: Flask, courts):
    """Somebody who has given a password and nothing else reaches no page that asks for a permission."""
    from_password = _half_signed_in(courts[0])
    faults = []
    for rule in court_rules(app, "GET"):
        asked = access(app, rule)
        if asked.public or asked.before_second_factor:
            continue
        response = from_password.http.get(courts[0].path(rule))
        if response.status_code != 302 or "second-factor" not in response.headers["Location"]:
            faults.append(f"{rule.endpoint}: {response.status_code}")
    assert faults == []


def _half_signed_in(lived: LivedIn) -> PageClient:
    client = PageClient(lived.app)
    with lived.app.app_context(), lived.court.acting():
        token = sessions.start(membership_id=lived.people[Role.CLERK].id)
    client.sign_in(lived.court.slug, token)
    return client
