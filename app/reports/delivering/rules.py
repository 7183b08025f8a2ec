"""The pure rules of a delivery: its moves, what a file in the court's folder is called, what lies beside it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.cases.rules import SYSTEM, Moves, transition
from app.core.i18n import lazy_gettext as _

DELIVERY_MOVES = Moves(
    "delivery",
    "waiting",
    (
        transition("waiting failed", "on_its_way", SYSTEM, _("Handed to the mail.")),
        transition("waiting on_its_way failed", "delivered", SYSTEM, _("It is there.")),
        transition("waiting on_its_way delivered", "failed", SYSTEM, _("It could not be delivered."), "attempts_over"),
        transition("failed", "waiting", "report_request", _("It is tried once more.")),
        transition("delivered", "acknowledged", "report_receive", _("Somebody said that they have it.")),
        transition("waiting on_its_way failed", "stopped", SYSTEM, _("There is nothing to deliver any more.")),
    ),
)
PRINT_MOVES = Moves(
    "print batch",
    "requested",
    (
        transition("requested failed", "ready", SYSTEM, _("The file to print is made."), "whole_file"),
        transition("requested", "failed", SYSTEM, _("The file to print could not be made."), "attempts_over"),
        transition("failed", "requested", "report_dispatch", _("It is made again.")),
        transition("ready", "handed_over", "report_dispatch", _("Printed and handed over.")),
        transition("requested ready failed", "dropped", "report_dispatch", _("Not printed; the papers wait again.")),
    ),
)
LONGEST_PART = 60  # characters of one field in a file's name


def file_name(pattern: str, fields: Mapping[str, str]) -> str:
    """The name of a file without its ending, of letters, digits, `-`, `_` and `.` only.

    The pattern comes from the rules, which allow known fields alone. The report's number in it makes it unlike others.
    """
    parts = {name: safe(value) for name, value in fields.items()}
    named = re.sub(r"\{(\w+)\}", lambda found: parts.get(found[1], ""), pattern)
    return safe(named, longest=180).lstrip(".-") or parts["number"]


def safe(text: str, *, longest: int = LONGEST_PART) -> str:
    """Text as a part of a file's name: no path, no space, nothing that a program could take for a command."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+|\.{2,}", "-", plain).strip("-.")[:longest]


def sidecar(facts: Mapping[str, Any], *, sha256: str, size: int, issued_at: datetime) -> bytes:
    """What lies beside a file as JSON: written after it, so that whoever finds this finds the file whole."""
    found = {**facts, "issued_at": issued_at.isoformat(), "sha256": sha256, "size": size}
    return (json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
