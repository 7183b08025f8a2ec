"""The portal's own source files, parsed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from config import ROOT

TOP = ("app", "tenants", "migrations")
LOOSE = ("config.py", "wsgi.py")


@cache
def python_files() -> tuple[Path, ...]:
    found = [path for top in TOP for path in (ROOT / top).rglob("*.py")]
    return tuple(sorted([*found, *(ROOT / name for name in LOOSE)]))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in python_files():
        yield name_of(path), tree_of(path)


def where(name: str, node: ast.AST) -> str:
    return f"{name}:{getattr(node, 'lineno', 0)}"


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain; other parts become `?`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def module_of(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
