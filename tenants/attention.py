"""From when on something about a case asks for a person's look: a section of a court's rules."""

from __future__ import annotations

from pydantic import Field

from tenants.faults import Section


class Attention(Section):
    """The borders of what the list of the day shows, in court-local days. The rules in force count for every case.

    `deadline_days`: so long before the deadline of the lessons or check-ins. `quiet_days`: without any activity in the
    lessons. `waiting_days`: so long an answer or a check-in may wait for its reader, `waiver_days` a request about the
    fee for its decision. `report_days`: so long before a hearing a report is missed. `answer_days`: so long before the
    last day to answer a proposal to end a program. `hold_days`: so long a case may be on hold.

    `in_morning_mail`: the morning's mail also says of how many people something needs a look.
    """

    deadline_days: int = Field(default=14, ge=0, le=120)
    quiet_days: int = Field(default=14, ge=1, le=180)
    waiting_days: int = Field(default=0, ge=0, le=60)
    waiver_days: int = Field(default=0, ge=0, le=60)
    report_days: int = Field(default=7, ge=0, le=60)
    answer_days: int = Field(default=3, ge=0, le=60)
    hold_days: int = Field(default=30, ge=1, le=365)
    in_morning_mail: bool = False
