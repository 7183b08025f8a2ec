"""Inviting many people by a file: read, checked as a whole, and sent all or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.accounts import invitations, lookups
from app.accounts.rules import is_email, normalize_email, typed
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.permissions.identity import STAFF_ROLES, Role
from app.permissions.words import ROLE_WORDS
from tenants.database import transaction

MOST_ROWS = 200
MOST_BYTES = 100_000
LONGEST_NAME = 120  # characters
COLUMNS = ("name", "email", "role")
TEMPLATE = "name,email,role\r\nLee Sample,lee.sample@court.example,officer\r\n"

# How people may write the columns and roles, in either language.
_HEADINGS = {
    "nombre": "name",
    "correo": "email",
    "correo electrónico": "email",
    "rol": "role",
    "email address": "email",
}


@dataclass
class InviteRow:
    """A line of the file; `faults` are sentences for the person, by column."""

    line: int
    name: str
    email: str
    role: str
    faults: dict[str, str] = field(default_factory=dict)


def read_bytes(content: bytes) -> str:
    """The text of an uploaded file. Raises Refused at `file`."""
    if len(content) > MOST_BYTES:
        raise Refused(_("This file is too large. Send at most %(most)s people in a file.", most=MOST_ROWS), "file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("This is not a CSV file in UTF-8. Save it again as “CSV UTF-8”."), "file") from None
    if "\x00" in text:
        raise Refused(_("This is not a CSV file in UTF-8. Save it again as “CSV UTF-8”."), "file")
    return text


def read(text: str) -> list[InviteRow]:
    """The rows of the file, each with what is wrong with it. Raises Refused at `file` when it is no such table."""
    try:
        lines = list(
            csv.reader(io.StringIO(text, newline=""), delimiter=";" if _semicolons(text) else ",", strict=True)
        )
    except csv.Error:
        raise Refused(_("This file can not be read as a table. Start from the template."), "file") from None
    if not lines:
        raise Refused(_("The file is empty."), "file")
    where = _columns(lines[0])
    rows = list(_rows(lines, where))
    if not rows:
        raise Refused(_("The file has no people in it, only headings."), "file")
    if len(rows) > MOST_ROWS:
        raise Refused(
            _("This file has %(rows)s people. Send at most %(most)s in a file.", rows=len(rows), most=MOST_ROWS), "file"
        )
    _check(rows)
    return rows


def _semicolons(text: str) -> bool:
    first = text.partition("\n")[0]
    return first.count(";") > first.count(",")


def _columns(headings: list[str]) -> dict[str, int]:
    plain = [heading.strip().casefold() for heading in headings]
    where = {_HEADINGS.get(heading, heading): number for number, heading in enumerate(plain)}
    missing = [name for name in COLUMNS if name not in where]
    if missing:
        raise Refused(
            _(
                "The first line must name the columns. Missing: %(columns)s. Start from the template.",
                columns=", ".join(missing),
            ),
            "file",
        )
    return where


def _rows(lines: list[list[str]], where: dict[str, int]) -> Iterator[InviteRow]:
    for number, cells in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in cells):
            name, email, role = (cells[where[key]] if where[key] < len(cells) else "" for key in COLUMNS)
            yield InviteRow(number, " ".join(typed(name, 400).split()), normalize_email(email), _role(role))


def _role(text: str) -> str:
    """A role by its name in the portal or by its words in English or Spanish; what was typed when it is none."""
    plain = " ".join(text.casefold().split())
    known = {role.value: role.value for role in STAFF_ROLES}
    for role in STAFF_ROLES:
        known |= {words.casefold(): role.value for words in ROLE_WORDS[role]}
    return known.get(plain, text.strip()[:60])


def _check(rows: list[InviteRow]) -> None:
    members = {credential.email for _member, credential in lookups.staff_list(state="active")}
    invited = {each.email for each in lookups.open_invitations() if invitations.is_open(each)}
    seen: dict[str, int] = {}
    for row in rows:
        if not row.name:
            row.faults["name"] = str(_("Enter the person's name."))
        elif len(row.name) > LONGEST_NAME:
            row.faults["name"] = str(_("Use at most 120 characters."))
        if row.role not in STAFF_ROLES:
            row.faults["role"] = str(_("This is not a role of the portal."))
        if not is_email(row.email):
            row.faults["email"] = str(_("Enter an email address like name@example.com."))
        elif row.email in members:
            row.faults["email"] = str(_("This person is on your staff already."))
        elif row.email in invited:
            row.faults["email"] = str(_("This person has an open invitation already. You can send it again."))
        elif row.email in seen:
            row.faults["email"] = str(_("This address stands in line %(line)s already.", line=seen[row.email]))
        seen.setdefault(row.email, row.line)


def invite_all(text: str, *, actor: Actor) -> int:
    """Invite everybody in the file by mail; returns how many. All or none.

    Raises Refused at `file` when a row is not right (any more).
    """
    with transaction():
        rows = read(text)
        wrong = sum(1 for row in rows if row.faults)
        if wrong:
            raise Refused(
                ngettext(
                    "%(num)s line is not right. Nobody was invited.",
                    "%(num)s lines are not right. Nobody was invited.",
                    wrong,
                ),
                "file",
            )
        for row in rows:
            invitations.invite_checked(email=row.email, display_name=row.name, role=Role(row.role), actor=actor)
    return len(rows)
