"""Sections of a court's rules about the end of a record: when a case is sealed or destroyed, how long it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from tenants.faults import Fault, Section, repeated, values

What = Literal["seal", "destroy"]
WhatIfAny = Literal["nothing", "seal", "destroy"]
# Documents that may outlive a case that was sealed or destroyed.
Survivor = Literal["signed_order", "certificate", "final", "non_compliance"]


class Sealing(Section):
    """What happens to the record of a finished case once the court has dismissed, completed or ordered something.

    Days count from the day of the order or disposition (court-local). Sealed: kept, and shown to nobody but under a
    court order. Destroyed: gone for good. `expunged`: what an order to expunge means in this court. `second_person`:
    somebody else has to confirm before anything happens. `survives`: documents that are kept all the same.
    """

    order_days: int = Field(default=0, ge=0, le=365)
    expunged: What = "destroy"
    dismissed: WhatIfAny = "nothing"
    dismissed_days: int = Field(default=0, ge=0, le=3650)
    completed: WhatIfAny = "nothing"
    completed_days: int = Field(default=0, ge=0, le=3650)
    second_person: bool = True
    survives: tuple[Survivor, ...] = Field(default=(), max_length=4)

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        yield from ((("survives", at), "listed_twice") for at in repeated(values(given.get("survives"))))


class Retention(Section):
    """How long a finished case is kept before it is sealed or destroyed."""

    keep_years: int = Field(default=7, ge=1, le=50)
