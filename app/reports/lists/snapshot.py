"""What a report about many people says, frozen when it is requested."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from app.reports.frozen import Frozen, Text, WebAddress
from app.reports.snapshot import RENDERER_VERSION, Court, Replaced
from tenants.lines import Language

SCHEMA_VERSION: Final = 1


class ListKind(StrEnum):
    """The documents about many people."""

    CASELOAD = "caseload"
    CALENDAR_PACKET = "calendar_packet"


class ListColumn(Frozen):
    """A column: its heading, the field's name in the CSV file, and its share of the page in percent."""

    key: Text
    label: Text
    percent: int = Field(gt=0, le=100)


class ListSnapshot(Frozen):
    """Everything that one list says; each row has one text for each column.

    `about`: whose list it is, or of which day. Of a packet, `index` is the column with the page of each part.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    renderer_version: str = RENDERER_VERSION
    kind: ListKind
    number: str = Field(min_length=1, max_length=60)
    language: Language = "en"
    generated_at: datetime = Field(description="aware; kept in UTC")
    generated_on: Text = Field(description="court-local date and time, as text in the report's language")
    court: Court
    about: Text
    note: str = ""
    columns: tuple[ListColumn, ...] = Field(min_length=1, max_length=12)
    rows: tuple[tuple[str, ...], ...] = ()
    verify_url: WebAddress
    replaces: Replaced | None = None

    @field_validator("generated_at")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValueError("a time zone is needed")
        return value.astimezone(UTC)

    @model_validator(mode="after")
    def _rows_fit(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row does not have one text for each column")
        if sum(column.percent for column in self.columns) != 100:
            raise ValueError("the columns do not fill the page")
        return self
