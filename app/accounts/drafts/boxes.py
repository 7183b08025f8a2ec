"""Forms that are kept while they are filled in: what a view asks for before it shows one, and after it was sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for

from app.accounts.drafts import services
from app.accounts.drafts.models import KeptText
from app.web.identity import current_identity


@dataclass(frozen=True)
class OtherText:
    """What stands in the same form on another device."""

    saved_at: datetime
    texts: tuple[tuple[str, str], ...]  # a field's label and its text


@dataclass(frozen=True)
class Keep:
    """What the template needs to keep a form. `restored_at`: when what stands in the form was typed."""

    place: str
    url: str
    person: str
    continues: str
    restored_at: datetime | None
    others: tuple[OtherText, ...]


def keeping(place: str, form: Any) -> Keep:
    """Fill `form` with what was typed into it and not sent (on GET), and say how to go on keeping it."""
    identity = current_identity()
    rows = services.kept_at(place, identity.id)
    boxes = {field.name: field for field in _boxes(form)}
    before = {name: _shown(field.data) for name, field in boxes.items()}
    changed = [row for row in rows if _differs(row.fields, before)]
    restored = changed[0] if changed and request.method == "GET" else None
    if restored is not None:
        for name, value in restored.fields.items():
            if name in boxes:
                boxes[name].data = value
    others = [row for row in changed if row is not restored and (restored is None or row.fields != restored.fields)]
    return Keep(
        place=place,
        url=url_for("accounts.keep_typed"),
        person=hashlib.sha256(f"typed/{identity.id}".encode()).hexdigest()[:16],
        continues=services.mark_of_text(restored or rows[0]) if rows else "",
        restored_at=restored.saved_at if restored is not None else None,
        others=tuple(_other(row, boxes) for row in others if request.method == "GET"),
    )


def sent(place: str) -> None:
    """The form was sent and taken."""
    services.forget(place, request.form.get("keep_continues", ""), actor=current_identity())


def _boxes(fields: Any) -> Iterator[Any]:
    """Every field that a person fills in, also within groups of fields."""
    for field in fields:
        if hasattr(field, "entries"):
            yield from _boxes(field.entries)
        elif hasattr(field, "form_class"):
            yield from _boxes(field.form)
        elif getattr(field.widget, "input_type", "") not in ("hidden", "file", "password", "submit"):
            yield field


def _shown(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _differs(kept: Mapping[str, str], before: Mapping[str, str]) -> bool:
    return any(kept[name].strip() and kept[name] != text for name, text in before.items() if name in kept)


def _other(row: KeptText, boxes: Mapping[str, Any]) -> OtherText:
    texts = [(str(boxes[name].label.text), text) for name, text in row.fields.items() if name in boxes and text.strip()]
    return OtherText(row.saved_at, tuple(texts))
