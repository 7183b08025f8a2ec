"""Addresses and sign-ins, printed at every start; `python -m app.demo.sign_ins` prints them again with fresh codes."""

from __future__ import annotations

import json
import sys
from typing import Any

import pyotp

from app.core import clock
from app.demo.ground import written_settings
from config import VAR, Settings

PASSWORD = "four-quiet-herons-7"  # noqa: S105 - every demo member of staff's, printed at every start
PEOPLE = VAR / "demo.json"
STATES = (
    ("Jordan Avery", "finished"),
    ("Luis Ortega Medina", "months into accountability, in Spanish"),
    ("Casey Nguyen", "mid-coursework"),
    ("Devon Brooks", "has paid"),
    ("Kai Morgan", "pays in parts"),
    ("Jamie Sutherland", "has paid, a part was given back"),
    ("Noel Ferrante", "the bank disputes the payment"),
    ("Ariel Prescott", "the court looks at a payment"),
    ("Dakota Reyes", "a waiver is being filled in"),
    ("Emerson Vance", "waiver denied: can ask the court to look again"),
    ("Rosa Villanueva", "waived in part, in Spanish"),
    ("Marcus Hale", "waiver with proof waiting for the clerk"),
    ("Robin Castellanos", "on hold"),
    ("Alex Moreno", "back with the court, its end proposed and answered: the judge decides"),
    ("Jules Whitman", "asks to pay less: only a judge waives a part"),
    ("Drew Okonkwo", "withdrawn: the code is refused"),
    ("Terry Lindqvist", "just referred: enroll with the code"),
    ("Chris Novak", "mid-coursework"),
    ("Sam Whitaker", "just referred: enroll with the code"),
)


def print_sign_ins(people: dict[str, Any]) -> None:
    """Where to go and how to sign in, for every role."""
    settings = Settings.from_env("web", written_settings())
    clock.follow(settings.clock_file)
    states = dict(STATES)
    print(f"\nThe portal         {settings.public_url}/")
    print(f"Operator console   {settings.console_url}/operator/")
    print(f"Practice payments  {settings.stripe_api_base}")
    print(f"Mail               {settings.mail_url.removeprefix('file://')}")
    print("\nSecond-factor codes change every 30 seconds: `make codes` prints fresh ones.")
    operator = people["operator"]
    print(
        f"\nOperator    {operator['email']}   password {operator['password']}   code {_code(operator['totp_secret'])}"
    )
    for court in people["courts"]:
        address = f"{settings.public_url}/{court['slug']}"
        print(f"\n{court['slug'].upper()}: staff at {address}/staff/sign-in   password {PASSWORD}")
        for member in court["staff"]:
            print(f"  {member['role']:14} {member['email']:34} code {_code(member['totp_secret'])}   {member['name']}")
        print(f"  learners at {address}/sign-in")
        for learner in court["learners"]:
            way = (
                f"{learner['sign_in_name']:34} password: {learner['passphrase']}"
                if learner["sign_in_name"]
                else f"code {learner['code']}   birth date {learner['birth_date']}   at {address}/enroll"
            )
            print(f"  {learner['name']:20} {way}   ({states.get(learner['name'], '')})")


def _code(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now())


def main() -> int:
    if not PEOPLE.exists():
        print("There is no demo yet: `make demo` makes it.", file=sys.stderr)
        return 1
    print_sign_ins(json.loads(PEOPLE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
