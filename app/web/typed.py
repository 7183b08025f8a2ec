"""What somebody has typed stays on the page when its language is switched, without JavaScript.

The switch at the top is then a button of the form that is being filled in. What it sends comes to the page's own
address (app/web/hooks.py), which is shown again as a GET would show it: the forms there see no submission, so nothing
can happen, and the one that was typed into is filled in again while it is drawn.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from html import unescape
from typing import Any

from flask import Flask, g, has_request_context
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms.widgets import TextArea

SWITCH = "switch_language"  # the button's name; its value is `es:KeyOfTheForm`, with ! behind it if errors were shown

_FIRST_BUTTON = re.compile(r'<button\b(?=[^>]*type="submit")([^>]*)>')
_SENT = re.compile(r'\b(name|value|formaction)="([^"]*)"')


@dataclass(frozen=True)
class Typed:
    """What was typed into the form `key`; `checked`: its errors stood on the page."""

    key: str
    checked: bool
    values: MultiDict[str, str]


@dataclass(frozen=True)
class TypedForm:
    """The form of a page that is filled in: its id, its key, and what its first button sends."""

    id: str
    key: str
    first_button: tuple[tuple[str, str], ...]


@dataclass
class _Shown:
    form: Any
    id: str
    weight: int


def take(switch: str, values: MultiDict[str, str]) -> str:
    """Keep what came with a press on the switch for the page at hand, and return the language that it names."""
    language, _colon, key = switch.partition(":")
    g.typed = Typed(key.removesuffix("!"), key.endswith("!"), values)
    return language


def key_of(form: Any) -> str:
    """What a form is called among those of a page."""
    return type(form).__name__ + str(form._prefix)


def fill_in(form: Any) -> str:
    """Show again what was typed into this form. Called where a form is drawn, after its view has set it up."""
    typed: Typed | None = g.get("typed") if has_request_context() else None
    if typed is not None and hasattr(form, "_prefix") and key_of(form) == typed.key:
        g.typed = None
        form.process(typed.values)
        if typed.checked:
            form.validate()
    return ""


def form_id(form: Any) -> str:
    """The id of a form that can be typed into; empty for one of buttons alone."""
    fill_in(form)
    weight = _weight(form) if has_request_context() and hasattr(form, "_prefix") else 0
    if not weight:
        return ""
    shown: list[_Shown] = g.setdefault("forms_shown", [])
    shown.append(_Shown(form, f"form-{len(shown) + 1}", weight))
    return shown[-1].id


def _weight(form: Any) -> int:
    """How much is lost with what a form holds: long texts before short ones before choices; 0 for nothing."""
    boxes = [field for field in form if getattr(field.widget, "input_type", "") not in ("hidden", "submit")]
    return len(boxes) + 100 * sum(isinstance(field.widget, TextArea) for field in boxes)


def typed_form(page: Markup) -> TypedForm | None:
    """The form on a page that holds most; None without one. A form that stands there twice can not be told apart."""
    drawn: list[_Shown] = g.get("forms_shown", []) if has_request_context() else []
    shown = [each for each in drawn if f'id="{each.id}"' in page]  # not those of a page that an error took the place of
    times = Counter(key_of(each.form) for each in shown)
    alone = [each for each in shown if times[key_of(each.form)] == 1]
    if not alone:
        return None
    chosen = max(alone, key=lambda each: each.weight)
    button = _FIRST_BUTTON.search(page, page.find(f'id="{chosen.id}"'))
    sent = tuple((name, unescape(value)) for name, value in _SENT.findall(button[1])) if button else ()
    return TypedForm(chosen.id, key_of(chosen.form) + ("!" if chosen.form.errors else ""), sent)


def install(app: Flask) -> None:
    app.jinja_env.globals.update(form_id=form_id, fill_in=fill_in, typed_form=typed_form)
