"""By which ways a court's reports reach whom: a part of the program rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from string import Formatter
from typing import Any

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from tenants.faults import Fault, Section, repeated, values
from tenants.lines import FilledLine


class Way(StrEnum):
    """How a report travels. Mail carries a link, never the file."""

    INBOX = "inbox"
    MAIL = "mail"
    PRINT = "print"
    FOLDER = "folder"


class Receiver(StrEnum):
    """Who gets a report by inbox and mail: the officer of the case, or everybody of the court with that role."""

    OFFICER = "officer"
    JUDGES = "judges"
    CLERKS = "clerks"
    SUPERVISORS = "supervisors"


PERSONAL_WAYS = frozenset({Way.INBOX, Way.MAIL})
NAME_FIELDS = ("number", "kind", "case_number", "day")  # what a file's name may be made of


class KindDelivery(Section):
    """One kind of report. `to` is for inbox and mail; a case without an officer goes to the clerks instead."""

    ways: tuple[Way, ...] = Field(default=(Way.INBOX,), max_length=4)
    to: tuple[Receiver, ...] = Field(default=(Receiver.OFFICER,), max_length=4)

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        yield from ((("ways", at), "listed_twice") for at in repeated(values(given.get("ways"))))
        yield from ((("to", at), "listed_twice") for at in repeated(values(given.get("to"))))
        ways = values(given.get("ways")) if "ways" in given else [Way.INBOX]
        if "to" in given and not values(given["to"]) and PERSONAL_WAYS & set(ways):
            yield ("to",), "delivered_to_nobody"


def _to_the_judge() -> KindDelivery:
    return KindDelivery(to=(Receiver.OFFICER, Receiver.JUDGES))


def _to_nobody() -> KindDelivery:
    return KindDelivery(ways=())


class Delivery(Section):
    """Delivery by kind of report, and the names of files in the court's folder.

    `file_name` is made of NAME_FIELDS in braces and must hold the number: no file ever takes another one's place.
    """

    proof_of_enrollment: KindDelivery = KindDelivery()
    progress: KindDelivery = KindDelivery()
    bench_card: KindDelivery = Field(default_factory=_to_the_judge)
    non_compliance: KindDelivery = Field(default_factory=_to_the_judge)
    final: KindDelivery = Field(default_factory=_to_the_judge)
    certificate: KindDelivery = KindDelivery()
    caseload: KindDelivery = Field(default_factory=_to_nobody)
    calendar_packet: KindDelivery = Field(default_factory=_to_nobody)
    file_name: FilledLine = "{number}_{kind}"

    @field_validator("file_name")
    @classmethod
    def _names_are_unlike(cls, value: str) -> str:
        try:
            named = {field for _text, field, form, conversion in Formatter().parse(value) if field is not None}
            plain = not any(form or conversion for _text, field, form, conversion in Formatter().parse(value))
        except ValueError:
            named, plain = set(), False
        if not plain or not named <= set(NAME_FIELDS) or "number" not in named:
            raise PydanticCustomError("file_name_fields", "it must hold the number, and known fields only")
        return value

    def of(self, kind: str) -> KindDelivery:
        """How reports of a kind are delivered; of a kind that has no rule of its own, to the officer's inbox."""
        found = getattr(self, kind, None)
        return found if isinstance(found, KindDelivery) else KindDelivery()
