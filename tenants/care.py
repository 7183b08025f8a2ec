"""Sections of a court's rules that care for people: who read, who need a change to take part, who may be in
danger, who say that the record is not right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from tenants.faults import Fault, Section, repeated, rows
from tenants.lines import FilledLine, Language, Line, Text


class Reviewing(Section):
    """Reading what participants write. `daily_limit`: texts that one reviewer opens on a court-local day."""

    daily_limit: int = Field(default=40, ge=1, le=500)


class AdaContact(Section):
    """Whom people ask about changes that help them to take part (the ADA coordinator). Blank: the court's own phone."""

    name: Line = ""
    phone: Line = ""
    email: Line = ""


class Contact(Section):
    """When the court's office answers, in each language: "Monday to Friday, 8:30 to 4:30". Address and phone are those
    of the letterhead."""

    hours: dict[Language, Line] = Field(default_factory=dict)


class Disputes(Section):
    """A participant says that a fact in the record is not right: within how many days a person of the court answers."""

    days_to_answer: int = Field(default=10, ge=1, le=60)


class OnCall(Section):
    """Somebody of the court's staff whom a concern reaches; `email` is the one that they sign in with."""

    name: FilledLine
    email: FilledLine
    phone: Line = ""


class HelpNumber(Section):
    """A number to call, as it stands on the page."""

    label: FilledLine
    phone: FilledLine


class Concerns(Section):
    """When somebody may be in danger: whom it reaches, what to do, and whom to call.

    `on_call` in the order in which they are asked; without anybody, the court's administrators. Whoever is first has
    `seen_within_minutes` until the others and the administrators are asked too. `procedure` is the court's own, in each
    language; without it a general one is shown.
    """

    on_call: tuple[OnCall, ...] = Field(default=(), max_length=10)
    seen_within_minutes: int = Field(default=30, ge=5, le=1440)
    numbers: tuple[HelpNumber, ...] = Field(
        default=(
            HelpNumber(label="Emergency", phone="911"),
            # 988lifeline.org: call or text, any time; since July 2022.
            HelpNumber(label="988 Suicide and Crisis Lifeline (call or text)", phone="988"),
            # humantraffickinghotline.org: any time; text 233733.
            HelpNumber(label="National Human Trafficking Hotline", phone="1-888-373-7888"),
            # childhelphotline.org: call or text, any time.
            HelpNumber(label="Childhelp National Child Abuse Hotline", phone="1-800-422-4453"),
        ),
        max_length=12,
    )
    procedure: dict[Language, Text] = Field(default_factory=dict)

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        people = ((at, str(one.get("email", "")).casefold()) for at, one in rows(given.get("on_call")))
        yield from ((("on_call", at, "email"), "listed_twice") for at in repeated(people))
