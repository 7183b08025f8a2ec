"""A bare Flask view that sends a page of ours: the same statements through the driver, the same template.

It is given for nothing all that our view works out: who asks, the rows in words, the navigation, the addresses.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
from flask import Flask, template_rendered
from flask_babel import Babel
from flask_wtf import FlaskForm
from markupsafe import Markup

from tests.caseloads import statements

ROUNDS = 40
MORE_OR_LESS = 2000  # bytes by which the two pages may differ: tokens, addresses

Action = Callable[[], int]


def bare_page(app: Flask, address: str, ours: Action) -> tuple[Action, list[tuple[str, Any]]]:
    """The floor of `ours`, which gets a page and says its length; the statements that both send.

    `address`: the database as the runtime role. Raises RuntimeError where it is not the same page.
    """
    ours()
    with statements(app) as seen:
        ours()
    template, context = _rendered(app, ours)
    bare = _app(app, address, seen, template, context).test_client()

    def floor() -> int:
        return len(bare.get("/").data)

    if abs(ours() - floor()) > MORE_OR_LESS:
        raise RuntimeError(f"not the same page: {ours()} and {floor()} bytes")
    return floor, seen


def in_turn(ours: Action, floor: Action) -> tuple[float, float]:
    """Medians of both in milliseconds of CPU, taken turn by turn so that a busy machine slows both alike."""
    took: dict[str, list[float]] = {"ours": [], "floor": []}
    for _ in range(ROUNDS):
        for name, action in (("ours", ours), ("floor", floor)):
            began = time.process_time()
            action()
            took[name].append((time.process_time() - began) * 1000)
    return statistics.median(took["ours"][3:]), statistics.median(took["floor"][3:])


def _rendered(app: Flask, action: Action) -> tuple[str, dict[str, Any]]:
    """The name of the template that our view rendered, and what it gave to it; forms with their boxes ready made."""
    found: list[tuple[str, dict[str, Any]]] = []

    def note(_app: Flask, template: Any, context: dict[str, Any], **_rest: Any) -> None:
        given = {key: _frozen(value) for key, value in context.items() if key not in ("request", "session", "g")}
        found.append((template.name, given))

    template_rendered.connect(note, app)
    try:
        action()
    finally:
        template_rendered.disconnect(note, app)
    return found[-1]


def _frozen(value: Any) -> Any:
    return _PlainForm(value) if isinstance(value, FlaskForm) else value


class _PlainForm:
    """Stands in for a form: its boxes are markup already."""

    errors: tuple[str, ...] = ()
    form_errors: tuple[str, ...] = ()
    csrf_token = ""

    def __init__(self, form: Any) -> None:
        self._fields = [_PlainField(field) for field in form]
        for field in self._fields:
            setattr(self, field.name, field)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._fields)


class _PlainField:
    def __init__(self, field: Any) -> None:
        self.name, self.id, self.data, self.description = field.name, field.id, field.data, field.description
        self.errors: tuple[str, ...] = ()
        self.label = SimpleNamespace(text=str(field.label.text))
        self.flags = SimpleNamespace(optional=field.flags.optional, maxlength=field.flags.maxlength)
        self.widget = SimpleNamespace(input_type=getattr(field.widget, "input_type", "text"))
        self._markup = Markup(field())

    def __call__(self, **_attributes: Any) -> Markup:
        return self._markup


def _app(app: Flask, address: str, seen: list[tuple[str, Any]], template_name: str, context: dict[str, Any]) -> Flask:
    bare = Flask("bare")
    bare.secret_key = "bare"
    Babel(bare)
    connection = psycopg.connect(address)
    template = app.jinja_env.get_template(template_name)
    given = context | {"url_for": lambda _endpoint, **_values: "/somewhere", "csrf_token": lambda: "x" * 91}

    @bare.get("/")
    def page() -> str:
        with connection.transaction(), connection.cursor() as cursor:
            for statement, parameters in seen:
                cursor.execute(statement, parameters or None)
                cursor.fetchall()
        return template.render(given)

    return bare
