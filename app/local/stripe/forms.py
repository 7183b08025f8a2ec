"""Stripe's form encoding: `a[b][0][c]=1` to nested values, checked against a schema of known parameters.

A schema is one of: "text", "number", "boolean"; a tuple of allowed texts; `MAP` (free keys, text values); a
one-element list (a list of that schema); a dict of named schemas.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from app.local.stripe.problems import StripeProblem

Schema = Any  # the recursive union above; mypy gains nothing from spelling it out
MAP = "map"
_NAME = re.compile(r"^[^\[\]]+((\[[^\[\]]*\])*)$")


def decode(encoded: str) -> dict[str, Any]:
    """Nested dicts and lists of text. Lists come as `x[]=` or `x[0]=`. Raises StripeProblem on a malformed name."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        if not _NAME.match(name):
            raise StripeProblem(400, f"Invalid parameter name: {name}", param=name)
        first, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        _insert(tree, [first, *rest], value, name)
    return {key: _lists(value) for key, value in tree.items()}


def _insert(tree: dict[str, Any], path: list[str], value: str, name: str) -> None:
    for part, following in zip(path, [*path[1:], None], strict=True):
        key = part or str(len(tree))
        if following is None:
            tree[key] = value
            return
        branch = tree.setdefault(key, {})
        if not isinstance(branch, dict):
            raise StripeProblem(400, f"Invalid parameter name: {name}", param=name)
        tree = branch


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    plain = {key: _lists(inner) for key, inner in value.items()}
    if plain and all(key.isdigit() for key in plain):
        return [plain[key] for key in sorted(plain, key=int)]
    return plain


def check(values: dict[str, Any], schema: dict[str, Schema]) -> dict[str, Any]:
    """`values` with numbers and booleans parsed. Raises StripeProblem for unknown names and wrong types."""
    checked = _check(values, schema, "")
    assert isinstance(checked, dict)
    return checked


def _check(value: Any, schema: Schema, name: str) -> Any:
    if isinstance(schema, dict):
        return _check_named(value, schema, name)
    if isinstance(schema, list):
        if not isinstance(value, list):
            raise _invalid(name, "array")
        return [_check(inner, schema[0], f"{name}[{at}]") for at, inner in enumerate(value)]
    if schema == MAP:
        return _check_map(value, name)
    if not isinstance(value, str):
        raise _invalid(name, "string")
    return _check_text(value, schema, name)


def _check_named(value: Any, schema: dict[str, Schema], name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(name, "object")
    checked = {}
    for key, inner in value.items():
        full = f"{name}[{key}]" if name else key
        if key not in schema:
            raise StripeProblem(400, f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
        checked[key] = _check(inner, schema[key], full)
    return checked


def _check_map(value: Any, name: str) -> dict[str, str]:
    if value == "":
        return {}
    if isinstance(value, list):  # numeric keys look like a list
        value = {str(at): inner for at, inner in enumerate(value)}
    if not isinstance(value, dict) or not all(isinstance(inner, str) for inner in value.values()):
        raise _invalid(name, "object")
    if len(value) > 50 or any(len(key) > 40 or len(inner) > 500 for key, inner in value.items()):
        raise StripeProblem(400, f"Metadata too large: {name}", param=name)
    return {key: inner for key, inner in value.items() if inner != ""}


def _check_text(value: str, schema: Schema, name: str) -> Any:
    if isinstance(schema, tuple):
        if value not in schema:
            allowed = ", ".join(schema)
            raise StripeProblem(400, f"Invalid {name}: must be one of {allowed}", param=name)
        return value
    if schema == "number":
        if not re.fullmatch(r"-?[0-9]{1,15}", value):
            raise StripeProblem(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        return int(value)
    if schema == "boolean":
        if value not in ("true", "false"):
            raise StripeProblem(400, f"Invalid boolean: {value}", param=name)
        return value == "true"
    if len(value) > 5000:
        raise StripeProblem(400, f"Invalid string: {name} is over 5000 characters", param=name)
    return value


def _invalid(name: str, wanted: str) -> StripeProblem:
    return StripeProblem(400, f"Invalid {wanted}", param=name)
