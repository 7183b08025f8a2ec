"""A section of a court's rules: which reports are made without anybody asking, and when."""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import Field

from tenants.faults import Section

PacketKind = Literal["bench_card", "progress"]


class Schedules(Section):
    """All times are court-local. A day on which the court is closed moves to the open day before: reports are due by
    a day, never after it. 0 or no: not made by itself.

    `..._monthly_day`: by this day of each month, by its last day where the month is shorter.
    `progress_days_before_hearing`: so many days before each hearing. `after_violation`, `after_missed`: a progress
    report within a day of a possible violation, of a missed check-in, on closed days too. `at`: when the reports of a
    day are made. `packets`: the packet of each day with hearings, at `evening_at` of the open day before.
    `packet_kind`: which report of each person is in a packet, also in one that somebody asks for.
    """

    progress_monthly_day: int = Field(default=0, ge=0, le=31)
    caseload_monthly_day: int = Field(default=0, ge=0, le=31)
    progress_days_before_hearing: int = Field(default=0, ge=0, le=30)
    after_violation: bool = False
    after_missed: bool = False
    at: time = time(6, 0)
    packets: bool = False
    packet_kind: PacketKind = "progress"
    evening_at: time = time(17, 0)

    @property
    def any(self) -> bool:
        """Whether anything is made by itself."""
        days = (self.progress_monthly_day, self.caseload_monthly_day, self.progress_days_before_hearing)
        return any(days) or self.after_violation or self.after_missed or self.packets
