"""What a court's papers look like at the top and the foot: a part of the program rules."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from tenants.faults import Section
from tenants.lines import Line

FileHash = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]


class Letterhead(Section):
    """What stands at the top and the foot of the court's papers.

    `emblem` is the SHA-256 of a PNG in the court's storage, in hexadecimal; empty: none.
    """

    lines: tuple[Line, ...] = Field(default=(), max_length=6)
    phone: Line = ""
    email: Line = ""
    signatory_name: Line = ""
    signatory_title: Line = ""
    emblem: FileHash = ""
