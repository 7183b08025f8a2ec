"""`portal staff`: the operator helps where a court's own administrators can not."""

from __future__ import annotations

import json

from click.testing import Result
from flask import Flask

from app.cli import portal
from app.permissions.identity import Role
from tests.client import PageClient
from tests.factories import make_court
from tests.functional.accounts_people import audited, colleague, give_password


def _run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(portal, ["staff", *words])


def test_the_only_administrator_is_let_in_again(app: Flask):
    court = make_court(app)
    boss = colleague(court, role=Role.ADMINISTRATOR)
    for _ in range(5):
        give_password(PageClient(app), boss, "wrong")
    (row,) = json.loads(_run(app, "list", court.slug, "--json").output)
    assert (row["email"], row["locked"]) == (boss.email, True)
    assert "The lock is released." in _run(app, "release", court.slug, boss.email).output
    assert "There was no lock." in _run(app, "release", court.slug, boss.email.upper()).output
    done = _run(app, "reset-second-factor", court.slug, boss.email, "--reason", "Called the number on file.")
    assert done.exit_code == 0, done.output
    assert give_password(PageClient(app), boss).heading == "Set up your second step"
    assert audited(court, "accounts.release_lock") == [("system", "done")]
    assert audited(court, "accounts.reset_second_factor") == [("system", "done")]


def test_a_court_that_can_help_itself_has_to(app: Flask):
    court = make_court(app)
    person = colleague(court)
    court.member(Role.ADMINISTRATOR)
    done = _run(app, "reset-second-factor", court.slug, person.email, "--reason", "Asked me.")
    assert done.exit_code == 1
    assert "An administrator of the court has to ask for this first" in done.output
    assert give_password(PageClient(app), person).heading == "Enter your code"


def test_somebody_of_another_court_is_unknown(app: Flask):
    here, there = make_court(app), make_court(app)
    person = colleague(there)
    done = _run(app, "release", here.slug, person.email)
    assert done.exit_code == 1
    assert "Nobody on this court's staff" in done.output
