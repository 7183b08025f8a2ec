"""`python -m tests.assurance` writes docs/assurance.md: each promise, what shows it, what turns red when it is broken.

Read from the tests' own marks, without running anything. Regenerate it whenever proofs or sabotages are added: strictly
compared in `make check-all`; every day only that it does not claim a proof which is not there.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from config import ROOT
from tests.promises import PROMISES, WHY_NOT
from tests.proofs import AREAS, LINES
from tests.sabotage.__main__ import ALL

PAGE = ROOT / "docs" / "assurance.md"
HEAD = """# What a court may rely on, and what shows it

Written by `python -m tests.assurance` from the marks of the tests; do not edit. A test that names a line is a claim;
what makes it worth something is below it: the sabotages. Each breaks the promise in a copy of the portal and must turn
a named test red (`make check-all`). Slow tests run in `make check-all` only, the others at every change.

"""


def marked_tests() -> dict[str, dict[str, tuple[int, int]]]:
    """By line and file: how many tests name it, and how many of them are slow."""
    found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for line, slow in _marks(ast.parse(path.read_text())):
            name = str(path.relative_to(ROOT))
            number, slowly = found[line].get(name, (0, 0))
            found[line][name] = (number + 1, slowly + slow)
    return found


def _marks(tree: ast.Module) -> list[tuple[str, int]]:
    """Every (line, 1 if slow) of a file's tests; a mark of a class or a module counts once."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            slow = int(any(ast.unparse(one) == "pytest.mark.slow" for one in node.decorator_list))
            found += [(line, slow) for one in node.decorator_list for line in _lines(one)]
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            slow = int("pytest.mark.slow" in ast.unparse(node.value))
            found += [(line, slow) for one in ast.walk(node.value) for line in _lines(one)]
    return found


def _lines(mark: ast.AST) -> list[str]:
    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.proves":
        return [str(one.value) for one in mark.args if isinstance(one, ast.Constant)]
    return []


def page() -> str:
    """The page as it should be."""
    tests = marked_tests()
    sabotages = defaultdict(list)
    for sabotage in ALL:
        sabotages[sabotage.line].append(sabotage)
    proven = [line for line in LINES if tests[line]]
    out = [HEAD, f"{len(proven)} of {len(LINES)} promises have a proof; {len(ALL)} sabotages.\n"]
    for area, (name, last) in AREAS.items():
        out.append(f"\n## {name}\n")
        for number in range(1, last + 1):
            line = f"{area}-{number}"
            out.append(f"\n**{line}** {PROMISES[line]}.\n\n")
            if not tests[line]:
                out.append(f"- **not proven**: {WHY_NOT.get(line, 'no test names it')}\n")
            for file, (count, slow) in sorted(tests[line].items()):
                said = f"{count} tests" if count > 1 else "1 test"
                out.append(f"- {file}: {said}{f', {slow} of them slow' if slow else ''}\n")
            out += [f"- broken on purpose: {one.name}\n" for one in sabotages[line]]
    return "".join(out)


def claims(text: str) -> dict[str, bool]:
    """Which lines a page calls proven."""
    found, line = {}, ""
    for row in text.splitlines():
        if row.startswith("**"):
            line = row.strip("*").partition("**")[0]
            found[line] = True
        if row.startswith("- **not proven**"):
            found[line] = False
    return found


if __name__ == "__main__":
    Path(PAGE).write_text(page())
    print(f"{PAGE.relative_to(ROOT)}: written")
