"""What the source may hold, and where: each rule finds its own breach in a made-up file, too."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from config import ROOT
from tests.architecture.sources import LOOSE, dotted, module_of, name_of, python_files, trees, where

LONGEST = 400  # lines
Finder = Callable[[str, ast.Module], Iterator[str]]

COMMITS_IN = ("tenants/database.py", "migrations/env.py")
ENVIRONMENT_IN = ("config.py", "app/local/supervised.py", "app/demo/ground.py")  # the last two: for their children
WALL_CLOCK_IN = (
    "app/core/clock.py",
    "tenants/keys.py",  # ids keep their order of insertion even when a demo's clock moves
)
WALL_CLOCK_UNDER = ("app/local/",)  # servers and the stand-in for Stripe, which is a company of its own
SQL_TEXT_IN = ("tenants/isolation.py",)  # statements about tables take no parameters
SQL_TEXT_UNDER = ("migrations/",)

CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "func.now",
    "func.current_timestamp",
    "func.current_date",
    "sa.func.now",
}
SQL = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|ALTER|CREATE|DROP|GRANT|REVOKE|SET(?! NULL)|TRUNCATE)\s"
)


def commits(name: str, tree: ast.Module) -> Iterator[str]:
    """`.commit()` and `.rollback()` outside of the one transaction helper."""
    if name in COMMITS_IN:
        return
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in ("commit", "rollback"):
            yield f"{where(name, node)}: {dotted(called)}()"


def environment(name: str, tree: ast.Module) -> Iterator[str]:
    """Reading the environment outside of config.py."""
    if name in ENVIRONMENT_IN:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and dotted(node) in ("os.environ", "os.getenv", "os.environb"):
            yield f"{where(name, node)}: {dotted(node)}"
        taken = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()
        if isinstance(node, ast.ImportFrom) and node.module == "os" and taken & {"environ", "getenv"}:
            yield f"{where(name, node)}: from os import environ"


def clocks(name: str, tree: ast.Module) -> Iterator[str]:
    """Reading the time outside of app/core/clock.py."""
    if name in WALL_CLOCK_IN or name.startswith(WALL_CLOCK_UNDER):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) in CLOCKS:
            yield f"{where(name, node)}: {dotted(node.func)}()"
        if isinstance(node, ast.keyword) and node.arg in ("server_default", "server_onupdate"):
            yield f"{where(name, node.value)}: {node.arg} in the database"


def sql_from_strings(name: str, tree: ast.Module) -> Iterator[str]:
    """A statement put together from pieces: row-level security does not stop what is injected into one."""
    if name in SQL_TEXT_IN or name.startswith(SQL_TEXT_UNDER):
        return
    for node in ast.walk(tree):
        start = node.values[:1] if isinstance(node, ast.JoinedStr) else []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            start = [node.left]
        if any(isinstance(part, ast.Constant) and SQL.match(str(part.value)) for part in start):
            yield f"{where(name, node)}: a statement put together"
        runs = isinstance(node, ast.Call) and dotted(node.func) in ("sa.text", "statement", "?.exec_driver_sql")
        if runs and not isinstance(node.args[0], ast.Constant | ast.Name):
            yield f"{where(name, node)}: a statement put together"


def hidden_imports(name: str, tree: ast.Module) -> Iterator[str]:
    """Imports inside functions: they hide a cycle."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    yield f"{where(name, inner)}: import inside {node.name}()"


BREACHES = {
    commits: "def f(s):\n    s.commit()\n",
    environment: "import os\nx = os.environ.get('A')\n",
    clocks: "from datetime import datetime\nx = datetime.now()\n",
    sql_from_strings: "def f(s, x):\n    s.execute(text(f'SELECT * FROM court WHERE slug = {x}'))\n",
    hidden_imports: "def f():\n    import app.cases\n",
}


@pytest.mark.parametrize("rule", list(BREACHES), ids=lambda rule: rule.__name__)
def test_rule_holds_and_finds_a_breach(rule: Finder):
    found = [problem for name, tree in trees() for problem in rule(name, tree)]
    assert found == []
    assert list(rule("app/made_up.py", ast.parse(BREACHES[rule]))), "the rule does not see a breach of itself"


def test_no_module_is_longer_than_a_person_can_hold_in_mind():
    tests = (ROOT / "tests").rglob("*.py")
    long = {name_of(p): n for p in (*python_files(), *tests) if (n := len(p.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_imports_go_one_way():
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS


def imports_of(tree: ast.Module, known: set[str]) -> set[str]:
    """Modules of ours that are imported when this one is (not: for type checking only)."""
    named: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            named |= (inner & known) or {node.module}
    return named & known


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Every module that can reach itself, grouped as found."""

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        todo = list(graph[start])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += graph.get(name, ())
        return seen

    reached = {name: reach(name) for name in graph}
    rings = {frozenset(other for other in reached[name] if name in reached.get(other, ())) for name in graph}
    return [sorted(ring) for ring in rings if ring]


def test_no_module_imports_itself_by_a_detour():
    known = {module_of(name) for name, _tree in trees() if name not in LOOSE}
    graph = {module_of(name): imports_of(tree, known) for name, tree in trees() if name not in LOOSE}
    assert cycles(graph) == []
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_services_know_no_web():
    """Services, rules, lookups and jobs run in workers: they import neither Flask nor the web layer."""
    found = [
        f"{name}: {node.module}"
        for name, tree in trees()
        if name.endswith(("services.py", "rules.py", "lookups.py", "jobs.py"))
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        if node.module.partition(".")[0] == "flask" or node.module.startswith("app.web")
    ]
    assert found == []
